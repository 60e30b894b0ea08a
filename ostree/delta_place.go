package ostree

import (
	"bufio"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strconv"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/delta"
	"golang.org/x/sys/unix"
)

// superblockName is the name of the head of a delta among its files.
const superblockName = "superblock"

// deltaStage is a directory in tmp/ in which the files of a delta are made.
type deltaStage struct {
	repo *Repo
	name string
	fd   int
}

func (r *Repo) newDeltaStage() (*deltaStage, error) {
	name, fd, err := r.newTmpDir()
	if err != nil {
		return nil, err
	}
	return &deltaStage{r, name, fd}, nil
}

// close removes what is left.
func (s *deltaStage) close() {
	unix.Close(s.fd)
	removeTree(s.repo.tmpFD, s.name)
}

// create makes a file in the directory.
func (s *deltaStage) create(name string) (fdFile, error) {
	fd, err := openat(s.fd, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW, 0o644)
	if err != nil {
		return -1, errno.New("openat", name, err)
	}
	if err := unix.Fchmod(fd, 0o644); err != nil {
		unix.Close(fd)
		return -1, errno.Wrap("fchmod", err)
	}
	return fdFile(fd), nil
}

// write makes a file and its content durable.
func (s *deltaStage) write(name string, content func(io.Writer) error) error {
	f, err := s.create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return writeDurably(f, s.repo.Config().Fsync, content)
}

func writeDurably(f fdFile, fsync bool, content func(io.Writer) error) error {
	w := bufio.NewWriterSize(f, 256<<10)
	if err := content(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if !fsync {
		return nil
	}
	return errno.Wrap("fdatasync", fdatasync(int(f)))
}

// writeSuperblock completes the files in the staging directory.
func (g *deltaGenerator) writeSuperblock() error {
	err := g.stage.write(superblockName, func(w io.Writer) error {
		if !g.opts.Inline {
			_, err := w.Write(g.super.Marshal())
			return err
		}
		return g.super.WriteInline(w, func(i int) (io.ReadCloser, error) {
			fd, err := openat(g.stage.fd, strconv.Itoa(i), unix.O_RDONLY, 0)
			return fdFile(fd), errno.New("openat", strconv.Itoa(i), err)
		})
	})
	if err != nil {
		return err
	}
	for i := range g.super.Parts {
		if !g.opts.Inline {
			break
		}
		if err := unix.Unlinkat(g.stage.fd, strconv.Itoa(i), 0); err != nil {
			return errno.New("unlinkat", strconv.Itoa(i), err)
		}
	}
	if len(g.opts.SecretKeys) > 0 {
		return g.sign()
	}
	return nil
}

// sign replaces the superblock by a signed one.
func (g *deltaGenerator) sign() error {
	if g.opts.Engine == nil {
		return errors.New("signing a static delta needs an engine")
	}
	m, err := mapFileAt(g.stage.fd, superblockName, superblockName, maxInlineDelta)
	if err != nil {
		return err
	}
	defer m.close()
	sigs := make([][]byte, len(g.opts.SecretKeys))
	for i, key := range g.opts.SecretKeys {
		if sigs[i], err = g.opts.Engine.Sign(key, m.data); err != nil {
			return err
		}
	}
	md := &gvariant.Dict{}
	md.Set(g.opts.Engine.MetadataKey(), byteArrays(sigs))
	const signed = "superblock.signed"
	err = g.stage.write(signed, func(w io.Writer) error { return delta.WriteSigned(w, m.data, md.Value()) })
	if err != nil {
		return err
	}
	return errno.New("renameat", signed, unix.Renameat(g.stage.fd, signed, g.stage.fd, superblockName))
}

// place makes the delta visible.
func (g *deltaGenerator) place(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if g.repo.Config().Fsync {
		if err := unix.Fsync(g.stage.fd); err != nil {
			return errno.New("fsync", "tmp/"+g.stage.name, err)
		}
	}
	if g.opts.Filename != "" {
		return g.placeElsewhere(ctx)
	}
	return g.repo.placeDelta(g.stage, g.name)
}

// placeDelta gives the staging directory the name of the delta. The directory of an older one takes its place,
// and goes with it.
func (r *Repo) placeDelta(s *deltaStage, n delta.Name) error {
	dir := "deltas/" + n.Dir()
	parent := filepath.Dir(dir)
	for _, d := range []string{"deltas", parent} {
		if err := unix.Mkdirat(r.dirFD, d, 0o755); err != nil && err != unix.EEXIST {
			return errno.New("mkdirat", d, err)
		}
	}
	err := renameNoReplace(r.tmpFD, s.name, r.dirFD, dir)
	if err == unix.EEXIST || err == unix.ENOTEMPTY {
		err = exchange(r.tmpFD, s.name, r.dirFD, dir)
		if err == unix.ENOSYS || err == unix.EINVAL {
			// The next best: no delta for a moment.
			if err := removeTree(r.dirFD, dir); err != nil {
				return err
			}
			err = unix.Renameat(r.tmpFD, s.name, r.dirFD, dir)
		}
	}
	if err != nil {
		return errno.New("renameat", dir, err)
	}
	if !r.Config().Fsync {
		return nil
	}
	for _, d := range []string{parent, "deltas", "."} {
		if err := fsyncDirAt(r.dirFD, d); err != nil {
			return err
		}
	}
	return nil
}

func fsyncDirAt(dirfd int, name string) error {
	fd, err := openat(dirfd, name, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return errno.New("openat", name, err)
	}
	defer unix.Close(fd)
	return errno.New("fsync", name, unix.Fsync(fd))
}

// placeElsewhere copies the delta out of the repository: a single file replaces an older one in one step. With
// parts, an older superblock is removed before they are replaced, so that a kill leaves no superblock rather than
// one that the parts do not belong to.
func (g *deltaGenerator) placeElsewhere(ctx context.Context) error {
	path, base := filepath.Dir(g.opts.Filename), filepath.Base(g.opts.Filename)
	dir, err := openat(atCWD, path, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return errno.New("openat", path, err)
	}
	defer unix.Close(dir)
	var names []string
	if !g.opts.Inline {
		for i := range g.super.Parts {
			names = append(names, strconv.Itoa(i))
		}
	}
	names = append(names, superblockName)
	copies := make([]*tmpFile, 0, len(names))
	defer func() {
		for _, t := range copies {
			t.close()
		}
	}()
	for _, n := range names {
		t, err := g.stage.copyTo(ctx, dir, n)
		if err != nil {
			return err
		}
		copies = append(copies, t)
	}
	names[len(names)-1] = base
	if !g.opts.Inline {
		if err := unix.Unlinkat(dir, base, 0); err != nil && err != unix.ENOENT {
			return errno.New("unlinkat", base, err)
		}
	}
	for i, t := range copies {
		if err := t.replace(dir, names[i]); err != nil {
			return errno.New("renameat", names[i], err)
		}
	}
	if g.repo.Config().Fsync {
		return errno.New("fsync", path, unix.Fsync(dir))
	}
	return nil
}

// copyTo copies a file of the stage into a file without a name in another directory.
func (s *deltaStage) copyTo(ctx context.Context, dir int, name string) (*tmpFile, error) {
	fd, err := openat(s.fd, name, unix.O_RDONLY, 0)
	if err != nil {
		return nil, errno.New("openat", name, err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, errno.New("fstat", name, err)
	}
	t, err := newTmpFile(dir, 0o644)
	if err != nil {
		return nil, err
	}
	err = errno.Wrap("fchmod", unix.Fchmod(t.fd, 0o644))
	if err == nil {
		err = writeDurably(fdFile(t.fd), s.repo.Config().Fsync, func(w io.Writer) error {
			return copyContext(ctx, w, fdFile(fd), st.Size)
		})
	}
	if err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}
