package installer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// windowSize is how much written data may wait in the page cache: enough to keep a disk
// busy, little beside the 2 GiB of memory that small machines have.
const windowSize = 64 << 20

// fileMedium writes to a device, or a file. Behind the writer it starts the transfer to
// the device, and later waits for it and drops the pages: else the image would push
// everything out of memory, and the last sync would take as long as the copy.
type fileMedium struct {
	f     *os.File
	size  int64 // bytes that fit; negative is no limit
	block bool  // a block device
	fresh bool  // everything reads as zeros already
	// direct writes past the page cache; nil where that is not possible. What is not aligned
	// goes the usual way.
	direct *os.File

	mu      sync.Mutex
	written []span // not yet waited for, in order
	bytes   int64
	end     int64 // highest byte written or zeroed
	noZero  bool  // the device cannot zero by itself
}

type span struct{ off, length int64 }

// newDeviceMedium writes to a device of size bytes, or to a file that stands for one.
func newDeviceMedium(f *os.File, size int64) (*fileMedium, error) {
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	m := &fileMedium{f: f, size: size, block: st.Mode()&fs.ModeDevice != 0}
	if m.block {
		// Not all drivers can do it, and nothing is lost then.
		m.direct, _ = os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", f.Fd()), os.O_WRONLY|unix.O_DIRECT, 0)
	}
	return m, nil
}

// directAlign is what memory, offsets and lengths have to be multiples of for direct
// writes, on all disks.
const directAlign = 4096

func directable(p []byte, off int64) bool {
	return len(p) > 0 && (uintptr(unsafe.Pointer(&p[0]))|uintptr(off)|uintptr(len(p)))%directAlign == 0
}

// newFileMedium writes to an empty file.
func newFileMedium(f *os.File) *fileMedium { return &fileMedium{f: f, size: -1, fresh: true} }

// WriteAt implements medium.
func (m *fileMedium) WriteAt(p []byte, off int64) (int, error) {
	if m.size >= 0 && off+int64(len(p)) > m.size {
		return 0, errShortDevice
	}
	if m.direct != nil && directable(p, off) {
		n, err := m.direct.WriteAt(p, off)
		if !errors.Is(err, unix.EINVAL) {
			m.reach(off + int64(n))
			return n, err
		}
	}
	n, err := m.f.WriteAt(p, off)
	if err != nil {
		return n, err
	}
	return n, m.behind(span{off, int64(len(p))})
}

// Zero implements medium. The device's own command, which guarantees zeros as discarding
// does not, is faster by far; where it fails zeros are written.
func (m *fileMedium) Zero(off, length int64) error {
	if m.size >= 0 && off+length > m.size {
		return errShortDevice
	}
	if m.fresh {
		m.reach(off + length)
		return nil
	}
	if m.zeroOut(off, length) {
		m.reach(off + length)
		return nil
	}
	for length > 0 {
		n := min(length, int64(len(zeros)))
		if _, err := m.WriteAt(zeros[:n], off); err != nil {
			return err
		}
		off, length = off+n, length-n
	}
	return nil
}

var zeros [1 << 20]byte

// zeroOut asks the device, or the file system of a file, for zeros.
func (m *fileMedium) zeroOut(off, length int64) bool {
	m.mu.Lock()
	no := m.noZero
	m.mu.Unlock()
	if no {
		return false
	}
	var err error
	if m.block {
		r := [2]uint64{uint64(off), uint64(length)}
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, m.f.Fd(), unix.BLKZEROOUT, uintptr(unsafe.Pointer(&r)))
		if errno != 0 {
			err = errno
		}
	} else {
		err = unix.Fallocate(int(m.f.Fd()), unix.FALLOC_FL_ZERO_RANGE|unix.FALLOC_FL_KEEP_SIZE, off, length)
	}
	if err != nil {
		m.mu.Lock()
		m.noZero = true
		m.mu.Unlock()
	}
	return err == nil
}

func (m *fileMedium) reach(end int64) {
	m.mu.Lock()
	m.end = max(m.end, end)
	m.mu.Unlock()
}

// behind starts the transfer of what was just written, and ends that of what was written
// a window ago. File systems that cannot do it are left to their own ways.
func (m *fileMedium) behind(s span) error {
	fd := int(m.f.Fd())
	if err := unix.SyncFileRange(fd, s.off, s.length, unix.SYNC_FILE_RANGE_WRITE); err != nil && !cannot(err) {
		return err
	}
	m.mu.Lock()
	m.end = max(m.end, s.off+s.length)
	m.written = append(m.written, s)
	m.bytes += s.length
	var old []span
	for m.bytes > windowSize {
		old = append(old, m.written[0])
		m.bytes -= m.written[0].length
		m.written = m.written[1:]
	}
	m.mu.Unlock()
	for _, s := range old {
		if err := m.drop(s); err != nil {
			return err
		}
	}
	return nil
}

func (m *fileMedium) drop(s span) error {
	fd := int(m.f.Fd())
	const wait = unix.SYNC_FILE_RANGE_WAIT_BEFORE | unix.SYNC_FILE_RANGE_WRITE | unix.SYNC_FILE_RANGE_WAIT_AFTER
	if err := unix.SyncFileRange(fd, s.off, s.length, wait); err != nil && !cannot(err) {
		return err
	}
	_ = unix.Fadvise(fd, s.off, s.length, unix.FADV_DONTNEED) // only advice
	return nil
}

// finish makes a file as long as the data with the zeros at their end, and waits for
// everything.
func (m *fileMedium) finish() error {
	m.close()
	if m.fresh {
		st, err := m.f.Stat()
		if err != nil {
			return err
		}
		if st.Size() < m.end {
			if err := m.f.Truncate(m.end); err != nil {
				return err
			}
		}
	}
	return m.f.Sync()
}

// close gives up what was opened for writing; the file stays open.
func (m *fileMedium) close() {
	if m.direct != nil {
		m.direct.Close()
		m.direct = nil
	}
}

func cannot(err error) bool {
	return errors.Is(err, unix.ESPIPE) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EOPNOTSUPP)
}
