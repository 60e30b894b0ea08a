//go:build linux

package sysroot_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

const bootedDirEnv = "NESTOS_TEST_BOOTED_DIR"

// inBooted runs the calling test in a process whose root is a physical root on a disk of its own, with a separate
// /boot, so that it can be taken for a system that booted from it. It returns nil in the caller.
func inBooted(t *testing.T, bootMegabytes int) *demo {
	t.Helper()
	return inBootedNamespace(t, bootMegabytes, syscall.CLONE_NEWPID) // its own PID 1, in whose namespace it is
}

func inBootedNamespace(t *testing.T, bootMegabytes int, flags uintptr) *demo {
	t.Helper()
	testutil.Root(t)
	testutil.Loop(t)
	testutil.Namespaces(t, "--mount", "--pid", "--fork")
	if os.Getenv(childEnv) != t.Name() {
		inChild(t, &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | flags}, bootedDirEnv+"="+t.TempDir())
		return nil
	}
	must := func(err error) {
		t.Helper()
		require.NoError(t, err)
	}
	must(unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	dir := os.Getenv(bootedDirEnv)
	root := filepath.Join(dir, "root")
	// Nothing is unmounted here: the namespace ends with the process.
	disk := func(name string, megabytes int64, at string) {
		image := filepath.Join(dir, name)
		must(os.WriteFile(image, nil, 0o600))
		must(os.Truncate(image, megabytes<<20))
		out, err := exec.Command(testutil.Tool(t, "mkfs.ext4"), "-q", "-m", "0", "-b", "4096", "-I", "256", image).CombinedOutput()
		require.NoError(t, err, string(out))
		must(os.MkdirAll(at, 0o755))
		out, err = exec.Command("mount", "-o", "loop", image, at).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	disk("root.img", 64, root)
	if bootMegabytes > 0 {
		disk("boot.img", int64(bootMegabytes), filepath.Join(root, "boot"))
	}
	for _, m := range [][3]string{{"tmpfs", "run", "tmpfs"}, {"tmpfs", "tmp", "tmpfs"}, {"proc", "proc", "proc"}} {
		must(os.Mkdir(filepath.Join(root, m[1]), 0o755))
		must(unix.Mount(m[0], filepath.Join(root, m[1]), m[2], 0, ""))
	}
	for _, d := range []string{"dev", "usr", "var"} {
		must(os.Mkdir(filepath.Join(root, d), 0o755))
	}
	must(unix.Mount("/dev", filepath.Join(root, "dev"), "", unix.MS_BIND, ""))
	must(unix.Chroot(root))
	must(os.Chdir("/"))
	must(os.Setenv("TMPDIR", "/tmp"))
	return newLocal(t, "/", bootedOptions())
}

func bootedOptions() *sysroot.Options {
	return &sysroot.Options{NoFinalizeUnit: true, Journal: "/run/journal.socket"}
}

// boot makes the deployment with an index the booted one.
func (d *demo) boot(index int) *demo {
	d.t.Helper()
	dep := d.s.Deployments()[index]
	var st unix.Stat_t
	require.NoError(d.t, unix.Stat(d.s.DeploymentPath(dep), &st))
	require.NoError(d.t, os.WriteFile("/run/ostree-booted", (&prepareroot.Booted{Device: st.Dev, Inode: st.Ino}).Marshal(), 0o644))
	unix.Unmount("/usr", unix.MNT_DETACH)
	require.NoError(d.t, unix.Mount(d.s.DeploymentPath(dep)+"/usr", "/usr", "", unix.MS_BIND, ""))
	d2 := d.reopen(bootedOptions())
	require.NoError(d.t, d2.s.Load(d.t.Context()))
	require.True(d.t, d2.s.IsBootedRoot())
	require.NotNil(d.t, d2.s.Booted())
	require.Equal(d.t, dep.Name(), d2.s.Booted().Name())
	return d2
}

// listen collects the messages that are sent to the journal.
func listen(t *testing.T) func() string {
	os.Remove("/run/journal.socket")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: "/run/journal.socket", Net: "unixgram"})
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	const all = "these were all"
	texts := make(chan string)
	go func() {
		defer close(texts)
		b := make([]byte, 1<<16)
		var text strings.Builder
		for {
			n, err := c.Read(b)
			switch {
			case err != nil:
				return
			case string(b[:n]) == all:
				texts <- text.String()
				text.Reset()
			default:
				text.Write(b[:n])
				text.WriteByte('\n')
			}
		}
	}()
	return func() string { // messages come in the order in which they are sent
		w, err := net.Dial("unixgram", "/run/journal.socket")
		require.NoError(t, err)
		defer w.Close()
		_, err = w.Write([]byte(all))
		require.NoError(t, err)
		return <-texts
	}
}

// TestBootedList protects the booted deployment, and knows which come before and after it.
func TestBootedList(t *testing.T) {
	d := inBooted(t, 0)
	if d == nil {
		return
	}
	ctx := t.Context()
	c1, c2, c3 := d.tree("one", 1, nil), d.tree("two", 2, nil), d.tree("three", 3, nil)
	d.mustAdd(c1, "rw")
	require.NoError(t, d.add("demo", c2, nil, sysroot.RetainAll))
	require.NoError(t, d.add("demo", c3, nil, sysroot.RetainAll))
	d = d.boot(1)
	pending, rollback := d.s.Pending("")
	require.Same(t, d.s.Deployments()[0], pending)
	require.Same(t, d.s.Deployments()[2], rollback)
	require.Same(t, d.s.Booted(), d.s.MergeDeployment("demo"))
	before := d.snapshot()
	_, err := d.s.Undeploy(ctx, 1)
	require.EqualError(t, err, "Cannot undeploy currently booted deployment 1")
	require.EqualError(t, d.s.WriteDeployments(ctx, d.s.Deployments()[:1], nil), "Attempting to remove booted deployment")
	require.Equal(t, before, d.snapshot())
	require.NoError(t, os.WriteFile("/var/.updated", nil, 0o644))
	d.put("ostree/deploy/demo/var/.updated", "")
	d.mustAdd(c3) // the policy keeps the booted one only
	require.Len(t, d.s.Deployments(), 2)
	require.Equal(t, c2, d.s.Booted().Commit)
	_, err = os.Lstat("/var/.updated")
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = os.Lstat("/ostree/deploy/demo/var/.updated")
	require.NoError(t, err, "the stateroot's is that of the running system, by another name")
	// A cleanup with damaged entries must not delete what runs.
	running := d.s.DeploymentPath(d.s.Booted())
	text := d.read("boot/loader/entries/ostree-1.conf")
	require.NoError(t, os.Remove("/boot/loader/entries/ostree-1.conf"))
	d = d.reopen(bootedOptions())
	require.EqualError(t, d.s.Load(ctx), "loading sysroot: Unexpected state: /run/ostree-booted found and in / sysroot, but bootloader entry not found")
	require.Error(t, d.s.Cleanup(ctx))
	require.NoError(t, os.Rename("/boot/loader", "/boot/gone"))
	d = d.reopen(bootedOptions())
	require.EqualError(t, d.s.Load(ctx), "loading sysroot: Unexpected state: /run/ostree-booted found, but no /boot/loader directory")
	require.NoError(t, os.Rename("/boot/gone", "/boot/loader"))
	require.DirExists(t, running)
	d.put("boot/loader/entries/ostree-1.conf", text)
	d = d.reopen(bootedOptions())
	require.NoError(t, d.s.Load(ctx))
	require.NotNil(t, d.s.Booted())
	// An old initramfs writes nothing into the file: then "/" itself would have to be a deployment.
	require.NoError(t, os.WriteFile("/run/ostree-booted", nil, 0o644))
	d = d.reopen(bootedOptions())
	require.ErrorContains(t, d.s.Load(ctx), "bootloader entry not found")
	require.NoError(t, os.WriteFile("/run/ostree-booted", []byte("garbage"), 0o644))
	require.NoError(t, d.s.Close())
	_, err = sysroot.Open("/", bootedOptions())
	require.ErrorContains(t, err, "parsing /run/ostree-booted: ")
	require.NoError(t, os.Remove("/run/ostree-booted"))
	d.s, err = sysroot.Open("/", nil)
	require.NoError(t, err)
}

// TestRunningElsewhere opens the physical root by other paths, as a program does on a system whose "/" is a deployment:
// as /sysroot, which is known, and as another mount, where what runs must not be deleted although no entry says what is
// booted.
func TestRunningElsewhere(t *testing.T) {
	d := inBooted(t, 0)
	if d == nil {
		return
	}
	c1, c3 := d.tree("one", 1, nil), d.tree("three", 3, nil)
	d.mustAdd(c1, "rw")
	d.mustAdd(c3)
	d = d.boot(1)
	name := d.s.Booted().Name()
	other := d.s.Deployments()[0].Name()
	require.NoError(t, d.s.Close())
	for _, dir := range []string{"run", "proc", "tmp"} {
		require.NoError(t, os.MkdirAll("/tmp/inner/"+dir, 0o755))
		require.NoError(t, unix.Mount("/"+dir, "/tmp/inner/"+dir, "", unix.MS_BIND, ""))
	}
	for _, dir := range []string{"sysroot", "physical"} {
		require.NoError(t, os.MkdirAll("/tmp/inner/"+dir, 0o755))
		require.NoError(t, unix.Mount("/", "/tmp/inner/"+dir, "", unix.MS_BIND, ""))
	}
	require.NoError(t, unix.Chroot("/tmp/inner"))
	require.NoError(t, os.Chdir("/"))
	d = openLocal(t, "/sysroot", bootedOptions())
	require.NoError(t, d.s.Load(t.Context()))
	require.True(t, d.s.IsBootedRoot())
	require.Equal(t, name, d.s.Booted().Name())
	require.NoError(t, d.s.Close())
	require.NoError(t, os.Remove("/sysroot/boot/loader/entries/ostree-1.conf"))
	require.NoError(t, unix.Unmount("/sysroot", 0))
	d = openLocal(t, "/physical", bootedOptions())
	require.NoError(t, d.s.Load(t.Context()))
	require.False(t, d.s.IsBootedRoot())
	require.Nil(t, d.s.Booted())
	require.Len(t, d.s.Deployments(), 1)
	require.NoError(t, d.s.Cleanup(t.Context()))
	dir := "/physical/ostree/deploy/demo/deploy/"
	require.DirExists(t, dir+name)
	require.FileExists(t, dir+name+".origin")
	require.DirExists(t, dir+other)
	require.NoError(t, os.Remove("/run/ostree-booted"))
	d = d.reopen(bootedOptions())
	require.NoError(t, d.s.Cleanup(t.Context()))
	require.NoDirExists(t, dir+name)
	require.DirExists(t, dir+other)
}

// TestEarlyPrune has a /boot for two kernels and a list that needs room for a third, for which the old one goes first.
func TestEarlyPrune(t *testing.T) {
	d := inBooted(t, 16)
	if d == nil {
		return
	}
	ctx := t.Context()
	journal := listen(t)
	size := freeBytes(t, "/boot") * 4 / 10
	kernel := func(name string, version int, size int) object.Checksum {
		return d.tree(name, version, func(dir string) { bigKernel(t, dir, size, name[0]) })
	}
	a, b, c, huge := kernel("a", 1, size), kernel("b", 2, size), kernel("c", 3, size), kernel("huge", 3, 2*size)
	d.mustAdd(a, "rw")
	d.mustAdd(b)
	d = d.boot(1)
	require.Equal(t, a, d.s.Booted().Commit)
	before := d.snapshot()
	journal()

	// Without it the kernel does not fit.
	d = d.reopen(&sysroot.Options{NoEarlyPrune: true, Journal: "/run/journal.socket"})
	require.ErrorContains(t, d.add("demo", c, nil, 0), "No space left on device")
	require.NoError(t, d.s.Cleanup(ctx))
	require.Equal(t, before, d.snapshot())
	require.NotContains(t, journal(), "bootfs")

	// A kernel for which it does not help: nothing is dropped.
	d = d.reopen(bootedOptions())
	require.ErrorContains(t, d.add("demo", huge, nil, 0), "No space left on device")
	require.Contains(t, journal(), "Disabling auto-prune optimization; insufficient space left in bootfs")
	require.Len(t, d.bootable(), 2)
	require.NoError(t, d.s.Cleanup(ctx))
	require.Equal(t, before, d.snapshot())

	d.messages()
	require.NoError(t, d.add("demo", c, kargs.Of("rw", "new"), 0))
	m := d.messages()
	require.Len(t, m, 3, "%q", m) // the /etc merge, two transactions
	require.Equal(t, "Bootloader updated; bootconfig swap: yes; bootversion: boot.1.1, deployment count change: -1", m[1])
	require.Equal(t, "Bootloader updated; bootconfig swap: yes; bootversion: boot.0.0, deployment count change: 1", m[2])
	said := journal()
	for _, text := range []string{"bootfs requires additional space: ", "Size to prune from bootfs: ", "Insufficient space left in bootfs; updating bootloader in two steps",
		"MESSAGE_ID=dd440e3e549083b63d0efc7dc15255f1", "MESSAGE_ID=d3863baec13e4449ab0384684a8af3a7"} {
		require.Contains(t, said, text)
	}
	require.Len(t, d.s.Deployments(), 2)
	require.Equal(t, c, d.s.Deployments()[0].Commit)
	require.Equal(t, "rw new", d.s.Deployments()[0].Kargs().Without("ostree").String())
	require.Equal(t, a, d.s.Booted().Commit)
	require.Len(t, d.bootable(), 2)
	require.Len(t, strings.Fields(d.names("boot/ostree")), 2)

	// A change of arguments alone needs no room, not even what is to be spared otherwise.
	empty := fill(t, "/boot", 40)
	defer empty()
	require.NoError(t, d.s.SetKargs(ctx, d.s.Deployments()[0], kargs.Of("more")))
	require.Len(t, d.messages(), 1)
	require.Contains(t, journal(), "bootfs is sufficient for calculated new size: 0 bytes")
	require.Len(t, d.bootable(), 2)
}

// TestUnlock makes /usr writable in each way.
func TestUnlock(t *testing.T) {
	d := inBooted(t, 0)
	if d == nil {
		return
	}
	ctx := t.Context()
	c1, c3 := d.tree("one", 1, nil), d.tree("three", 3, nil)
	d.mustAdd(c1, "rw")
	d.mustAdd(c3)
	d = d.boot(1)
	writable := func() bool {
		err := os.WriteFile("/usr/bin/new", []byte("x"), 0o755)
		if err == nil {
			require.NoFileExists(t, d.s.DeploymentPath(d.s.Booted())+"/usr/bin/new")
		}
		return err == nil
	}
	require.ErrorContains(t, d.s.UnlockDeployment(ctx, d.s.Deployments()[0], sysroot.UnlockedDevelopment), "Not currently booted")

	require.NoError(t, d.s.UnlockDeployment(ctx, d.s.Booted(), sysroot.UnlockedTransient))
	require.Equal(t, sysroot.UnlockedTransient, d.s.Booted().Unlocked)
	require.False(t, writable())
	require.EqualError(t, d.s.UnlockDeployment(ctx, d.s.Booted(), sysroot.UnlockedHotfix), "Deployment is already in unlocked state: transient")
	require.NoError(t, unix.Mount("", "/usr", "", unix.MS_REMOUNT, ""))
	require.True(t, writable())
	require.NoError(t, unix.Unmount("/usr", 0))
	require.NoError(t, os.RemoveAll("/run/ostree/deployment-state")) // a reboot

	d = d.reopen(bootedOptions())
	require.NoError(t, d.s.Load(ctx))
	require.Equal(t, sysroot.UnlockedNone, d.s.Booted().Unlocked)
	require.NoError(t, d.s.UnlockDeployment(ctx, d.s.Booted(), sysroot.UnlockedDevelopment))
	require.NoFileExists(t, "/usr/bin/new", "the changes of before are gone")
	require.True(t, writable())
	require.EqualError(t, d.s.UnlockDeployment(ctx, d.s.Booted(), sysroot.UnlockedDevelopment), "Deployment is already in unlocked state: development")
	require.NoError(t, unix.Unmount("/usr", 0))
	require.NoError(t, os.RemoveAll("/run/ostree/deployment-state"))
	d = d.reopen(bootedOptions())
	require.NoError(t, d.s.Load(ctx))

	require.NoError(t, d.s.UnlockDeployment(ctx, d.s.Booted(), sysroot.UnlockedHotfix))
	require.True(t, writable())
	booted := d.s.Booted()
	require.Equal(t, sysroot.UnlockedHotfix, booted.Unlocked)
	require.Equal(t, "[origin]\nrefspec=local\nunlocked=hotfix\n", d.read(booted.Dir()+".origin"))
	require.FileExists(t, d.s.DeploymentPath(booted)+"/.usr-ovl-upper/bin/new")
	// Behind it is a clone, without the hotfix.
	list := d.s.Deployments()
	clone := list[booted.Index+1]
	require.Equal(t, booted.Commit, clone.Commit)
	require.Equal(t, booted.Serial+1, clone.Serial)
	require.Equal(t, sysroot.UnlockedNone, clone.Unlocked)
	require.Equal(t, booted.Kargs().Without("ostree").String(), clone.Kargs().Without("ostree").String())
	d.bootable()
	require.NoError(t, unix.Unmount("/usr", 0))
	d = d.reopen(bootedOptions())
	require.NoError(t, d.s.Load(ctx))
	require.Equal(t, sysroot.UnlockedHotfix, d.s.Booted().Unlocked, "it stays over a reboot")
}

// TestReadOnlyMounts remounts a /boot that the running system keeps read-only, but only in a mount namespace other
// than that of PID 1.
func TestReadOnlyMounts(t *testing.T) {
	d := inBootedNamespace(t, 16, 0)
	if d == nil {
		return
	}
	d.mustAdd(d.tree("one", 1, nil), "rw")
	d = d.boot(0)
	require.NoError(t, d.s.Close())
	require.NoError(t, unix.Mount("", "/boot", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""))
	require.ErrorIs(t, os.WriteFile("/boot/x", nil, 0o644), unix.EROFS)
	d = openLocal(t, "/", bootedOptions())
	require.NoError(t, d.s.Load(t.Context()))
	d.mustAdd(d.tree("three", 3, nil))
	require.Len(t, d.bootable(), 2)
}

// TestReadOnlyMountsOfAll leaves mounts alone that everybody sees.
func TestReadOnlyMountsOfAll(t *testing.T) {
	d := inBooted(t, 16)
	if d == nil {
		return
	}
	d.mustAdd(d.tree("one", 1, nil), "rw")
	d = d.boot(0)
	require.NoError(t, d.s.Close())
	require.NoError(t, unix.Mount("", "/boot", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""))
	before := d.snapshot()
	d = openLocal(t, "/", bootedOptions())
	require.NoError(t, d.s.Load(t.Context()))
	require.ErrorContains(t, d.add("demo", d.tree("three", 3, nil), nil, 0), "Read-only file system")
	require.NoError(t, d.s.Cleanup(t.Context()))
	require.Equal(t, before, d.snapshot())
}
