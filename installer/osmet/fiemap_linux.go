package osmet

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The request FS_IOC_FIEMAP and its structures, as in linux/fiemap.h.
const (
	fsIocFiemap = 0xc020660b // _IOWR('f', 11, struct fiemap)
	batch       = 32

	extentLast       = 0x1
	extentUnknown    = 0x2
	extentDelalloc   = 0x4
	extentEncoded    = 0x8
	extentNotAligned = 0x100
	extentUnwritten  = 0x800
	extentMerged     = 0x1000
)

type fiemapExtent struct {
	logical, physical, length uint64
	_                         [2]uint64
	flags                     uint32
	_                         [3]uint32
}

type fiemapRequest struct {
	start, length        uint64
	flags, mapped, count uint32
	_                    uint32
	extents              [batch]fiemapExtent
}

// refused are flags of extents that cannot be replaced by the content of the file, in the order in which they are looked for.
var refused = []struct {
	flag uint32
	text string
}{
	{extentNotAligned, "extent not aligned"}, // includes data in the inode
	{extentMerged, "file does not support extents"},
	{extentEncoded, "extent encoded"},
	{extentDelalloc, "extent not allocated yet"},
	{extentUnwritten, "extent preallocated"},
	{extentUnknown, "extent inaccessible"},
}

// Fiemap returns where the content of a file is on its file system, in the order of the file. Holes are left out, the last
// extent may reach beyond the end of the file. Extents whose bytes on the disk are not those of the file are an error:
// compressed, in the inode, not written yet.
func Fiemap(f *os.File) ([]Extent, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return nil, about("mapping", f.Name(), err)
	}
	var extents []Extent
	var inner error
	if err = conn.Control(func(fd uintptr) { extents, inner = fiemap(fd) }); err == nil {
		err = inner
	}
	if err != nil {
		return nil, about("mapping", f.Name(), err)
	}
	return extents, nil
}

// FiemapPath is [Fiemap] for the file at path.
func FiemapPath(path string) ([]Extent, error) {
	f, err := openNonblocking(path)
	if err != nil {
		return nil, opening(path, err)
	}
	defer f.Close()
	return Fiemap(f)
}

func fiemap(fd uintptr) ([]Extent, error) {
	var extents []Extent
	req := fiemapRequest{count: batch}
	for {
		req.length = ^uint64(0) - req.start
		if _, _, e := unix.Syscall(unix.SYS_IOCTL, fd, fsIocFiemap, uintptr(unsafe.Pointer(&req))); e != 0 {
			return nil, fmt.Errorf("ioctl(FS_IOC_FIEMAP): %w", e)
		}
		if req.mapped == 0 {
			return extents, nil
		}
		last := false
		for _, e := range req.extents[:min(req.mapped, batch)] {
			if err := e.check(req.start); err != nil {
				return nil, err
			}
			extents = append(extents, Extent{int64(e.logical), int64(e.physical), int64(e.length)})
			last = last || e.flags&extentLast != 0
			req.start = e.logical + e.length
		}
		if last {
			return extents, nil
		}
	}
}

func (e *fiemapExtent) check(start uint64) error {
	for _, r := range refused {
		if e.flags&r.flag != 0 {
			return errors.New(r.text)
		}
	}
	const limit = 1 << 62
	if e.logical+e.length <= start || e.logical > limit || e.physical > limit || e.length > limit {
		return fmt.Errorf("impossible extent of %d bytes at %d", e.length, e.logical)
	}
	return nil
}
