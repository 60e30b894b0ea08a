package nmstate

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// object reads the fields of one map. Each field is taken once; end complains about those
// that nobody took. The first error of a document stays, and all readings after it give
// zero values, so that callers check once.
type object struct {
	at    string // for messages: "interfaces[0].ipv4"
	value *value
	taken []bool
	err   *error
}

func newObject(at string, v *value, err *error) *object {
	o := &object{at: at, value: v, err: err}
	if v == nil || v.kind != mapKind {
		if v != nil {
			o.fail(v, "invalid type: %s, expected a map", v.kind)
		}
		o.value = &value{kind: mapKind}
	}
	o.taken = make([]bool, len(o.value.keys))
	return o
}

func (o *object) fail(v *value, format string, args ...any) {
	if *o.err == nil {
		*o.err = fmt.Errorf("%s%w (line %d)", o.prefix(), fmt.Errorf(format, args...), v.line)
	}
}

func (o *object) prefix() string {
	if o.at == "" {
		return ""
	}
	return o.at + ": "
}

func (o *object) child(key string) string {
	if o.at == "" {
		return key
	}
	return o.at + "." + key
}

// take returns a field by one of its names, or nil. A null is the same as no field.
func (o *object) take(names ...string) *value {
	var found *value
	for n, key := range o.value.keys {
		if !slices.Contains(names, key) {
			continue
		}
		o.taken[n] = true
		if found != nil {
			o.fail(o.value.items[n], "duplicate field `%s`", names[0])
		}
		found = o.value.items[n]
	}
	if found != nil && found.kind == nullKind {
		return nil
	}
	return found
}

// end is called when all fields that have a meaning were taken.
func (o *object) end() {
	for n, key := range o.value.keys {
		if !o.taken[n] {
			o.fail(o.value.items[n], "unknown field `%s`", key)
		}
	}
}

// unsupported refuses fields that nmstate knows.
func (o *object) unsupported(names ...string) {
	for _, name := range names {
		if v := o.take(name); v != nil {
			o.fail(v, "%s is %w", name, ErrNotSupported)
		}
	}
}

// ignore takes fields that only describe a running system.
func (o *object) ignore(names ...string) {
	for _, name := range names {
		o.take(name)
	}
}

func (o *object) require(names ...string) {
	for _, name := range names {
		if !slices.Contains(o.value.keys, name) {
			o.fail(o.value, "missing field `%s`", name)
		}
	}
}

func (o *object) has(name string) bool {
	n := slices.Index(o.value.keys, name)
	return n >= 0 && o.value.items[n].kind != nullKind
}

func (o *object) sub(names ...string) *object {
	v := o.take(names...)
	if v == nil {
		return nil
	}
	return newObject(o.child(names[0]), v, o.err)
}

// list returns the items of a sequence and whether there is one.
func (o *object) list(names ...string) ([]*value, bool) {
	v := o.take(names...)
	if v == nil {
		return nil, false
	}
	if v.kind != listKind {
		o.fail(v, "%s: invalid type: %s, expected a sequence", names[0], v.kind)
	}
	return v.items, true
}

func (o *object) objects(names ...string) ([]*object, bool) {
	items, ok := o.list(names...)
	var list []*object
	for n, v := range items {
		list = append(list, newObject(fmt.Sprintf("%s[%d]", o.child(names[0]), n), v, o.err))
	}
	return list, ok
}

func (o *object) texts(names ...string) ([]string, bool) {
	items, ok := o.list(names...)
	var list []string
	for _, v := range items {
		list = append(list, o.textOf(names[0], v))
	}
	return list, ok
}

// text returns a string that can stand in a keyfile, "" if there is none.
func (o *object) text(name string) string {
	v := o.take(name)
	if v == nil {
		return ""
	}
	return o.textOf(name, v)
}

func (o *object) textOf(name string, v *value) string {
	if v.kind != textKind {
		o.fail(v, "%s: invalid type: %s, expected a string", name, v.kind)
		return ""
	}
	if err := checkText(v.text); err != nil {
		o.fail(v, "%s: %w", name, err)
	}
	return v.text
}

// checkText refuses what would not come out of a keyfile as it went in.
func checkText(s string) error {
	for _, c := range s {
		if c < ' ' || c == 0x7f || c == '\\' {
			return fmt.Errorf("%q in a string is %w", c, ErrNotSupported)
		}
	}
	if strings.TrimSpace(s) != s {
		return fmt.Errorf("white space around a string is %w", ErrNotSupported)
	}
	return nil
}

// uint returns an unsigned number of some bits, given as a number or as text.
func (o *object) uint(name string, bits int) *uint64 {
	v := o.take(name)
	if v == nil {
		return nil
	}
	text, base := v.text, 10
	switch v.kind {
	case intKind:
	case textKind:
		if hex, ok := strings.CutPrefix(text, "0x"); ok {
			text, base = hex, 16
		}
	default:
		o.fail(v, "%s: invalid type: %s, expected unsigned integer or string", name, v.kind)
		return nil
	}
	n, err := strconv.ParseUint(text, base, bits)
	if err != nil {
		o.fail(v, "%s: %w", name, numError(err, text))
	}
	return &n
}

// metric returns a number from -1 to the greatest of 32 bits.
func (o *object) metric(name string) *int64 {
	v := o.take(name)
	if v == nil {
		return nil
	}
	if v.kind != intKind && v.kind != textKind {
		o.fail(v, "%s: invalid type: %s, expected signed integer or string", name, v.kind)
		return nil
	}
	n, err := strconv.ParseInt(v.text, 10, 64)
	if err == nil && (n < -1 || n > 1<<32-1) {
		err = strconv.ErrRange
	}
	if err != nil {
		o.fail(v, "%s: %w", name, numError(err, v.text))
	}
	return &n
}

func (o *object) int32(name string) *int64 {
	v := o.take(name)
	if v == nil {
		return nil
	}
	if v.kind != intKind && v.kind != textKind {
		o.fail(v, "%s: invalid type: %s, expected signed integer or string", name, v.kind)
		return nil
	}
	n, err := strconv.ParseInt(v.text, 10, 32)
	if err != nil {
		o.fail(v, "%s: %w", name, numError(err, v.text))
	}
	return &n
}

func numError(err error, text string) error {
	if errors.Is(err, strconv.ErrRange) {
		return fmt.Errorf("%s is out of range", text)
	}
	return fmt.Errorf("%q is not a number", text)
}

func (o *object) bool(name string) *bool {
	v := o.take(name)
	if v == nil {
		return nil
	}
	on := false
	switch strings.ToLower(v.text) {
	case "1", "true", "yes", "on", "y":
		on = true
	case "0", "false", "no", "off", "n":
	default:
		o.fail(v, "%s: need to be boolean: 1|0|true|false|yes|no|on|off|y|n", name)
	}
	return &on
}

func (o *object) isTrue(name string) bool {
	b := o.bool(name)
	return b != nil && *b
}

// enum returns the canonical form of a word. Of names like "balance-rr|0" the first
// alternative is the canonical one.
func (o *object) enum(field string, names ...string) string {
	v := o.take(field)
	if v == nil {
		return ""
	}
	if v.kind == textKind || v.kind == intKind {
		for _, name := range names {
			forms := strings.Split(name, "|")
			if slices.Contains(forms, v.text) {
				return forms[0]
			}
		}
	}
	o.fail(v, "%s: unknown variant `%s`, expected one of %s", field, v.text, strings.Join(names, ", "))
	return ""
}

// mac returns a MAC address in upper case.
func (o *object) mac(name string) string {
	s := o.text(name)
	if s == "" {
		return ""
	}
	octets := strings.FieldsFunc(s, func(c rune) bool { return c == ':' || c == '-' })
	ok := len(octets) == 6 && len(s) == 17
	for _, octet := range octets {
		_, err := strconv.ParseUint(octet, 16, 8)
		ok = ok && len(octet) == 2 && err == nil
	}
	if !ok {
		o.fail(o.value, "%s: %q is no MAC address", name, s)
	}
	return strings.ToUpper(s)
}

func (o *object) addr(name string) netip.Addr {
	if !o.has(name) {
		o.take(name)
		return netip.Addr{}
	}
	s := o.text(name)
	a, err := parseAddr(s)
	if err != nil {
		o.fail(o.value, "%s: invalid IP address %q", name, s)
	}
	return a
}
