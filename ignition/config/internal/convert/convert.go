// Package convert copies configs from the Go types of one version to those of
// another.
//
// The types of two versions have the same field names for the same things. What
// differs is that some strings became pointers, that LUKS in spec 3.2 has pointers
// where later versions have structs, and that fields were added.
package convert

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// Modes says what is done with the setuid, setgid and sticky bits of files and
// directories, which have no effect before spec 3.6.
type Modes int

// Ways to treat the bits.
const (
	KeepModes   Modes = iota // copy them
	MaskModes                // leave them out
	RefuseModes              // fail if there are any
)

// specialBits are setuid, setgid and sticky.
const specialBits = 0o7000

// LossError reports a setting that the other version cannot express.
type LossError struct {
	Path string // in the source, as in $.storage.luks.0.cex
}

// Error names the place.
func (e *LossError) Error() string {
	return fmt.Sprintf("%s cannot be expressed in this version", e.Path)
}

// Config copies the config that src points to into the one that dst points to, and
// sets ignition.version there. Lists are copied; scalars behind pointers are shared.
// Towards newer versions only RefuseModes can fail; the error is a *[LossError].
func Config(dst, src any, version string, modes Modes) error {
	d, s := reflect.ValueOf(dst).Elem(), reflect.ValueOf(src).Elem()
	c := converter{modes: modes}
	if err := c.structs(d, s); err != nil {
		err.Path = "$" + err.Path
		return err
	}
	d.FieldByName("Ignition").FieldByName("Version").SetString(version)
	return nil
}

type converter struct {
	modes Modes
}

// pair is two struct types between which there is a plan.
type pair struct{ dst, src reflect.Type }

// step copies one field.
type step struct {
	dst, src int // indices; dst is -1 if the field is not known there
	name     string
	mode     bool
}

// plans holds the steps by pair.
var plans sync.Map

func planOf(p pair) []step {
	if known, ok := plans.Load(p); ok {
		return known.([]step)
	}
	steps := make([]step, p.src.NumField())
	for i := range steps {
		sf := p.src.Field(i)
		steps[i] = step{dst: -1, src: i, mode: sf.Name == "Mode"}
		if df, ok := p.dst.FieldByName(sf.Name); ok && len(df.Index) == 1 {
			steps[i].dst = df.Index[0]
		}
		if name, _, _ := strings.Cut(sf.Tag.Get("json"), ","); name != "" {
			steps[i].name = "." + name
		}
	}
	known, _ := plans.LoadOrStore(p, steps)
	return known.([]step)
}

func (c converter) structs(dst, src reflect.Value) *LossError {
	for _, st := range planOf(pair{dst.Type(), src.Type()}) {
		s := src.Field(st.src)
		if st.dst < 0 {
			if !empty(s) {
				return &LossError{st.name}
			}
			continue
		}
		err := c.value(dst.Field(st.dst), s)
		if err == nil && st.mode {
			err = c.special(dst.Field(st.dst))
		}
		if err != nil {
			err.Path = st.name + err.Path
			return err
		}
	}
	return nil
}

// value copies whatever a field can be; dst is zero before.
func (c converter) value(dst, src reflect.Value) *LossError {
	switch {
	case src.Kind() == reflect.Slice:
		return c.lists(dst, src)
	case src.Kind() == reflect.Pointer && src.IsNil():
		return nil
	case src.Kind() == reflect.Pointer && dst.Kind() == reflect.Pointer:
		return c.pointers(dst, src)
	case src.Kind() == reflect.Pointer:
		return c.value(dst, src.Elem())
	case dst.Kind() == reflect.Pointer && src.Kind() == reflect.Struct && empty(src):
		return nil
	case dst.Kind() == reflect.Pointer:
		dst.Set(reflect.New(dst.Type().Elem()))
		return c.value(dst.Elem(), src)
	case src.Kind() == reflect.Struct:
		return c.structs(dst, src)
	}
	dst.Set(src.Convert(dst.Type()))
	return nil
}

// pointers copies a pointer that is not nil. Pointers to scalars are shared.
func (c converter) pointers(dst, src reflect.Value) *LossError {
	if dst.Type() == src.Type() && src.Elem().Kind() != reflect.Struct {
		dst.Set(src)
		return nil
	}
	dst.Set(reflect.New(dst.Type().Elem()))
	return c.value(dst.Elem(), src.Elem())
}

func (c converter) lists(dst, src reflect.Value) *LossError {
	if src.IsNil() {
		return nil
	}
	n := src.Len()
	out := reflect.MakeSlice(dst.Type(), n, n)
	dst.Set(out)
	for i := range n {
		if err := c.value(out.Index(i), src.Index(i)); err != nil {
			err.Path = fmt.Sprintf(".%d%s", i, err.Path)
			return err
		}
	}
	return nil
}

// special treats the bits of a mode that was copied. The mode that the source
// points to stays as it is.
func (c converter) special(dst reflect.Value) *LossError {
	mode, _ := dst.Interface().(*int)
	if c.modes == KeepModes || mode == nil || *mode&specialBits == 0 {
		return nil
	}
	if c.modes == RefuseModes {
		return &LossError{}
	}
	dst.Set(reflect.ValueOf(new(*mode &^ specialBits)))
	return nil
}

// empty reports whether nothing is set in a value; a list without entries is empty.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice:
		return v.Len() == 0
	case reflect.Struct:
		for i := range v.NumField() {
			if !empty(v.Field(i)) {
				return false
			}
		}
		return true
	}
	return v.IsZero()
}
