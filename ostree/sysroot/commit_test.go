//go:build linux

package sysroot_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/ostree/sysroot/bootloader"
	"github.com/stretchr/testify/require"
)

// failing is a runner of programs that all fail as long as it is true.
type failing bool

func (f *failing) Run(context.Context, bootloader.Command) error {
	if *f {
		return errors.New("the tool failed")
	}
	return nil
}

// TestFailureAfterCommit has a boot loader whose tool fails when the new list is live already. The handle must know
// that, as the version that it has loaded is now the one that may be overwritten.
func TestFailureAfterCommit(t *testing.T) {
	f := failing(false)
	d := newLocal(t, "", &sysroot.Options{Loader: sysroot.LoaderOptions{Runner: &f}})
	ctx := t.Context()
	c1, c3 := d.tree("one", 1, nil), d.tree("three", 3, nil)
	d.mustAdd(c1, "rw")
	d.config("bootloader", "zipl")
	d = d.reopen(&sysroot.Options{Loader: sysroot.LoaderOptions{Runner: &f}})
	version := d.s.BootVersion()
	f = true
	require.ErrorContains(t, d.add("demo", c3, nil, 0), "the tool failed")
	require.Equal(t, 1-version, d.s.BootVersion())
	require.Len(t, d.s.Deployments(), 2)
	titles := []string{"DemoOS 3.0 (ostree:0)", "DemoOS 1.0 (ostree:1)"}
	require.Equal(t, titles, d.bootable())
	// As long as it fails nothing that it knew may be deleted.
	require.ErrorContains(t, d.s.Cleanup(ctx), "the tool failed")
	require.DirExists(t, filepath.Join(d.dir, "boot/loader."+string(rune('0'+version))))
	require.Equal(t, titles, d.bootable())
	// The same handle goes on, whatever it does.
	require.ErrorContains(t, d.s.SetKargs(ctx, d.s.Deployments()[1], kargs.Of("quiet")), "the tool failed")
	require.Equal(t, titles, d.bootable())
	require.Equal(t, version, d.s.BootVersion())
	require.Equal(t, "quiet", d.s.Deployments()[1].Kargs().Without("ostree").String())
	f = false
	require.NoError(t, d.s.Cleanup(ctx))
	require.NoDirExists(t, filepath.Join(d.dir, "boot/loader."+string(rune('0'+1-version))))
	require.Equal(t, titles, d.bootable())
}

// TestFailureBeforeCommit has a boot loader whose configuration cannot be written.
func TestFailureBeforeCommit(t *testing.T) {
	f := failing(false)
	opts := &sysroot.Options{Loader: sysroot.LoaderOptions{Runner: &f, Grub2Exec: "/usr/bin/true"}}
	d := newLocal(t, "", opts)
	c1, c3 := d.tree("one", 1, nil), d.tree("three", 3, nil)
	d.mustAdd(c1, "rw")
	d.put("boot/grub2/grub.cfg", "")
	d.config("bootloader", "grub2")
	d = d.reopen(opts)
	before := d.snapshot()
	f = true
	err := d.add("demo", c3, nil, 0)
	require.ErrorContains(t, err, "Bootloader write config: ")
	require.ErrorContains(t, err, "the tool failed")
	require.Equal(t, []string{"DemoOS 1.0 (ostree:0)"}, d.bootable())
	require.NoError(t, d.s.Cleanup(t.Context()))
	require.Equal(t, before, d.snapshot())
}

// TestCancelled stops at any time with the old list.
func TestCancelled(t *testing.T) {
	d, c1, _ := twoDeployments(t)
	before := d.snapshot()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := d.s.DeployTree(ctx, "demo", c1, nil, d.s.MergeDeployment("demo"), nil)
	require.ErrorIs(t, err, context.Canceled)
	dep, err := d.s.DeployTree(t.Context(), "demo", c1, nil, d.s.MergeDeployment("demo"), nil)
	require.NoError(t, err)
	require.ErrorIs(t, d.s.SimpleWriteDeployment(ctx, "demo", dep, nil, 0), context.Canceled)
	require.ErrorIs(t, d.s.Cleanup(ctx), context.Canceled)
	require.Len(t, d.bootable(), 2)
	require.NoError(t, d.s.Cleanup(t.Context()))
	require.Equal(t, before, d.snapshot())
}

// TestLeavings removes what killed runs, ours and libostree's, leave, and nothing else.
func TestLeavings(t *testing.T) {
	d, c1, _ := twoDeployments(t)
	before := d.snapshot()
	dep := "ostree/deploy/demo/deploy/"
	gone := c1.String() + ".7"
	d.put(dep+"tmp.aB3dE6", "x")
	d.put(dep+".tmp-nestos.x.origin.abc", "x")
	d.put(dep+gone+"/usr/x", "x")
	d.put(dep+gone+".origin", "x")
	d.put(dep+c1.String()+".8.origin", "x")
	d.put("ostree/deploy/demo/backing/"+gone+"/root-transient/upper/x", "x")
	d.put("ostree/deploy/demo/backing/"+c1.String()+".9/x", "x")
	d.put("ostree/deploy/demo/var/.tmp-nestos.y", "x")
	d.put("boot/loader.0/entries/.tmp-nestos.ostree-1.conf.abc", "x")
	d.put("boot/loader.0/entries/ostree-1.conf.tmp", "x")
	d.put("boot/loader.1/entries/ostree-1.conf", "x")
	d.put("boot/ostree/.tmp-nestos.stamp", "x")
	d.put("boot/ostree/demo-"+bootA+"/.tmp-nestos.vmlinuz.abc", "x")
	d.put("boot/ostree/other-"+gone[:64]+"/vmlinuz", "x")
	d.put("boot/ostree/initramfs-overlays/"+gone[:64]+".img", "x")
	d.put("ostree/boot.1.0/demo/x/0", "x")
	d.put("ostree/boot.0.0/demo/x/0", "x")
	d.relink("ostree/boot.1", "boot.1.0")
	d.relink("ostree/boot.0.tmp", "boot.0.0")
	d.relink("boot/loader.tmp", "loader.1")
	d.relink("ostree/deploy/demo/current", "deploy/x")
	require.Len(t, d.bootable(), 2)
	d = d.reopen(nil)
	require.NoError(t, d.s.Cleanup(t.Context()))
	require.Equal(t, before, d.snapshot())
}

// TestFirstListInterrupted cleans up after a first transaction that did not come to its commit point, whatever of it
// reached the disk.
func TestFirstListInterrupted(t *testing.T) {
	for _, reached := range []bool{false, true} {
		d := newLocal(t, "", nil)
		c := d.tree("one", 1, nil)
		before := d.snapshot()
		dep, err := d.s.DeployTree(t.Context(), "demo", c, nil, nil, nil)
		require.NoError(t, err)
		d.put("ostree/boot.1.1/demo/"+bootA+"/x", "")
		d.relink("ostree/boot.1", "boot.1.1")
		if reached {
			d.put("boot/loader.1/entries/ostree-1.conf", "")
			d.relink("boot/loader.tmp", "loader.1")
		}
		d = d.reopen(nil)
		require.NoError(t, d.s.Cleanup(t.Context()))
		require.NoDirExists(t, d.s.DeploymentPath(dep))
		require.NoError(t, os.RemoveAll(filepath.Join(d.dir, "ostree/deploy/demo/var")))
		require.NoError(t, os.Mkdir(filepath.Join(d.dir, "ostree/deploy/demo/var"), 0o755))
		for _, name := range []string{"backing", "deploy"} {
			require.NoError(t, os.Remove(filepath.Join(d.dir, "ostree/deploy/demo", name)))
		}
		require.Equal(t, before, d.snapshot())
		d.mustAdd(c, "rw")
		d.bootable()
	}
}
