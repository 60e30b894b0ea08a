package rpmmd

import (
	"bufio"
	"encoding/hex"
	"hash"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/nestos-dev/nestos/internal/atomicfile"
)

// document is one that is being written.
type document struct {
	c    *creator
	typ  string
	name string // without checksum
	end  string
	w    *bufio.Writer // of the content
	zip  io.WriteCloser
	file *os.File

	plain, packed         hash.Hash
	plainSize, packedSize int64
}

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

// extra puts a further document into the repository.
func (c *creator) extra(e ExtraDocument) (RepomdData, error) {
	f, err := os.Open(e.Path)
	if err != nil {
		return RepomdData{}, err
	}
	defer f.Close()
	name, plain := filepath.Base(e.Path), true
	for _, suffix := range []string{".gz", ".xz", ".zst", ".bz2", ".zck"} {
		plain = plain && !strings.HasSuffix(name, suffix)
	}
	part := *c
	if plain {
		name += c.suffix()
	} else {
		part.o.Compression = "none"
	}
	d, err := part.newDocument(e.Type, name)
	if err != nil {
		return RepomdData{}, err
	}
	defer d.abort()
	if _, err := io.Copy(d.w, f); err != nil {
		return RepomdData{}, err
	}
	data, err := d.finish()
	if err != nil || plain {
		return data, err
	}
	return data, openChecksum(&data, e.Path, c.o.Checksum)
}

// openChecksum fills in what is known of the content of a file that is compressed already.
func openChecksum(data *RepomdData, file, typ string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	rc, err := decompressed(f, file)
	if err != nil {
		return err
	}
	defer rc.Close()
	h := checksumTypes[strength(typ)].new()
	n, err := io.Copy(h, rc)
	data.OpenChecksum, data.OpenSize = Checksum{typ, hex.EncodeToString(h.Sum(nil))}, n
	return err
}
