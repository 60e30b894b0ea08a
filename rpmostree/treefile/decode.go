package treefile

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// decoder turns nodes into values. It limits what aliases can blow up.
type decoder struct {
	format Format
	nodes  int // visited
	bytes  int // of text visited
}

const (
	maxNodes = 1 << 18
	maxText  = 8 * maxDocument
)

// visit accounts for a node.
func (d *decoder) visit(n *node) error {
	d.nodes++
	d.bytes += len(n.text)
	if d.nodes > maxNodes || d.bytes > maxText {
		return n.errorf("document is too large")
	}
	return nil
}

// nodeDecoder is implemented by types with a syntax of their own.
type nodeDecoder interface {
	decodeNode(d *decoder, n *node) error
}

// at puts a key before the path of an error.
func at(key string, err error) error {
	e, ok := err.(*SyntaxError)
	if !ok {
		return err
	}
	c := *e
	switch {
	case c.Key == "" || strings.HasPrefix(c.Key, "["):
		c.Key = key + c.Key
	default:
		c.Key = key + "." + c.Key
	}
	return &c
}

func (d *decoder) str(n *node, p *string) error {
	if err := d.visit(n); err != nil {
		return err
	}
	if n.kind != kindString {
		return n.wrong("a string")
	}
	*p = n.text
	return nil
}

func (d *decoder) uint(n *node, bits int) (uint64, error) {
	if err := d.visit(n); err != nil {
		return 0, err
	}
	if n.kind != kindInt {
		return 0, n.wrong(fmt.Sprintf("u%d", bits))
	}
	v, err := strconv.ParseUint(n.text, 10, bits)
	if err != nil {
		return 0, n.errorf("invalid value: integer `%s`, expected u%d", n.text, bits)
	}
	return v, nil
}

// value decodes a node into v, which is settable. Null leaves pointers, slices and maps nil.
func (d *decoder) value(n *node, v reflect.Value) error {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		if n.kind == kindNull {
			return d.visit(n)
		}
	}
	if v.Kind() == reflect.Pointer {
		p := reflect.New(v.Type().Elem())
		if err := d.value(n, p.Elem()); err != nil {
			return err
		}
		v.Set(p)
		return nil
	}
	if own, ok := v.Addr().Interface().(nodeDecoder); ok {
		return own.decodeNode(d, n)
	}
	switch v.Kind() {
	case reflect.Bool:
		if n.kind != kindBool {
			return n.wrong("a boolean")
		}
		v.SetBool(n.text == "true")
		return d.visit(n)
	case reflect.Uint32:
		u, err := d.uint(n, 32)
		v.SetUint(u)
		return err
	case reflect.String:
		var s string
		err := d.str(n, &s)
		v.SetString(s)
		return err
	case reflect.Slice:
		return d.list(n, v)
	case reflect.Map:
		return d.table(n, v)
	case reflect.Struct:
		return d.structure(n, v)
	}
	panic("treefile: no syntax for " + v.Type().String())
}

func (d *decoder) list(n *node, v reflect.Value) error {
	if err := d.visit(n); err != nil {
		return err
	}
	if n.kind != kindList {
		return n.wrong("a sequence")
	}
	out := reflect.MakeSlice(v.Type(), 0, min(len(n.list), 64))
	for i, item := range n.list {
		e := reflect.New(v.Type().Elem()).Elem()
		if item.kind == kindNull {
			return at(fmt.Sprintf("[%d]", i), item.wrong("a value"))
		}
		if err := d.value(item, e); err != nil {
			return at(fmt.Sprintf("[%d]", i), err)
		}
		out = reflect.Append(out, e)
	}
	if set, ok := out.Interface().(Set); ok {
		out = reflect.ValueOf(NewSet(set...))
	}
	v.Set(out)
	return nil
}

// table decodes a map with string keys.
func (d *decoder) table(n *node, v reflect.Value) error {
	if err := d.visit(n); err != nil {
		return err
	}
	if n.kind != kindMap {
		return n.wrong("a map")
	}
	if err := d.unique(n); err != nil {
		return err
	}
	out := reflect.MakeMap(v.Type())
	for _, f := range n.fields {
		d.bytes += len(f.name)
		e := reflect.New(v.Type().Elem()).Elem()
		if e.Kind() == reflect.Interface {
			x, err := d.any(f.value)
			if err != nil {
				return at(clip(f.name), err)
			}
			if x != nil {
				e.Set(reflect.ValueOf(x))
			}
		} else if err := d.value(f.value, e); err != nil {
			return at(clip(f.name), err)
		}
		out.SetMapIndex(reflect.ValueOf(f.name), e)
	}
	v.Set(out)
	return nil
}

// unique refuses a key that occurs twice, which JSON allows outside of structures.
func (d *decoder) unique(n *node) error {
	if d.format == JSON {
		return nil
	}
	seen := make(map[string]bool, len(n.fields))
	for _, f := range n.fields {
		if seen[f.name] {
			return duplicate(f)
		}
		seen[f.name] = true
	}
	return nil
}

func duplicate(f field) error {
	return &SyntaxError{Text: "duplicate field `" + clip(f.name) + "`", Line: f.line, Column: f.column}
}

// any converts a node to what a JSON decoder would give, with numbers as json.Number.
func (d *decoder) any(n *node) (any, error) {
	if err := d.visit(n); err != nil {
		return nil, err
	}
	switch n.kind {
	case kindBool:
		return n.text == "true", nil
	case kindInt, kindFloat:
		return json.Number(n.text), nil
	case kindString:
		return n.text, nil
	case kindList:
		out := make([]any, 0, min(len(n.list), 64))
		for i, item := range n.list {
			x, err := d.any(item)
			if err != nil {
				return nil, at(fmt.Sprintf("[%d]", i), err)
			}
			out = append(out, x)
		}
		return out, nil
	case kindMap:
		var out map[string]any
		err := d.table(n, reflect.ValueOf(&out).Elem())
		d.nodes-- // counted twice
		return out, err
	}
	return nil, nil
}

// member is a field of a structure that a key stands for.
type member struct {
	value    reflect.Value
	required bool
}

// members lists the keys of structures; embedded ones are part of their parent.
func members(into map[string]member, v reflect.Value) {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			members(into, v.Field(i))
			continue
		}
		tag, ok := f.Tag.Lookup("treefile")
		if !ok {
			tag = f.Tag.Get("json")
		}
		name, opts, _ := strings.Cut(tag, ",")
		if name != "" && name != "-" {
			into[name] = member{v.Field(i), opts == "required"}
		}
	}
}

// structure decodes a map with known keys; others are ignored.
func (d *decoder) structure(n *node, v reflect.Value) error {
	if err := d.visit(n); err != nil {
		return err
	}
	if n.kind != kindMap {
		return n.wrong("a map")
	}
	known := map[string]member{}
	members(known, v)
	_, err := d.fields(n, known)
	return err
}

// fields decodes the known keys of a map and returns the others.
func (d *decoder) fields(n *node, known map[string]member) (others []field, err error) {
	seen := make(map[string]bool, len(n.fields))
	for _, f := range n.fields {
		m, ok := known[f.name]
		if seen[f.name] && (ok || d.format == YAML) {
			return nil, duplicate(f)
		}
		seen[f.name] = true
		if !ok {
			others = append(others, f)
			continue
		}
		if m.required && f.value.kind == kindNull {
			return nil, at(f.name, f.value.wrong("a value"))
		}
		if err := d.value(f.value, m.value); err != nil {
			return nil, at(f.name, err)
		}
	}
	var missing []string
	for name, m := range known {
		if m.required && !seen[name] {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, n.errorf("missing field `%s`", slices.Min(missing))
	}
	return others, nil
}

// maxID is the largest user or group id; -1 means "none" to the kernel.
const maxID = math.MaxUint32 - 1

// decodeStruct decodes a map into the structure that p points to.
func decodeStruct(d *decoder, n *node, p any) error {
	return d.structure(n, reflect.ValueOf(p).Elem())
}

// strictStruct decodes a map without unknown keys into the structure that p points to.
func strictStruct(d *decoder, n *node, p any) error {
	if err := d.visit(n); err != nil {
		return err
	}
	if n.kind != kindMap {
		return n.wrong("a map")
	}
	known := map[string]member{}
	members(known, reflect.ValueOf(p).Elem())
	others, err := d.fields(n, known)
	if err != nil || len(others) == 0 {
		return err
	}
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, "`"+name+"`")
	}
	slices.Sort(names)
	f := others[0]
	return &SyntaxError{
		Text: fmt.Sprintf("unknown field `%s`, expected one of %s", clip(f.name), strings.Join(names, ", ")),
		Line: f.line, Column: f.column,
	}
}
