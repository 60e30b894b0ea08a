package miniso

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"

	"github.com/nestos-dev/nestos/internal/iso9660"
	"github.com/nestos-dev/nestos/internal/xz"
)

const (
	bufferSize = 1 << 20
	// maxGrowth bounds how much larger than the full ISO a minimal one may be; it is far
	// smaller in practice.
	maxGrowth = 64 << 20
)

// Stats are the figures of packing.
type Stats struct {
	// Files is the number of files of the minimal ISO, which the full one has, too.
	Files int
	// Skipped is the size of the content that is in the full ISO, Written what is not, and
	// Compressed the size of that when packed; all in bytes.
	Skipped, Written, Compressed int64
}

// Pack returns the data from which the minimal ISO can be made of the full one. Each file
// of the minimal ISO must be in the full one, too, and must have the same content; that
// is found out by [Data.Unpack]. application is the version of the program.
func Pack(ctx context.Context, full, minimal *iso9660.FS, application string) (*Data, *Stats, error) {
	fullFiles, err := files(full)
	if err != nil {
		return nil, nil, err
	}
	minimalFiles, err := files(minimal)
	if err != nil {
		return nil, nil, err
	}
	d := &Data{Application: application}
	stats := &Stats{Files: len(minimalFiles)}
	if d.Table, err = newTable(fullFiles, minimalFiles); err != nil {
		return nil, nil, err
	}
	if err := d.pack(ctx, minimal.Image(), stats); err != nil {
		return nil, nil, err
	}
	return d, stats, nil
}

// pack compresses what is around the files and takes the digest of all.
func (d *Data) pack(ctx context.Context, minimal *io.SectionReader, stats *Stats) error {
	var packed bytes.Buffer
	z, err := xz.NewWriter(&packed, &xz.WriterOptions{DictSize: 64 << 20, SizeHint: d.around(minimal.Size())})
	if err != nil {
		return err
	}
	digest := sha256.New()
	c := copier{ctx: ctx, buf: make([]byte, bufferSize)}
	var pos int64
	for _, e := range d.Table {
		if err := c.copyN(io.MultiWriter(digest, z), minimal, e.offset()-pos); err != nil {
			return fmt.Errorf("copying %d miniso bytes at offset %d: %w", e.offset()-pos, pos, err)
		}
		if err := c.copyN(digest, minimal, int64(e.Length)); err != nil {
			return fmt.Errorf("skipping miniso file at offset %d: %w", e.offset(), err)
		}
		stats.Written += e.offset() - pos
		stats.Skipped += int64(e.Length)
		pos = e.end()
	}
	if err := c.copyN(io.MultiWriter(digest, z), minimal, minimal.Size()-pos); err != nil {
		return fmt.Errorf("copying remaining miniso bytes: %w", err)
	}
	if err := z.Close(); err != nil {
		return err
	}
	stats.Written += minimal.Size() - pos
	stats.Compressed = int64(packed.Len())
	d.Packed = packed.Bytes()
	digest.Sum(d.Digest[:0])
	return nil
}

// around is the size of what is left of size bytes without the files.
func (d *Data) around(size int64) int64 {
	for _, e := range d.Table {
		size -= int64(e.Length)
	}
	return max(size, 0)
}

// Unpack writes the minimal ISO that belongs to the full one. It is valid only if the
// result is nil.
func (d *Data) Unpack(ctx context.Context, full *iso9660.FS, w io.Writer) error {
	packed, err := xz.NewReader(bytes.NewReader(d.Packed), nil)
	if err != nil {
		return fmt.Errorf("copying packed bytes: %w", err)
	}
	image := full.Image()
	digest := sha256.New()
	c := copier{ctx: ctx, buf: make([]byte, bufferSize), limit: image.Size() + maxGrowth}
	w = io.MultiWriter(digest, w)
	var pos int64
	for _, e := range d.Table {
		if err := c.copyN(w, packed, e.offset()-pos); err != nil {
			return fmt.Errorf("copying %d packed bytes at offset %d: %w", e.offset()-pos, pos, err)
		}
		offset := int64(e.Full) * iso9660.SectorSize
		if err := c.copyN(w, io.NewSectionReader(image, offset, int64(e.Length)), int64(e.Length)); err != nil {
			return fmt.Errorf("copying full ISO file at offset %d: %w", offset, err)
		}
		pos = e.end()
	}
	if err := c.copyAll(w, packed); err != nil {
		return fmt.Errorf("copying remaining packed bytes: %w", err)
	}
	return d.verify(digest)
}

func (d *Data) verify(digest hash.Hash) error {
	if found := digest.Sum(nil); !bytes.Equal(found, d.Digest[:]) {
		return fmt.Errorf("wrong final digest: expected %x, found %x", d.Digest, found)
	}
	return nil
}

// Difference returns the path of the first file of the minimal ISO that has other content
// in the full one, or "". It tells why [Data.Unpack] finds a wrong digest.
func Difference(ctx context.Context, full, minimal *iso9660.FS) (string, error) {
	minimalFiles, err := files(minimal)
	if err != nil {
		return "", err
	}
	fullFiles, err := files(full)
	if err != nil {
		return "", err
	}
	byPath := make(map[string]iso9660.Entry, len(fullFiles))
	for _, file := range fullFiles {
		byPath[file.Path] = file
	}
	c := copier{ctx: ctx, buf: make([]byte, bufferSize)}
	for _, file := range minimalFiles {
		a, err := c.digest(minimal, file)
		if err != nil {
			return "", err
		}
		b, err := c.digest(full, byPath[file.Path])
		if err != nil {
			return "", err
		}
		if a != b {
			return file.Path, nil
		}
	}
	return "", nil
}

// digest returns the digest of a file.
func (c *copier) digest(f *iso9660.FS, file iso9660.Entry) (sum [sha256.Size]byte, err error) {
	content, err := f.Open(file)
	if err != nil {
		return sum, err
	}
	h := sha256.New()
	if err := c.copyAll(h, content); err != nil {
		return sum, err
	}
	h.Sum(sum[:0])
	return sum, nil
}

func files(f *iso9660.FS) ([]iso9660.Entry, error) {
	var all []iso9660.Entry
	for entry, err := range f.Walk() {
		if err != nil {
			return nil, fmt.Errorf("while walking ISO filesystem: %w", err)
		}
		if !entry.Dir {
			all = append(all, entry)
		}
	}
	return all, nil
}

// copier copies until its context ends; a limit of 0 is none.
type copier struct {
	ctx   context.Context
	buf   []byte
	limit int64
	done  int64
}

// copyN copies n bytes; less is an error.
func (c *copier) copyN(w io.Writer, r io.Reader, n int64) error {
	for n > 0 {
		got, err := c.step(w, r, c.buf[:min(int64(len(c.buf)), n)])
		n -= int64(got)
		if err == io.EOF && n > 0 {
			return io.ErrUnexpectedEOF
		}
		if err != nil && err != io.EOF {
			return err
		}
	}
	return nil
}

// copyAll copies to the end of r.
func (c *copier) copyAll(w io.Writer, r io.Reader) error {
	for {
		if _, err := c.step(w, r, c.buf); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func (c *copier) step(w io.Writer, r io.Reader, buf []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(r, buf)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	if c.done += int64(n); c.limit > 0 && c.done > c.limit {
		return 0, fmt.Errorf("minimal ISO is larger than %d bytes", c.limit)
	}
	if _, werr := w.Write(buf[:n]); werr != nil {
		return n, werr
	}
	return n, err
}
