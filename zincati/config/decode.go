package config

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"

	"github.com/nestos-dev/nestos/zincati/config/internal/tomltree"
)

// decoder checks the types of a tree and takes the values out. It is as strict, and words its errors, as the serde
// crate does with the structures of Zincati 0.0.32: keys are visited in byte order, the first wrong one is reported,
// then what is missing. As there, a table may also be written as an array of its values in order, and a date or time
// where a table belongs counts as an empty one.
type decoder struct{ source string }

// field is a key of a table.
type field struct {
	name     string
	required bool
	additive bool // not known to Zincati: no place in the form as an array
	decode   func(v *tomltree.Value, path string) error
}

// structure decodes a table, called name in messages.
func (d *decoder) structure(v *tomltree.Value, path, name string, fields []field) error {
	switch v.Kind {
	case tomltree.Table:
		return d.table(v, path, fields)
	case tomltree.Array:
		return d.sequence(v, path, name, fields)
	case tomltree.Datetime:
		return d.missing(v, path, fields, nil)
	}
	return d.wrongType(v, path, "struct "+name)
}

func (d *decoder) table(v *tomltree.Value, path string, fields []field) error {
	seen := map[string]bool{}
	for _, key := range v.Keys() {
		for _, f := range fields {
			if f.name != key {
				continue
			}
			seen[key] = true
			if err := f.decode(v.Get(key), join(path, key)); err != nil {
				return err
			}
		}
	}
	return d.missing(v, path, fields, seen)
}

func (d *decoder) missing(v *tomltree.Value, path string, fields []field, seen map[string]bool) error {
	for _, f := range fields {
		if f.required && !seen[f.name] {
			return d.fail(v, path, "missing field `"+f.name+"`")
		}
	}
	return nil
}

func (d *decoder) sequence(v *tomltree.Value, path, name string, fields []field) error {
	var known []field
	for _, f := range fields {
		if !f.additive {
			known = append(known, f)
		}
	}
	for i, f := range known {
		if i >= len(v.Items) {
			elements := "elements"
			if len(known) == 1 {
				elements = "element"
			}
			return d.fail(v, path, fmt.Sprintf("invalid length %d, expected struct %s with %d %s", i, name, len(known), elements))
		}
		if err := f.decode(v.Items[i], fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) list(v *tomltree.Value, path string, item func(v *tomltree.Value, path string) error) error {
	if v.Kind != tomltree.Array {
		return d.wrongType(v, path, "a sequence")
	}
	for i, e := range v.Items {
		if err := item(e, fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	return nil
}

// text returns a field for a string.
func (d *decoder) text(name string, to **string) field {
	return field{name: name, decode: func(v *tomltree.Value, path string) error {
		s, err := d.str(v, path)
		*to = &s
		return err
	}}
}

func (d *decoder) str(v *tomltree.Value, path string) (string, error) {
	if v.Kind != tomltree.String {
		return "", d.wrongType(v, path, "a string")
	}
	return v.Str, nil
}

// boolean returns a field for a boolean.
func (d *decoder) boolean(name string, to **bool) field {
	return field{name: name, decode: func(v *tomltree.Value, path string) error {
		if v.Kind != tomltree.Boolean {
			return d.wrongType(v, path, "a boolean")
		}
		*to = &v.Bool
		return nil
	}}
}

// unsigned decodes an integer of so many bits.
func (d *decoder) unsigned(v *tomltree.Value, path string, bits int, expected string) (uint64, error) {
	if v.Kind != tomltree.Integer || !fits64(v.Int) {
		return 0, d.wrongType(v, path, expected)
	}
	if v.Int.Sign() < 0 || v.Int.BitLen() > bits {
		return 0, d.fail(v, path, fmt.Sprintf("invalid value: integer `%s`, expected %s", v.Int, expected))
	}
	return v.Int.Uint64(), nil
}

func fits64(n *big.Int) bool { return n.IsInt64() || n.IsUint64() }

// float decodes a number that is not NaN.
func (d *decoder) float(v *tomltree.Value, path string) (float64, error) {
	switch {
	case v.Kind == tomltree.Integer && fits64(v.Int):
		f, _ := new(big.Float).SetInt(v.Int).Float64()
		return f, nil
	case v.Kind != tomltree.Float:
		return 0, d.wrongType(v, path, "f64")
	case math.IsNaN(v.Float):
		return 0, d.fail(v, path, "invalid value: floating point `NaN`, expected float (but not NaN)")
	}
	return v.Float, nil
}

func (d *decoder) wrongType(v *tomltree.Value, path, expected string) error {
	return d.fail(v, path, fmt.Sprintf("invalid type: %s, expected %s", unexpected(v), expected))
}

// fail makes the error, whose last line names the key.
func (d *decoder) fail(v *tomltree.Value, path, message string) error {
	return tomltree.NewError(d.source, v.Span, message+"\nin `"+path+"`")
}

// unexpected describes a value, a long string shortened.
func unexpected(v *tomltree.Value) string {
	switch v.Kind {
	case tomltree.Boolean:
		return fmt.Sprintf("boolean `%t`", v.Bool)
	case tomltree.Integer:
		if !fits64(v.Int) {
			return fmt.Sprintf("integer `%s` as i128", v.Int)
		}
		return fmt.Sprintf("integer `%s`", v.Int)
	case tomltree.Float:
		return "floating point `" + rustFloat(v.Float) + "`"
	case tomltree.String:
		return "string " + rustQuote(v.Str)
	case tomltree.Array:
		return "sequence"
	}
	return "map"
}

// rustFloat writes all digits, and a decimal point always.
func rustFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// maxQuoted is how many characters of a string a message shows.
const maxQuoted = 256

// rustQuote writes a string as Rust's debug format does.
func rustQuote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	shown := 0
	for _, r := range s {
		if shown++; shown > maxQuoted {
			b.WriteString("…")
			break
		}
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == 0:
			b.WriteString(`\0`)
		case !unicode.IsPrint(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r):
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func join(path, key string) string {
	if strings.Trim(key, "abcdefghijklmnopqrstuvwxyz_") != "" || key == "" {
		key = rustQuote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}
