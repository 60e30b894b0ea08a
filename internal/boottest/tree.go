package boottest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A Tree is a folder with the content of a commit.
type Tree struct{ Dir string }

// NewTree makes a bootable tree in the empty folder dir: the packages, the
// layout that ostree expects of a commit, and the least configuration that
// systemd needs. It has no kernel and no ostree yet.
func NewTree(ctx context.Context, dir string, packages []string) (*Tree, error) {
	t := &Tree{dir}
	if err := CopyPackages(ctx, dir, packages); err != nil {
		return nil, err
	}
	for _, step := range []func() error{t.layout, t.configure, t.quieten} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// layout makes the top level: mount points, and links to what lives in /var.
func (t *Tree) layout() error {
	for _, old := range []string{"home", "root", "opt", "srv", "mnt", "media", "tmp", "run", "var", "dev", "proc", "sys", "boot"} {
		if err := os.RemoveAll(t.path(old)); err != nil {
			return err
		}
	}
	for _, dir := range []string{"boot", "dev", "proc", "run", "sys", "sysroot", "tmp", "var"} {
		if err := os.Mkdir(t.path(dir), 0o755); err != nil {
			return err
		}
	}
	links := map[string]string{
		"ostree": "sysroot/ostree", "home": "var/home", "root": "var/roothome",
		"opt": "var/opt", "srv": "var/srv", "mnt": "var/mnt",
	}
	for _, name := range sortedKeys(links) {
		if err := os.Symlink(links[name], t.path(name)); err != nil {
			return err
		}
	}
	return os.Rename(t.path("etc"), t.path("usr/etc"))
}

// patience has systemd wait for devices longer than its 90 s: an emulator that shares its processors may be slow. The kernel
// argument for it is newer than systemd 252.
const patience = "[Manager]\nDefaultDeviceTimeoutSec=900\n"

// configure writes what installation scripts and an installer would.
func (t *Tree) configure() error {
	files := map[string]string{
		"usr/etc/passwd": "root:x:0:0:root:/root:/usr/sbin/nologin\n" +
			"messagebus:x:100:100::/nonexistent:/usr/sbin/nologin\n" +
			"nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
		"usr/etc/group": "root:x:0:\nadm:x:4:\ntty:x:5:\ndisk:x:6:\nlp:x:7:\ndialout:x:20:\ncdrom:x:24:\ntape:x:26:\n" +
			"audio:x:29:\nvideo:x:44:\nutmp:x:43:\nkmem:x:15:\nsgx:x:101:\ninput:x:102:\nkvm:x:103:\nrender:x:104:\n" +
			"users:x:100:\nsystemd-journal:x:999:\nmessagebus:x:105:\nnogroup:x:65534:\n",
		"usr/etc/nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files\n",
		"usr/etc/machine-id":    "",
		// An entry for / would make systemd remount what prepare-root mounted.
		"usr/etc/fstab":                                "",
		"usr/etc/hostname":                             "boottest\n",
		"usr/lib/tmpfiles.d/boottest.conf":             "d /var/home 0755 root root -\nd /var/roothome 0700 root root -\n",
		"usr/lib/systemd/journald.conf.d/console.conf": "[Journal]\nStorage=volatile\nForwardToConsole=yes\nMaxLevelConsole=info\n",
		"usr/lib/systemd/system.conf.d/boottest.conf":  patience,
		"usr/lib/systemd/system/boottest.service": "[Unit]\nDescription=Agent of the boot test\nAfter=multi-user.target\n\n" +
			"[Service]\nType=exec\nExecStart=/usr/lib/boottest/agent /dev/ttyS1\n",
	}
	for _, name := range sortedKeys(files) {
		if err := t.Write(name, files[name]); err != nil {
			return err
		}
	}
	// With composefs the root is read-only, /tmp must be a file system then.
	if err := copyFile(t.path("usr/lib/systemd/system/tmp.mount"), "/usr/share/systemd/tmp.mount", 0o644); err != nil {
		return err
	}
	for unit, target := range map[string]string{"boottest.service": "multi-user.target", "tmp.mount": "local-fs.target"} {
		if err := t.Enable(unit, target+".wants"); err != nil {
			return err
		}
	}
	return t.link("multi-user.target", "usr/lib/systemd/system/default.target")
}

// quieten masks what costs time in an emulated machine and serves nothing here.
func (t *Tree) quieten() error {
	for _, unit := range []string{
		"getty.target", "getty-static.service", "serial-getty@.service", "systemd-logind.service", "systemd-update-utmp.service",
		"systemd-update-utmp-runlevel.service", "systemd-random-seed.service", "systemd-user-sessions.service", "systemd-pcrphase.service",
		"systemd-pcrphase-sysinit.service", "systemd-binfmt.service", "proc-sys-fs-binfmt_misc.automount", "dev-hugepages.mount",
		"dev-mqueue.mount", "sys-kernel-debug.mount", "sys-kernel-tracing.mount", "systemd-ask-password-console.path",
		"systemd-ask-password-wall.path", "systemd-hwdb-update.service", "systemd-journal-catalog-update.service",
		"modprobe@.service", "systemd-tmpfiles-clean.timer", "systemd-pstore.service", "systemd-boot-system-token.service",
		"fstrim.timer", "systemd-network-generator.service",
	} {
		if err := t.link("/dev/null", "usr/lib/systemd/system/"+unit); err != nil {
			return err
		}
	}
	return nil
}

// Write creates or replaces a file.
func (t *Tree) Write(name, content string) error {
	path := t.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(content), 0o644)
}

// Remove removes a file or a folder.
func (t *Tree) Remove(name string) error { return os.RemoveAll(t.path(name)) }

// Install copies a program of this machine.
func (t *Tree) Install(name, source string) error { return copyFile(t.path(name), source, 0o755) }

// Enable links a unit into a folder such as "multi-user.target.wants".
func (t *Tree) Enable(unit, folder string) error {
	return t.link("../"+unit, "usr/lib/systemd/system/"+folder+"/"+unit)
}

// Version sets what names the operating system's version: os-release, whose
// PRETTY_NAME becomes the title of a boot entry.
func (t *Tree) Version(version string) error {
	if err := t.Remove("usr/lib/os-release"); err != nil {
		return err
	}
	return t.Write("usr/lib/os-release", fmt.Sprintf("ID=boottest\nVERSION_ID=%s\nPRETTY_NAME=\"Boottest %[1]s\"\n", version))
}

// Kernel puts a kernel and the initramfs where ostree looks for them.
func (t *Tree) Kernel(release, vmlinuz string, initramfs []byte) error {
	dir := "usr/lib/modules/" + release
	if err := copyFile(t.path(dir+"/vmlinuz"), vmlinuz, 0o644); err != nil {
		return err
	}
	return t.Write(dir+"/initramfs.img", string(initramfs))
}

// Modules copies modules of this machine's kernel, with those they depend on, to
// where modprobe finds them. dir is /lib/modules/VERSION.
func (t *Tree) Modules(dir string, names []string) error {
	order, err := moduleOrder(dir, names)
	if err != nil {
		return err
	}
	indexes, err := filepath.Glob(filepath.Join(dir, "modules.*"))
	if err != nil {
		return err
	}
	for _, file := range append(order, indexes...) {
		name, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		if err := copyFile(t.path(filepath.Join("usr/lib/modules", filepath.Base(dir), name)), file, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tree) link(target, name string) error {
	path := t.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	return os.Symlink(target, path)
}

func (t *Tree) path(name string) string { return filepath.Join(t.Dir, strings.TrimPrefix(name, "/")) }
