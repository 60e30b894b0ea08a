package kargs

import (
	"strings"

	"github.com/nestos-dev/nestos/installer/config"
)

// adviceWidth is the number of columns of the note.
const adviceWidth = 80

// ConsoleAdvice returns the note that consoles given as kernel arguments are better given as
// consoles, which are set in the boot loader too; "" if there are none, or any that the
// boot loader does not support. The names of the two options, such as "--console" and
// "--append-karg", stand in the text. It begins with a line feed and ends with one, as it is
// printed between empty lines.
func ConsoleAdvice(appendArgs []string, consoleOption, kargOption string) string {
	var instead, found []string
	for _, arg := range appendArgs {
		spec, ok := strings.CutPrefix(arg, "console=")
		if !ok {
			continue
		}
		if _, err := config.ParseConsole(spec); err != nil {
			return ""
		}
		instead = append(instead, consoleOption+" "+spec)
		found = append(found, kargOption+" "+arg)
	}
	if len(found) == 0 {
		return ""
	}
	words := strings.Fields("Note: consider using")
	words = append(words, quoted(instead), "instead", "of", quoted(found))
	words = append(words, strings.Fields("to configure both kernel and bootloader consoles.")...)
	return "\n" + strings.Join(fill(words, adviceWidth), "\n") + "\n"
}

func quoted(options []string) string { return `"` + strings.Join(options, " ") + `"` }

// fill puts words into lines of at most width bytes; longer words have lines of their own.
func fill(words []string, width int) []string {
	var lines []string
	for _, word := range words {
		if n := len(lines); n > 0 && len(lines[n-1])+1+len(word) <= width {
			lines[n-1] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	return lines
}
