package faulttest_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

var scratch string // removed at the end

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "faulttest")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		scratch = dir
		defer stopAgent()
		flag.Parse()
		if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue { // they wait most of the time
			_ = f.Value.Set("6")
		}
		return testutil.MainInMemory(m)
	}())
}

var build = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("NESTOS_INSTALLER"); path != "" {
		return path, nil
	}
	path := filepath.Join(scratch, "nestos-installer")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", path, "github.com/nestos-dev/nestos/examples/nestos-installer")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building: %w: %s", err, out)
	}
	return path, nil
})

// program is the path of the program under test.
func program(t testing.TB) string {
	t.Helper()
	if os.Getenv("NESTOS_INSTALLER") == "" {
		testutil.Tool(t, "go")
	}
	path, err := build()
	require.NoError(t, err)
	return path
}

// result is what one run of the program did.
type result struct {
	args   []string
	stderr string
	exit   int
}

func (r *result) String() string {
	return fmt.Sprintf("$ nestos-installer %s\n%s[%d]", strings.Join(r.args, " "), r.stderr, r.exit)
}

// session runs the program with a directory for temporary files of its own.
type session struct {
	t   testing.TB
	tmp string
	env []string
}

func newSession(t testing.TB) *session {
	t.Helper()
	return &session{t: t, tmp: t.TempDir(), env: []string{"NESTOS_INSTALLER_KEYRING=" + keys(t).trusted}}
}

func (s *session) environment() []string {
	return append(append(os.Environ(), "TMPDIR="+s.tmp), s.env...)
}

// start starts the program.
func (s *session) start(args ...string) *process {
	s.t.Helper()
	p := &process{session: s, cmd: exec.CommandContext(s.t.Context(), program(s.t), args...)}
	p.cmd.Env, p.cmd.Stderr = s.environment(), &p.stderr
	require.NoError(s.t, p.cmd.Start())
	return p
}

// run runs the program to its end. It must not leave temporary files.
func (s *session) run(args ...string) *result {
	s.t.Helper()
	r := s.start(args...).wait()
	require.Empty(s.t, s.leftovers(), "left in the temporary directory; %s", r)
	return r
}

func (s *session) leftovers() []string {
	s.t.Helper()
	entries, err := os.ReadDir(s.tmp)
	require.NoError(s.t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

type process struct {
	*session
	cmd    *exec.Cmd
	stderr bytes.Buffer
}

func (p *process) wait() *result {
	p.t.Helper()
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return &result{args: p.cmd.Args[1:], stderr: p.stderr.String(), exit: p.cmd.ProcessState.ExitCode()}
}

// failed checks that a run has failed after the destination had been put in order, for a reason that contains
// the given text.
func (r *result) failed(t testing.TB, why string) {
	t.Helper()
	require.Equal(t, 1, r.exit, r)
	_, rest, found := strings.Cut(r.stderr, "\n\nError: ")
	require.True(t, found, r)
	require.Contains(t, rest, why, r)
	require.True(t, strings.HasSuffix(rest, "\n\nResetting partition table\nError: install failed\n"), r)
}

// refused checks that a run has failed before anything was written.
func (r *result) refused(t testing.TB, why string) {
	t.Helper()
	require.Equal(t, 1, r.exit, r)
	require.Contains(t, r.stderr, why, r)
	require.NotContains(t, r.stderr, "install failed", r)
	require.NotContains(t, r.stderr, "Resetting", r)
}

func must(t testing.TB, name string, args ...string) string {
	t.Helper()
	return testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, name), args...).Stdout
}
