package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

type flagSet = pflag.FlagSet

// command is a node of a command line that behaves like one made by cobra:
// persistent flags anywhere, help for commands that only have sub-commands,
// errors as "Error: …" followed by the usage.
type command struct {
	name, short string
	sub         []*command
	flags       func(*flagSet)
	persistent  func(*flagSet) // of the root: for all commands
	required    []string       // flags that must be given
	run         func(ctx context.Context, args []string) error
	quiet       bool   // errors without usage
	version     string // of the root: what --version prints; empty is no such flag
	parent      *command
}

// execute runs a command line. The error has been printed when it returns.
func execute(ctx context.Context, root *command, args []string, stdout, stderr io.Writer) error {
	root.link(nil)
	root.sub = append(root.sub, root.helpCommand(stdout, stderr))
	slices.SortFunc(root.sub, func(a, b *command) int { return strings.Compare(a.name, b.name) })
	c, err := root.find(args)
	if err != nil {
		fmt.Fprintf(stderr, "Error: %s\nRun '%s --help' for usage.\n", err, root.name)
		return err
	}
	err = c.execute(ctx, args, stdout)
	if err == nil {
		return nil
	}
	fmt.Fprintf(stderr, "Error: %s\n", err)
	if _, wrongUsage := errors.AsType[*usageError](err); wrongUsage || !c.quiet {
		fmt.Fprintf(stderr, "%s\n", c.usage())
	}
	return err
}

// usageError is a mistake in the command line itself.
type usageError struct{ error }

func (c *command) link(parent *command) {
	c.parent = parent
	for _, sub := range c.sub {
		sub.link(c)
	}
}

func (c *command) path() string {
	if c.parent == nil {
		return c.name
	}
	return c.parent.path() + " " + c.name
}

func (c *command) root() *command {
	if c.parent == nil {
		return c
	}
	return c.parent.root()
}

func (c *command) child(name string) *command {
	for _, sub := range c.sub {
		if sub.name == name {
			return sub
		}
	}
	return nil
}

// find follows the arguments that are not flags down the tree. Only the root
// minds a name that it does not know.
func (c *command) find(args []string) (*command, error) {
	at := c
	for _, word := range c.words(args) {
		next := at.child(word)
		if next == nil {
			if at == c {
				return nil, fmt.Errorf("unknown command %q for %q", word, c.name)
			}
			break
		}
		at = next
	}
	return at, nil
}

// words are the arguments without flags and their values.
func (c *command) words(args []string) []string {
	all := c.allFlags()
	var words []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			return append(words, args[i+1:]...)
		case strings.HasPrefix(arg, "-") && arg != "-":
			if takesNext(all, arg) {
				i++
			}
		default:
			words = append(words, arg)
		}
	}
	return words
}

// takesNext says whether the value of a flag is the next argument.
func takesNext(flags *flagSet, arg string) bool {
	var f *pflag.Flag
	if name, long := strings.CutPrefix(arg, "--"); long {
		if strings.Contains(name, "=") {
			return false
		}
		f = flags.Lookup(name)
	} else {
		// Of several short flags in one argument the last may take a value,
		// an earlier one takes the rest.
		for i, letter := range arg[1:] {
			if letter > 127 {
				return false
			}
			f = flags.ShorthandLookup(string(letter))
			if f == nil || f.NoOptDefVal == "" && i < len(arg)-2 {
				return false
			}
		}
	}
	return f != nil && f.NoOptDefVal == ""
}

// allFlags has the flags of all commands, to know which of them take values.
func (c *command) allFlags() *flagSet {
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	var add func(*command)
	add = func(c *command) {
		all.AddFlagSet(c.localFlags())
		for _, sub := range c.sub {
			add(sub)
		}
	}
	add(c)
	all.AddFlagSet(c.globalFlags())
	return all
}

func (c *command) localFlags() *flagSet {
	f := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
	if c.flags != nil {
		c.flags(f)
	}
	f.BoolP("help", "h", false, "help for "+c.name)
	if c.version != "" {
		f.Bool("version", false, "version for "+c.name)
	}
	return f
}

func (c *command) globalFlags() *flagSet {
	f := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
	if root := c.root(); root.persistent != nil {
		root.persistent(f)
	}
	return f
}

// execute parses the flags and runs the command.
func (c *command) execute(ctx context.Context, args []string, stdout io.Writer) error {
	f := c.localFlags()
	f.AddFlagSet(c.globalFlags())
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	if err := f.Parse(args); err != nil {
		return &usageError{err}
	}
	help, _ := f.GetBool("help")
	if version, _ := f.GetBool("version"); version && !help {
		_, err := fmt.Fprintf(stdout, "%s version %s\n", c.name, c.version)
		return err
	}
	if help || c.run == nil {
		_, err := io.WriteString(stdout, c.help())
		return err
	}
	if err := c.checkRequired(f); err != nil {
		return &usageError{err}
	}
	depth := strings.Count(c.path(), " ")
	return c.run(ctx, f.Args()[min(depth, f.NArg()):])
}

func (c *command) checkRequired(f *flagSet) error {
	var missing []string
	for _, name := range c.required {
		if !f.Changed(name) {
			missing = append(missing, `"`+name+`"`)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("required flag(s) %s not set", strings.Join(missing, ", "))
	}
	return nil
}

// help is the description and the usage.
func (c *command) help() string {
	if c.short == "" {
		return c.usage()
	}
	return c.short + "\n\n" + c.usage()
}

func (c *command) usage() string {
	var b strings.Builder
	b.WriteString("Usage:\n")
	if c.run != nil {
		fmt.Fprintf(&b, "  %s [flags]\n", c.path())
	}
	if len(c.sub) > 0 {
		fmt.Fprintf(&b, "  %s [command]\n\nAvailable Commands:\n", c.path())
		for _, sub := range c.sub {
			fmt.Fprintf(&b, "  %-11s %s\n", sub.name, sub.short)
		}
	}
	local, global := c.localFlags(), c.globalFlags()
	if c.parent == nil {
		local.AddFlagSet(global)
	}
	fmt.Fprintf(&b, "\nFlags:\n%s", local.FlagUsages())
	if c.parent != nil && global.HasFlags() {
		fmt.Fprintf(&b, "\nGlobal Flags:\n%s", global.FlagUsages())
	}
	if len(c.sub) > 0 {
		fmt.Fprintf(&b, "\nUse \"%s [command] --help\" for more information about a command.\n", c.path())
	}
	return b.String()
}

// helpCommand is "help [COMMAND…]".
func (c *command) helpCommand(stdout, stderr io.Writer) *command {
	return &command{name: "help", short: "Help about any command", parent: c, run: func(_ context.Context, args []string) error {
		topic, err := c.find(args)
		if err != nil {
			_, err = fmt.Fprintf(stderr, "Unknown help topic %q\n%s\n", args, c.usage())
			return err
		}
		_, err = io.WriteString(stdout, topic.help())
		return err
	}}
}
