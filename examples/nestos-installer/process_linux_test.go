package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// terminal opens a pseudo terminal; what is written to it goes nowhere.
func terminal(t *testing.T) *os.File {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		testutil.Missing(t, "pseudo terminals: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	require.NoError(t, unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { tty.Close() })
	return tty
}

func TestNoBinaryDataOnTerminal(t *testing.T) {
	w := newWorld(t, "nestos-installer")
	w.program.Stdout = terminal(t)
	for _, args := range [][]string{
		{"iso", "ignition", "embed", "-o", "-", "missing", "-i", "/dev/null"},
		{"iso", "ignition", "remove", "-o", "-", "missing"},
		{"iso", "network", "embed", "-o", "-", "missing", "-k", "missing"},
		{"iso", "network", "remove", "-o", "-", "missing"},
		{"iso", "kargs", "modify", "-o", "-", "missing"},
		{"iso", "kargs", "reset", "-o", "-", "missing"},
		{"iso", "customize", "-o", "-", "missing"},
		{"iso", "reset", "-o", "-", "missing"},
		{"iso", "extract", "minimal-iso", "missing"},
		{"iso", "extract", "minimal-iso", "missing", "-"},
		{"pxe", "customize", "-o", "-", "missing"},
		{"pxe", "ignition", "wrap", "-i", "missing"},
		{"pxe", "network", "wrap", "-k", "missing"},
	} {
		require.Equal(t, 1, w.do(args...), "%v", args)
		require.Equal(t, "Error: Refusing to write binary data to terminal\n", w.stderr.String(), "%v", args)
	}
}

// TestInterrupt checks that a command that waits for its input can be interrupted.
func TestInterrupt(t *testing.T) {
	for _, args := range [][]string{{"pxe", "ignition", "wrap"}, {"pxe", "ignition", "unwrap"}} {
		cmd := start(t, args...)
		in, err := cmd.StdinPipe()
		require.NoError(t, err)
		defer in.Close()
		require.NoError(t, cmd.Start())
		require.Eventually(t, func() bool {
			// The first one may come before the program handles it.
			_ = cmd.Process.Signal(os.Interrupt)
			state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", cmd.Process.Pid))
			return err != nil || strings.Contains(string(state), ") Z ")
		}, 10*time.Second, 20*time.Millisecond, "%v", args)
		require.Error(t, cmd.Wait())
	}
}
