package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/gnudate"
)

// parseDate reads the dates that options take, in local time.
func parseDate(s string) (time.Time, error) { return gnudate.Parse(s, time.Now(), time.Local) }

// editMessage lets the user write the message of a commit in an editor.
func editMessage(ctx context.Context, env *cli.Env, branch string) (subject, body string, err error) {
	f, err := os.CreateTemp("", "ostree-commit-*")
	if err != nil {
		return "", "", err
	}
	defer os.Remove(f.Name())
	fmt.Fprintf(f, "\n# Please enter the commit message for your changes. The first line will\n"+
		"# become the subject, and the remainder the body. Lines starting\n"+
		"# with '#' will be ignored, and an empty message aborts the commit.\n")
	if branch != "" {
		fmt.Fprintf(f, "#\n# Branch: %s\n", branch)
	}
	if err := f.Close(); err != nil {
		return "", "", err
	}
	if err := runEditor(ctx, env, f.Name()); err != nil {
		return "", "", err
	}
	b, err := os.ReadFile(f.Name())
	if err != nil {
		return "", "", err
	}
	if subject, body = splitMessage(string(b)); subject == "" {
		return "", "", errors.New("Aborting commit due to empty commit subject.")
	}
	return subject, body, nil
}

// runEditor runs the editor that the environment names; its value may hold arguments.
func runEditor(ctx context.Context, env *cli.Env, path string) error {
	editor := "vi"
	for _, name := range []string{"OSTREE_EDITOR", "VISUAL", "EDITOR"} {
		if e := env.Lookup(name); e != "" {
			editor = e
			break
		}
	}
	c := exec.CommandContext(ctx, "/bin/sh", "-c", editor+` "$1"`, "sh", path)
	c.Stdin = env.Stdin
	c.Stdout, c.Stderr = env.ChildStreams()
	if err := c.Run(); err != nil {
		return fmt.Errorf("There was a problem with the editor '%s'", editor)
	}
	return nil
}

// splitMessage drops comments; the first line is the subject, what follows after empty lines the body.
func splitMessage(text string) (subject, body string) {
	var lines []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, strings.TrimRight(line, " \t\r\n"))
		}
	}
	text = strings.Trim(strings.Join(lines, "\n"), "\n")
	subject, body, _ = strings.Cut(text, "\n")
	return subject, strings.TrimLeft(body, "\n")
}
