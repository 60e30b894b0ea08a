package testutil

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Bus is a message bus of the test's own: a dbus-daemon that is killed at the end of the test.
type Bus struct {
	// Socket is the path of the socket that the daemon listens at.
	Socket string

	daemon *exec.Cmd
}

// BusOptions say how [StartBus] sets up a bus. The zero value, and nil, mean a bus at a path of its own where everyone may
// own every name and call everything.
type BusOptions struct {
	// Socket is where the daemon listens; empty is a [SocketPath]. The configuration comes to stand beside it.
	Socket string
	// Rules replace the rules that allow everything: <policy> and <include> elements of dbus-daemon(1).
	Rules string
}

const (
	busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>custom</type>
  <listen>unix:path=`
	busRules = `<policy context="default">
  <allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
</policy>`
)

// StartBus runs a bus and returns when it can be reached.
func StartBus(t testing.TB, opts *BusOptions) *Bus {
	t.Helper()
	var o BusOptions
	if opts != nil {
		o = *opts
	}
	if o.Socket == "" {
		o.Socket = SocketPath(t)
	}
	if o.Rules == "" {
		o.Rules = busRules
	}
	b := &Bus{Socket: o.Socket}
	config := busConfig + b.Socket + "</listen>\n  <auth>EXTERNAL</auth>\n" + o.Rules + "\n</busconfig>\n"
	if err := os.WriteFile(b.config(), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Stop)
	b.Restart(t)
	return b
}

// Address is the bus as D-Bus libraries and DBUS_SYSTEM_BUS_ADDRESS name it.
func (b *Bus) Address() string { return "unix:path=" + b.Socket }

func (b *Bus) config() string { return b.Socket + ".conf" }

// Restart runs the daemon again, at the same socket.
func (b *Bus) Restart(t testing.TB) {
	t.Helper()
	program := Tool(t, "dbus-daemon")
	b.Stop()
	b.daemon = exec.Command(program, "--config-file="+b.config(), "--nofork", "--nopidfile")
	if err := b.daemon.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if c, err := net.Dial("unix", b.Socket); err == nil {
			c.Close()
			return
		}
	}
	t.Fatal("dbus-daemon does not listen")
}

// Stop kills the daemon and takes its socket away.
func (b *Bus) Stop() {
	if b.daemon != nil && b.daemon.Process != nil {
		_ = b.daemon.Process.Kill()
		_ = b.daemon.Wait()
	}
	b.daemon = nil
	_ = os.Remove(b.Socket)
}

// SocketPath returns a path in a folder of its own that leaves room for a socket: the kernel takes 107 bytes at the most,
// and the folders that the testing package makes bear the test's name.
func SocketPath(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "bus")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "bus")
}
