package sqlite

import (
	"encoding/binary"
	"fmt"
	"io"
)

// wal is the useful part of a write-ahead log: where the newest committed
// version of each page lies.
type wal struct {
	r        io.ReaderAt
	pageSize int
	pages    uint32           // size of the database after the last commit
	frames   map[uint32]int64 // page number → offset of its content
}

const (
	walHeaderSize   = 32
	frameHeaderSize = 24
	walMagic        = 0x377f0682 // the lowest bit says that checksums are of big-endian words
	walVersion      = 3007000
)

// openWAL reads a log up to the last valid commit. A log without one, as it is
// left by a checkpoint, has no effect.
//
//	log    magic u32, version u32, page size u32, checkpoint u32, salt 2×u32, checksum 2×u32
//	frame  page u32, pages after commit or 0 u32, salt 2×u32, checksum 2×u32, page
//
// Salts equal those of the log, and checksums go on from frame to frame.
func (f *File) openWAL(r io.ReaderAt, size int64) error {
	if r == nil || size < walHeaderSize {
		return nil
	}
	var h [walHeaderSize]byte
	if _, err := r.ReadAt(h[:], 0); err != nil {
		return fmt.Errorf("reading write-ahead log: %w", noEOF(err))
	}
	magic := be32(h[:])
	if magic&^1 != walMagic {
		return nil // SQLite ignores such a log as well
	}
	if v := be32(h[4:]); v != walVersion {
		return fmt.Errorf("write-ahead log of version %d is not supported", v)
	}
	sum := walSum{order: binary.LittleEndian}
	if magic&1 != 0 {
		sum.order = binary.BigEndian
	}
	sum.add(h[:24])
	pageSize := be32(h[8:])
	if !sum.is(h[24:]) || pageSize < 512 || pageSize > 1<<16 || pageSize&(pageSize-1) != 0 {
		return nil
	}
	w := &wal{r: r, pageSize: int(pageSize), frames: map[uint32]int64{}}
	if err := w.scan(size, h[16:24], sum); err != nil {
		return err
	}
	if w.pages != 0 {
		f.wal = w
	}
	return nil
}

// scan reads the frames up to the first that is invalid.
func (w *wal) scan(size int64, salt []byte, sum walSum) error {
	type change struct {
		page uint32
		at   int64
	}
	var pending []change
	frame := make([]byte, frameHeaderSize+w.pageSize)
	for at := int64(walHeaderSize); at+int64(len(frame)) <= size; at += int64(len(frame)) {
		if _, err := w.r.ReadAt(frame, at); err != nil {
			return fmt.Errorf("reading write-ahead log: %w", noEOF(err))
		}
		page := be32(frame)
		if page == 0 || string(frame[8:16]) != string(salt) {
			return nil
		}
		sum.add(frame[:8])
		sum.add(frame[frameHeaderSize:])
		if !sum.is(frame[16:]) {
			return nil
		}
		pending = append(pending, change{page, at + frameHeaderSize})
		pages := be32(frame[4:])
		if pages == 0 {
			continue
		}
		for _, c := range pending {
			w.frames[c.page] = c.at
		}
		pending = pending[:0]
		w.pages = pages
	}
	return nil
}

// walSum is the checksum of a log, over pairs of 32-bit words.
type walSum struct {
	order  binary.ByteOrder
	s0, s1 uint32
}

func (s *walSum) add(b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		s.s0 += s.order.Uint32(b) + s.s1
		s.s1 += s.order.Uint32(b[4:]) + s.s0
	}
}

func (s *walSum) is(b []byte) bool { return be32(b) == s.s0 && be32(b[4:]) == s.s1 }
