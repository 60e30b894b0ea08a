package boottest_test

import (
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/internal/boottest"
)

// dracutModules are those of a distribution like Fedora CoreOS as far as the
// machine needs them. Without dracut-systemd nothing runs dracut's shell hooks,
// which would take as long as all the rest.
const dracutModules = "systemd systemd-initrd systemd-sysusers systemd-tmpfiles systemd-modules-load systemd-networkd base " +
	"crypt dm mdraid udev-rules qemu ostree ignition"

// kernelModules are in the initramfs.
var kernelModules = append([]string{"virtio_pci", "virtio_blk", "virtio_net", "qemu_fw_cfg", "af_packet"}, rootModules...)

// rootModules are in the booted system too.
var rootModules = []string{
	"overlay", "dm-mod", "dm-crypt", "xts", "ecb", "algif_skcipher", "algif_hash", "raid1", "vfat", "nls_cp437", "nls_ascii", "xfs",
}

// distribution are the files of the initramfs that a distribution would add.
var distribution = map[string]string{
	// The network comes up when the offline stage has asked for it.
	"usr/lib/systemd/system/systemd-networkd.service.d/ignition.conf": "[Unit]\nConditionPathExists=/run/ignition/neednet\n" +
		"After=ignition-fetch-offline.service\nBefore=ignition-fetch.service\n",
	"usr/lib/systemd/system/initrd.target.d/network.conf": "[Unit]\nWants=systemd-networkd.service\n",
	// What the stages write to /var must not go to the deployment's own, empty one.
	"usr/lib/systemd/system/sysroot-var.mount": "[Unit]\nDefaultDependencies=no\nRequires=ostree-prepare-root.service\n" +
		"After=ostree-prepare-root.service\nBefore=ignition-mount.service\n\n" +
		"[Mount]\nWhat=/sysroot/sysroot/ostree/deploy/" + stateroot + "/var\nWhere=/sysroot/var\nType=none\nOptions=bind\n",
	"usr/lib/systemd/system/ignition-diskful.target.d/var.conf": "[Unit]\nRequires=sysroot-var.mount\n",
	// Instead of a shell.
	"usr/lib/systemd/system/emergency.service": "[Unit]\nDescription=Agent of the boot test\nDefaultDependencies=no\nConflicts=shutdown.target\n\n" +
		"[Service]\nType=exec\nExecStart=/usr/lib/boottest/agent /dev/ttyS1\n",
	"etc/systemd/journald.conf.d/console.conf": "[Journal]\nForwardToConsole=yes\nMaxLevelConsole=info\n",
	"etc/modules-load.d/boottest.conf":         "qemu_fw_cfg\n",
}

// dracut makes the initramfs of a tree with the tree's own modules for Ignition and ostree.
func (m *machine) dracut(tree *boottest.Tree, release string) []byte {
	m.t.Helper()
	d := &boottest.Dracut{
		Tree: tree, Dir: m.dir, Release: release, Modules: dracutModules, Hidden: []string{"30ignition"}, Drivers: kernelModules,
		Files: distribution, Programs: map[string]string{"usr/lib/boottest/agent": m.p.agent},
		// It would be started by the first network device.
		Links: map[string]string{"usr/lib/systemd/system/systemd-networkd.socket": "/dev/null"},
	}
	if !m.p.ours() {
		// Ignition 2.26 insists on relabelling, whether or not there is a policy.
		setfiles := filepath.Join(m.dir, "setfiles")
		m.check(os.WriteFile(setfiles, []byte("#!/bin/sh\nexit 0\n"), 0o755))
		d.Programs["usr/sbin/setfiles"] = setfiles
	}
	image, log, err := d.Pack(m.t.Context())
	m.check(err)
	if log != "" {
		m.t.Logf("dracut: %s", log)
	}
	return image
}
