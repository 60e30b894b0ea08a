package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/run"
)

// FirstSize is the part of an image that is written last: 1 MiB.
const FirstSize = 1 << 20

// Options say how a disk is used. The zero value, and nil, are ready.
type Options struct {
	// Message receives what the user should read, one line or block per call without the
	// final newline; nil discards it.
	Message func(text string)
	// Logger receives what happens in the background; nil discards it.
	Logger *slog.Logger
	// Runner starts udevadm and kpartx; nil is [run.Exec].
	Runner run.Runner
	// Random makes GUIDs; nil is the system's generator.
	Random io.Reader
	// Name is the beginning of the names of temporary files and directories; empty is
	// "nestos-installer".
	Name string
	// TempDir is where those are; empty is [os.TempDir].
	TempDir string
	// File accepts a regular file, whose sectors have SectorSize bytes (512).
	File       bool
	SectorSize int

	host host
}

// host is where the kernel and udev show the machine; tests have other folders.
type host struct{ sys, proc, dev, run string }

// Disk is a block device, or a file in its place, open for writing.
type Disk struct {
	opts       Options
	path       string
	canonical  string
	file       *os.File
	size       int64
	sectorSize int
	regular    bool

	device
}

// Open opens a disk. It must be a block device (not IBM DASD, which is not
// supported), or a regular file if the options allow it. Nothing is changed, and
// others may use it; see [Disk.CheckExclusive].
func Open(ctx context.Context, path string, o *Options) (*Disk, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d := &Disk{path: path}
	if o != nil {
		d.opts = *o
	}
	d.opts.setDefaults()
	if d.opts.File {
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
			return d, d.openRegular()
		}
	}
	if err := d.openDevice(); err != nil {
		return nil, err
	}
	return d, nil
}

func (o *Options) setDefaults() {
	if o.Message == nil {
		o.Message = func(string) {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Runner == nil {
		o.Runner = &run.Exec{Logger: o.Logger}
	}
	if o.Name == "" {
		o.Name = "nestos-installer"
	}
	if o.SectorSize == 0 {
		o.SectorSize = 512
	}
	o.host.setDefaults()
}

func (h *host) setDefaults() {
	for _, p := range []struct {
		field *string
		value string
	}{{&h.sys, "/sys"}, {&h.proc, "/proc"}, {&h.dev, "/dev"}, {&h.run, "/run"}} {
		if *p.field == "" {
			*p.field = p.value
		}
	}
}

func (d *Disk) openRegular() error {
	if d.opts.SectorSize < 512 || d.opts.SectorSize%512 != 0 {
		return fmt.Errorf("unsupported sector size %d", d.opts.SectorSize)
	}
	f, err := os.OpenFile(d.path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("opening %s: %w", d.path, errno.Bare(err))
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return fmt.Errorf("getting size of %s: %w", d.path, errno.Bare(err))
	}
	d.file, d.size, d.sectorSize, d.canonical, d.regular = f, size, d.opts.SectorSize, d.path, true
	return nil
}

// File is the open disk. It must not be closed.
func (d *Disk) File() *os.File { return d.file }

// Size is the disk's in bytes.
func (d *Disk) Size() int64 { return d.size }

// SectorSize is the size of a logical sector in bytes.
func (d *Disk) SectorSize() int { return d.sectorSize }

// Path is the path that was given to Open.
func (d *Disk) Path() string { return d.path }

// Close gives the disk up. What is not synced may not be durable.
func (d *Disk) Close() error {
	return errors.Join(d.release(), d.file.Close())
}
