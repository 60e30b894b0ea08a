package layertest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
)

var scratch string // removed at the end

func TestMain(m *testing.M) {
	if os.Getenv(envReaper) != "" {
		os.Exit(reap(os.Args[1:]))
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "layertest")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		if err := os.Chmod(dir, 0o755); err != nil { // other users run the program too
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		scratch = dir
		unix.Umask(0o022)
		return testutil.MainInMemory(m)
	}())
}

var build = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("NESTOS_RPM_OSTREE"); path != "" {
		return path, nil
	}
	path := filepath.Join(scratch, "rpm-ostree")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", path, "github.com/nestos-dev/nestos/examples/rpm-ostree")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building: %w: %s", err, out)
	}
	return path, nil
})

// program is the path of the program under test.
func program(t testing.TB) string {
	t.Helper()
	if os.Getenv("NESTOS_RPM_OSTREE") == "" {
		testutil.Tool(t, "go")
	}
	path, err := build()
	require.NoError(t, err)
	return path
}

// envReaper turns this program into one that runs another and tells what processes it left behind.
const envReaper = "LAYERTEST_REAPER"

// exitLeftover is the status of the reaper when processes were left.
const exitLeftover = 99

// reap runs a program as the parent of all orphans.
func reap(args []string) int {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	os.Unsetenv(envReaper)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	var list []string
	for range 500 { // what is on its way out may go
		if list = children(); len(list) == 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if len(list) > 0 {
		fmt.Fprintln(os.Stderr, "left behind:", list)
		return exitLeftover
	}
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// reaper is a copy of this program in a place where all users can run it.
var reaper = sync.OnceValues(func() (string, error) {
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		return "", err
	}
	path := filepath.Join(scratch, "reaper")
	syscall.ForkLock.RLock() // as testutil.WriteProgram does
	defer syscall.ForkLock.RUnlock()
	return path, os.WriteFile(path, self, 0o755)
})

// children names the children of this process that are not zombies.
func children() (list []string) {
	for {
		if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err != nil || pid <= 0 {
			break
		}
	}
	files, _ := filepath.Glob("/proc/self/task/*/children")
	for _, f := range files {
		pids, _ := os.ReadFile(f)
		for pid := range strings.FieldsSeq(string(pids)) {
			cmdline, _ := os.ReadFile("/proc/" + pid + "/cmdline")
			list = append(list, pid+" "+string(bytes.ReplaceAll(bytes.TrimRight(cmdline, "\x00"), []byte{0}, []byte{' '})))
		}
	}
	return list
}

// result is what the program did.
type result struct {
	args           []string
	stdout, stderr string
	exit           int
}

func (r *result) String() string {
	return fmt.Sprintf("$ rpm-ostree %s\n%s%s[%d]", strings.Join(r.args, " "), r.stdout, r.stderr, r.exit)
}

// runOptions say how the program is run.
type runOptions struct {
	env []string
	uid int // 0 is the caller
}

// execute runs the program under the reaper.
func execute(t testing.TB, o runOptions, path string, args ...string) *result {
	t.Helper()
	self, err := reaper()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, append([]string{path}, args...)...)
	if o.uid != 0 {
		cmd = exec.CommandContext(ctx, testutil.Tool(t, "setpriv"), append([]string{
			fmt.Sprint("--reuid=", o.uid), fmt.Sprint("--regid=", o.uid), "--clear-groups", self, path}, args...)...)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Env = append(append(os.Environ(), envReaper+"=1"), o.env...)
	cmd.WaitDelay = 5 * time.Second
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return &result{args: args, stdout: stdout.String(), stderr: stderr.String(), exit: cmd.ProcessState.ExitCode()}
}
