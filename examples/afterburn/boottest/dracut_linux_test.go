package boottest_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/boottest"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// dracutModules are those of a distribution like Fedora CoreOS as far as the machine needs them. Here systemd-networkd
// is what sets up the network.
const dracutModules = "systemd systemd-initrd dracut-systemd systemd-sysusers systemd-tmpfiles systemd-modules-load systemd-networkd base " +
	"udev-rules network qemu ostree ignition afterburn"

// kernelModules are in the initramfs. The kernel has the rest built in.
var kernelModules = []string{"virtio_pci", "virtio_blk", "virtio_net", "qemu_fw_cfg"}

const (
	kargsFile = "/etc/cmdline.d/50-afterburn-network-kargs.conf"
	seen      = "/run/seen-in-initramfs"
	units     = "usr/lib/systemd/system/"
)

// distribution are the files of the initramfs that a distribution would add.
var distribution = map[string]string{
	// Whatever the cloud: what an image builder has Ignition do.
	"usr/lib/ignition/user.ign": `{"ignition": {"version": "3.4.0"}, "storage": {"files": [
		{"path": "/etc/from-ignition", "overwrite": true, "contents": {"source": "data:,provisioned%0A"}}]}}`,

	// Kernels that serve Proxmox VE have the driver of the drive built in.
	"etc/modules-load.d/boottest.conf":                  "virtio_pci\nvirtio_blk\n",
	units + "afterburn-network-kargs.service.d/10.conf": "[Unit]\nAfter=systemd-modules-load.service\n",

	// Newer versions of dracut do this for systemd-networkd. Its own generator sees only /proc/cmdline.
	"usr/lib/dracut/hooks/cmdline/99-networkd.sh": "/usr/lib/systemd/systemd-network-generator -- $(getcmdline)\n",
	units + "dracut-cmdline.service.d/10.conf":    "[Unit]\nBefore=systemd-networkd.service\n",
	units + "initrd.target.d/10.conf":             "[Unit]\nWants=systemd-networkd.service systemd-networkd-wait-online.service seen.service\n",
	// The network is up before the root file system is there, as dracut has it.
	units + "systemd-networkd-wait-online.service.d/10.conf": "[Unit]\nBefore=initrd-root-fs.target\n",

	// What the test wants to know of the initramfs.
	units + "seen.service": "[Unit]\nDefaultDependencies=no\nAfter=ignition-complete.target systemd-networkd-wait-online.service\n" +
		"Before=initrd.target\nConflicts=emergency.target\n\n" +
		"[Service]\nType=oneshot\nRemainAfterExit=yes\n" +
		"ExecStart=/bin/sh -c 'mkdir " + seen + " && cp " + kargsFile + " " + seen + "/kargs && " +
		"ip -4 -o address >" + seen + "/addresses && ip -4 route >" + seen + "/routes'\n",
	// Instead of a shell.
	units + "emergency.service": "[Unit]\nDescription=Agent of the boot test\nDefaultDependencies=no\nConflicts=shutdown.target\n\n" +
		"[Service]\nType=exec\nExecStart=/usr/lib/boottest/agent /dev/ttyS1\n",
	"etc/systemd/journald.conf.d/console.conf": "[Journal]\nForwardToConsole=yes\nMaxLevelConsole=info\n",
}

// masked would take time, or be started by the first network device.
var masked = []string{
	units + "systemd-networkd.socket", units + "systemd-network-generator.service",
	units + "dracut-initqueue.service", units + "dracut-pre-mount.service", units + "dracut-mount.service", units + "dracut-pre-pivot.service",
	"etc/systemd/system-generators/dracut-rootfs-generator",
}

// withProgram runs a command where the program is /usr/bin/afterburn, from where the dracut module takes it, whether or
// not this machine has one.
const withProgram = `set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work"
mount -t overlay overlay -o "lowerdir=/usr/bin,upperdir=$1/upper,workdir=$1/work" /usr/bin || exit 77
cp "$2" /usr/bin/afterburn
shift 2
exec "$@"
`

// dracut makes the initramfs of a tree with the tree's own modules.
func (m *machine) dracut(tree *boottest.Tree, release string) []byte {
	m.t.Helper()
	overlay := filepath.Join(m.dir, "overlay")
	require.NoError(m.t, os.Mkdir(overlay, 0o755))
	links := map[string]string{}
	for _, name := range masked {
		links[name] = "/dev/null"
	}
	image, log, err := (&boottest.Dracut{
		Tree: tree, Dir: m.dir, Release: release, Modules: dracutModules, Hidden: []string{"30afterburn", "30ignition"}, Drivers: kernelModules,
		Files: distribution, Programs: map[string]string{"usr/lib/boottest/agent": m.program("agent")}, Links: links,
		Before: []string{"unshare", "--mount", "--propagation=private", "sh", "-c", withProgram, "sh", overlay, m.program("afterburn")},
	}).Pack(m.t.Context())
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 77 {
		testutil.Missing(m.t, "no overlayfs over /usr/bin: %v", err)
	}
	require.NoError(m.t, err)
	if log != "" {
		m.t.Logf("dracut: %s", log)
	}
	return image
}
