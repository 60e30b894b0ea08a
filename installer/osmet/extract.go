package osmet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// heldBack is the part of an image that [Extract] writes last: 1 MiB.
const heldBack = 1 << 20

// Extract writes the image of the osmet file at path to a block device and makes it
// durable. The first MiB is written when the digest of the whole image was right.
func Extract(ctx context.Context, path string, objects ObjectOpener, device string) error {
	dev, err := os.OpenFile(device, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("opening %q: %w", device, err)
	}
	defer dev.Close()
	info, err := dev.Stat()
	if err != nil {
		return fmt.Errorf("reading metadata of %q: %w", device, err)
	}
	if info.Mode()&fs.ModeDevice == 0 || info.Mode()&fs.ModeCharDevice != 0 {
		return fmt.Errorf("%q is not a block device", device)
	}
	f, err := Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	image, err := f.Image(objects)
	if err != nil {
		return err
	}
	defer image.Close()
	if err := writeImage(ctx, dev, image); err != nil {
		return err
	}
	return errors.Join(dev.Sync(), dev.Close())
}

// disk is what an image is written to; *os.File is one.
type disk interface {
	io.WriterAt
	Sync() error
}

// writeImage copies in large pieces, the first one last: not before all others are durable, and not if ctx has ended.
func writeImage(ctx context.Context, w disk, r io.Reader) error {
	var first []byte
	off, buf := int64(0), make([]byte, heldBack)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := fill(r, buf)
		piece := buf[:n]
		if off == 0 {
			first, piece = append(first, piece...), make([]byte, n)
		}
		if _, err := w.WriteAt(piece, off); err != nil {
			return err
		}
		off += int64(n)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if err := w.Sync(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := w.WriteAt(first, 0)
	return err
}

// fill reads until buf is full or r has an error.
func fill(r io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = r.Read(buf[n:])
		n += m
	}
	return n, err
}
