package prepareroot_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

func TestPrepareTellsTheJournal(t *testing.T) {
	f := build(t)
	out := run(t, f.job("", "listen", "prepare", "received"), false)
	var s unix.Stat_t
	require.NoError(t, unix.Stat(f.inside("."), &s))
	require.Equal(t, fmt.Sprintf("MESSAGE=Resolved OSTree target to: /sysroot/%s\nMESSAGE_ID=7170336a73ba4601bad31af888aa0df7\n"+
		"DEPLOYMENT_PATH=/%s\nDEPLOYMENT_DEVICE=%d\nDEPLOYMENT_INODE=%d\nSYSLOG_IDENTIFIER=ostree-prepare-root\n",
		f.deploy, f.deploy, s.Dev, s.Ino), out.Probes["journal"])
}

// image makes a file system image of a fixture with the tool and its options.
func (f *fixture) image(t *testing.T, tool string, args ...string) string {
	t.Helper()
	testutil.Loop(t)
	name := filepath.Join(t.TempDir(), "image")
	file, err := os.Create(name)
	require.NoError(t, err)
	require.NoError(t, file.Truncate(32<<20))
	require.NoError(t, file.Close())
	testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, tool), append(args, f.dir, name)...)
	return name
}

// TestPrepareOnDisk boots from a block device, as real systems do.
func TestPrepareOnDisk(t *testing.T) {
	f := build(t)
	f.composefs(t)
	image := f.image(t, "mkfs.ext4", "-q", "-d")
	for _, ro := range []bool{false, true} {
		j := f.job("[composefs]\nenabled=yes\n", "prepare", "read:/sysroot/usr/opt/shipped", "write:/sysroot/etc/x")
		j.Sysroot, j.RO = image, ro
		out := run(t, j, false)
		require.Equal(t, []string{
			"/sysroot overlay composefs ro", "/sysroot/etc ext4 /" + f.deploy + "/etc rw", "/sysroot/sysroot ext4 / ro",
			"/sysroot/sysroot/ostree/deploy/demo/var ext4 /ostree/deploy/demo/var rw",
		}, out.lines())
		require.Equal(t, "one\n", out.Probes["read:/sysroot/usr/opt/shipped"])
		require.Equal(t, map[bool]string{false: "ok", true: "EROFS"}[ro], out.Probes["write:/sysroot/etc/x"])
		b := out.booted(t, "/run/ostree-booted")
		require.Equal(t, fmt.Sprintf("Lrwxrwxrwx /dev/block/%d:%d", unix.Major(b.Device), unix.Minor(b.Device)), out.Files["/run/systemd/volatile-root"])
	}
}

func TestPrepareSigned(t *testing.T) {
	testutil.Loop(t)
	f := build(t)
	f.composefs(t)
	tool := testutil.Tool(t, "ostree")
	const public = "2vJSFQ7Q4Qz0wPMDvGyl0WZ+wYfWcMmVeLCK0A7AcYk="
	config := "[composefs]\nenabled=signed\n"
	out := f.job(config, "prepare").do(t)
	require.Equal(t, "Failed to mount composefs: Reading public key file '/etc/ostree/initramfs-root-binding.key': No such file or directory", out.Err)
	secret, key := newKey(t)
	withKey := func(text string) *job {
		j := f.job(config, "prepare")
		j.Files = map[string]string{"etc/ostree/initramfs-root-binding.key": text}
		return j
	}
	require.Equal(t, "Failed to mount composefs: No commitmeta for commit "+f.commit, withKey(key).do(t).Err)
	// Many a build of the real ostree cannot sign with ed25519.
	if res := testutil.Run(t, nil, tool, "--repo="+f.path("ostree/repo"), "sign", "--sign-type=ed25519", f.commit, secret); res.Exit != 0 {
		f.sign(t, secret)
	}
	require.Equal(t, "Failed to mount composefs: Checking commit signature: No valid (of 1) signatures found", withKey(public).do(t).Err)
	require.Equal(t, "Failed to mount composefs: public key file specified, but no public keys found", withKey("\n\n").do(t).Err)
	// The signature is valid; the commit names no image.
	out = withKey(public + "\n" + key + "\n").do(t)
	require.Equal(t, "Failed to mount composefs: Signature validation requested, but no valid digest in commit", out.Err)
	require.Equal(t, []string{"/sysroot tmpfs / rw"}, out.lines())
	// Switched off by the command line, neither the keys nor fs-verity are asked for.
	j := f.job("[composefs]\nenabled=signed\n", "prepare")
	j.Cmdline += " ostree.prepare-root.composefs=no"
	require.Equal(t, "/sysroot tmpfs /"+f.deploy+" rw", run(t, j, false).lines()[0])
}

// sign signs the commit as "ostree sign" does.
func (f *fixture) sign(t *testing.T, secret string) {
	r, err := ostree.Open(f.path("ostree/repo"), nil)
	require.NoError(t, err)
	defer r.Close()
	key, err := base64.StdEncoding.DecodeString(secret)
	require.NoError(t, err)
	c, err := object.ParseChecksum(f.commit)
	require.NoError(t, err)
	require.NoError(t, r.SignCommit(t.Context(), c, sign.Ed25519{}, key))
}

func TestNextRoot(t *testing.T) {
	newAndOld(t, func(t *testing.T, legacy bool) {
		testutil.Loop(t)
		f := build(t)
		f.composefs(t)
		// The configuration is the deployment's.
		require.NoError(t, os.MkdirAll(f.inside("etc/ostree"), 0o755))
		require.NoError(t, os.WriteFile(f.inside("etc/ostree/prepare-root.conf"), []byte("[composefs]\nenabled=yes\n"), 0o644))
		j := f.job("", "mkdir:/run/ostree/.private", "nextroot", "read:/run/nextroot/usr/opt/shipped", "write:/run/nextroot/etc/x")
		j.Deployment = "/sysroot/" + f.deploy
		out := run(t, j, legacy)
		require.Equal(t, []string{
			"/sysroot tmpfs / rw",
			"/run/nextroot overlay composefs ro",
			"/run/nextroot/boot tmpfs /boot rw",
			"/run/nextroot/etc tmpfs /" + f.deploy + "/etc rw",
			"/run/nextroot/sysroot tmpfs / ro",
		}, out.lines())
		require.Equal(t, "one\n", out.Probes["read:/run/nextroot/usr/opt/shipped"])
		require.Equal(t, "ok", out.Probes["write:/run/nextroot/etc/x"])
		b := out.booted(t, "/run/ostree/nextroot-booted")
		require.True(t, b.Composefs && b.SysrootReadonly)

		j.Steps = append(j.Steps, "resetnext", "resetnext")
		j.Deployment = f.deploy
		out = run(t, j, legacy)
		require.Equal(t, []string{"/sysroot tmpfs / rw"}, out.lines())
		require.NotContains(t, out.Files, "/run/ostree/nextroot-booted")

		j.Steps = []string{"mkdir:/run/ostree/.private", "remove:/sysroot/" + f.deploy + "/etc/x", "remove:/sysroot/" + f.deploy + "/.ostree.cfs", "nextroot"}
		out = j.do(t)
		require.Equal(t, "failed to mount composefs: composefs: failed to mount: No such file or directory", out.Err)
		require.Equal(t, []string{"/sysroot tmpfs / rw"}, out.lines())

		j.Cmdline += " ostree.prepare-root.composefs=maybe"
		require.Equal(t, "soft reboot not supported without composefs", j.do(t).Err)
	})
}

// TestNextRootOfATransientSystem checks that the layers of the running root and of
// its /etc are not used twice.
func TestNextRootOfATransientSystem(t *testing.T) {
	testutil.Loop(t)
	f := build(t)
	f.composefs(t)
	config := "[root]\ntransient=true\n[etc]\ntransient=true\n[composefs]\nenabled=yes\n"
	require.NoError(t, os.MkdirAll(f.inside("etc/ostree"), 0o755))
	require.NoError(t, os.WriteFile(f.inside("etc/ostree/prepare-root.conf"), []byte(config), 0o644))
	j := f.job(config, "prepare", "switch", "nextroot", "write:/run/nextroot/usr/x", "read:/usr/x", "write:/run/nextroot/etc/y", "read:/etc/y")
	j.Deployment = f.deploy
	out := run(t, j, false)
	require.Equal(t, "ok", out.Probes["write:/run/nextroot/usr/x"])
	require.Equal(t, "ENOENT", out.Probes["read:/usr/x"])
	require.Equal(t, "ok", out.Probes["write:/run/nextroot/etc/y"])
	require.Equal(t, "ENOENT", out.Probes["read:/etc/y"])
	require.NotEqual(t, out.booted(t, "/run/ostree-booted").TransientEtc, out.booted(t, "/run/ostree/nextroot-booted").TransientEtc)
}

func put(b *prepareroot.Booted) string {
	return "puthex:/run/ostree-booted=" + hex.EncodeToString(b.Marshal())
}

func TestRemount(t *testing.T) {
	readonly := []string{"tmpfs:/sysroot", "roots:/sysroot", "tmpfs:/var", "roots:/var", "tmpfs:/etc", "roots:/etc"}
	writes := []string{"write:/sysroot/x", "write:/etc/x", "write:/var/x"}
	for name, c := range map[string]struct {
		before, after []string // steps
		lines         []string
		probes        []string
	}{
		"without a state file": {lines: []string{"Remounted rw: /sysroot", "Remounted rw: /var"}, probes: []string{"ok", "EROFS", "ok"}},
		"old state file":       {before: []string{"put:/run/ostree-booted="}, lines: []string{"Remounted rw: /sysroot", "Remounted rw: /var"}, probes: []string{"ok", "EROFS", "ok"}},
		"sysroot stays read-only": {
			before: []string{put(&prepareroot.Booted{SysrootReadonly: true})},
			lines:  []string{"Remounted rw: /etc", "Remounted rw: /var"}, probes: []string{"EROFS", "ok", "ok"},
		},
		"transient etc": {
			before: []string{put(&prepareroot.Booted{SysrootReadonly: true, TransientEtc: "/run/none"})},
			lines:  []string{"Remounted rw: /var"}, probes: []string{"EROFS", "EROFS", "ok"},
		},
		"read-only root": {after: []string{"ro:/"}, probes: []string{"EROFS", "EROFS", "EROFS"}},
		"read-only composefs": {
			before: []string{put(&prepareroot.Booted{Composefs: true, SysrootReadonly: true})}, after: []string{"ro:/"},
			lines: []string{"Remounted rw: /etc", "Remounted rw: /var"}, probes: []string{"EROFS", "ok", "ok"},
		},
		"not mounted": {after: []string{"umount:/var", "remove:/var", "symlink:sysroot=/var"}, lines: []string{"Remounted rw: /sysroot"}, probes: []string{"ok", "EROFS", "ok"}},
	} {
		t.Run(name, func(t *testing.T) {
			steps := append(append(append(append(append([]string{"tmpfs:/run"}, c.before...), readonly...), c.after...), "remount"), writes...)
			out := run(t, &job{Steps: steps}, false)
			require.Equal(t, c.lines, out.Lines)
			for i, w := range writes {
				require.Equal(t, c.probes[i], out.Probes[w], w)
			}
			if len(c.before) == 0 {
				require.Equal(t, "-rw-r----- ", out.Files["/run/ostree-booted"])
			}
		})
	}
}

// TestRemountLabels checks that what was changed in a transient /etc, and nothing
// else, gets its label, below the mount on machine-id too.
func TestRemountLabels(t *testing.T) {
	testutil.Loop(t)
	f := build(t)
	f.composefs(t)
	j := f.job("[etc]\ntransient=true\n[composefs]\nenabled=yes\n", "prepare", "switch", "put:/etc/sub/new=x", "put:/etc/a.conf=changed",
		"put:/etc/machine-id=below", "put:/etc/unlabeled=x", "put:/run/mid=above", "bind:/run/mid=/etc/machine-id", "remount",
		"label:/etc/sub", "label:/etc/sub/new", "label:/etc/a.conf", "label:/etc/os-release", "label:/etc/unlabeled", "read:/etc/machine-id",
		"umount:/etc/machine-id", "label:/etc/machine-id")
	j.Label = "system_u:object_r:etc_t:s0"
	out := run(t, j, false)
	for name, want := range map[string]string{
		"/etc/sub": j.Label, "/etc/sub/new": j.Label, "/etc/a.conf": j.Label, "/etc/machine-id": j.Label,
		"/etc/os-release": "ENODATA", "/etc/unlabeled": "ENODATA",
	} {
		require.Equal(t, want, out.Probes["label:"+name], name)
	}
	require.Equal(t, "above", out.Probes["read:/etc/machine-id"], "the mount is only gone for the labeling")
}

func TestUsrOverlay(t *testing.T) {
	newAndOld(t, func(t *testing.T, legacy bool) {
		steps := []string{"remove:/bin", "tmpfs:/usr", "put:/usr/old=x", "roots:/usr"}
		out := run(t, &job{Steps: append(steps, "usroverlay", "write:/usr/new", "read:/usr/old")}, legacy)
		require.Equal(t, "ok", out.Probes["write:/usr/new"])
		require.Equal(t, "x", out.Probes["read:/usr/old"])
		require.Equal(t, "-rw-r--r-- new", out.Files["/run/unlock/upper/new"])
		out = run(t, &job{Steps: append(steps, "usroverlay:ro", "write:/usr/new")}, legacy)
		require.Equal(t, "EROFS", out.Probes["write:/usr/new"])
	})
}

func TestStateOverlay(t *testing.T) {
	first, second := strings.Repeat("a", 64), strings.Repeat("b", 64)
	deployment := []string{"tmpfs:/var", "mkdir:/opt/sub", "put:/opt/shipped=1", "put:/opt/sub/file=1", "put:/opt/gone=1", "put:/opt/dir/x=1", "put:/opt/kind/x=1"}
	change := []string{"stateoverlay:/opt", "put:/opt/mine=m", "put:/opt/sub/mine=m", "put:/opt/shipped=changed", "put:/opt/sub/file=changed",
		"remove:/opt/gone", "remove:/opt/dir", "put:/opt/dir/y=m", "remove:/opt/kind", "put:/opt/kind=file"}
	reads := []string{"read:/opt/mine", "read:/opt/sub/mine", "read:/opt/shipped", "read:/opt/sub/file", "read:/opt/gone", "read:/opt/dir/x", "read:/opt/dir/y", "read:/opt/kind/x"}
	values := func(o *outcome) (list []string) {
		for _, r := range reads {
			list = append(list, o.Probes[r])
		}
		return list
	}
	steps := append(append([]string{}, deployment...), change...)

	same := append(append(append([]string{}, steps...), "umount:/opt", "stateoverlay:/opt", "stateoverlay:/opt"), reads...)
	out := run(t, &job{Checksum: first, Steps: same}, false)
	require.Equal(t, []string{"m", "m", "changed", "changed", "ENOENT", "ENOENT", "m", "ENOTDIR"}, values(out))
	count := 0
	for _, m := range out.Mounts {
		if m.Target == "/opt" {
			count++
		}
	}
	require.Equal(t, 1, count, "mounted once only")

	upgraded := append(append(append([]string{}, steps...), "umount:/opt", "checksum:"+second, "put:/opt/shipped=2", "stateoverlay:/opt"), reads...)
	out = run(t, &job{Checksum: first, Steps: upgraded}, true)
	require.Equal(t, []string{"m", "m", "2", "1", "1", "1", "ENOENT", "1"}, values(out))

	// A restart of the unit after an upgrade finds the overlay mounted.
	restarted := append(append(append([]string{}, steps...), "checksum:"+second, "stateoverlay:/opt"), reads...)
	out = run(t, &job{Checksum: first, Steps: restarted}, false)
	require.Equal(t, []string{"m", "m", "changed", "changed", "ENOENT", "ENOENT", "m", "ENOTDIR"}, values(out))
}

func withoutProc(lines []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return strings.Contains(line, "/proc") })
}

// TestInit runs the variant for systems without an initramfs.
func TestInit(t *testing.T) {
	for _, readonly := range []bool{false, true} {
		t.Run(fmt.Sprintf("readonly=%t", readonly), func(t *testing.T) {
			f := build(t)
			if readonly {
				f.legacyReadonly(t)
			}
			j := f.job("", "pivotable", "init", "bind:/sysroot/proc=/proc", "read:/usr/opt/shipped", "write:/usr/x", "write:/etc/x", "write:/var/x")
			out := run(t, j, false)
			require.Equal(t, "one\n", out.Probes["read:/usr/opt/shipped"])
			require.Equal(t, "EROFS", out.Probes["write:/usr/x"])
			require.Equal(t, "ok", out.Probes["write:/etc/x"])
			require.Equal(t, "ok", out.Probes["write:/var/x"])
			require.FileExists(t, f.path("ostree/deploy/demo/var/x"))
			lines := out.lines()
			require.Contains(t, lines, "/ tmpfs /"+f.deploy+" rw")
			require.Contains(t, lines, "/usr tmpfs /"+f.deploy+"/usr ro")
			require.Contains(t, lines, "/boot tmpfs /boot rw")
			require.Contains(t, lines, "/var tmpfs /ostree/deploy/demo/var rw")
			require.Contains(t, lines, "/sysroot tmpfs / rw")
			require.Equal(t, readonly, strings.Contains(strings.Join(lines, "\n"), "/etc tmpfs"))
			_, err := os.Stat(f.path("run/ostree-sysroot-ro.stamp"))
			require.Equal(t, readonly, err == nil)
			j.Steps = []string{"pivotable:bare", "init:cmdline", "read:/proc/cmdline", "proc"}
			out = run(t, j, true)
			require.Equal(t, "ENOENT", out.Probes["read:/proc/cmdline"], "the mount that was needed is gone")
			require.Equal(t, withoutProc(lines), withoutProc(out.lines()), "mount(2) makes the same")
		})
	}
}
