package rpmmd

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/zstd"
)

// A zchunk file is a header with the digests of its chunks, so that clients can fetch only
// those they lack, and the chunks: separate zstd frames, the first of them a dictionary for
// the others.
const zchunkMagic = "\x00ZCK1"

const (
	maxZchunkHeader = 64 << 20
	maxZchunk       = 64 << 20 // one chunk; zck makes them of some ten kilobytes, at most 10 MiB

	zchunkHasStreams  = 1
	zchunkHasOptional = 2
	zchunkHasPlain    = 4 // digests of the decompressed chunks
)

var errZchunk = errors.New("malformed zchunk file")

// zchunkDigest is a digest type of the format; size bytes of it are stored.
type zchunkDigest struct {
	new  func() hash.Hash
	size int
}

func zchunkDigestType(n uint64) (zchunkDigest, error) {
	switch n {
	case 0:
		return zchunkDigest{sha1.New, sha1.Size}, nil
	case 1:
		return zchunkDigest{sha256.New, sha256.Size}, nil
	case 2:
		return zchunkDigest{sha512.New, sha512.Size}, nil
	case 3:
		return zchunkDigest{sha512.New, 16}, nil
	}
	return zchunkDigest{}, fmt.Errorf("zchunk digest type %d: %w", n, ErrNotSupported)
}

func (d zchunkDigest) matches(want []byte, parts ...[]byte) bool {
	h := d.new()
	for _, p := range parts {
		h.Write(p)
	}
	return bytes.Equal(h.Sum(nil)[:d.size], want)
}

type zchunk struct {
	digest      []byte
	size, plain int
}

type zchunkReader struct {
	r      io.Reader
	digest zchunkDigest // of chunks
	chunks []zchunk
	zstd   bool
	dec    *zstd.Decoder
	packed []byte
	out    []byte
	rest   []byte
	err    error
}

// newZchunkReader reads the header and the dictionary; Read gives the content chunk by chunk.
func newZchunkReader(r io.Reader) (*zchunkReader, error) {
	z := &zchunkReader{r: r}
	header, err := z.header()
	if err != nil {
		return nil, err
	}
	if err := z.index(header); err != nil {
		return nil, err
	}
	return z, z.dictionary()
}

// header reads lead and header, and verifies the digest of both.
func (z *zchunkReader) header() (*zchunkFields, error) {
	lead := make([]byte, len(zchunkMagic), 32)
	if _, err := io.ReadFull(z.r, lead); err != nil || string(lead) != zchunkMagic {
		return nil, errZchunk
	}
	typ, lead, err := readCompressedInt(z.r, lead)
	if err != nil {
		return nil, err
	}
	size, lead, err := readCompressedInt(z.r, lead)
	if err != nil {
		return nil, err
	}
	digest, err := zchunkDigestType(typ)
	if err != nil {
		return nil, err
	}
	if size > maxZchunkHeader {
		return nil, fmt.Errorf("zchunk header of %d bytes: %w", size, errZchunk)
	}
	// Memory grows with what is there, not with what the size claims.
	rest, err := io.ReadAll(io.LimitReader(z.r, int64(digest.size)+int64(size)))
	if err != nil {
		return nil, err
	}
	if len(rest) != digest.size+int(size) {
		return nil, io.ErrUnexpectedEOF
	}
	if !digest.matches(rest[:digest.size], lead, rest[digest.size:]) {
		return nil, fmt.Errorf("header digest differs: %w", errZchunk)
	}
	f := &zchunkFields{b: rest[digest.size:]}
	f.bytes(digest.size) // of all data; the chunks have their own
	return f, nil
}

// index reads the rest of the header: flags, compression and the table of chunks.
func (z *zchunkReader) index(f *zchunkFields) error {
	flags, compression := f.int(), f.int()
	if flags&^(zchunkHasStreams|zchunkHasOptional|zchunkHasPlain) != 0 {
		return fmt.Errorf("zchunk flags %#x: %w", flags, ErrNotSupported)
	}
	switch compression {
	case 0:
	case 2:
		z.zstd = true
	default:
		return fmt.Errorf("zchunk compression %d: %w", compression, ErrNotSupported)
	}
	if flags&zchunkHasOptional != 0 {
		for n := f.int(); n > 0 && !f.bad; n-- {
			f.int()
			f.bytes(int(min(f.int(), maxZchunkHeader+1)))
		}
	}
	table := f.bytes(int(min(f.int(), maxZchunkHeader+1)))
	if f.bad {
		return errZchunk
	}
	f = &zchunkFields{b: table}
	typ := f.int()
	f.int() // number of chunks; the size of the table says it, too
	var err error
	if z.digest, err = zchunkDigestType(typ); err != nil {
		return err
	}
	for len(f.b) > 0 {
		stream := uint64(1)
		if flags&zchunkHasStreams != 0 {
			stream = f.int()
		}
		c := zchunk{digest: f.bytes(z.digest.size)}
		if flags&zchunkHasPlain != 0 {
			f.bytes(z.digest.size)
		}
		size, plain := f.int(), f.int()
		if f.bad || size > maxZchunk || plain > maxZchunk {
			return errZchunk
		}
		if stream > 1 {
			return fmt.Errorf("zchunk stream %d: %w", stream, ErrNotSupported)
		}
		c.size, c.plain = int(size), int(plain)
		z.chunks = append(z.chunks, c)
	}
	return nil
}

// dictionary reads the first chunk.
func (z *zchunkReader) dictionary() error {
	opts := []zstd.DOption{zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxZchunk), zstd.WithDecoderMaxWindow(maxZchunk)}
	var err error
	if z.dec, err = zstd.NewReader(nil, opts...); err != nil || len(z.chunks) == 0 {
		return err
	}
	dict, err := z.chunk()
	if err != nil || len(dict) == 0 {
		return err
	}
	dict = bytes.Clone(dict)
	if bytes.HasPrefix(dict, []byte{0x37, 0xa4, 0x30, 0xec}) {
		opts = append(opts, zstd.WithDecoderDicts(dict))
	} else {
		opts = append(opts, zstd.WithDecoderDictRaw(0, dict))
	}
	z.dec.Close()
	z.dec, err = zstd.NewReader(nil, opts...)
	return err
}

// chunk reads, verifies and decodes the next chunk. Its memory is that of the last one.
func (z *zchunkReader) chunk() ([]byte, error) {
	c := z.chunks[0]
	z.chunks = z.chunks[1:]
	if c.size == 0 {
		if c.plain != 0 {
			return nil, errZchunk
		}
		return nil, nil
	}
	buf := bytes.NewBuffer(z.packed[:0])
	if n, err := io.CopyN(buf, z.r, int64(c.size)); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("chunk with %d of %d bytes: %w", n, c.size, err)
	}
	z.packed = buf.Bytes()
	if !z.digest.matches(c.digest, z.packed) {
		return nil, fmt.Errorf("chunk digest differs: %w", errZchunk)
	}
	plain := z.packed
	if z.zstd {
		var err error
		if plain, err = z.dec.DecodeAll(z.packed, z.out[:0]); err != nil {
			return nil, fmt.Errorf("chunk: %w", err)
		}
		z.out = plain
	}
	if len(plain) != c.plain {
		return nil, fmt.Errorf("chunk of %d bytes instead of %d: %w", len(plain), c.plain, errZchunk)
	}
	return plain, nil
}

// Read gives the content.
func (z *zchunkReader) Read(p []byte) (int, error) {
	for len(z.rest) == 0 {
		if z.err != nil {
			return 0, z.err
		}
		if len(z.chunks) == 0 {
			z.err = io.EOF
			continue
		}
		z.rest, z.err = z.chunk()
	}
	n := copy(p, z.rest)
	z.rest = z.rest[n:]
	return n, nil
}

// Close releases the decoder.
func (z *zchunkReader) Close() error {
	z.dec.Close()
	z.rest, z.err = nil, io.ErrClosedPipe
	return nil
}

// readCompressedInt reads an integer of seven bits in each byte, the low ones first; the last
// byte has the top bit set. It appends the bytes to seen.
func readCompressedInt(r io.Reader, seen []byte) (n uint64, all []byte, err error) {
	var b [1]byte
	for shift := 0; shift < 63; shift += 7 {
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return 0, seen, errZchunk
		}
		seen = append(seen, b[0])
		n |= uint64(b[0]&0x7f) << shift
		if b[0]&0x80 != 0 {
			return n, seen, nil
		}
	}
	return 0, seen, errZchunk
}

// zchunkFields cuts fields off a header.
type zchunkFields struct {
	b   []byte
	bad bool
}

func (f *zchunkFields) int() uint64 {
	n, seen, err := readCompressedInt(bytes.NewReader(f.b), nil)
	if err != nil {
		f.bad, f.b = true, nil
		return 0
	}
	f.b = f.b[len(seen):]
	return n
}

func (f *zchunkFields) bytes(n int) []byte {
	if n > len(f.b) {
		f.bad, f.b = true, nil
		return nil
	}
	b := f.b[:n]
	f.b = f.b[n:]
	return b
}
