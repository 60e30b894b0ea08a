package rpmostree

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/internal/jsonpath"
)

// Status is the state of a system as "status --json" prints it.
type Status struct {
	Deployments []*DeploymentInfo
	// Transaction is the method, the sender and the path of what is running; nil if nothing is.
	Transaction []string
	// CachedUpdate is what the last check for updates found; nil if nothing.
	CachedUpdate *object.Dict
	// Driver is who updates the system; nil if nobody has registered.
	Driver *UpdateDriver
}

// Query selects values of the status as JSON by a part of JSONPath, as "status --jsonpath" does: $, .name, ['name'], [n],
// [n,m], .*, [*] and ..name.
func (s *Status) Query(expr string) ([]json.RawMessage, error) { return jsonpath.Query(expr, s) }

// Status describes the system.
func (s *System) Status(ctx context.Context) (*Status, error) {
	st := &Status{}
	var err error
	if st.Deployments, err = s.Deployments(ctx); err != nil {
		return nil, err
	}
	if st.Driver, err = s.UpdateDriver(); err != nil {
		return nil, err
	}
	if st.CachedUpdate, err = s.CachedUpdate(); err != nil {
		return nil, err
	}
	return st, nil
}

// MarshalJSON returns an object with the members deployments, transaction, cached-update and update-driver.
func (s *Status) MarshalJSON() ([]byte, error) {
	deployments := s.Deployments
	if deployments == nil {
		deployments = []*DeploymentInfo{}
	}
	var cached, driver any
	if s.CachedUpdate != nil {
		cached = variantJSON(s.CachedUpdate.Value())
	}
	if s.Driver != nil {
		driver = ordered{{"driver-name", s.Driver.Name}, {"driver-sd-unit", s.Driver.Unit}}
	}
	return json.Marshal(ordered{
		{"deployments", deployments}, {"transaction", s.Transaction}, {"cached-update", cached}, {"update-driver", driver},
	})
}

// MarshalJSON returns the dictionary of the deployment.
func (i *DeploymentInfo) MarshalJSON() ([]byte, error) {
	return json.Marshal(variantJSON(i.Dict.Value()))
}

// ordered is a JSON object whose members keep their order.
type ordered []member

type member struct {
	key   string
	value any
}

// MarshalJSON implements [json.Marshaler].
func (o ordered) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := marshal(m.key)
		if err != nil {
			return nil, err
		}
		value, err := marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// marshal is json.Marshal without the escapes for HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// variantJSON turns a variant into what json.Marshal makes the same of as json-glib does: dictionaries are objects,
// tuples and arrays are arrays, a variant is what it holds, bytes are numbers.
func variantJSON(v gvariant.Value) any {
	t := string(v.Type())
	switch {
	case t == "s" || t == "o" || t == "g":
		return v.Str()
	case t == "b":
		return v.Bool()
	case t == "v":
		return variantJSON(v.Variant())
	case strings.HasPrefix(t, "a{"):
		o := ordered{}
		for c := range v.Children() {
			o = append(o, member{jsonKey(c.Child(0)), variantJSON(c.Child(1))})
		}
		return o
	case t == "ay":
		list := []int{}
		for _, b := range v.ByteArray() {
			list = append(list, int(b))
		}
		return list
	case t[0] == 'a' || t[0] == '(':
		list := []any{}
		for c := range v.Children() {
			list = append(list, variantJSON(c))
		}
		return list
	case t[0] == 'm':
		child, ok := v.Maybe()
		if !ok {
			return nil
		}
		return variantJSON(child)
	}
	return number(v)
}

func jsonKey(v gvariant.Value) string {
	if v.Type() == "s" {
		return v.Str()
	}
	return fmt.Sprint(variantJSON(v))
}

func number(v gvariant.Value) any {
	switch v.Type() {
	case "y":
		return v.Byte()
	case "n":
		return v.Int16()
	case "q":
		return v.Uint16()
	case "i", "h":
		return v.Int32()
	case "u":
		return v.Uint32()
	case "x":
		return v.Int64()
	case "t":
		return v.Uint64()
	case "d":
		return v.Double()
	}
	return v.Text(false)
}

// WriteJSON writes JSON in the layout of json-glib, which rpm-ostree's output has: two blanks for each level, and
// one before each colon.
func WriteJSON(w io.Writer, v any) error {
	data, err := marshal(v)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var b bytes.Buffer
	p := printer{d: d, b: &b}
	if err := p.value(0); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err = w.Write(b.Bytes())
	return err
}

// printer copies JSON token by token, so that members keep their order.
type printer struct {
	d *json.Decoder
	b *bytes.Buffer
}

func (p *printer) value(level int) error {
	t, err := p.d.Token()
	if err != nil {
		return err
	}
	switch t := t.(type) {
	case json.Delim:
		return p.container(t, level)
	case json.Number:
		p.b.WriteString(t.String())
	case bool:
		p.b.WriteString(strconv.FormatBool(t))
	case nil:
		p.b.WriteString("null")
	case string:
		return p.text(t)
	}
	return nil
}

func (p *printer) text(s string) error {
	data, err := marshal(s)
	p.b.Write(data)
	return err
}

func (p *printer) container(open json.Delim, level int) error {
	p.b.WriteString(open.String())
	empty := true
	for p.d.More() {
		if !empty {
			p.b.WriteByte(',')
		}
		empty = false
		p.b.WriteByte('\n')
		p.b.WriteString(strings.Repeat("  ", level+1))
		if open == '{' {
			key, err := p.d.Token()
			if err != nil {
				return err
			}
			if err := p.text(key.(string)); err != nil {
				return err
			}
			p.b.WriteString(" : ")
		}
		if err := p.value(level + 1); err != nil {
			return err
		}
	}
	end, err := p.d.Token()
	if err != nil {
		return err
	}
	if !empty {
		p.b.WriteByte('\n')
		p.b.WriteString(strings.Repeat("  ", level))
	}
	p.b.WriteString(end.(json.Delim).String())
	return nil
}
