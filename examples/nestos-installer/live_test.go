package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// liveRoot makes the root of a live system.
func liveRoot(t *testing.T, w *world, cmdline string) {
	for _, dir := range []string{"proc", "dev", "etc", "run", "units"} {
		require.NoError(t, os.MkdirAll(filepath.Join(w.Root, dir), 0o755))
	}
	require.NoError(t, os.WriteFile(filepath.Join(w.Root, "proc/cmdline"), []byte(cmdline+"\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(w.Root, "dev/kmsg"), nil, 0o644))
}

func TestGenerator(t *testing.T) {
	w := newWorld(t, "nestos-installer")
	units := filepath.Join(w.Root, "units")
	require.Equal(t, 1, w.do("generator", units))
	require.Contains(t, w.stderr.String(), "Error: reading kernel arguments\n")

	liveRoot(t, w, "quiet")
	require.Zero(t, w.do("generator", units, units, units), w.stderr.String())
	require.NoFileExists(t, units+"/default.target")

	liveRoot(t, w, "quiet nestos.inst.install_dev=/dev/sda")
	require.Zero(t, w.do("generator", units), w.stderr.String())
	target, err := os.Readlink(units + "/default.target")
	require.NoError(t, err)
	require.Equal(t, "nestos-installer-post.target", filepath.Base(target))

	// The kernel arguments tell whose system this is, whatever the program's name.
	liveRoot(t, w, "coreos.inst.install_dev=/dev/sda")
	require.Zero(t, w.do("generator", units), w.stderr.String())
	target, err = os.Readlink(units + "/default.target")
	require.NoError(t, err)
	require.Equal(t, "coreos-installer-post.target", filepath.Base(target))

	require.Equal(t, 1, w.do("generator", units+"/missing"))
	log, err := os.ReadFile(filepath.Join(w.Root, "dev/kmsg"))
	require.NoError(t, err)
	require.Contains(t, string(log), "<3>coreos-installer-generator: ")
}

func TestServiceWithoutDevice(t *testing.T) {
	w := newWorld(t, "nestos-installer")
	liveRoot(t, w, "quiet")
	require.Equal(t, 1, w.do("service"))
	require.Equal(t, "No install device specified.\n", w.stderr.String())
}

func TestLiveFiles(t *testing.T) {
	w := newWorld(t, "nestos-installer")
	dir := t.TempDir() + "/new/root"
	require.Zero(t, w.do("dev", "live-files", dir), w.stderr.String())
	require.Contains(t, w.stdout.String(), dir+"/usr/lib/systemd/system/nestos-installer.service\n")
	for path := range strings.Lines(w.stdout.String()) {
		require.FileExists(t, strings.TrimSuffix(path, "\n"))
	}
	unit, err := os.ReadFile(dir + "/usr/lib/systemd/system/nestos-installer.service")
	require.NoError(t, err)
	require.Contains(t, string(unit), "ExecStart=/usr/bin/nestos-installer service\n")
	require.Equal(t, 1, w.do("dev", "live-files", dir+"/usr/lib/systemd/system/nestos-installer.service"))
	require.Contains(t, w.stderr.String(), "Error: making "+dir+"/usr/lib/systemd/system/nestos-installer.service\n")

	require.NoError(t, os.MkdirAll(filepath.Join(w.Root, "etc/lvm"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(w.Root, "etc/lvm/lvm.conf"), []byte("devices {\n}\n"), 0o644))
	liveRoot(t, w, "nestos.inst.install_dev=sda")
	require.Zero(t, w.do("disable-device-auto-activation"), w.stderr.String())
	require.FileExists(t, filepath.Join(w.Root, "etc/mdadm.conf.d/nestos-installer.conf"))
	lvm, err := os.ReadFile(filepath.Join(w.Root, "etc/lvm/lvm.conf"))
	require.NoError(t, err)
	require.Contains(t, string(lvm), "filter = ")
}
