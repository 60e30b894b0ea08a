package ostree

import (
	"archive/tar"
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// ExportOptions say what [Repo.Export] writes; nil means everything.
type ExportOptions struct {
	// Prefix is put before every name, as it is: normally it ends in "/".
	Prefix string
	// Subpath is the directory to export, which becomes the root; empty for the whole commit.
	Subpath string
	// NoXattrs leaves out extended attributes.
	NoXattrs bool
}

// tarBlocking is the unit that tar programs write, in bytes; the archive's size is a multiple of it.
const tarBlocking = 10240

// Export writes the tree of a commit as a tar archive: GNU format, with pax headers for files that
// have xattrs (records SCHILY.xattr.NAME). Each directory comes before its files, those before its
// subdirectories, all sorted by name; the root is "./". Every entry has the commit's time, owners are
// numbers only. A file whose object is in the archive already is a hard link to the first one.
func (r *Repo) Export(ctx context.Context, w io.Writer, commit object.Checksum, opts *ExportOptions) error {
	if opts == nil {
		opts = &ExportOptions{}
	}
	c, err := r.LoadCommit(commit)
	if err != nil {
		return err
	}
	root, err := r.lookupTree(&treeNode{name: "/", dir: true, sum: c.Tree, meta: c.Meta}, opts.Subpath)
	if err != nil {
		return err
	}
	if !root.dir {
		return &TreePathError{cleanTreePath(opts.Subpath), unix.ENOTDIR}
	}
	out := &countingWriter{w: bufio.NewWriterSize(w, 256<<10)}
	e := &exporter{
		repo: r, opts: opts, tar: tar.NewWriter(out), time: time.Unix(int64(c.Timestamp), 0),
		seen: map[object.Checksum]string{},
	}
	e.metas.m = map[object.Checksum]*object.DirMeta{}
	if err := e.run(ctx, root); err != nil {
		return err
	}
	if err := e.tar.Close(); err != nil {
		return err
	}
	if rest := out.n % tarBlocking; rest != 0 {
		if _, err := out.Write(make([]byte, tarBlocking-rest)); err != nil {
			return err
		}
	}
	return out.w.Flush()
}

type countingWriter struct {
	w *bufio.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

type exporter struct {
	repo  *Repo
	opts  *ExportOptions
	tar   *tar.Writer
	time  time.Time
	metas metaCache
	seen  map[object.Checksum]string // first path of each regular file's object
}

// name makes the archive's name of a path below the root.
func (e *exporter) name(path string) string { return e.opts.Prefix + path }

func (e *exporter) directory(path string, sum object.Checksum) error {
	m, err := e.metas.load(e.repo, sum)
	if err != nil {
		return err
	}
	name := e.name(path)
	if name == "" {
		name = "."
	}
	h := &tar.Header{Typeflag: tar.TypeDir, Name: strings.TrimSuffix(name, "/") + "/"}
	return e.header(h, m.UID, m.GID, m.Mode, m.Xattrs)
}

// header completes and writes an entry's header.
func (e *exporter) header(h *tar.Header, uid, gid, mode uint32, x object.Xattrs) error {
	h.Uid, h.Gid, h.Mode, h.ModTime = int(uid), int(gid), int64(mode&object.ModePerm), e.time
	h.Format = tar.FormatGNU
	if len(x) > 0 && !e.opts.NoXattrs {
		h.Format = tar.FormatPAX
		h.PAXRecords = make(map[string]string, len(x))
		for i := range x {
			h.PAXRecords["SCHILY.xattr."+x[i].Name] = string(x[i].Value)
		}
	}
	if err := e.tar.WriteHeader(h); err != nil {
		return fmt.Errorf("writing %s: %w", h.Name, err)
	}
	return nil
}

func (e *exporter) file(path string, sum object.Checksum, f *File, data io.Reader) error {
	h := &tar.Header{Name: e.name(path), Typeflag: tar.TypeReg, Size: f.Size}
	if f.Header.IsSymlink() {
		h.Typeflag, h.Linkname = tar.TypeSymlink, f.Header.Symlink
	}
	if err := e.header(h, f.Header.UID, f.Header.GID, f.Header.Mode, f.Header.Xattrs); err != nil {
		return err
	}
	if f.Header.IsSymlink() {
		return nil
	}
	e.seen[sum] = path
	if _, err := io.Copy(e.tar, data); err != nil {
		return fmt.Errorf("writing %s: %w", h.Name, err)
	}
	return nil
}

func (e *exporter) link(path, first string, f *object.FileHeader) error {
	h := &tar.Header{Name: e.name(path), Typeflag: tar.TypeLink, Linkname: e.name(first)}
	return e.header(h, f.UID, f.GID, f.Mode, nil)
}
