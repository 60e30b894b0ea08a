package ostree

import (
	"context"
	"fmt"
	"os"
	"path"
	"runtime"
	"sync/atomic"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// AddDirectory commits the directory at dir (a path on the file system) into the tree, on top of
// what it holds: files replace, directories merge and bring their metadata. Files are read by
// several workers; the result does not depend on their scheduling.
func (t *Txn) AddDirectory(ctx context.Context, tree *Tree, dir string, mod *Modifier) error {
	t.restartSizes()
	fd, err := openat(unix.AT_FDCWD, dir, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return errno.New("opendir", dir, err)
	}
	defer unix.Close(fd)
	s := &dirScan{txn: t, mod: mod}
	root, err := s.run(ctx, fd)
	if err != nil {
		return err
	}
	if root == nil {
		return nil
	}
	if mod != nil && mod.Consume {
		t.consume(dir)
	}
	return root.addTo(tree)
}

// dirScan walks directories in one goroutine and hands files to workers.
type dirScan struct {
	txn  *Txn
	mod  *Modifier
	jobs chan fileJob
}

// scannedDir is a directory whose files get their checksums while the walk goes on.
type scannedDir struct {
	meta  object.Checksum
	files []scannedFile
	dirs  []scannedSub
}

type scannedFile struct {
	name string
	sum  object.Checksum
}

type scannedSub struct {
	name string
	dir  *scannedDir
}

type fileJob struct {
	out *scannedFile // lies in a slice that is never reallocated
	fd  *sharedFD
	e   Entry
	st  unix.Stat_t
}

// sharedFD closes a directory when its walk and all of its files are done.
type sharedFD struct {
	fd   int
	refs atomic.Int32
}

func newSharedFD(fd int) *sharedFD {
	s := &sharedFD{fd: fd}
	s.refs.Store(1)
	return s
}

func (s *sharedFD) retain() { s.refs.Add(1) }

func (s *sharedFD) release() {
	if s.refs.Add(-1) == 0 {
		unix.Close(s.fd)
	}
}

func (s *dirScan) run(ctx context.Context, fd int) (*scannedDir, error) {
	workers := max(2, runtime.GOMAXPROCS(0))
	s.jobs = make(chan fileJob, 64*workers)
	g, ctx := errgroup.WithContext(ctx)
	for range workers {
		g.Go(func() error {
			for j := range s.jobs {
				if ctx.Err() == nil {
					if err := s.commitFile(ctx, &j); err != nil {
						// Drain what is queued, so that the walker never blocks.
						j.fd.release()
						return err
					}
				}
				j.fd.release()
			}
			return nil
		})
	}
	var root *scannedDir
	g.Go(func() error {
		defer close(s.jobs)
		dup, err := openat(fd, ".", unix.O_RDONLY|unix.O_DIRECTORY, 0)
		if err != nil {
			return errno.Wrap("opendir", err)
		}
		root, err = s.walk(ctx, newSharedFD(dup), "/")
		return err
	})
	err := g.Wait()
	for j := range s.jobs {
		j.fd.release()
	}
	return root, err
}

// walk lists a directory, queues its files and descends. It returns nil for a directory that the filter leaves out.
func (s *dirScan) walk(ctx context.Context, fd *sharedFD, p string) (*scannedDir, error) {
	defer fd.release()
	var st unix.Stat_t
	if err := unix.Fstat(fd.fd, &st); err != nil {
		return nil, errno.New("fstat", p, err)
	}
	e := Entry{Path: p, UID: st.Uid, GID: st.Gid, Mode: uint32(st.Mode)}
	if !s.mod.applyStat(s.txn.repo, &e) {
		return nil, nil
	}
	d := &scannedDir{}
	if err := s.writeMeta(d, &e, fd.fd); err != nil {
		return nil, fmt.Errorf("%s: %w", p, err)
	}
	names, err := readDirNames(fd.fd)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p, err)
	}
	d.files = make([]scannedFile, 0, len(names))
	for _, name := range names {
		if err := s.entry(ctx, d, fd, name, joinTree(p, name)); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func joinTree(dir, name string) string {
	if dir == "/" {
		return "/" + name
	}
	return dir + "/" + name
}

func (s *dirScan) entry(ctx context.Context, d *scannedDir, fd *sharedFD, name, p string) error {
	if err := object.ValidateFilename(name); err != nil {
		return fmt.Errorf("%s: %w", p, err)
	}
	j := fileJob{fd: fd}
	if err := unix.Fstatat(fd.fd, name, &j.st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return errno.New("fstatat", p, err)
	}
	switch uint32(j.st.Mode) & object.ModeTypeMask {
	case object.ModeDir:
		sub, err := openDirAt(fd.fd, name)
		if err != nil {
			return errno.New("openat", p, err)
		}
		child, err := s.walk(ctx, newSharedFD(sub), p)
		if child != nil {
			d.dirs = append(d.dirs, scannedSub{name, child})
		}
		return err
	case object.ModeRegular, object.ModeSymlink:
	default:
		return fmt.Errorf("Not a regular file or symlink: %s", name)
	}
	known, isKnown := s.mod.devino().lookup(&j.st)
	if isKnown && s.mod.DevinoCanonical {
		s.txn.stats.contentTotal.Add(1)
		s.txn.stats.cacheHits.Add(1)
		d.files = append(d.files, scannedFile{name, known})
		return nil
	}
	j.e = Entry{Path: p, UID: j.st.Uid, GID: j.st.Gid, Mode: uint32(j.st.Mode)}
	var stored *object.FileHeader
	size := int64(0)
	if isKnown {
		if h, n, err := s.txn.repo.StatFile(known); err == nil { // else not an object after all, but a file
			stored, size = h, n
		}
	}
	if stored != nil && s.txn.repo.Mode() == ModeBareUser {
		// What the object's metadata is, only the repository knows: the file shows other owners.
		j.e.UID, j.e.GID, j.e.Mode = stored.UID, stored.GID, stored.Mode
	}
	if !s.mod.applyStat(s.txn.repo, &j.e) {
		return nil
	}
	if stored != nil {
		if done, err := s.knownFile(d, &j, name, known, stored, size); done || err != nil {
			return err
		}
	}
	d.files = append(d.files, scannedFile{name: name})
	j.out = &d.files[len(d.files)-1]
	fd.retain()
	select {
	case s.jobs <- j:
		return nil
	case <-ctx.Done():
		fd.release()
		return ctx.Err()
	}
}

func (m *Modifier) devino() *DevinoCache {
	if m == nil {
		return nil
	}
	return m.Devino
}

// knownFile uses the object that a hard link is, provided that the modifiers, which were applied to j.e, change
// nothing about it.
func (s *dirScan) knownFile(d *scannedDir, j *fileJob, name string, known object.Checksum, h *object.FileHeader, size int64) (done bool, err error) {
	e := j.e
	x, err := s.mod.finalXattrs(s.txn.repo, &e, func() (object.Xattrs, error) { return h.Xattrs, nil })
	if err != nil {
		return true, err
	}
	same := e.UID == h.UID && e.GID == h.GID && e.Mode == h.Mode && x.Equal(h.Xattrs)
	if !same && s.txn.repo.Mode() != ModeBareUser {
		return false, nil
	}
	s.txn.stats.contentTotal.Add(1)
	sum := known
	if same {
		s.txn.stats.cacheHits.Add(1)
		s.txn.recordSize(object.Name{Checksum: known, Type: object.TypeFile}, payloadSize(h, size))
	} else {
		f, err := s.txn.repo.LoadFile(known)
		if err != nil {
			return true, err
		}
		defer f.Close()
		f.Header.UID, f.Header.GID, f.Header.Mode, f.Header.Xattrs = e.UID, e.GID, e.Mode, x
		if sum, err = s.txn.writeContent(context.Background(), &f.Header, f.Size, f); err != nil {
			return true, err
		}
	}
	d.files = append(d.files, scannedFile{name, sum})
	return true, nil
}

func payloadSize(h *object.FileHeader, size int64) int64 {
	if h.IsSymlink() {
		return int64(len(h.Symlink))
	}
	return size
}

// writeContent is writeFile that also records the size for ostree.sizes.
func (t *Txn) writeContent(ctx context.Context, h *object.FileHeader, size int64, f *File) (object.Checksum, error) {
	var src interface{ Read([]byte) (int, error) } = f
	if fd, ok := f.RawFD(); ok {
		src = fdFile(fd)
	}
	c, err := t.writeFile(ctx, nil, h, size, src)
	if err == nil {
		t.recordSize(object.Name{Checksum: c, Type: object.TypeFile}, payloadSize(h, size))
	}
	return c, err
}

func (s *dirScan) writeMeta(d *scannedDir, e *Entry, fd int) error {
	x, err := s.mod.finalXattrs(s.txn.repo, e, func() (object.Xattrs, error) { return fdXattrs(fd) })
	if err != nil {
		return err
	}
	d.meta, err = s.txn.writeDirMeta(&object.DirMeta{UID: e.UID, GID: e.GID, Mode: e.Mode, Xattrs: x})
	return err
}

func (t *Txn) writeDirMeta(m *object.DirMeta) (object.Checksum, error) {
	b := m.Marshal()
	c, err := t.WriteMeta(object.TypeDirMeta, nil, b)
	if err == nil {
		t.recordSize(object.Name{Checksum: c, Type: object.TypeDirMeta}, int64(len(b)))
	}
	return c, err
}

// commitFile runs in a worker.
func (s *dirScan) commitFile(ctx context.Context, j *fileJob) error {
	sum, err := s.readAndWrite(ctx, j, j.out.name)
	if err != nil {
		return fmt.Errorf("%s: %w", j.e.Path, err)
	}
	j.out.sum = sum
	return nil
}

func (s *dirScan) readAndWrite(ctx context.Context, j *fileJob, name string) (object.Checksum, error) {
	h := &object.FileHeader{UID: j.e.UID, GID: j.e.GID, Mode: j.e.Mode}
	var err error
	if h.IsSymlink() {
		if h.Symlink, err = readlinkat(j.fd.fd, name); err != nil {
			return object.Checksum{}, err
		}
		h.Xattrs, err = s.mod.finalXattrs(s.txn.repo, &j.e, func() (object.Xattrs, error) { return entryXattrs(j.fd.fd, name) })
		if err != nil {
			return object.Checksum{}, err
		}
		return s.write(ctx, h, 0, nil)
	}
	fd, err := openat(j.fd.fd, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return object.Checksum{}, errno.New("openat", name, err)
	}
	defer unix.Close(fd)
	// The file may have been exchanged since it was listed.
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return object.Checksum{}, errno.Wrap("fstat", err)
	}
	if st.Ino != j.st.Ino || st.Dev != j.st.Dev {
		return object.Checksum{}, fmt.Errorf("was replaced while it was read")
	}
	own, err := fdXattrsIfNeeded(s, fd, j)
	if err != nil {
		return object.Checksum{}, err
	}
	h.Xattrs = own
	if s.mod != nil && s.mod.Consume && s.movable(h, &st) {
		return s.move(ctx, j, name, h, &st, fd)
	}
	return s.write(ctx, h, st.Size, fdFile(fd))
}

func fdXattrsIfNeeded(s *dirScan, fd int, j *fileJob) (object.Xattrs, error) {
	return s.mod.finalXattrs(s.txn.repo, &j.e, func() (object.Xattrs, error) { return fdXattrs(fd) })
}

func (s *dirScan) write(ctx context.Context, h *object.FileHeader, size int64, src interface{ Read([]byte) (int, error) }) (object.Checksum, error) {
	c, err := s.txn.writeFile(ctx, nil, h, size, src)
	if err == nil {
		s.txn.recordSize(object.Name{Checksum: c, Type: object.TypeFile}, payloadSize(h, size))
	}
	return c, err
}

// movable tells whether the file itself can become the object: it is on the same device, and its metadata on disk
// is what the repository would store, or may be changed to that because the file has no other name.
func (s *dirScan) movable(h *object.FileHeader, st *unix.Stat_t) bool {
	var own unix.Stat_t
	r := s.txn.repo
	if unix.Fstat(s.txn.stageFD, &own) != nil || own.Dev != st.Dev {
		return false
	}
	switch r.Mode() {
	case ModeBareUserOnly:
		return st.Nlink == 1 || h.Mode == uint32(st.Mode)
	case ModeBare:
		return h.UID == st.Uid && h.GID == st.Gid && h.Mode == uint32(st.Mode) && !r.Config().DisableXattrs
	}
	return false
}

// move hard-links the file into the staging area; the source's name goes when the transaction is
// durable, so that a kill before that loses nothing.
func (s *dirScan) move(ctx context.Context, j *fileJob, name string, h *object.FileHeader, st *unix.Stat_t, fd int) (object.Checksum, error) {
	t := s.txn
	if t.repo.Mode() == ModeBare {
		if on, err := fdXattrs(fd); err != nil || !on.Equal(h.Xattrs) {
			return s.write(ctx, h, st.Size, fdFile(fd))
		}
	}
	t.stats.contentTotal.Add(1)
	sum := contentHash(h)
	if err := copyContext(ctx, sum, fdFile(fd), st.Size); err != nil {
		return object.Checksum{}, err
	}
	c := finishHash(sum)
	n := object.Name{Checksum: c, Type: object.TypeFile}
	if err := t.repo.checkModeAllowed(c, h); err != nil {
		return c, err
	}
	found, err := t.repo.hasOwnObject(n)
	if found || err != nil {
		return c, err
	}
	if t.repo.Mode() == ModeBareUserOnly {
		if err := unix.Fchmod(fd, h.Mode&object.ModePerm); err != nil {
			return c, errno.Wrap("fchmod", err)
		}
	}
	if err := setZeroTimes(fd); err != nil {
		return c, errno.Wrap("futimens", err)
	}
	if err := t.ensureDir(c[0]); err != nil {
		return c, err
	}
	if err := unix.Linkat(j.fd.fd, name, t.stageFD, n.LoosePath(false), 0); err != nil && err != unix.EEXIST {
		return c, errno.New("linkat", name, err)
	}
	t.recordSize(n, st.Size)
	t.countContent(st.Size)
	return c, nil
}

// consume notes a source directory for removal once the transaction is committed.
func (t *Txn) consume(dir string) {
	t.mu.Lock()
	t.consumed = append(t.consumed, dir)
	t.mu.Unlock()
}

// removeConsumed deletes the consumed sources; of "." only the content.
func (t *Txn) removeConsumed() error {
	for _, dir := range t.consumed {
		if path.Clean(dir) != "." {
			if err := removeTree(unix.AT_FDCWD, dir); err != nil {
				return err
			}
			continue
		}
		entries, err := os.ReadDir(".")
		if err != nil {
			return errno.New("opendir", dir, err)
		}
		for _, e := range entries {
			if err := removeTree(unix.AT_FDCWD, e.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *scannedDir) addTo(t *Tree) error {
	t.SetMeta(d.meta)
	if err := t.load(); err != nil {
		return err
	}
	for _, f := range d.files {
		if err := t.SetFile(f.name, f.sum); err != nil {
			return err
		}
	}
	for _, sub := range d.dirs {
		child, err := t.EnsureDir(sub.name)
		if err != nil {
			return err
		}
		if err := sub.dir.addTo(child); err != nil {
			return err
		}
	}
	return nil
}
