package clap

import (
	"io"
	"slices"
	"strings"
)

// Kind tells what an [Error] is about.
type Kind int

// The kinds of errors, with the names that they have in clap.
const (
	DisplayHelp Kind = iota
	DisplayVersion
	MissingCommandHelp
	MissingCommand
	UnknownArgument
	InvalidSubcommand
	InvalidValue
	ValueValidation
	TooManyValues
	ArgumentConflict
	MissingRequiredArgument
	InvalidUTF8
)

// Error ends the parsing of a command line: a mistake, or a request for help or the version.
type Error struct {
	// Kind is the condition.
	Kind Kind

	message string
	text    string
}

// Error returns all that is printed, as the Rust type does when it is the cause of another error.
func (e *Error) Error() string { return e.text }

// Message returns what is wrong, without "error: " and what is added to it; it is empty for help texts.
func (e *Error) Message() string { return e.message }

// Text returns all that is printed, with the final newline.
func (e *Error) Text() string { return e.text }

// ExitCode returns 0 if help or the version was asked for, else 2.
func (e *Error) ExitCode() int {
	if e.ToStdout() {
		return 0
	}
	return 2
}

// ToStdout tells that the text belongs on standard output rather than standard error.
func (e *Error) ToStdout() bool { return e.Kind == DisplayHelp || e.Kind == DisplayVersion }

// Exit prints an error of any kind where it belongs, and returns the exit code: 0, 1 or 2. An error that is
// not of this package is printed by [WriteError]; nil is 0.
func Exit(stdout, stderr io.Writer, err error) int {
	if err == nil {
		return 0
	}
	usage, ok := err.(*Error) // not errors.As: as a cause it is an error like others
	if !ok {
		WriteError(stderr, err)
		return 1
	}
	w := stderr
	if usage.ToStdout() {
		w = stdout
	}
	_, _ = io.WriteString(w, usage.text)
	return usage.ExitCode()
}

// fail builds an error: message, tips, usage (left out if empty), and where to find more.
func (p *parser) fail(kind Kind, message string, tips []string, usage string) *Error {
	var b strings.Builder
	b.WriteString("error: " + message + "\n")
	for i, tip := range tips {
		if i == 0 {
			b.WriteString("\n")
		}
		b.WriteString("  tip: " + tip + "\n")
	}
	if usage != "" {
		b.WriteString("\nUsage: " + usage + "\n")
	}
	b.WriteString("\nFor more information, try '--help'.\n")
	return &Error{Kind: kind, message: message, text: b.String()}
}

// unknown reports an argument that does not exist.
func (p *parser) unknown(arg string, tips []string, escape bool, used []string) *Error {
	if escape {
		tips = append(tips, "to pass '"+arg+"' as a value, use '-- "+arg+"'")
	}
	return p.fail(UnknownArgument, "unexpected argument '"+arg+"' found", tips, p.usage(used))
}

// unknownLong is unknown for "--name", with the most similar option.
func (p *parser) unknownLong(name string) *Error {
	used := p.m.explicit(false)
	if best := last(similar(name, p.longs())); best != "" {
		if a := p.long(best); !a.Hidden && !slices.Contains(used, a.ID()) {
			used = append(used, a.ID())
		}
		return p.unknown("--"+name, []string{"a similar argument exists: '--" + best + "'"}, false, used)
	}
	if command, flag := p.similarBelow(name); flag != "" {
		return p.unknown("--"+name, []string{"'" + command + " --" + flag + "' exists"}, false, used)
	}
	return p.unknown("--"+name, nil, !p.trailing && len(p.positionals()) > 0, used)
}

// similarBelow looks for an option among those of the commands that are named later in the command line.
func (p *parser) similarBelow(name string) (command, flag string) {
	first := len(p.rest)
	for _, c := range p.Commands {
		best := last(similar(name, p.child(c).longs()))
		if at := slices.Index(p.rest, c.Name); best != "" && at >= 0 && at < first {
			first, command, flag = at, c.Name, best
		}
	}
	return command, flag
}

// longs lists the long names of a command's options, aliases included.
func (n *node) longs() []string {
	var names []string
	for _, a := range n.args {
		if a.Long != "" {
			names = append(names, a.Long)
			names = append(names, a.Aliases...)
		}
	}
	return names
}

// unexpected reports a positional argument for which there is no place, which may be a misspelt command.
func (p *parser) unexpected(arg string) *Error {
	dashed := strings.HasPrefix(arg, "-") && arg != "-"
	escape := !p.trailing && len(p.positionals()) > 0 && dashed
	arg = strings.ToValidUTF8(arg, "�")
	if p.trailing && p.command(arg) != nil {
		return p.unknown(arg, []string{"subcommand '" + arg + "' exists; to use it, remove the '--' before it"}, false, nil)
	}
	if len(p.Commands) == 0 {
		return p.unknown(arg, nil, escape, nil)
	}
	var names []string
	for _, c := range p.Commands {
		names = append(append(names, c.Name), c.Aliases...)
	}
	found := similar(arg, names)
	var tips []string
	switch {
	case len(found) == 1:
		tips = []string{"a similar subcommand exists: '" + found[0] + "'"}
	case len(found) > 1:
		tips = []string{"some similar subcommands exist: '" + strings.Join(found, "', '") + "'"}
	case len(p.positionals()) > 0:
		return p.unknown(arg, nil, escape, nil)
	}
	return p.fail(InvalidSubcommand, "unrecognized subcommand '"+arg+"'", tips, p.usage(nil))
}

func (p *parser) tooManyValues(a *Arg, value string, used []string) *Error {
	message := "unexpected value '" + strings.ToValidUTF8(value, "�") + "' for '" + a.String() + "' found; no more were expected"
	return p.fail(TooManyValues, message, nil, p.usage(used))
}

func (p *parser) emptyValue(a *Arg) *Error {
	message := "a value is required for '" + a.String() + "' but none was supplied"
	return p.fail(InvalidValue, message+possibleLine(a), nil, "")
}

func (p *parser) notPossible(a *Arg, value string) *Error {
	var tips []string
	if best := last(similar(value, a.Possible)); best != "" {
		tips = []string{"a similar value exists: '" + best + "'"}
	}
	message := "invalid value '" + value + "' for '" + a.String() + "'"
	return p.fail(InvalidValue, message+possibleLine(a), tips, "")
}

func possibleLine(a *Arg) string {
	if len(a.Possible) == 0 {
		return ""
	}
	return "\n  [possible values: " + strings.Join(a.Possible, ", ") + "]"
}

// conflict reports that a cannot stand beside others, which may be a itself.
func (p *parser) conflict(a *Arg, others []*Arg, used []string) *Error {
	message := "the argument '" + a.String() + "' cannot be used"
	switch {
	case len(others) > 1:
		message += " with:"
		for _, other := range others {
			message += "\n  " + other.String()
		}
	case others[0] == a:
		message += " multiple times"
	default:
		message += " with '" + others[0].String() + "'"
	}
	return p.fail(ArgumentConflict, message, nil, p.usage(used))
}

func (p *parser) missing(ids []string) *Error {
	message := "the following required arguments were not provided:"
	for _, text := range p.missingList(ids) {
		message += "\n  " + text
	}
	used := slices.Concat(p.m.explicit(false), ids)
	return p.fail(MissingRequiredArgument, message, nil, p.usage(used))
}

func (p *parser) missingCommand() *Error {
	message := "'" + p.bin + "' requires a subcommand but one was not provided"
	var names []string
	for _, c := range p.Commands {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	message += "\n  [subcommands: " + strings.Join(names, ", ") + "]"
	return p.fail(MissingCommand, message, nil, p.usage(nil))
}
