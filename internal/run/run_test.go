//go:build unix

package run_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/run"
)

func sh(script string) run.Cmd { return run.Command("/bin/sh", "-c", script) }

func TestExec(t *testing.T) {
	t.Setenv("RUN_TEST", "inherited")
	var x *run.Exec
	dir := t.TempDir()
	c := sh(`cat; echo "$RUN_TEST $RUN_MORE"; pwd; echo warn >&2`)
	c.Dir, c.Stdin, c.ExtraEnv = dir, strings.NewReader("in "), []string{"RUN_MORE=more"}
	res, err := x.Run(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, "in inherited more\n"+dir+"\n", string(res.Stdout))
	require.Equal(t, "warn\n", string(res.Stderr))
	require.Zero(t, res.Exit)

	c = sh(`echo "${RUN_TEST-none}"`)
	c.Env = []string{}
	res, err = x.Run(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, "none\n", string(res.Stdout), "an empty environment is not the process's")

	var out bytes.Buffer
	c = sh("echo out")
	c.Stdout = &out
	res, err = x.Run(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, "out\n", out.String())
	require.Empty(t, res.Stdout)
}

func TestExitErrors(t *testing.T) {
	x := &run.Exec{}
	res, err := x.Run(t.Context(), sh("echo first >&2; echo 'last line' >&2; exit 3"))
	var exit *run.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 3, exit.Exit)
	require.Equal(t, 3, res.Exit)
	require.EqualError(t, err, "/bin/sh: exit status 3: last line")

	_, err = x.Run(t.Context(), sh("kill -9 $$"))
	require.EqualError(t, err, "/bin/sh: signal: SIGKILL")

	_, err = x.Run(t.Context(), run.Command("/no/such/program"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.False(t, errors.As(err, &exit))
}

func TestOutputIsBounded(t *testing.T) {
	x := &run.Exec{}
	c := sh("i=0; while [ $i -lt 5000 ]; do echo 0123456789; i=$((i+1)); done")
	c.Limit = 100
	res, err := x.Run(t.Context(), c)
	require.NoError(t, err)
	require.Len(t, res.Stdout, 100)
	require.True(t, res.Truncated)
	_, err = run.Output(t.Context(), x, "/bin/sh", "-c", "head -c 2000000 /dev/zero")
	require.ErrorContains(t, err, "more than 1048576 bytes")
}

// The children of the program end with it.
func TestCancelKillsTheGroup(t *testing.T) {
	for name, script := range map[string]string{
		"polite":   `sleep 100 & echo $! > PID; wait`,
		"stubborn": `trap "" TERM; (trap "" TERM; while :; do sleep 0.1; done) & echo $! > PID; while :; do sleep 0.1; done`,
	} {
		t.Run(name, func(t *testing.T) {
			pidFile := filepath.Join(t.TempDir(), "pid")
			ctx, cancel := context.WithCancelCause(t.Context())
			stop := errors.New("stop it")
			go func() {
				for {
					if data, err := os.ReadFile(pidFile); err == nil && len(data) > 0 {
						break
					}
					time.Sleep(5 * time.Millisecond)
				}
				cancel(stop)
			}()
			x := &run.Exec{Grace: 500 * time.Millisecond}
			start := time.Now()
			_, err := x.Run(ctx, sh(strings.ReplaceAll(script, "PID", pidFile)))
			require.ErrorIs(t, err, stop)
			require.Less(t, time.Since(start), time.Minute)
			data, err := os.ReadFile(pidFile)
			require.NoError(t, err)
			pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
			require.NoError(t, err)
			require.Eventually(t, func() bool { return gone(pid) }, time.Minute, 10*time.Millisecond)
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := (&run.Exec{}).Run(ctx, sh("exit 0"))
	require.ErrorIs(t, err, context.Canceled)
}

// gone counts a zombie that nobody reaps as gone.
func gone(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return bytes.Contains(stat, []byte(") Z "))
}

func TestLog(t *testing.T) {
	var log bytes.Buffer
	x := &run.Exec{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	_, err := x.Run(t.Context(), sh("exit 4"))
	require.Error(t, err)
	require.Contains(t, log.String(), `level=DEBUG msg="program ended" program=/bin/sh args="[-c exit 4]" exit=4 duration=`)
}

func TestCommandLine(t *testing.T) {
	require.Equal(t, `mkfs.ext4 -L 'my disk' '' 'it'\''s' /dev/x a=b '$HOME'`,
		run.Command("mkfs.ext4", "-L", "my disk", "", "it's", "/dev/x", "a=b", "$HOME").String())
}

func TestRecorder(t *testing.T) {
	r := &run.Recorder{
		Replies: map[string]run.Reply{
			"blkid":        {Stdout: "any"},
			"blkid -p /d":  {Stdout: "exact"},
			"udevadm fail": {Exit: 2, Stderr: "oops\n"},
		},
		Handler: func(_ context.Context, c run.Cmd) run.Reply {
			in, _ := io.ReadAll(c.Stdin)
			return run.Reply{Stdout: strings.ToUpper(string(in))}
		},
	}
	ctx := t.Context()
	out, err := run.Output(ctx, r, "blkid", "-p", "/d")
	require.NoError(t, err)
	require.Equal(t, "exact", string(out))
	out, err = run.Output(ctx, r, "blkid", "/e")
	require.NoError(t, err)
	require.Equal(t, "any", string(out))
	_, err = run.Output(ctx, r, "udevadm", "fail")
	require.EqualError(t, err, "udevadm: exit status 2: oops")
	res, err := r.Run(ctx, run.Cmd{Name: "up", Stdin: strings.NewReader("x")})
	require.NoError(t, err)
	require.Equal(t, "X", string(res.Stdout))
	require.Equal(t, []string{"blkid -p /d", "blkid /e", "udevadm fail", "up"}, r.Lines())

	strict := &run.Recorder{Strict: true}
	_, err = strict.Run(ctx, run.Command("rm", "-rf", "/"))
	require.ErrorIs(t, err, run.ErrUnexpected)
}

func ExampleRecorder() {
	fake := &run.Recorder{Replies: map[string]run.Reply{"uname -r": {Stdout: "6.12.0\n"}}}
	out, err := run.Output(context.Background(), fake, "uname", "-r")
	fmt.Printf("%s%v\n%v\n", out, err, fake.Lines())
	// Output:
	// 6.12.0
	// <nil>
	// [uname -r]
}

func ExampleExec() {
	out, err := run.Output(context.Background(), &run.Exec{}, "echo", "no", "shell: $HOME")
	fmt.Printf("%s%v\n", out, err)
	// Output:
	// no shell: $HOME
	// <nil>
}
