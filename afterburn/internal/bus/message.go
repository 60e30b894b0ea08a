package bus

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	// maxMessage bounds a message, in bytes. The protocol has 128 MiB.
	maxMessage = 1 << 20
	// fixedSize is what is in front of the fields, with their length.
	fixedSize = 16

	kindCall  = 1
	kindReply = 2
	kindError = 3

	noAutoStart = 2

	fieldPath        = 1
	fieldInterface   = 2
	fieldMember      = 3
	fieldErrorName   = 4
	fieldReplySerial = 5
	fieldDestination = 6
	fieldSignature   = 8
	// fieldTypes are the types of the fields that are known.
	fieldTypes = "\x00osssussgu"
)

// encode makes a call that lacks its serial.
func encode(m Method, args []string) ([]byte, error) {
	if !m.Path.Valid() {
		return nil, fmt.Errorf("invalid object path %.80q", string(m.Path))
	}
	b := []byte{'l', kindCall, noAutoStart, 1, 15: 0}
	for _, f := range []struct {
		code byte
		text string
	}{{fieldPath, string(m.Path)}, {fieldInterface, m.Interface}, {fieldMember, m.Member}, {fieldDestination, m.Destination}} {
		if !validText(f.text) || f.text == "" || len(f.text) > maxMessage {
			return nil, fmt.Errorf("invalid name %.80q", f.text)
		}
		b = append(pad(b, 8), f.code, 1, fieldTypes[f.code], 0)
		b = appendText(b, f.text)
	}
	if len(args) > maxSignature {
		return nil, errors.New("too many arguments")
	} else if len(args) > 0 {
		b = append(pad(b, 8), fieldSignature, 1, 'g', 0, byte(len(args)))
		b = append(append(b, strings.Repeat("s", len(args))...), 0)
	}
	binary.LittleEndian.PutUint32(b[12:], uint32(len(b)-fixedSize))
	b = pad(b, 8)
	body := len(b)
	for _, arg := range args {
		if !validText(arg) {
			return nil, fmt.Errorf("invalid argument %.80q", arg)
		}
		if len(arg) > maxMessage-len(b) {
			return nil, errors.New("arguments are too long")
		}
		b = appendText(pad(b, 4), arg)
	}
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-body))
	return b, nil
}

func validText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

func pad(b []byte, n int) []byte { return append(b, make([]byte, -len(b)&(n-1))...) }

func appendText(b []byte, s string) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
	return append(append(b, s...), 0)
}

// message is one that was received.
type message struct {
	kind   byte
	order  binary.ByteOrder
	fields [len(fieldTypes)]any // by code; nil is absent
	body   []byte
}

// messageSize tells by its first [fixedSize] bytes how long a message is.
func messageSize(fixed []byte) (int, error) {
	order, err := orderOf(fixed)
	if err != nil {
		return 0, err
	}
	size := fixedSize + (uint64(order.Uint32(fixed[12:]))+7)&^7 + uint64(order.Uint32(fixed[4:]))
	if size > maxMessage {
		return 0, invalid("it is too long")
	}
	return int(size), nil
}

func orderOf(fixed []byte) (binary.ByteOrder, error) {
	if fixed[1] == 0 || fixed[3] != 1 {
		return nil, invalid("unknown version")
	}
	switch fixed[0] {
	case 'l':
		return binary.LittleEndian, nil
	case 'B':
		return binary.BigEndian, nil
	}
	return nil, invalid("unknown order of bytes")
}

// parse takes a message apart, whose length is what [messageSize] tells. The body is left as it is.
func parse(b []byte) (*message, error) {
	order, err := orderOf(b)
	if err != nil {
		return nil, err
	}
	if order.Uint32(b[8:]) == 0 {
		return nil, invalid("it has no serial")
	}
	m := &message{kind: b[1], order: order}
	end := fixedSize + int(order.Uint32(b[12:]))
	d := decoder{b: b[:(end+7)&^7], order: order, pos: fixedSize}
	d.each(end, func() {
		d.align(8)
		code := byte(d.number(1))
		v := d.variant(3) // in a structure in an array
		if code == 0 {
			d.fail("field 0")
		} else if int(code) < len(fieldTypes) {
			if m.fields[code] != nil || string(v.Signature) != fieldTypes[code:code+1] {
				d.fail("a field is of another type, or there twice")
			}
			m.fields[code] = v.Value
		}
	})
	d.align(8)
	m.body = b[len(d.b):]
	name, _ := m.fields[fieldErrorName].(string)
	if m.kind == kindReply || m.kind == kindError {
		if m.replySerial() == 0 || m.kind == kindError && !validErrorName(name) {
			d.fail("a field is missing")
		}
	}
	return m, d.err
}

// replySerial returns the serial of the call that the message is an answer to, 0 if it is none.
func (m *message) replySerial() uint32 {
	serial, _ := m.fields[fieldReplySerial].(uint32)
	return serial
}

// answer returns the values of a reply, or the error that it is.
func (m *message) answer() ([]any, error) {
	signature, _ := m.fields[fieldSignature].(Signature)
	d := decoder{b: m.body, order: m.order}
	values := d.body(string(signature))
	if d.err != nil || m.kind == kindReply {
		return values, d.err
	}
	failure := &Error{Name: m.fields[fieldErrorName].(string)}
	if len(values) > 0 {
		failure.Text, _ = values[0].(string)
	}
	return nil, failure
}
