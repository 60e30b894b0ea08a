package clap

import "slices"

// Matches is what a command line says about one command.
type Matches struct {
	// Sub is the command that was called below this one, nil if there is none.
	Sub *Matches

	node    *node
	entries []*entry
}

// entry holds the occurrences of one argument, or stands for the members of a group.
type entry struct {
	id     string
	group  bool
	count  int
	raw    []string
	values []any
}

// Leaf returns the matches of the innermost command that was called.
func (m *Matches) Leaf() *Matches {
	for m.Sub != nil {
		m = m.Sub
	}
	return m
}

// Command returns the command that these matches are of.
func (m *Matches) Command() *Command { return m.node.Command }

// Path returns the program's name and the commands: "coreos-installer iso kargs show".
func (m *Matches) Path() string { return m.node.bin }

// Has reports whether the command line has the argument.
func (m *Matches) Has(id string) bool { return m.entry(id) != nil }

// Count returns how often the argument was given.
func (m *Matches) Count(id string) int {
	if e := m.entry(id); e != nil {
		return e.count
	}
	return 0
}

// String returns the last value of an argument as it was typed, its default, or "".
func (m *Matches) String(id string) string {
	if e := m.entry(id); e != nil && len(e.raw) > 0 {
		return e.raw[len(e.raw)-1]
	}
	return m.defaultOf(id)
}

// Strings returns all values of an argument as they were typed.
func (m *Matches) Strings(id string) []string {
	if e := m.entry(id); e != nil {
		return slices.Clone(e.raw)
	}
	return nil
}

// Blank returns the first argument with a single value that was given as an empty word, such as an option
// whose value comes from a variable that is not set; nil if there is none.
func (m *Matches) Blank() *Arg {
	for _, e := range m.entries {
		a := m.node.find(e.id)
		if e.group || a == nil || a.Repeat || len(e.raw) == 0 || e.raw[len(e.raw)-1] != "" {
			continue
		}
		return a
	}
	return nil
}

func (m *Matches) defaultOf(id string) string {
	if a := m.node.find(id); a != nil {
		return a.Default
	}
	return ""
}

func (m *Matches) entry(id string) *entry {
	for _, e := range m.entries {
		if e.id == id && !e.group {
			return e
		}
	}
	return nil
}

// start returns the entry of an argument, making one if there is none, and those of its groups behind it.
func (m *Matches) start(a *Arg) *entry {
	e := m.entry(a.ID())
	if e == nil {
		e = &entry{id: a.ID()}
		m.entries = append(m.entries, e)
	}
	for _, g := range m.node.groups() {
		if !slices.Contains(g.Args, a.ID()) {
			continue
		}
		if !slices.ContainsFunc(m.entries, func(e *entry) bool { return e.group && e.id == g.ID }) {
			m.entries = append(m.entries, &entry{id: g.ID, group: true})
		}
	}
	return e
}

func (m *Matches) remove(id string) {
	m.entries = slices.DeleteFunc(m.entries, func(e *entry) bool { return e.id == id && !e.group })
}

// explicit lists the arguments that were given, without hidden ones, in order; with groups if wanted.
func (m *Matches) explicit(groups bool) []string {
	var ids []string
	for _, e := range m.entries {
		if e.group && groups {
			ids = append(ids, e.id)
		}
		if a := m.node.find(e.id); !e.group && a != nil && !a.Hidden {
			ids = append(ids, e.id)
		}
	}
	return ids
}

// share gives global options that stand before a command to that command.
func (m *Matches) share() {
	if m.Sub == nil {
		return
	}
	for _, e := range m.entries {
		if a := m.node.find(e.id); a != nil && !e.group && a.Global && !m.Sub.Has(e.id) {
			m.Sub.entries = append(m.Sub.entries, e)
		}
	}
	m.Sub.share()
}

// Value returns the last value of an argument as its [Parser] made it, that of the default, or the zero value.
func Value[T any](m *Matches, id string) T {
	var zero T
	if e := m.entry(id); e != nil && len(e.values) > 0 {
		v, _ := e.values[len(e.values)-1].(T)
		return v
	}
	a := m.node.find(id)
	if a == nil || a.Default == "" || a.Parse == nil {
		return zero
	}
	v, err := a.Parse(a.Default)
	if err != nil {
		return zero
	}
	typed, _ := v.(T)
	return typed
}

// Values returns all values of an argument as its [Parser] made them.
func Values[T any](m *Matches, id string) []T {
	e := m.entry(id)
	if e == nil {
		return nil
	}
	var list []T
	for _, v := range e.values {
		if typed, ok := v.(T); ok {
			list = append(list, typed)
		}
	}
	return list
}
