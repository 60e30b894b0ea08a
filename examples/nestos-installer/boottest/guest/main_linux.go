// Guest is the program of package boottest in the initramfs of an installed system. It is
// started with the mounted root file system as its argument when an OSTree system would
// prepare its root, does what a distribution does at the first boot, reports, and
// powers the machine off.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/examples/nestos-installer/boottest"
)

const (
	bootDir = "/boot"
	// firstBoot is both the kernel argument that starts Ignition and the file that makes
	// the boot loader add it.
	firstBoot  = "ignition.firstboot"
	platformID = "ignition.platform.id="
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: guest ROOT")
		os.Exit(2)
	}
	report := &boottest.Report{}
	if err := boot(os.Args[1], report); err != nil {
		report.Error = err.Error()
	}
	if err := send("/dev/ttyS1", report); err != nil {
		fmt.Fprintln(os.Stderr, "guest:", err)
	}
	unix.Sync()
	if err := unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF); err != nil {
		fmt.Fprintln(os.Stderr, "guest: powering off:", err)
		os.Exit(1)
	}
}

func boot(root string, r *boottest.Report) error {
	cmdline, err := os.ReadFile("/proc/cmdline")
	if err != nil {
		return err
	}
	r.Cmdline = strings.TrimSpace(string(cmdline))
	args := strings.Fields(r.Cmdline)
	r.FirstBoot = slices.Contains(args, firstBoot)
	if err := mountBoot(r); err != nil {
		return err
	}
	r.Boot, err = read(bootDir, firstBoot, "ignition/*", "*-firstboot-network/*")
	if err != nil {
		return err
	}
	if r.FirstBoot {
		if err := provision(root, args, r); err != nil {
			return err
		}
	}
	r.Root, err = read(root, "etc/*")
	return errors.Join(err, unix.Unmount(bootDir, 0), unix.Mount("", root, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
}

// mountBoot mounts the file system labelled "boot", which must be the only one.
func mountBoot(r *boottest.Report) error {
	devices, err := filepath.Glob("/dev/vd*")
	if err != nil {
		return err
	}
	var found []string
	for _, dev := range devices {
		if label(dev) == "boot" {
			found = append(found, dev)
		}
	}
	if len(found) != 1 {
		return fmt.Errorf("file systems labelled boot: %q of %q", found, devices)
	}
	r.BootDevice = found[0]
	if err := os.MkdirAll(bootDir, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(found[0], bootDir, "ext4", 0, ""); err != nil {
		return fmt.Errorf("mounting %s: %w", found[0], err)
	}
	return nil
}

// label reads the label in the superblock of an ext file system, which begins at byte 1024.
func label(dev string) string {
	f, err := os.Open(dev)
	if err != nil {
		return ""
	}
	defer f.Close()
	var sb [256]byte
	if _, err := f.ReadAt(sb[:], 1024); err != nil || sb[0x38] != 0x53 || sb[0x39] != 0xef {
		return ""
	}
	return string(bytes.TrimRight(sb[0x78:0x88], "\x00"))
}

// read reads the files in dir that match any pattern.
func read(dir string, patterns ...string) (map[string]boottest.File, error) {
	root := os.DirFS(dir)
	files := map[string]boottest.File{}
	for _, pattern := range patterns {
		names, err := fs.Glob(root, pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			info, err := fs.Stat(root, name)
			if err != nil {
				return nil, err
			}
			if !info.Mode().IsRegular() {
				continue
			}
			data, err := fs.ReadFile(root, name)
			if err != nil {
				return nil, err
			}
			files[name] = boottest.File{Mode: info.Mode().String(), Data: string(data)}
		}
	}
	return files, nil
}

// provision hands the installer's config to Ignition, which looks for it in /etc/ignition,
// runs it, and removes the stamp and the config, as distributions do.
func provision(root string, args []string, r *boottest.Report) error {
	data, err := os.ReadFile(bootDir + "/ignition/config.ign")
	if err != nil {
		return err
	}
	if err := os.MkdirAll("/etc/ignition", 0o755); err != nil {
		return err
	}
	if err := os.WriteFile("/etc/ignition/user.ign", data, 0o600); err != nil {
		return err
	}
	platform := ""
	for _, arg := range args {
		if id, ok := strings.CutPrefix(arg, platformID); ok {
			platform = id
		}
	}
	for _, stage := range []string{"fetch-offline", "files"} {
		out, err := exec.Command("/usr/bin/ignition", "--root="+root, "--platform="+platform, "--stage="+stage, "--log-to-stdout").CombinedOutput()
		r.Ignition += string(out)
		if err != nil {
			return fmt.Errorf("ignition --stage=%s: %w", stage, err)
		}
	}
	return errors.Join(os.RemoveAll(bootDir+"/ignition"), os.Remove(bootDir+"/"+firstBoot))
}

// send writes the report and waits until it has left the serial port.
func send(port string, r *boottest.Report) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(port, os.O_WRONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(append(data, '\n')); err != nil {
		return err
	}
	// An argument other than 0 makes it tcdrain(3).
	return unix.IoctlSetInt(int(f.Fd()), unix.TCSBRK, 1)
}
