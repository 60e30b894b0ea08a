package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/boottest/early"
)

// inDeployment runs a program of the deployment as if this had been booted already.
// The option --root of Ignition's calls is what the program's root becomes.
func inDeployment(name string, args []string) error {
	var rest []string
	for i := 0; i < len(args); i++ {
		if args[i] == "--root" && i+1 < len(args) {
			i++
			continue
		}
		rest = append(rest, args[i])
	}
	for _, dir := range []string{"/proc", "/dev"} {
		if err := unix.Mount(dir, early.Sysroot+dir, "", unix.MS_BIND, ""); err != nil {
			return err
		}
		defer unix.Unmount(early.Sysroot+dir, 0)
	}
	for _, dir := range []string{"/usr/sbin", "/usr/bin"} {
		if _, err := os.Stat(early.Sysroot + filepath.Join(dir, name)); err != nil {
			continue
		}
		cmd := exec.Command(filepath.Join(dir, name), rest...)
		cmd.Dir, cmd.Env = "/", []string{"PATH=/usr/sbin:/usr/bin", "LC_ALL=C.UTF-8"}
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: early.Sysroot}
		return cmd.Run()
	}
	return fmt.Errorf("the deployment has no %s", name)
}

// mount does what Ignition asks of mount(8): -o ro, -t TYPE or auto, DEVICE, DIRECTORY.
func mount(args []string) error {
	var flags uintptr
	kind := "auto"
	var operands []string
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "-o" && i+1 < len(args) && args[i+1] == "ro":
			flags |= unix.MS_RDONLY
			i++
		case args[i] == "-t" && i+1 < len(args):
			i++
			kind = args[i]
		case strings.HasPrefix(args[i], "-"):
			return fmt.Errorf("mount: %s is not supported", strings.Join(args[i:], " "))
		default:
			operands = append(operands, args[i])
		}
	}
	if len(operands) != 2 {
		return fmt.Errorf("mount: %d operands instead of 2", len(operands))
	}
	kinds := []string{kind}
	if kind == "auto" {
		var err error
		if kinds, err = fileSystems(); err != nil {
			return err
		}
	}
	var failed []error
	for _, kind := range kinds {
		err := unix.Mount(operands[0], operands[1], kind, flags, "")
		if err == nil {
			return nil
		}
		failed = append(failed, fmt.Errorf("mount: %s on %s as %s: %w", operands[0], operands[1], kind, err))
	}
	return errors.Join(failed...)
}

// fileSystems returns those of the kernel that need a device.
func fileSystems() ([]string, error) {
	f, err := os.Open("/proc/filesystems")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var kinds []string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if kind, ok := strings.CutPrefix(lines.Text(), "\t"); ok {
			kinds = append(kinds, kind)
		}
	}
	return kinds, lines.Err()
}

// linkLabels makes the links of udev by which Ignition finds config drives. The drive
// is waited for as long as the root is: virtio devices are probed asynchronously.
func linkLabels() error {
	const dir, drive = "/dev/disk/by-label", "cidata"
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for range 400 {
		disks, err := early.Disks()
		if err != nil {
			return err
		}
		for _, disk := range disks {
			label := labelOf(disk)
			if label == "" || strings.Contains(label, "/") {
				continue
			}
			if err := os.Symlink(disk, filepath.Join(dir, label)); err != nil && !errors.Is(err, os.ErrExist) {
				return err
			}
		}
		if _, err := os.Lstat(filepath.Join(dir, drive)); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	say("no drive with the label %s", drive)
	return nil
}

// labelOf returns the label of the file system on a disk, "" if there is none.
func labelOf(disk string) string {
	d, err := blockdev.Open(disk)
	if err != nil {
		return ""
	}
	defer d.Close()
	res, err := d.Probe()
	if err != nil || res == nil {
		return ""
	}
	return res.Label
}
