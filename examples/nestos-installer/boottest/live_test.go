package boottest_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/examples/nestos-installer/boottest"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// testLive installs unattended: kernel arguments and a config file tell what. The image has
// no signature at this place.
func (w *world) testLive(t *testing.T) {
	t.Parallel()
	testutil.Namespaces(t, "--mount")
	plain := httptest.NewServer(w.handler())
	defer plain.Close()
	d := newDisk(t)
	dir := t.TempDir()
	const network = "ip=10.0.2.15::10.0.2.2:255.255.255.0:guest:enp0s3:none nameserver=10.0.2.3"
	device := strings.TrimPrefix(d.device, "/dev/")
	writeTree(t, dir, map[string][]byte{
		"cmdline": []byte("BOOT_IMAGE=/images/pxeboot/vmlinuz nestos.inst.install_dev=" + device + " " + network +
			" nestos.inst.image_url=" + w.url("unsigned/"+imageName) + " nestos.inst.ignition_url=" + plain.URL + "/config.ign" +
			" nestos.inst.platform_id=qemu nestos.inst.insecure ignition.firstboot ignition.platform.id=metal\n"),
		"etc/nestos/installer.d/10-kargs.yaml": []byte("append-karg:\n  - installed.karg=live\n"),
		"units/empty":                          nil,
	})
	r := testutil.Run(t, &testutil.RunOptions{Env: w.environment()}, "unshare", "--mount", "sh", "testdata/live.sh", dir, w.p.installer)
	t.Log(r)
	require.Zero(t, r.Exit)
	require.Contains(t, r.Stdout, "\nnestos-installer install --config-file /etc/nestos/installer.d/10-kargs.yaml ")
	require.Contains(t, r.Stderr, "Signature not found; skipping verification as requested\n")
	require.Contains(t, r.Stderr, "\nInstall complete.\n")
	target, err := os.Readlink(filepath.Join(dir, "units/default.target"))
	require.NoError(t, err)
	require.Equal(t, "nestos-installer-post.target", filepath.Base(target))
	_, err = os.Stat(filepath.Join(dir, "etc/nestos/installer.d"))
	require.ErrorIs(t, err, os.ErrNotExist, "config files of an installation that succeeded")
	w.sameButBoot(t, d)
	d.detach(t)

	v := startVM(t, d.file)
	got := v.wait(t)
	require.Contains(t, text(t, v.console), "GRUB boots NestOS test, version 2", "what GRUB printed on the console of the platform")
	require.Equal(t, "BOOT_IMAGE=/ostree/nestos-new/vmlinuz ignition.firstboot rd.neednet=1 "+network+
		" ignition.platform.id=qemu quiet root=UUID="+rootUUID+" rw image.karg=1 console=tty0 console=ttyS0,115200n8 installed.karg=live", got.Cmdline)
	require.True(t, got.FirstBoot)
	require.Equal(t, map[string]boottest.File{
		"ignition/config.ign": {Mode: "-rw-------", Data: ignition},
		"ignition.firstboot":  {Mode: "-rw-r--r--", Data: "set ignition_network_kcmdline=\"rd.neednet=1 " + network + " \"\n"},
	}, got.Boot)
	require.Equal(t, boottest.File{Mode: "-rw-r-----", Data: provisioned}, got.Root["etc/provisioned"], got.Ignition)
}
