package rpmmd

import (
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// recode replaces the start of a document that is in an encoding other than UTF-8, and what follows, by UTF-8: UTF-16 with
// a byte order mark, and ISO-8859-1 that is declared, are what every XML parser knows.
func (s *scanner) recode() {
	var decode func(dst, src []byte) (out, rest []byte)
	switch {
	case bytes.HasPrefix(s.buf, []byte("\xff\xfe")):
		decode, s.encoding = utf16Decoder(binary.LittleEndian), "utf-16"
	case bytes.HasPrefix(s.buf, []byte("\xfe\xff")):
		decode, s.encoding = utf16Decoder(binary.BigEndian), "utf-16"
	default:
		end := bytes.Index(s.buf, []byte("?>"))
		if end < 0 || !bytes.HasPrefix(s.buf, []byte("<?xml ")) || !bytes.EqualFold(declaredEncoding(s.buf[:end]), []byte("iso-8859-1")) {
			return
		}
		decode, s.encoding = decodeLatin1, "iso-8859-1"
	}
	rest := io.Reader(bytes.NewReader(bytes.Clone(s.buf)))
	if s.rerr != nil {
		rest = io.MultiReader(rest, failingReader{s.rerr})
	} else if !s.eof {
		rest = io.MultiReader(rest, s.r)
	}
	s.r, s.buf, s.eof, s.rerr = &recoder{r: rest, decode: decode}, s.buf[:0], false, nil
	s.fill()
}

// declaredEncoding returns the encoding in an XML declaration, nil if there is none.
func declaredEncoding(pi []byte) []byte {
	_, enc, found := bytes.Cut(pi, []byte("encoding"))
	if !found {
		return nil
	}
	enc = bytes.TrimLeft(enc, " \t\r\n=\"'")
	if i := bytes.IndexAny(enc, " \"'?"); i >= 0 {
		enc = enc[:i]
	}
	return enc
}

type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

// recoder reads text as UTF-8.
type recoder struct {
	r      io.Reader
	decode func(dst, src []byte) (out, rest []byte)
	raw    [16 << 10]byte
	left   int // bytes at the start of raw that were not decoded
	buf    []byte
	out    []byte
	err    error
}

func (r *recoder) Read(p []byte) (int, error) {
	for len(r.out) == 0 {
		if r.err != nil {
			if r.err == io.EOF && r.left > 0 {
				return 0, io.ErrUnexpectedEOF // within a character
			}
			return 0, r.err
		}
		var n int
		n, r.err = r.r.Read(r.raw[r.left:])
		var rest []byte
		r.buf, rest = r.decode(r.buf[:0], r.raw[:r.left+n])
		r.out, r.left = r.buf, copy(r.raw[:], rest)
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}

func decodeLatin1(dst, src []byte) (out, rest []byte) {
	for _, c := range src {
		dst = utf8.AppendRune(dst, rune(c))
	}
	return dst, nil
}

func utf16Decoder(order binary.ByteOrder) func(dst, src []byte) (out, rest []byte) {
	return func(dst, src []byte) (out, rest []byte) {
		for len(src) >= 2 {
			c, n := rune(order.Uint16(src)), 2
			if utf16.IsSurrogate(c) {
				if len(src) < 4 {
					break
				}
				if c = utf16.DecodeRune(c, rune(order.Uint16(src[2:]))); c != utf8.RuneError {
					n = 4
				}
			}
			dst, src = utf8.AppendRune(dst, c), src[n:]
		}
		return dst, src
	}
}
