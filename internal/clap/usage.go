package clap

import (
	"slices"
	"strings"
)

// requiredIDs lists the arguments and groups that must always be given.
func (n *node) requiredIDs() []string {
	var ids []string
	for _, a := range n.args {
		if a.Required {
			ids = append(ids, a.ID())
		}
	}
	for _, g := range n.Groups {
		if g.Required {
			ids = append(ids, g.ID)
		}
	}
	return ids
}

// usage returns the text after "Usage: ". With used arguments it is a line that shows those, else the one of
// the help text.
func (n *node) usage(used []string) string {
	switch {
	case n.Usage != "":
		_, rest, _ := strings.Cut(n.Usage, " ")
		program, _, _ := strings.Cut(n.bin, " ")
		return strings.TrimSuffix(program+" "+rest, " ")
	case len(used) > 0:
		return n.smartUsage(used)
	}
	line := n.bin
	if n.hasOptionsTag() {
		line += " [OPTIONS]"
	}
	line = join(line, n.usageArgs(nil))
	return line + n.commandUsage()
}

func (n *node) smartUsage(used []string) string {
	line := join(n.bin, n.usageArgs(used))
	if len(n.Commands) > 0 && !n.Optional {
		line += " <COMMAND>"
	}
	return line
}

func join(line string, parts []string) string {
	return strings.Join(append([]string{line}, parts...), " ")
}

func (n *node) commandUsage() string {
	visible := slices.ContainsFunc(n.Commands, func(c *Command) bool { return !c.Hidden })
	switch {
	case !visible:
		return ""
	case n.ArgsExcludeCommands:
		return "\n       " + n.bin + " <COMMAND>"
	case n.Optional:
		return " [COMMAND]"
	}
	return " <COMMAND>"
}

// hasOptionsTag tells whether there is an option that can be left out, apart from help.
func (n *node) hasOptionsTag() bool {
	return slices.ContainsFunc(n.args, func(a *Arg) bool {
		if a.positional() || a.builtin != "" || a.Hidden || a.Required {
			return false
		}
		return !slices.ContainsFunc(n.Groups, func(g Group) bool {
			return g.Required && slices.Contains(g.Args, a.ID())
		})
	})
}

// usageArgs lists what must be given and what was: options, groups, positional arguments.
func (n *node) usageArgs(used []string) []string {
	ids := append(n.requiredIDs(), used...)
	var groups, options, inGroups []string
	positional := map[string]bool{}
	for _, id := range ids {
		g, ok := n.group(id)
		if !ok {
			continue
		}
		if text := n.groupText(g); !slices.Contains(groups, text) {
			groups = append(groups, text)
		}
		inGroups = append(inGroups, g.Args...)
	}
	for _, id := range ids {
		a := n.find(id)
		switch {
		case a == nil || slices.Contains(inGroups, id):
		case a.positional():
			positional[id] = true
		case !slices.Contains(options, a.String()):
			options = append(options, a.String())
		}
	}
	list := append(options, groups...)
	for _, a := range n.positionals() {
		if a.Hidden && !positional[a.ID()] || slices.Contains(inGroups, a.ID()) {
			continue
		}
		list = append(list, a.style(positional[a.ID()]))
	}
	return list
}

// missingList lists what is missing, as the error about it shows it.
func (p *parser) missingList(missing []string) []string {
	var options, groups, positionals []string
	for _, id := range missing {
		if g, ok := p.group(id); ok && id != "" {
			groups = append(groups, p.groupText(g))
		}
	}
	for _, a := range p.positionals() {
		if slices.Contains(missing, a.ID()) {
			positionals = append(positionals, a.style(true))
		}
	}
	for _, id := range missing {
		if a := p.find(id); a != nil && !a.positional() {
			options = append(options, a.String())
		}
	}
	return slices.Concat(options, groups, positionals)
}
