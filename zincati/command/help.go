package command

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/clap"
)

// helpName is the command that clap adds to every command that has others. Unlike them it takes all words after it for
// names of commands, even if they look like options.
const helpName = "help"

// addHelp adds the command to a tree of commands.
func addHelp(c *clap.Command) {
	if len(c.Commands) == 0 {
		return
	}
	for _, sub := range c.Commands {
		addHelp(sub)
	}
	c.Commands = append(c.Commands, &clap.Command{Name: helpName, About: "Print help about commands"})
}

// helpRequest finds the command in a command line: the names of the commands before it, and the words after it.
func helpRequest(root *clap.Command, args []string) (before, words []string, ok bool) {
	at := root
	for i, arg := range args {
		if isVerbosity(arg) {
			continue
		}
		if arg == helpName && len(at.Commands) > 0 {
			return before, args[i+1:], true
		}
		if at = find(at, arg); at == nil {
			break
		}
		before = append(before, arg)
	}
	return nil, nil, false
}

func isVerbosity(arg string) bool {
	return len(arg) > 1 && arg[0] == '-' && strings.Trim(arg[1:], "v") == ""
}

func find(c *clap.Command, name string) *clap.Command {
	if i := slices.IndexFunc(c.Commands, func(sub *clap.Command) bool { return sub.Name == name }); i >= 0 {
		return c.Commands[i]
	}
	return nil
}

// help prints the help text of the command that the words lead to, and returns the exit status.
func (p *Program) help(root *clap.Command, name string, path, words []string) int {
	at := root
	for _, word := range path {
		at = find(at, word)
	}
	for _, word := range words {
		next := find(at, word)
		if next == nil {
			_, _ = fmt.Fprintf(p.Stderr, "error: unrecognized subcommand '%s'\n\n%s\n\nFor more information, try '--help'.\n",
				strings.ToValidUTF8(word, "\uFFFD"), usage(helpText(root, name, path)))
			return 2
		}
		at, path = next, append(slices.Clip(path), word)
	}
	text := helpText(root, name, path)
	if at.Name == helpName {
		words := append(strings.Fields(usage(text))[1:len(path)+2], "[COMMAND]...")
		text = at.About + "\n\nUsage: " + strings.Join(words, " ") + "\n\nArguments:\n  [COMMAND]...  The commands to print help about\n"
	}
	_, _ = io.WriteString(p.Stdout, text+moreHelp(root, name, text))
	return 0
}

// moreCommands ends the help text of the program. The original hides what it has of these from its own list, which
// scripts may read.
const moreCommands = `
More commands:
  packaging     Write units, policies and default settings for an installation
  ex            Talk to the running agent: look for updates now, finalize one
  deadend-motd  Tell users who log in whether this release is a dead end
`

// moreHelp is what follows a help text: the commands that are not in its list, if it is that of the program.
func moreHelp(root *clap.Command, name, text string) string {
	if text != helpText(root, name, nil) {
		return ""
	}
	return moreCommands
}

// helpText is what --help prints for a command.
func helpText(root *clap.Command, name string, path []string) string {
	_, err := root.Parse(&clap.Line{Program: name, Args: append(slices.Clip(path), "--help")})
	if e, ok := errors.AsType[*clap.Error](err); ok {
		return e.Text()
	}
	return ""
}

// usage is the usage line of a help text.
func usage(text string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "Usage: ") {
			return strings.TrimSuffix(line, "\n")
		}
	}
	return ""
}
