package native_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/driver"
	"github.com/nestos-dev/nestos/zincati/driver/native"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// inBooted runs the calling test in a process whose root is a sysroot, booted from its only deployment, with the
// programs given and a stand-in for systemctl in /bin. It returns nil in the caller.
func inBooted(t *testing.T, programs ...string) *world {
	t.Helper()
	testutil.Root(t)
	testutil.Namespaces(t, "--mount", "--pid", "--fork")
	if os.Getenv(bootedDir) == "" {
		dir := t.TempDir()
		for _, p := range programs {
			require.NoError(t, os.Rename(p, filepath.Join(dir, filepath.Base(p))))
		}
		self, err := os.Executable()
		require.NoError(t, err)
		testutil.CopyTree(t, testutil.Tool(t, "busybox"), filepath.Join(dir, "busybox"))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "systemctl"), []byte("#!/bin/busybox sh\necho \"$@\" >> "+systemctlCalls+"\n! [ -e "+systemctlCalls+".fail ]\n"), 0o755))
		cmd := exec.Command(self, "-test.run=^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), bootedDir+"="+dir)
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID}
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		require.Contains(t, string(out), "--- PASS: "+t.Name(), string(out))
		return nil
	}
	enter(t, os.Getenv(bootedDir))
	w := newWorld(t, "/", ostree.ModeBare)
	w.boot()
	return w
}

// enter makes a new root the root of this process. The mounts end with the namespace.
func enter(t *testing.T, dir string) {
	t.Helper()
	root := filepath.Join(dir, "root")
	mount := func(source, target, kind string, flags uintptr) {
		t.Helper()
		require.NoError(t, os.MkdirAll(target, 0o755))
		require.NoError(t, unix.Mount(source, target, kind, flags, ""))
	}
	require.NoError(t, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	mount("tmpfs", root, "tmpfs", 0)
	for _, m := range [][2]string{{"run", "tmpfs"}, {"tmp", "tmpfs"}, {"proc", "proc"}} {
		mount(m[1], filepath.Join(root, m[0]), m[1], 0)
	}
	mount("/dev", filepath.Join(root, "dev"), "", unix.MS_BIND)
	for _, d := range []string{"usr", "var", "etc"} {
		require.NoError(t, os.Mkdir(filepath.Join(root, d), 0o755))
	}
	mount(dir, filepath.Join(root, "bin"), "", unix.MS_BIND)
	require.NoError(t, unix.Chroot(root))
	require.NoError(t, os.Chdir("/"))
	t.Setenv("TMPDIR", "/tmp")
	t.Setenv("PATH", "/bin")
}

// boot takes the first deployment for the one that runs.
func (w *world) boot() {
	w.t.Helper()
	sys, err := rpmostree.Open(w.t.Context(), "/", nil)
	require.NoError(w.t, err)
	defer sys.Close()
	path := sys.Sysroot().DeploymentPath(sys.Sysroot().Deployments()[0])
	var st unix.Stat_t
	require.NoError(w.t, unix.Stat(path, &st))
	data := (&prepareroot.Booted{Device: st.Dev, Inode: st.Ino}).Marshal()
	require.NoError(w.t, os.WriteFile("/run/ostree-booted", data, 0o644))
	require.NoError(w.t, unix.Mount(path+"/usr", "/usr", "", unix.MS_BIND, ""))
}

// TestBooted updates a running system in process.
func TestBooted(t *testing.T) {
	w := inBooted(t)
	if w == nil {
		return
	}
	ctx := t.Context()
	reboots := 0
	d := open(t, w, native.Options{Reboot: func(context.Context) error { reboots++; return nil }})
	b, err := d.Booted(ctx)
	require.NoError(t, err)
	require.Equal(t, "40.1", b.Version)
	require.NoError(t, d.Register(ctx))
	next := w.release("40.2", "stable")
	r := cincinnati.Release{Version: "40.2", Payload: payload(next)}
	require.NoError(t, d.Stage(ctx, r, false))
	require.Equal(t, []string{"40.2 staged finalization-locked", "40.1 booted"}, w.names())
	s, err := d.Staged(ctx)
	require.NoError(t, err)
	require.Equal(t, driver.Deployment{Version: "40.2", Payload: payload(next), Stream: "stable", Staged: true}, *s)
	require.NoError(t, d.Stage(ctx, r, false), "as after a restart of the agent")
	require.Equal(t, []string{"40.2 staged finalization-locked", "40.1 booted"}, w.names())
	require.Error(t, d.Finalize(ctx, b.Payload))
	require.Equal(t, []string{"40.2 staged finalization-locked", "40.1 booted"}, w.names())
	require.NoError(t, d.Finalize(ctx, r.Payload))
	require.NoError(t, d.Finalize(ctx, r.Payload), "another attempt only reboots")
	require.Equal(t, 2, reboots)
	require.Equal(t, []string{"40.2 staged", "40.1 booted"}, w.names())
	require.NoError(t, d.Stage(ctx, r, false), "as after a restart of the agent that came before the reboot")
	require.Equal(t, []string{"40.2 staged finalization-locked", "40.1 booted"}, w.names())
	require.NoError(t, d.Cleanup(ctx))
	require.Equal(t, []string{"40.1 booted"}, w.names())
}

// systemctl is what the stand-in was asked to do.
func systemctl(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(systemctlCalls)
	require.NoError(t, err)
	return string(b)
}

// TestProgram has the driver of the command line work with the program rpm-ostree of this module.
func TestProgram(t *testing.T) {
	testutil.Root(t)
	var program string
	if os.Getenv(bootedDir) == "" {
		program = filepath.Join(t.TempDir(), "rpm-ostree")
		cmd := exec.Command(testutil.Tool(t, "go"), "build", "-o", program, "github.com/nestos-dev/nestos/examples/rpm-ostree")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	w := inBooted(t, program)
	if w == nil {
		return
	}
	ctx := t.Context()
	t.Setenv("OSTREE_SYSROOT_DEBUG", "mutable-deployments")
	d := driver.NewCLI(nil)
	b, err := d.Booted(ctx)
	require.NoError(t, err)
	require.Equal(t, "40.1", b.Version)
	require.Equal(t, "stable", b.Stream)
	require.NoError(t, b.StreamErr)
	list, err := d.Deployments(ctx, true)
	require.NoError(t, err)
	require.Equal(t, []driver.Deployment{b}, list)
	if err := d.Register(ctx); err != nil {
		// Only a unit of systemd can drive updates; where the test is none, that is what the program says.
		require.EqualError(t, err, "rpm-ostree deploy --register-driver failed:\nerror: Failed to determine the systemd unit of update driver Zincati\n")
	}
	next := w.release("40.2", "stable")
	r := cincinnati.Release{Version: "40.2", Payload: payload(next)}
	require.NoError(t, d.Stage(ctx, r, false))
	require.Equal(t, []string{"40.2 staged finalization-locked", "40.1 booted"}, w.names())
	s, err := d.Staged(ctx)
	require.NoError(t, err)
	require.Equal(t, driver.Deployment{Version: "40.2", Payload: payload(next), Stream: "stable", Staged: true}, *s)
	require.NoError(t, d.Stage(ctx, r, false), "as after a restart of the agent")
	require.Error(t, d.Finalize(ctx, b.Payload))
	require.Equal(t, []string{"40.2 staged finalization-locked", "40.1 booted"}, w.names())
	require.NotContains(t, systemctl(t), "reboot")
	require.NoError(t, os.WriteFile(systemctlCalls+".fail", nil, 0o644))
	require.Error(t, d.Finalize(ctx, r.Payload))
	require.Contains(t, systemctl(t), "reboot")
	require.Equal(t, []string{"40.2 staged finalization-locked", "40.1 booted"}, w.names(), "a reboot that could not be had leaves it locked")
	require.NoError(t, os.Remove(systemctlCalls+".fail"))
	require.NoError(t, d.Finalize(ctx, r.Payload))
	require.Equal(t, []string{"40.2 staged", "40.1 booted"}, w.names())
	require.NoError(t, d.Stage(ctx, r, false), "as after a restart of the agent that came before the reboot")
	require.Equal(t, []string{"40.2 staged finalization-locked", "40.1 booted"}, w.names())
	require.NoError(t, d.Finalize(ctx, r.Payload))
	require.Equal(t, []string{"40.2 staged", "40.1 booted"}, w.names())
	require.NoError(t, d.Cleanup(ctx))
	require.Equal(t, []string{"40.1 booted"}, w.names())
}
