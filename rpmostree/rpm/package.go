package rpm

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// LeadSize is the length of the lead, the first bytes of a package file, which nothing but their magic number is of
// interest of any more.
const LeadSize = 96

var leadMagic = [4]byte{0xed, 0xab, 0xee, 0xdb}

// ErrNotPackage is wrapped by the errors of files that do not begin like a package.
var ErrNotPackage = errors.New("not an rpm package")

// Package is a package file: its headers, and the payload while it has not been read.
type Package struct {
	Lead      []byte
	Signature *Header // digests and signatures of what follows
	Header    *Header // the main header
	// HeaderStart and HeaderEnd are the offsets in the file of the main header, with its magic, and of the payload.
	HeaderStart, HeaderEnd int64

	payload io.Reader
	file    *os.File
}

// Open reads the headers of the package file at path. Close must be called.
func Open(path string) (*Package, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	p, err := Read(bufio.NewReaderSize(f, 64<<10))
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	p.file = f
	return p, nil
}

// Close closes the file that Open opened. It does nothing for packages that came from a reader.
func (p *Package) Close() error {
	if p.file == nil {
		return nil
	}
	return p.file.Close()
}

// Read reads the lead and both headers of a package from r, not more: the payload is what follows. Reads are small in
// part, so r should be buffered. No digest is checked, see [Verify].
func Read(r io.Reader) (*Package, error) {
	p, err := readHeaders(r)
	if err != nil {
		return nil, err
	}
	if err := p.checkHoles(); err != nil {
		return nil, err
	}
	p.payload = r
	return p, nil
}

func (p *Package) checkHoles() error {
	if err := p.Signature.checkHoles(); err != nil {
		return fmt.Errorf("signature header: %w", err)
	}
	if err := p.Header.checkHoles(); err != nil {
		return fmt.Errorf("main header: %w", err)
	}
	return nil
}

// ParseHeaderBytes reads the beginning of a package as Package.HeaderBytes returns it; what follows the main header is
// not looked at, and the package has no payload.
func ParseHeaderBytes(b []byte) (*Package, error) {
	p, err := readHeaders(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	if err := p.checkHoles(); err != nil {
		return nil, err
	}
	return p, nil
}

func readHeaders(r io.Reader) (*Package, error) {
	p := &Package{Lead: make([]byte, LeadSize)}
	if n, err := io.ReadFull(r, p.Lead); err != nil && n < len(leadMagic) {
		return nil, noLead(err)
	} else if !bytes.HasPrefix(p.Lead, leadMagic[:]) {
		return nil, ErrNotPackage
	} else if err != nil {
		return nil, noLead(err)
	}
	sig, err := readHeader(r, &signatureRules)
	if err != nil {
		return nil, fmt.Errorf("signature header: %w", noEOF(err))
	}
	pad := padding(len(sig.blob), 8)
	var zeros [8]byte
	if _, err := io.ReadFull(r, zeros[:pad]); err != nil {
		return nil, fmt.Errorf("signature header: %w", noEOF(err))
	}
	p.Signature = sig
	p.HeaderStart = int64(LeadSize + len(magic) + len(sig.blob) + pad)
	if p.Header, err = readHeader(r, &mainRules); err != nil {
		return nil, fmt.Errorf("main header: %w", noEOF(err))
	}
	if p.Header.String(TagName) == "" {
		return nil, corrupt("no name")
	}
	p.HeaderEnd = p.HeaderStart + int64(len(magic)+len(p.Header.blob))
	return p, nil
}

func noLead(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %w", ErrNotPackage, io.ErrUnexpectedEOF)
	}
	return err
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// padding is the number of bytes that bring n to a multiple of align.
func padding(n, align int) int { return (align - n%align) % align }

// readHeader reads a header with its magic. io.EOF means that there is nothing at all.
func readHeader(r io.Reader, rules *rules) (*Header, error) {
	var start [len(magic) + intro]byte
	if _, err := io.ReadFull(r, start[:]); err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(start[:], magic[:]) {
		return nil, corrupt("no magic number")
	}
	total, err := rules.sizes(start[len(magic):])
	if err != nil {
		return nil, err
	}
	blob, err := readGrowing(r, start[len(magic):], total)
	if err != nil {
		return nil, noEOF(err)
	}
	return parseHeader(blob, rules)
}

// readGrowing reads up to a length of size bytes behind start. It allocates in proportion to what really comes.
func readGrowing(r io.Reader, start []byte, size int) ([]byte, error) {
	const step = 256 << 10
	b := make([]byte, len(start), min(size, step))
	copy(b, start)
	for len(b) < size {
		if len(b) == cap(b) {
			grown := make([]byte, len(b), min(size, 4*cap(b)))
			copy(grown, b)
			b = grown
		}
		n := len(b)
		b = b[:cap(b)]
		if _, err := io.ReadFull(r, b[n:]); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// HeaderBytes returns the package file up to its payload: lead, signature header, padding, main header.
func (p *Package) HeaderBytes() []byte {
	b := make([]byte, 0, p.HeaderEnd)
	b = append(b, p.Lead...)
	b = append(append(b, magic[:]...), p.Signature.blob...)
	b = b[:p.HeaderStart]
	return append(append(b, magic[:]...), p.Header.blob...)
}

// IsSource reports whether the package is one of sources.
func (p *Package) IsSource() bool { return p.Header.IsSource() }

// NEVRA returns the package's name as its header has it.
func (p *Package) NEVRA() NEVRA { return p.Header.NEVRA() }
