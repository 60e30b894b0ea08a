package installer

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/internal/decompress"
	"github.com/nestos-dev/nestos/internal/gpt"
)

// copyAndChange is everything that writes. Its order is what makes a failure harmless:
// all but the first part, verdict on the image, changes to the boot file system, first
// part.
func (i *install) copyAndChange(ctx context.Context) error {
	first, err := i.copyImage(ctx)
	if err != nil {
		return err
	}
	if i.changesBoot() {
		if err := i.changeBoot(ctx, first); err != nil {
			return err
		}
		if err := i.disk.File().Sync(); err != nil {
			return fmt.Errorf("syncing changes to disk: %w", err)
		}
	}
	// The last moment at which whoever has interrupted is heard.
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if err := i.saved.Merge(first, i.disk); err != nil {
		return err
	}
	if err := i.disk.Reread(ctx); err != nil {
		return err
	}
	return i.disk.File().Sync()
}

// copyImage writes what lies behind the first part, verifies the image and returns the
// first part.
func (i *install) copyImage(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	end := int64(-1)
	if off, _, _, ok := i.saved.Limit(); ok {
		end = off
	}
	m, err := newDeviceMedium(i.disk.File(), i.disk.Size())
	if err != nil {
		return nil, err
	}
	defer m.close()
	t := newTarget(ctx, m, i.prepare)
	t.limit, t.collision = end, i.saved.Collision
	n, err := i.image.decode(ctx, t, &decodeOptions{common: &i.Common, size: i.fits})
	if err != nil {
		return nil, err
	}
	i.result.ImageBytes = n
	if !t.complete() {
		return nil, fmt.Errorf("decoding first MiB of image: %w", io.ErrUnexpectedEOF)
	}
	if err := m.finish(); err != nil {
		return nil, fmt.Errorf("decoding and writing image: %w", deviceError(err))
	}
	i.result.StoredBytes, i.result.Verified = i.image.stored, i.image.verified
	return t.first, nil
}

// fits refuses an image whose size is known to be too large, mostly before anything is
// written: files of many blocks tell their sizes one after the other.
func (i *install) fits(decoded int64) error {
	if decoded > i.disk.Size() {
		return &untouchedError{fmt.Errorf("image has at least %d bytes, %s has %d: %w", decoded, i.Config.DestDevice, i.disk.Size(), ErrTooLarge)}
	}
	return nil
}

// prepare runs when the first part of the image is known, and before anything is written:
// it makes sure that the image can go to this disk, and gives the disk the table that it
// has until the end.
func (i *install) prepare(first []byte) error {
	if err := i.suits(first); err != nil {
		return err
	}
	i.touched = true
	return i.saved.Overwrite(i.disk.File())
}

// suits looks whether an image that begins so can be installed on the disk.
func (i *install) suits(first []byte) error {
	if kind := foreignImage(first); kind != "" {
		return &untouchedError{&ImageTypeError{Kind: kind}}
	}
	if got, want := gpt.DetectSectorSize(first), i.disk.SectorSize(); got != 0 && got != want {
		return &SectorSizeError{Image: got, Device: want}
	}
	if err := i.saved.DryMerge(first); err != nil {
		return &untouchedError{err}
	}
	return nil
}

// rehearse decodes the beginning of the image and makes the checks that need it.
func (i *install) rehearse(ctx context.Context) error {
	r, format := io.NopCloser(i.image.body), decompress.Raw
	if !i.image.trusted {
		var err error
		if r, format, err = decompress.NewSegment(bufio.NewReaderSize(i.image.body, 256<<10)); err != nil {
			return err
		}
	}
	defer r.Close()
	first := make([]byte, firstPart)
	if _, err := io.ReadFull(r, first); err != nil {
		return fmt.Errorf("decoding first MiB of image: %w", err)
	}
	if err := i.suits(first); err != nil {
		return err
	}
	if format == decompress.Raw {
		if err := i.fits(i.image.length); err != nil {
			return err
		}
	}
	i.note(fmt.Sprintf("Would install to %s (%d-byte sectors)", i.Config.DestDevice, i.disk.SectorSize()))
	return ctx.Err()
}
