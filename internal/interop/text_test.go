package interop

import (
	"encoding/json"
	"strconv"
	"strings"
)

// spoil changes a tree somewhere, so that it does not fit the schema any more.
func (g *generator) spoil(v any) any {
	switch v := v.(type) {
	case object:
		if len(v) == 0 || g.chance(30) {
			return g.spoilObject(v)
		}
		i := g.IntN(len(v))
		v[i].value = g.spoil(v[i].value)
		return v
	case []any:
		if len(v) == 0 || g.chance(20) {
			return g.odd()
		}
		i := g.IntN(len(v))
		v[i] = g.spoil(v[i])
		return v
	}
	return g.odd()
}

func (g *generator) spoilObject(o object) any {
	if len(o) == 0 {
		return pick[any](g.source, object{{"x", g.odd()}}, g.odd())
	}
	i := g.IntN(len(o))
	switch g.IntN(7) {
	case 0: // a misspelt key
		o[i].key = pick(g.source, strings.ToUpper(o[i].key), strings.ToUpper(o[i].key[:min(1, len(o[i].key))])+o[i].key[min(1, len(o[i].key)):], o[i].key+"x", "", "é"+o[i].key, strings.ReplaceAll(o[i].key, "s", "ſ"))
	case 1: // an unknown key
		return append(o, member{pick(g.source, "unknown", "", "a.b", "0", "x y", "ſ", "\"", "source"), g.odd()})
	case 2: // the same key again
		return append(o, member{pick(g.source, o[i].key, strings.ToUpper(o[i].key)), pick[any](g.source, o[i].value, g.odd())})
	case 3:
		return append(o[:i:i], o[i+1:]...)
	case 4:
		o[i].value = nil
	default:
		o[i].value = g.odd()
	}
	return o
}

// odd is a value that hardly fits anywhere.
func (g *generator) odd() any {
	return pick[any](g.source, nil, true, false, 0, 1, -1, "", "x", []any{}, object{}, []any{nil}, []any{1}, []any{"a", "a"}, []any{object{}}, object{{"a", 1}}, []any{[]any{}},
		raw("1.5"), raw("1e3"), raw("1e400"), raw("-0"), raw("99999999999999999999"), raw(`"\ud800"`), raw(`"\u0041\/"`), raw("9223372036854775807"), raw("1.0"))
}

// write writes a tree as JSON with odd spacing.
func (g *generator) write(b *strings.Builder, v any, spacing int) {
	g.space(b, spacing)
	switch v := v.(type) {
	case object:
		b.WriteByte('{')
		for i, m := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			g.space(b, spacing)
			g.writeString(b, m.key)
			g.space(b, spacing)
			b.WriteByte(':')
			g.write(b, m.value, spacing)
		}
		g.space(b, spacing)
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			g.write(b, e, spacing)
		}
		g.space(b, spacing)
		b.WriteByte(']')
	case string:
		g.writeString(b, v)
	case raw:
		b.WriteString(string(v))
	case int:
		b.WriteString(strconv.Itoa(v))
	case bool:
		b.WriteString(strconv.FormatBool(v))
	default:
		b.WriteString("null")
	}
	g.space(b, spacing)
}

func (g *generator) space(b *strings.Builder, spacing int) {
	for g.chance(spacing) {
		b.WriteString(pick(g.source, " ", "\n", "\t", "\r\n", "  ", "\n\n"))
	}
}

func (g *generator) writeString(b *strings.Builder, s string) {
	text, _ := json.Marshal(s)
	if g.chance(3) && len(s) > 0 && s[0] < 0x80 { // the same, spelt otherwise
		text = append([]byte(`"\u00`), append([]byte(strconv.FormatInt(int64(s[0])+0x100, 16)[1:]), mustMarshal(s[1:])[1:]...)...)
	}
	b.Write(text)
}

func mustMarshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

// text makes the text of a config, at times with damage.
func (g *generator) text() []byte {
	config := g.config()
	if g.chance(5) { // every section twice; decoding combines them in its own way
		config = append(config, g.config()...)
	}
	var tree any = config
	if g.chance(25) {
		for range 1 + g.IntN(3) {
			tree = g.spoil(tree)
		}
	}
	var b strings.Builder
	g.write(&b, tree, pick(g.source, 0, 0, 5, 20))
	text := []byte(b.String())
	if g.chance(8) {
		text = g.damage(text)
	}
	return text
}

// damage changes bytes.
func (g *generator) damage(text []byte) []byte {
	for range 1 + g.IntN(2) {
		i := g.IntN(len(text))
		switch g.IntN(5) {
		case 0:
			text = text[:i]
		case 1:
			text = append(text[:i:i], text[i+1:]...)
		case 2:
			text[i] = byte(g.IntN(256))
		case 3:
			j := min(len(text), i+g.IntN(20))
			text = append(text[:j:j], text[i:]...)
		case 4:
			insert := pick(g.source, ",", "}", "]", "{", "[", "\"", ":", "null", " ", "\n", "\\", "\x00", "\xff", "é", "1", "-", "\ufeff")
			text = append(text[:i:i], append([]byte(insert), text[i:]...)...)
		}
		if len(text) == 0 {
			break
		}
	}
	return text
}
