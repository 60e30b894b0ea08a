package schema

import (
	"fmt"
	"reflect"

	"github.com/nestos-dev/nestos/ignition/config/report"
	"go.yaml.in/yaml/v3"
)

// Unused warns of keys that the level does not know, in the order of the structs,
// and of values of another kind than the struct at their place (null, alias).
func (d *Document) Unused(c *Config, l *Level) []report.Entry {
	w := unusedWalk{level: l}
	w.value(reflect.ValueOf(c).Elem(), d.body(), nil)
	return w.entries
}

type unusedWalk struct {
	level   *Level
	entries []report.Entry
}

// value compares a decoded value with its node; without a node there is nothing to say.
func (w *unusedWalk) value(v reflect.Value, n *yaml.Node, at report.Path) {
	if n == nil {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.Type().Elem().Kind() != reflect.Struct {
			return
		}
		if !v.IsNil() {
			w.structure(v.Elem(), n, at)
		} else if w.level.Base > 3 {
			// These are no pointers any more.
			w.structure(reflect.Zero(v.Type().Elem()), n, at)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Struct && n.Kind == yaml.SequenceNode {
			for i := range min(v.Len(), len(n.Content)) {
				w.structure(v.Index(i), n.Content[i], at.Append(i))
			}
		}
	case reflect.Struct:
		w.structure(v, n, at)
	}
}

func (w *unusedWalk) structure(v reflect.Value, n *yaml.Node, at report.Path) {
	if n.Kind != yaml.MappingNode {
		w.warn(at, pos(n), fmt.Sprintf("context tree does not match content tree at %s. Line and column reporting may be inconsistent. Unused keys may not be reported", at))
		return
	}
	t := v.Type()
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if f, found := fieldByKey(t, k.Value); !found || !w.level.has(&f) {
			w.warn(at.Append(k.Value), pos(k), "unused key "+k.Value)
		}
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if w.level.has(&f) {
			if c := child(n, key(&f)); c != nil {
				w.value(v.Field(i), c, at.Append(key(&f)))
			}
		}
	}
}

func (w *unusedWalk) warn(at report.Path, p report.Pos, text string) {
	w.entries = append(w.entries, report.Entry{Kind: report.Warn, Message: text, HasPath: len(at) > 0, Path: at, Pos: p})
}
