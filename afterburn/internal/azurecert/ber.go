package azurecert

import (
	"errors"
	"fmt"
)

// errMalformed is the root of the errors about bytes that are not BER, or not
// the structure that is due.
var errMalformed = errors.New("malformed data")

// The identifier bytes of BER that occur here.
const (
	tagInteger  = 0x02
	tagBits     = 0x03
	tagOctets   = 0x04
	tagOID      = 0x06
	tagSequence = 0x30
	tagSet      = 0x31
	constructed = 0x20
	context0    = 0x80 // implicit [0], primitive
	explicit0   = 0xa0 // explicit [0], or implicit and constructed
)

// element is one value: its identifier, what is inside, and all of it.
type element struct {
	id      byte
	content []byte
	raw     []byte
}

// header reads identifier and length. The length is -1 for the indefinite form.
func header(in []byte) (id byte, size, length int, err error) {
	if len(in) < 2 {
		return 0, 0, 0, fmt.Errorf("%w: cut short", errMalformed)
	}
	if in[0]&0x1f == 0x1f {
		return 0, 0, 0, fmt.Errorf("%w: tag in the long form", errMalformed)
	}
	id, size, length = in[0], 2, int(in[1])
	switch {
	case in[1] == 0x80:
		if id&constructed == 0 {
			return 0, 0, 0, fmt.Errorf("%w: primitive value of indefinite length", errMalformed)
		}
		return id, size, -1, nil
	case in[1] > 0x80:
		n := int(in[1] & 0x7f)
		if n > 4 || len(in) < 2+n {
			return 0, 0, 0, fmt.Errorf("%w: length", errMalformed)
		}
		size += n
		long := int64(0)
		for _, b := range in[2:size] {
			long = long<<8 | int64(b)
		}
		if long > int64(len(in)) {
			return 0, 0, 0, fmt.Errorf("%w: cut short", errMalformed)
		}
		length = int(long)
	}
	if length > len(in)-size {
		return 0, 0, 0, fmt.Errorf("%w: cut short", errMalformed)
	}
	return id, size, length, nil
}

// read takes the first value off the input.
func read(in []byte) (e element, rest []byte, err error) {
	id, size, length, err := header(in)
	if err != nil {
		return element{}, nil, err
	}
	end := size + length
	next := end
	if length < 0 {
		if end, err = indefinite(in, size); err != nil {
			return element{}, nil, err
		}
		next = end + 2
	}
	return element{id: id, content: in[size:end], raw: in[:next]}, in[next:], nil
}

// indefinite finds the end-of-contents mark that belongs to a value whose
// content begins at i. It counts the open values and does not recurse: the input
// decides how deep they are.
func indefinite(in []byte, i int) (int, error) {
	for open := 1; ; {
		if len(in)-i >= 2 && in[i] == 0 && in[i+1] == 0 {
			if open--; open == 0 {
				return i, nil
			}
			i += 2
			continue
		}
		_, size, length, err := header(in[i:])
		if err != nil {
			return 0, err
		}
		i += size
		if length < 0 {
			open++
		} else {
			i += length
		}
	}
}

// fields reads the values of a structure one after the other. The first error
// stays, and later reads give zero values.
type fields struct {
	rest []byte
	err  error
}

// structure opens the only value of the input, which must be a sequence.
func structure(in []byte) *fields {
	f := &fields{rest: in}
	e := f.take(tagSequence)
	if f.err == nil && len(f.rest) != 0 {
		f.err = fmt.Errorf("%w: trailing bytes", errMalformed)
	}
	f.rest = e.content
	return f
}

func (f *fields) more() bool { return f.err == nil && len(f.rest) > 0 }

// any takes the next value whatever it is.
func (f *fields) any() element {
	if f.err != nil {
		return element{}
	}
	var e element
	e, f.rest, f.err = read(f.rest)
	return e
}

// take takes the next value, which must have the identifier.
func (f *fields) take(id byte) element {
	e := f.any()
	if f.err == nil && e.id != id {
		f.err = fmt.Errorf("%w: identifier %#02x where %#02x is due", errMalformed, e.id, id)
	}
	if f.err != nil {
		return element{}
	}
	return e
}

// optional takes the next value if it has the identifier.
func (f *fields) optional(id byte) (element, bool) {
	if !f.more() || f.rest[0] != id {
		return element{}, false
	}
	e := f.any()
	return e, f.err == nil
}

// inside opens the next value, which must have the identifier.
func (f *fields) inside(id byte) *fields {
	e := f.take(id)
	return &fields{rest: e.content, err: f.err}
}

// octets takes a string of bytes, whole or in pieces.
func (f *fields) octets() []byte { return f.pieces(tagOctets) }

// pieces takes a string of bytes that may have an implicit tag.
func (f *fields) pieces(id byte) []byte {
	e := f.any()
	if f.err != nil {
		return nil
	}
	if e.id == id {
		return e.content
	}
	if e.id != id|constructed {
		f.err = fmt.Errorf("%w: identifier %#02x where %#02x is due", errMalformed, e.id, id)
		return nil
	}
	whole, err := join(nil, e.content, 3)
	if err != nil {
		f.err = err
	}
	return whole
}

// join puts the pieces of a string together, which may be in pieces themselves.
func join(whole, content []byte, depth int) ([]byte, error) {
	if depth == 0 {
		return nil, fmt.Errorf("%w: string in pieces of pieces", errMalformed)
	}
	for f := (&fields{rest: content}); len(f.rest) > 0; {
		e := f.any()
		switch {
		case f.err != nil:
			return nil, f.err
		case e.id == tagOctets:
			whole = append(whole, e.content...)
		case e.id == tagOctets|constructed:
			var err error
			if whole, err = join(whole, e.content, depth-1); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("%w: identifier %#02x inside a string", errMalformed, e.id)
		}
	}
	return whole, nil
}

// oid takes an object identifier, in its encoded form.
func (f *fields) oid() oid { return oid(f.take(tagOID).content) }

// integer takes a small number that is not negative.
func (f *fields) integer() int {
	e := f.take(tagInteger)
	n := 0
	if f.err == nil && (len(e.content) == 0 || len(e.content) > 4 || e.content[0] >= 0x80) {
		f.err = fmt.Errorf("%w: number out of range", errMalformed)
		return 0
	}
	for _, b := range e.content {
		n = n<<8 | int(b)
	}
	return n
}

// algorithm takes an AlgorithmIdentifier: its name and its parameters.
func (f *fields) algorithm() algorithm {
	in := f.inside(tagSequence)
	a := algorithm{id: in.oid()}
	if in.more() {
		a.parameters = in.any()
	}
	if in.err != nil {
		f.err = in.err
	}
	return a
}

type algorithm struct {
	id         oid
	parameters element // its id is 0 where there are none
}

// structure opens the parameters, which must be a sequence.
func (a algorithm) structure() *fields { return structure(a.parameters.raw) }

// oid is an object identifier in its encoded form, fit for comparisons.
type oid string

func (o oid) String() string {
	if len(o) == 0 || len(o) > 32 {
		return "of no known kind"
	}
	first := min(int(o[0])/40, 2)
	text := fmt.Sprintf("%d.%d", first, int(o[0])-40*first)
	n := uint64(0)
	for _, b := range []byte(o[1:]) {
		n = n<<7 | uint64(b&0x7f)
		if b < 0x80 {
			text += fmt.Sprintf(".%d", n)
			n = 0
		}
	}
	return text
}
