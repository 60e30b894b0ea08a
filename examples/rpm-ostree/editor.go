//go:build linux

package main

import (
	"cmp"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/rpmostree"
)

const editorText = `
# Please enter the kernel arguments. Each kernel argument
# should be in the form of key=value.
# Lines starting with '#' will be ignored. Each key=value pair should be
# separated by spaces, and multiple value associated with one key is allowed.
# Also, please note that any changes to the ostree argument will not be
# effective as they are usually regenerated when bootconfig changes.
`

// edit lets the user change the arguments in an editor. What is in them for ostree is not shown.
func (k *kargsRun) edit(s *rpmostree.System) error {
	before, err := s.Kargs(k.ctx, k.indexNumber)
	if err != nil {
		return err
	}
	if k.importLive {
		before = strings.TrimSpace(k.change.Cmdline)
	}
	args := kargs.Parse(before)
	reserved := takeReserved(args)
	shown := args.String()
	text, err := k.runEditor(editorText + shown)
	if err != nil {
		return err
	}
	edited := withoutComments(text)
	switch {
	case edited == "":
		return errors.New("The kernel arguments can not be empty")
	case hasKey(kargs.Parse(edited), "ostree"):
		return errors.New("You have an 'ostree' argument in your input, that is not going to be handled")
	case edited == shown:
		return rpmostree.ErrKargsUnchanged
	}
	k.change.ImportCmdline = false
	k.change.Final = edited
	if reserved != "" {
		k.change.Final += " " + reserved
	}
	if !k.importLive {
		k.change.Existing = before
	}
	return nil
}

func hasKey(args *kargs.Args, key string) bool {
	for word := range strings.FieldsSeq(args.String()) {
		if word == key || strings.HasPrefix(word, key+"=") {
			return true
		}
	}
	return false
}

// takeReserved takes the argument of ostree out.
func takeReserved(args *kargs.Args) string {
	for word := range strings.FieldsSeq(args.String()) {
		if strings.HasPrefix(word, "ostree=") && args.Delete(word) == nil {
			return word
		}
	}
	return ""
}

// withoutComments joins the lines that are neither empty nor comments.
func withoutComments(text string) string {
	var words []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			words = append(words, line)
		}
	}
	return strings.Join(words, " ")
}

// runEditor lets the user change a text. The editor is a command of the shell, as everywhere.
func (c *command) runEditor(text string) (string, error) {
	editor := cmp.Or(c.env.Lookup("VISUAL"), c.env.Lookup("EDITOR"))
	if editor == "" {
		if term := c.env.Lookup("TERM"); term == "" || term == "dumb" {
			return "", errors.New("Terminal is dumb, but EDITOR unset")
		}
		editor = "vi"
	}
	dir, err := os.MkdirTemp("", "rpm-ostree-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "kernel-arguments")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return "", err
	}
	cmd := run.Command("/bin/sh", "-c", editor+` "$@"`, editor, file)
	cmd.Stdin, cmd.Foreground = c.env.Stdin, true
	cmd.Stdout, cmd.Stderr = c.env.ChildStreams()
	if _, err := c.runner.Run(c.ctx, cmd); err != nil {
		return "", errors.New("There was a problem with the editor '" + editor + "'")
	}
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	edited, err := io.ReadAll(io.LimitReader(f, 1<<20))
	return string(edited), err
}
