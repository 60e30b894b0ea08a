package ostree

import (
	"fmt"
	"sync/atomic"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

const objectCacheDir = "uncompressed-objects-cache"

// objectCache is uncompressed-objects-cache/ of an archive repository: unpacked objects with their
// permissions (but no set-id bits), owned by whoever checked them out first, as sources of hard links.
type objectCache struct {
	repo    *Repo
	fd      int
	fsync   bool
	made    [256]atomic.Bool // XX directories known to exist
	touched [256]atomic.Bool // those that got new objects
}

// openObjectCache returns nil if the repository cannot or shall not have a cache.
func (r *Repo) openObjectCache(fsync bool) *objectCache {
	if r.Mode() != ModeArchive || !r.Config().EnableUncompressedCache || r.tmpFD < 0 {
		return nil
	}
	fd, err := openat(r.dirFD, objectCacheDir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err == unix.ENOENT {
		if err = unix.Mkdirat(r.dirFD, objectCacheDir, 0o775); err == nil || err == unix.EEXIST {
			fd, err = openat(r.dirFD, objectCacheDir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
		}
	}
	if err != nil {
		r.log.Debug("no uncompressed objects cache", "error", err)
		return nil
	}
	return &objectCache{repo: r, fd: fd, fsync: fsync}
}

// linkCached links a file from the cache, unpacking the object into it first if need be.
func (w *checkoutWorker) linkCached(d *outDir, e *object.FileEntry) (linkResult, error) {
	var buf [80]byte
	n := object.Name{Checksum: e.Checksum, Type: object.TypeFile}
	path := string(n.AppendLoosePath(buf[:0], false))
	res, err := w.linkFromCache(d, e, path)
	if err != nil || res != linkAbsent {
		return res, err
	}
	if res, err = w.unpack(e, path); err != nil || res == linkCopy {
		return res, err
	}
	if res, err = w.linkFromCache(d, e, path); res == linkAbsent && err == nil {
		res = linkCopy // somebody cleaned the cache meanwhile
	}
	return res, err
}

func (w *checkoutWorker) linkFromCache(d *outDir, e *object.FileEntry, path string) (linkResult, error) {
	var st unix.Stat_t
	if w.opts.Devino == nil {
		switch unix.Linkat(w.cache.fd, path, d.fd, e.Name, 0) {
		case nil:
			return linkDone, nil
		case unix.ENOENT:
			return linkAbsent, nil
		}
	}
	switch err := unix.Fstatat(w.cache.fd, path, &st, unix.AT_SYMLINK_NOFOLLOW); err {
	case nil:
		return w.link(w.repo, w.cache.fd, path, &st, d, e)
	case unix.ENOENT:
		return linkAbsent, nil
	default:
		return linkAbsent, errno.New("fstatat", path, err)
	}
}

// unpack adds an object to the cache; linkCopy means that it does not belong there.
func (w *checkoutWorker) unpack(e *object.FileEntry, path string) (linkResult, error) {
	f, err := w.repo.LoadFile(e.Checksum)
	if err != nil {
		return linkAbsent, err
	}
	defer f.Close()
	if f.Header.IsSymlink() || f.Size == 0 || w.unreadable(f.Header.Mode) {
		return linkCopy, nil
	}
	if err := w.cache.add(w, f, e.Checksum, path); err != nil {
		return linkAbsent, fmt.Errorf("Unpacking loose object %s: %w", e.Checksum, err)
	}
	return linkAbsent, nil
}

func (c *objectCache) add(w *checkoutWorker, f *File, sum object.Checksum, path string) error {
	tmp, err := newTmpFile(c.repo.tmpFD, 0o600)
	if err != nil {
		return err
	}
	defer tmp.close()
	if err := w.copyPayload(tmp.fd, f); err != nil {
		return err
	}
	if err := unix.Fchmod(tmp.fd, f.Header.Mode&object.ModePerm&^(unix.S_ISUID|unix.S_ISGID)); err != nil {
		return errno.Wrap("fchmod", err)
	}
	if c.fsync {
		if err := unix.Fsync(tmp.fd); err != nil {
			return errno.Wrap("fsync", err)
		}
	}
	if !c.made[sum[0]].Load() {
		if err := mkdirAllAt(c.fd, path[:2]); err != nil {
			return err
		}
		c.made[sum[0]].Store(true)
	}
	c.touched[sum[0]].Store(true)
	if err := tmp.link(c.fd, path); err != nil && err != unix.EEXIST {
		return errno.New("linkat", path, err)
	}
	return nil
}

// close removes what no checkout uses any more from the directories that got new objects: whatever
// was unpacked now has probably replaced something.
func (c *objectCache) close() error {
	defer unix.Close(c.fd)
	for i := range c.touched {
		if !c.touched[i].Load() {
			continue
		}
		if err := c.clean(fmt.Sprintf("%02x", i)); err != nil {
			return err
		}
	}
	return nil
}

func (c *objectCache) clean(dir string) error {
	fd, err := openDirAt(c.fd, dir)
	if err != nil {
		return errno.New("opendir", dir, err)
	}
	defer unix.Close(fd)
	names, err := readDirNames(fd)
	if err != nil {
		return err
	}
	for _, name := range names {
		var st unix.Stat_t
		err := unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW)
		if err == nil && st.Nlink == 1 {
			err = unix.Unlinkat(fd, name, 0)
		}
		if err != nil && err != unix.ENOENT {
			return errno.New("unlinkat", name, err)
		}
	}
	return nil
}
