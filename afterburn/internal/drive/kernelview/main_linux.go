// Kernelview is the /init of a virtual machine in which tests see what Linux shows of an image.
//
// It loads the modules in /modules.load, mounts each file in /images with the type that its
// extension tells, and writes a line of JSON for each entry to the second serial port. Then
// it opens the same images by package drive, which mounts them as well, and writes what that
// finds. The machine is powered off at the end.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/afterburn/internal/drive"
)

// line is what is told of an entry.
type line struct {
	Image  string
	Path   string // quoted, like Target
	Type   string // f, d, l, o; "drive" is a file read by package drive; "end" the last line
	Size   int64
	Sum    string // of the content
	Target string
	Error  string
}

func main() {
	if os.Getpid() != 1 {
		fmt.Fprintln(os.Stderr, "kernelview: must be process 1 of an initramfs")
		os.Exit(2)
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "kernelview:", err)
	}
	unix.Sync()
	unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}

func run() error {
	for _, m := range []string{"proc", "sysfs", "devtmpfs"} {
		dir := map[string]string{"proc": "/proc", "sysfs": "/sys", "devtmpfs": "/dev"}[m]
		if err := errors.Join(os.MkdirAll(dir, 0o755), unix.Mount(m, dir, m, 0, "")); err != nil {
			return err
		}
	}
	if err := loadModules(); err != nil {
		return err
	}
	out, err := os.OpenFile("/dev/ttyS1", os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	v := &viewer{out: json.NewEncoder(out)}
	images, err := os.ReadDir("/images")
	if err != nil {
		return err
	}
	for _, image := range images {
		v.image = image.Name()
		if err := v.view(); err != nil {
			v.tell(line{Type: "o", Error: err.Error()})
		}
	}
	v.image = ""
	v.tell(line{Type: "end"})
	return out.Close()
}

func loadModules() error {
	list, err := os.ReadFile("/modules.load")
	if err != nil {
		return err
	}
	for path := range strings.FieldsSeq(string(list)) {
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

type viewer struct {
	out   *json.Encoder
	image string
}

func (v *viewer) tell(l line) {
	l.Image = v.image
	l.Path, l.Target = strconv.Quote(l.Path), strconv.Quote(l.Target) // JSON has no other bytes than UTF-8
	if err := v.out.Encode(l); err != nil {
		fmt.Fprintln(os.Stderr, "kernelview:", err)
	}
}

// view shows an image by the kernel, and by package drive.
func (v *viewer) view() error {
	device, detach, err := attach("/images/" + v.image)
	if err != nil {
		return err
	}
	defer detach()
	fstype := map[string]string{".iso": "iso9660", ".fat": "vfat", ".udf": "udf"}[filepath.Ext(v.image)]
	const dir = "/mnt"
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(device, dir, fstype, unix.MS_RDONLY, ""); err != nil {
		return fmt.Errorf("mounting: %w", err)
	}
	files := v.walk(dir)
	if err := unix.Unmount(dir, 0); err != nil {
		return err
	}
	if len(files) > 0 {
		v.drive(device, fstype, files[0])
	}
	return nil
}

// walk tells all that is below a directory and returns the paths of regular files.
func (v *viewer) walk(dir string) (files []string) {
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		l := line{Path: strings.TrimPrefix(path, dir), Type: "o"}
		if err == nil {
			err = l.describe(path, d)
		}
		if err != nil {
			l.Error = err.Error()
		}
		if l.Type == "f" {
			files = append(files, l.Path)
		}
		v.tell(l)
		return nil
	})
	return files
}

func (l *line) describe(path string, d fs.DirEntry) (err error) {
	switch d.Type() {
	case fs.ModeDir:
		l.Type = "d"
	case fs.ModeSymlink:
		l.Type = "l"
		l.Target, err = os.Readlink(path)
	case 0:
		l.Type = "f"
		var f *os.File
		if f, err = os.Open(path); err != nil {
			return err
		}
		defer f.Close()
		h := sha256.New()
		l.Size, err = io.Copy(h, f)
		l.Sum = hex.EncodeToString(h.Sum(nil))
	}
	return err
}

// drive reads a file by package drive, without the kernel where that is possible and with it.
func (v *viewer) drive(device, fstype, name string) {
	for _, only := range []bool{false, true} {
		l := line{Path: name, Type: "drive", Target: fmt.Sprint(only)}
		data, err := readDrive(&drive.Finder{TempDir: "/dev", MountOnly: only}, device, fstype, name)
		if err != nil {
			l.Error = err.Error()
		}
		sum := sha256.Sum256(data)
		l.Size, l.Sum = int64(len(data)), hex.EncodeToString(sum[:])
		if left, _ := filepath.Glob("/dev/afterburn-*"); len(left) > 0 {
			l.Error += "; left behind: " + strings.Join(left, ", ")
		}
		v.tell(l)
	}
}

func readDrive(f *drive.Finder, device, fstype, name string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	f.Sleep = func(context.Context, time.Duration) error { return nil }
	d, err := f.Open(ctx, device, fstype)
	if err != nil {
		return nil, err
	}
	data, err := d.ReadFile(name, 16<<20)
	return data, errors.Join(err, d.Close())
}

// attach makes a block device of a file.
func attach(path string) (device string, detach func(), err error) {
	image, err := os.Open(path)
	if err != nil {
		return "", nil, err
	}
	defer image.Close()
	control, err := os.Open("/dev/loop-control")
	if err != nil {
		return "", nil, err
	}
	defer control.Close()
	number, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
	if err != nil {
		return "", nil, err
	}
	device = fmt.Sprintf("/dev/loop%d", number)
	loop, err := os.Open(device)
	if err != nil {
		return "", nil, err
	}
	if err := unix.IoctlSetInt(int(loop.Fd()), unix.LOOP_SET_FD, int(image.Fd())); err != nil {
		loop.Close()
		return "", nil, err
	}
	return device, func() {
		_ = unix.IoctlSetInt(int(loop.Fd()), unix.LOOP_CLR_FD, 0)
		loop.Close()
	}, nil
}
