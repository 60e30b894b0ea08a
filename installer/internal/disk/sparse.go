package disk

import (
	"io"
	"syscall"
)

// sparse is a disk in memory of which only what was written takes room.
type sparse struct {
	size   int64
	blocks map[int64]*[sparseBlock]byte
}

const sparseBlock = 4096

func (m *sparse) ReadAt(b []byte, off int64) (int, error) {
	n := int(min(int64(len(b)), max(m.size-off, 0)))
	m.each(b[:n], off, func(part []byte, block *[sparseBlock]byte, start int) {
		if block == nil {
			clear(part)
		} else {
			copy(part, block[start:])
		}
	})
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (m *sparse) WriteAt(b []byte, off int64) (int, error) {
	if off < 0 || off > m.size || int64(len(b)) > m.size-off {
		return 0, syscall.ENOSPC
	}
	if m.blocks == nil {
		m.blocks = make(map[int64]*[sparseBlock]byte)
	}
	for i := off / sparseBlock; i*sparseBlock < off+int64(len(b)); i++ {
		if m.blocks[i] == nil {
			m.blocks[i] = new([sparseBlock]byte)
		}
	}
	m.each(b, off, func(part []byte, block *[sparseBlock]byte, start int) { copy(block[start:], part) })
	return len(b), nil
}

// each cuts b, which is at off, at the borders of blocks.
func (m *sparse) each(b []byte, off int64, f func(part []byte, block *[sparseBlock]byte, start int)) {
	for len(b) > 0 {
		start := int(off % sparseBlock)
		n := min(len(b), sparseBlock-start)
		f(b[:n], m.blocks[off/sparseBlock], start)
		b, off = b[n:], off+int64(n)
	}
}

func (m *sparse) Sync() error { return nil }
