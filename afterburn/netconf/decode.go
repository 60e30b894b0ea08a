package netconf

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// A decoder fills structures from the values of a document. It keeps the path for
// messages and stops at the first error.
type decoder struct {
	log  *slog.Logger
	path []string
	err  error
}

// A field is a member of a mapping that the decoder looks for.
type field struct {
	name     string
	required bool
	set      func(*decoder, *value)
}

// optional is a text that may be absent, which is not the same as empty.
type optional struct {
	text string
	set  bool
}

// decode fills what the fields point to from the mapping v. Unknown members are
// left alone.
func decode(v *value, log *slog.Logger, fields ...field) error {
	d := &decoder{log: logger(log)}
	d.object(v, fields...)
	return d.err
}

// fail notes the first error, with the path and line of v.
func (d *decoder) fail(v *value, format string, args ...any) {
	if d.err != nil {
		return
	}
	where := strings.TrimPrefix(strings.Join(d.path, ""), ".")
	if where != "" {
		where += ": "
	}
	if v.line > 0 {
		where += fmt.Sprintf("line %d: ", v.line)
	}
	d.err = errors.New(where + fmt.Sprintf(format, args...))
}

// within calls f with a step added to the path.
func (d *decoder) within(step string, f func()) {
	d.path = append(d.path, step)
	f()
	d.path = d.path[:len(d.path)-1]
}

// object decodes a mapping. A required field that is missing and one that comes
// twice are errors; a null is as good as none where the field is not required.
func (d *decoder) object(v *value, fields ...field) {
	if v.kind != mapping && v.kind != nothing {
		d.fail(v, "expected a mapping, found %s", v.describe())
		return
	}
	var seen uint32 // bit per field
	for n, key := range v.keys {
		for f := range fields {
			if fields[f].name != key {
				continue
			}
			if seen&(1<<f) != 0 {
				d.fail(v.items[n], "duplicate field %q", key)
			}
			seen |= 1 << f
			if !fields[f].required && v.items[n].isNull() {
				continue
			}
			d.within("."+key, func() { fields[f].set(d, v.items[n]) })
		}
		if d.err != nil {
			return
		}
	}
	for f := range fields {
		if fields[f].required && seen&(1<<f) == 0 {
			d.fail(v, "missing field %q", fields[f].name)
		}
	}
}

// describe names a value in messages.
func (v *value) describe() string {
	switch {
	case v.kind == nothing:
		return "nothing"
	case v.kind == list:
		return "a list"
	case v.kind == mapping:
		return "a mapping"
	case v.isNull():
		return "null"
	}
	return strconv.Quote(clip(v.text))
}

// text decodes a scalar as it is written.
func text(to *string) func(*decoder, *value) {
	return func(d *decoder, v *value) {
		if v.kind != scalar {
			d.fail(v, "expected a string, found %s", v.describe())
			return
		}
		*to = v.text
	}
}

// maybe decodes a scalar that need not be there.
func maybe(to *optional) func(*decoder, *value) {
	return func(d *decoder, v *value) {
		text(&to.text)(d, v)
		to.set = true
	}
}

// flag decodes a boolean. The words of YAML 1.1 are accepted because netplan and
// cloud-init do.
func flag(to *bool) func(*decoder, *value) {
	return func(d *decoder, v *value) {
		word := ""
		if v.kind == scalar && v.plain {
			word = v.text
		}
		switch word {
		case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON":
			*to = true
		case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF":
			*to = false
		default:
			d.fail(v, "expected a boolean, found %s", v.describe())
		}
	}
}

// byteNumber decodes an integer of 8 bits that nobody asks for.
func byteNumber(d *decoder, v *value) {
	if _, err := strconv.ParseUint(v.text, 0, 8); err != nil || v.kind != scalar {
		d.fail(v, "expected a small number, found %s", v.describe())
	}
}

// each decodes a list with one call per item.
func each(item func(*decoder, *value)) func(*decoder, *value) {
	return func(d *decoder, v *value) {
		if v.kind != list {
			d.fail(v, "expected a list, found %s", v.describe())
			return
		}
		for n, i := range v.items {
			d.within("["+strconv.Itoa(n)+"]", func() { item(d, i) })
			if d.err != nil {
				return
			}
		}
	}
}

// texts decodes a list of scalars. A single scalar, which cloud-init takes as well,
// is a list of one; that is logged because Afterburn does not.
func texts(to *[]string) func(*decoder, *value) {
	return func(d *decoder, v *value) {
		if v.kind == scalar && !v.isNull() {
			d.log.Warn(fmt.Sprintf("%s is not a list, using its only value %q", strings.TrimPrefix(strings.Join(d.path, ""), "."), clip(v.text)))
			*to = append(*to, v.text)
			return
		}
		each(func(d *decoder, v *value) {
			var s string
			text(&s)(d, v)
			*to = append(*to, s)
		})(d, v)
	}
}
