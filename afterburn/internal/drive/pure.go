package drive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/nestos-dev/nestos/internal/fat"
	"github.com/nestos-dev/nestos/internal/iso9660"
)

// openAs opens a device as one type of file system.
func (f *Finder) openAs(ctx context.Context, dev *device, fstype string) (Drive, error) {
	if fstype == "udf" && !hasUDF(dev) {
		return nil, errors.New("not a UDF file system")
	}
	open, ok := readers[fstype]
	if !ok || f.MountOnly {
		return f.mount(ctx, dev, fstype)
	}
	r, err := open(dev)
	if err == nil {
		return &direct{files: r, ctx: ctx, finder: f, device: dev, fstype: fstype}, nil
	}
	if dev.image && f.Mount == nil {
		return nil, err
	}
	d, mountErr := f.mount(ctx, dev, fstype)
	if mountErr != nil {
		return nil, fmt.Errorf("%w (read without mounting: %w)", mountErr, err)
	}
	return d, nil
}

// files reads a file system.
type files interface {
	ReadFile(name string, limit int64) ([]byte, error)
}

var readers = map[string]func(*device) (files, error){
	"iso9660": func(d *device) (files, error) { return iso9660.OpenTree(d, d.size) },
	"vfat":    func(d *device) (files, error) { return fat.New(d, d.size) },
}

// hasUDF tells whether a device says that it holds UDF: mounting what does not is slow, and of no use.
func hasUDF(d *device) bool {
	const start, step, most = 32 << 10, 2048, 64
	b := make([]byte, 6)
	for i := range int64(most) {
		if _, err := d.ReadAt(b, start+i*step); err != nil {
			return false
		}
		switch string(b[1:]) {
		case "NSR02", "NSR03":
			return true
		case "BEA01", "BOOT2", "CD001", "CDW02", "TEA01":
		default:
			return false
		}
	}
	return false
}

// direct is a drive that is read without the kernel's help, except for files that need it.
type direct struct {
	files
	ctx    context.Context // of the opening
	finder *Finder
	device *device
	fstype string

	mu      sync.Mutex
	mounted Drive
}

// ReadFile implements Drive.
func (d *direct) ReadFile(name string, limit int64) ([]byte, error) {
	data, err := d.files.ReadFile(name, limit)
	if !errors.Is(err, iso9660.ErrUnsupported) {
		return data, err
	}
	kernel, mountErr := d.mount()
	if mountErr != nil {
		return nil, fmt.Errorf("%w (mounting instead: %w)", err, mountErr)
	}
	return kernel.ReadFile(name, limit)
}

func (d *direct) mount() (Drive, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.device == nil {
		return nil, fs.ErrClosed
	}
	if d.mounted != nil {
		return d.mounted, nil
	}
	m, err := d.finder.mount(d.ctx, d.device, d.fstype)
	if err == nil {
		d.mounted = m
	}
	return m, err
}

// Close implements Drive.
func (d *direct) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.device == nil {
		return nil
	}
	dev := d.device
	d.device = nil
	if d.mounted != nil {
		return d.mounted.Close() // closes the device, too
	}
	return dev.Close()
}
