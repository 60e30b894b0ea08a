package compose_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/compose"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestSplitCommands(t *testing.T) {
	testutil.Root(t) // owners
	w := newWorld(t)
	w.packages(scripted(), altfiles())
	text := with("daemon nss-altfiles", "automatic-version-prefix: '5'\n")
	whole := w.compose(text)

	tf := w.load(text)
	ctx := t.Context()
	o := &compose.TreeOptions{Options: w.options()}
	w.lines = nil
	res, err := compose.Install(ctx, tf, w.path("dest"), o)
	require.NoError(t, err)
	root := w.path("dest/rootfs")
	w.said("rootfs: " + root)
	require.FileExists(t, root+"/usr/etc/passwd")
	require.NoFileExists(t, root+"/usr/lib/passwd")
	require.NoFileExists(t, root+"/usr/lib/tmpfiles.d/rpm-ostree-0-integration.conf")
	require.Equal(t, whole.InputHash, res.InputHash)

	// Other programs may change the files now.
	require.NoError(t, os.MkdirAll(root+"/var/lib", 0o755))
	require.NoError(t, os.Mkdir(root+"/var/lib/mine", 0o750))
	require.NoError(t, os.WriteFile(root+"/usr/share/mine", []byte("m"), 0o644))
	require.NoError(t, unix.Mknod(root+"/usr/share/zero", unix.S_IFCHR|0o666, int(unix.Mkdev(1, 5))))
	require.NoError(t, unix.Mknod(root+"/usr/share/gone", unix.S_IFCHR|0o666, 0))

	require.NoError(t, compose.Postprocess(ctx, tf, root, &o.Options))
	require.FileExists(t, root+"/usr/lib/passwd")
	require.FileExists(t, root+"/usr/share/.ostree-wh.gone")
	require.NoFileExists(t, root+"/usr/share/zero")
	conf, err := os.ReadFile(root + "/usr/lib/tmpfiles.d/rpm-ostree-1-autovar.conf")
	require.NoError(t, err)
	require.Equal(t, "d /var/lib 0755 root root - -\nd /var/lib/mine 0750 root root - -\n", string(conf))
	var st unix.Stat_t
	require.NoError(t, unix.Stat(root+"/usr/bin/daemon", &st))
	require.Equal(t, uint32(77), st.Uid)
	require.Equal(t, uint32(0o104755), st.Mode)
	left, err := filepath.Glob(w.path("dest/.*"))
	require.NoError(t, err)
	require.Empty(t, left)

	w.lines = nil
	require.NoError(t, compose.Postprocess(ctx, tf, root, &o.Options), "once more changes nothing")
	o.Repo = w.repo
	res, err = compose.Commit(ctx, tf, root, o)
	require.NoError(t, err)
	require.Equal(t, "5.1", res.Version)
	require.Equal(t, "m", w.read(res.Commit, "usr/share/mine"))
	require.Equal(t, w.read(whole.Commit, "usr/lib/passwd"), w.read(res.Commit, "usr/lib/passwd"))
	require.Equal(t, whole.InputHash, res.InputHash)
	hash, ok := w.commit(res.Commit).Metadata.LookupType("rpmostree.inputhash", "s")
	require.True(t, ok)
	require.Equal(t, whole.InputHash, hash.Str())
	w.tool("ostree", "--repo="+w.path("repo"), "fsck")
	out := w.tool("ostree", "--repo="+w.path("repo"), "ls", "-X", "os/test", "/usr/bin/daemon")
	require.Contains(t, out, "-04755 77 77")
}

func TestRootfs(t *testing.T) {
	w := newWorld(t)
	tf := w.load(minimal)
	res, err := compose.Rootfs(t.Context(), tf, w.path("out/rootfs"), &compose.TreeOptions{Options: w.options()})
	require.NoError(t, err)
	require.True(t, res.Changed)
	require.FileExists(t, w.path("out/rootfs/etc/passwd"))
	require.NoDirExists(t, w.path("out/rootfs/usr/etc"))
	require.FileExists(t, w.path("out/rootfs/usr/lib/tmpfiles.d/rpm-ostree-0-integration.conf"))
	out := w.tool("rpm", "--dbpath", w.path("out/rootfs/usr/share/rpm"), "-q", "kernel")
	require.Equal(t, "kernel-6.6.0-1."+compose.Machine()+"\n", out)

	w.packages(&rpmtest.Spec{Name: "tool", Requires: []string{"busybox"}})
	ext, err := compose.Extensions(t.Context(), tf, []byte("extensions: {x: {packages: [tool]}}\n"),
		&compose.ExtensionsOptions{Options: w.options(), RootFS: w.path("out/rootfs"), OutputDir: w.path("ext")})
	require.NoError(t, err)
	require.Len(t, ext.Packages, 1)
	require.FileExists(t, w.path("ext/tool-1-1.noarch.rpm"))
}

// TestPostprocessWithoutTreefile takes a root file system of whatever origin.
func TestPostprocessWithoutTreefile(t *testing.T) {
	w := newWorld(t)
	root := w.path("root")
	for name, text := range map[string]string{
		"etc/default/useradd": "HOME=/home\n", "etc/passwd": "root:x:0:0::/root:/bin/sh\n", "usr/lib/modules/6.1.0/vmlinuz": "k",
	} {
		w.file("root/"+name, text)
	}
	o := w.options()
	err := compose.Postprocess(t.Context(), nil, root, &o)
	require.ErrorContains(t, err, "Finalizing kernel: running depmod")
	require.FileExists(t, root+"/etc/passwd", "after an error nothing has changed")

	require.NoError(t, os.MkdirAll(root+"/usr/bin", 0o755))
	w.tool("cp", testutil.Tool(t, "busybox"), root+"/usr/bin/busybox")
	for _, name := range []string{"sh", "depmod"} {
		require.NoError(t, os.Symlink("busybox", root+"/usr/bin/"+name))
	}
	w.file("root/usr/bin/dracut", "#!/bin/sh\necho image > /usr/lib/modules/6.1.0/initramfs.img\n")
	require.NoError(t, os.Chmod(root+"/usr/bin/dracut", 0o755))
	require.NoError(t, compose.Postprocess(t.Context(), nil, root, &o), w.output.String())
	text, err := os.ReadFile(root + "/usr/etc/default/useradd")
	require.NoError(t, err)
	require.Equal(t, "HOME=/var/home\n", string(text))
	require.FileExists(t, root+"/usr/lib/modules/6.1.0/initramfs.img")
	require.NoDirExists(t, root+"/etc")
}
