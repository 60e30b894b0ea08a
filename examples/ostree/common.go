package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree"
)

// tuneMemory keeps the collector lazy while the heap is small, and strict long before it is large:
// most commands hold a few megabytes and end within a second.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(96 << 20)
	}
}

// command is the frame that all commands share: options, arguments, and the repository.
type command struct {
	ctx     context.Context
	env     *cli.Env
	parser  cli.Parser
	repo    string
	verbose bool
	version bool
}

// newCommand declares a command. params and summary are those of the help text.
func newCommand(ctx context.Context, env *cli.Env, params, summary string, options ...cli.Option) *command {
	c := &command{ctx: ctx, env: env}
	c.parser = cli.Parser{Program: env.Program, Params: params, Summary: summary, Options: options}
	return c
}

// parse reads the command line and returns the arguments. done is true when help or the version was asked for.
func (c *command) parse(args []string) (rest []string, done bool, err error) {
	short := byte('v')
	if slices.ContainsFunc(c.parser.Options, func(o cli.Option) bool { return o.Short == short }) {
		short = 0 // taken by an option of the command
	}
	c.parser.Options = append(c.parser.Options,
		cli.Option{Long: "verbose", Short: short, Help: "Print debug information during command processing", Value: cli.Bool(&c.verbose)},
		cli.Option{Long: "version", Help: "Print version information and exit", Value: cli.Bool(&c.version)})
	rest, err = c.parser.Parse(args)
	if errors.Is(err, cli.ErrHelp) {
		_, err = io.WriteString(c.env.Stdout, c.parser.Help())
		return nil, true, err
	}
	if err == nil && c.version {
		return nil, true, printVersion(c.env)
	}
	return rest, false, err
}

// repoOption is the --repo option, which stands first in help texts.
func (c *command) repoOption() cli.Option {
	return cli.Option{Long: "repo", Arg: "PATH", Help: "Path to OSTree repository (defaults to current directory or /sysroot/ostree/repo)", Value: cli.Filename(&c.repo)}
}

// parseRepo is parse for commands that work on a repository: it opens that too. r is nil when done.
func (c *command) parseRepo(args []string) (r *ostree.Repo, rest []string, err error) {
	c.parser.Options = append([]cli.Option{c.repoOption()}, c.parser.Options...)
	rest, done, err := c.parse(args)
	if done || err != nil {
		return nil, nil, err
	}
	path, err := c.repoPath()
	if err != nil {
		return nil, nil, err
	}
	r, err = ostree.Open(path, c.options(path))
	return r, rest, err
}

// repoPath finds the repository as ostree does: --repo, the current directory if it is one,
// $OSTREE_REPO, the system's.
func (c *command) repoPath() (string, error) {
	if c.repo != "" {
		return c.repo, nil
	}
	if isDir("objects") && isFile("config") {
		return ".", nil
	}
	if p := c.env.Lookup("OSTREE_REPO"); p != "" {
		return p, nil
	}
	if p := c.systemRepo(); isDir(p) {
		return p, nil
	}
	return "", &cli.HelpError{Help: c.parser.Help() + "\n", Err: errors.New("Command requires a --repo argument")}
}

func (c *command) systemRepo() string {
	root := c.env.Lookup("OSTREE_SYSROOT")
	if root == "" {
		root = "/"
	}
	return filepath.Join(root, "ostree/repo")
}

// options translates the environment, which libraries do not read.
func (c *command) options(path string) *ostree.Options {
	o := &ostree.Options{
		BootID:               c.env.Lookup("OSTREE_BOOTID"),
		NoCache:              c.env.Lookup("OSTREE_SKIP_CACHE") != "",
		WriteBareSplitXattrs: c.env.Lookup("OSTREE_EXP_WRITE_BARE_SPLIT_XATTRS") != "",
		AllowDummySign:       c.env.Lookup("OSTREE_DUMMY_SIGN_ENABLED") == "1",
	}
	if e := c.env.Lookup("OSTREE_REPO_TEST_ERROR"); e != "" {
		o.TestErrors = strings.FieldsFunc(e, func(r rune) bool { return r == ',' || r == ' ' || r == ';' })
	}
	if d := c.env.Lookup("OSTREE_GPG_HOME"); d != "" {
		o.GPGHomeDirs = []string{d}
	}
	if c.verbose {
		o.Logger = slog.New(newDebugHandler(c.env.Stderr))
	}
	if samePath(path, c.systemRepo()) || samePath(path, "/sysroot/ostree/repo") {
		o.RemotesConfigDir = "/etc/ostree/remotes.d"
	}
	return o
}

func samePath(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

func isDir(p string) bool {
	st, err := os.Stat(p)
	return err == nil && st.IsDir()
}

func isFile(p string) bool {
	st, err := os.Stat(p)
	return err == nil && st.Mode().IsRegular()
}

// usage is the error for wrong arguments: help, then the message.
func (c *command) usage(format string, args ...any) error {
	return c.parser.UsageError(format, args...)
}

func (c *command) printf(format string, args ...any) { fmt.Fprintf(c.env.Stdout, format, args...) }

// openFile opens a file named on the command line, with the reference program's error text.
func openFile(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errno.New("openat", path, errors.Unwrap(err))
	}
	return f, nil
}

// parseBool reads the argument of options such as --fsync.
func parseBool(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "1", "true", "yes":
		return true, nil
	case "0", "false", "no", "none":
		return false, nil
	}
	return false, fmt.Errorf("Invalid boolean argument '%s'", s)
}

func boolValue(p **bool) cli.Value {
	return cli.ArgFunc(func(_, value string) error {
		b, err := parseBool(value)
		*p = &b
		return err
	})
}

// cause is the innermost reason of an error of package os, without the operation and path.
func cause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// splitKeyValue splits KEY=VALUE.
func splitKeyValue(s string) (key, value string, err error) {
	key, value, ok := strings.Cut(s, "=")
	if !ok {
		return "", "", fmt.Errorf("Missing '=' in KEY=VALUE metadata '%s'", s)
	}
	return key, value, nil
}
