package prepareroot_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// newAndOld runs a test with the new mount calls and with mount(2) alone.
func newAndOld(t *testing.T, f func(t *testing.T, legacy bool)) {
	t.Run("new calls", func(t *testing.T) { f(t, false) })
	t.Run("mount(2)", func(t *testing.T) { f(t, true) })
}

func run(t *testing.T, j *job, legacy bool) *outcome {
	t.Helper()
	j.Legacy = legacy
	out := j.do(t)
	require.Empty(t, out.Err)
	return out
}

const configLine = "sysroot.readonly configuration value: "

func TestPrepareBind(t *testing.T) {
	newAndOld(t, func(t *testing.T, legacy bool) {
		f := build(t)
		out := run(t, f.job("", "prepare", "write:/sysroot/usr/x", "write:/sysroot/etc/x", "write:/sysroot/sysroot/x"), legacy)
		require.Equal(t, []string{
			"/sysroot tmpfs /" + f.deploy + " rw",
			"/sysroot/usr tmpfs /" + f.deploy + "/usr ro",
			"/sysroot/sysroot tmpfs / rw",
		}, out.lines())
		require.Equal(t, []string{configLine + "0 (fs writable: 1)", "Using legacy ostree bind mount for /"}, out.Lines)
		require.Equal(t, "EROFS", out.Probes["write:/sysroot/usr/x"])
		require.Equal(t, "ok", out.Probes["write:/sysroot/etc/x"])
		require.Equal(t, "ok", out.Probes["write:/sysroot/sysroot/x"])
		b := out.booted(t, "/run/ostree-booted")
		var s unix.Stat_t
		require.NoError(t, unix.Stat(f.inside("."), &s))
		require.Equal(t, []uint64{s.Dev, s.Ino}, []uint64{b.Device, b.Inode})
		require.False(t, b.Composefs || b.SysrootReadonly || b.RootTransient)
		require.Equal(t, "drwxr-xr-x", out.Files["/run/ostree"])
		require.Equal(t, "d---------", out.Files["/run/ostree/.private"])
	})
}

func TestPrepareBindReadonly(t *testing.T) {
	newAndOld(t, func(t *testing.T, legacy bool) {
		f := build(t)
		j := f.job("[sysroot]\nreadonly=yes\n", "prepare")
		require.Contains(t, j.do(t).Err, "Failed to parse sysroot.readonly value: ", "yes is not a truth value")
		j = f.job("[sysroot]\nreadonly=true\n", "prepare", "write:/sysroot/etc/x", "write:/sysroot/sysroot/x",
			"write:/sysroot/sysroot/ostree/deploy/demo/var/x")
		j.RO = true
		out := run(t, j, legacy)
		require.Equal(t, []string{
			"/sysroot tmpfs /" + f.deploy + " ro",
			"/sysroot/etc tmpfs /" + f.deploy + "/etc rw",
			"/sysroot/usr tmpfs /" + f.deploy + "/usr ro",
			"/sysroot/sysroot tmpfs / ro",
			"/sysroot/sysroot/ostree/deploy/demo/var tmpfs /ostree/deploy/demo/var rw",
		}, out.lines())
		require.Equal(t, configLine+"1 (fs writable: 0)", out.Lines[0])
		require.Equal(t, "ok", out.Probes["write:/sysroot/etc/x"])
		require.Equal(t, "EROFS", out.Probes["write:/sysroot/sysroot/x"])
		require.Equal(t, "ok", out.Probes["write:/sysroot/sysroot/ostree/deploy/demo/var/x"])
		require.True(t, out.booted(t, "/run/ostree-booted").SysrootReadonly)
	})
}

func TestPrepareReadonlyOfTheRepository(t *testing.T) {
	f := build(t)
	config, err := os.ReadFile(f.path("ostree/repo/config"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(f.path("ostree/repo/config"), append(config, "readonly=true\n"...), 0o644))
	out := run(t, f.job("", "prepare"), false)
	require.Equal(t, []string{
		"Found legacy sysroot.readonly flag, not configured in ostree/prepare-root.conf",
		configLine + "1 (fs writable: 1)", "Using legacy ostree bind mount for /",
	}, out.Lines)
	require.Contains(t, out.lines(), "/sysroot/sysroot tmpfs / ro")
}

func TestPrepareComposefs(t *testing.T) {
	newAndOld(t, func(t *testing.T, legacy bool) {
		testutil.Loop(t)
		f := build(t)
		f.composefs(t)
		out := run(t, f.job("[composefs]\nenabled=yes\n", "prepare", "read:/sysroot/usr/opt/shipped", "write:/sysroot/x",
			"write:/sysroot/etc/x", "read:/sysroot/usr/lib/modules/6.1.0/vmlinuz"), legacy)
		require.Equal(t, []string{
			"/sysroot overlay composefs ro",
			"/sysroot/etc tmpfs /" + f.deploy + "/etc rw",
			"/sysroot/sysroot tmpfs / ro",
			"/sysroot/sysroot/ostree/deploy/demo/var tmpfs /ostree/deploy/demo/var rw",
		}, out.lines())
		require.Contains(t, out.Mounts[0].Options, "metacopy=on")
		require.Contains(t, out.Mounts[0].Options, "redirect_dir=on")
		require.Equal(t, []string{configLine + "1 (fs writable: 1)", "composefs: mounted successfully (verity=false)"}, out.Lines)
		require.Equal(t, "one\n", out.Probes["read:/sysroot/usr/opt/shipped"])
		require.Equal(t, "KERNEL", out.Probes["read:/sysroot/usr/lib/modules/6.1.0/vmlinuz"])
		require.Equal(t, "EROFS", out.Probes["write:/sysroot/x"])
		require.Equal(t, "ok", out.Probes["write:/sysroot/etc/x"])
		b := out.booted(t, "/run/ostree-booted")
		require.True(t, b.Composefs && b.SysrootReadonly)
		require.False(t, b.Verity)
		require.Equal(t, "drwx------", out.Files["/run/ostree/.private/cfsroot-lower"])
	})
}

func TestPrepareComposefsVariants(t *testing.T) {
	testutil.Loop(t)
	f := build(t)
	f.composefs(t)
	t.Run("sysroot stays writable", func(t *testing.T) {
		out := run(t, f.job("[sysroot]\nreadonly=false\n[composefs]\nenabled=true\n", "prepare"), false)
		require.Equal(t, []string{
			"/sysroot overlay composefs ro", "/sysroot/etc tmpfs /" + f.deploy + "/etc rw", "/sysroot/sysroot tmpfs / rw",
		}, out.lines())
	})
	t.Run("maybe", func(t *testing.T) {
		out := run(t, f.job("[composefs]\nenabled=maybe\n", "prepare"), false)
		require.Equal(t, []string{
			"/sysroot overlay composefs ro", "/sysroot/etc tmpfs /" + f.deploy + "/etc rw", "/sysroot/sysroot tmpfs / rw",
		}, out.lines())
	})
	t.Run("switched off by the command line", func(t *testing.T) {
		j := f.job("[composefs]\nenabled=yes\n", "prepare")
		j.Cmdline += " ostree.prepare-root.composefs=0"
		require.Contains(t, run(t, j, false).lines(), "/sysroot/usr tmpfs /"+f.deploy+"/usr ro")
	})
	t.Run("transient root", func(t *testing.T) {
		out := run(t, f.job("[root]\ntransient=true\n[composefs]\nenabled=yes\n", "prepare", "write:/sysroot/usr/x"), false)
		require.Equal(t, "/sysroot overlay composefs rw", out.lines()[0])
		require.Equal(t, "ok", out.Probes["write:/sysroot/usr/x"])
		require.Equal(t, "drwxr-xr-x", out.Files["/run/ostree/.private/root/upper"])
		require.Equal(t, "drwx------", out.Files["/run/ostree/.private/root/work"])
		require.Contains(t, out.Files, "/run/ostree/.private/root/upper/usr/x")
		b := out.booted(t, "/run/ostree-booted")
		require.True(t, b.RootTransient && !b.RootTransientRO)
	})
	t.Run("read-only transient root", func(t *testing.T) {
		out := run(t, f.job("[root]\ntransient-ro=true\n[composefs]\nenabled=yes\n", "prepare", "write:/sysroot/usr/x"), false)
		require.Equal(t, "/sysroot overlay composefs ro", out.lines()[0])
		require.Equal(t, "EROFS", out.Probes["write:/sysroot/usr/x"])
		b := out.booted(t, "/run/ostree-booted")
		require.True(t, b.RootTransient && b.RootTransientRO)
	})
	t.Run("transient etc", func(t *testing.T) {
		newAndOld(t, func(t *testing.T, legacy bool) {
			out := run(t, f.job("[etc]\ntransient=1\n[composefs]\nenabled=yes\n", "prepare", "write:/sysroot/etc/x", "read:/sysroot/etc/a.conf"), legacy)
			require.Equal(t, "/sysroot/etc overlay overlay rw", out.lines()[1])
			require.Equal(t, "default\n", out.Probes["read:/sysroot/etc/a.conf"])
			dir := out.booted(t, "/run/ostree-booted").TransientEtc
			require.True(t, strings.HasPrefix(dir, "/run/ostree/transient-etc."), dir)
			require.Equal(t, "drwx------", out.Files[dir])
			require.Equal(t, "drwxr-xr-x", out.Files[dir+"/work"])
			require.Equal(t, "-rw-r--r-- new", out.Files[dir+"/upper/x"])
		})
	})
	t.Run("fs-verity is missing", func(t *testing.T) {
		out := f.job("[composefs]\nenabled=verity\n", "prepare").do(t)
		require.Equal(t, "Failed to mount composefs: composefs: failed to mount: fsverity not enabled on composefs image", out.Err)
		require.Equal(t, []string{"/sysroot tmpfs / rw"}, out.lines(), "nothing may be left")
		require.NotContains(t, out.Files, "/run/ostree")
	})
	t.Run("damaged image", func(t *testing.T) {
		require.NoError(t, os.Rename(f.inside(".ostree.cfs"), f.inside("saved")))
		defer os.Rename(f.inside("saved"), f.inside(".ostree.cfs"))
		require.NoError(t, os.WriteFile(f.inside(".ostree.cfs"), []byte("nonsense"), 0o644))
		require.Contains(t, f.job("[composefs]\nenabled=maybe\n", "prepare").do(t).Err, "Failed to mount composefs: composefs: failed to mount: ")
		require.NoError(t, os.Remove(f.inside(".ostree.cfs")))
		require.NoError(t, unix.Mkfifo(f.inside(".ostree.cfs"), 0o644))
		require.Contains(t, f.job("[composefs]\nenabled=yes\n", "prepare").do(t).Err, "the image is not a regular file")
		require.NoError(t, os.Remove(f.inside(".ostree.cfs")))
		require.NoError(t, os.Symlink("saved", f.inside(".ostree.cfs")))
		require.NotEmpty(t, f.job("[composefs]\nenabled=yes\n", "prepare").do(t).Err)
	})
}

func TestPrepareWithoutImage(t *testing.T) {
	f := build(t)
	out := run(t, f.job("[composefs]\nenabled=maybe\n", "prepare"), false)
	require.Contains(t, out.Lines, "composefs: No image present")
	require.Equal(t, "/sysroot tmpfs /"+f.deploy+" rw", out.lines()[0])
	for config, want := range map[string]string{
		"[composefs]\nenabled=yes\n":                           "Failed to mount composefs: composefs: failed to mount: No such file or directory",
		"[root]\ntransient=true\n":                             "Must enable composefs with root.transient",
		"[root]\ntransient=true\n[composefs]\nenabled=maybe\n": "Must enable composefs with root.transient",
		"[root]\ntransient=true\ntransient-ro=true\n":          "Parsing rootfs config: Cannot set both root.transient and root.transient-ro",
		"[composefs]\nenabled=perhaps\n":                       "Parsing rootfs config: Invalid tri-state value: perhaps",
		"nonsense\n":                                           "Failed to parse config: Key file contains line “nonsense” which is not a key-value pair, group, or comment",
	} {
		out := f.job(config, "prepare").do(t)
		require.Equal(t, want, out.Err, config)
		require.Equal(t, []string{"/sysroot tmpfs / rw"}, out.lines(), config)
		require.NotContains(t, out.Files, "/run/ostree", config)
	}
}

func TestPrepareHotfix(t *testing.T) {
	newAndOld(t, func(t *testing.T, legacy bool) {
		f := build(t)
		f.hotfix(t)
		out := run(t, f.job("", "prepare", "write:/sysroot/usr/x"), legacy)
		require.Equal(t, []string{
			"/sysroot tmpfs /" + f.deploy + " rw", "/sysroot/usr overlay overlay rw", "/sysroot/sysroot tmpfs / rw",
		}, out.lines())
		require.Equal(t, "ok", out.Probes["write:/sysroot/usr/x"])
		require.FileExists(t, f.inside(".usr-ovl-upper/x"))
		f.composefs(t)
		out = run(t, f.job("[composefs]\nenabled=yes\n", "prepare", "write:/sysroot/usr/y", "read:/sysroot/usr/x"), legacy)
		require.Equal(t, []string{"/sysroot overlay composefs ro", "/sysroot/etc tmpfs /" + f.deploy + "/etc rw", "/sysroot/usr overlay overlay rw"}, out.lines()[:3])
		require.Equal(t, "ok", out.Probes["write:/sysroot/usr/y"])
		require.Equal(t, "new", out.Probes["read:/sysroot/usr/x"])
	})
}

func TestPrepareMountsVar(t *testing.T) {
	f := build(t)
	j := f.job("", "prepare")
	j.MountVar = true
	byOption := run(t, j, false)
	require.Equal(t, "/sysroot/var tmpfs /ostree/deploy/demo/var rw", byOption.lines()[3])
	require.Contains(t, strings.Join(byOption.Mounts[3].Tags, " "), "shared:")
	byFile := run(t, f.job("", "put:/run/ostree/initramfs-mount-var=", "prepare"), false)
	require.Equal(t, byOption.lines(), byFile.lines())
}

func TestPrepareKeepsOtherMounts(t *testing.T) {
	f := build(t)
	j := f.job("", "prepare")
	j.Keep = "/sysroot/boot/efi"
	require.Contains(t, run(t, j, false).lines(), "/sysroot/sysroot/boot/efi tmpfs / rw")
}

func TestPrepareTwice(t *testing.T) {
	f := build(t)
	out := f.job("", "prepare", "prepare").do(t)
	require.Equal(t, "Failed to create /run/ostree/.private: File exists", out.Err)
	require.Len(t, out.lines(), 3, "the first one's mounts stay")
	out = f.job("", "mkdir:/run/ostree/.private", "prepare").do(t)
	require.Equal(t, "Failed to create /run/ostree/.private: File exists", out.Err)
}

// TestPrepareRepeated checks that a failure leaves nothing that keeps the next
// attempt from success.
func TestPrepareRepeated(t *testing.T) {
	f := build(t)
	require.NoError(t, os.Rename(f.inside("usr"), f.inside("gone")))
	out := f.job("[sysroot]\nreadonly=true\n[etc]\ntransient=false\n", "prepare").do(t)
	require.Equal(t, "failed to bind mount (class:readonly) /usr: No such file or directory", out.Err)
	require.Equal(t, []string{"/sysroot tmpfs / rw"}, out.lines())
	require.NotContains(t, out.Files, "/run/ostree")
}

func TestPrepareTargets(t *testing.T) {
	f := build(t)
	for name, c := range map[string]struct{ cmdline, want string }{
		"none":       {"quiet", "No ostree target found"},
		"missing":    {"ostree=/ostree/boot.7/x", "Couldn't find specified OSTree root '/sysroot//ostree/boot.7/x': No such file or directory"},
		"no link":    {"ostree=/ostree/repo", "OSTree target is not a symbolic link: /sysroot//ostree/repo"},
		"wrong slot": {"androidboot.slot_suffix=_c", "Failed to determine ostree target: androidboot.slot_suffix invalid: _c"},
		"slot":       {"androidboot.slot_suffix=_b", "Couldn't find specified OSTree root '/sysroot//ostree/root.b': No such file or directory"},
		"karg":       {f.cmdline() + " ostree.prepare-root.composefs=x", "Parsing rootfs config: handling karg ostree.prepare-root.composefs: Invalid tri-state value: x"},
	} {
		j := f.job("", "prepare")
		j.Cmdline = c.cmdline
		require.Equal(t, c.want, j.do(t).Err, name)
	}
	require.NoError(t, os.Symlink("deploy/demo/deploy/"+f.commit+".0", f.path("ostree/root.a")))
	j := f.job("", "prepare")
	j.Cmdline = "androidboot.hardware=x ostree=/nonsense"
	require.Equal(t, "/sysroot tmpfs /"+f.deploy+" rw", run(t, j, false).lines()[0])
}

// TestPrepareHostile checks that links in the physical root lead nowhere outside.
func TestPrepareHostile(t *testing.T) {
	f := build(t)
	link := func(target, name string) {
		t.Helper()
		require.NoError(t, os.RemoveAll(f.path(name)))
		require.NoError(t, os.Symlink(target, f.path(name)))
	}
	link("/etc", "ostree/evil")
	link("../../../../../../../../usr", "ostree/evil2")
	for _, target := range []string{"/ostree/evil", "/ostree/evil2"} {
		j := f.job("", "prepare")
		j.Cmdline = "ostree=" + target
		require.Contains(t, j.do(t).Err, "realpath(/sysroot/"+target+") failed: No such file or directory")
	}
	link("/", "ostree/evil")
	j := f.job("", "prepare")
	j.Cmdline = "ostree=/ostree/evil"
	require.Contains(t, j.do(t).Err, "is not the directory of a deployment")
	// A link in place of a directory that is mounted on, or from.
	require.NoError(t, os.Rename(f.inside("etc"), f.inside("etc.real")))
	link("/run", f.deploy+"/etc")
	out := f.job("[sysroot]\nreadonly=true\n", "prepare").do(t)
	require.Empty(t, out.Err)
	require.Contains(t, out.lines(), "/sysroot/run tmpfs /"+f.deploy+"/run rw", "the deployment's own run is meant")
	link("/usr", "ostree/deploy/demo/var")
	out = f.job("[sysroot]\nreadonly=true\n", "prepare").do(t)
	require.Contains(t, out.Err, "failed to prepare /var bind-mount at /ostree/deploy/demo/var: ")
}

// TestPrepareBelowAnotherRoot uses Options.Root and Options.Cmdline.
func TestPrepareBelowAnotherRoot(t *testing.T) {
	f := build(t)
	j := f.job("", "tmpfs:/fake", "mkdir:/fake/run", "mkdir:/fake/sysroot", "bind:/sysroot=/fake/sysroot",
		"put:/fake/usr/lib/ostree/prepare-root.conf=[sysroot]\nreadonly=true\n[etc]\ntransient=true\n", "prepareat:/fake", "read:/fake/sysroot/etc/a.conf")
	out := run(t, j, false)
	require.Equal(t, []string{
		"/sysroot tmpfs / rw", "/fake tmpfs / rw", "/fake/sysroot tmpfs /" + f.deploy + " rw", "/fake/sysroot/etc overlay overlay rw",
		"/fake/sysroot/usr tmpfs /" + f.deploy + "/usr ro", "/fake/sysroot/sysroot tmpfs / ro",
		"/fake/sysroot/sysroot/ostree/deploy/demo/var tmpfs /ostree/deploy/demo/var rw",
	}, out.lines())
	require.Equal(t, "default\n", out.Probes["read:/fake/sysroot/etc/a.conf"])
	require.NotContains(t, out.Files, "/run/ostree")
}
