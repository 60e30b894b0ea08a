// Package configgen makes random configs for tests: mostly sensible ones, with
// all that goes wrong with configs mixed in, from colliding entries over odd
// spelling to broken syntax.
package configgen

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// Versions are what generated configs name.
var Versions = []string{"3.0.0", "3.1.0", "3.2.0", "3.3.0", "3.4.0", "3.5.0", "3.6.0", "3.7.0-experimental"}

// Generator makes configs.
type Generator struct {
	r     *rand.Rand
	b     strings.Builder
	dense int

	// Odd is how many of a thousand values, keys and tokens are not as they
	// should be.
	Odd int
	// Broken says that the text may be no JSON.
	Broken bool
}

// New returns a generator which the seed determines.
func New(seed uint64) *Generator {
	return &Generator{r: rand.New(rand.NewPCG(seed, 0x6e6573746f73)), Odd: 20}
}

func (g *Generator) odd() bool { return g.r.IntN(1000) < g.Odd }

func pick[T any](g *Generator, list []T) T { return list[g.r.IntN(len(list))] }

// Config is a config of a random version.
func (g *Generator) Config() []byte { return g.ConfigOf(pick(g, Versions)) }

// ConfigOf is a config that names a version.
func (g *Generator) ConfigOf(version string) []byte {
	g.b.Reset()
	g.dense = 2 + g.r.IntN(4)
	g.space()
	g.structure(reflect.TypeFor[types.Config](), func(key string) bool { return key == "ignition" }, version)
	g.space()
	text := []byte(g.b.String())
	if g.Broken {
		text = g.mutate(text)
	}
	return text
}

// mutate damages a text.
func (g *Generator) mutate(text []byte) []byte {
	for range g.r.IntN(4) {
		if len(text) == 0 {
			return text
		}
		i := g.r.IntN(len(text))
		switch g.r.IntN(5) {
		case 0:
			text = text[:i]
		case 1:
			text[i] = byte(g.r.IntN(256))
		case 2:
			text = append(text[:i:i], text[i+1:]...)
		case 3:
			text = append(text[:i:i], append([]byte(pick(g, scraps)), text[i:]...)...)
		case 4:
			text = append(text, pick(g, scraps)...)
		}
	}
	return text
}

var scraps = []string{"\n", "{}", "]", "}", "{", "[", ",", ":", `"`, "null", "1", "\\", "\ufeff", "\xff", "\x00", "e999", "-", ".", "\\u00e9", "\\ud800", "//", " "}

func (g *Generator) space() {
	if g.r.IntN(12) == 0 {
		g.b.WriteString(pick(g, []string{" ", "\n", "\t", "\r\n", "\n\n  "}))
	}
}

// structure writes an object for a struct type. Keys for which always is true are
// there.
func (g *Generator) structure(t reflect.Type, always func(string) bool, version string) {
	g.b.WriteByte('{')
	first := true
	member := func(key string, value func()) {
		if !first {
			g.b.WriteByte(',')
		}
		first = false
		g.space()
		g.b.WriteString(g.quote(key))
		g.space()
		g.b.WriteByte(':')
		g.space()
		value()
		g.space()
	}
	fields := fieldsOf(t)
	g.r.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	for _, f := range fields {
		needed := always != nil && always(f.name) || required[f.name] && g.r.IntN(12) > 0
		if !needed && g.r.IntN(10) >= g.density(f) {
			continue
		}
		for times := 1; times > 0; times-- {
			if g.odd() {
				times += 1 + g.r.IntN(2)
			}
			member(g.spell(f.name), func() {
				if f.name == "name" && f.typ.Kind() == reflect.String {
					g.name(t, version)
				} else {
					g.value(f.typ, f.name, version)
				}
			})
		}
	}
	if g.odd() {
		member(pick(g, unknown), func() { g.anything(0) })
	}
	g.space()
	g.b.WriteByte('}')
}

// required are keys that a sensible entry has.
var required = map[string]bool{"path": true, "device": true, "name": true, "source": true, "version": true, "target": true, "devices": true, "level": true, "thumbprint": true, "url": true, "format": true}

// density is how many of ten optional fields are there.
func (g *Generator) density(f field) int {
	if f.typ.Kind() == reflect.Slice || f.typ.Kind() == reflect.Struct {
		return g.dense + 1
	}
	return g.dense
}

var unknown = []string{"foo", "Foo", "x y", "%s", "Å", "", "name", "path", "source", "é\n", "aa\"b", "custom"}

type field struct {
	name string
	typ  reflect.Type
}

func fieldsOf(t reflect.Type) []field {
	var all []field
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			all = append(all, fieldsOf(f.Type)...)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		all = append(all, field{name, f.Type})
	}
	return all
}

// spell is a key, seldom in another case.
func (g *Generator) spell(key string) string {
	if !g.odd() {
		return key
	}
	switch g.r.IntN(5) {
	case 0:
		return strings.ToUpper(key)
	case 1:
		return strings.ToUpper(key[:1]) + key[1:]
	case 2:
		return strings.ReplaceAll(strings.ReplaceAll(key, "s", "ſ"), "k", "\u212a")
	case 3:
		return strings.ToLower(key)
	}
	return key + pick(g, []string{"s", " ", "\xff"})
}

// value writes a value for a field.
func (g *Generator) value(t reflect.Type, name, version string) {
	switch {
	case g.odd():
		g.b.WriteString("null")
	case g.r.IntN(8000) < g.Odd:
		g.anything(0)
	default:
		g.rest(t, name, version)
	}
}

// name writes the name of an entry of type t.
func (g *Generator) name(t reflect.Type, version string) {
	if g.odd() {
		g.b.WriteString("null")
		return
	}
	g.b.WriteString(g.quote(g.text(t, "name", version)))
}

func (g *Generator) rest(t reflect.Type, name, version string) {
	switch t.Kind() {
	case reflect.Pointer:
		g.value(t.Elem(), name, version)
	case reflect.Struct:
		var always func(string) bool
		if t == reflect.TypeFor[types.Ignition]() {
			always = func(key string) bool { return key == "version" }
		}
		g.structure(t, always, version)
	case reflect.Slice:
		g.list(t, name, version)
	case reflect.Bool:
		g.b.WriteString(strconv.FormatBool(g.r.IntN(2) == 0))
	case reflect.Int:
		g.integer(name)
	case reflect.String:
		g.b.WriteString(g.quote(g.text(t, name, version)))
	}
}

func (g *Generator) list(t reflect.Type, name, version string) {
	g.b.WriteByte('[')
	n := g.r.IntN(4)
	if g.r.IntN(20) == 0 {
		n = g.r.IntN(15)
	}
	for i := range n {
		if i > 0 {
			g.b.WriteByte(',')
		}
		g.space()
		g.value(t.Elem(), name, version)
		g.space()
	}
	g.space()
	g.b.WriteByte(']')
}

func (g *Generator) integer(name string) {
	switch {
	case g.odd():
		g.b.WriteString(pick(g, []string{"1.5", "1e3", "-0", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1.0", "-7"}))
	case name == "mode":
		g.b.WriteString(pick(g, []string{"420", "384", "493", "2541", "4095", "4096", "-1", "0"}))
	case name == "number" || name == "threshold":
		g.b.WriteString(strconv.Itoa(g.r.IntN(4)))
	default:
		g.b.WriteString(strconv.Itoa(g.r.IntN(40) - g.r.IntN(2)*3))
	}
}

// anything writes a value of any type.
func (g *Generator) anything(depth int) {
	kind := g.r.IntN(9)
	if depth > 3 {
		kind = g.r.IntN(6)
	}
	switch kind {
	case 0:
		g.b.WriteString("null")
	case 1:
		g.b.WriteString("true")
	case 2:
		g.b.WriteString(pick(g, []string{"0", "1", "-2.5e-3", "1e400", "12345678901234567890"}))
	case 3, 4:
		g.b.WriteString(g.quote(pick(g, unknown)))
	case 5:
		g.b.WriteString(pick(g, []string{"[]", "{}"}))
	case 6:
		g.b.WriteByte('[')
		g.anything(depth + 1)
		g.b.WriteByte(']')
	default:
		g.b.WriteString(`{"` + pick(g, []string{"a", "name", "foo"}) + `":`)
		g.anything(depth + 1)
		g.b.WriteByte('}')
	}
}

// quote writes a string in one of the many ways that JSON has.
func (g *Generator) quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	escape := g.odd()
	for _, c := range []byte(s) {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c < ' ' || escape && c < 0x80 && g.r.IntN(3) == 0:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
