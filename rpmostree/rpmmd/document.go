package rpmmd

import (
	"bufio"
	"encoding/hex"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/nestos-dev/nestos/internal/atomicfile"
)

// newDocument opens a document: content ─▶ hash, size ─▶ compressor ─▶ hash, size ─▶ file.
func (c *creator) newDocument(typ, name string) (*document, error) {
	d := &document{c: c, typ: typ, name: name}
	newHash := checksumTypes[strength(c.o.Checksum)].new
	d.plain, d.packed = newHash(), newHash()
	f, err := os.CreateTemp(c.repodata(), atomicfile.TempPrefix)
	if err != nil {
		return nil, err
	}
	d.file = f
	out := &countingWriter{w: io.MultiWriter(d.packed, f), n: &d.packedSize}
	switch c.o.Compression {
	case "gz":
		d.zip, err = gzip.NewWriterLevel(out, gzip.BestCompression)
	case "zstd":
		// More than one goroutine may cut blocks elsewhere.
		d.zip, err = zstd.NewWriter(out, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBetterCompression))
	default:
		d.zip = nopCloser{out}
	}
	if err != nil {
		d.abort()
		return nil, err
	}
	d.w = bufio.NewWriterSize(&countingWriter{w: io.MultiWriter(d.plain, d.zip), n: &d.plainSize}, 64<<10)
	return d, nil
}

// finish makes the document visible, and returns its entry for repomd.xml.
func (d *document) finish() (RepomdData, error) {
	if d.end != "" {
		d.w.WriteString(d.end)
	}
	if err := d.w.Flush(); err != nil {
		return RepomdData{}, err
	}
	if err := d.zip.Close(); err != nil {
		return RepomdData{}, err
	}
	sum := func(sum []byte) Checksum { return Checksum{d.c.o.Checksum, hex.EncodeToString(sum)} }
	data := RepomdData{
		Type: d.typ, Checksum: sum(d.packed.Sum(nil)), Href: "repodata/" + d.name,
		Timestamp: d.c.o.Time.Unix(), Size: d.packedSize,
	}
	if d.c.o.Compression != "none" {
		data.OpenChecksum, data.OpenSize = sum(d.plain.Sum(nil)), d.plainSize
	}
	if !d.c.o.SimpleNames {
		data.Href = "repodata/" + data.Checksum.Hex + "-" + d.name
	}
	return data, d.commit(path.Base(data.Href))
}

// commit gives the file its name. The directory is synchronized with repomd.xml.
func (d *document) commit(name string) error {
	if err := d.file.Chmod(0o644); err != nil {
		return err
	}
	if err := d.file.Sync(); err != nil {
		return err
	}
	if err := os.Chtimes(d.file.Name(), d.c.o.Time, d.c.o.Time); err != nil {
		return err
	}
	if err := os.Rename(d.file.Name(), filepath.Join(d.c.repodata(), name)); err != nil {
		return err
	}
	f := d.file
	d.file = nil
	return f.Close()
}

// abort removes a document that was not finished.
func (d *document) abort() {
	if d.file != nil {
		d.file.Close()
		os.Remove(d.file.Name())
		d.file = nil
	}
}

type countingWriter struct {
	w io.Writer
	n *int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	*c.n += int64(n)
	return n, err
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
