package native_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// operations are those that change the list of deployments.
var operations = map[string]func(ctx context.Context, s *rpmostree.System) error{
	"upgrade": func(ctx context.Context, s *rpmostree.System) error {
		_, err := s.Apply(ctx, &rpmostree.Change{Upgrade: true, LockFinalization: true})
		return err
	},
	"kargs": func(ctx context.Context, s *rpmostree.System) error {
		_, err := s.SetKargs(ctx, &rpmostree.KargsChange{Append: []string{"x=1"}, Index: -1, LockFinalization: true})
		return err
	},
	"rollback": func(ctx context.Context, s *rpmostree.System) error {
		_, err := s.Rollback(ctx)
		return err
	},
	"cleanup": func(ctx context.Context, s *rpmostree.System) error {
		return s.Cleanup(ctx, &rpmostree.CleanupOptions{Rollback: true, Base: true})
	},
}

// TestCancelTooLate cancels when the boot entries have been switched: the operation succeeds, and is complete.
func TestCancelTooLate(t *testing.T) {
	for _, name := range []string{"upgrade", "kargs", "rollback", "cleanup"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, filepath.Join(t.TempDir(), "s"), ostree.ModeBareUser)
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			o := systemOptions()
			armed, fired := false, false
			o.Sysroot.Message = func(text string) {
				if armed && strings.Contains(text, "bootconfig swap: ") {
					fired = true
					cancel(rpmostree.ErrCancelled)
				}
			}
			s, err := rpmostree.Open(t.Context(), w.sysroot, o)
			require.NoError(t, err)
			defer s.Close()
			w.release("40.2", "stable")
			if name == "rollback" || name == "cleanup" {
				require.NoError(t, operations["upgrade"](t.Context(), s))
			}
			before := s.Sysroot().Deployments()
			armed = true
			require.NoError(t, operations[name](ctx, s))
			require.True(t, fired)
			after := s.Sysroot().Deployments()
			switch name {
			case "rollback":
				require.Equal(t, []string{before[1].Name(), before[0].Name()}, []string{after[0].Name(), after[1].Name()})
			case "cleanup":
				require.Len(t, after, 1)
			default:
				require.Len(t, after, 2)
			}
			left, err := filepath.Glob(filepath.Join(w.sysroot, "ostree/deploy/demo/deploy/*.?"))
			require.NoError(t, err)
			require.Len(t, left, len(after))
			report, err := s.Repo().Fsck(t.Context(), nil)
			require.NoError(t, err)
			require.Empty(t, report.Findings)
		})
	}
}

// TestCancelStaging cancels before and after a deployment is staged in the place of one that is not held back: that is
// either as it was, or gone.
func TestCancelStaging(t *testing.T) {
	w := inBooted(t)
	if w == nil {
		return
	}
	ctx := t.Context()
	open := func(o *rpmostree.Options) *rpmostree.System {
		s, err := rpmostree.Open(ctx, "/", o)
		require.NoError(t, err)
		t.Cleanup(func() { s.Close() })
		return s
	}
	plain := open(systemOptions())
	w.release("40.2", "stable")
	old := []string{"40.2 staged", "40.1 booted"}
	for _, p := range []struct{ operation, version string }{{"kargs", "40.2"}, {"upgrade", "40.3"}} {
		require.NoError(t, plain.Cleanup(ctx, &rpmostree.CleanupOptions{Pending: true}))
		_, err := plain.Apply(ctx, &rpmostree.Change{Upgrade: true})
		require.NoError(t, err)
		require.Equal(t, old, w.names())
		if p.operation == "upgrade" {
			w.release("40.3", "stable")
		}
		// at cancels when the task begins or ends.
		at := func(state progress.State) (context.Context, *rpmostree.System) {
			c, cancel := context.WithCancelCause(ctx)
			t.Cleanup(func() { cancel(nil) })
			o := systemOptions()
			o.Progress = progress.Func(func(e progress.Event) {
				if e.Task == "deploy" && e.State == state {
					cancel(rpmostree.ErrCancelled)
				}
			})
			return c, open(o)
		}
		c, s := at(progress.Started)
		require.ErrorIs(t, operations[p.operation](c, s), rpmostree.ErrCancelled)
		require.Equal(t, old, w.names())

		// The old one is held back already when the unit that finalizes cannot be started.
		o := systemOptions()
		o.Sysroot.NoFinalizeUnit = false
		require.NoError(t, os.WriteFile(systemctlCalls+".fail", nil, 0o644))
		require.ErrorContains(t, operations[p.operation](ctx, open(o)), "ostree-finalize-staged.service")
		require.NoError(t, os.Remove(systemctlCalls+".fail"))
		require.Equal(t, old, w.names(), "it is not held back any more")

		c, s = at(progress.Done)
		require.NoError(t, operations[p.operation](c, s))
		require.ErrorIs(t, context.Cause(c), rpmostree.ErrCancelled)
		require.Equal(t, []string{p.version + " staged finalization-locked", "40.1 booted"}, w.names())
	}
}

// TestActiveOfKilled asks many times at once who has a system whose last user was killed: nobody.
func TestActiveOfKilled(t *testing.T) {
	run := t.TempDir()
	dir := filepath.Join(run, "rpm-ostree")
	require.NoError(t, os.Mkdir(dir, 0o755))
	// No process has a number above the limit of the kernel.
	record := `{"id":"4194305.1","pid":4194305,"uid":0,"title":"upgrade","method":"update"}`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "transaction.json"), []byte(record), 0o644))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if a, err := rpmostree.Active(run); err != nil || a != nil {
					t.Errorf("%+v, %v", a, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestExclusionFifos puts pipes in the place of the files, which nobody may wait for.
func TestExclusionFifos(t *testing.T) {
	w := inBooted(t)
	if w == nil {
		return
	}
	s, err := rpmostree.Open(t.Context(), "/", systemOptions())
	require.NoError(t, err)
	defer s.Close()
	for _, name := range []string{"transaction.cancel", "transaction.json"} {
		require.NoError(t, os.MkdirAll("/run/rpm-ostree", 0o755))
		require.NoError(t, unix.Mkfifo(filepath.Join("/run/rpm-ostree", name), 0o644))
		done := make(chan error)
		go func() {
			if err := s.Begin(t.Context(), "kargs"); err != nil {
				done <- err
				return
			}
			time.Sleep(300 * time.Millisecond) // until the request is looked for
			done <- s.End()
		}()
		select {
		case err := <-done:
			require.NoError(t, err)
		case <-time.After(time.Minute):
			t.Fatal("it waits for " + name)
		}
		require.NoFileExists(t, filepath.Join("/run/rpm-ostree", name))
	}
}
