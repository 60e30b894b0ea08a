package container

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// Bounds of a derived layer.
const (
	maxLayerEntries = 1 << 20
	maxLayerPaths   = 128 << 20 // bytes
	paxXattrPrefix  = "SCHILY.xattr."
	whiteoutPrefix  = ".wh."
	whiteoutOpaque  = ".wh..wh..opq"
	whiteoutMeta    = ".wh..wh."
)

// apiDirs are the top-level directories that are mounted at run time: what is in them is left out.
var apiDirs = []string{"run", "tmp", "proc", "sys", "dev"}

// derivedReader takes a layer of ordinary files. Paths are mapped to those of a commit.
type derivedReader struct {
	repo   *ostree.Repo
	pool   *writePool
	jobs   layerJobs
	policy *ostree.SELinuxPolicy // may be nil
	// anyTop keeps all top-level directories, not only those that an OSTree system has at run time.
	anyTop bool
	left   int64 // bytes of content that may still come

	names    int // bytes of paths that are held
	entries  []*derivedEntry
	filtered map[string]uint32        // left out, by top-level name
	objects  map[string]*derivedEntry // files of the base's repository that the layer has changed, by path
	metas    map[string]object.Checksum
}

type derivedKind uint8

const (
	derivedFile derivedKind = iota
	derivedDir
	derivedLink
)

type derivedEntry struct {
	kind derivedKind
	path string
	link string          // path of the file that a hard link leads to
	sum  object.Checksum // of the file once it is written, or of the dirmeta
}

func newDerivedReader(r *ostree.Repo, p *writePool, policy *ostree.SELinuxPolicy, anyTop bool, limit int64) *derivedReader {
	return &derivedReader{repo: r, pool: p, policy: policy, anyTop: anyTop, left: limit, filtered: map[string]uint32{},
		objects: map[string]*derivedEntry{}, metas: map[string]object.Checksum{}}
}

// read imports the files of a layer.
func (d *derivedReader) read(ctx context.Context, r io.Reader) error {
	err := d.readEntries(ctx, tar.NewReader(r))
	if werr := d.jobs.wait(); werr != nil {
		err = werr
	}
	return err
}

func (d *derivedReader) readEntries(ctx context.Context, tr *tar.Reader) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := tr.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading tar stream: %w", err)
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		if err := d.account(h); err != nil {
			return err
		}
		if err := d.entry(h, tr); err != nil {
			return fmt.Errorf("%s: %w", limitText(h.Name), err)
		}
	}
}

// account refuses layers that would take too much memory, or more space than is allowed: files with
// holes are larger than the stream.
func (d *derivedReader) account(h *tar.Header) error {
	if len(d.entries)+len(d.objects) >= maxLayerEntries {
		return fmt.Errorf("more than %d files", maxLayerEntries)
	}
	if d.names += len(h.Name) + len(h.Linkname); d.names > maxLayerPaths {
		return fmt.Errorf("more than %d bytes of paths", maxLayerPaths)
	}
	if d.left -= h.Size; d.left < 0 {
		return errLayerSize
	}
	return nil
}

// cleanPath makes a path relative, without anything that means nothing; "" is the root.
func cleanPath(p string) (string, error) {
	if !utf8.ValidString(p) {
		return "", errors.New("path is not valid UTF-8")
	}
	if len(p) > 1<<16 {
		return "", errors.New("path is too long")
	}
	parts := make([]string, 0, 16)
	for c := range strings.SplitSeq(p, "/") {
		if c == "" || c == "." {
			continue
		}
		if err := object.ValidateFilename(c); err != nil {
			return "", fmt.Errorf("Invalid path: %w", err)
		}
		parts = append(parts, c)
	}
	if len(parts) > maxTreeDepth {
		return "", errTooDeep
	}
	return strings.Join(parts, "/"), nil
}

// place maps a path of a container to that of a commit; keep is false for what has no place in one.
func (d *derivedReader) place(p string, isDir bool) (mapped string, keep bool) {
	top, rest, _ := strings.Cut(p, "/")
	switch bare := strings.TrimPrefix(top, whiteoutPrefix); {
	case p == "" || top == whiteoutOpaque || bare == "usr" || bare == "var":
		return p, true
	case top == "etc":
		return "usr/" + p, true
	case bare == "etc":
		return "usr/" + p, true
	case slices.Contains(apiDirs, top):
		return p, rest == ""
	case top == "sysroot":
		return p, rest == "" && isDir
	}
	if !d.anyTop {
		d.filtered[top]++
	}
	return p, d.anyTop
}

func (d *derivedReader) entry(h *tar.Header, r io.Reader) error {
	clean, err := cleanPath(h.Name)
	if err != nil {
		return err
	}
	if strings.HasPrefix(clean, objectsPath+"/") {
		return d.baseObject(h, clean, r)
	}
	p, keep := d.place(clean, h.Typeflag == tar.TypeDir)
	if !keep {
		return nil
	}
	switch h.Typeflag {
	case tar.TypeDir:
		return d.dir(h, p)
	case tar.TypeReg, tar.TypeSymlink, tar.TypeGNUSparse:
		return d.file(h, p, r)
	case tar.TypeLink:
		return d.hardLink(h, p)
	}
	return fmt.Errorf("Unsupported file type for path %s", limitText(h.Name))
}

func (d *derivedReader) add(e *derivedEntry) *derivedEntry {
	d.entries = append(d.entries, e)
	return e
}

func (d *derivedReader) dir(h *tar.Header, p string) error {
	uid, gid, mode, err := tarOwner(h)
	if err != nil {
		return err
	}
	x, err := d.xattrs(h, p, object.ModeDir|mode)
	if err != nil {
		return err
	}
	sum, err := d.dirMeta(&object.DirMeta{UID: uid, GID: gid, Mode: object.ModeDir | mode, Xattrs: x})
	d.add(&derivedEntry{kind: derivedDir, path: p, sum: sum})
	return err
}

func (d *derivedReader) dirMeta(m *object.DirMeta) (object.Checksum, error) {
	if d.repo.Mode() == ostree.ModeBareUserOnly {
		m = &object.DirMeta{Mode: object.ModeDir | 0o755}
	}
	b := m.Marshal()
	if c, ok := d.metas[string(b)]; ok {
		return c, nil
	}
	c, err := d.pool.txn.WriteMeta(object.TypeDirMeta, nil, b)
	if err == nil {
		d.metas[string(b)] = c
	}
	return c, err
}

var errRootFile = errors.New("the root is not a directory")

func (d *derivedReader) file(h *tar.Header, p string, r io.Reader) error {
	if p == "" {
		return errRootFile
	}
	e := d.add(&derivedEntry{kind: derivedFile, path: p})
	return d.writeFile(h, p, e, r)
}

func (d *derivedReader) writeFile(h *tar.Header, p string, e *derivedEntry, r io.Reader) error {
	uid, gid, mode, err := tarOwner(h)
	if err != nil {
		return err
	}
	j := &writeJob{path: limitText(h.Name), sum: &e.sum, header: object.FileHeader{UID: uid, GID: gid, Mode: object.ModeRegular | mode}}
	size := h.Size
	if h.Typeflag == tar.TypeSymlink {
		j.header.Mode, j.header.Symlink, size = object.ModeSymlink|0o777, h.Linkname, 0
	}
	if j.header.Xattrs, err = d.xattrs(h, p, j.header.Mode); err != nil {
		return err
	}
	if d.repo.Mode() == ostree.ModeBareUserOnly {
		canonicalHeader(&j.header)
	}
	return d.pool.write(&d.jobs, j, size, r)
}

// canonicalHeader keeps of a file what repositories without metadata can hold.
func canonicalHeader(h *object.FileHeader) {
	h.UID, h.GID, h.Xattrs = 0, 0, nil
	if !h.IsSymlink() {
		exec := h.Mode & 0o111
		h.Mode = object.ModeRegular | 0o644
		if exec != 0 {
			h.Mode |= 0o111
		}
	}
}

// xattrs takes the attributes of an entry, with the label of the policy in place of a foreign one.
func (d *derivedReader) xattrs(h *tar.Header, p string, mode uint32) (object.Xattrs, error) {
	if d.repo.Mode() == ostree.ModeBareUserOnly || d.repo.Config().DisableXattrs {
		return nil, nil
	}
	var x object.Xattrs
	size := 0
	for k, v := range h.PAXRecords {
		name, ok := strings.CutPrefix(k, paxXattrPrefix)
		if !ok || name == selinuxXattr {
			continue
		}
		if size += len(name) + len(v); size > maxXattrsSize {
			return nil, errors.New("too many extended attributes")
		}
		x = append(x, object.Xattr{Name: name, Value: []byte(v)})
	}
	x.Sort()
	if p == "" && mode&object.ModeTypeMask != object.ModeDir {
		return x, nil // a changed object has no path of its own
	}
	return withLabel(d.policy, x, p, mode)
}

// withLabel sets the SELinux label that a policy has for a path of a commit.
func withLabel(policy *ostree.SELinuxPolicy, x object.Xattrs, p string, mode uint32) (object.Xattrs, error) {
	if policy == nil {
		return x, nil
	}
	label, err := policy.Label("/"+p, mode)
	switch {
	case err != nil:
		return nil, err
	case label == nil:
		return x.Without(selinuxXattr), nil
	}
	return x.With(selinuxXattr, label), nil
}

func (d *derivedReader) hardLink(h *tar.Header, p string) error {
	if p == "" {
		return errRootFile
	}
	target, err := cleanPath(h.Linkname)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(target, objectsPath+"/") {
		var keep bool
		if target, keep = d.place(target, false); !keep {
			return fmt.Errorf("hard link to %s, which is left out", limitText(h.Linkname))
		}
	}
	d.add(&derivedEntry{kind: derivedLink, path: p, link: target})
	return nil
}

// baseObject takes a file inside the base image's repository. A builder whose storage keeps hard links
// stores a changed file there, and the paths of the root file system as links to it.
func (d *derivedReader) baseObject(h *tar.Header, p string, r io.Reader) error {
	if h.Typeflag != tar.TypeReg || h.ModTime.Unix() <= 0 || !strings.HasSuffix(p, ".file") {
		return nil
	}
	e := &derivedEntry{kind: derivedFile, path: p}
	d.objects[p] = e
	return d.writeFile(h, "", e, r)
}
