package boottest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/examples/nestos-installer/boottest"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const (
	provisioned = "written by Ignition"
	ignition    = `{"ignition": {"version": "3.4.0"}, "storage": {"files": [
		{"path": "/etc/provisioned", "mode": 416, "contents": {"source": "data:,written%20by%20Ignition"}}]}}
`
	keyfile       = "[connection]\nid=eth0\ntype=ethernet\n"
	firstbootArgs = "rd.neednet=1 ip=dhcp"
	wantArgs      = "ignition.platform.id=qemu quiet root=UUID=" + rootUUID + " rw image.karg=1 console=ttyS0,115200n8 installed.karg=a,b"
)

// TestEndToEnd goes the whole way of an image: to a server, to a disk, and through the
// first boots of that disk.
func TestEndToEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("boots virtual machines")
	}
	testutil.Root(t)
	testutil.Loop(t)
	for _, tool := range []string{
		"qemu-system-x86_64", "grub-mkimage", "sgdisk", "mkfs.ext4", "mkfs.fat", "losetup", "xz", "gpg", "unshare", "udevadm",
	} {
		testutil.Tool(t, tool)
	}
	w := newWorld(t)
	t.Run("list-stream", w.testListStream)
	t.Run("download", w.testDownload)
	t.Run("disk", func(t *testing.T) {
		t.Run("install", w.testInstall)
		t.Run("live", w.testLive)
		t.Run("corrupt", w.testCorrupt)
	})
}

func (w *world) testListStream(t *testing.T) {
	r := w.run(t, "list-stream", "--stream-base-url", w.url("streams/"))
	require.Zero(t, r.Exit)
	require.Equal(t, "Architecture  Platform  Format\nx86_64        metal     raw.xz\n", r.Stdout)
}

func (w *world) testDownload(t *testing.T) {
	dir := t.TempDir()
	r := w.run(t, "download", "--stream-base-url", w.url("streams/"), "-C", dir, "-a", "x86_64")
	require.Zero(t, r.Exit)
	require.Equal(t, filepath.Join(dir, imageName)+"\n", r.Stdout)
	require.Contains(t, r.Stderr, "Good signature")
	for _, name := range []string{imageName, imageName + ".sig"} {
		require.Equal(t, digest(t, w.published(name)), digest(t, filepath.Join(dir, name)), name)
	}

	r = w.run(t, "download", "--stream-base-url", w.url("streams/"), "-C", dir, "-a", "x86_64", "--decompress")
	require.Zero(t, r.Exit)
	raw := filepath.Join(dir, strings.TrimSuffix(imageName, ".xz"))
	require.Equal(t, raw+"\n", r.Stdout)
	require.Equal(t, digest(t, w.image), digest(t, raw))
}

// testInstall installs from the stream with all that a first boot can be told, and boots twice.
func (w *world) testInstall(t *testing.T) {
	t.Parallel()
	config, network := filepath.Join(t.TempDir(), "config.ign"), t.TempDir()
	require.NoError(t, os.WriteFile(config, []byte(ignition), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(network, "eth0.nmconnection"), []byte(keyfile), 0o600))
	d := newDisk(t)
	r := w.run(t, "install", "--stream", "stable", "--stream-base-url", w.url("streams/"), "-a", "x86_64",
		"--ignition-file", config, "--platform", "qemu", "--console", "ttyS0,115200n8", "--append-karg", "installed.karg=a,b",
		"--copy-network", "--network-dir", network, "--firstboot-args", firstbootArgs, d.device)
	require.Zero(t, r.Exit)
	require.Contains(t, r.Stderr, "Good signature")
	require.Contains(t, r.Stderr, "\nInstall complete.\n")
	w.sameButBoot(t, d)
	d.detach(t)

	first := t.Run("first boot", func(t *testing.T) {
		v := startVM(t, d.file)
		got := v.wait(t)
		require.Contains(t, text(t, v.console), "GRUB boots NestOS test, version 2", "what GRUB printed on the console of --console")
		require.Equal(t, "BOOT_IMAGE=/ostree/nestos-new/vmlinuz ignition.firstboot "+firstbootArgs+" "+wantArgs, got.Cmdline)
		require.Equal(t, "/dev/vda3", got.BootDevice)
		require.True(t, got.FirstBoot)
		require.Equal(t, map[string]boottest.File{
			"ignition/config.ign":                        {Mode: "-rw-------", Data: ignition},
			"ignition.firstboot":                         {Mode: "-rw-r--r--", Data: "set ignition_network_kcmdline=\"" + firstbootArgs + "\"\n"},
			"nestos-firstboot-network/eth0.nmconnection": {Mode: "-rw-------", Data: keyfile},
		}, got.Boot)
		require.Equal(t, boottest.File{Mode: "-rw-r-----", Data: provisioned}, got.Root["etc/provisioned"], got.Ignition)
	})
	if !first {
		return
	}
	t.Run("later boot", func(t *testing.T) {
		got := startVM(t, d.file).wait(t)
		require.Equal(t, "BOOT_IMAGE=/ostree/nestos-new/vmlinuz "+wantArgs, got.Cmdline)
		require.False(t, got.FirstBoot)
		require.Equal(t, map[string]boottest.File{
			"nestos-firstboot-network/eth0.nmconnection": {Mode: "-rw-------", Data: keyfile},
		}, got.Boot)
		require.Equal(t, boottest.File{Mode: "-rw-r-----", Data: provisioned}, got.Root["etc/provisioned"])
	})
}
