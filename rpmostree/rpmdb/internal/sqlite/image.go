package sqlite

import (
	"errors"
	"fmt"
	"io"
	"sort"
)

// maxPages keeps files below 1 GiB: the page at that offset is reserved for
// locks and must be left out of every structure.
const maxPages = 1<<30/PageSize - 1

// segment is a run of pages of an Image: tree pages, which are in memory, or
// the overflow pages of one payload, which are made when they are written.
type segment struct {
	first uint32 // number of its first page
	pages uint32
	tree  []byte // the pages themselves, or nil
	data  []byte // what the overflow pages hold
}

const overflowData = PageSize - 4

// fill makes page n of an overflow segment in dst.
func (s *segment) fill(dst []byte, n uint32) {
	i := n - s.first
	next := uint32(0)
	if i+1 < s.pages {
		next = n + 1
	}
	put32(dst, next)
	c := copy(dst[4:], s.data[int(i)*overflowData:])
	clear(dst[4+c : PageSize])
}

// Image is a complete database file. Large values are referenced, not copied,
// so they must stay unchanged as long as the Image is used. Its methods may be
// called concurrently.
type Image struct {
	segs  []segment
	pages uint32
}

// Size is the length of the file in bytes, a multiple of PageSize.
func (m *Image) Size() int64 { return int64(m.pages) * PageSize }

// ReadAt implements io.ReaderAt.
func (m *Image) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("negative offset")
	}
	var page [PageSize]byte
	done := 0
	for done < len(p) {
		if off >= m.Size() {
			return done, io.EOF
		}
		n := uint32(off/PageSize) + 1
		s := &m.segs[sort.Search(len(m.segs), func(i int) bool { return m.segs[i].first > n })-1]
		var c int
		if s.tree != nil {
			c = copy(p[done:], s.tree[off-int64(s.first-1)*PageSize:])
		} else {
			s.fill(page[:], n)
			c = copy(p[done:], page[off%PageSize:])
		}
		done += c
		off += int64(c)
	}
	return done, nil
}

// WriteTo implements io.WriterTo: it writes the whole file, in large pieces.
func (m *Image) WriteTo(w io.Writer) (int64, error) {
	const batch = 64
	buf := make([]byte, batch*PageSize)
	var total int64
	used := 0
	flush := func() error {
		n, err := w.Write(buf[:used])
		total += int64(n)
		used = 0
		return err
	}
	for i := range m.segs {
		s := &m.segs[i]
		for j := uint32(0); j < s.pages; j++ {
			if s.tree != nil {
				copy(buf[used:], s.tree[int(j)*PageSize:int(j+1)*PageSize])
			} else {
				s.fill(buf[used:used+PageSize], s.first+j)
			}
			if used += PageSize; used == len(buf) {
				if err := flush(); err != nil {
					return total, err
				}
			}
		}
	}
	if used > 0 {
		if err := flush(); err != nil {
			return total, err
		}
	}
	return total, nil
}

// space numbers the pages of a file that is being built and keeps them.
type space struct {
	segs []segment
	next uint32 // number of the next page
}

// addTree gives a tree page its number. The page is copied.
func (s *space) addTree(p []byte) (uint32, error) {
	n := s.next
	if n > maxPages {
		return 0, errTooLarge
	}
	s.next++
	if l := len(s.segs) - 1; l >= 0 && s.segs[l].tree != nil && len(s.segs[l].tree) < cap(s.segs[l].tree) {
		s.segs[l].tree = append(s.segs[l].tree, p...)
		s.segs[l].pages++
		return n, nil
	}
	// Runs among overflow pages are short, those of the indexes long.
	size := PageSize
	if l := len(s.segs) - 1; l >= 0 && s.segs[l].tree != nil {
		size = min(2*cap(s.segs[l].tree), 256*PageSize)
	}
	tree := append(make([]byte, 0, size), p...)
	s.segs = append(s.segs, segment{first: n, pages: 1, tree: tree})
	return n, nil
}

// addOverflow numbers the overflow pages that hold data and returns the first.
func (s *space) addOverflow(data []byte) (uint32, error) {
	n := s.next
	pages := (len(data) + overflowData - 1) / overflowData
	if pages > maxPages || n+uint32(pages) > maxPages {
		return 0, errTooLarge
	}
	s.next += uint32(pages)
	s.segs = append(s.segs, segment{first: n, pages: uint32(pages), data: data})
	return n, nil
}

var errTooLarge = fmt.Errorf("databases of more than %d bytes are not supported", int64(maxPages)*PageSize)
