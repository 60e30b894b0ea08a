//go:build linux

package clitest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree/internal/systemtest"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
	"github.com/stretchr/testify/require"
)

// workshop is a place to compose in.
type workshop struct {
	*testing.T
	dir string
}

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	t.Parallel()
	skipUnlessAMD64(t)
	testutil.Namespaces(t, "--user", "--mount", "--pid", "--fork")
	w := &workshop{t, t.TempDir()}
	repo, err := ostree.Init(w.path("repo"), &ostree.InitOptions{Mode: ostree.ModeArchive})
	require.NoError(t, err)
	require.NoError(t, repo.Close())
	box, err := os.ReadFile(testutil.Tool(t, "busybox"))
	require.NoError(t, err)
	files := []rpmtest.File{{Path: "/usr/bin/busybox", Mode: 0o755, Content: box}}
	for _, name := range strings.Fields("sh true cat mkdir rm echo id stat chmod ln sed grep chown touch mv ls depmod env test cp readlink") {
		files = append(files, rpmtest.File{Path: "/usr/bin/" + name, LinkTo: "busybox"})
	}
	w.publish(
		&rpmtest.Spec{Name: "filesystem", Files: []rpmtest.File{
			{Path: "/usr", Mode: 0o40755}, {Path: "/usr/bin", Mode: 0o40755}, {Path: "/usr/sbin", Mode: 0o40755}, {Path: "/usr/lib", Mode: 0o40755},
			{Path: "/bin", LinkTo: "usr/bin"}, {Path: "/sbin", LinkTo: "usr/sbin"}, {Path: "/lib", LinkTo: "usr/lib"}, {Path: "/etc", Mode: 0o40755},
		}},
		&rpmtest.Spec{Name: "busybox", Arch: "x86_64", Provides: []string{"/bin/sh"}, Files: files},
		&rpmtest.Spec{Name: "setup", Files: []rpmtest.File{
			{Path: "/etc/passwd", Content: []byte("root:x:0:0:root:/root:/bin/sh\n")}, {Path: "/etc/group", Content: []byte("root:x:0:\n")},
			{Path: "/usr/lib/os-release", Content: []byte("NAME=Demo\nID=demo\nVERSION_ID=1\n")}, {Path: "/etc/os-release", LinkTo: "../usr/lib/os-release"},
		}},
		systemtest.Kernel("6.1.0", "first"), spec("tool", "1"), spec("extra", "1", "tool"), spec("devel", "1"))
	w.write("config/repo.repo", "[packages]\nname=packages\nbaseurl=file://"+w.path("packages")+"\nmetadata_expire=0\ngpgcheck=0\n")
	w.write("config/common.yaml", "packages: [filesystem, busybox, setup, kernel]\nselinux: false\nno-initramfs: true\nboot-location: modules\n")
	w.write("config/os.yaml", "ref: demo/${basearch}\ninclude: common.yaml\nrepos: [packages]\npackages: [tool]\nautomatic-version-prefix: '1'\n")
	return w
}

func (w *workshop) path(name string) string { return filepath.Join(w.dir, name) }

func (w *workshop) write(name, text string) {
	w.Helper()
	require.NoError(w, os.MkdirAll(filepath.Dir(w.path(name)), 0o755))
	require.NoError(w, os.WriteFile(w.path(name), []byte(text), 0o644))
}

func (w *workshop) publish(specs ...*rpmtest.Spec) {
	w.Helper()
	require.NoError(w, os.MkdirAll(w.path("packages"), 0o755))
	for _, s := range specs {
		rpmtest.Write(w, w.path("packages"), s)
	}
	_, err := rpmmd.CreateRepo(w.Context(), w.path("packages"), &rpmmd.CreateOptions{Time: systemtest.Epoch})
	require.NoError(w, err)
}

func (w *workshop) run(code int, args ...string) result {
	w.Helper()
	r := try(w.T, []string{"HOME=" + w.dir}, append([]string{"compose"}, args...)...)
	require.Equal(w, code, r.code, "%q: %s\n%s", args, r.out, r.err)
	return r
}

func TestComposeTree(t *testing.T) {
	w := newWorkshop(t)
	tree := []string{"tree", "--unified-core", "--repo=" + w.path("repo"), "--cachedir=" + w.path("cache"), w.path("config/os.yaml")}
	var printed map[string]any
	require.NoError(t, json.Unmarshal([]byte(w.run(0, "tree", "--print-only", w.path("config/os.yaml")).out), &printed))
	require.Contains(t, printed["packages"], "busybox")
	require.Contains(t, w.run(0, append(tree, "--dry-run")...).out, "--dry-run complete; exiting\n")
	out := w.run(0, append(tree, "--add-metadata-string=coreos-assembler.basearch=x86_64", "--touch-if-changed="+w.path("stamp"),
		"--write-composejson-to="+w.path("compose.json"))...).out
	require.Contains(t, out, "No previous commit for demo/x86_64\n")
	require.Regexp(t, `\nInput state hash: [0-9a-f]{64}\n`, out)
	require.Regexp(t, `\ndemo/x86_64 => [0-9a-f]{64}\n`, out)
	require.FileExists(t, w.path("stamp"))
	require.FileExists(t, w.path("compose.json"))
	require.Contains(t, w.run(0, tree...).out, "No apparent changes since previous commit; use --force-nocache to override\n")
	require.Contains(t, try(t, nil, "db", "list", "--repo="+w.path("repo"), "demo/x86_64", "t*").out, " tool-1-1.noarch\n")

	w.write("ext.yaml", "extensions:\n  extra:\n    packages: [extra]\n  dev:\n    packages: [devel]\n    kind: development\n")
	ext := []string{"extensions", "--repo=" + w.path("repo"), "--output-dir=" + w.path("ext"), w.path("config/os.yaml"), w.path("ext.yaml")}
	w.run(0, ext...)
	require.FileExists(t, w.path("ext/extra-1-1.noarch.rpm"))
	require.FileExists(t, w.path("ext/devel-1-1.noarch.rpm"))
	require.Contains(t, w.run(0, ext...).out, "No change.\n")

	out = w.run(0, "container-encapsulate", "--repo="+w.path("repo"), "--label=a=b", "demo/x86_64", "oci:"+w.path("image")).out
	require.Regexp(t, `Pushed digest: sha256:[0-9a-f]{64}\n$`, out)
	require.Contains(t, w.run(1, "tree", w.path("config/os.yaml")).err, "error: --repo must be specified\n")
	require.Contains(t, w.run(1, "tree", "--repo="+w.path("repo"), w.path("config/none.yaml")).err, "none.yaml")
}

func TestComposeSteps(t *testing.T) {
	w := newWorkshop(t)
	require.Contains(t, w.run(0, "install", w.path("config/os.yaml"), w.path("out")).out, "rootfs: "+w.path("out/rootfs")+"\n")
	require.FileExists(t, w.path("out/rootfs/usr/bin/tool"))
	w.run(0, "postprocess", w.path("out/rootfs"), w.path("config/os.yaml"))
	out := w.run(0, "commit", "--repo="+w.path("repo"), "--write-commitid-to="+w.path("id"), w.path("config/os.yaml"), w.path("out/rootfs")).out
	require.Contains(t, out, "Wrote commit: ")
	id, err := os.ReadFile(w.path("id"))
	require.NoError(t, err)
	require.Regexp(t, `^[0-9a-f]{64}$`, string(id))
	w.run(0, "rootfs", "--cachedir="+w.path("cache"), w.path("config/os.yaml"), w.path("tree"))
	require.FileExists(t, w.path("tree/etc/os-release"))
}

func TestComposeImage(t *testing.T) {
	w := newWorkshop(t)
	args := []string{"image", "--format=oci", "--cachedir=" + w.path("cache"), w.path("config/os.yaml"), w.path("image")}
	require.Regexp(t, `Pushed digest: sha256:[0-9a-f]{64}\n$`, w.run(0, append(args, "--initialize")...).out)
	require.NotContains(t, w.run(0, args...).out, "Pushed digest")
	require.Contains(t, w.run(0, append(args, "--initialize-mode=if-not-exists")...).out, " exists.\n")
	require.Contains(t, w.run(1, append(args, "--format=x")...).err, "expected ociarchive, oci or registry")
}
