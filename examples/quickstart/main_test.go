//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/compose"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write testdata/output.txt")

const (
	// asProgram makes the test binary the program; its value is the umask.
	asProgram = "NESTOS_QUICKSTART_UMASK"
	nobody    = 65534
)

func TestMain(m *testing.M) {
	if text := os.Getenv(asProgram); text != "" {
		mask, err := strconv.ParseInt(text, 8, 32)
		if err != nil {
			panic(err)
		}
		syscall.Umask(int(mask))
		main()
		return
	}
	os.Exit(m.Run())
}

// world is where the program runs as an ordinary user.
type world struct {
	t      *testing.T
	dir    string // the user's, for temporary files
	binary string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t}
	top := reachable(t)
	w.binary, w.dir = filepath.Join(top, "quickstart"), filepath.Join(top, "tmp")
	require.NoError(t, os.Mkdir(w.dir, 0o755))
	testutil.UserXattrs(t, w.dir)
	self, err := os.Executable()
	require.NoError(t, err)
	code, err := os.ReadFile(self)
	require.NoError(t, err)
	testutil.WriteProgram(t, w.binary, code)
	require.NoError(t, os.Chmod(w.binary, 0o755))
	if os.Geteuid() == 0 {
		require.NoError(t, os.Chown(w.dir, nobody, nobody))
	}
	return w
}

// reachable makes a directory that any user can get to, which the one of the testing package is not.
func reachable(t *testing.T) string {
	t.Helper()
	for _, base := range []string{os.TempDir(), "/dev/shm", "/tmp", "/var/tmp"} {
		dir, err := os.MkdirTemp(base, "quickstart-test-")
		if err != nil {
			continue
		}
		t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
		require.NoError(t, os.Chmod(dir, 0o755))
		open := true
		for parent := base; parent != "/"; parent = filepath.Dir(parent) {
			st, err := os.Stat(parent)
			require.NoError(t, err)
			open = open && st.Mode()&0o001 != 0
		}
		if open || os.Geteuid() != 0 {
			return dir
		}
	}
	t.Skip("no directory for temporary files that all users can get to")
	return ""
}

// command is the program in an environment with nothing but a place for temporary files: no other program can be found.
func (w *world) command(ctx context.Context, umask string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, w.binary, args...)
	cmd.Dir = "/"
	cmd.Env = []string{"TMPDIR=" + w.dir, "PATH=/nonexistent", asProgram + "=" + umask}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	return cmd
}

// run runs the program to its good end.
func (w *world) run(umask string, args ...string) string {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 2*time.Minute)
	defer cancel()
	cmd := w.command(ctx, umask, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(w.t, err, "%s%s", out, &stderr)
	require.Empty(w.t, stderr.String())
	return string(out)
}

// left are the folders that the program has left.
func (w *world) left() []string {
	w.t.Helper()
	list, err := filepath.Glob(w.dir + "/*")
	require.NoError(w.t, err)
	return list
}

// What differs from run to run, and from machine to machine.
var (
	perRun     = regexp.MustCompile(`(?m)^Working in .*|127\.0\.0\.1:[0-9]+|^Done in .*|key '\w+…'`)
	perMachine = regexp.MustCompile(`\b[0-9a-f]{12}\b|\b` + compose.Machine() + `\b|\bx86_64\b|delta has the difference: \d+`)
)

// TestOutput compares the output with the stored one, which is that of a real run.
func TestOutput(t *testing.T) {
	w := newWorld(t)
	got := w.run("022")
	require.Empty(t, w.left(), "the folder is removed")
	const golden = "testdata/output.txt"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	same := func(text string) string { return perMachine.ReplaceAllString(perRun.ReplaceAllString(text, "~"), "~") }
	require.Equal(t, same(string(want)), same(got))
}

// TestTwice runs it twice at once, with different umasks: both come to the same checksums.
func TestTwice(t *testing.T) {
	w := newWorld(t)
	var out [2]string
	var wg sync.WaitGroup
	for i, umask := range []string{"002", "077"} {
		wg.Go(func() { out[i] = perRun.ReplaceAllString(w.run(umask), "~") })
	}
	wg.Wait()
	require.NotEmpty(t, out[0])
	require.Equal(t, out[0], out[1])
}

// TestKeep looks at what is left.
func TestKeep(t *testing.T) {
	w := newWorld(t)
	out := w.run("022", "-keep")
	list := w.left()
	require.Len(t, list, 1)
	require.True(t, strings.HasPrefix(out, "Working in "+list[0]+"\n"), out)
	// What the last chapter names is there.
	_, inventory, found := strings.Cut(out, "What there is now\n")
	require.True(t, found)
	named := regexp.MustCompile(`(?m)^   ([a-z/]+)/ `).FindAllStringSubmatch(inventory, -1)
	require.Len(t, named, 7)
	for _, m := range named {
		require.DirExists(t, filepath.Join(list[0], m[1]))
	}
	// The package that was layered is in one of the deployments.
	editors, err := filepath.Glob(list[0] + "/machine/ostree/deploy/demo/deploy/*/usr/bin/editor")
	require.NoError(t, err)
	require.Len(t, editors, 1)
}

// TestInterrupted ends it early: nothing is left.
func TestInterrupted(t *testing.T) {
	w := newWorld(t)
	cmd := w.command(t.Context(), "022")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	pipe, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(pipe)
	require.True(t, lines.Scan())
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	for lines.Scan() {
		require.NotContains(t, lines.Text(), "Done")
	}
	require.Error(t, cmd.Wait())
	require.Equal(t, 1, cmd.ProcessState.ExitCode(), stderr.String())
	require.Contains(t, stderr.String(), "context canceled")
	require.Empty(t, w.left())
}

func TestArguments(t *testing.T) {
	w := newWorld(t)
	out, err := w.command(t.Context(), "022", "all").CombinedOutput()
	require.Error(t, err)
	require.Equal(t, "quickstart: it takes no arguments\n", string(out))
	require.Empty(t, w.left())
}
