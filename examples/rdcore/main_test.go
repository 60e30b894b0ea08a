package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/rdcore"
)

// asProgram makes the test binary behave as the program, for what needs a process of its own.
const asProgram = "TEST_RUN_AS_RDCORE"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

var (
	update    = flag.Bool("update", false, "record testdata/session.txt again, which needs -reference")
	reference = flag.String("reference", "", "path of the rdcore of coreos-installer 0.26")
)

// TestSession replays what rdcore 0.26 did. Lines that begin with "$ " are command lines, in which words may be
// quoted by ' characters, and the last one after "<" is the input, with Go's escapes; "% FILE TEXT" writes a
// file, with Go's escapes too. After a call come the exit code ("= 1", left out if 0), standard output ("1> ") and
// standard error ("2> ").
func TestSession(t *testing.T) {
	want, err := os.ReadFile("testdata/session.txt")
	require.NoError(t, err)
	golden, err := filepath.Abs("testdata/session.txt")
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	var out strings.Builder
	for line := range strings.Lines(string(want)) {
		switch {
		case strings.HasPrefix(line, "$ "):
			out.WriteString(line)
			call(t, &out, words(t, line[2:]))
		case strings.HasPrefix(line, "% "):
			out.WriteString(line)
			w := words(t, line[2:])
			require.NoError(t, os.WriteFile(w[0], []byte(unquote(t, w[1])), 0o644))
		case line == "\n" || line[0] == '#':
			out.WriteString(line)
		}
	}
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(out.String()), 0o644))
		return
	}
	require.Equal(t, string(want), out.String())
}

func call(t *testing.T, out *strings.Builder, args []string) {
	input := ""
	if n := len(args); n > 1 && args[n-2] == "<" {
		args, input = args[:n-2], unquote(t, args[n-1])
	}
	var stdout, stderr bytes.Buffer
	code := 0
	if *update {
		cmd := exec.CommandContext(t.Context(), *reference, args...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &stdout, &stderr
		cmd.Env = append(os.Environ(), "RUST_BACKTRACE=0")
		if err := cmd.Run(); cmd.ProcessState == nil {
			require.NoError(t, err)
		}
		code = cmd.ProcessState.ExitCode()
	} else {
		p := &program{
			Name: "rdcore", Stdin: strings.NewReader(input), Stdout: &stdout, Stderr: &stderr,
			Getenv: func(string) string { return "" }, System: &rdcore.System{Flavour: flavour.CoreOS()},
		}
		code = p.run(t.Context(), args)
	}
	if code != 0 {
		fmt.Fprintf(out, "= %d\n", code)
	}
	for i, text := range []string{stdout.String(), stderr.String()} {
		for line := range strings.Lines(text) {
			fmt.Fprintf(out, "%d> %s\n", i+1, strings.TrimSuffix(line, "\n"))
		}
	}
}

func words(t *testing.T, line string) []string {
	var list []string
	line = strings.TrimSpace(line)
	for line != "" {
		word, rest, _ := strings.Cut(line, " ")
		if line[0] == '\'' {
			var ok bool
			word, rest, ok = strings.Cut(line[1:], "'")
			require.True(t, ok && (rest == "" || rest[0] == ' '), "quote inside of a word: %s", line)
		}
		list, line = append(list, word), strings.TrimLeft(rest, " ")
	}
	return list
}

func unquote(t *testing.T, text string) string {
	t.Helper()
	var out string
	_, err := fmt.Sscanf(`"`+strings.ReplaceAll(text, `"`, `\"`)+`"`, "%q", &out)
	require.NoError(t, err, text)
	return out
}

func TestHelp(t *testing.T) {
	var stdout, stderr bytes.Buffer
	p := &program{Name: "/usr/libexec/rdcore", Stdout: &stdout, Stderr: &stderr}
	require.Zero(t, p.run(t.Context(), []string{"-V"}))
	require.Equal(t, "rdcore "+version+"\n", stdout.String())
	for _, c := range commands().Commands {
		stdout.Reset()
		require.Zero(t, p.run(t.Context(), []string{c.Name, "--help"}))
		require.True(t, strings.HasPrefix(stdout.String(), c.About+"\n\nUsage: rdcore "+c.Name), stdout.String())
		for _, a := range c.Args {
			require.Equal(t, !a.Hidden, strings.Contains(stdout.String(), a.String()), a.String())
		}
	}
	require.Empty(t, stderr.String())
	require.Equal(t, 2, p.run(t.Context(), nil))
	require.Contains(t, stderr.String(), "\nCommands:\n")
	require.NotContains(t, stderr.String(), "zipl")
}

// What another program is to verify must not get lost silently.
func TestLostOutput(t *testing.T) {
	dir := t.TempDir()
	hashes := filepath.Join(dir, "hashes")
	require.NoError(t, os.WriteFile(hashes, []byte("stream-hash sha256 3\n3608bca1e44ea6c4d268eb6db02260269892c0b42b86bbf1e77a6fa16c3c9282\n"), 0o644))
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	r, closed, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, r.Close())
	defer closed.Close()
	self, err := os.Executable()
	require.NoError(t, err)
	for text, out := range map[string]*os.File{"No space left on device (os error 28)": full, "Broken pipe (os error 32)": closed} {
		for _, args := range [][]string{{"stream-hash", hashes}, {"kargs", "--override-options", "a"}} {
			var stderr bytes.Buffer
			cmd := exec.CommandContext(t.Context(), self, args...)
			cmd.Env = append(os.Environ(), asProgram+"=1")
			cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader("xyz"), out, &stderr
			var exit *exec.ExitError
			require.ErrorAs(t, cmd.Run(), &exit)
			require.Equal(t, 1, exit.ExitCode())
			require.Equal(t, "Error: writing output\n\nCaused by:\n    "+text+"\n", stderr.String())
		}
	}
}

// A signal ends a copy that waits for its sender.
func TestSignal(t *testing.T) {
	hashes := filepath.Join(t.TempDir(), "hashes")
	require.NoError(t, os.WriteFile(hashes, []byte("stream-hash sha256 3\n3608bca1e44ea6c4d268eb6db02260269892c0b42b86bbf1e77a6fa16c3c9282\n"), 0o644))
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, "stream-hash", hashes)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = io.WriteString(stdin, "xyz")
	require.NoError(t, err)
	_, err = io.ReadFull(stdout, make([]byte, 3))
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	var exit *exec.ExitError
	require.ErrorAs(t, cmd.Wait(), &exit)
	require.Equal(t, syscall.SIGTERM, exit.Sys().(syscall.WaitStatus).Signal())
}

func TestFlavour(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"etc/coreos", "usr/bin/coreos-rootflags"} {
		require.NoError(t, os.MkdirAll(filepath.Join(root, name), 0o755))
	}
	p := &program{Getenv: func(string) string { return "/usr/sbin:/usr/bin" }, System: &rdcore.System{Root: root}}
	require.Equal(t, "coreos", p.system().Flavour.Name)
	p.System.Root = t.TempDir()
	require.Equal(t, "nestos", p.system().Flavour.Name)
}

func TestZipl(t *testing.T) {
	var stderr bytes.Buffer
	p := &program{Stderr: &stderr}
	require.Equal(t, 1, p.run(context.Background(), []string{"zipl", "--any", "thing"}))
	require.Contains(t, stderr.String(), "zipl is not supported")
}
