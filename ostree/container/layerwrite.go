package container

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

const (
	repoPath       = "sysroot/ostree/repo"
	objectsPath    = repoPath + "/objects"
	selinuxXattr   = "security.selinux"
	layerConfig    = "[core]\nrepo_version=1\nmode=bare-split-xattrs\n"
	maxTreeDepth   = 4096 // nesting of directories
	layerCopyBytes = 256 << 10
)

// layerWriter writes the tar stream of one ostree layer: a repository of mode bare-split-xattrs, and
// the paths of a root file system as hard links into it.
type layerWriter struct {
	repo    *ostree.Repo
	tar     *tarWriter
	meta    map[object.Name]struct{}     // metadata objects written
	xattrs  map[object.Checksum]struct{} // file-xattrs objects written
	varTmp  bool                         // the commit has var/tmp
	scratch []byte
}

var layerBuffers = sync.Pool{New: func() any { b := make([]byte, layerCopyBytes); return &b }}

func newLayerWriter(r *ostree.Repo, w io.Writer) *layerWriter {
	return &layerWriter{repo: r, tar: newTarWriter(w), meta: map[object.Name]struct{}{}, xattrs: map[object.Checksum]struct{}{}}
}

// writeOSTreeLayer writes the first layer of an image: the commit, all its metadata and directories,
// and the content that no chunk holds.
func writeOSTreeLayer(ctx context.Context, r *ostree.Repo, commit object.Checksum, rest []*content, w io.Writer) error {
	l := newLayerWriter(r, w)
	if err := l.structure(ctx, commit); err != nil {
		return err
	}
	if err := l.contents(ctx, rest); err != nil {
		return err
	}
	return l.tar.Close()
}

// writeChunkLayer writes a layer of content objects.
func writeChunkLayer(ctx context.Context, r *ostree.Repo, objects []*content, w io.Writer) error {
	l := newLayerWriter(r, w)
	if err := l.skeleton(); err != nil {
		return err
	}
	if err := l.contents(ctx, objects); err != nil {
		return err
	}
	return l.tar.Close()
}

func (l *layerWriter) dir(path string, uid, gid, mode uint32) error {
	return l.tar.header(&tarEntry{name: path, typ: tarDir, mode: mode & object.ModePerm, uid: uid, gid: gid})
}

func (l *layerWriter) data(path string, b []byte) error {
	if err := l.tar.header(&tarEntry{name: path, typ: tarFile, mode: 0o644, size: int64(len(b))}); err != nil {
		return err
	}
	_, err := l.tar.Write(b)
	return err
}

// skeleton writes the directories of an empty repository and its config.
func (l *layerWriter) skeleton() error {
	dirs := []string{"sysroot", "sysroot/ostree", repoPath, objectsPath}
	for i := range 256 {
		dirs = append(dirs, fmt.Sprintf("%s/%02x", objectsPath, i))
	}
	for _, d := range []string{"extensions", "refs", "refs/heads", "refs/mirrors", "refs/remotes", "state", "tmp", "tmp/cache"} {
		dirs = append(dirs, repoPath+"/"+d)
	}
	for _, d := range dirs {
		if err := l.dir(d, 0, 0, 0o755); err != nil {
			return err
		}
	}
	return l.data(repoPath+"/config", []byte(layerConfig))
}

// structure writes everything but content.
func (l *layerWriter) structure(ctx context.Context, sum object.Checksum) error {
	raw, err := l.repo.LoadMeta(object.Name{Checksum: sum, Type: object.TypeCommit})
	if err != nil {
		return err
	}
	commit, err := object.ParseCommit(raw)
	if err != nil {
		return fmt.Errorf("%s.commit: %w", sum, err)
	}
	root, err := l.repo.LoadDirMeta(commit.Meta)
	if err != nil {
		return err
	}
	if err := l.dir("./", root.UID, root.GID, root.Mode); err != nil {
		return err
	}
	if err := l.skeleton(); err != nil {
		return err
	}
	if err := l.commitObjects(sum, raw); err != nil {
		return err
	}
	if err := l.dirMeta(commit.Meta); err != nil {
		return err
	}
	if err := l.tree(ctx, commit.Tree, "", 0); err != nil {
		return err
	}
	if err := l.sysrootMetadata(ctx, commit.Tree); err != nil || l.varTmp {
		return err
	}
	return l.dir("var/tmp", 0, 0, 0o1777)
}

func (l *layerWriter) commitObjects(sum object.Checksum, raw []byte) error {
	if err := l.data(objectPath(object.Name{Checksum: sum, Type: object.TypeCommit}), raw); err != nil {
		return err
	}
	md, err := l.repo.LoadCommitMeta(sum)
	if err != nil || !md.IsValid() {
		return err
	}
	return l.data(objectPath(object.Name{Checksum: sum, Type: object.TypeCommitMeta}), md.Bytes())
}

func objectPath(n object.Name) string { return objectsPath + "/" + n.LoosePath(false) }

// metaObject writes a metadata object unless it is in the stream already.
func (l *layerWriter) metaObject(n object.Name, b []byte) error {
	if _, ok := l.meta[n]; ok {
		return nil
	}
	l.meta[n] = struct{}{}
	return l.data(objectPath(n), b)
}

func (l *layerWriter) dirMeta(c object.Checksum) error {
	n := object.Name{Checksum: c, Type: object.TypeDirMeta}
	if _, ok := l.meta[n]; ok {
		return nil
	}
	b, err := l.repo.LoadMeta(n)
	if err != nil {
		return err
	}
	return l.metaObject(n, b)
}

func (l *layerWriter) dirTree(c object.Checksum) (*object.DirTree, error) {
	n := object.Name{Checksum: c, Type: object.TypeDirTree}
	b, err := l.repo.LoadMeta(n)
	if err != nil {
		return nil, err
	}
	dt, err := object.ParseDirTree(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n, err)
	}
	return dt, l.metaObject(n, b)
}

var errTooDeep = errors.New("directories are nested too deeply")

// tree writes a directory's dirtree and, of each subdirectory, its dirmeta, its entry and its tree.
func (l *layerWriter) tree(ctx context.Context, c object.Checksum, path string, depth int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if depth > maxTreeDepth {
		return errTooDeep
	}
	dt, err := l.dirTree(c)
	if err != nil {
		return err
	}
	for _, d := range dt.Dirs {
		if err := l.dirMeta(d.Meta); err != nil {
			return err
		}
		// The stream has a sysroot already, and containers do not allow it twice.
		if path == "" && d.Name == "sysroot" {
			continue
		}
		m, err := l.repo.LoadDirMeta(d.Meta)
		if err != nil {
			return err
		}
		sub := join(path, d.Name)
		l.varTmp = l.varTmp || sub == "var/tmp"
		if err := l.dir(containerPath(sub), m.UID, m.GID, m.Mode); err != nil {
			return err
		}
		if err := l.tree(ctx, d.Tree, sub, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// sysrootMetadata writes the metadata below the commit's own sysroot, which has no place in the tree of
// the layer, as far as no other directory has brought it. Usually there is none left.
func (l *layerWriter) sysrootMetadata(ctx context.Context, root object.Checksum) error {
	dt, err := l.dirTree(root)
	if err != nil {
		return err
	}
	for _, d := range dt.Dirs {
		if d.Name == "sysroot" {
			return l.bareTree(ctx, d.Tree, 0)
		}
	}
	return nil
}

func (l *layerWriter) bareTree(ctx context.Context, c object.Checksum, depth int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if depth > maxTreeDepth {
		return errTooDeep
	}
	dt, err := l.dirTree(c)
	if err != nil {
		return err
	}
	for _, d := range dt.Dirs {
		if err := l.dirMeta(d.Meta); err != nil {
			return err
		}
		if err := l.bareTree(ctx, d.Tree, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

// containerPath maps a path of a commit to that of a container, which has /etc where it belongs.
func containerPath(p string) string {
	const usrEtc = "usr/etc"
	if len(p) >= len(usrEtc) && p[:len(usrEtc)] == usrEtc && (len(p) == len(usrEtc) || p[len(usrEtc)] == '/') {
		return p[len("usr/"):]
	}
	return p
}

func (l *layerWriter) contents(ctx context.Context, objects []*content) error {
	for _, o := range objects {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := l.content(o); err != nil {
			return fmt.Errorf("content object %s: %w", o.sum, err)
		}
	}
	return nil
}

// content writes a content object with its xattrs, then a hard link for each of its paths.
func (l *layerWriter) content(o *content) error {
	f, err := l.repo.LoadFile(o.sum)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := l.splitXattrs(o.sum, f.Header.Xattrs); err != nil {
		return err
	}
	if err := l.paxXattrs(f.Header.Xattrs); err != nil {
		return err
	}
	h := tarEntry{name: objectPath(object.Name{Checksum: o.sum, Type: object.TypeFile}), typ: tarFile,
		mode: f.Header.Mode & object.ModePerm, uid: f.Header.UID, gid: f.Header.GID, size: f.Size}
	if f.Header.IsSymlink() {
		h.typ, h.link = tarSymlink, f.Header.Symlink
	}
	if err := l.tar.header(&h); err != nil {
		return err
	}
	buf := layerBuffers.Get().(*[]byte)
	defer layerBuffers.Put(buf)
	if _, err := io.CopyBuffer(struct{ io.Writer }{l.tar}, struct{ io.Reader }{f}, *buf); err != nil {
		return err
	}
	return l.links(&h, o.paths)
}

// links writes the places where an object appears. Empty files are not linked: builders of derived
// images would change the object through the link.
func (l *layerWriter) links(h *tarEntry, paths []string) error {
	e := tarEntry{typ: tarHardLink, link: h.name, mode: h.mode, uid: h.uid, gid: h.gid}
	if h.typ == tarFile && h.size == 0 {
		e.typ, e.link = tarFile, ""
	}
	for _, p := range paths {
		e.name = containerPath(p)
		if err := l.tar.header(&e); err != nil {
			return err
		}
	}
	return nil
}

// splitXattrs writes the xattrs as an object, once, and the link that gives them to a file.
func (l *layerWriter) splitXattrs(file object.Checksum, x object.Xattrs) error {
	l.scratch = x.Append(l.scratch[:0])
	sum := object.Sum(l.scratch)
	path := objectPath(object.Name{Checksum: sum, Type: object.TypeFileXattrs})
	if _, ok := l.xattrs[sum]; !ok {
		l.xattrs[sum] = struct{}{}
		if err := l.data(path, l.scratch); err != nil {
			return err
		}
	}
	link := objectPath(object.Name{Checksum: file, Type: object.TypeFileXattrsLink})
	return l.tar.header(&tarEntry{name: link, link: path, typ: tarHardLink, mode: 0o644})
}

// paxXattrs gives the xattrs of the next entry to container runtimes, which label files themselves.
func (l *layerWriter) paxXattrs(x object.Xattrs) error {
	var records [][]byte
	for _, a := range x {
		if a.Name != selinuxXattr {
			records = append(records, []byte("SCHILY.xattr."+a.Name), a.Value)
		}
	}
	if len(records) == 0 {
		return nil
	}
	return l.tar.pax(records...)
}
