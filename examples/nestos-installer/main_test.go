package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/internal/clap"
)

// asProgram makes the test binary behave as the program, for what needs a process of its own.
const asProgram = "TEST_RUN_AS_NESTOS_INSTALLER"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// world is a program without a past.
type world struct {
	program
	stdout, stderr bytes.Buffer
	environment    map[string]string
}

func newWorld(t *testing.T, name string) *world {
	w := &world{environment: map[string]string{}}
	w.Name, w.flavour = name, flavour.Default(name)
	w.Stdin, w.Stdout, w.Stderr = strings.NewReader(""), &w.stdout, &w.stderr
	w.Getenv = func(key string) string { return w.environment[key] }
	w.Root = t.TempDir()
	return w
}

// do runs a command line; what an earlier one printed is gone.
func (w *world) do(args ...string) int {
	w.stdout.Reset()
	w.stderr.Reset()
	return w.run(context.Background(), args)
}

// each calls f for every command with its words.
func each(c *clap.Command, words []string, f func(c *clap.Command, words []string)) {
	f(c, words)
	for _, sub := range c.Commands {
		each(sub, append(words[:len(words):len(words)], sub.Name), f)
	}
}

func TestHelp(t *testing.T) {
	for _, name := range []string{"nestos-installer", "coreos-installer"} {
		w := newWorld(t, name)
		require.Zero(t, w.do("-V"))
		require.Equal(t, name+" "+version+"\n", w.stdout.String())
		count := 0
		each(w.commands(), nil, func(c *clap.Command, words []string) {
			count++
			for flag, columns := range map[string]int{"-h": 80, "--help": 100} {
				require.Zero(t, w.do(append(words, flag)...))
				require.Empty(t, w.stderr.String())
				text := w.stdout.String()
				require.True(t, strings.HasPrefix(text, c.About+"\n\nUsage: "+name), text)
				for line := range strings.Lines(text) {
					require.LessOrEqual(t, len(line), columns+1, "%v: %s", words, line)
				}
				for _, sub := range c.Commands {
					require.Equal(t, !sub.Hidden, strings.Contains(text, "\n  "+sub.Name+" "), "%v %s", words, sub.Name)
				}
				for _, a := range c.Args {
					require.Equal(t, !a.Hidden, strings.Contains(text, a.String()), "%v %s", words, a)
				}
				for _, hidden := range []string{"pack", "dev"} {
					require.Equal(t, len(words) == 0, strings.Contains(text, name+" "+hidden+" --help\n"), "%v", words)
				}
				other := "CoreOS"
				if name == "coreos-installer" {
					other = "NestOS"
				}
				require.NotContains(t, text, other)
			}
			if len(c.Commands) > 0 {
				require.Equal(t, 2, w.do(words...))
				require.Empty(t, w.stdout.String())
				require.Contains(t, w.stderr.String(), "\nCommands:\n")
				require.Equal(t, 2, w.do(append(words, "help")...), "there is no command help")
				return
			}
			require.NotNil(t, c.Do, "%v", words)
		})
		require.Greater(t, count, 40)
	}
}

// TestReferenceHelp compares commands, options and usage lines with those of coreos-installer.
func TestReferenceHelp(t *testing.T) {
	if *reference == "" {
		t.Skip("needs -reference")
	}
	w := newWorld(t, "coreos-installer")
	own := map[string]bool{"service": true, "generator": true, "disable-device-auto-activation": true, "inspect": true, "live-files": true}
	each(w.commands(), nil, func(c *clap.Command, words []string) {
		if own[c.Name] {
			return
		}
		for _, flag := range []string{"-h", "--help"} {
			args := append(words, flag)
			want, err := exec.Command(*reference, args...).Output()
			require.NoError(t, err)
			require.Zero(t, w.do(args...))
			require.Equal(t, helpShape(string(want)), helpShape(w.stdout.String()), "%v", args)
		}
	})
}

// helpShape leaves of a help text what programs could depend on.
func helpShape(text string) []string {
	var shape []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \n")
		name := strings.TrimLeft(line, " ")
		indent := len(line) - len(name)
		switch {
		case name == "" || indent >= 10 || strings.HasPrefix(name, "--json") || strings.HasPrefix(name, "--dry-run") || strings.HasPrefix(name, "inspect ") || strings.HasPrefix(name, "live-files "):
		case indent == 0 && !strings.HasPrefix(name, "Usage") && !strings.HasSuffix(name, ":"):
		case indent > 0:
			name, _, _ = strings.Cut(name, "  ")
			shape = append(shape, name)
		default:
			shape = append(shape, name)
		}
	}
	return shape
}

// start runs the program as a process.
func start(t *testing.T, args ...string) *exec.Cmd {
	self, err := os.Executable()
	require.NoError(t, err)
	link := filepath.Join(t.TempDir(), "nestos-installer")
	require.NoError(t, os.Symlink(self, link))
	cmd := exec.CommandContext(t.Context(), link, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

func TestClosedPipe(t *testing.T) {
	dir := t.TempDir()
	image := filepath.Join(dir, "w.iso")
	(&session{t: t, data: "testdata"}).prepare([]string{"fixture", "iso/embed-areas-2021-12.iso", image})
	closed := func(args ...string) (string, error) {
		r, w, err := os.Pipe()
		require.NoError(t, err)
		require.NoError(t, r.Close())
		defer w.Close()
		var stderr bytes.Buffer
		cmd := start(t, args...)
		cmd.Stdout, cmd.Stderr = w, &stderr
		err = cmd.Run()
		return stderr.String(), err
	}

	// Commands that report die of the signal without a word, others tell that they failed.
	text, err := closed("iso", "kargs", "show", image)
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, syscall.SIGPIPE, exit.Sys().(syscall.WaitStatus).Signal())
	require.Empty(t, text)

	text, err = closed("iso", "kargs", "modify", "-o", "-", image)
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 1, exit.ExitCode())
	require.Contains(t, text, "Broken pipe (os error 32)\n")

	// Files are written whether somebody reads their names or not.
	_, err = closed("iso", "extract", "pxe", image, "-o", filepath.Join(dir, "out"))
	require.NoError(t, err)
	files, err := os.ReadDir(filepath.Join(dir, "out"))
	require.NoError(t, err)
	require.Len(t, files, 3)
}

func TestKeyring(t *testing.T) {
	w := newWorld(t, "nestos-installer")
	builtin, err := w.keyring()
	require.NoError(t, err)
	n := len(builtin.Keys())
	require.NotZero(t, n)

	w.environment[keyringVariable] = ":testdata/verify/test-key.pub.asc:"
	more, err := w.keyring()
	require.NoError(t, err)
	require.Len(t, more.Keys(), n+1)

	w.environment[keyringVariable] = "testdata/missing"
	_, err = w.keyring()
	require.ErrorIs(t, err, os.ErrNotExist)

	delete(w.environment, keyringVariable)
	dir := filepath.Join(w.Root, keyringDir)
	require.NoError(t, os.MkdirAll(dir, 0o755))
	key, err := os.ReadFile("testdata/verify/test-key.pub.asc")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "site.asc"), key, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "broken.gpg"), []byte("x"), 0o644))
	more, err = w.keyring()
	require.NoError(t, err)
	require.Len(t, more.Keys(), n+1)
	require.Contains(t, w.stderr.String(), "broken.gpg")
}

func TestExitStatus(t *testing.T) {
	w := newWorld(t, "nestos-installer")
	m, err := w.commands().Parse(&clap.Line{Program: "x", Args: []string{"list-stream"}})
	require.NoError(t, err)
	require.Zero(t, w.exit(nil, m.Leaf()))
	require.Equal(t, 1, w.exit(errors.New("x"), m.Leaf()))
	require.Equal(t, 7, w.exit(&exitError{7}, m.Leaf()))
	require.Equal(t, "Error: x\n", w.stderr.String())
}

// TestEmptyValues: an empty word is not the same as no word. Nothing must be edited in place, read from standard
// input or left out because of a variable that was not set.
func TestEmptyValues(t *testing.T) {
	for _, args := range [][]string{
		{"iso", "reset", "missing.iso", "-o", ""}, {"iso", "ignition", "embed", "-i", "", "missing.iso"}, {"install", "-i", "", "/dev/null"},
		{"install", ""}, {"pxe", "ignition", "wrap", "-o", ""}, {"pxe", "ignition", "unwrap", ""}, {"dev", "show", "initrd", ""},
		{"iso", "customize", "--dest-device", "", "missing.iso"}, {"download", "-s", ""}, {"install", "-s", "", "/dev/null"},
	} {
		var stderr, stdout bytes.Buffer
		p := &program{Name: "nestos-installer", Stdin: strings.NewReader("{}"), Stdout: &stdout, Stderr: &stderr, Getenv: func(string) string { return "" }, Root: t.TempDir()}
		require.Equal(t, 1, p.run(t.Context(), args), args)
		require.Contains(t, stderr.String(), "is empty", args)
		require.Empty(t, stdout.String())
	}
}
