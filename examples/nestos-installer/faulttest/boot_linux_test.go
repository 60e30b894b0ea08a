package faulttest_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

const ignition = `{"ignition":{"version":"3.4.0"}}`

// changeArgs change the boot file system in all ways but for network files; changedFiles is what comes out.
func changeArgs(t testing.TB) []string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "config.ign")
	require.NoError(t, os.WriteFile(name, []byte(ignition), 0o600))
	return []string{"-i", name, "--append-karg", "added=1", "--delete-karg", "quiet", "--firstboot-args", "ip=dhcp", "--console", "ttyS0,9600",
		"--ignition-hash", fmt.Sprintf("sha256-%x", sha256.Sum256([]byte(ignition)))}
}

var changedFiles = map[string]string{
	"ignition/config.ign": ignition,
	entryPath:             entryPrefix + "$ignition_firstboot ignition.platform.id=metal console=ttyS0,9600n8 added=1" + entrySuffix,
	"ignition.firstboot":  "set ignition_network_kcmdline=\"ip=dhcp\"\n",
	"grub2/grub.cfg": "set timeout=1\n# CONSOLE-SETTINGS-START\nserial --unit=0 --speed=9600 --word=8 --parity=no\nterminal_input serial\n" +
		"terminal_output serial\n# CONSOLE-SETTINGS-END\nblscfg\n",
}

// TestBootFilesystem has images whose boot file system cannot take the changes.
func TestBootFilesystem(t *testing.T) {
	testutil.Root(t)
	garbage := make([]byte, mib)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(garbage)
	tree := func(changes map[string]string) func([]byte) {
		return func(data []byte) { copy(data[bootStart:], makeExt4(t, "boot", bootTree(changes))) }
	}
	zeroHash := "sha256-" + strings.Repeat("0", 64)
	for _, c := range []struct {
		name   string
		change func(data []byte)
		args   []string // more
		why    string
		ok     bool
		early  bool // found before anything is written
	}{
		{name: "as it should be", change: func([]byte) {}, ok: true},
		{name: "no file system", change: func(data []byte) { clear(data[bootStart : bootStart+mib]) }, why: "couldn't find boot device for /dev/loop"},
		{name: "other label", change: func(data []byte) { copy(data[bootStart:], makeExt4(t, "root", bootTree(nil))) }, why: "couldn't find boot device for /dev/loop"},
		{name: "two labels", change: func(data []byte) { copy(data[rootStart:rootStart+4*mib], data[bootStart:]) }, why: `with label "boot"`},
		{name: "damaged group descriptors", change: func(data []byte) { copy(data[bootStart+4096:bootStart+8192], garbage) }, why: "mounting device /dev/loop"},
		{name: "damaged superblock", change: func(data []byte) { copy(data[bootStart+1024+200:bootStart+2048], garbage) }, why: "mounting device /dev/loop"},
		{name: "damaged root directory", change: func(data []byte) { damageRoot(t, data[bootStart:bootStart+bootSize], garbage) }, why: "creating Ignition config directory"},
		{name: "no entries", change: tree(map[string]string{"loader.1/entries/ostree-1-nestos.conf": absent, "loader.1/entries/ostree-2-nestos.conf": absent, "loader.1/entries/x": "y"}), why: "Found no BLS entries in "},
		{name: "no loader", change: tree(map[string]string{"loader.1/entries/ostree-1-nestos.conf": absent, "loader.1/entries/ostree-2-nestos.conf": absent, "loader": absent}), why: "No such file or directory (os error 2)"},
		{name: "entry without options", change: tree(map[string]string{"loader.1/entries/ostree-2-nestos.conf": "title x\n"}), why: "Couldn't locate 'options' line"},
		{name: "entry with two options", change: tree(map[string]string{"loader.1/entries/ostree-2-nestos.conf": "options x\noptions y\n"}), why: "Multiple 'options' lines found"},
		{name: "loader leads out", change: tree(map[string]string{"loader": "-> ../../../../../../../../tmp"}), why: "loader"},
		{name: "config exists", change: tree(map[string]string{"ignition/config.ign": "{}"}), why: "File exists (os error 17)"},
		{name: "config is a link", change: tree(map[string]string{"ignition/config.ign": "-> /etc/faulttest"}), why: "File exists (os error 17)"},
		{name: "ignition is a link", change: tree(map[string]string{"ignition": "-> /tmp"}), why: "ignition"},
		{name: "ignition is a file", change: tree(map[string]string{"ignition": "x"}), why: "Not a directory (os error 20)"},
		{name: "no marker", change: tree(map[string]string{"grub2/grub.cfg": "blscfg\n"}), why: "missing substitution marker in grub.cfg"},
		{name: "no grub.cfg", change: tree(map[string]string{"grub2/grub.cfg": absent}), why: "No such file or directory (os error 2)"},
		{name: "no ignition.firstboot", change: tree(map[string]string{"ignition.firstboot": absent}), why: "ignition.firstboot"},
		{name: "bad platforms.json", change: tree(map[string]string{"nestos/platforms.json": "["}), why: "parsing platform metadata"},
		{name: "no platform", change: tree(map[string]string{"loader.1/entries/ostree-2-nestos.conf": entryPrefix + "quiet" + entrySuffix}), args: []string{"--platform", "qemu"}, why: "couldn't locate platform ID"},
		{name: "other digest", change: func([]byte) {}, args: []string{"--ignition-hash", zeroHash}, why: "failed to validate Ignition configuration digest", early: true},
		{name: "no network directory", change: func([]byte) {}, args: []string{"-n", "--network-dir", "/nonexistent"}, why: "No such file or directory (os error 2)", early: true},
		{name: "full", change: tree(nil), args: []string{"-n", "--network-dir", "$LARGE"}, why: "No space left on device (os error 28)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d, s, i := newDisk(t, 512), newSession(t), newImage(t, 512)
			args := append(changeArgs(t), c.args...)
			for n := range args {
				if args[n] == "$LARGE" {
					args[n] = largeFiles(t)
				}
			}
			r := s.run(install(d, true, append(args, "--insecure", "-f", file(t, i.changed(c.change), nil))...)...)
			if c.ok {
				require.Zero(t, r.exit, r)
				(&outcome{image: i, saving: true, files: changedFiles}).requireComplete(d)
				return
			}
			if c.early {
				r.refused(t, c.why)
				d.requireUntouched()
				return
			}
			r.failed(t, c.why)
			d.requireDead(true)
		})
	}
}

// largeFiles is a directory whose files do not fit on the boot file system.
func largeFiles(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for n := range 4 {
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("file%d", n)), bytes.Repeat([]byte("x"), bootSize/3), 0o600))
	}
	return dir
}

// damageRoot overwrites the root directory of a file system.
func damageRoot(t testing.TB, fs, garbage []byte) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "fs")
	require.NoError(t, os.WriteFile(name, fs, 0o600))
	out := must(t, "debugfs", "-R", "blocks /", name)
	var block int
	_, err := fmt.Sscan(out, &block)
	require.NoError(t, err, out)
	copy(fs[block*4096:(block+1)*4096], garbage)
}

// TestNoLoopDevice installs where no loop device is to be had: the kernel's partition takes its place.
func TestNoLoopDevice(t *testing.T) {
	testutil.Root(t)
	testutil.Tool(t, "unshare")
	for _, sectorSize := range []int{512, 4096} {
		t.Run(fmt.Sprint(sectorSize), func(t *testing.T) {
			t.Parallel()
			d, s, i := newDisk(t, sectorSize, "-P"), newSession(t), newImage(t, sectorSize)
			args := install(d, true, append(changeArgs(t), "-f", signed(t, packed(t, sectorSize, "zst")))...)
			cmd := exec.CommandContext(t.Context(), "unshare", append([]string{"-m", "sh", "-c",
				`mount --bind /dev/null /dev/loop-control && exec "$@"`, "sh", program(t)}, args...)...)
			p := &process{session: s, cmd: cmd}
			cmd.Env, cmd.Stderr = s.environment(), &p.stderr
			require.NoError(t, cmd.Start())
			r := p.wait()
			require.Zero(t, r.exit, r)
			require.Empty(t, s.leftovers())
			require.Empty(t, kernelPartitions(t, d), "partitions that the kernel was told of are left")
			(&outcome{image: i, saving: true, files: changedFiles}).requireComplete(d)
		})
	}
}

// kernelPartitions are those of a disk that the kernel knows.
func kernelPartitions(t testing.TB, d *disk) []string {
	t.Helper()
	found, err := filepath.Glob("/sys/block/" + filepath.Base(d.path) + "/" + filepath.Base(d.path) + "p*")
	require.NoError(t, err)
	return found
}
