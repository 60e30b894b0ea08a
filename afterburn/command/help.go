package command

import (
	"errors"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/clap"
)

// helpRequest finds the command "help" in a command line: the names of the commands before it, and the words after it.
// Unlike other commands it takes all of them for names of commands, even if they look like options.
func helpRequest(root *clap.Command, args []string) (path, words []string, ok bool) {
	at := root
	for i, arg := range args {
		next := find(at, arg)
		if next == nil {
			break
		}
		if arg == helpName {
			return path, args[i+1:], true
		}
		at, path = next, append(path, arg)
	}
	return nil, nil, false
}

func find(c *clap.Command, name string) *clap.Command {
	if i := slices.IndexFunc(c.Commands, func(sub *clap.Command) bool { return sub.Name == name }); i >= 0 {
		return c.Commands[i]
	}
	return nil
}

// help returns the help text of the command that the words behind a path lead to, or what is wrong with the words.
func help(root *clap.Command, name string, path, words []string) (text string, err error) {
	at := root
	for _, word := range path {
		at = find(at, word)
	}
	for _, word := range words {
		next := find(at, word)
		if next == nil {
			message := "error: unrecognized subcommand '" + word + "'\n\n" + usage(helpText(root, name, at, path)) + "\n"
			if at.Name != helpName { // which has no option --help
				message += "\nFor more information, try '--help'.\n"
			}
			return "", errors.New(message)
		}
		at, path = next, append(slices.Clip(path), word)
	}
	return helpText(root, name, at, path), nil
}

// helpText is what --help prints for the command at a path.
func helpText(root *clap.Command, name string, at *clap.Command, path []string) string {
	if at.Name == helpName {
		program := name[strings.LastIndexByte(name, '/')+1:]
		return at.About + "\n\nUsage: " + strings.Join(append([]string{program}, path...), " ") +
			" [COMMAND]...\n\nArguments:\n  [COMMAND]...  Print help for the subcommand(s)\n"
	}
	_, err := root.Parse(&clap.Line{Program: name, Args: append(slices.Clip(path), "--help"), Width: columns})
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

// versionText is what --version prints for the command that the arguments lead to.
func versionText(root *clap.Command, args []string) string {
	text, at := "Afterburn", root
	for _, arg := range args {
		if at = find(at, arg); at == nil {
			break
		}
		text += "-" + arg
	}
	return text + " " + root.Version + "\n"
}
