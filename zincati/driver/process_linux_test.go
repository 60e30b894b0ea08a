package driver_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/driver"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("NESTOS_TEST_AGENT"); dir != "" {
		agent(dir)
	}
	os.Exit(testutil.MainInMemory(m))
}

// script makes a program rpm-ostree in the PATH, which notes its environment and arguments in a file "calls" and goes
// on with body; $D is its directory.
func script(t *testing.T, body string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	text := "#!/bin/sh\nD=" + dir + "\n" + `{ printf '%s' "$RPMOSTREE_CLIENT_ID"; for a in "$@"; do printf '|%s' "$a"; done; echo; } >> $D/calls` + "\n" + body
	require.NoError(t, os.WriteFile(filepath.Join(dir, "rpm-ostree"), []byte(text), 0o755))
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return dir
}

func calls(t *testing.T, dir string) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "calls"))
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

// TestProgram runs real processes.
func TestProgram(t *testing.T) {
	dir := script(t, `
case "$1" in
status) cat $D/status; echo noise >&2;;
deploy) [ -n "$2" ] || exit 0; echo "what stdout says"; echo "error: no space" >&2; exit 1;;
cleanup) kill -9 $$;;
esac
`)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "status"), status(booted("01", "40.1")), 0o644))
	d := driver.NewCLI(&driver.Options{Root: newRoot(t)})
	b, err := d.Booted(t.Context())
	require.NoError(t, err)
	require.Equal(t, "40.1", b.Version)
	require.NoError(t, d.Register(t.Context()))
	err = d.Stage(t.Context(), cincinnati.Release{Payload: checksum("02")}, false)
	require.EqualError(t, err, "rpm-ostree deploy failed:\nerror: no space\n")
	require.EqualError(t, d.Cleanup(t.Context()), "rpm-ostree cleanup failed:\n")
	require.NoError(t, d.Finalize(t.Context(), checksum("02")))
	require.Equal(t, []string{
		"zincati|status|--booted|--json",
		"zincati|deploy||--register-driver=Zincati",
		"zincati|deploy|--lock-finalization|--skip-branch-check|revision=" + sum("02") + "|--disallow-downgrade",
		"|cleanup|-p",
		"zincati|finalize-deployment|" + sum("02"),
	}, calls(t, dir))
}

// TestHostileProgram writes without end.
func TestHostileProgram(t *testing.T) {
	script(t, `
case "$1" in
status) head -c 104857600 /dev/zero | tr '\0' '['; exit 0;;
*) head -c 10485760 /dev/zero; head -c 10485760 /dev/zero | tr '\0' x >&2; exit 1;;
esac
`)
	d := driver.NewCLI(&driver.Options{Root: newRoot(t)})
	_, err := d.Booted(t.Context())
	require.EqualError(t, err, "status is larger than 8388608 bytes")
	err = d.Cleanup(t.Context())
	require.EqualError(t, err, "rpm-ostree cleanup failed:\n"+strings.Repeat("x", 64<<10))
}

func TestNoProgram(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	d := driver.NewCLI(&driver.Options{Root: newRoot(t)})
	_, err := d.Booted(t.Context())
	require.ErrorContains(t, err, "failed to run 'rpm-ostree' binary: ")
	require.ErrorIs(t, err, exec.ErrNotFound)
	require.ErrorContains(t, d.Register(t.Context()), "failed to run 'rpm-ostree' binary: ")
}

// TestStatusCancelled ends a status that hangs.
func TestStatusCancelled(t *testing.T) {
	dir := script(t, "touch $D/begun; exec sleep 1000\n")
	d := driver.NewCLI(&driver.Options{Root: newRoot(t)})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		waitFor(t, filepath.Join(dir, "begun"))
		cancel()
	}()
	_, err := d.Booted(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

func waitFor(t *testing.T, path string) {
	for range 12000 {
		if _, err := os.Stat(path); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%s does not appear", path)
}

// agent is a process that stages something, and exits when the command has begun.
func agent(dir string) {
	d := driver.NewCLI(&driver.Options{Root: dir})
	go d.Stage(context.Background(), cincinnati.Release{Payload: checksum("02")}, false)
	for {
		if _, err := os.Stat(filepath.Join(dir, "begun")); err == nil {
			os.Exit(0)
		}
		time.Sleep(time.Millisecond)
	}
}

// TestAgentExits has the agent end in the middle of a command, which goes on talking and comes to its end.
func TestAgentExits(t *testing.T) {
	dir := script(t, `touch $D/begun
while [ ! -e $D/proceed ]; do sleep 0.01; done
for i in 1 2 3; do echo progress; echo warning >&2; done
/bin/echo progress && /bin/echo warning >&2 && touch $D/done
`)
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "NESTOS_TEST_AGENT="+dir)
	require.NoError(t, cmd.Run())
	require.NoFileExists(t, filepath.Join(dir, "done"))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "proceed"), nil, 0o644))
	waitFor(t, filepath.Join(dir, "done"))
}

// TestDescriptors runs many commands of all kinds, after which as many descriptors are open as before.
func TestDescriptors(t *testing.T) {
	dir := script(t, `[ "$1" = status ] && cat $D/status; [ "$1" != cleanup ]`+"\n")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "status"), status(booted("01", "40.1")), 0o644))
	d := driver.NewCLI(&driver.Options{Root: newRoot(t)})
	count := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		return len(list)
	}
	round := func() {
		_, err := d.Staged(t.Context())
		require.NoError(t, err)
		_, err = d.Deployments(t.Context(), true)
		require.NoError(t, err)
		require.NoError(t, d.Finalize(t.Context(), checksum("02")))
		require.Error(t, d.Cleanup(t.Context()))
	}
	round()
	before := count()
	for range 50 {
		round()
	}
	require.LessOrEqual(t, count(), before)
}
