package testutil

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// RunOptions says how [Run] starts a program. The zero value, and nil, mean
// this process's environment and directory, no input, and that failure is the
// caller's to judge.
type RunOptions struct {
	// Dir is the working directory; empty is the test's.
	Dir string
	// Env holds NAME=value pairs that are added to the environment.
	Env []string
	// Stdin is the program's standard input.
	Stdin string
	// Must makes an exit status other than 0 fail the test.
	Must bool
}

// Result is what a program did.
type Result struct {
	// Args is the command line, the program's name first.
	Args []string
	// Stdout and Stderr are the program's complete output.
	Stdout, Stderr string
	// Exit is the exit status, -1 after a signal.
	Exit int
}

// String shows the command line, the status and the output, for failures.
func (r *Result) String() string {
	var b strings.Builder
	b.WriteString("$ " + strings.Join(r.Args, " ") + "\n" + r.Stdout)
	if r.Stderr != "" {
		b.WriteString("stderr: " + r.Stderr)
	}
	return b.String()
}

// Run runs a program to its end, in the C.UTF-8 locale so that its messages
// can be compared. A program that cannot be started fails the test. The
// program is killed when the test's context ends.
func Run(t testing.TB, opts *RunOptions, name string, args ...string) *Result {
	t.Helper()
	if opts == nil {
		opts = &RunOptions{}
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = opts.Dir
	cmd.Env = append(append(os.Environ(), "LC_ALL=C.UTF-8", "TZ=UTC"), opts.Env...)
	cmd.Stdin = strings.NewReader(opts.Stdin)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", name, err)
	}
	r := &Result{
		Args: cmd.Args, Stdout: stdout.String(), Stderr: stderr.String(),
		Exit: cmd.ProcessState.ExitCode(),
	}
	if opts.Must && r.Exit != 0 {
		t.Fatalf("exit status %d\n%s", r.Exit, r)
	}
	return r
}
