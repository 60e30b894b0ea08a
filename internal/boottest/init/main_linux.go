// Init is the /init of the initramfs that package boottest packs.
//
// It mounts the file systems that early user space expects, loads the modules
// listed in /modules.load, mounts the root file system named by root=UUID=…,
// runs ostree-prepare-root on it, and hands over to /sbin/init there. Any
// failure is printed on the console and powers the machine off.
package main

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

const sysroot = "/sysroot"

func main() {
	if os.Getpid() != 1 {
		fmt.Fprintln(os.Stderr, "init: must be process 1 of an initramfs")
		os.Exit(2)
	}
	err := boot()
	fmt.Fprintln(os.Stderr, "init:", err)
	unix.Sync()
	unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}

// boot returns only with an error.
func boot() error {
	for _, step := range []func() error{mountBasics, loadModules, mountRoot, prepareRoot, switchRoot} {
		if err := step(); err != nil {
			return err
		}
	}
	return unix.Exec("/sbin/init", []string{"/sbin/init"}, []string{"TERM=linux", "PATH=/usr/sbin:/usr/bin"})
}

func mountBasics() error {
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

func loadModules() error {
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

// mountRoot waits for the disk: virtio devices are probed asynchronously.
func mountRoot() error {
	cmdline, err := os.ReadFile("/proc/cmdline")
	if err != nil {
		return err
	}
	var uuid string
	for _, word := range strings.Fields(string(cmdline)) {
		if v, ok := strings.CutPrefix(word, "root=UUID="); ok {
			uuid = v
		}
	}
	for range 400 {
		devices, err := filepath.Glob("/dev/vd*")
		if err != nil {
			return err
		}
		for _, dev := range devices {
			if ext4UUID(dev) == uuid {
				if err := unix.Mount(dev, sysroot, "ext4", 0, ""); err != nil {
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

func prepareRoot() error {
	cmd := exec.Command("/usr/lib/ostree/ostree-prepare-root", sysroot)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("ostree-prepare-root: %w", err)
	}
	return nil
}

// switchRoot moves the mounts of mountBasics, of which /run carries what
// ostree-prepare-root wrote, and then the root itself. The few megabytes of
// the initramfs stay allocated.
func switchRoot() error {
	for _, dir := range []string{"/run", "/dev", "/proc", "/sys"} {
		if err := unix.Mount(dir, sysroot+dir, "", unix.MS_MOVE, ""); err != nil {
			return fmt.Errorf("moving %s: %w", dir, err)
		}
	}
	if err := unix.Chdir(sysroot); err != nil {
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
