package boottest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"

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

// dracut makes the initramfs of a tree with this machine's dracut, and the tree's
// own modules for Ignition and ostree in place of this machine's.
func (m *machine) dracut(tree *boottest.Tree, k kernel) []byte {
	m.t.Helper()
	base := filepath.Join(m.dir, "dracut")
	m.linkAll("/usr/lib/dracut", base, "modules.d")
	m.linkAll("/usr/lib/dracut/modules.d", base+"/modules.d", "30ignition", "50ostree", "98ostree")
	m.linkAll(tree.Dir+"/usr/lib/dracut/modules.d", base+"/modules.d")

	extra := filepath.Join(m.dir, "extra")
	files := boottest.Tree{Dir: extra}
	for name, content := range distribution {
		m.check(files.Write(name, content))
	}
	m.check(files.Install("usr/lib/boottest/agent", m.p.agent))
	// dracut's module for ostree takes these from the machine it runs on.
	for _, name := range []string{"usr/lib/ostree/ostree-prepare-root", "usr/lib/ostree/prepare-root.conf", "usr/lib/systemd/system/ostree-prepare-root.service"} {
		m.check(files.Install(name, filepath.Join(tree.Dir, name)))
	}
	m.check(os.Chmod(extra+"/usr/lib/ostree/prepare-root.conf", 0o644))
	if !m.p.ours() {
		// Ignition 2.26 insists on relabelling, whether or not there is a policy.
		m.check(files.Write("usr/sbin/setfiles", "#!/bin/sh\nexit 0\n"))
		m.check(os.Chmod(extra+"/usr/sbin/setfiles", 0o755))
	}
	// It would be started by the first network device.
	m.check(os.Symlink("/dev/null", filepath.Join(extra, "usr/lib/systemd/system/systemd-networkd.socket")))

	for _, dir := range []string{"conf.d", "tmp"} {
		m.check(os.Mkdir(filepath.Join(base, dir), 0o755))
	}
	m.check(os.WriteFile(base+"/dracut.conf", nil, 0o644))
	image := filepath.Join(m.dir, "initramfs")
	cmd := exec.CommandContext(m.t.Context(), "dracut", "--kver", k.release, "--conf", base+"/dracut.conf", "--confdir", base+"/conf.d",
		"--tmpdir", base+"/tmp", "--no-hostonly", "--no-compress", "--no-early-microcode", "--nohardlink", "--modules", dracutModules,
		"--drivers", "", "--add-drivers", strings.Join(kernelModules, " "), "--include", extra, "/", "--quiet", image)
	cmd.Env = append(os.Environ(), "dracutbasedir="+base)
	out, err := cmd.CombinedOutput()
	if err != nil {
		m.t.Fatalf("dracut: %v: %s", err, out)
	}
	if len(out) > 0 {
		m.t.Logf("dracut: %s", out)
	}
	data, err := os.ReadFile(image)
	m.check(err)
	m.check(os.Remove(image))
	return data
}

// linkAll makes links to all that is in a directory.
func (m *machine) linkAll(from, to string, except ...string) {
	m.t.Helper()
	entries, err := os.ReadDir(from)
	m.check(err)
	m.check(os.MkdirAll(to, 0o755))
next:
	for _, e := range entries {
		for _, name := range except {
			if e.Name() == name {
				continue next
			}
		}
		m.check(os.Symlink(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())))
	}
}
