//go:build linux

package sysroot_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// stage stages a commit with the booted deployment as its source.
func (d *demo) stage(c object.Checksum, opts *sysroot.DeployOptions) *sysroot.Deployment {
	d.t.Helper()
	dep, err := d.s.StageTree(d.t.Context(), "demo", c, sysroot.NewOrigin("local"), d.s.MergeDeployment("demo"), opts)
	require.NoError(d.t, err)
	require.NotNil(d.t, dep)
	require.Same(d.t, d.s.Staged(), dep)
	require.Same(d.t, d.s.Deployments()[0], dep)
	return dep
}

// TestStaged goes from staging to boot entries, with changes of /etc in between.
func TestStaged(t *testing.T) {
	d := inBooted(t, 0)
	if d == nil {
		return
	}
	ctx := t.Context()
	journal := listen(t)
	c1, c3 := d.tree("one", 1, nil), d.tree("three", 3, nil)
	d.mustAdd(c1, "rw")
	name := "boot/loader/entries/ostree-1.conf"
	d.put(name, d.read(name)+"x-mine kept\n")
	d = d.boot(0)
	etc := filepath.Join("/", d.s.Booted().Dir(), "etc")
	overlay, err := d.s.StageOverlayInitrd(ctx, strings.NewReader("overlay"))
	require.NoError(t, err)
	before := d.snapshot()

	dep := d.stage(c3, &sysroot.DeployOptions{OverlayInitrds: []string{overlay}})
	require.True(t, dep.Staged)
	require.False(t, dep.FinalizationLocked)
	require.FileExists(t, "/run/ostree/staged-deployment")
	require.NoFileExists(t, "/run/ostree/staged-deployment-locked")
	require.EqualError(t, d.s.SetPinned(dep, true), "Cannot pin staged deployment")
	require.Error(t, d.s.SetKargs(ctx, dep, kargs.Of("x")))
	require.Error(t, d.s.SetDefault(ctx, 0))
	require.NoError(t, d.s.Cleanup(ctx))
	require.DirExists(t, d.s.DeploymentPath(dep))
	require.Equal(t, []string{"DemoOS 1.0 (ostree:0)"}, d.bootable())
	require.NoFileExists(t, d.s.DeploymentPath(dep)+"/etc/late.conf")

	changed, err := d.s.LockFinalization(ctx, true)
	require.NoError(t, err)
	require.True(t, changed)
	changed, err = d.s.LockFinalization(ctx, true)
	require.NoError(t, err)
	require.False(t, changed)
	require.FileExists(t, "/run/ostree/staged-deployment-locked")
	d = d.reopen(bootedOptions())
	require.True(t, d.s.Staged().FinalizationLocked)
	journal()
	require.NoError(t, d.s.FinalizeStaged(ctx))
	require.Contains(t, journal(), "Not finalizing; deployment is locked for finalization")
	require.NotNil(t, d.s.Staged())
	changed, err = d.s.LockFinalization(ctx, false)
	require.NoError(t, err)
	require.True(t, changed)
	require.NoFileExists(t, "/run/ostree/staged-deployment-locked")
	require.NoError(t, os.WriteFile("/run/ostree/staged-deployment-locked", nil, 0o640)) // as an old tool does
	d = d.reopen(bootedOptions())
	require.True(t, d.s.Staged().FinalizationLocked)
	_, err = d.s.LockFinalization(ctx, false)
	require.NoError(t, err)
	require.False(t, d.s.Staged().FinalizationLocked)

	k := kargs.Of("rw", "inplace")
	require.NoError(t, d.s.SetKargsInPlace(ctx, d.s.Staged(), k))
	require.Equal(t, "rw inplace", d.s.Staged().Kargs().String())
	require.NoError(t, os.WriteFile(etc+"/late.conf", []byte("late"), 0o644))

	d = d.reopen(bootedOptions()) // the process that runs at shutdown
	journal()
	require.NoError(t, d.s.FinalizeStaged(ctx))
	require.Contains(t, journal(), "MESSAGE_ID=e8646cd63dff4625b77909a8e7a40994")
	require.NoFileExists(t, "/run/ostree/staged-deployment")
	require.Equal(t, []string{"DemoOS 3.0 (ostree:0)", "DemoOS 1.0 (ostree:1)"}, d.bootable())
	first := d.s.Deployments()[0]
	require.False(t, first.Staged)
	require.Equal(t, c3, first.Commit)
	require.Equal(t, "rw inplace", first.Kargs().Without("ostree").String())
	require.Equal(t, "late", d.read(first.Dir()+"/etc/late.conf"))
	require.Equal(t, []string{overlay}, first.OverlayInitrds)
	require.Equal(t, []string{"kept"}, d.values("boot/loader/entries/ostree-2.conf", "x-mine"))
	require.NoError(t, d.s.FinalizeStaged(ctx)) // again: nothing is staged
	require.Contains(t, journal(), "No deployment staged for finalization or soft reboot")
	_, failed := d.s.FinalizeFailure()
	require.False(t, failed)
	require.NoError(t, d.s.BootComplete(ctx))
	_, err = d.s.Undeploy(ctx, 0)
	require.NoError(t, err)
	require.NoError(t, os.Remove(etc+"/late.conf"))
	require.Equal(t, withoutVersions(before), withoutVersions(d.snapshot("boot/ostree/initramfs-overlays")))
}

// TestStagedEnds lists how a staged deployment goes without being finalized, and how it stays.
func TestStagedEnds(t *testing.T) {
	d := inBooted(t, 0)
	if d == nil {
		return
	}
	ctx := t.Context()
	c1, c2, c3 := d.tree("one", 1, nil), d.tree("two", 2, nil), d.tree("three", 3, nil)
	d.mustAdd(c1, "rw")
	d = d.boot(0)
	before := d.snapshot()
	gone := func() {
		t.Helper()
		require.Nil(t, d.s.Staged())
		require.NoFileExists(t, "/run/ostree/staged-deployment")
		require.NoFileExists(t, "/run/ostree/staged-deployment-locked")
		require.NoError(t, d.s.Cleanup(ctx))
		require.Equal(t, withoutVersions(before), withoutVersions(d.snapshot()))
	}
	d.stage(c3, &sysroot.DeployOptions{LockFinalization: true})
	_, err := d.s.Undeploy(ctx, 0)
	require.NoError(t, err)
	gone()

	d.stage(c3, nil)
	require.NoError(t, os.RemoveAll("/run/ostree")) // power loss
	d = d.reopen(bootedOptions())
	require.NoError(t, d.s.Load(ctx))
	require.NoError(t, d.s.PrepareCleanup(ctx))
	gone()

	// Staging again replaces what was staged.
	first := d.stage(c3, &sysroot.DeployOptions{LockFinalization: true})
	second := d.stage(c2, nil)
	require.NoDirExists(t, d.s.DeploymentPath(first))
	require.False(t, second.FinalizationLocked)
	third := d.stage(c2, nil)
	require.NoDirExists(t, d.s.DeploymentPath(second))
	require.Equal(t, 1, third.Serial)

	// A new deployment that does not become the default leaves it staged if those before the booted one stay.
	require.NoError(t, d.add("demo", c3, nil, sysroot.NotDefault|sysroot.RetainPending))
	require.Equal(t, third.Name(), d.s.Deployments()[0].Name())
	require.True(t, d.s.Deployments()[0].Staged)
	require.Len(t, d.s.Deployments(), 3)
	require.Equal(t, []string{"DemoOS 1.0 (ostree:0)", "DemoOS 3.0 (ostree:1)"}, d.bootable())
	// One that does drops it.
	require.NoError(t, d.add("demo", c3, nil, 0))
	require.Nil(t, d.s.Staged())
	require.Len(t, d.s.Deployments(), 2)
	_, err = d.s.Undeploy(ctx, 0)
	require.NoError(t, err)
	gone()

	// State files of others, and broken ones.
	d.stage(c3, nil)
	good, err := os.ReadFile("/run/ostree/staged-deployment")
	require.NoError(t, err)
	for _, bad := range []string{"", "x", strings.Repeat("\x00", 64), string(good[:len(good)/2])} {
		require.NoError(t, os.WriteFile("/run/ostree/staged-deployment", []byte(bad), 0o644))
		d = d.reopen(bootedOptions())
		require.NoError(t, d.s.Load(ctx), "the system can be managed: %q", bad)
		require.Nil(t, d.s.Staged())
		require.Error(t, d.s.FinalizeStaged(ctx), "%q", bad)
		text, failed := d.s.FinalizeFailure()
		require.True(t, failed, "and the reason is told: %q", text)
		require.Equal(t, []string{"DemoOS 1.0 (ostree:0)"}, d.bootable())
	}
	require.Error(t, d.s.BootComplete(ctx))
	require.NoError(t, os.WriteFile("/run/ostree/staged-deployment", good, 0o644))
	d = d.reopen(bootedOptions())
	require.NoError(t, d.s.Load(ctx))
	require.NotNil(t, d.s.Staged())
	_, err = d.s.Undeploy(ctx, 0)
	require.NoError(t, err)
	gone()
}

// TestStagedKargsInPlace edits the arguments of a staged deployment that inherits them: none gets lost.
func TestStagedKargsInPlace(t *testing.T) {
	d := inBooted(t, 0)
	if d == nil {
		return
	}
	ctx := t.Context()
	c1, c3 := d.tree("one", 1, nil), d.tree("three", 3, nil)
	d.mustAdd(c1, "root=x", "rw")
	d = d.boot(0)
	d.stage(c3, nil)
	k := d.s.Staged().Kargs()
	require.Equal(t, "root=x rw", k.Without("ostree").String())
	k.AppendIfMissing("z=7")
	require.NoError(t, d.s.SetKargsInPlace(ctx, d.s.Staged(), k))
	require.NoError(t, d.s.FinalizeStaged(ctx))
	require.Equal(t, "root=x rw z=7", d.s.Deployments()[0].Kargs().Without("ostree").String())
}

// TestFinalizeFails keeps the reason of a failure for the next boot, which forgets it when it has told it.
func TestFinalizeFails(t *testing.T) {
	d := inBooted(t, 16)
	if d == nil {
		return
	}
	ctx := t.Context()
	c1, c3 := d.tree("one", 1, nil), d.tree("three", 3, nil)
	d.mustAdd(c1, "rw")
	d = d.boot(0)
	sub := filepath.Join("/", d.s.Booted().Dir(), "etc/sub")
	before := d.snapshot()
	d.stage(c3, nil)
	require.NoError(t, os.Rename(sub, sub+".away"))
	require.NoError(t, os.WriteFile(sub, nil, 0o644))
	d = d.reopen(bootedOptions())
	const reason = "Finalizing deployment: During /etc merge: Modified config file newly defaults to directory 'sub', cannot merge"
	require.ErrorContains(t, d.s.FinalizeStaged(ctx), reason)
	require.NoFileExists(t, "/run/ostree/staged-deployment")
	require.Equal(t, []string{"DemoOS 1.0 (ostree:0)"}, d.bootable())
	require.Contains(t, d.read("boot/ostree/finalize-failure.stamp"), reason)
	d = d.reopen(bootedOptions())
	text, ok := d.s.FinalizeFailure()
	require.True(t, ok)
	require.Contains(t, text, reason)
	require.EqualError(t, d.s.BootComplete(ctx), "ostree-finalize-staged.service failed on previous boot: "+text)
	_, ok = d.s.FinalizeFailure()
	require.False(t, ok)
	require.NoError(t, d.s.BootComplete(ctx))
	require.NoError(t, os.Remove(sub))
	require.NoError(t, os.Rename(sub+".away", sub))
	require.NoError(t, d.s.Cleanup(ctx))
	require.Equal(t, before, d.snapshot())
	// A success removes the reason of an earlier failure.
	d.put("boot/ostree/finalize-failure.stamp", "old")
	d.stage(c3, nil)
	require.NoError(t, d.s.FinalizeStaged(ctx))
	_, ok = d.s.FinalizeFailure()
	require.False(t, ok)
	require.Len(t, d.bootable(), 2)
	// The deployment that a staged one was made from is gone.
	d.stage(c3, nil)
	file, err := os.ReadFile("/run/ostree/staged-deployment")
	require.NoError(t, err)
	merge := d.s.MergeDeployment("demo").Name()
	require.Equal(t, 1, strings.Count(string(file), merge))
	require.NoError(t, os.WriteFile("/run/ostree/staged-deployment", []byte(strings.Replace(string(file), merge, merge[:65]+"7", 1)), 0o644))
	d = d.reopen(bootedOptions())
	require.EqualError(t, d.s.FinalizeStaged(ctx), "Failed to find merge deployment "+merge[:65]+"7 for staged")
	// A soft reboot that happened.
	require.NoError(t, os.Remove("/boot/ostree/finalize-failure.stamp"))
	b, err := os.ReadFile("/run/ostree-booted")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile("/run/ostree/nextroot-booted", b, 0o644))
	require.NoError(t, d.s.BootComplete(ctx))
	require.NoFileExists(t, "/run/ostree/nextroot-booted")
}

// TestNextRoot marks the target of a soft reboot, and forgets one that is no deployment.
func TestNextRoot(t *testing.T) {
	d := inBooted(t, 0)
	if d == nil {
		return
	}
	ctx := t.Context()
	c1 := d.tree("one", 1, nil)
	d.mustAdd(c1, "rw")
	d.mustAdd(c1)
	d = d.boot(1)
	require.True(t, d.s.CanSoftReboot(d.s.Deployments()[0]))
	require.NoError(t, os.MkdirAll("/run/ostree", 0o755))
	var st unix.Stat_t
	require.NoError(t, unix.Stat(d.s.DeploymentPath(d.s.Deployments()[0]), &st))
	require.NoError(t, os.WriteFile("/run/ostree/nextroot-booted", (&prepareroot.Booted{Device: st.Dev, Inode: st.Ino}).Marshal(), 0o644))
	d = d.reopen(bootedOptions())
	require.NoError(t, d.s.Load(ctx))
	require.True(t, d.s.Deployments()[0].SoftRebootTarget)
	require.False(t, d.s.Deployments()[1].SoftRebootTarget)
	require.ErrorContains(t, d.s.PrepareSoftReboot(ctx, d.s.Deployments()[1]), "Cannot prepare for soft-reboot currently booted deployment 1")
	require.NoError(t, os.WriteFile("/run/ostree/nextroot-booted", (&prepareroot.Booted{Device: st.Dev, Inode: 2}).Marshal(), 0o644))
	d = d.reopen(bootedOptions())
	require.NoError(t, d.s.Load(ctx))
	require.False(t, d.s.Deployments()[0].SoftRebootTarget)
	require.NoFileExists(t, "/run/ostree/nextroot-booted")
	require.NoError(t, d.s.ClearSoftReboot(ctx))
	require.NoError(t, d.s.SetKargs(ctx, d.s.Deployments()[0], kargs.Of("other")))
	require.False(t, d.s.CanSoftReboot(d.s.Deployments()[0]))
}
