package schema

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/report"
	"go.yaml.in/yaml/v3"
)

// Level is what of the schema a variant and version have.
type Level struct {
	Base      int    // minor version of the base schema, 1…8
	BaseName  string // packages of the reference, as type errors name them: "v0_6"
	OSName    string // "v1_6"; that of boot_device and grub
	OuterName string // "v4_19"; that of metadata and openshift
	Sugar     map[string]bool
}

// maxKeys bounds the keys of one mapping: the YAML library compares them pairwise.
const maxKeys = 10_000

// Aliases may make a config of expansion times the size of its text, or of
// minExpanded bytes: the YAML library counts values, not their length.
const (
	expansion   = 16
	minExpanded = 64 << 20
)

// Errors for texts that no config has.
var (
	ErrTooManyKeys = errors.New("yaml: mapping with too many keys")
	ErrExpansion   = errors.New("yaml: document contains excessive aliasing")
)

// Document is a parsed YAML text.
type Document struct {
	root    yaml.Node
	size    int                 // of the text
	aliased map[*yaml.Node]bool // what aliases stand for
}

// Header is what all variants have in common.
type Header struct {
	Version string `yaml:"version"`
	Variant string `yaml:"variant"`
}

// Parse reads the first document of text and its header. Errors are in the
// words of the YAML library.
func Parse(text []byte) (*Document, Header, error) {
	var d Document
	var h Header
	if err := yaml.Unmarshal(text, &d.root); err != nil {
		return nil, h, err
	}
	d.size = len(text)
	d.aliased = map[*yaml.Node]bool{}
	if err := d.survey(&d.root); err != nil {
		return nil, h, err
	}
	if err := d.root.Decode(&h); err != nil {
		return nil, h, rename(err, func(string) string { return "config.commonFields" })
	}
	return &d, h, nil
}

// survey bounds mappings and finds out what is aliased.
func (d *Document) survey(n *yaml.Node) error {
	if n.Kind == yaml.MappingNode && len(n.Content)/2 > maxKeys {
		return fmt.Errorf("%w (line %d)", ErrTooManyKeys, n.Line)
	}
	if n.Kind == yaml.AliasNode {
		d.aliased[n.Alias] = true
	}
	for _, c := range n.Content {
		if err := d.survey(c); err != nil {
			return err
		}
	}
	return nil
}

// hidden marks keys that the level does not have, so that the YAML library
// skips their values but still sees repetitions.
const hidden = "~not-in-this-version"

// Decode decodes the document as a config of a level: fields that the level does
// not have stay zero.
func (d *Document) Decode(l *Level) (*Config, error) {
	var c Config
	h := hiding{level: l, document: d, seen: map[use]bool{}, wanted: map[*yaml.Node]bool{}}
	h.visit(d.body(), reflect.TypeFor[Config]())
	h.rename()
	err := d.root.Decode(&c)
	for _, n := range h.keys {
		n.Value = strings.TrimSuffix(n.Value, hidden)
	}
	if err != nil {
		return nil, rename(err, l.typeName)
	}
	if len(d.aliased) > 0 {
		if textSize(reflect.ValueOf(c)) > max(minExpanded, expansion*d.size) {
			return nil, ErrExpansion
		}
		l.clear(reflect.ValueOf(&c).Elem())
	}
	return &c, nil
}

// has reports whether the level has a field.
func (l *Level) has(f *reflect.StructField) bool {
	if s := f.Tag.Get("sugar"); s != "" {
		return l.Sugar[s]
	}
	since, _ := strconv.Atoi(f.Tag.Get("since"))
	return l.Base >= since
}

func key(f *reflect.StructField) string { return f.Tag.Get("yaml") }

func fieldByKey(t reflect.Type, name string) (f reflect.StructField, found bool) {
	for i := range t.NumField() {
		if f = t.Field(i); key(&f) == name {
			return f, true
		}
	}
	return f, false
}

// hiding renames keys. What is aliased may be used at places of several types; a key
// that one of them has is left, and clear does the rest.
type hiding struct {
	level    *Level
	document *Document
	seen     map[use]bool        // of what is aliased
	keys     []*yaml.Node        // those that a type does not have at this level
	wanted   map[*yaml.Node]bool // those of aliased mappings that a type has
}

// use is a place of a type that a node is at.
type use struct {
	node *yaml.Node
	t    reflect.Type
}

const mergeKey = "<<"

func (h *hiding) visit(n *yaml.Node, t reflect.Type) {
	if n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n == nil {
		return
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if h.document.aliased[n] {
		if u := (use{n, t}); h.seen[u] {
			return
		} else {
			h.seen[u] = true
		}
	}
	switch {
	case t.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for _, c := range n.Content {
			h.visit(c, t.Elem())
		}
	case t.Kind() == reflect.Struct && n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			h.key(n.Content[i], n.Content[i+1], t)
		}
	}
}

// key looks at an entry of a mapping at the place of a struct.
func (h *hiding) key(k, value *yaml.Node, t reflect.Type) {
	if k.Kind != yaml.ScalarNode {
		return
	}
	f, found := fieldByKey(t, k.Value)
	switch {
	case !found && k.Value == mergeKey:
		h.merged(value, t)
	case !found:
	case h.level.has(&f):
		if len(h.document.aliased) > 0 {
			h.wanted[k] = true
		}
		h.visit(value, f.Type)
	default:
		h.keys = append(h.keys, k)
	}
}

// merged looks at mappings whose keys are laid under those of a struct.
func (h *hiding) merged(value *yaml.Node, t reflect.Type) {
	if value.Kind != yaml.SequenceNode {
		h.visit(value, t)
		return
	}
	for _, c := range value.Content {
		h.visit(c, t)
	}
}

func (h *hiding) rename() {
	for _, k := range h.keys {
		if !h.wanted[k] && !strings.HasSuffix(k.Value, hidden) {
			k.Value += hidden
		}
	}
}

// clear zeroes fields that came in although the level does not have them.
func (l *Level) clear(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && v.Type().Elem().Kind() == reflect.Struct {
			l.clear(v.Elem())
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Struct {
			for i := range v.Len() {
				l.clear(v.Index(i))
			}
		}
	case reflect.Struct:
		t := v.Type()
		for i := range t.NumField() {
			if f := t.Field(i); !l.has(&f) {
				v.Field(i).SetZero()
			} else {
				l.clear(v.Field(i))
			}
		}
	}
}

// textSize is the length of all strings in v.
func textSize(v reflect.Value) (n int) {
	switch v.Kind() {
	case reflect.String:
		n = v.Len()
	case reflect.Pointer:
		if !v.IsNil() {
			n = textSize(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			n += textSize(v.Index(i))
		}
	case reflect.Map:
		for k, e := range v.Seq2() {
			n += k.Len() + e.Len()
		}
	case reflect.Struct:
		for i := range v.NumField() {
			n += textSize(v.Field(i))
		}
	}
	return n
}

var typeRe = regexp.MustCompile(`\bschema\.(\w+)`)

// rename gives the types in a decoding error the names they have in the reference.
func rename(err error, name func(string) string) error {
	te, ok := err.(*yaml.TypeError)
	if !ok {
		return err
	}
	for i, s := range te.Errors {
		s = strings.ReplaceAll(s, hidden, "")
		// The offending value comes first and is quoted: only the type at the end is ours.
		if at := strings.LastIndex(s, " into "); at >= 0 {
			s = s[:at] + typeRe.ReplaceAllStringFunc(s[at:], func(m string) string { return name(strings.TrimPrefix(m, "schema.")) })
		}
		te.Errors[i] = s
	}
	return te
}

// typeName is the name of a type of this package in the version of the level.
func (l *Level) typeName(t string) string {
	switch t {
	case "Config":
		return l.OuterName + ".Config"
	case "Metadata", "OpenShift":
		return l.OuterName + "." + t
	case "BootDevice", "BootDeviceLuks", "BootDeviceMirror", "Grub", "GrubUser":
		return l.OSName + "." + t
	case "FileContents", "ConfigReference", "CaReference":
		if l.Base > 1 {
			t = "Resource"
		}
	case "FilesystemOption":
		if l.Base > 1 {
			return "string"
		}
	case "LuksOption", "RaidOption":
		if l.Base > 4 {
			return "string"
		}
	case "ClevisCustom":
		if l.Base < 4 {
			t = "Custom"
		}
	}
	return l.BaseName + "." + t
}

// body is the top-level node, nil if the text is empty.
func (d *Document) body() *yaml.Node {
	if d.root.Kind == yaml.DocumentNode && len(d.root.Content) > 0 {
		return d.root.Content[0]
	}
	return nil
}

// Position is the position of the value at a path, or of the deepest of its
// ancestors that exists. Aliases are not followed.
func (d *Document) Position(p report.Path) report.Pos {
	n, _ := find(d.body(), p)
	return pos(n)
}

// KeyPosition is that of a key in the mapping that path leads to, its last element
// not counted; or that of the deepest ancestor of the mapping that exists.
func (d *Document) KeyPosition(path report.Path, name string) report.Pos {
	n, found := find(d.body(), path[:max(len(path)-1, 0)])
	if found && n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == name {
				return pos(n.Content[i])
			}
		}
	}
	return pos(n)
}

func pos(n *yaml.Node) report.Pos {
	if n == nil {
		return report.Pos{}
	}
	return report.Pos{Known: true, Line: n.Line, Col: n.Column}
}

// find returns the deepest existing node on the way to p, and whether it is p's.
func find(n *yaml.Node, p report.Path) (*yaml.Node, bool) {
	for _, e := range p {
		next := child(n, e)
		if next == nil {
			return n, false
		}
		n = next
	}
	return n, n != nil
}

func child(n *yaml.Node, element any) *yaml.Node {
	if n == nil {
		return nil
	}
	switch e := element.(type) {
	case string:
		if n.Kind == yaml.MappingNode {
			for i := len(n.Content) - 2; i >= 0; i -= 2 {
				if n.Content[i].Value == e {
					return n.Content[i+1]
				}
			}
		}
	case int:
		if n.Kind == yaml.SequenceNode && e >= 0 && e < len(n.Content) {
			return n.Content[e]
		}
	}
	return nil
}
