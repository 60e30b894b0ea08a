package native_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/driver/native"
	"github.com/stretchr/testify/require"
)

// TestExclusion has two parts of a program change the running system: one at a time, and who looks sees which.
func TestExclusion(t *testing.T) {
	w := inBooted(t)
	if w == nil {
		return
	}
	ctx := t.Context()
	d := open(t, w, native.Options{})
	next := cincinnati.Release{Version: "40.2", Payload: payload(w.release("40.2", "stable"))}
	o := systemOptions()
	o.CommandLine, o.Agent, o.AgentUnit = "kargs --append=x", "cli", "session-1.scope"
	admin, err := rpmostree.Open(ctx, "/", o)
	require.NoError(t, err)
	defer admin.Close()

	active, err := rpmostree.Active("")
	require.NoError(t, err)
	require.Nil(t, active)
	require.NoError(t, admin.Begin(ctx, "kargs"))
	require.Error(t, admin.Begin(ctx, "kargs"), "twice")
	active, err = rpmostree.Active("")
	require.NoError(t, err)
	require.Equal(t, []any{os.Getpid(), "kargs --append=x", "kargs", "client(id:cli unit:session-1.scope uid:0)"},
		[]any{active.PID, active.Title, active.Method, active.Initiator()})

	// The update agent takes part without being told.
	err = d.Stage(ctx, next, false)
	var busy *rpmostree.BusyError
	require.ErrorAs(t, err, &busy)
	require.Equal(t, active.ID, busy.Active.ID)
	require.EqualError(t, err, "Transaction in progress: kargs --append=x\n You can cancel the current transaction with `rpm-ostree cancel`")
	require.Equal(t, []string{"40.1 booted"}, w.names())
	// Who has begun may do several things.
	_, err = admin.SetKargs(ctx, &rpmostree.KargsChange{Append: []string{"x"}})
	require.NoError(t, err)
	require.NoError(t, admin.Cleanup(ctx, &rpmostree.CleanupOptions{Pending: true}))
	require.NoError(t, admin.End())
	require.NoError(t, admin.End(), "nothing to end")

	// A request to give up that comes too late is not for the next one.
	late, end := context.WithTimeout(ctx, 10*time.Second)
	defer end()
	require.NoError(t, active.Cancel(late))
	require.NoError(t, d.Stage(ctx, next, false))
	require.Equal(t, []string{"40.2 staged finalization-locked", "40.1 booted"}, w.names())
	require.NoError(t, d.Cleanup(ctx))

	// The agent's own work can be given up, and the agent lives on.
	waiting := make(chan struct{})
	so := systemOptions()
	so.CommandLine, so.Sysroot.OnLockWait = "slow", sync.OnceFunc(func() { close(waiting) })
	slow, err := rpmostree.Open(ctx, "/", so)
	require.NoError(t, err)
	defer slow.Close()
	require.NoError(t, admin.Sysroot().Lock(ctx)) // the lock of all programs of libostree
	result := make(chan error, 1)
	go func() { _, err := slow.Rollback(ctx); result <- err }()
	<-waiting
	active, err = rpmostree.Active("")
	require.NoError(t, err)
	require.Equal(t, "slow", active.Title)
	require.Equal(t, "rollback", active.Method)
	require.NoError(t, active.Cancel(late))
	err = <-result
	require.ErrorIs(t, err, rpmostree.ErrCancelled)
	require.True(t, errors.Is(err, context.Canceled))
	require.NoError(t, ctx.Err())
	require.NoError(t, admin.Sysroot().Unlock())
	left, err := filepath.Glob("/run/rpm-ostree/transaction.*")
	require.NoError(t, err)
	require.Empty(t, left)
}
