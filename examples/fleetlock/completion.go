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

// completion is "completion SHELL".
func (p *program) completion() *command {
	shell := func(name string, write func(io.Writer, []completed) error) *command {
		return &command{
			name: name, short: "Generate the autocompletion script for " + name,
			run: func(context.Context, []string) error { return write(p.stdout, p.completed()) },
		}
	}
	return &command{
		name: "completion", short: "Generate the autocompletion script for the specified shell",
		sub: []*command{
			shell("bash", p.bash),
			shell("fish", p.fish),
			shell("powershell", func(io.Writer, []completed) error {
				return errors.New("completion for powershell is not supported")
			}),
			shell("zsh", p.zsh),
		},
	}
}

// completed is what can follow a sequence of commands.
type completed struct {
	path  string   // "ex get"; empty for the program itself
	words []string // commands, then flags
}

// completed walks through all commands.
func (p *program) completed() []completed {
	root := p.tree()
	root.sub = append(root.sub, root.helpCommand(io.Discard, io.Discard))
	root.link(nil)
	var all []completed
	var walk func(c *command)
	walk = func(c *command) {
		_, path, _ := strings.Cut(c.path(), " ")
		entry := completed{path: path}
		for _, sub := range c.sub {
			entry.words = append(entry.words, sub.name)
		}
		add := func(f *pflag.Flag) { entry.words = append(entry.words, "--"+f.Name) }
		c.localFlags().VisitAll(add)
		c.globalFlags().VisitAll(add)
		all = append(all, entry)
		for _, sub := range c.sub {
			walk(sub)
		}
	}
	walk(root)
	slices.SortFunc(all, func(a, b completed) int { return strings.Compare(a.path, b.path) })
	return all
}

// function makes a shell function's name from the program's.
func (p *program) function() string {
	return "_" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, p.name)
}

// cases writes the branches of a shell's case for the words typed so far.
func cases(b *strings.Builder, all []completed, format string) {
	for _, c := range all {
		fmt.Fprintf(b, format, "'"+c.path+"'", strings.Join(c.words, " "))
	}
}

func (p *program) bash(w io.Writer, all []completed) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# bash completion for %s\n%s() {\n", p.name, p.function())
	b.WriteString(`    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path= word i
    case $prev in
    -c|--config) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --group|--id) COMPREPLY=(); return ;;
    esac
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
        -c|--config|--group|--id) ((i++)) ;;
        -*) ;;
        *) path="${path:+$path }$word" ;;
        esac
    done
    case $path in
`)
	cases(&b, all, "    %s) COMPREPLY=($(compgen -W '%s' -- \"$cur\")) ;;\n")
	fmt.Fprintf(&b, "    *) COMPREPLY=() ;;\n    esac\n}\ncomplete -o filenames -F %s '%s'\n", p.function(), p.name)
	_, err := io.WriteString(w, b.String())
	return err
}

func (p *program) zsh(w io.Writer, all []completed) error {
	var b strings.Builder
	fmt.Fprintf(&b, "#compdef %s\n%s() {\n", p.name, p.function())
	b.WriteString(`    local path_= word i
    case ${words[CURRENT-1]} in
    -c|--config) _files; return ;;
    --group|--id) return ;;
    esac
    for ((i = 2; i < CURRENT; i++)); do
        word=${words[i]}
        case $word in
        -c|--config|--group|--id) ((i++)) ;;
        -*) ;;
        *) path_="${path_:+$path_ }$word" ;;
        esac
    done
    case $path_ in
`)
	cases(&b, all, "    %s) compadd -- %s ;;\n")
	fmt.Fprintf(&b, "    esac\n}\ncompdef %s '%s'\n", p.function(), p.name)
	_, err := io.WriteString(w, b.String())
	return err
}

func (p *program) fish(w io.Writer, all []completed) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# fish completion for %s\nfunction _%s\n", p.name, p.function())
	b.WriteString(`    set -l path
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip -eq 1
            set skip 0
            continue
        end
        switch $word
            case -c --config --group --id
                set skip 1
            case '-*'
            case '*'
                set -a path $word
        end
    end
    switch "$path"
`)
	cases(&b, all, "        case %s\n            string split ' ' -- '%s'\n")
	fmt.Fprintf(&b, "    end\nend\ncomplete -c '%s' -f -a '(_%s)'\ncomplete -c '%s' -s c -l config -r -F\n", p.name, p.function(), p.name)
	_, err := io.WriteString(w, b.String())
	return err
}
