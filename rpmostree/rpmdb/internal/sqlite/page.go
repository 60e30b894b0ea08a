package sqlite

// PageSize is the size of the pages that a Builder writes.
const PageSize = 4096

// page is a tree page under construction.
type page struct {
	kind    byte
	base    int // where the page header begins: 100 on page 1, else 0
	hdr     int // size of the page header
	cells   int
	content int // the cells lie at [content:PageSize]
	buf     [PageSize]byte
}

func (p *page) reset(kind byte, base int) {
	p.kind, p.base, p.cells, p.content = kind, base, 0, PageSize
	p.hdr = leafHeaderSize
	if kind == indexInterior || kind == tableInterior {
		p.hdr = interiorHeaderSize
	}
	clear(p.buf[:])
}

func (p *page) fits(size int) bool {
	return p.base+p.hdr+2*(p.cells+1)+size <= p.content
}

// room makes a cell of the given size behind the others, which must fit, and
// returns the bytes to fill.
func (p *page) room(size int) []byte {
	p.content -= size
	put16(p.buf[p.base+p.hdr+2*p.cells:], p.content)
	p.cells++
	return p.buf[p.content : p.content+size]
}

// pop takes the last cell off again and returns it; it stays valid until the
// next cell is made.
func (p *page) pop() []byte {
	p.cells--
	at := p.base + p.hdr + 2*p.cells
	end := PageSize
	if p.cells > 0 {
		end = be16(p.buf[at-2:])
	}
	cell := p.buf[p.content:end]
	put16(p.buf[at:], 0)
	p.content = end
	return cell
}

// seal writes the page header and returns the finished page.
func (p *page) seal(lastChild uint32) []byte {
	// Bytes that pop left behind do not belong to the file.
	clear(p.buf[p.base+p.hdr+2*p.cells : p.content])
	h := p.buf[p.base:]
	h[0] = p.kind
	put16(h[3:], p.cells)
	put16(h[5:], p.content)
	if p.hdr == interiorHeaderSize {
		put32(h[8:], lastChild)
	}
	return p.buf[:]
}
