package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrHelp is returned when the command line asks for help: print
// [Parser.Help] to standard output and end with success.
var ErrHelp = errors.New("help requested")

// ErrDone is for functions of options that finish the program's work, such as
// --version: parsing stops and returns it.
var ErrDone = errors.New("nothing else to do")

// Parser parses the options of one command. It is not changed by parsing.
type Parser struct {
	// Program is the program's name, with that of the command: "ostree commit".
	Program string
	// Params describes the arguments in the help text.
	Params string
	// Summary is the text before the options in the help text.
	Summary string
	// Description is the text after the options in the help text.
	Description string
	// Options are the options, in the order of the help text.
	Options []Option
}

// Parse sets the values of the options in args, which do not include the
// program's name, and returns the other arguments in their order.
func (p *Parser) Parse(args []string) ([]string, error) {
	s := state{p: p, args: args}
	for s.i < len(args) {
		arg := args[s.i]
		s.i++
		var err error
		switch {
		case len(arg) < 2 || arg[0] != '-':
			s.rest = append(s.rest, arg)
		case arg == "--":
			return append(s.rest, args[s.i:]...), nil
		case arg[1] == '-':
			err = s.long(arg)
		default:
			err = s.bundle(arg)
		}
		if err != nil {
			return nil, err
		}
	}
	return s.rest, nil
}

type state struct {
	p    *Parser
	args []string
	i    int // the next argument
	rest []string
}

func (s *state) long(arg string) error {
	if arg == "--help" || arg == "--help-all" {
		return ErrHelp
	}
	name, value, given := strings.Cut(arg[2:], "=")
	o := s.p.find(func(o *Option) bool { return o.Long == name })
	if o == nil {
		return fmt.Errorf("Unknown option %s", arg) //nolint:staticcheck // GLib's text
	}
	option := "--" + o.Long
	if !given && o.Value.arg != argNone {
		var err error
		if value, given, err = s.next(o, option); err != nil {
			return err
		}
	}
	return o.Value.set(option, value, given)
}

// bundle parses "-abc". Only one of them can take a value, which is the next
// argument.
func (s *state) bundle(arg string) error {
	taken := false
	for _, c := range []byte(arg[1:]) {
		if c == '?' || c == 'h' && !s.p.hasH() {
			return ErrHelp
		}
		o := s.p.find(func(o *Option) bool { return o.Short == c })
		if o == nil {
			return fmt.Errorf("Unknown option %s", arg) //nolint:staticcheck // GLib's text
		}
		option, value, given := "-"+string(rune(c)), "", false
		if o.Value.arg != argNone {
			if taken {
				return fmt.Errorf("Error parsing option %s", option) //nolint:staticcheck // GLib's text
			}
			var err error
			if value, given, err = s.next(o, option); err != nil {
				return err
			}
			taken = given
		}
		if err := o.Value.set(option, value, given); err != nil {
			return err
		}
	}
	return nil
}

// next takes the value of an option from the arguments.
func (s *state) next(o *Option, option string) (value string, given bool, err error) {
	optional := o.Value.arg == argOptional
	switch {
	case s.i < len(s.args) && !(optional && strings.HasPrefix(s.args[s.i], "-")):
		s.i++
		return s.args[s.i-1], true, nil
	case optional:
		return "", false, nil
	}
	return "", false, fmt.Errorf("Missing argument for %s", option) //nolint:staticcheck // GLib's text
}

func (p *Parser) find(match func(*Option) bool) *Option {
	i := slices.IndexFunc(p.Options, func(o Option) bool { return match(&o) })
	if i < 0 {
		return nil
	}
	return &p.Options[i]
}

// hasH reports whether -h means something else than help.
func (p *Parser) hasH() bool { return p.find(func(o *Option) bool { return o.Short == 'h' }) != nil }
