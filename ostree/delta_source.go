package ostree

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// mappedFrom is the size in bytes from which a file is mapped into memory instead of read.
const mappedFrom = 4 << 20

// mapping is a whole file as bytes. They must not be used after close.
type mapping struct {
	data   []byte
	mapped bool
}

func (m *mapping) close() {
	if m.mapped {
		unix.Munmap(m.data)
	}
	m.data, m.mapped = nil, false
}

// mapFD maps the size bytes of a file that nobody changes.
func mapFD(fd int, size int64) (*mapping, error) {
	if size == 0 {
		return &mapping{}, nil
	}
	if size != int64(int(size)) {
		return nil, fmt.Errorf("%d bytes are more than the address space", size)
	}
	data, err := unix.Mmap(fd, 0, int(size), unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return nil, errno.Wrap("mmap", err)
	}
	return &mapping{data, true}, nil
}

// mapFile returns the payload of a regular file. A large one that is stored compressed is unpacked into a file
// without a name.
func (r *Repo) mapFile(ctx context.Context, c object.Checksum) (*mapping, error) {
	f, err := r.LoadFile(c)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := r.mapPayload(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("reading %s.file: %w", c, err)
	}
	return m, nil
}

func (r *Repo) mapPayload(ctx context.Context, f *File) (*mapping, error) {
	if f.Size < mappedFrom {
		data := make([]byte, f.Size)
		if err := readExactly(f, data); err != nil {
			return nil, err
		}
		return &mapping{data: data}, nil
	}
	if fd, ok := f.RawFD(); ok {
		return mapFD(fd, f.Size)
	}
	tmp, err := newTmpFile(r.tmpFD, 0o600)
	if err != nil {
		return nil, err
	}
	defer tmp.close()
	if err := copyContext(ctx, fdFile(tmp.fd), f, f.Size); err != nil {
		return nil, err
	}
	return mapFD(tmp.fd, f.Size)
}

// mapFileAt returns a file that is not an object, of at most limit bytes. path names it in messages.
func mapFileAt(dirfd int, name, path string, limit int64) (*mapping, error) {
	fd, err := openat(dirfd, name, unix.O_RDONLY, 0)
	if err != nil {
		return nil, errno.New("openat", path, err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, errno.New("fstat", path, err)
	}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		return nil, unix.EISDIR
	}
	if st.Size > limit {
		return nil, fmt.Errorf("%s: size %d exceeds the limit of %d bytes", path, st.Size, limit)
	}
	if st.Size < mappedFrom {
		data, err := readAllFD(fd, path, limit)
		return &mapping{data: data}, err
	}
	return mapFD(fd, st.Size)
}

// readerAt reads from a mapping.
func (m *mapping) readerAt() io.ReaderAt { return bytes.NewReader(m.data) }
