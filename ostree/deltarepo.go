package ostree

import (
	"context"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// DeltaStore lets static deltas write into the transaction; see [delta.ApplyPart]. Objects that a
// part builds upon are read from the repository, its parent and the transaction.
func (t *Txn) DeltaStore(ctx context.Context) delta.Store { return deltaStore{ctx, t} }

type deltaStore struct {
	ctx context.Context
	t   *Txn
}

func (s deltaStore) HasObject(n object.Name) (bool, error) { return s.t.repo.HasObject(n) }

func (s deltaStore) OpenSource(c object.Checksum) (delta.Source, error) {
	return s.t.repo.openDeltaSource(s.ctx, c, s.t.tmpFD)
}

func (s deltaStore) WriteMeta(n object.Name, data []byte) error {
	_, err := s.t.WriteMeta(n.Type, &n.Checksum, data)
	return err
}

func (s deltaStore) WriteFile(ctx context.Context, want object.Checksum, h *object.FileHeader, size int64, payload io.Reader) error {
	_, err := s.t.WriteFile(ctx, &want, h, size, payload)
	return err
}

// fdSource is a payload that lies in a file as it is.
type fdSource struct {
	fd   int
	size int64
}

func (s *fdSource) Size() int64 { return s.size }

func (s *fdSource) Close() error { return unix.Close(s.fd) }

func (s *fdSource) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		m, err := unix.Pread(s.fd, p[n:], off+int64(n))
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return n, errno.Wrap("pread", err)
		}
		if m == 0 {
			return n, io.EOF
		}
		n += m
	}
	return n, nil
}

// openDeltaSource opens the payload of a regular file for reading anywhere. A compressed one is
// unpacked into a file without a name in tmpFD.
func (r *Repo) openDeltaSource(ctx context.Context, c object.Checksum, tmpFD int) (delta.Source, error) {
	f, err := r.LoadFile(c)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if f.Header.IsSymlink() {
		return nil, fmt.Errorf("delta read source %s is not a regular file", c)
	}
	if fd, ok := f.RawFD(); ok {
		dup, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			return nil, errno.Wrap("fcntl", err)
		}
		return &fdSource{dup, f.Size}, nil
	}
	tmp, err := newTmpFile(tmpFD, 0o600)
	if err != nil {
		return nil, err
	}
	defer tmp.close()
	if err := copyContext(ctx, fdFile(tmp.fd), f, f.Size); err != nil {
		return nil, fmt.Errorf("reading %s: %w", c, err)
	}
	dup, err := unix.FcntlInt(uintptr(tmp.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, errno.Wrap("fcntl", err)
	}
	return &fdSource{dup, f.Size}, nil
}
