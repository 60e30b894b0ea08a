package sshkeys

import (
	"crypto/rsa"
	"encoding/binary"
	"math/big"
	"strings"
	"unicode/utf8"
)

// The names of key types (RFC 4253, 5656, 8709 and OpenSSH's PROTOCOL.u2f).
const (
	typeRSA       = "ssh-rsa"
	typeDSA       = "ssh-dss"
	typeEd25519   = "ssh-ed25519"
	typeEd25519SK = "sk-ssh-ed25519@openssh.com"
	typeECDSA     = "ecdsa-sha2-" // and the name of the curve
	typeECDSASK   = "sk-ecdsa-sha2-nistp256@openssh.com"
)

// The fields of a blob behind its type.
const (
	number    = 'n'
	bytesOf   = 'b'
	curveName = 'c'
)

// layout returns the fields of a type; "" if the type is not supported.
func layout(kind string) string {
	switch kind {
	case typeRSA: // e, n
		return "nn"
	case typeDSA: // p, q, g, y
		return "nnnn"
	case typeEd25519: // key
		return "b"
	case typeEd25519SK: // key, application
		return "bb"
	case typeECDSA + "nistp256", typeECDSA + "nistp384", typeECDSA + "nistp521": // curve, point
		return "cb"
	case typeECDSASK: // curve, point, application
		return "cbb"
	}
	return ""
}

// canonical reads the blob of a key whose line says that it is of the given type, and writes it anew.
func canonical(kind string, data []byte) (string, []byte, error) {
	in := reader{data: data}
	name := in.text()
	fields := layout(kind)
	switch {
	case in.err != nil:
		return "", nil, in.err
	case string(name) != kind:
		return "", nil, ErrFormat
	case fields == "":
		return "", nil, &UnsupportedTypeError{Type: kind}
	}
	var curve []byte
	var rest writer
	for _, field := range fields {
		switch field {
		case number:
			rest.integer(in.integer())
		case bytesOf:
			rest.bytes(in.bytes())
		case curveName:
			curve = in.text()
			rest.bytes(curve)
		}
	}
	if fields[0] == curveName {
		in.checkCurve(curve)
	}
	if in.err != nil {
		return "", nil, in.err
	}
	if strings.HasPrefix(kind, typeECDSA) {
		// The curve in the blob decides, as in Afterburn, even if the type names another.
		kind = typeECDSA + string(curve)
	}
	out := make(writer, 0, 4+len(kind)+len(rest))
	out.bytes([]byte(kind))
	return kind, append(out, rest...), nil
}

// FromRSA returns the key of an RSA public key, such as a certificate holds, without a comment.
func FromRSA(pub *rsa.PublicKey) Key {
	var out writer
	out.bytes([]byte(typeRSA))
	out.integer(big.NewInt(int64(pub.E)).Bytes())
	out.integer(pub.N.Bytes())
	return Key{Type: typeRSA, Blob: out}
}

// reader takes the fields of a blob off its front. After an error it returns nothing more.
type reader struct {
	data []byte
	err  error
}

func (r *reader) bytes() []byte {
	if r.err != nil {
		return nil
	}
	if len(r.data) < 4 || uint64(binary.BigEndian.Uint32(r.data)) > uint64(len(r.data)-4) {
		r.err = ErrFormat
		return nil
	}
	n := 4 + int(binary.BigEndian.Uint32(r.data))
	field := r.data[4:n]
	r.data = r.data[n:]
	return field
}

func (r *reader) text() []byte {
	field := r.bytes()
	if r.err == nil && !utf8.Valid(field) {
		r.err = ErrUTF8
		return nil
	}
	return field
}

// integer returns an mpint without the zero byte that keeps it from being negative.
func (r *reader) integer() []byte {
	field := r.bytes()
	if len(field) > 0 && field[0] == 0 {
		return field[1:]
	}
	return field
}

func (r *reader) checkCurve(name []byte) {
	switch string(name) {
	case "nistp256", "nistp384", "nistp521":
	default:
		if r.err == nil {
			r.err = &UnsupportedCurveError{Curve: string(name)}
		}
	}
}

// writer appends the fields of a blob.
type writer []byte

func (w *writer) bytes(field []byte) {
	*w = binary.BigEndian.AppendUint32(*w, uint32(len(field)))
	*w = append(*w, field...)
}

func (w *writer) integer(n []byte) {
	if len(n) == 0 || n[0] < 0x80 {
		w.bytes(n)
		return
	}
	*w = binary.BigEndian.AppendUint32(*w, uint32(len(n)+1))
	*w = append(append(*w, 0), n...)
}
