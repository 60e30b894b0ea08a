package clap

import (
	"strings"
)

// Command is a program or one of its commands.
type Command struct {
	// Name is what the user types; for a program the name that --version prints.
	Name string
	// Version is what --version prints after the name. Empty means that there is no such option.
	Version string
	// About is the first line of the help text and the line in the parent's list of commands.
	About string
	// LongAbout takes the place of About in the text of --help; empty means About.
	LongAbout string
	// Usage replaces the generated usage line, which begins with the program's name. Empty means generated.
	Usage string
	// Args are the options and positional arguments in the order of the help text. -h, --help and, with a
	// Version, -V, --version are added.
	Args []*Arg
	// Groups are sets of arguments of which only one, or at least one, may be given.
	Groups []Group
	// Struct lists the arguments that stand together in some usage lines, as the fields of a Rust struct do.
	// Nil means all, an empty list none.
	Struct []string
	// Commands are the commands below this one, in the order of the help text.
	Commands []*Command
	// Aliases are other names, which are not shown.
	Aliases []string
	// Hidden leaves the command out of the parent's list.
	Hidden bool
	// LastWins lets an option that is given twice override itself.
	LastWins bool
	// Optional lets the program do something without one of its Commands.
	Optional bool
	// ArgsExcludeCommands tells in the usage that options and commands exclude each other.
	ArgsExcludeCommands bool
	// NoHelpWhenEmpty reports a missing command as an error rather than with the help text.
	NoHelpWhenEmpty bool
	// Do is for the program: what to do when the command is called. The parser does not look at it.
	Do any
}

// Arg is an option, a flag or a positional argument.
type Arg struct {
	// Long and Short are an option's names without dashes. An argument without both is positional.
	Long  string
	Short rune
	// Aliases are other long names, which are not shown.
	Aliases []string
	// Value names the value in the help text. A flag has none.
	Value string
	// Help describes the argument in one line.
	Help string
	// LongHelp is added below Help by --help: paragraphs separated by empty lines.
	LongHelp string
	// Heading is the title of the section of the help text; empty is "Options".
	Heading string
	// Hidden leaves the argument out of the help text and usage lines.
	Hidden bool
	// Required arguments must be given.
	Required bool
	// RequiredUnless names an argument in whose presence this one may be absent.
	RequiredUnless string
	// Repeat collects the values of all occurrences. A positional one takes all that is left.
	Repeat bool
	// Count makes a flag count its occurrences.
	Count bool
	// Global also gives the option to all commands below.
	Global bool
	// Delimiter splits a value into several; 0 means that it is taken whole.
	Delimiter rune
	// Default is the value if none is given; it is shown in the help text unless HideDefault is set.
	Default     string
	HideDefault bool
	// AllowHyphen accepts a separate value that begins with "-".
	AllowHyphen bool
	// Conflicts names arguments that exclude this one.
	Conflicts []string
	// Possible lists the only values allowed.
	Possible []string
	// Parse checks and converts a value; nil takes any valid UTF-8 as a string. Its error follows the words
	// "invalid value '…' for '…': ".
	Parse Parser

	builtin string // "help" or "version"
}

// Group is a set of arguments.
type Group struct {
	// ID is a name for the group, unlike those of arguments.
	ID string
	// Args are the members.
	Args []string
	// Required demands at least one of them.
	Required bool
	// Multiple allows several of them.
	Multiple bool
}

// ID returns the name by which values are found: the long name, else the short one, else that of the value.
func (a *Arg) ID() string {
	switch {
	case a.Long != "":
		return a.Long
	case a.Short != 0:
		return string(a.Short)
	}
	return a.Value
}

func (a *Arg) positional() bool { return a.Long == "" && a.Short == 0 }

func (a *Arg) takesValue() bool { return a.Value != "" }

// String returns the argument as messages show it: "--stream <name>", "<ISO>", "[glob]...".
func (a *Arg) String() string { return a.style(a.Required) }

// style is String with a choice for positional arguments between "<X>" and "[X]".
func (a *Arg) style(required bool) string {
	if a.positional() {
		text := "[" + a.Value + "]"
		if required {
			text = "<" + a.Value + ">"
		}
		if a.Repeat {
			text += "..."
		}
		return text
	}
	text := "--" + a.Long
	if a.Long == "" {
		text = "-" + string(a.Short)
	}
	if a.takesValue() {
		text += " <" + a.Value + ">"
	}
	if a.Count {
		text += "..."
	}
	return text
}

// node is a command in its place: with the arguments that were added or inherited.
type node struct {
	*Command
	bin  string // "coreos-installer iso kargs"
	args []*Arg
	root *Command
}

func newNode(c *Command, bin string, inherited []*Arg, root *Command) *node {
	n := &node{Command: c, bin: bin, root: root}
	n.args = append(n.args, c.Args...)
	n.args = append(n.args, inherited...)
	help := "Print help"
	n.args = append(n.args, &Arg{Long: "help", Short: 'h', Help: help, builtin: "help"})
	if c.Version != "" {
		n.args = append(n.args, &Arg{Long: "version", Short: 'V', Help: "Print version", builtin: "version"})
	}
	return n
}

// child returns the node of a command below n.
func (n *node) child(c *Command) *node {
	var inherited []*Arg
	for _, a := range n.args {
		if a.Global {
			inherited = append(inherited, a)
		}
	}
	return newNode(c, n.bin+" "+c.Name, inherited, n.root)
}

func (n *node) find(id string) *Arg {
	for _, a := range n.args {
		if a.ID() == id {
			return a
		}
	}
	return nil
}

func (n *node) long(name string) *Arg {
	for _, a := range n.args {
		if a.Long != "" && a.Long == name {
			return a
		}
		for _, alias := range a.Aliases {
			if alias == name {
				return a
			}
		}
	}
	return nil
}

func (n *node) short(name rune) *Arg {
	for _, a := range n.args {
		if a.Short == name {
			return a
		}
	}
	return nil
}

func (n *node) positionals() []*Arg {
	var list []*Arg
	for _, a := range n.args {
		if a.positional() {
			list = append(list, a)
		}
	}
	return list
}

// command finds the command of that name.
func (n *node) command(name string) *Command {
	for _, c := range n.Commands {
		if c.Name == name {
			return c
		}
		for _, alias := range c.Aliases {
			if alias == name {
				return c
			}
		}
	}
	return nil
}

// groups returns the declared groups and that of [Command.Struct].
func (n *node) groups() []Group {
	members := n.Struct
	if members == nil {
		for _, a := range n.Args {
			members = append(members, a.ID())
		}
	}
	groups := n.Groups
	if len(members) > 0 {
		// The empty name is that of no argument.
		groups = append(groups[:len(groups):len(groups)], Group{Args: members, Multiple: true})
	}
	return groups
}

func (n *node) group(id string) (Group, bool) {
	for _, g := range n.groups() {
		if g.ID == id {
			return g, true
		}
	}
	return Group{}, false
}

// groupText is a group as usage lines show it.
func (n *node) groupText(g Group) string {
	var parts []string
	for _, id := range g.Args {
		a := n.find(id)
		switch {
		case a == nil:
		case a.positional():
			parts = append(parts, a.Value)
		default:
			parts = append(parts, a.String())
		}
	}
	return "<" + strings.Join(parts, "|") + ">"
}
