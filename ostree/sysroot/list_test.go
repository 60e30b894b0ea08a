//go:build linux

package sysroot_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/stretchr/testify/require"
)

// TestListErrors asks for what does not exist.
func TestListErrors(t *testing.T) {
	d, _, _ := twoDeployments(t)
	ctx := t.Context()
	before := d.snapshot()
	for _, i := range []int{-1, 2, 9} {
		_, err := d.s.Undeploy(ctx, i)
		require.ErrorContains(t, err, "Out of range deployment index ")
		require.ErrorContains(t, err, ", expected < 2")
		require.ErrorContains(t, d.s.SetDefault(ctx, i), "Out of range deployment index ")
	}
	require.NoError(t, d.s.SetDefault(ctx, 0)) // it is already
	_, err := d.s.LockFinalization(ctx, true)
	require.ErrorIs(t, err, sysroot.ErrNoStaged)
	require.EqualError(t, err, "No staged deployment")
	_, err = d.s.StageTree(ctx, "demo", d.s.Deployments()[0].Commit, nil, nil, nil)
	require.EqualError(t, err, "Staging deployment: Cannot stage deployment: Not currently booted into an OSTree system")
	require.ErrorIs(t, err, sysroot.ErrNotBooted)
	require.ErrorIs(t, d.s.UnlockDeployment(ctx, d.s.Deployments()[0], sysroot.UnlockedDevelopment), sysroot.ErrNotBooted)
	require.ErrorContains(t, d.s.PrepareSoftReboot(ctx, d.s.Deployments()[0]),
		"Preparing /run/nextroot for a soft-reboot: Cannot soft-reboot to deployment with different kernel state")
	_, err = d.s.NewUpgrader("", nil)
	require.EqualError(t, err, "Not currently booted into an OSTree system and no OS specified")
	_, err = d.s.NewUpgrader("other", nil)
	require.EqualError(t, err, "No previous deployment for OS 'other'")
	require.NoError(t, d.s.SetOrigin(d.s.Deployments()[0], nil))
	_, err = d.s.NewUpgrader("demo", nil)
	require.EqualError(t, err, "No origin known for deployment "+d.s.Deployments()[0].Name())
	o := sysroot.NewOrigin("x")
	o.Remove("origin", "refspec")
	require.NoError(t, d.s.SetOrigin(d.s.Deployments()[0], o))
	_, err = d.s.NewUpgrader("demo", nil)
	require.EqualError(t, err, "No origin/refspec in current deployment origin; cannot upgrade via ostree")
	require.NoError(t, o.Set("origin", "unconfigured-state", "register first"))
	require.NoError(t, d.s.SetOrigin(d.s.Deployments()[0], o))
	_, err = d.s.NewUpgrader("demo", nil)
	require.EqualError(t, err, "origin unconfigured-state: register first")
	require.NoError(t, d.s.SetOrigin(d.s.Deployments()[0], sysroot.NewOrigin("local")))
	require.Equal(t, before, d.snapshot())
}

// TestNotLoaded must not panic.
func TestNotLoaded(t *testing.T) {
	d, c1, _ := twoDeployments(t)
	require.NoError(t, d.s.Close())
	s, err := sysroot.Open(d.dir, nil)
	require.NoError(t, err)
	defer s.Close()
	ctx := t.Context()
	require.Empty(t, s.Deployments())
	require.Nil(t, s.Booted())
	require.Nil(t, s.Staged())
	require.Zero(t, s.BootVersion())
	_, err = s.DeployTree(ctx, "demo", c1, nil, nil, nil)
	require.ErrorContains(t, err, "the sysroot is not loaded")
	require.ErrorContains(t, s.WriteDeployments(ctx, nil, nil), "the sysroot is not loaded")
	require.ErrorContains(t, s.SimpleWriteDeployment(ctx, "demo", nil, nil, 0), "the sysroot is not loaded")
	require.ErrorContains(t, s.FinalizeStaged(ctx), "the sysroot is not loaded")
	require.ErrorContains(t, s.PostCopy(ctx), "the sysroot is not loaded")
	require.Error(t, s.SetDefault(ctx, 0))
	_, err = s.NewUpgrader("demo", nil)
	require.Error(t, err)
	require.Error(t, s.EnsureLabeled(ctx, "", ""))
}

// TestWrongLists passes lists that no list can be.
func TestWrongLists(t *testing.T) {
	d, _, _ := twoDeployments(t)
	ctx := t.Context()
	other, _, _ := twoDeployments(t)
	list := d.s.Deployments()
	gone := &sysroot.Deployment{Stateroot: "demo", Commit: object.Checksum{1}, Entry: list[0].Entry}
	before, titles := d.snapshot(), d.bootable()
	for name, c := range map[string]struct {
		list []*sysroot.Deployment
		want string
	}{
		"nothing":            {[]*sysroot.Deployment{list[0], nil}, "has nothing at index 1"},
		"twice":              {[]*sysroot.Deployment{list[0], list[1], list[0]}, "twice"},
		"no directory":       {[]*sysroot.Deployment{gone, list[0]}, "Unable to find expected deployment root: " + d.dir + "/ostree/deploy/demo/deploy/01000"},
		"unknown stateroot":  {[]*sysroot.Deployment{{Stateroot: "nobody", Commit: list[0].Commit}}, "Unable to find expected deployment root: "},
		"a bad stateroot":    {[]*sysroot.Deployment{{Stateroot: "../../..", Commit: list[0].Commit}}, "Unable to find expected deployment root: "},
		"no boot checksum":   {[]*sysroot.Deployment{{Stateroot: "demo", Commit: list[0].Commit}}, "boot checksum"},
		"evil boot checksum": {[]*sysroot.Deployment{{Stateroot: "demo", Commit: list[0].Commit, BootChecksum: "../../../x"}}, "boot checksum"},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, d.s.WriteDeployments(ctx, c.list, nil), c.want)
			require.NoError(t, d.s.Cleanup(ctx))
			require.Equal(t, before, d.snapshot())
			require.Equal(t, titles, d.bootable())
		})
	}
	// What was loaded elsewhere is judged by its name alone.
	require.NoError(t, d.s.WriteDeployments(ctx, other.s.Deployments(), nil))
	require.Equal(t, before, d.snapshot())
	// An empty list is one.
	require.NoError(t, d.s.WriteDeployments(ctx, nil, nil))
	require.Empty(t, d.names("boot/loader/entries"))
	require.Empty(t, d.s.Deployments())
	require.Empty(t, d.names("ostree/deploy/demo/deploy"))
	require.Empty(t, d.names("boot/ostree"))
	d.mustAdd(d.tree("one", 1, nil), "rw")
	d.bootable()
}

// TestCallersList is neither changed by a success nor by a failure.
func TestCallersList(t *testing.T) {
	d, _, _ := twoDeployments(t)
	list := slices.Clone(d.s.Deployments())
	slices.Reverse(list)
	a, b := list[0], list[1]
	text := a.Kargs().String() + b.Kargs().String()
	require.NoError(t, d.s.WriteDeployments(t.Context(), list, nil))
	require.Same(t, a, list[0])
	require.Equal(t, text, a.Kargs().String()+b.Kargs().String())
	require.NotSame(t, a, d.s.Deployments()[0])
	require.Equal(t, a.Name(), d.s.Deployments()[0].Name())
}

// TestLoadIfChanged reads again only after a change, its own or another's.
func TestLoadIfChanged(t *testing.T) {
	d, _, _ := twoDeployments(t)
	ctx := t.Context()
	other, err := sysroot.Open(d.dir, nil)
	require.NoError(t, err)
	defer other.Close()
	load := func() bool {
		changed, err := other.LoadIfChanged(ctx)
		require.NoError(t, err)
		return changed
	}
	require.True(t, load())
	require.False(t, load())
	first := other.Deployments()[0]
	require.NoError(t, d.s.SetPinned(d.s.Deployments()[0], true))
	require.False(t, first.Pinned())
	require.True(t, load())
	require.False(t, load())
	require.True(t, other.Deployments()[0].Pinned())
	require.NoError(t, d.s.SetPinned(d.s.Deployments()[0], true)) // no change
	require.False(t, load())
	for range 20 {
		require.NoError(t, d.s.SetDefault(ctx, 1))
		require.True(t, load())
		require.Equal(t, d.s.Deployments()[0].Name(), other.Deployments()[0].Name())
	}
}

// TestTwoHandles lets two owners of a handle change the list in turn.
func TestTwoHandles(t *testing.T) {
	d, c1, _ := twoDeployments(t)
	ctx := t.Context()
	waits := 0
	short, cancel := context.WithCancel(ctx)
	defer cancel()
	other, err := sysroot.Open(d.dir, &sysroot.Options{OnLockWait: func() { waits++; cancel() }})
	require.NoError(t, err)
	defer other.Close()
	require.NoError(t, other.Load(ctx))
	ok, err := other.TryLock()
	require.NoError(t, err)
	require.False(t, ok)
	require.ErrorIs(t, other.Lock(short), context.Canceled)
	require.Equal(t, 1, waits)
	require.NoError(t, d.s.SetDefault(ctx, 1))
	require.NoError(t, d.s.SetDefault(ctx, 1))
	require.NoError(t, d.add("demo", c1, nil, 0))
	require.NoError(t, d.s.Unlock())
	require.NoError(t, d.s.Unlock())
	ok, err = other.TryLock()
	require.NoError(t, err)
	require.True(t, ok)
	before := d.snapshot()
	// What other has loaded is history.
	stale := slices.Clone(other.Deployments())
	require.ErrorContains(t, other.WriteDeployments(ctx, stale[:1], nil), "the list of deployments was changed since it was loaded")
	require.Error(t, other.SetDefault(ctx, 1))
	require.Equal(t, before, d.snapshot())
	require.NoError(t, other.Load(ctx))
	require.NoError(t, other.SetDefault(ctx, 1))
	require.Len(t, d.bootable(), 2)
	// Arguments that were changed in place must not be changed back.
	require.NoError(t, d.s.Load(ctx))
	require.NoError(t, d.s.SetKargsInPlace(ctx, d.s.Deployments()[0], kargs.Of("in=place")))
	require.ErrorContains(t, other.SetDefault(ctx, 1), "the list of deployments was changed since it was loaded")
	require.NoError(t, other.Load(ctx))
	require.NoError(t, other.SetDefault(ctx, 1))
	require.Equal(t, "in=place", other.Deployments()[1].Kargs().Without("ostree").String())
}

// TestLockWaits waits for another process, and goes on when that is killed.
func TestLockWaits(t *testing.T) {
	d, _, _ := twoDeployments(t)
	require.NoError(t, d.s.Unlock())
	hold := exec.Command("/proc/self/exe", "-test.run=^TestHoldLock$")
	hold.Env = append(os.Environ(), "NESTOS_TEST_HOLD="+d.dir)
	out, err := hold.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, hold.Start())
	defer hold.Process.Kill()
	b := make([]byte, 7)
	_, err = out.Read(b)
	require.NoError(t, err)
	require.Equal(t, "locked\n", string(b))
	var waited sync.WaitGroup
	waited.Add(1)
	var once sync.Once
	s, err := sysroot.Open(d.dir, &sysroot.Options{OnLockWait: func() { once.Do(waited.Done) }})
	require.NoError(t, err)
	defer s.Close()
	done := make(chan error)
	go func() { done <- s.Lock(t.Context()) }()
	waited.Wait()
	select {
	case err := <-done:
		t.Fatal("locked twice", err)
	case <-time.After(50 * time.Millisecond):
	}
	require.NoError(t, hold.Process.Signal(syscall.SIGKILL))
	require.NoError(t, <-done)
	hold.Wait()
}

// TestHoldLock is the other process of TestLockWaits.
func TestHoldLock(t *testing.T) {
	dir := os.Getenv("NESTOS_TEST_HOLD")
	if dir == "" {
		return // not called by it
	}
	s, err := sysroot.Open(dir, nil)
	require.NoError(t, err)
	require.NoError(t, s.Lock(t.Context()))
	os.Stdout.WriteString("locked\n")
	time.Sleep(10 * time.Minute)
}

// TestSeparateHandlesConcurrently uses handles in goroutines, each its own: the lock puts them in order.
func TestSeparateHandlesConcurrently(t *testing.T) {
	d, _, _ := twoDeployments(t)
	require.NoError(t, d.s.Unlock())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := sysroot.Open(d.dir, nil)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			for range 5 {
				if err := s.Lock(t.Context()); err != nil {
					t.Error(err)
				}
				if err := s.Load(t.Context()); err != nil {
					t.Error(err)
				}
				if err := s.SetDefault(t.Context(), 1); err != nil {
					t.Error(err)
				}
				if err := s.Unlock(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	require.Len(t, d.bootable(), 2)
}

// TestPins keeps pinned deployments, and what others have in the origin.
func TestPins(t *testing.T) {
	d, c1, c3 := twoDeployments(t)
	c2 := d.tree("two", 2, nil)
	last := d.s.Deployments()[1]
	require.NoError(t, d.s.SetPinned(last, true))
	d.mustAdd(c2)
	d.mustAdd(c1)
	require.Len(t, d.s.Deployments(), 3)
	pinned := d.s.Deployments()[2]
	require.Equal(t, last.Name(), pinned.Name())
	require.True(t, pinned.Pinned())
	require.NoError(t, d.s.SetPinned(pinned, false))
	require.Equal(t, "[origin]\nrefspec=local\n\n[libostree-transient]\n", d.read(pinned.Dir()+".origin"))
	d.mustAdd(c3)
	require.Len(t, d.s.Deployments(), 2)
	// A deployment without origin, and one of another program.
	first := d.s.Deployments()[0]
	require.NoError(t, d.s.SetOrigin(first, nil))
	require.NoError(t, d.s.SetPinned(first, true))
	require.Equal(t, "[libostree-transient]\npinned=true\n", d.read(first.Dir()+".origin"))
	text := "[origin]\n# a comment\ncontainer-image-reference=ostree-unverified-registry:quay.io/x\noverride-commit=y\nunlocked=hotfix\n\n[packages]\nrequested=vim;strace;\n\n[libostree-transient]\npinned=true\n"
	o, err := sysroot.ParseOrigin([]byte(text))
	require.NoError(t, err)
	require.Equal(t, text, string(o.Bytes()))
	o.RemoveTransient()
	require.Equal(t, "[origin]\n# a comment\ncontainer-image-reference=ostree-unverified-registry:quay.io/x\n\n[packages]\nrequested=vim;strace;\n", string(o.Bytes()))
}

// TestFailedWrite leaves what the handle shows as it was, so that the same handle can go on.
func TestFailedWrite(t *testing.T) {
	d := newLocal(t, "", &sysroot.Options{TestFreeze: true})
	c1, c3 := d.tree("one", 1, nil), d.tree("three", 3, nil)
	d2 := d.reopen(nil)
	d2.mustAdd(c1, "rw")
	d2.mustAdd(c3)
	before, titles := d2.snapshot(), d2.bootable()
	list := []string{d2.s.Deployments()[0].Kargs().String(), d2.s.Deployments()[1].Kargs().String()}
	d = d2.reopen(&sysroot.Options{TestFreeze: true})
	err := d.s.SetKargs(t.Context(), d.s.Deployments()[1], kargs.Of("quiet"))
	if err == nil {
		t.Skip("this file system cannot be frozen")
	}
	require.ErrorContains(t, err, "During fsfreeze-thaw: aborting due to test-fifreeze")
	require.Equal(t, titles, d.bootable())
	require.Equal(t, list, []string{d.s.Deployments()[0].Kargs().String(), d.s.Deployments()[1].Kargs().String()})
	require.Equal(t, 0, d.s.Deployments()[0].BootSerial)
	require.NoError(t, d.s.Cleanup(t.Context()))
	require.Equal(t, before, d.snapshot())
}

// TestOptionWords reads the environment variables as GLib does.
func TestOptionWords(t *testing.T) {
	debug := func(words string) string {
		o := &sysroot.Options{}
		o.ParseDebug(words)
		var out []string
		for name, v := range map[string]bool{"mutable": o.MutableDeployments, "xattrs": o.NoXattrs, "freeze": o.TestFreeze, "dtb": o.NoDTB} {
			if v {
				out = append(out, name)
			}
		}
		slices.Sort(out)
		return strings.Join(out, " ")
	}
	require.Equal(t, "", debug(""))
	require.Equal(t, "mutable", debug("mutable-deployments"))
	require.Equal(t, "dtb freeze mutable xattrs", debug("mutable-deployments:no-xattrs;test-fifreeze,no-dtb"))
	require.Equal(t, "dtb xattrs", debug(" no-xattrs\tNO_DTB nonsense "))
	require.Equal(t, "dtb freeze mutable xattrs", debug("all"))
	require.Equal(t, "dtb mutable xattrs", debug("all,test-fifreeze"))
	o := &sysroot.Options{}
	o.ParseOpts("skip-sync, bootloader-naming-1")
	require.True(t, o.SkipSync && o.OldEntryNames && !o.NoEarlyPrune)
	o.ParseOpts("no-early-prune") // what was set stays
	require.True(t, o.SkipSync && o.OldEntryNames && o.NoEarlyPrune)
}

// TestRepeatable makes the same thing twice: classic roots, and what is there already.
func TestInitFS(t *testing.T) {
	d := newLocal(t, "", nil)
	for epoch, want := range []string{"boot dev home ostree proc root run sys tmp", "boot ostree", "boot ostree"} {
		d.dir = t.TempDir()
		for range 2 {
			require.NoError(t, sysroot.InitFS(t.Context(), d.dir, epoch))
			require.Equal(t, want, d.names("."))
			require.Equal(t, "[core]\nrepo_version=1\nmode=bare\n", d.read("ostree/repo/config"))
		}
		st, err := os.Stat(filepath.Join(d.dir, "ostree"))
		require.NoError(t, err)
		require.Equal(t, map[bool]os.FileMode{true: 0o700, false: 0o755}[epoch == 2], st.Mode().Perm())
	}
	// The mode of the repository, which stays.
	d.dir = t.TempDir()
	for range 2 {
		require.NoError(t, sysroot.InitFSMode(t.Context(), d.dir, 1, ostree.ModeArchive))
		require.Equal(t, "boot ostree", d.names("."))
		require.NoError(t, sysroot.InitFS(t.Context(), d.dir, 1))
		require.EqualError(t, sysroot.InitFSMode(t.Context(), d.dir, 1, ostree.ModeBare), "repository "+d.dir+"/ostree/repo is of mode archive-z2, not bare")
		require.Equal(t, "[core]\nrepo_version=1\nmode=archive-z2\n", d.read("ostree/repo/config"))
	}

	require.EqualError(t, sysroot.InitFS(t.Context(), d.dir, -1), "Invalid epoch: -1")
	require.ErrorContains(t, sysroot.InitFS(t.Context(), filepath.Join(d.dir, "nothing"), 1), "No such file or directory")
}
