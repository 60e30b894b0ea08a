package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/cli"
)

func newApp() *cli.App {
	echo := func(_ context.Context, env *cli.Env, args []string) error {
		fmt.Fprintf(env.Stdout, "%s %q\n", env.Program, args)
		return nil
	}
	remote := &cli.App{
		Name: "remote", Summary: "Remote commands",
		Commands: []cli.Command{{Name: "add", Help: "Add one", Run: echo}},
	}
	return &cli.App{
		Params: "COMMAND",
		Commands: []cli.Command{
			{Name: "log", Help: "Show log", Run: echo},
			{Name: "secret", Hidden: true, Run: echo},
			{Name: "remote", Help: "Remotes", Run: remote.Run},
			{Name: "fail", Help: "Fail", Run: func(context.Context, *cli.Env, []string) error {
				return &fs.PathError{Op: "open", Path: "/x", Err: os.NewSyscallError("openat", fs.ErrNotExist)}
			}},
		},
		Options: []cli.Option{{Long: "version", Help: "Print version", Value: cli.Func(func(string) error { return cli.ErrDone })}},
	}
}

func runApp(app *cli.App, args ...string) (stdout, stderr string, code int) {
	var out, errOut bytes.Buffer
	env := &cli.Env{Program: "tool", Stdout: &out, Stderr: &errOut}
	code = cli.PrintError(env, app.Run(context.Background(), env, args))
	return out.String(), errOut.String(), code
}

const toolHelp = `Usage:
  tool [OPTION…] COMMAND

Builtin Commands:
  log               Show log
  remote            Remotes
  fail              Fail

Help Options:
  -h, --help       Show help options

Application Options:
  --version        Print version

`

func TestApp(t *testing.T) {
	for name, c := range map[string]struct {
		args           []string
		stdout, stderr string
		code           int
	}{
		"command":          {[]string{"--opt", "log", "a", "--", "b"}, "tool log [\"--opt\" \"a\" \"--\" \"b\"]\n", "", 0},
		"hidden":           {[]string{"secret"}, "tool secret []\n", "", 0},
		"subcommand":       {[]string{"remote", "-x", "add", "y"}, "tool remote add [\"-x\" \"y\"]\n", "", 0},
		"help":             {[]string{"--help"}, toolHelp, "", 0},
		"help for unknown": {[]string{"nope", "-h"}, toolHelp, "", 0},
		"version":          {[]string{"--version"}, "", "", 0},
		"none":             {nil, "", toolHelp + "error: No command specified\n", 1},
		"empty name":       {[]string{""}, "", toolHelp + "error: Unknown command ''\n", 1},
		"unknown":          {[]string{"nope"}, "", toolHelp + "error: Unknown command 'nope'\n", 1},
		"unknown option":   {[]string{"--nope"}, "", toolHelp + "error: Unknown option --nope\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, code := runApp(newApp(), c.args...)
			require.Equal(t, c.stdout, stdout)
			require.Equal(t, c.stderr, stderr)
			require.Equal(t, c.code, code)
		})
	}
	_, stderr, _ := runApp(newApp(), "remote")
	require.Contains(t, stderr, "Usage:\n  tool remote [OPTION…] COMMAND\n\nRemote commands\n\nBuiltin \"remote\" Commands:\n  add               Add one\n\nHelp")
	require.Contains(t, stderr, "\n\nerror: No \"remote\" subcommand specified\n")
	_, stderr, _ = runApp(newApp(), "remote", "nope")
	require.Contains(t, stderr, "error: Unknown \"remote\" subcommand 'nope'\n")
}

func TestAppHooks(t *testing.T) {
	app := newApp()
	app.Unknown = func(_ context.Context, _ *cli.Env, name string, args []string) (bool, error) {
		return name == "ext", &cli.ExitError{Code: 7}
	}
	app.NoCommand = func(_ context.Context, env *cli.Env, _ []string) error {
		fmt.Fprintln(env.Stdout, "nothing")
		return nil
	}
	_, stderr, code := runApp(app, "ext", "a")
	require.Equal(t, 7, code)
	require.Empty(t, stderr)
	stdout, _, code := runApp(app)
	require.Equal(t, "nothing\n", stdout)
	require.Zero(t, code)
	_, stderr, _ = runApp(app, "nope")
	require.Contains(t, stderr, "Unknown command 'nope'")
}

func TestPrintError(t *testing.T) {
	_, err := os.Open("/no/such/file")
	require.Error(t, err)
	p := &cli.Parser{Program: "x"}
	for name, c := range map[string]struct {
		err  error
		want string
		code int
	}{
		"none":            {nil, "", 0},
		"help":            {fmt.Errorf("x: %w", cli.ErrHelp), "", 0},
		"plain":           {errors.New("Something"), "error: Something\n", 1},
		"errno wording":   {fmt.Errorf("reading: %w", err), "error: reading: open /no/such/file: No such file or directory\n", 1},
		"errno inside":    {fmt.Errorf("%w (ignored)", err), "error: open /no/such/file: no such file or directory (ignored)\n", 1},
		"usage":           {p.UsageError("A %s is required", "rev"), p.Help() + "\nerror: A rev is required\n", 1},
		"code":            {&cli.ExitError{Code: 77, Err: errors.New("No updates")}, "error: No updates\n", 77},
		"code in silence": {fmt.Errorf("x: %w", &cli.ExitError{Code: 3}), "", 3},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.Equal(t, c.code, cli.PrintError(&cli.Env{Stdout: &out, Stderr: &out}, c.err))
			require.Equal(t, c.want, out.String())
		})
	}
}

func TestFormatSize(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1000: "1.0\u00a0kB", 1050: "1.1\u00a0kB", 999_949: "999.9\u00a0kB",
		999_999: "1000.0\u00a0kB", 1_000_000: "1.0\u00a0MB", 5_300_000_000: "5.3\u00a0GB", 1 << 63: "9.2\u00a0EB",
	} {
		require.Equal(t, want, cli.FormatSize(n))
	}
}

type countingWriter struct{ writes, bytes int }

func (w *countingWriter) Write(p []byte) (int, error) {
	w.writes++
	w.bytes += len(p)
	return len(p), nil
}

// Many small writes become few, and nothing is lost.
func TestBufferStdout(t *testing.T) {
	var w countingWriter
	env := &cli.Env{Stdout: &w}
	flush := env.BufferStdout()
	for range 1000 {
		fmt.Fprintf(env.Stdout, "0123456789")
	}
	require.Zero(t, w.writes)
	require.NoError(t, flush())
	require.Equal(t, countingWriter{1, 10000}, w)
}

// A child gets the real streams, behind what was written before it starts.
func TestChildStreams(t *testing.T) {
	var out, errs bytes.Buffer
	env := &cli.Env{Stdout: &out, Stderr: &errs}
	stdout, stderr := env.ChildStreams()
	require.Same(t, &out, stdout)
	require.Same(t, &errs, stderr)
	flush := env.BufferStdout()
	fmt.Fprint(env.Stdout, "before ")
	stdout, stderr = env.ChildStreams()
	require.Equal(t, "before ", out.String())
	require.Same(t, &out, stdout)
	require.Same(t, &errs, stderr)
	fmt.Fprint(env.Stdout, "after")
	fmt.Fprint(env.Stderr, "message")
	require.Equal(t, "before after", out.String())
	require.NoError(t, flush())
}
