package blockdev

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Device is a block device, or an image of a disk in a file, open for reading.
type Device struct {
	// Size is in bytes.
	Size int64
	// SectorSize is that of logical sectors; of a file 512, or 4096 if only with that
	// it has a valid GPT.
	SectorSize int

	file *os.File
}

// ErrNotDevice reports something that is neither a block device nor a regular file.
var ErrNotDevice = errors.New("neither a block device nor a regular file")

// Open opens a device or an image. Anything else is [ErrNotDevice], without being
// opened: that may wait for ever (a FIFO) or do something (a watchdog).
func Open(path string) (*Device, error) {
	st, err := os.Stat(path)
	if err == nil {
		err = checkKind(path, st)
	}
	if err != nil {
		return nil, err
	}
	// What is opened may be something else by now.
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	d := &Device{file: f, SectorSize: 512}
	if err := d.measure(path); err != nil {
		f.Close()
		return nil, err
	}
	return d, nil
}

func checkKind(path string, st os.FileInfo) error {
	if m := st.Mode(); m.IsRegular() || m&os.ModeDevice != 0 && m&os.ModeCharDevice == 0 {
		return nil
	}
	return &os.PathError{Op: "open", Path: path, Err: ErrNotDevice}
}

func (d *Device) measure(path string) error {
	st, err := d.file.Stat()
	if err == nil {
		err = checkKind(path, st)
	}
	if err != nil {
		return err
	}
	if d.Size, err = d.file.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	if st.Mode()&os.ModeDevice != 0 {
		d.SectorSize, err = sectorSize(d.file)
	} else if isGPT(d.file, d.Size, 4096) && !isGPT(d.file, d.Size, 512) {
		d.SectorSize = 4096
	}
	if err == nil && (d.SectorSize < 512 || d.SectorSize%512 != 0) {
		err = errors.New("logical sector size is not a multiple of 512")
	}
	if err != nil {
		return fmt.Errorf("measuring %s: %w", path, err)
	}
	return nil
}

func isGPT(r io.ReaderAt, size int64, sectorSize int) bool {
	_, err := ReadGPT(r, size, sectorSize)
	return err == nil
}

// ReadAt implements io.ReaderAt.
func (d *Device) ReadAt(b []byte, off int64) (int, error) { return d.file.ReadAt(b, off) }

// Close closes the device.
func (d *Device) Close() error { return d.file.Close() }

// Probe finds what is on the whole device.
func (d *Device) Probe() (*Result, error) { return Probe(d, d.Size, d.SectorSize) }

// ProbeAt finds what is on a part of the device: size bytes from off.
func (d *Device) ProbeAt(off, size int64) (*Result, error) {
	if off < 0 || size < 0 || off > d.Size || size > d.Size-off {
		return nil, fmt.Errorf("%d bytes at %d are beyond the end of the device", size, off)
	}
	return Probe(io.NewSectionReader(d, off, size), size, d.SectorSize)
}

// GPT reads the partition table; see [ReadGPT].
func (d *Device) GPT() (*GPT, error) { return ReadGPT(d, d.Size, d.SectorSize) }
