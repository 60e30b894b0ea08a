package prepareroot_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

// fixture is a physical root with one deployment, made by the real ostree.
type fixture struct {
	dir    string // the physical root
	commit string
	deploy string // the deployment's directory, relative
	target string // the link to it
}

func (f *fixture) path(name string) string { return filepath.Join(f.dir, name) }

func (f *fixture) inside(name string) string { return f.path(filepath.Join(f.deploy, name)) }

func (f *fixture) cmdline() string { return "quiet root=LABEL=root ostree=" + f.target + " rw" }

// build makes a physical root in a new directory.
func build(t *testing.T) *fixture {
	t.Helper()
	testutil.Root(t)
	tool := testutil.Tool(t, "ostree")
	base := t.TempDir()
	f := &fixture{dir: filepath.Join(base, "sysroot")}
	tree, repo := filepath.Join(base, "tree"), f.path("ostree/repo")
	writeTree(t, tree)
	opts := &testutil.RunOptions{Must: true, Env: []string{"OSTREE_SYSROOT=" + f.dir, "OSTREE_SYSROOT_DEBUG=mutable-deployments"}}
	run := func(args ...string) string { return strings.TrimSpace(testutil.Run(t, opts, tool, args...).Stdout) }
	require.NoError(t, os.Mkdir(f.dir, 0o755))
	run("admin", "init-fs", "--modern", f.dir)
	run("admin", "os-init", "demo")
	run("--repo="+repo, "config", "set", "sysroot.bootloader", "none")
	f.commit = run("--repo="+repo, "commit", "-b", "demo", "--tree=dir="+tree, "--timestamp=@1700000000",
		"--owner-uid=0", "--owner-gid=0", "--no-xattrs", "--add-metadata-string=version=1", "-s", "v1")
	run("admin", "deploy", "--os=demo", "--karg=root=LABEL=root", "demo")
	f.deploy = "ostree/deploy/demo/deploy/" + f.commit + ".0"
	entries, err := filepath.Glob(f.path("boot/loader/entries/*.conf"))
	require.NoError(t, err)
	require.Len(t, entries, 1)
	entry, err := os.ReadFile(entries[0])
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(entry), "ostree=")
	require.True(t, ok, "%s", entry)
	f.target = strings.Fields(rest)[0]
	return f
}

func writeTree(t *testing.T, tree string) {
	t.Helper()
	for _, name := range []string{"usr/bin", "usr/etc", "usr/lib/modules/6.1.0", "usr/opt/sub", "boot", "dev", "proc", "run", "sys", "sysroot", "var", "tmp"} {
		require.NoError(t, os.MkdirAll(filepath.Join(tree, name), 0o755))
	}
	for name, text := range map[string]string{
		"usr/lib/modules/6.1.0/vmlinuz": "KERNEL", "usr/lib/modules/6.1.0/initramfs.img": "INITRD",
		"usr/lib/os-release": "NAME=Demo\nID=demo\nVERSION_ID=1\n", "usr/etc/a.conf": "default\n",
		"usr/bin/tool": "#!/bin/sh\n", "usr/opt/shipped": "one\n", "usr/opt/sub/file": "two\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(tree, name), []byte(text), 0o644))
	}
	require.NoError(t, os.Symlink("sysroot/ostree", filepath.Join(tree, "ostree")))
	require.NoError(t, os.Symlink("../usr/lib/os-release", filepath.Join(tree, "usr/etc/os-release")))
}

// composefs adds the image of the tree to the deployment.
func (f *fixture) composefs(t *testing.T) {
	t.Helper()
	repo, err := ostree.Open(f.path("ostree/repo"), nil)
	require.NoError(t, err)
	defer repo.Close()
	require.NoError(t, repo.CheckoutComposefs(t.Context(), object.MustChecksum(f.commit), f.inside(".ostree.cfs"), nil))
}

// hotfix prepares the deployment as "ostree admin unlock --hotfix" does.
func (f *fixture) hotfix(t *testing.T) {
	t.Helper()
	for _, name := range []string{prepareroot.HotfixUpper, prepareroot.HotfixWork} {
		require.NoError(t, os.Mkdir(f.inside(name), 0o755))
	}
}

// job is a boot of the fixture.
func (f *fixture) job(config string, steps ...string) *job {
	return &job{Sysroot: f.dir, Cmdline: f.cmdline(), Config: config, Steps: steps}
}
