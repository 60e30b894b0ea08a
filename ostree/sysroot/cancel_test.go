//go:build linux

package sysroot_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/stretchr/testify/require"
)

// untilChanged is a context that ends when a file or link is not what it was at first: right after a commit point.
type untilChanged struct {
	context.Context
	name, was string
}

func newUntilChanged(name string) *untilChanged {
	return &untilChanged{context.Background(), name, content(name)}
}

func (c *untilChanged) Err() error {
	if content(c.name) != c.was {
		return context.Canceled
	}
	return nil
}

// content is that of a file, or where a link leads to; empty if there is neither.
func content(name string) string {
	if target, err := os.Readlink(name); err == nil {
		return target
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	return string(b)
}

func cancelled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// TestCancelAroundSwitch cancels a new list before its commit point, which changes nothing, and right after it, which is
// too late: it is complete.
func TestCancelAroundSwitch(t *testing.T) {
	d := newLocal(t, "", nil)
	c1, c2, c3 := d.tree("one", 1, nil), d.tree("two", 2, nil), d.tree("three", 3, nil)
	d.mustAdd(c1, "rw")
	for _, p := range []struct {
		commit object.Checksum
		link   string // that is the commit point
	}{{c3, "boot/loader"}, {c3, "ostree/boot.0"}, {c2, "boot/loader"}} {
		merge := d.s.MergeDeployment("demo")
		deploy := func() *sysroot.Deployment {
			dep, err := d.s.DeployTree(t.Context(), "demo", p.commit, sysroot.NewOrigin("local"), merge, &sysroot.DeployOptions{Kargs: kargs.Of("rw")})
			require.NoError(t, err)
			return dep
		}
		before := d.snapshot()
		if p.link == "boot/loader" { // the other change does nothing that takes time
			require.ErrorIs(t, d.s.SimpleWriteDeployment(cancelled(t), "demo", deploy(), merge, 0), context.Canceled)
			require.NoError(t, d.s.Cleanup(t.Context()))
			require.Equal(t, withoutVersions(before), withoutVersions(d.snapshot()))
		}
		dep := deploy()
		late := newUntilChanged(filepath.Join(d.dir, p.link))
		require.NoError(t, d.s.SimpleWriteDeployment(late, "demo", dep, merge, 0))
		require.ErrorIs(t, late.Err(), context.Canceled, "%s is the commit point", p.link)
		require.Equal(t, dep.Name(), d.s.Deployments()[0].Name())
		require.Len(t, d.bootable(), 2)
		after := d.snapshot()
		require.NoError(t, d.s.Cleanup(t.Context()))
		require.Equal(t, after, d.snapshot(), "the cleanup was complete")
	}
}

// TestInForce has the cleanup after the commit point fail: the error says that the list is the new one.
func TestInForce(t *testing.T) {
	d := newLocal(t, "", nil)
	c1, c3 := d.tree("one", 1, nil), d.tree("three", 3, nil)
	d.mustAdd(c1, "rw")
	merge := d.s.MergeDeployment("demo")
	dep, err := d.s.DeployTree(t.Context(), "demo", c3, sysroot.NewOrigin("local"), merge, nil)
	require.NoError(t, err)
	inTheWay := "ostree/deploy/other/deploy" // a file, where there should be a directory
	d.put(inTheWay, "")
	err = d.s.SimpleWriteDeployment(t.Context(), "demo", dep, merge, 0)
	require.ErrorIs(t, err, sysroot.ErrInForce)
	require.ErrorContains(t, err, "the change is in force, but completing it failed: Performing final cleanup: ")
	require.Equal(t, []string{"DemoOS 3.0 (ostree:0)", "DemoOS 1.0 (ostree:1)"}, d.bootable())
	require.Equal(t, c3, d.s.Deployments()[0].Commit)
	require.NoError(t, os.Remove(filepath.Join(d.dir, inTheWay)))
	require.NoError(t, d.s.Cleanup(t.Context()))
}

// TestCancelAroundStaging does with a staged deployment, and the lock of its finalization, what TestCancelAroundSwitch
// does with a list.
func TestCancelAroundStaging(t *testing.T) {
	d := inBooted(t, 0)
	if d == nil {
		return
	}
	const file = "/run/ostree/staged-deployment"
	c1, c2, c3 := d.tree("one", 1, nil), d.tree("two", 2, nil), d.tree("three", 3, nil)
	d.mustAdd(c1, "rw")
	d = d.boot(0)
	stage := func(ctx context.Context, c object.Checksum) (*sysroot.Deployment, error) {
		return d.s.StageTree(ctx, "demo", c, sysroot.NewOrigin("local"), d.s.MergeDeployment("demo"), nil)
	}
	_, err := stage(cancelled(t), c3)
	require.ErrorIs(t, err, context.Canceled)
	require.NoFileExists(t, file)
	for _, c := range []object.Checksum{c3, c2} {
		late := newUntilChanged(file)
		dep, err := stage(late, c)
		require.NoError(t, err)
		require.ErrorIs(t, late.Err(), context.Canceled)
		require.Equal(t, c, dep.Commit)
		require.Same(t, d.s.Staged(), dep)
		require.Len(t, d.s.Deployments(), 2)
		after := d.snapshot()
		require.NoError(t, d.s.PrepareCleanup(t.Context()))
		require.Equal(t, after, d.snapshot(), "the cleanup was complete")
	}
	for _, locked := range []bool{true, false} {
		changed, err := d.s.LockFinalization(cancelled(t), locked)
		require.ErrorIs(t, err, context.Canceled)
		require.False(t, changed)
		require.Equal(t, !locked, d.s.Staged().FinalizationLocked)
		late := newUntilChanged(file)
		changed, err = d.s.LockFinalization(late, locked)
		require.NoError(t, err)
		require.ErrorIs(t, late.Err(), context.Canceled)
		require.True(t, changed)
		require.Equal(t, locked, d.s.Staged().FinalizationLocked)
	}
	// Dropping it is the whole change: the entries stay.
	late := newUntilChanged(file)
	require.NoError(t, d.s.WriteDeployments(late, d.s.Deployments()[1:], nil))
	require.ErrorIs(t, late.Err(), context.Canceled)
	require.Nil(t, d.s.Staged())
	require.Len(t, d.s.Deployments(), 1)
	_, err = stage(t.Context(), c3)
	require.NoError(t, err)
	d.put("ostree/deploy/other/deploy", "") // no directory: the cleanup fails
	require.ErrorIs(t, d.s.WriteDeployments(t.Context(), d.s.Deployments()[1:], nil), sysroot.ErrInForce)
	require.Nil(t, d.s.Staged())
}
