package ostree

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// VerifyObject reads an object, here or in the parent repository, and checks its structure and that it
// has the checksum that names it. A missing one is a [*NotFoundError], one with other content a [*ChecksumError].
func (r *Repo) VerifyObject(ctx context.Context, n object.Name) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	v := objectVerifier{repo: r}
	err := v.verify(n)
	if err != nil && !strings.Contains(err.Error(), n.Checksum.String()) {
		return fmt.Errorf("%s: %w", n, err)
	}
	return err
}

// commitsWithParents lists the commits here and in the parent repositories, sorted.
func (r *Repo) commitsWithParents(ctx context.Context) ([]object.Checksum, error) {
	commits, err := r.Commits(ctx)
	if err != nil || r.parent == nil {
		return commits, err
	}
	more, err := r.parent.commitsWithParents(ctx)
	if err != nil {
		return nil, err
	}
	commits = append(commits, more...)
	slices.SortFunc(commits, object.Checksum.Compare)
	return slices.Compact(commits), nil
}

// verify checks all marked objects on all cores and returns what is wrong in order: everything, or up to
// the first damaged object if the run is to end there.
func (f *fsck) verify(ctx context.Context) ([]FsckFinding, error) {
	names := make([]object.Name, 0, f.set.Len())
	for n := range f.set.All() {
		names = append(names, n)
	}
	f.set = nil
	type finding struct {
		index int
		err   error
	}
	var (
		mu       sync.Mutex
		findings []finding
		limit    atomic.Int64 // nothing behind this index matters any more
		pool     = sync.Pool{New: func() any { return &objectVerifier{repo: f.repo} }}
	)
	limit.Store(math.MaxInt64)
	err := forEachIndex(ctx, len(names), 8, func(i int) error {
		if int64(i) > limit.Load() {
			return nil
		}
		v := pool.Get().(*objectVerifier)
		err := f.verifyOne(v, names[i])
		pool.Put(v)
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			findings = append(findings, finding{i, err})
			if !f.opts.All && !f.opts.Delete && !errors.Is(err, ErrNotFound) {
				limit.Store(min(limit.Load(), int64(i)))
			}
		}
		f.progress(len(names))
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(findings, func(a, b finding) int { return a.index - b.index })
	var out []FsckFinding
	for _, x := range findings {
		if int64(x.index) <= limit.Load() {
			out = append(out, FsckFinding{Object: names[x.index], Err: x.err})
		}
	}
	return out, nil
}

// verifyOne uses what is known of an object from marking.
func (f *fsck) verifyOne(v *objectVerifier, n object.Name) error {
	switch n.Type {
	case object.TypeCommit, object.TypeDirTree:
		return fsckError(n, f.bad[n])
	}
	return fsckError(n, v.verify(n))
}

// progress counts an object and reports the first, the last, and whenever another percent is done.
func (f *fsck) progress(total int) {
	f.verified++
	percent := f.verified * 100 / total
	if f.opts.Report == nil || f.verified != 1 && f.verified != total && percent == f.lastReport {
		return
	}
	f.lastReport = percent
	f.opts.Report(FsckEvent{Kind: FsckProgress, Done: f.verified, Total: total})
}

// objectVerifier verifies objects one after the other, with a hash and buffers of its own.
type objectVerifier struct {
	repo   *Repo
	sum    hash.Hash
	buf    []byte
	header []byte
}

const verifyBufferSize = 256 << 10

func (v *objectVerifier) verify(n object.Name) error {
	if n.Type == object.TypeFile {
		return v.file(v.repo, n)
	}
	load := v.repo.loadVerified
	if n.Type == object.TypeCommitMeta || n.Type == object.TypeTombstoneCommit {
		load = v.repo.LoadMeta // these are named by their commit
	}
	b, err := load(n)
	if err != nil {
		return err
	}
	if err := object.Validate(n.Type, b); err != nil {
		return fmt.Errorf("%s: %w", n, err)
	}
	return nil
}

// file verifies a content object of r or of its parent.
func (v *objectVerifier) file(r *Repo, n object.Name) error {
	f, err := r.openContent(n)
	if errors.Is(err, ErrNotFound) && r.parent != nil {
		return v.file(r.parent, n)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Header.Validate(); err != nil {
		return err
	}
	if v.sum == nil {
		v.sum, v.buf = sha256.New(), make([]byte, verifyBufferSize)
	}
	v.sum.Reset()
	v.header = f.Header.AppendContentHeader(v.header[:0])
	v.sum.Write(v.header)
	for {
		k, err := f.Read(v.buf)
		v.sum.Write(v.buf[:k])
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	var got object.Checksum
	v.sum.Sum(got[:0])
	if got != n.Checksum {
		return &ChecksumError{n, got}
	}
	return nil
}

// openContent is loadOwnFile for objects that may be anything: special files do not block, and the
// errors are those that fsck prints.
func (r *Repo) openContent(n object.Name) (*File, error) {
	fd, err := r.openObject(n, unix.O_NONBLOCK)
	switch {
	case err == unix.ENOENT:
		return nil, &NotFoundError{n}
	case err == unix.ELOOP && r.Mode() != ModeArchive && r.Mode() != ModeBareUser:
		return r.loadSymlink(n)
	case err == unix.ELOOP, err == unix.ENXIO, err == unix.ENODEV:
		return nil, r.openingContent(n, errNotContent)
	case err != nil:
		return nil, r.openingContent(n, errno.New("openat", n.LoosePath(r.Mode() == ModeArchive), err))
	}
	f := &File{fd: fd}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err == nil && uint32(st.Mode)&object.ModeTypeMask != object.ModeRegular {
		f.Close()
		return nil, r.openingContent(n, errNotContent)
	}
	if err := r.readFileHeader(f, n.Checksum); err != nil {
		f.Close()
		return nil, r.openingContent(n, err)
	}
	return f, nil
}

var errNotContent = errors.New("Not a regular file or symlink")

// openingContent adds what the reference implementation says before errors in a bare repository.
func (r *Repo) openingContent(n object.Name, err error) error {
	if r.Mode() == ModeArchive && err != errNotContent {
		return err
	}
	return fmt.Errorf("Opening content object %s: %w", n.Checksum, err)
}
