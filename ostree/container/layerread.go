package container

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// Bounds of what a layer may make the importer hold in memory, in bytes.
const (
	maxXattrsSize  = 1 << 20  // of one file
	maxXattrsTotal = 64 << 20 // of all different lists of xattrs in a layer
	maxMetaSize    = 128 << 20
)

// objectReader takes the objects out of an ostree layer. Everything is verified against its name; the
// hard links that make up the container's file system are passed over.
type objectReader struct {
	repo *ostree.Repo
	pool *writePool
	jobs layerJobs

	whole  bool              // the stream is a commit with its metadata, not a set of content objects
	verify verifyCommitFunc  // nil, or what has to accept the commit
	commit heldCommit        // of a whole commit
	files  []object.Checksum // content objects of a chunk, in the order of the stream
	xattrs map[object.Checksum]object.Xattrs
	taken  int   // bytes of xattrs
	left   int64 // bytes of content that may still come

	next       object.Checksum // the file that the xattrs below belong to
	nextXattrs object.Xattrs
	hasNext    bool
}

// heldCommit is a commit that was read but not written: nobody may find it before all that it needs is there.
type heldCommit struct {
	sum      object.Checksum
	raw      []byte
	meta     object.Variant // detached metadata; invalid if there is none
	accepted bool
}

// verifyCommitFunc accepts a commit on the strength of its detached metadata, which is nil if there is none.
type verifyCommitFunc func(commit, detached []byte) error

func newObjectReader(r *ostree.Repo, p *writePool, limit int64) *objectReader {
	return &objectReader{repo: r, pool: p, left: limit, xattrs: map[object.Checksum]object.Xattrs{}}
}

// read imports a layer.
func (o *objectReader) read(ctx context.Context, r io.Reader) error {
	err := o.entries(ctx, tar.NewReader(r))
	if werr := o.jobs.wait(); werr != nil {
		err = werr // the reason why reading ended, if it is an error at all
	}
	return err
}

func (o *objectReader) entries(ctx context.Context, tr *tar.Reader) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := tr.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("reading tar stream: %w", err)
		}
		rest, ok := strings.CutPrefix(relativeName(h.Name), objectsPath+"/")
		if !ok || h.Typeflag == tar.TypeDir {
			continue
		}
		if err := o.entry(h, rest, tr); err != nil {
			return fmt.Errorf("importing object %s: %w", limitText(rest), err)
		}
	}
	if o.whole && o.commit.raw == nil {
		return errors.New("Commit object not found")
	}
	if o.hasNext {
		return fmt.Errorf("Found dangling xattrs for file object '%s'", o.next)
	}
	return o.acceptCommit()
}

// relativeName strips what archives put before their paths.
func relativeName(s string) string {
	for {
		t := strings.TrimPrefix(strings.TrimPrefix(s, "/"), "./")
		if t == s {
			return s
		}
		s = t
	}
}

// limitText bounds a text of foreign origin for messages.
func limitText(s string) string {
	if len(s) > 200 {
		s = s[:200] + "…"
	}
	return fmt.Sprintf("%q", s)
}

func (o *objectReader) entry(h *tar.Header, path string, r io.Reader) error {
	dir, file, _ := strings.Cut(path, "/")
	n, ok := object.ParseLoosePath(dir, file)
	if !ok || strings.HasSuffix(file, "z") {
		return errors.New("not the path of an object")
	}
	if o.whole && o.commit.raw == nil && n.Type != object.TypeCommit {
		return fmt.Errorf("Expected commit object, not %s", n.Type)
	}
	if n.Type == object.TypeCommitMeta {
		return o.commitMeta(h, n, r)
	}
	if n.Type == object.TypeCommit {
		return o.commitObject(h, n, r)
	}
	if err := o.acceptCommit(); err != nil {
		return err
	}
	switch n.Type {
	case object.TypeFile:
		return o.file(h, n, r)
	case object.TypeFileXattrs:
		_, err := o.readXattrs(h, &n.Checksum, r)
		return err
	case object.TypeFileXattrsLink:
		return o.xattrsLink(h, n, r)
	case object.TypeDirTree, object.TypeDirMeta:
		return o.metadata(h, n, r)
	}
	return fmt.Errorf("unexpected object type %s", n.Type)
}

func readEntry(h *tar.Header, r io.Reader, limit int64) ([]byte, error) {
	if h.Typeflag != tar.TypeReg {
		return nil, fmt.Errorf("not a regular file, but of tar type %q", h.Typeflag)
	}
	if h.Size > limit {
		return nil, fmt.Errorf("object of size %d exceeds %d bytes", h.Size, limit)
	}
	// The header may lie: no more memory is taken than there are data.
	var b bytes.Buffer
	n, err := io.Copy(&b, io.LimitReader(r, h.Size))
	if err == nil && n != h.Size {
		err = io.ErrUnexpectedEOF
	}
	return b.Bytes(), err
}

func (o *objectReader) commitObject(h *tar.Header, n object.Name, r io.Reader) error {
	if !o.whole {
		return errors.New("Found commit object in a layer of content objects")
	}
	if o.commit.raw != nil {
		return errors.New("Found multiple commit objects")
	}
	b, err := readEntry(h, r, maxMetaSize)
	if err != nil {
		return err
	}
	if got := object.Sum(b); got != n.Checksum {
		return &ostree.ChecksumError{Name: n, Got: got}
	}
	if err := object.Validate(object.TypeCommit, b); err != nil {
		return err
	}
	o.commit.sum, o.commit.raw = n.Checksum, b
	return nil
}

func (o *objectReader) commitMeta(h *tar.Header, n object.Name, r io.Reader) error {
	if o.commit.raw == nil || o.commit.accepted || n.Checksum != o.commit.sum {
		return errors.New("detached metadata that does not follow its commit")
	}
	b, err := readEntry(h, r, maxMetaSize)
	if err != nil {
		return err
	}
	if err := object.Validate(object.TypeCommitMeta, b); err != nil {
		return err
	}
	o.commit.meta = gvariant.FromBytes(gvariant.TypeDict, b)
	return o.acceptCommit()
}

// acceptCommit verifies the commit that was read, now that it is known whether detached metadata come
// with it. Until then nothing of the stream is written.
func (o *objectReader) acceptCommit() error {
	if o.commit.raw == nil || o.commit.accepted {
		return nil
	}
	o.commit.accepted = true
	if o.verify == nil {
		return nil
	}
	var detached []byte
	if o.commit.meta.IsValid() {
		detached = o.commit.meta.Bytes()
	}
	return o.verify(o.commit.raw, detached)
}

// write stores the commit, if there is one, with its detached metadata, which replace what the commit had.
func (c *heldCommit) write(txn *ostree.Txn) error {
	if c.raw == nil {
		return nil
	}
	if _, err := txn.WriteMeta(object.TypeCommit, &c.sum, c.raw); err != nil || !c.meta.IsValid() {
		return err
	}
	return txn.WriteCommitMeta(c.sum, c.meta)
}

func (o *objectReader) metadata(h *tar.Header, n object.Name, r io.Reader) error {
	if !o.whole {
		return errors.New("Found metadata object in a layer of content objects")
	}
	b, err := readEntry(h, r, maxMetaSize)
	if err != nil {
		return err
	}
	_, err = o.pool.txn.WriteMeta(n.Type, &n.Checksum, b)
	return err
}

// readXattrs keeps a list of xattrs for the files that follow.
func (o *objectReader) readXattrs(h *tar.Header, want *object.Checksum, r io.Reader) (object.Checksum, error) {
	b, err := readEntry(h, r, maxXattrsSize)
	if err != nil {
		return object.Checksum{}, err
	}
	sum := object.Sum(b)
	if want != nil && sum != *want {
		return sum, &ostree.ChecksumError{Name: object.Name{Checksum: *want, Type: object.TypeFileXattrs}, Got: sum}
	}
	if _, ok := o.xattrs[sum]; ok {
		return sum, nil
	}
	if o.taken += len(b) + 64; o.taken > maxXattrsTotal {
		return sum, errors.New("too many extended attributes")
	}
	x, err := object.ParseXattrs(b)
	if err != nil {
		return sum, err
	}
	o.xattrs[sum] = x
	return sum, nil
}

// xattrsLink says which xattrs the next file has: by a hard link to the list, or by the list itself.
func (o *objectReader) xattrsLink(h *tar.Header, n object.Name, r io.Reader) error {
	if o.hasNext {
		return fmt.Errorf("Found previous dangling xattrs for file object '%s'", o.next)
	}
	var sum object.Checksum
	var err error
	if h.Typeflag == tar.TypeLink {
		sum, err = xattrsTarget(h.Linkname)
	} else {
		sum, err = o.readXattrs(h, nil, r)
	}
	if err != nil {
		return err
	}
	x, ok := o.xattrs[sum]
	if !ok {
		return fmt.Errorf("Failed to find xattrs content %s", sum)
	}
	o.next, o.nextXattrs, o.hasNext = n.Checksum, x, true
	return nil
}

func xattrsTarget(link string) (object.Checksum, error) {
	rest, ok := strings.CutPrefix(relativeName(link), objectsPath+"/")
	dir, file, _ := strings.Cut(rest, "/")
	n, valid := object.ParseLoosePath(dir, file)
	if !ok || !valid || n.Type != object.TypeFileXattrs {
		return object.Checksum{}, fmt.Errorf("Invalid xattrs link %s", limitText(link))
	}
	return n.Checksum, nil
}

// file imports a content object.
func (o *objectReader) file(h *tar.Header, n object.Name, r io.Reader) error {
	if !o.hasNext {
		return errors.New("Missing xattrs reference")
	}
	if o.next != n.Checksum {
		return fmt.Errorf("Object mismatch, found xattrs for %s", o.next)
	}
	o.hasNext = false
	if !o.whole {
		if len(o.files) >= maxLayerEntries {
			return fmt.Errorf("more than %d objects", maxLayerEntries)
		}
		o.files = append(o.files, n.Checksum)
	}
	if o.left -= h.Size; o.left < 0 {
		return errLayerSize
	}
	if found, err := o.repo.HasObject(n); found || err != nil {
		return err
	}
	uid, gid, mode, err := tarOwner(h)
	if err != nil {
		return err
	}
	j := &writeJob{want: &n.Checksum, path: n.String(), header: object.FileHeader{UID: uid, GID: gid, Xattrs: o.nextXattrs}}
	size := h.Size
	switch h.Typeflag {
	case tar.TypeReg:
		j.header.Mode = object.ModeRegular | mode
	case tar.TypeSymlink:
		j.header.Mode, j.header.Symlink, size = object.ModeSymlink|0o777, h.Linkname, 0
	default:
		return fmt.Errorf("Invalid tar entry of type %q", h.Typeflag)
	}
	return o.pool.write(&o.jobs, j, size, r)
}
