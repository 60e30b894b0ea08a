package layertest_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// command is the program on the world's system, to be started by the caller.
func (w *world) command(args ...string) (*exec.Cmd, *bytes.Buffer) {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), program(w.t), w.withSysroot(args)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1700000000", "OSTREE_SYSROOT_DEBUG=mutable-deployments")
	cmd.WaitDelay = 5 * time.Second
	return cmd, &out
}

// TestSignals end the program while a scriptlet runs. Both signals that can be caught leave everything as it was.
func TestSignals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := pkg("slow", file("/usr/share/slow", "x"))
	p.Scripts = scripts{rpm.ScriptPost: shell("trap '' TERM INT; echo begun; sleep 60; sleep 60\n")}
	w.publish(p, pkg("quick"))
	for _, sig := range []unix.Signal{unix.SIGINT, unix.SIGTERM} {
		before := w.snapshot()
		cmd, _ := w.command("install", "slow")
		var out testutil.Log
		cmd.Stdout, cmd.Stderr = &out, &out
		require.NoError(t, cmd.Start())
		require.Eventually(t, func() bool { return strings.Contains(out.String(), "Running post scripts") }, 5*time.Minute, 10*time.Millisecond)
		time.Sleep(200 * time.Millisecond)
		begin := time.Now()
		require.NoError(t, cmd.Process.Signal(sig))
		err := cmd.Wait()
		require.Error(t, err)
		require.Less(t, time.Since(begin), 50*time.Second)
		if d := diff(before, w.snapshot()); len(d) > 0 {
			t.Errorf("%v: %s\n%s", sig, out.String(), strings.Join(d, "\n"))
		}
		require.Empty(t, processesIn(w.dir), "%v: %s", sig, out.String())
	}
	w.ok("install", "quick")
	w.checkSystem()
}

// processesIn names processes that see a directory as something mounted, after giving them time to end.
func processesIn(dir string) (left string) {
	for range 3000 {
		left = ""
		list, _ := filepath.Glob("/proc/[0-9]*")
		for _, d := range list {
			if mounts, _ := os.ReadFile(d + "/mountinfo"); strings.Contains(string(mounts), dir) {
				cmdline, _ := os.ReadFile(d + "/cmdline")
				left += fmt.Sprintf("%s %q; ", d, cmdline)
			}
		}
		if left == "" {
			return ""
		}
		time.Sleep(20 * time.Millisecond)
	}
	return left
}

// TestTwoAtOnce have to wait for each other.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	names := []string{"one", "two", "three", "four"}
	for _, name := range names {
		p := pkg(name, file("/usr/share/"+name, name))
		p.Scripts = scripts{rpm.ScriptPost: shell("sleep 0.1\n")}
		w.publish(p)
	}
	var wg sync.WaitGroup
	for _, name := range names {
		cmd, out := w.command("install", name)
		wg.Go(func() {
			if err := cmd.Run(); err != nil {
				t.Errorf("%s: %v: %s", name, err, out)
			}
		})
	}
	wg.Wait()
	w.checkSystem()
	require.ElementsMatch(t, names, []string(w.origin().Packages))
	require.Len(t, w.layered(), 4)
	require.Len(t, w.deployments(), 2)
}

// TestKillHelpers kills scriptlets and the sandbox, not the program itself. It must tell and leave everything as it was.
func TestKillHelpers(t *testing.T) {
	t.Parallel()
	l := newLab(t, killCase{"helpers", func(w *world) { w.publish(scripted("svc", "1")) }, nil})
	l.copy()
	before := l.snapshot()
	own := l.trace(testutil.TraceOptions{}, "install", "svc")
	require.Zero(t, own.Exit, own)
	l.copy()
	full := l.trace(testutil.TraceOptions{Helpers: true}, "install", "svc")
	require.Zero(t, full.Exit, full)
	next, err := l.list()
	require.NoError(t, err)
	// The sandbox is made, and scriptlets run, from the first to the last of the calls that only they make.
	begin := slices.Index(full.Changes, "fchmodat")
	require.Positive(t, begin)
	end := begin
	for i, name := range full.Changes {
		if !slices.Contains(own.Changes, name) && name != "FIFREEZE" && name != "FITHAW" {
			end = i
		}
	}
	step := max(1, (end-begin)/10)
	if os.Getenv("NESTOS_KILL_ALL") != "" {
		step = 1
	}
	helpers := 0
	for n := begin - 6; n <= end+6; n += step {
		l.copy()
		k := l.trace(testutil.TraceOptions{Helpers: true, KillAt: n}, "install", "svc")
		if left := l.leftProcesses(); left != "" {
			t.Errorf("killed before call %d: left %s", n, left)
		}
		list, err := l.list()
		require.NoError(t, err)
		found := faults{}
		l.judge(fmt.Sprint(n), found)
		switch {
		case k.Exit == -1: // the program itself; another test is about that
		case k.Exit == 0:
			if list != next {
				t.Errorf("killed before call %d of a helper: success, but %s", n, list)
			}
		default:
			helpers++
			if d := diff(before, l.snapshot()); len(d) > 0 {
				t.Errorf("killed before call %d of a helper: %s\n%s", n, k.Stdout, strings.Join(d, "\n"))
			}
			l.leftovers(fmt.Sprint(n), found)
		}
		for kind, list := range found {
			t.Errorf("%s: %q: %v", kind, list, k)
		}
	}
	t.Logf("%d changes, %d of them the program's, %d to %d; %d helpers killed", len(full.Changes), len(own.Changes), begin, end, helpers)
	require.Positive(t, helpers)
}
