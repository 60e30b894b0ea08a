package afterburn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/afterburn/netconf"
)

// An object reads the members of a JSON object the way the clouds' documents
// are described: names match exactly (encoding/json folds their case), a
// member that must be there must not be null, numbers are no strings. The
// first mistake is kept, so that a document is read as a flat list of members:
//
//	o := parseObject(data)
//	d.Hostname, d.Region = o.text("hostname"), o.text("region")
//	return o.err()
type object struct {
	members map[string]json.RawMessage
	path    string // where this object stands in the document: "network.", "" at the top
	first   *error // shared by an object and all that are inside
}

// parseObject is for the whole document; object.object is for what is inside.
func parseObject(data []byte) object {
	o := object{first: new(error)}
	if !utf8.Valid(data) {
		o.fail("", errors.New("invalid UTF-8"))
		return o
	}
	o.parse(data)
	return o
}

func (o *object) parse(data json.RawMessage) {
	if !bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{")) {
		o.fail("", mistyped(data, "a map"))
		return
	}
	if err := json.Unmarshal(data, &o.members); err != nil {
		o.fail("", err)
	}
}

// err returns the first mistake in the document.
func (o object) err() error { return *o.first }

func (o object) fail(name string, err error) {
	if *o.first != nil {
		return
	}
	if where := strings.TrimSuffix(o.path+name, "."); where != "" {
		err = fmt.Errorf("%s: %v", where, err)
	}
	*o.first = err
}

// has tells whether an optional member is there and not null.
func (o object) has(name string) bool {
	raw, ok := o.members[name]
	return ok && !bytes.Equal(raw, []byte("null"))
}

// raw returns a member that must be there.
func (o object) raw(name string) (json.RawMessage, bool) {
	raw, ok := o.members[name]
	if !ok && *o.first == nil {
		if where := strings.TrimSuffix(o.path, "."); where != "" {
			*o.first = fmt.Errorf("%s: missing field `%s`", where, name)
		} else {
			*o.first = fmt.Errorf("missing field `%s`", name)
		}
	}
	return raw, ok
}

func (o object) text(name string) string {
	raw, ok := o.raw(name)
	if !ok {
		return ""
	}
	s, err := parseText(raw)
	if err != nil {
		o.fail(name, err)
	}
	return s
}

// optText returns nil for a member that is absent or null.
func (o object) optText(name string) *string {
	if !o.has(name) {
		return nil
	}
	s := o.text(name)
	return &s
}

// integer reads a whole number of a C type: bits of 8, 32 or 64.
func (o object) integer(name string, bits int) int64 {
	raw, ok := o.raw(name)
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(string(raw), 10, bits)
	if err != nil {
		o.fail(name, mistyped(raw, fmt.Sprintf("i%d", bits)))
	}
	return n
}

// unsigned reads a whole number that is not negative.
func (o object) unsigned(name string, bits int) uint64 {
	raw, ok := o.raw(name)
	if !ok {
		return 0
	}
	n, err := strconv.ParseUint(string(raw), 10, bits)
	if err != nil {
		o.fail(name, mistyped(raw, fmt.Sprintf("u%d", bits)))
	}
	return n
}

func (o object) boolean(name string) bool {
	raw, ok := o.raw(name)
	if !ok {
		return false
	}
	if s := string(raw); s != "true" && s != "false" {
		o.fail(name, mistyped(raw, "a boolean"))
	}
	return string(raw) == "true"
}

// addr reads an IP address without a zone.
func (o object) addr(name string) netip.Addr {
	raw, ok := o.raw(name)
	if !ok {
		return netip.Addr{}
	}
	a, err := parseAddr(raw)
	if err != nil {
		o.fail(name, err)
	}
	return a
}

// object returns an object inside; one that is absent or mistyped is empty.
func (o object) object(name string) object {
	in := object{path: o.path + name + ".", first: o.first}
	if raw, ok := o.raw(name); ok {
		in.parse(raw)
	}
	return in
}

// list returns the elements of an array that must be there.
func (o object) list(name string) []json.RawMessage {
	raw, ok := o.raw(name)
	if !ok {
		return nil
	}
	list, err := parseList(raw)
	if err != nil {
		o.fail(name, err)
	}
	return list
}

// objects calls each for the elements of an array of objects.
func (o object) objects(name string, each func(object)) {
	for i, raw := range o.list(name) {
		in := object{path: fmt.Sprintf("%s%s[%d].", o.path, name, i), first: o.first}
		in.parse(raw)
		if o.err() != nil {
			return
		}
		each(in)
	}
}

func (o object) texts(name string) []string {
	return elements(o, name, o.list(name), parseText)
}

func (o object) addrs(name string) []netip.Addr {
	return elements(o, name, o.list(name), parseAddr)
}

// elements reads each element of an array and stops at the first mistake.
func elements[T any](o object, name string, raws []json.RawMessage, parse func(json.RawMessage) (T, error)) []T {
	out := make([]T, 0, len(raws))
	for i, raw := range raws {
		v, err := parse(raw)
		if err != nil {
			o.fail(fmt.Sprintf("%s[%d]", name, i), err)
			return nil
		}
		out = append(out, v)
	}
	return out
}

func parseText(raw json.RawMessage) (s string, err error) {
	if !bytes.HasPrefix(raw, []byte(`"`)) {
		return "", mistyped(raw, "a string")
	}
	err = json.Unmarshal(raw, &s)
	return s, err
}

func parseAddr(raw json.RawMessage) (netip.Addr, error) {
	s, err := parseText(raw)
	if err != nil {
		return netip.Addr{}, err
	}
	return netconf.ParseAddr(s)
}

func parseList(raw json.RawMessage) (list []json.RawMessage, err error) {
	if !bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("[")) {
		return nil, mistyped(raw, "a sequence")
	}
	err = json.Unmarshal(raw, &list)
	return list, err
}

// textList is a document that is an array of strings.
type textList []string

// UnmarshalJSON refuses elements that are no strings, null among them.
func (l *textList) UnmarshalJSON(data []byte) error {
	if !utf8.Valid(data) {
		return errors.New("invalid UTF-8")
	}
	raws, err := parseList(data)
	if err != nil {
		return err
	}
	o := object{first: new(error)}
	*l = elements(o, "", raws, parseText)
	return o.err()
}

// mistyped tells what a value is and what it had to be.
func mistyped(raw json.RawMessage, want string) error {
	return fmt.Errorf("invalid type: %s, expected %s", kindOf(raw), want)
}

func kindOf(raw json.RawMessage) string {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	if len(raw) == 0 {
		return "nothing"
	}
	switch raw[0] {
	case 'n':
		return "null"
	case 't', 'f':
		return "boolean `" + string(raw) + "`"
	case '"':
		return "string " + clip(string(raw))
	case '[':
		return "sequence"
	case '{':
		return "map"
	}
	if bytes.ContainsAny(raw, ".eE") {
		return "floating point `" + clip(string(raw)) + "`"
	}
	return "integer `" + clip(string(raw)) + "`"
}

// clip makes a text of the network fit for one line of a message: at most 80
// characters, control characters escaped.
func clip(s string) string {
	const most = 80
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > most {
			b.WriteString("…")
			break
		}
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}
