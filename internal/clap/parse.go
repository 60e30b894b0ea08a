package clap

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Line is a command line and what it is written on.
type Line struct {
	// Program is the name or path under which the program runs; its last component begins usage lines.
	Program string
	// Args are the arguments without the program's name.
	Args []string
	// Width is the number of columns for help texts; 0 is 100.
	Width int
}

// Parse reads a command line. The error is always an [*Error], also for --help and --version.
func (c *Command) Parse(line *Line) (*Matches, error) {
	program := line.Program[strings.LastIndexByte(line.Program, '/')+1:]
	if program == "" {
		program = c.Name
	}
	width := line.Width
	if width <= 0 {
		width = 100
	}
	m, err := parseNode(newNode(c, program, nil, c), line.Args, width)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// parser is the state while the arguments of one command are read. An option's values stay pending until
// the next argument has been recognized: only then are they checked, which decides which of several mistakes
// is reported.
type parser struct {
	*node
	width int
	m     *Matches

	pending       *Arg
	pendingValues []string

	rest     []string // arguments after the current one
	option   *Arg     // takes the next argument as its value
	list     *Arg     // positional argument that goes on taking values
	pos      int      // index of the next positional argument
	trailing bool     // after "--"
}

func parseNode(n *node, args []string, width int) (*Matches, *Error) {
	p := &parser{node: n, width: width, m: &Matches{node: n}}
	for i, arg := range args {
		p.rest = args[i+1:]
		sub, err := p.argument(arg)
		if err != nil {
			return nil, err
		}
		if sub == nil {
			continue
		}
		if p.m.Sub, err = parseNode(n.child(sub), p.rest, width); err != nil {
			return nil, err
		}
		break
	}
	if err := p.resolve(); err != nil {
		return nil, err
	}
	if err := p.validate(); err != nil {
		return nil, err
	}
	p.m.share()
	return p.m, nil
}

// argument takes one argument; it returns a command if the argument is its name.
func (p *parser) argument(arg string) (*Command, *Error) {
	if !p.trailing {
		if p.option == nil && p.list == nil {
			if sub := p.command(arg); sub != nil {
				return sub, nil
			}
		}
		done, err := p.dashed(arg)
		if done || err != nil {
			return nil, err
		}
		if p.option != nil {
			p.pendingValues = append(p.pendingValues, arg)
			p.option = nil
			return nil, nil
		}
	}
	return nil, p.positional(arg)
}

// dashed handles "--", options and flags. It returns false if arg is something else.
func (p *parser) dashed(arg string) (bool, *Error) {
	hyphens := p.option != nil && p.option.AllowHyphen || p.list != nil && p.list.AllowHyphen
	switch {
	case hyphens:
		return false, nil
	case arg == "--":
		p.trailing = true
		return true, nil
	case strings.HasPrefix(arg, "--"):
		return p.longOption(arg[2:])
	case len(arg) > 1 && arg[0] == '-':
		return p.shortOptions(arg[1:])
	}
	return false, nil
}

func (p *parser) longOption(text string) (bool, *Error) {
	name, value, attached := strings.Cut(text, "=")
	a := p.long(name)
	if a == nil {
		if p.nextAllowsHyphen() {
			return false, nil
		}
		_ = p.resolve() // what was typed before counts for the usage line only
		return true, p.unknownLong(strings.ToValidUTF8(name, "�"))
	}
	if !a.takesValue() {
		if attached {
			used := append(p.m.explicit(true), a.ID())
			_ = p.resolve()
			return true, p.tooManyValues(a, value, used)
		}
		return true, p.flag(a, true)
	}
	return true, p.valueOption(a, value, attached)
}

func (p *parser) shortOptions(text string) (bool, *Error) {
	if p.nextAllowsHyphen() {
		return false, nil
	}
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		invalid := r == utf8.RuneError && size == 1
		name := text[:size]
		if invalid {
			name = strings.ToValidUTF8(text, "�")
		}
		text = text[size:]
		a := p.short(r)
		if a == nil || invalid {
			_ = p.resolve()
			return true, p.unknown("-"+name, nil, !p.trailing && len(p.positionals()) > 0, nil)
		}
		if !a.takesValue() {
			if err := p.flag(a, false); err != nil {
				return true, err
			}
			continue
		}
		attached := text != ""
		return true, p.valueOption(a, strings.TrimPrefix(text, "="), attached)
	}
	return true, nil
}

// nextAllowsHyphen tells whether the next positional argument may begin with "-".
func (p *parser) nextAllowsHyphen() bool {
	list := p.positionals()
	return p.pos < len(list) && list[p.pos].AllowHyphen
}

// flag takes an option without value.
func (p *parser) flag(a *Arg, long bool) *Error {
	if err := p.resolve(); err != nil {
		return err
	}
	p.option, p.list = nil, nil
	switch a.builtin {
	case "help":
		return &Error{Kind: DisplayHelp, text: p.help(long, p.width)}
	case "version":
		return &Error{Kind: DisplayVersion, text: p.Name + " " + p.Version + "\n"}
	}
	return p.store(a, []string{""})
}

// valueOption begins an option with a value.
func (p *parser) valueOption(a *Arg, value string, attached bool) *Error {
	if err := p.resolve(); err != nil {
		return err
	}
	p.option, p.list = nil, nil
	if attached {
		return p.store(a, []string{value})
	}
	p.pending, p.option = a, a
	return nil
}

func (p *parser) positional(arg string) *Error {
	list := p.positionals()
	if p.pos >= len(list) {
		_ = p.resolve()
		return p.unexpected(arg)
	}
	a := list[p.pos]
	if p.pending != a {
		if err := p.resolve(); err != nil {
			return err
		}
		p.pending, p.option = a, nil
	}
	p.pendingValues = append(p.pendingValues, arg)
	if a.Repeat {
		p.list = a
	} else {
		p.pos++
	}
	return nil
}

// resolve checks and stores the pending values.
func (p *parser) resolve() *Error {
	a, values := p.pending, p.pendingValues
	if a == nil {
		return nil
	}
	p.pending, p.pendingValues = nil, nil
	if len(values) == 0 {
		return p.emptyValue(a)
	}
	return p.store(a, values)
}

// store adds an occurrence.
func (p *parser) store(a *Arg, values []string) *Error {
	id := a.ID()
	if p.m.Has(id) && !a.Repeat && !a.Count {
		if !p.LastWins {
			return p.conflict(a, []*Arg{a}, nil)
		}
		p.m.remove(id)
	}
	e := p.m.start(a)
	if !a.takesValue() {
		e.count++
		return nil
	}
	for _, raw := range values {
		items := []string{raw}
		if a.Delimiter != 0 {
			items = strings.Split(raw, string(a.Delimiter))
		}
		for _, item := range items {
			value, err := p.convert(a, item)
			if err != nil {
				return err
			}
			e.raw = append(e.raw, item)
			e.values = append(e.values, value)
		}
	}
	e.count++
	return nil
}

// convert runs the parser of a value.
func (p *parser) convert(a *Arg, value string) (any, *Error) {
	if !utf8.ValidString(value) {
		return nil, p.fail(InvalidUTF8, "invalid UTF-8 was detected in one or more arguments", nil, p.usage(nil))
	}
	if a.Possible != nil && !slices.Contains(a.Possible, value) {
		return nil, p.notPossible(a, value)
	}
	if a.Parse == nil {
		return value, nil
	}
	v, err := a.Parse(value)
	if err != nil {
		return nil, p.fail(ValueValidation, "invalid value '"+value+"' for '"+a.String()+"': "+Levels(err)[0], nil, "")
	}
	return v, nil
}
