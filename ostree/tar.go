package ostree

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"runtime"
	"strings"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/internal/decompress"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sync/errgroup"
)

// TarOptions adjust the import of a tar archive.
type TarOptions struct {
	// AutocreateParents makes directories that the archive leaves out: 0755, with the owner of the
	// entry that needs them; the root 0755 0:0.
	AutocreateParents bool
	// PathFilter rewrites the path of each entry and the target of each hard link.
	PathFilter func(path string) string
}

// AddTar commits the content of a tar archive (ustar, pax or gnu) or of a cpio archive (newc, crc or odc), plain
// or compressed with gzip, xz, zstd or bzip2, into the tree, on top of what it holds. Times are ignored; devices
// and fifos are refused. A hard link may come before its target.
func (t *Txn) AddTar(ctx context.Context, tree *Tree, r io.Reader, mod *Modifier, opts *TarOptions) error {
	t.restartSizes()
	if opts == nil {
		opts = &TarOptions{}
	}
	z, _, err := decompress.NewReader(r, nil)
	if err != nil {
		return err
	}
	defer z.Close()
	im := &tarImport{txn: t, mod: mod, attributes: mod, opts: opts}
	if mod != nil && mod.CanonicalPermissions {
		// Only the file system's attributes are in the way of canonical permissions.
		m := *mod
		m.CanonicalPermissions = false
		im.attributes = &m
	}
	if err := im.read(ctx, newArchiveReader(z)); err != nil {
		return err
	}
	return im.build(tree)
}

// tarImport reads the archive in order, hands small files to workers, and builds the tree when all
// checksums are known.
type tarImport struct {
	txn        *Txn
	mod        *Modifier
	attributes *Modifier // what is left of mod for xattrs
	opts       *TarOptions
	entries    []*tarEntry
}

type tarEntry struct {
	path     string // without leading slash; "" is the root
	link     string // target path of a hard link
	isLink   bool
	isDir    bool
	uid, gid uint32
	sum      object.Checksum // of the file, or of the dirmeta
}

type tarJob struct {
	entry   *tarEntry
	header  object.FileHeader
	payload []byte
	buf     *[]byte
}

func (im *tarImport) read(ctx context.Context, tr archiveReader) error {
	g, ctx := errgroup.WithContext(ctx)
	jobs := make(chan tarJob, 4)
	for range max(2, runtime.GOMAXPROCS(0)) {
		g.Go(func() error {
			for j := range jobs {
				if ctx.Err() != nil {
					continue
				}
				if err := im.write(ctx, &j); err != nil {
					return err
				}
			}
			return nil
		})
	}
	g.Go(func() error {
		defer close(jobs)
		for {
			h, err := tr.Next()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return fmt.Errorf("archive_read_next_header: %w", err)
			}
			if err := im.entry(ctx, h, tr, jobs); err != nil {
				return err
			}
		}
	})
	return g.Wait()
}

func (im *tarImport) write(ctx context.Context, j *tarJob) error {
	c, err := im.txn.writeFile(ctx, nil, &j.header, int64(len(j.payload)), bytes.NewReader(j.payload))
	if err != nil {
		return fmt.Errorf("%s: %w", j.entry.path, err)
	}
	im.txn.recordSize(object.Name{Checksum: c, Type: object.TypeFile}, payloadSize(&j.header, int64(len(j.payload))))
	j.entry.sum = c
	if j.buf != nil {
		smallBuffers.Put(j.buf)
	}
	return nil
}

// tarPath strips what archives put before their paths; "" is the root.
func tarPath(p string) (string, error) {
	if !utf8.ValidString(p) {
		return "", errors.New("Archive entry pathname is not valid UTF-8")
	}
	var parts []string
	for c := range strings.SplitSeq(p, "/") {
		switch c {
		case "", ".":
			continue
		}
		if err := object.ValidateFilename(c); err != nil {
			return "", fmt.Errorf("archive entry %q: %w", p, err)
		}
		parts = append(parts, c)
	}
	if len(parts) > maxTreeDepth {
		return "", errTooDeep
	}
	return strings.Join(parts, "/"), nil
}

func (im *tarImport) path(p string) (string, error) {
	p, err := tarPath(p)
	if err != nil || im.opts.PathFilter == nil {
		return p, err
	}
	return tarPath(im.opts.PathFilter(p))
}

func (im *tarImport) entry(ctx context.Context, h *tar.Header, r io.Reader, jobs chan<- tarJob) error {
	path, err := im.path(h.Name)
	if err != nil {
		return err
	}
	if int64(uint32(h.Uid)) != int64(h.Uid) || int64(uint32(h.Gid)) != int64(h.Gid) {
		return fmt.Errorf("archive entry %q: owner %d:%d is out of range", path, h.Uid, h.Gid)
	}
	e := &tarEntry{path: path, uid: uint32(h.Uid), gid: uint32(h.Gid)}
	te := Entry{Path: "/" + path, UID: e.uid, GID: e.gid, Mode: uint32(h.Mode) & object.ModePerm}
	switch h.Typeflag {
	case tar.TypeLink:
		e.isLink = true
		if e.link, err = im.path(h.Linkname); err != nil {
			return err
		}
		if im.mod != nil && im.mod.Filter != nil {
			te.Mode |= object.ModeRegular
			if !im.mod.applyStat(im.txn.repo, &te) {
				return nil
			}
		}
		im.entries = append(im.entries, e)
		return nil
	case tar.TypeDir:
		te.Mode |= object.ModeDir
	case tar.TypeReg, tar.TypeGNUSparse, tar.TypeCont:
		te.Mode |= object.ModeRegular
	case tar.TypeSymlink:
		te.Mode = object.ModeSymlink | 0o777
	case tar.TypeXGlobalHeader:
		return nil
	default:
		return fmt.Errorf("Unsupported file type for path \"%s\"", path)
	}
	if !im.mod.applyStat(im.txn.repo, &te) {
		return nil
	}
	x, err := im.attributes.finalXattrs(im.txn.repo, &te, func() (object.Xattrs, error) { return tarXattrs(h) })
	if err != nil {
		return err
	}
	im.entries = append(im.entries, e)
	if te.IsDir() {
		e.isDir = true
		e.sum, err = im.txn.writeDirMeta(&object.DirMeta{UID: te.UID, GID: te.GID, Mode: te.Mode, Xattrs: x})
		return err
	}
	j := tarJob{entry: e, header: object.FileHeader{UID: te.UID, GID: te.GID, Mode: te.Mode, Xattrs: x}}
	if j.header.IsSymlink() {
		j.header.Symlink = h.Linkname
		return im.write(ctx, &j)
	}
	return im.queue(ctx, j, h.Size, r, jobs)
}

// queue reads a small file and leaves it to a worker; a large one is streamed here.
func (im *tarImport) queue(ctx context.Context, j tarJob, size int64, r io.Reader, jobs chan<- tarJob) error {
	if size > inMemoryLimit {
		c, err := im.txn.writeFile(ctx, nil, &j.header, size, r)
		if err != nil {
			return fmt.Errorf("%s: %w", j.entry.path, err)
		}
		im.txn.recordSize(object.Name{Checksum: c, Type: object.TypeFile}, size)
		j.entry.sum = c
		return nil
	}
	if size > 4096 {
		j.buf = smallBuffers.Get().(*[]byte)
		j.payload = (*j.buf)[:size]
	} else {
		j.payload = make([]byte, size)
	}
	if _, err := io.ReadFull(r, j.payload); err != nil {
		return fmt.Errorf("%s: archive_read_data_block: %w", j.entry.path, err)
	}
	select {
	case jobs <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// tarXattrs reads the two pax conventions for extended attributes.
func tarXattrs(h *tar.Header) (object.Xattrs, error) {
	var x object.Xattrs
	for key, value := range h.PAXRecords {
		if name, ok := strings.CutPrefix(key, "SCHILY.xattr."); ok {
			x = append(x.Without(name), object.Xattr{Name: name, Value: []byte(value)})
			continue
		}
		name, ok := strings.CutPrefix(key, "LIBARCHIVE.xattr.")
		if !ok {
			continue
		}
		name, err := url.PathUnescape(name)
		if err != nil {
			return nil, fmt.Errorf("archive entry %q: bad xattr name: %w", h.Name, err)
		}
		if _, dup := x.Get(name); dup {
			continue
		}
		v, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(value, "="))
		if err != nil {
			return nil, fmt.Errorf("archive entry %q: bad value of xattr %s: %w", h.Name, name, err)
		}
		x = append(x, object.Xattr{Name: name, Value: v})
	}
	x.Sort()
	return x, x.Validate()
}

// build puts the entries into the tree in archive order, hard links last.
func (im *tarImport) build(tree *Tree) error {
	for _, e := range im.entries {
		if e.isLink {
			continue
		}
		if err := im.place(tree, e); err != nil {
			return err
		}
	}
	links := im.entries[:0]
	for _, e := range im.entries {
		if e.isLink {
			links = append(links, e)
		}
	}
	// A link to a link resolves once its target has: repeat while there is progress.
	for len(links) > 0 {
		var left []*tarEntry
		for _, e := range links {
			sum, ok, err := lookupFile(tree, e.link)
			if err != nil {
				return err
			}
			if !ok {
				left = append(left, e)
				continue
			}
			e.sum = sum
			if err := im.place(tree, e); err != nil {
				return err
			}
		}
		if len(left) == len(links) {
			return fmt.Errorf("archive entry %q: hard link to %q, which is not in the archive", left[0].path, left[0].link)
		}
		links = left
	}
	if tree.Meta().IsZero() && im.opts.AutocreateParents {
		return im.autocreate(tree, 0, 0, "/")
	}
	return nil
}

func lookupFile(tree *Tree, path string) (object.Checksum, bool, error) {
	dir, name := "", path
	if i := lastSlash(path); i >= 0 {
		dir, name = path[:i], path[i+1:]
	}
	d, err := tree.Lookup(dir)
	if d == nil || err != nil {
		return object.Checksum{}, false, err
	}
	return d.File(name)
}

func (im *tarImport) place(tree *Tree, e *tarEntry) error {
	if e.path == "" {
		if !e.isDir {
			return errors.New("archive entry for the root is not a directory")
		}
		tree.SetMeta(e.sum)
		return nil
	}
	d := tree
	rest := e.path
	done := ""
	for {
		name, more, ok := strings.Cut(rest, "/")
		if !ok {
			break
		}
		done += "/" + name
		child, err := im.parent(d, name, done, e)
		if err != nil {
			return err
		}
		d, rest = child, more
	}
	if !e.isDir {
		return d.SetFile(rest, e.sum)
	}
	child, err := d.EnsureDir(rest)
	if err != nil {
		return err
	}
	child.SetMeta(e.sum)
	return nil
}

func (im *tarImport) parent(d *Tree, name, path string, e *tarEntry) (*Tree, error) {
	child, err := d.Dir(name)
	if err != nil {
		return nil, err
	}
	if child != nil {
		return child, nil
	}
	if !im.opts.AutocreateParents {
		if _, isFile, err := d.File(name); err == nil && !isFile {
			return nil, fmt.Errorf("No such file or directory: %s", name)
		}
	}
	if child, err = d.EnsureDir(name); err != nil {
		return nil, err
	}
	return child, im.autocreate(child, e.uid, e.gid, path)
}

// autocreate gives a directory that the archive does not have its metadata, modifiers applied.
func (im *tarImport) autocreate(d *Tree, uid, gid uint32, path string) error {
	te := Entry{Path: path, UID: uid, GID: gid, Mode: object.ModeDir | 0o755}
	im.mod.applyStat(im.txn.repo, &te)
	x, err := im.attributes.finalXattrs(im.txn.repo, &te, func() (object.Xattrs, error) { return nil, nil })
	if err != nil {
		return err
	}
	c, err := im.txn.writeDirMeta(&object.DirMeta{UID: te.UID, GID: te.GID, Mode: te.Mode, Xattrs: x})
	d.SetMeta(c)
	return err
}
