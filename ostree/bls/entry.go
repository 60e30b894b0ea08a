package bls

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// The keys that OSTree writes. Paths start at the root of the file system
// that the boot loader reads.
const (
	KeyTitle      = "title"      // text for a menu, see [Title]
	KeyVersion    = "version"    // orders the entries, see [CompareVersions]
	KeyOptions    = "options"    // kernel command line, see package kargs
	KeyDevicetree = "devicetree" // path of a device tree
	KeyLinux      = "linux"      // path of the kernel
	KeyInitrd     = "initrd"     // path of an initramfs; the only key that may repeat
	KeyFdtdir     = "fdtdir"     // path of a directory of device trees
	KeyAboot      = "aboot"      // path of an Android boot image
	KeyAbootcfg   = "abootcfg"   // path of the image's configuration, in the deployment
)

// leading are the keys that are written first, in this order.
var leading = []string{KeyTitle, KeyVersion, KeyOptions, KeyDevicetree, KeyLinux, KeyInitrd}

// Entry is one boot entry: keys with one value each, except for the initrds.
// The zero value has no keys.
type Entry struct {
	order   []string // the keys but "initrd", as first set
	values  map[string]string
	initrds []string
}

// Get returns the value of a key, of [KeyInitrd] the first one. Ok tells an
// absent key from an empty value.
func (e *Entry) Get(key string) (value string, ok bool) {
	if key == KeyInitrd {
		if len(e.initrds) == 0 {
			return "", false
		}
		return e.initrds[0], true
	}
	value, ok = e.values[key]
	return value, ok
}

// Value returns the value of a key, or "" if it is absent.
func (e *Entry) Value(key string) string {
	value, _ := e.Get(key)
	return value
}

// Set gives a key its value. Of the initrds it sets the first and leaves the
// overlays. What cannot be written is reported by [Entry.Marshal].
func (e *Entry) Set(key, value string) {
	if key == KeyInitrd {
		if len(e.initrds) == 0 {
			e.initrds = []string{value}
		} else {
			e.initrds[0] = value
		}
		return
	}
	if _, ok := e.values[key]; !ok {
		e.order = append(e.order, key)
	}
	if e.values == nil {
		e.values = make(map[string]string)
	}
	e.values[key] = value
}

// Delete removes a key if it is there. Of [KeyInitrd] it removes all values,
// as overlays cannot stand alone.
func (e *Entry) Delete(key string) {
	if key == KeyInitrd {
		e.initrds = nil
		return
	}
	if _, ok := e.values[key]; ok {
		delete(e.values, key)
		e.order = slices.DeleteFunc(e.order, func(k string) bool { return k == key })
	}
}

// Initrds returns the paths of the initramfs and then of the overlays.
func (e *Entry) Initrds() []string { return slices.Clone(e.initrds) }

// Overlays returns the paths of the overlays alone, see [OverlayChecksum].
func (e *Entry) Overlays() []string {
	if len(e.initrds) == 0 {
		return nil
	}
	return slices.Clone(e.initrds[1:])
}

// SetInitrds sets the paths of the initramfs and of overlays, replacing all
// that were there.
func (e *Entry) SetInitrds(paths ...string) { e.initrds = slices.Clone(paths) }

// Clone returns an independent copy.
func (e *Entry) Clone() *Entry {
	return &Entry{order: slices.Clone(e.order), values: maps.Clone(e.values), initrds: slices.Clone(e.initrds)}
}

// All iterates over the lines in the order in which they are written; "initrd"
// comes once for each path.
func (e *Entry) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, key := range leading[:len(leading)-1] {
			if value, ok := e.values[key]; ok && !yield(key, value) {
				return
			}
		}
		for _, path := range e.initrds {
			if !yield(KeyInitrd, path) {
				return
			}
		}
		e.Extra()(yield)
	}
}

// Extra iterates over the keys other than title, version, options, devicetree,
// linux and initrd, in order. They are what a staged deployment carries along.
func (e *Entry) Extra() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, key := range e.order {
			if !slices.Contains(leading, key) && !yield(key, e.values[key]) {
				return
			}
		}
	}
}

// Marshal returns the bytes of the entry's file. The error is a [*FieldError]
// or a [*SizeError].
func (e *Entry) Marshal() ([]byte, error) {
	var out []byte
	for key, value := range e.All() {
		if err := checkField(key, value); err != nil {
			return nil, err
		}
		out = append(append(out, key...), ' ')
		out = append(append(out, value...), '\n')
	}
	if len(out) > MaxSize {
		return nil, &SizeError{Size: int64(len(out))}
	}
	return out, nil
}

func checkField(key, value string) error {
	bad := func(reason string) error { return &FieldError{Key: key, Value: value, Reason: reason} }
	switch {
	case key == "" || !isLetter(key[0]):
		return bad("the key does not start with an ASCII letter")
	case strings.ContainsAny(key, " \t\n\x00"):
		return bad("the key contains a blank, tab, line feed or NUL")
	case strings.ContainsAny(value, "\n\x00"):
		return bad("the value contains a line feed or NUL")
	case !utf8.ValidString(key) || !utf8.ValidString(value):
		return bad("not UTF-8")
	}
	return nil
}
