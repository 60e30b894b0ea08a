package treefile

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// Value is the value of a variable: a boolean, a number or a string.
type Value struct {
	kind kind
	text string
}

// BoolValue makes a boolean.
func BoolValue(b bool) Value { return Value{kindBool, strconv.FormatBool(b)} }

// NumberValue makes a number.
func NumberValue(n uint64) Value { return Value{kindInt, strconv.FormatUint(n, 10)} }

// StringValue makes a string.
func StringValue(s string) Value { return Value{kindString, s} }

// String returns the value as it is substituted.
func (v Value) String() string { return v.text }

func (v *Value) decodeNode(d *decoder, n *node) error {
	switch n.kind {
	case kindBool, kindString:
		*v = Value{n.kind, n.text}
		return d.visit(n)
	case kindInt:
		u, err := d.uint(n, 64)
		*v = NumberValue(u)
		return err
	}
	return n.wrong("a boolean, a number or a string")
}

// ReleaseVer is the value of $releasever, which may be written as a number.
type ReleaseVer struct{ Value }

// NewReleaseVer makes a release version of a text.
func NewReleaseVer(s string) *ReleaseVer { return &ReleaseVer{StringValue(s)} }

func (r *ReleaseVer) decodeNode(d *decoder, n *node) error {
	if n.kind != kindInt && n.kind != kindString {
		return n.wrong("a number or a string")
	}
	return r.Value.decodeNode(d, n)
}

// MarshalJSON writes a number as such.
func (r ReleaseVer) MarshalJSON() ([]byte, error) {
	if r.kind == kindInt {
		return []byte(r.text), nil
	}
	return marshal(r.text)
}

// External is a file that a treefile names.
type External struct {
	Name string // as it is written
	Path string // in the file system that the treefile was read from; empty if it was not read from a file
}

func (e *External) decodeNode(d *decoder, n *node) error { return d.str(n, &e.Name) }

// MarshalJSON writes the name alone.
func (e External) MarshalJSON() ([]byte, error) { return marshal(e.Name) }

// AddFile is a file that is put into the tree.
type AddFile struct {
	Source External
	Dest   string // in the tree, with /etc where it is before it becomes /usr/etc
}

func (a *AddFile) decodeNode(d *decoder, n *node) error {
	if err := d.visit(n); err != nil {
		return err
	}
	if n.kind != kindList {
		return n.wrong("a tuple of size 2")
	}
	if len(n.list) != 2 {
		return n.errorf("invalid length %d, expected a tuple of size 2", len(n.list))
	}
	if err := d.str(n.list[0], &a.Source.Name); err != nil {
		return at("[0]", err)
	}
	return at("[1]", d.str(n.list[1], &a.Dest))
}

// MarshalJSON writes the pair as it is in a treefile.
func (a AddFile) MarshalJSON() ([]byte, error) { return marshal([2]string{a.Source.Name, a.Dest}) }

// RemoveFromPackage removes files of a package from the tree.
type RemoveFromPackage struct {
	Package  string
	Patterns []string // regular expressions, searched in the absolute path
}

func (r *RemoveFromPackage) decodeNode(d *decoder, n *node) error {
	if err := d.visit(n); err != nil {
		return err
	}
	if n.kind != kindList {
		return n.wrong("a sequence")
	}
	if len(n.list) == 0 {
		return n.errorf("invalid length 0, expected the name of a package")
	}
	for i, item := range n.list {
		var s string
		if err := d.str(item, &s); err != nil {
			return at(fmt.Sprintf("[%d]", i), err)
		}
		if i == 0 {
			r.Package = s
		} else {
			r.Patterns = append(r.Patterns, s)
		}
	}
	return nil
}

// MarshalJSON writes the list as it is in a treefile.
func (r RemoveFromPackage) MarshalJSON() ([]byte, error) {
	return marshal(append([]string{r.Package}, r.Patterns...))
}

// Check says what users or groups are compared with.
type Check struct {
	Type    CheckType
	File    External       // of CheckFile
	Entries map[string]IDs // of CheckData; of groups GID only
}

// IDs are the ids of a user, or the id of a group.
type IDs struct{ UID, GID uint32 }

func (c *Check) decodeNode(d *decoder, n *node) error {
	var raw struct {
		Type     checkType      `treefile:"type,required"`
		Filename *string        `treefile:"filename"`
		Entries  map[string]ids `treefile:"entries"`
	}
	if err := decodeStruct(d, n, &raw); err != nil {
		return err
	}
	*c = Check{Type: CheckType(raw.Type)}
	switch {
	case c.Type == CheckFile && raw.Filename == nil:
		return n.errorf("missing field `filename`")
	case c.Type == CheckFile:
		c.File.Name = *raw.Filename
	case c.Type == CheckData && raw.Entries == nil:
		return n.errorf("missing field `entries`")
	case c.Type == CheckData:
		c.Entries = make(map[string]IDs, len(raw.Entries))
		for name, e := range raw.Entries {
			c.Entries[name] = e.IDs
		}
	}
	return nil
}

// MarshalJSON writes what belongs to the type.
func (c Check) MarshalJSON() ([]byte, error) {
	out := struct {
		Type     CheckType      `json:"type"`
		Filename *string        `json:"filename,omitzero"`
		Entries  map[string]ids `json:"entries,omitzero"`
	}{Type: c.Type}
	switch c.Type {
	case CheckFile:
		out.Filename = &c.File.Name
	case CheckData:
		out.Entries = make(map[string]ids, len(c.Entries))
		for name, e := range c.Entries {
			out.Entries[name] = ids{e}
		}
	}
	return marshal(out)
}

type checkType string

func (t *checkType) decodeNode(d *decoder, n *node) error {
	return decodeEnum(d, n, t, nil, checkType(CheckNone), checkType(CheckPrevious), checkType(CheckFile), checkType(CheckData))
}

// ids reads ID, [ID] and [UID, GID].
type ids struct{ IDs }

func (e *ids) decodeNode(d *decoder, n *node) error {
	list := []*node{n}
	if n.kind == kindList {
		list = n.list
	}
	if len(list) < 1 || len(list) > 2 {
		return n.errorf("invalid length %d, expected one or two ids", len(list))
	}
	v := make([]uint32, 0, 2)
	for _, item := range list {
		u, err := d.uint(item, 32)
		if err != nil {
			return err
		}
		if u > maxID {
			return item.errorf("invalid value: integer `%d`, expected an id", u)
		}
		v = append(v, uint32(u))
	}
	e.UID, e.GID = v[0], v[len(v)-1]
	return nil
}

func (e ids) MarshalJSON() ([]byte, error) {
	if e.UID == e.GID {
		return json.Marshal(e.UID)
	}
	return json.Marshal([2]uint32{e.UID, e.GID})
}
