package command_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/internal/busapi"
)

type counter struct{ checks, finalizations atomic.Int32 }

func (*counter) LastRefresh() time.Time { return time.Unix(1795781004, 0) }
func (c *counter) CheckNow()            { c.checks.Add(1) }
func (c *counter) FinalizeNow()         { c.finalizations.Add(1) }

func TestEx(t *testing.T) {
	address := testutil.StartBus(t, nil).Address()
	p := as("root")
	p.Getenv = func(name string) string {
		if name == "DBUS_SYSTEM_BUS_ADDRESS" {
			return address
		}
		return ""
	}
	// As zincati 0.0.32 reports it.
	want := "[ERROR zincati] error: failed to run `ex` subcommand\n" +
		"[ERROR zincati]  -> org.freedesktop.DBus.Error.ServiceUnknown: The name org.coreos.zincati was not provided by any .service files\n"
	if got := p.run(t, "ex", "moo"); got.Exit != 1 || got.Stdout != "" || got.Stderr != want {
		t.Errorf("without an agent: %+v", got)
	}

	agent := &counter{}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); busapi.Serve(ctx, address, agent, nil) }()
	t.Cleanup(func() { cancel(); <-done })
	for range 1000 {
		if _, err := busapi.Moo(t.Context(), address, false); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	for _, c := range []struct{ args, want string }{
		{"ex moo", "moo.\n"},
		{"ex moo --talkative", "Moooo mooo moooo!\n"},
		{"-v ex -v moo -v", "moo.\n"},
		{"ex last-refresh-time", "1795781004\n"},
		{"ex check-update", ""},
		{"ex finalize", ""},
	} {
		if got := p.run(t, strings.Fields(c.args)...); got.Exit != 0 || got.Stdout != c.want || got.Stderr != "" {
			t.Errorf("%s: %+v", c.args, got)
		}
	}
	if c, f := agent.checks.Load(), agent.finalizations.Load(); c != 1 || f != 1 {
		t.Errorf("%d checks, %d finalizations", c, f)
	}
}

func TestExWithoutBus(t *testing.T) {
	p := as("root")
	address := "unix:path=" + filepath.Join(t.TempDir(), "none")
	p.Getenv = func(string) string { return address }
	want := "[ERROR zincati] error: failed to run `ex` subcommand\n" +
		"[ERROR zincati]  -> Failed to connect to address `" + address + "`\n" +
		"[ERROR zincati]  -> No such file or directory (os error 2)\n"
	if got := p.run(t, "ex", "moo"); got.Exit != 1 || got.Stdout != "" || got.Stderr != want {
		t.Errorf("got %+v", got)
	}
}
