package fat

import "encoding/binary"

const (
	entrySize = 32

	attrVolume = 0x08
	attrDir    = 0x10
	attrLong   = 0x0f

	deleted = 0xe5
)

// list calls yield for what is in a directory, until it returns false.
func (f *FS) list(dir Entry, yield func(Entry) bool) error {
	l := &lister{fs: f, yield: yield}
	if dir.fixed {
		_, err := l.block(f.rootStart, f.rootSize)
		return err
	}
	if dir.first == 0 && dir.Name != "." {
		return nil // such a directory is empty
	}
	at := f.cursor(dir.first)
	for total := f.cluster; ; total += f.cluster {
		if total > max(maxDirectory, f.cluster) || !f.valid(at.cluster) {
			return ErrCorrupt
		}
		if more, err := l.block(f.offset(at.cluster), f.cluster); err != nil || !more {
			return err
		}
		if last, err := at.next(); err != nil || last {
			return err
		}
	}
}

// lister reads the entries of a directory.
type lister struct {
	fs    *FS
	yield func(Entry) bool
	buf   []byte
	long  longName
}

// block reads the entries in size bytes from offset on. more is false when yield was.
func (l *lister) block(offset, size int64) (more bool, err error) {
	for size > 0 {
		n := min(size, 64<<10)
		if l.buf == nil {
			l.buf = make([]byte, n)
		}
		l.buf = l.buf[:n]
		if err := readFull(l.fs.r, l.buf, offset); err != nil {
			return false, err
		}
		for b := l.buf; len(b) >= entrySize; b = b[entrySize:] {
			if e, ok := l.entry(b[:entrySize]); ok && !l.yield(e) {
				return false, nil
			}
		}
		offset, size = offset+n, size-n
	}
	return true, nil
}

// entry makes an Entry of 32 bytes, unless they are part of a long name, or nothing that is shown.
func (l *lister) entry(b []byte) (Entry, bool) {
	attr := b[11]
	if b[0] == deleted {
		l.long.reset()
		return Entry{}, false
	}
	if attr == attrLong {
		l.long.add(b)
		return Entry{}, false
	}
	name, ok := l.long.take(b)
	if b[0] == 0 || attr&attrVolume != 0 {
		return Entry{}, false
	}
	e := Entry{short: shortName(b), Dir: attr&attrDir != 0}
	if e.short == "" || string(b[:11]) == ".          " || string(b[:11]) == "..         " {
		return Entry{}, false
	}
	e.Name = e.short
	if ok && name != "" {
		e.Name = name
	}
	e.first = uint32(binary.LittleEndian.Uint16(b[26:]))
	if l.fs.bits == 32 {
		e.first |= uint32(binary.LittleEndian.Uint16(b[20:])) << 16
	}
	if !e.Dir {
		e.Size = int64(binary.LittleEndian.Uint32(b[28:]))
	}
	return e, true
}
