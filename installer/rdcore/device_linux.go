package rdcore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/mountapi"
)

// kind is what a block device is made of, in the words of lsblk.
type kind string

const (
	kindDisk  kind = "disk"
	kindPart  kind = "part"
	kindCrypt kind = "crypt"
	kindMpath kind = "mpath"
)

// maxLayers bounds how deep devices are stacked.
const maxLayers = 32

// device is a block device of the machine.
type device struct {
	sys  *System
	name string // of the kernel
}

// device finds what a mount shows.
func (s *System) device(m *mountapi.Entry) (*device, error) {
	// The number is that of the device but for file systems on several devices, which have
	// none, and show the path of one of them.
	if major, _, ok := strings.Cut(m.Device, ":"); ok && major != "0" {
		if dir, err := filepath.EvalSymlinks(s.path("/sys/dev/block/" + m.Device)); err == nil {
			return &device{s, filepath.Base(dir)}, nil
		}
	}
	if !filepath.IsAbs(m.Source) {
		return nil, fmt.Errorf("canonicalizing %s: %w", m.Source, fs.ErrNotExist)
	}
	node, err := filepath.EvalSymlinks(s.path(m.Source))
	if err != nil {
		return nil, fmt.Errorf("canonicalizing %s: %w", m.Source, errno.Bare(err))
	}
	d := &device{s, filepath.Base(node)}
	if _, err := os.Stat(d.dir()); err != nil {
		return nil, fmt.Errorf("looking for %s in /sys: %w", m.Source, errno.Bare(err))
	}
	return d, nil
}

func (d *device) dir() string { return d.sys.path("/sys/class/block/" + d.name) }

// path is the node as messages show it: the kernel puts "!" for "/".
func (d *device) path() string { return "/dev/" + strings.ReplaceAll(d.name, "!", "/") }

func (d *device) node() string { return d.sys.path(d.path()) }

// attribute is empty if there is none.
func (d *device) attribute(name string) string {
	b, err := os.ReadFile(filepath.Join(d.dir(), name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// kind tells a device's type as lsblk does.
func (d *device) kind() kind {
	_, err := os.Stat(filepath.Join(d.dir(), "dm"))
	switch {
	case d.attribute("partition") != "":
		return kindPart
	case err == nil:
		return mapperKind(d.attribute("dm/uuid"))
	case strings.HasPrefix(d.name, "loop"):
		return "loop"
	case strings.HasPrefix(d.name, "md"):
		if level := d.attribute("md/level"); level != "" {
			return kind(level)
		}
		return "md"
	case d.attribute("device/type") == "5":
		return "rom"
	}
	return kindDisk
}

// mapperKind reads it from a device-mapper identifier, such as CRYPT-LUKS2-… or
// part3-mpath-….
func mapperKind(uuid string) kind {
	prefix, _, ok := strings.Cut(strings.ToLower(uuid), "-")
	switch {
	case !ok || prefix == "":
		return "dm"
	case strings.HasPrefix(prefix, "part"):
		return kindPart
	}
	return kind(prefix)
}

// slaves are the devices that a device is made of, by name.
func (d *device) slaves() ([]*device, error) {
	entries, err := os.ReadDir(filepath.Join(d.dir(), "slaves"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading dir /sys/block/%s/slaves: %w", d.name, errno.Bare(err))
	}
	var out []*device
	for _, e := range entries {
		out = append(out, &device{d.sys, e.Name()})
	}
	return out, nil
}

// disk is the device that a partition of the kernel is on, nil for other devices.
func (d *device) disk() *device {
	if d.attribute("partition") == "" {
		return nil
	}
	dir, err := filepath.EvalSymlinks(d.dir())
	if err != nil {
		return nil
	}
	return &device{d.sys, filepath.Base(filepath.Dir(dir))}
}

// below are the devices directly under a device.
func (d *device) below() ([]*device, error) {
	if disk := d.disk(); disk != nil {
		return []*device{disk}, nil
	}
	return d.slaves()
}

// all calls f for every device under a device and then for itself, the lowest first and each
// once. below says what is directly under one.
func (d *device) all(below func(*device) ([]*device, error), f func(*device) error) error {
	seen := make(map[string]bool)
	var visit func(d *device, depth int) error
	visit = func(d *device, depth int) error {
		if seen[d.name] {
			return nil
		}
		if depth > maxLayers {
			return fmt.Errorf("more than %d layers of devices below %s are not supported", maxLayers, d.path())
		}
		lower, err := below(d)
		if err != nil {
			return err
		}
		for _, l := range lower {
			if err := visit(l, depth+1); err != nil {
				return err
			}
		}
		if seen[d.name] {
			return nil
		}
		seen[d.name] = true
		return f(d)
	}
	return visit(d, 0)
}

// partition finds the device of a partition by its number: one of the kernel's, or one that
// device-mapper made of a multipath device. It is nil if there is none.
func (d *device) partition(number int) (*device, error) {
	want := strconv.Itoa(number)
	dir, isPartition := d.dir(), func(p *device) bool { return p.attribute("partition") == want }
	if d.kind() == kindMpath {
		dir = filepath.Join(dir, "holders")
		isPartition = func(p *device) bool { return strings.HasPrefix(p.attribute("dm/uuid"), "part"+want+"-") }
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("looking for partitions of %s: %w", d.path(), errno.Bare(err))
	}
	i := slices.IndexFunc(entries, func(e fs.DirEntry) bool { return isPartition(&device{d.sys, e.Name()}) })
	if i < 0 {
		return nil, nil
	}
	return &device{d.sys, entries[i].Name()}, nil
}

// filesystemUUID is that of the file system on a device.
func (d *device) filesystemUUID() (string, error) {
	sig, err := probe(d.node())
	if err != nil {
		return "", err
	}
	if sig.UUID == "" {
		return "", fmt.Errorf("filesystem %s has no UUID", d.path())
	}
	return sig.UUID, nil
}
