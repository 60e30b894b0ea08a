package clap

import "slices"

// validate checks the command line as a whole: commands, conflicts, what is required.
func (p *parser) validate() *Error {
	if len(p.Commands) > 0 && !p.Optional && p.m.Sub == nil {
		if !p.NoHelpWhenEmpty && len(p.m.entries) == 0 {
			return &Error{Kind: MissingCommandHelp, text: p.help(false, p.width)}
		}
		return p.missingCommand()
	}
	if err := p.conflicts(); err != nil {
		return err
	}
	return p.required()
}

// conflicts reports the first argument that excludes others.
func (p *parser) conflicts() *Error {
	var given []*Arg
	for _, e := range p.m.entries {
		if a := p.find(e.id); a != nil && !e.group {
			given = append(given, a)
		}
	}
	for _, a := range given {
		var others []*Arg
		for _, b := range given {
			if a != b && (p.excludes(a, b) || p.excludes(b, a)) {
				others = append(others, b)
			}
		}
		if len(others) > 0 {
			return p.conflict(a, others, p.conflictUsage(others))
		}
	}
	return nil
}

func (p *parser) excludes(a, b *Arg) bool {
	if slices.Contains(a.Conflicts, b.ID()) {
		return true
	}
	for _, g := range p.groups() {
		if !g.Multiple && slices.Contains(g.Args, a.ID()) && slices.Contains(g.Args, b.ID()) {
			return true
		}
	}
	return false
}

func (p *parser) conflictUsage(others []*Arg) []string {
	return slices.DeleteFunc(p.m.explicit(false), func(id string) bool {
		return slices.ContainsFunc(others, func(a *Arg) bool { return a.ID() == id })
	})
}

// required reports all that is missing. Positional arguments before a missing one count as missing.
func (p *parser) required() *Error {
	var missing []string
	for _, id := range p.requiredIDs() {
		if g, ok := p.group(id); ok && id != "" {
			if !slices.ContainsFunc(g.Args, p.m.Has) {
				missing = append(missing, id)
			}
		} else if !p.m.Has(id) {
			missing = append(missing, id)
		}
	}
	last := -1
	positionals := p.positionals()
	for _, a := range p.args {
		if a.RequiredUnless == "" || p.m.Has(a.ID()) || p.m.Has(a.RequiredUnless) {
			continue
		}
		missing = append(missing, a.ID())
		last = max(last, slices.Index(positionals, a))
	}
	for i, a := range positionals {
		if i < last && !p.m.Has(a.ID()) && !slices.Contains(missing, a.ID()) {
			missing = append(missing, a.ID())
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return p.missing(missing)
}
