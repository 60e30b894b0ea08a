package sshkeys

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// TestPower shows what the thread that works for a user is left with.
func TestPower(t *testing.T) {
	testutil.Root(t)
	var status map[string]string
	for range 20 { // also when it begins on the process's first thread
		first := false
		_, err := asUser(t.Context(), account{name: "x", uid: 54321, gid: 54322}, func() (bool, error) {
			first = unix.Gettid() == os.Getpid()
			text, err := os.ReadFile("/proc/thread-self/status")
			status = map[string]string{}
			for line := range strings.Lines(string(text)) {
				name, value, _ := strings.Cut(line, ":")
				status[name] = strings.Join(strings.Fields(value), " ")
			}
			return false, err
		}, func() {})
		require.NoError(t, err)
		require.False(t, first)
		require.Equal(t, "0 0 0 54321", status["Uid"])
		require.Equal(t, "0 0 0 54322", status["Gid"])
		require.Empty(t, status["Groups"])
		for _, set := range []string{"CapInh", "CapPrm", "CapEff", "CapAmb"} {
			require.Equal(t, "0000000000000000", status[set], set)
		}
	}
}

// TestRootUser shows that root's own files are written with root's rights.
func TestRootUser(t *testing.T) {
	testutil.Root(t)
	dir := t.TempDir()
	require.NoError(t, os.Chown(dir, 54321, 54321))
	require.NoError(t, os.Chmod(dir, 0o500))
	_, err := asUser(t.Context(), account{name: "root"}, func() (bool, error) { return true, os.WriteFile(dir+"/x", nil, 0o600) }, func() {})
	require.NoError(t, err)
}

func TestGetent(t *testing.T) {
	const line = "core:x:1000:1000::/home/core:/bin/sh\n"
	for name, test := range map[string]struct {
		user  string
		reply run.Reply
		want  string
		fails bool
		calls int
	}{
		"found":         {"core", run.Reply{Stdout: line}, line, false, 1},
		"unknown":       {"core", run.Reply{Exit: 2}, "", false, 1},
		"broken":        {"core", run.Reply{Exit: 3}, "", true, 1},
		"not installed": {"core", run.Reply{Err: missing(t)}, "", false, 1},
		"an option":     {"--help", run.Reply{Stdout: line}, "", false, 0},
		"no name":       {"", run.Reply{Stdout: line}, "", false, 0},
	} {
		r := &run.Recorder{Handler: func(context.Context, run.Cmd) run.Reply { return test.reply }}
		got, err := getent(t.Context(), r, test.user)
		require.Equal(t, test.fails, err != nil, "%s: %v", name, err)
		require.Equal(t, test.want, got, name)
		require.Len(t, r.Calls(), test.calls, name)
		if test.calls > 0 {
			require.Equal(t, []string{"getent passwd core"}, r.Lines())
		}
	}
}

// missing is the error for a program that is not there.
func missing(t *testing.T) error {
	_, err := (*run.Exec)(nil).Run(t.Context(), run.Command("no-such-program-nestos"))
	require.Error(t, err)
	return err
}

// TestSystemLookup finds a user of this system, who is in its passwd file or known to getent.
func TestSystemLookup(t *testing.T) {
	for where, want := range map[string]bool{"/": true, "/elsewhere": false} {
		line, err := (&InstallOptions{}).lookup(where)(t.Context(), "root")
		require.NoError(t, err)
		if line == "" && want {
			t.Skip("no getent")
		}
		require.Equal(t, want, strings.HasPrefix(line, "root:"), "%q", line)
	}
}
