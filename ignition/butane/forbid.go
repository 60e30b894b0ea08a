package butane

import (
	"reflect"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/report"
)

const (
	clevisForbidden = "clevis is not supported in this spec version"
	cexForbidden    = "cex is not currently supported on the target platform"
)

// edgeForbidden is what Edge variants refuse: their images are installed otherwise.
var edgeForbidden = map[string]string{
	"kernelArguments":     "kernel argument customization is not supported in this spec version",
	"storage.disks":       "disk customization is not supported in this spec version",
	"storage.filesystems": "filesystem customization is not supported in this spec version",
	"storage.luks":        "luks is not supported in this spec version",
	"storage.raid":        "raid is not supported in this spec version",
}

// forbid reports fields of v that are given although the rules have them: texts by
// path without list indices. What is below a forbidden field is not examined. Paths
// in ifEmpty may hold a pointer to an empty value.
func forbid(v reflect.Value, rules map[string]string, ifEmpty string) (found findings) {
	if len(rules) > 0 {
		w := forbidWalk{&found, rules, ifEmpty}
		w.visit(v, nil, "")
	}
	return found
}

type forbidWalk struct {
	*findings
	rules   map[string]string
	ifEmpty string
}

func (w *forbidWalk) visit(v reflect.Value, at report.Path, name string) {
	if text, found := w.rules[name]; found {
		if !isUnset(v, name == w.ifEmpty) {
			w.fail(at, text)
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		t := v.Type()
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Anonymous {
				w.visit(v.Field(i), at, name)
				continue
			}
			key := jsonName(f.Tag)
			below := strings.TrimPrefix(name+"."+key, ".")
			if w.concerns(below) {
				w.visit(v.Field(i), at.Append(key), below)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			w.visit(v.Index(i), at.Append(i), name)
		}
	}
}

// concerns reports whether a rule is at or below a path.
func (w *forbidWalk) concerns(name string) bool {
	for rule := range w.rules {
		if rest, found := strings.CutPrefix(rule, name); found && (rest == "" || rest[0] == '.') {
			return true
		}
	}
	return false
}

// isUnset reports whether nothing is given. A pointer to an empty value gives that,
// unless orEmpty.
func isUnset(v reflect.Value, orEmpty bool) bool {
	switch v.Kind() {
	case reflect.Pointer:
		return v.IsNil() || orEmpty && v.Elem().IsZero()
	case reflect.Slice:
		return v.Len() == 0
	case reflect.Struct:
		for i := range v.NumField() {
			if !isUnset(v.Field(i), false) {
				return false
			}
		}
		return true
	}
	return v.IsZero()
}
