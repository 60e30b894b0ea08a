package disk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/errno"
)

// Filesystem is a file system of the machine.
type Filesystem struct {
	Device, Type, Label, UUID string

	dir string // in /sys
}

// ScanOptions say how the machine's file systems are found. The zero value, and nil, are
// ready.
type ScanOptions struct {
	// Reread lets the kernel read the partition tables of all disks first, where that is
	// possible, and waits for udev.
	Reread bool
	// Disk has the Logger and Runner; nil is the default.
	Disk *Options
}

// FilesystemsByLabel finds all file systems of the machine with a label, by their devices'
// names. Members of arrays do not count, and of several with one UUID, such as the paths of
// a multipath device, only the first does. Devices are only read; those that cannot be read
// are left out.
func FilesystemsByLabel(ctx context.Context, label string, o *ScanOptions) ([]Filesystem, error) {
	d := scanner(o)
	if o != nil && o.Reread {
		if err := d.rereadAll(ctx); err != nil {
			return nil, err
		}
	}
	all, err := d.scan(ctx, label)
	if err != nil {
		return nil, err
	}
	return distinct(all, make(map[string]bool)), nil
}

// distinct leaves out those whose UUID was seen, which it remembers.
func distinct(all []Filesystem, seen map[string]bool) []Filesystem {
	var out []Filesystem
	for _, fs := range all {
		if fs.UUID != "" && seen[fs.UUID] {
			continue
		}
		seen[fs.UUID] = true
		out = append(out, fs)
	}
	return out
}

// OtherBootFilesystems finds file systems labelled boot that may be taken for that of the
// target, a disk, and returns their devices. It is empty if there is only one distinct one,
// wherever it is.
func OtherBootFilesystems(ctx context.Context, target string, o *Options) ([]string, error) {
	const label = "boot"
	d := scanner(&ScanOptions{Disk: o})
	all, err := d.scan(ctx, label)
	if err != nil {
		return nil, err
	}
	own := ownUUIDs(ctx, target, label, o)
	var st unix.Stat_t
	if err := unix.Stat(target, &st); err != nil {
		return nil, fmt.Errorf("getting metadata for %s: %w", target, err)
	}
	seen := make(map[string]bool)
	for _, uuid := range own {
		seen[uuid] = true
	}
	all = slices.DeleteFunc(all, func(fs Filesystem) bool {
		if !d.opts.host.isPartOf(fs.dir, uint64(st.Rdev)) {
			return false
		}
		own = append(own, fs.UUID)
		seen[fs.UUID] = fs.UUID != ""
		return true
	})
	others := distinct(all, seen)
	if len(others) == 0 || len(own) == 0 && len(others) == 1 {
		return nil, nil
	}
	var out []string
	for _, fs := range others {
		out = append(out, fs.Device)
	}
	return out, nil
}

func scanner(o *ScanOptions) *Disk {
	d := &Disk{}
	if o != nil && o.Disk != nil {
		d.opts = *o.Disk
	}
	d.opts.setDefaults()
	return d
}

// ownUUIDs looks at the target itself, whose partitions the kernel may not know.
func ownUUIDs(ctx context.Context, target, label string, o *Options) []string {
	f, err := os.Open(target)
	if err != nil {
		return nil
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil || ctx.Err() != nil {
		return nil
	}
	d := &Disk{file: f, size: size}
	if d.sectorSize, err = sectorSize(f); err != nil {
		return nil
	}
	parts, err := d.Partitions()
	if err != nil {
		return nil
	}
	var out []string
	for _, p := range parts {
		if p.FSUsage == blockdev.Filesystem && p.Label == label {
			out = append(out, p.UUID)
		}
	}
	return out
}

// isPartOf tells whether a device is a disk, one of its partitions, or made of those.
func (h *host) isPartOf(dir string, disk uint64) bool { return h.partOf(dir, disk, 0) }

// maxDepth bounds the layers of devices.
const maxDepth = 16

func (h *host) partOf(dir string, disk uint64, depth int) bool {
	if rdev, ok := parseDev(attribute(dir, "dev")); ok && rdev == disk {
		return true
	}
	if depth == maxDepth {
		return false
	}
	if attribute(dir, "partition") != "" {
		if real, err := filepath.EvalSymlinks(dir); err == nil && h.partOf(filepath.Dir(real), disk, depth+1) {
			return true
		}
	}
	slaves, err := os.ReadDir(filepath.Join(dir, "slaves"))
	if err != nil {
		return false
	}
	return slices.ContainsFunc(slaves, func(e os.DirEntry) bool {
		return h.partOf(filepath.Join(h.sys, "class/block", e.Name()), disk, depth+1)
	})
}

// scan returns the file systems with a label, sorted by device.
func (d *Disk) scan(ctx context.Context, label string) ([]Filesystem, error) {
	class := filepath.Join(d.opts.host.sys, "class/block")
	entries, err := os.ReadDir(class)
	if err != nil {
		return nil, fmt.Errorf("listing block devices: %w", errno.Bare(err))
	}
	var out []Filesystem
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		dir := filepath.Join(class, e.Name())
		if !isScannable(dir) {
			continue
		}
		fs, err := d.probeDevice(dir)
		if err != nil {
			d.opts.Logger.Debug("device was not probed", "device", e.Name(), "error", err)
			continue
		}
		if fs != nil && fs.Label == label {
			out = append(out, *fs)
		}
	}
	slices.SortFunc(out, func(a, b Filesystem) int {
		return cmp.Or(cmp.Compare(len(a.Device), len(b.Device)), cmp.Compare(a.Device, b.Device))
	})
	return out, nil
}

const floppyMajor = 2

// isScannable leaves out devices that are empty, cannot be opened, or would not answer.
func isScannable(dir string) bool {
	rdev, ok := parseDev(attribute(dir, "dev"))
	return ok && unix.Major(rdev) != floppyMajor && number(dir, "size") > 0 && attribute(dir, "hidden") != "1" &&
		attribute(dir, "dm/suspended") != "1"
}

// probeDevice returns nil for a device without a file system.
func (d *Disk) probeDevice(dir string) (*Filesystem, error) {
	node := d.opts.host.mapperNode(dir)
	rdev, _ := parseDev(attribute(dir, "dev"))
	if !isDevice(node, rdev) {
		return nil, errors.New("it has no node")
	}
	dev, err := blockdev.Open(node)
	if err != nil {
		return nil, err
	}
	defer dev.Close()
	res, err := dev.Probe()
	if err != nil || res.Usage != blockdev.Filesystem {
		return nil, err
	}
	return &Filesystem{Device: node, Type: res.Type, Label: res.Label, UUID: res.UUID, dir: dir}, nil
}

// rereadAll lets the kernel read the tables of all disks that nobody uses.
func (d *Disk) rereadAll(ctx context.Context) error {
	class := filepath.Join(d.opts.host.sys, "class/block")
	entries, err := os.ReadDir(class)
	if err != nil {
		return fmt.Errorf("listing block devices: %w", errno.Bare(err))
	}
	for _, e := range entries {
		dir := filepath.Join(class, e.Name())
		if !isScannable(dir) || attribute(dir, "partition") != "" {
			continue
		}
		f, err := os.OpenFile(d.opts.host.mapperNode(dir), os.O_RDONLY|unix.O_NONBLOCK, 0)
		if err != nil {
			continue
		}
		if err := rereadTable(f); err != nil {
			d.opts.Logger.Debug("partition table was not read again", "device", e.Name(), "error", err)
		}
		f.Close()
	}
	return d.settle(ctx)
}
