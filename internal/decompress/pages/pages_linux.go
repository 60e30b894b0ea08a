package pages

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// hugeFrom is the size of buffers that are worth huge pages, which help
// decoders that look far back.
const hugeFrom = 8 << 20

func alloc(n int) ([]byte, error) {
	b, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, fmt.Errorf("allocating %d bytes: %w", n, err)
	}
	if n >= hugeFrom {
		// Kernels without huge pages refuse; that costs some speed only.
		_ = unix.Madvise(b, unix.MADV_HUGEPAGE)
	}
	return b, nil
}

func free(b []byte) { _ = unix.Munmap(b) }
