package keyfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// File is a key file. The zero value is not usable, see [New] and [Parse].
// A File may be read by several goroutines while none changes it.
type File struct {
	sections []*section            // the first is what precedes all groups
	groups   map[string][]*section // sections by name, in order of appearance
}

// section is a header with the lines that follow it.
type section struct {
	name   string // empty before the first header
	header string
	lines  []line
}

// line is a comment if key is empty.
type line struct {
	raw        string // with terminator
	key, value string
	start      int // where value is in raw
}

// New returns an empty key file.
func New() *File {
	return &File{sections: []*section{{}}, groups: make(map[string][]*section)}
}

// Bytes returns the file's text.
func (f *File) Bytes() []byte {
	var b []byte
	for _, s := range f.sections {
		b = append(b, s.header...)
		for _, l := range s.lines {
			b = append(b, l.raw...)
		}
	}
	return b
}

// Clone returns a copy that can be changed independently.
func (f *File) Clone() *File {
	c := &File{groups: make(map[string][]*section, len(f.groups))}
	for _, s := range f.sections {
		d := &section{name: s.name, header: s.header, lines: slices.Clone(s.lines)}
		c.sections = append(c.sections, d)
		if s.name != "" {
			c.groups[s.name] = append(c.groups[s.name], d)
		}
	}
	return c
}

// Groups returns the names of the groups in order of their first appearance.
func (f *File) Groups() []string {
	var names []string
	for _, s := range f.sections[1:] {
		if f.groups[s.name][0] == s {
			names = append(names, s.name)
		}
	}
	return names
}

// HasGroup reports whether there is a group of that name.
func (f *File) HasGroup(group string) bool { return len(f.groups[group]) > 0 }

// Keys returns the keys of a group in order, each once, translated ones
// ("Name[de]") included. The error matches [ErrGroupNotFound].
func (f *File) Keys(group string) ([]string, error) {
	if !f.HasGroup(group) {
		return nil, &NotFoundError{Group: group}
	}
	var keys []string
	seen := make(map[string]bool)
	for _, s := range f.groups[group] {
		for _, l := range s.lines {
			if l.key != "" && !seen[l.key] {
				seen[l.key] = true
				keys = append(keys, l.key)
			}
		}
	}
	return keys, nil
}

// HasKey reports whether the group is there and has the key.
func (f *File) HasKey(group, key string) bool {
	_, err := f.find(group, key)
	return err == nil
}

// Value returns a value as it is written, escapes included. The error matches
// [ErrGroupNotFound] or [ErrKeyNotFound].
func (f *File) Value(group, key string) (string, error) {
	l, err := f.find(group, key)
	if err != nil {
		return "", err
	}
	return l.value, nil
}

// find returns the line that counts for a key: the last one.
func (f *File) find(group, key string) (*line, error) {
	sections := f.groups[group]
	if len(sections) == 0 {
		return nil, &NotFoundError{Group: group}
	}
	for _, s := range slices.Backward(sections) {
		for i := len(s.lines) - 1; i >= 0 && key != ""; i-- {
			if s.lines[i].key == key {
				return &s.lines[i], nil
			}
		}
	}
	return nil, &NotFoundError{Group: group, Key: key}
}

// SetValue sets a value as it is to be written, escapes included; leading
// white space is not part of a value. Missing groups and keys are
// added. Names and values that the format cannot hold are refused.
func (f *File) SetValue(group, key, value string) error {
	switch {
	case !validGroup(group):
		return fmt.Errorf("invalid group name %q", group)
	case !validKey(key) || strings.Trim(key, asciiSpace) != key || key[0] == '#':
		return fmt.Errorf("invalid key name %q", key)
	case strings.ContainsAny(value, "\n\x00") || strings.HasSuffix(value, "\r"):
		return fmt.Errorf("value of key %q is not a single line", key)
	case strings.HasPrefix(value, "\f"): // which readers drop, and for which there is no escape
		return fmt.Errorf("value of key %q begins with a form feed", key)
	}
	if l, err := f.find(group, key); err == nil {
		terminator := l.raw[l.start+len(l.value):]
		*l = newLine(l.raw[:l.start] + value + terminator)
		return nil
	} else if errors.Is(err, ErrGroupNotFound) {
		f.appendGroup(group)
	}
	f.appendLine(group, newLine(key+"="+value+"\n"))
	return nil
}

// appendGroup adds an empty group at the end, apart from what precedes it.
func (f *File) appendGroup(name string) {
	f.terminate()
	if f.lastLine() != "" {
		f.separate(len(f.sections) - 1)
	}
	f.addSection(name, "["+name+"]\n")
}

func (f *File) addSection(name, header string) *section {
	s := &section{name: name, header: header}
	f.sections = append(f.sections, s)
	f.groups[name] = append(f.groups[name], s)
	return s
}

// appendLine puts l after the last key of the group, or after its header.
func (f *File) appendLine(group string, l line) {
	f.terminate()
	sections := f.groups[group]
	s := sections[len(sections)-1]
	at := len(s.lines)
	for at > 0 && s.lines[at-1].key == "" {
		at--
	}
	s.lines = slices.Insert(s.lines, at, l)
}

// Remove removes a key. The error matches [ErrGroupNotFound] or
// [ErrKeyNotFound].
func (f *File) Remove(group, key string) error {
	if _, err := f.find(group, key); err != nil {
		return err
	}
	for _, s := range f.groups[group] {
		s.lines = slices.DeleteFunc(s.lines, func(l line) bool { return l.key == key })
	}
	return nil
}

// RemoveGroup removes a group with its keys and the comments among and after
// them. The error matches [ErrGroupNotFound].
func (f *File) RemoveGroup(group string) error {
	if !f.HasGroup(group) {
		return &NotFoundError{Group: group}
	}
	delete(f.groups, group)
	for i := len(f.sections) - 1; i > 0; i-- {
		if f.sections[i].name != group {
			continue
		}
		f.sections = slices.Delete(f.sections, i, i+1)
		if i == len(f.sections) {
			f.trimEnd()
		} else if i > 1 || len(f.sections[0].lines) > 0 {
			f.separate(i - 1)
		}
	}
	return nil
}

// separate makes section i end in a blank line.
func (f *File) separate(i int) {
	s := f.sections[i]
	if n := len(s.lines); n == 0 || trimTerminator(s.lines[n-1].raw) != "" {
		s.lines = append(s.lines, line{raw: "\n"})
	}
}

// trimEnd removes the blank line that separated a group at the end which is
// no longer there.
func (f *File) trimEnd() {
	s := f.sections[len(f.sections)-1]
	if n := len(s.lines); n > 0 && trimTerminator(s.lines[n-1].raw) == "" {
		s.lines = s.lines[:n-1]
	}
}

// lastLine returns the last line of the file, which may have no terminator.
func (f *File) lastLine() string {
	s := f.sections[len(f.sections)-1]
	if n := len(s.lines); n > 0 {
		return s.lines[n-1].raw
	}
	return s.header
}

// terminate gives the last line a terminator, so that more can follow.
func (f *File) terminate() {
	if last := f.lastLine(); last == "" || strings.HasSuffix(last, "\n") {
		return
	}
	s := f.sections[len(f.sections)-1]
	if n := len(s.lines); n > 0 {
		s.lines[n-1].raw += "\n"
	} else {
		s.header += "\n"
	}
}
