package early

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Sysroot is where the root file system is mounted, and then what becomes the root.
const Sysroot = "/sysroot"

// Main takes the steps and becomes /sbin/init. A failure is printed on the console
// and powers the machine off. It does not return.
func Main(steps ...func() error) {
	if os.Getpid() != 1 {
		fmt.Fprintln(os.Stderr, "init: must be process 1 of an initramfs")
		os.Exit(2)
	}
	err := run(steps)
	fmt.Fprintln(os.Stderr, "init:", err)
	unix.Sync()
	unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}

// run returns only with an error.
func run(steps []func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return unix.Exec("/sbin/init", []string{"/sbin/init"}, []string{"TERM=linux", "PATH=/usr/sbin:/usr/bin"})
}

// Cmdline returns the words of the kernel command line.
func Cmdline() ([]string, error) {
	text, err := os.ReadFile("/proc/cmdline")
	return strings.Fields(string(text)), err
}

// Argument returns the value of the last "name=value" of a kernel command line, and
// whether there is one.
func Argument(words []string, name string) (value string, ok bool) {
	for _, word := range words {
		if v, is := strings.CutPrefix(word, name+"="); is {
			value, ok = v, true
		}
	}
	return value, ok
}

// Disks returns the virtio disks that are there by now.
func Disks() ([]string, error) { return filepath.Glob("/dev/vd*") }

// MountBasics mounts /proc, /sys, /dev and /run.
func MountBasics() error {
	for _, m := range []struct{ kind, dir, options string }{
		{"proc", "/proc", ""},
		{"sysfs", "/sys", ""},
		{"devtmpfs", "/dev", "mode=0755"},
		{"tmpfs", "/run", "mode=0755"},
	} {
		if err := os.MkdirAll(m.dir, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(m.kind, m.dir, m.kind, unix.MS_NOSUID, m.options); err != nil {
			return fmt.Errorf("mounting %s: %w", m.dir, err)
		}
	}
	return nil
}

// LoadModules loads the modules listed in /modules.load.
func LoadModules() error {
	list, err := os.ReadFile("/modules.load")
	if err != nil {
		return err
	}
	for _, path := range strings.Fields(string(list)) {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		err = unix.FinitModule(int(f.Fd()), "", 0)
		f.Close()
		if err != nil && !errors.Is(err, unix.EEXIST) {
			return fmt.Errorf("loading %s: %w", path, err)
		}
	}
	return nil
}

// MountRoot mounts the file system that root=UUID=… names at [Sysroot]. It waits for the disk: virtio devices are probed asynchronously.
func MountRoot() error {
	words, err := Cmdline()
	if err != nil {
		return err
	}
	uuid, _ := Argument(words, "root=UUID")
	for range 400 {
		devices, err := Disks()
		if err != nil {
			return err
		}
		for _, dev := range devices {
			if ext4UUID(dev) == uuid {
				if err := unix.Mount(dev, Sysroot, "ext4", 0, ""); err != nil {
					return fmt.Errorf("mounting %s: %w", dev, err)
				}
				return nil
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("no disk with root=UUID=%s", uuid)
}

// ext4UUID reads the UUID in the superblock, which begins at byte 1024, in the
// usual notation; "" if dev holds no ext file system.
func ext4UUID(dev string) string {
	f, err := os.Open(dev)
	if err != nil {
		return ""
	}
	defer f.Close()
	var sb [256]byte
	if _, err := f.ReadAt(sb[:], 1024); err != nil || sb[0x38] != 0x53 || sb[0x39] != 0xef {
		return ""
	}
	h := hex.EncodeToString(sb[0x68:0x78])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// PrepareRoot makes the deployment that the kernel command line names the root
// at [Sysroot].
func PrepareRoot() error {
	cmd := exec.Command("/usr/lib/ostree/ostree-prepare-root", Sysroot)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("ostree-prepare-root: %w", err)
	}
	return nil
}

// SwitchRoot makes [Sysroot] the root directory. It moves the mounts of MountBasics, of which /run carries what
// ostree-prepare-root wrote, and then the root itself. The few megabytes of
// the initramfs stay allocated.
func SwitchRoot() error {
	for _, dir := range []string{"/run", "/dev", "/proc", "/sys"} {
		if err := unix.Mount(dir, Sysroot+dir, "", unix.MS_MOVE, ""); err != nil {
			return fmt.Errorf("moving %s: %w", dir, err)
		}
	}
	if err := unix.Chdir(Sysroot); err != nil {
		return err
	}
	if err := unix.Mount(".", "/", "", unix.MS_MOVE, ""); err != nil {
		return fmt.Errorf("moving the root: %w", err)
	}
	if err := unix.Chroot("."); err != nil {
		return err
	}
	return unix.Chdir("/")
}
