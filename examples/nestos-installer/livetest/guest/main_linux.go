// Guest is the /init of the live system of the tests in the folder above. It tells what
// the kernel made of the medium: it sends the kernel command line and the content of the
// initramfs to the second serial port, as one line of JSON, and powers the machine off.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// report is what is sent.
type report struct {
	// Cmdline is the text of /proc/cmdline.
	Cmdline string
	// Entries is the tree as the kernel unpacked it, by path without a leading slash.
	Entries map[string]entry
	// Error tells why the report is incomplete.
	Error string
}

type entry struct {
	Mode     string // as ls shows it: "-rw-------"
	UID, GID uint32
	Data     []byte // of regular files up to maxData bytes
}

const maxData = 300 << 10

func main() {
	if os.Getpid() != 1 {
		fmt.Fprintln(os.Stderr, "guest: must be process 1 of an initramfs")
		os.Exit(2)
	}
	r := &report{Entries: map[string]entry{}}
	if err := r.fill(); err != nil {
		r.Error = err.Error()
	}
	if err := send("/dev/ttyS1", r); err != nil {
		fmt.Fprintln(os.Stderr, "guest:", err)
	}
	if err := unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF); err != nil {
		fmt.Fprintln(os.Stderr, "guest: powering off:", err)
	}
}

// fill lists the tree before anything is mounted over it.
func (r *report) fill() error {
	if err := filepath.WalkDir("/", r.add); err != nil {
		return err
	}
	for dir, kind := range map[string]string{"/proc": "proc", "/dev": "devtmpfs"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(kind, dir, kind, 0, ""); err != nil {
			return fmt.Errorf("mounting %s: %w", dir, err)
		}
	}
	cmdline, err := os.ReadFile("/proc/cmdline")
	r.Cmdline = strings.TrimSuffix(string(cmdline), "\n")
	return err
}

func (r *report) add(path string, d fs.DirEntry, err error) error {
	if err != nil {
		return err
	}
	info, err := d.Info()
	if err != nil {
		return err
	}
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		return err
	}
	e := entry{Mode: info.Mode().String(), UID: st.Uid, GID: st.Gid}
	if info.Mode().IsRegular() && info.Size() <= maxData {
		if e.Data, err = os.ReadFile(path); err != nil {
			return err
		}
	}
	if name := strings.TrimPrefix(path, "/"); name != "" {
		r.Entries[name] = e
	}
	return nil
}

// send writes the report and waits until it has left the serial port.
func send(port string, r *report) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(port, os.O_WRONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(append(data, '\n'))
	// An argument other than 0 makes it tcdrain(3).
	return errors.Join(err, unix.IoctlSetInt(int(f.Fd()), unix.TCSBRK, 1), f.Close())
}
