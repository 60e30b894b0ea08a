package testutil_test

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// TestKillAtChild is not a test of its own: others run it in a process that they kill.
func TestKillAtChild(t *testing.T) {
	dir := os.Getenv("NESTOS_KILL_DIR")
	if dir == "" {
		t.Skip("only runs as a child process")
	}
	killChildren[os.Getenv("NESTOS_KILL_CHILD")](t, dir)
}

var killChildren = map[string]func(t *testing.T, dir string){
	"": func(t *testing.T, dir string) {
		require.NoError(t, os.Mkdir(dir+"/d", 0o755))
		require.NoError(t, os.WriteFile(dir+"/d/f", []byte("x"), 0o644))
		require.NoError(t, os.Rename(dir+"/d/f", dir+"/d/g"))
	},
	"kinds":  makeChangesOfAllKinds,
	"helper": startHelper,
	"program": func(t *testing.T, dir string) {
		out, err := exec.Command("sh", "-c", `echo x >"$0"/f`, dir).CombinedOutput()
		require.NoError(t, err, string(out))
	},
	"input": func(t *testing.T, dir string) {
		_, err := unix.Write(1, []byte("not a change"))
		require.NoError(t, err)
		_, err = fmt.Scanln(&dir)
		require.NoError(t, err)
		fmt.Println("input", dir, "locale", os.Getenv("LC_ALL"), "environment", len(os.Environ()))
	},
}

func killChild(t testing.TB, opts testutil.TraceOptions, kind, dir string) *testutil.Trace {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	opts.Path = exe
	opts.Env = append([]string{"NESTOS_KILL_CHILD=" + kind, "NESTOS_KILL_DIR=" + dir}, opts.Env...)
	return testutil.TraceChanges(t, &opts, "child", "-test.run=^TestKillAtChild$")
}

func TestKillAt(t *testing.T) {
	exe, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	run := func(n int) (*testutil.Result, int) {
		require.NoError(t, os.RemoveAll(dir+"/d"))
		return testutil.KillAt(t, &testutil.RunOptions{Env: []string{"NESTOS_KILL_DIR=" + dir}}, n, exe, "-test.run=^TestKillAtChild$")
	}
	r, calls := run(0)
	require.Equal(t, 0, r.Exit, r)
	require.Contains(t, r.Stdout, "PASS")
	require.Equal(t, 4, calls) // mkdirat, openat, write, renameat
	want := []func(){
		func() { require.NoDirExists(t, dir+"/d") },
		func() { require.NoFileExists(t, dir+"/d/f") },
		func() { require.Empty(t, contents(t, dir+"/d/f")) },
		func() { require.Equal(t, "x", contents(t, dir+"/d/f")) },
	}
	for i, check := range want {
		r, calls := run(i + 1)
		require.Equal(t, -1, r.Exit)
		require.Equal(t, i+1, calls)
		require.NotContains(t, r.Stdout, "PASS")
		check()
		require.NoFileExists(t, dir+"/d/g")
	}
}

func contents(t *testing.T, path string) string {
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}

func makeChangesOfAllKinds(t *testing.T, dir string) {
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR, 0o644)
	require.NoError(t, err)
	write := func() {
		_, err := unix.Write(fd, []byte("x"))
		require.NoError(t, err)
	}
	write() // nobody sees it yet
	require.NoError(t, unix.Linkat(unix.AT_FDCWD, fmt.Sprintf("/proc/self/fd/%d", fd), unix.AT_FDCWD, dir+"/a", unix.AT_SYMLINK_FOLLOW))
	write()
	_, err = unix.Pwritev(fd, [][]byte{[]byte("x")}, 0)
	require.NoError(t, err)
	require.NoError(t, unix.Fallocate(fd, 0, 0, 10))
	b, err := unix.Openat2(unix.AT_FDCWD, dir+"/b", &unix.OpenHow{Flags: unix.O_CREAT | unix.O_RDWR, Mode: 0o644})
	require.NoError(t, err)
	_, err = unix.Openat2(unix.AT_FDCWD, dir+"/b", &unix.OpenHow{Flags: unix.O_RDONLY})
	require.NoError(t, err)
	_, err = unix.Sendfile(b, fd, new(int64), 1)
	require.NoError(t, err)
	_ = unix.IoctlFileClone(b, fd) // tmpfs cannot, nor is everything else possible everywhere
	_, err = unix.Open(dir+"/b", unix.O_WRONLY|unix.O_TRUNC, 0)
	require.NoError(t, err)
	_ = unix.IoctlSetPointerInt(fd, unix.FS_IOC_SETFLAGS, 0)
	_ = unix.IoctlSetInt(b, 0xc0045878, 0)
	require.NoError(t, unix.Unlink(dir+"/b"))
	_, err = unix.Write(b, []byte("x")) // nobody sees it any more
	require.NoError(t, err)
}

func TestTraceChangesNamesAll(t *testing.T) {
	want := []string{"linkat", "write", "pwritev", "fallocate", "openat2", "sendfile", "FICLONE", "openat", "SETFLAGS", "FITHAW", "unlinkat"}
	r := killChild(t, testutil.TraceOptions{}, "kinds", t.TempDir())
	require.Zero(t, r.Exit, r)
	require.Equal(t, want, r.Changes)
	r = killChild(t, testutil.TraceOptions{Only: []string{"write", "FITHAW"}, KillAt: 2}, "kinds", t.TempDir())
	require.Equal(t, -1, r.Exit, r)
	require.Equal(t, []string{"write", "FITHAW"}, r.Changes)
}

// startHelper clones a process that is not announced by SIGCHLD, as a watchdog does. It leaves the process
// group, makes a link and waits until the file "go" is there to make another.
func startHelper(t *testing.T, dir string) {
	h := &helper{one: cString(t, dir+"/one"), two: cString(t, dir+"/two"), wait: cString(t, dir+"/go"), pause: unix.NsecToTimespec(int64(time.Millisecond))}
	require.Zero(t, h.start())
	require.NoError(t, os.Mkdir(dir+"/program", 0o755))
	require.NoError(t, os.WriteFile(dir+"/go", []byte("x"), 0o644))
}

func cString(t *testing.T, s string) *byte {
	p, err := unix.BytePtrFromString(s)
	require.NoError(t, err)
	return p
}

type helper struct {
	one, two, wait *byte
	pause          unix.Timespec
}

// start may do nothing in the new process that needs the runtime: only this thread is there.
//
//go:nosplit
//go:norace
func (h *helper) start() unix.Errno {
	pid, _, e := unix.RawSyscall6(unix.SYS_CLONE, 0, 0, 0, 0, 0, 0)
	if e != 0 || pid != 0 {
		return e
	}
	const cwd = ^uintptr(99) // AT_FDCWD
	unix.RawSyscall(unix.SYS_SETSID, 0, 0, 0)
	unix.RawSyscall(unix.SYS_SYMLINKAT, uintptr(unsafe.Pointer(h.wait)), cwd, uintptr(unsafe.Pointer(h.one)))
	for range 20_000 {
		if _, _, e = unix.RawSyscall(unix.SYS_FACCESSAT, cwd, uintptr(unsafe.Pointer(h.wait)), 0); e == 0 {
			unix.RawSyscall(unix.SYS_SYMLINKAT, uintptr(unsafe.Pointer(h.wait)), cwd, uintptr(unsafe.Pointer(h.two)))
			break
		}
		unix.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&h.pause)), 0, 0)
	}
	for {
		unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	}
}

func TestTraceChangesLeavesHelpersAlone(t *testing.T) {
	dir := t.TempDir()
	r := killChild(t, testutil.TraceOptions{}, "helper", dir)
	require.Zero(t, r.Exit, r)
	require.Equal(t, []string{"mkdirat", "openat", "write"}, r.Changes)
	require.Eventually(t, func() bool { return linked(dir, "two") }, 2*time.Minute, time.Millisecond)

	dir = t.TempDir()
	r = killChild(t, testutil.TraceOptions{KillAt: 2}, "helper", dir)
	require.Equal(t, -1, r.Exit, r)
	require.Eventually(t, func() bool { return linked(dir, "one") }, 2*time.Minute, time.Millisecond)
	require.False(t, linked(dir, "two"))
	require.NoError(t, os.WriteFile(dir+"/go", nil, 0o644))
	require.Eventually(t, func() bool { return linked(dir, "two") }, 2*time.Minute, time.Millisecond)
}

func TestTraceChangesOfHelpers(t *testing.T) {
	r := killChild(t, testutil.TraceOptions{Helpers: true}, "helper", t.TempDir())
	require.Zero(t, r.Exit, r)
	slices.Sort(r.Changes)
	require.Equal(t, []string{"mkdirat", "openat", "symlinkat", "symlinkat", "write"}, r.Changes)

	dir := t.TempDir()
	r = killChild(t, testutil.TraceOptions{Helpers: true, Only: []string{"symlinkat"}, KillAt: 2}, "helper", dir)
	require.Zero(t, r.Exit, r)
	require.Len(t, r.Changes, 2)
	require.True(t, linked(dir, "one"))
	require.False(t, linked(dir, "two"))
	require.FileExists(t, dir+"/go")

	// A program that is started is followed too, its redirected output counts.
	dir = t.TempDir()
	opts := testutil.TraceOptions{Helpers: true, Only: []string{"write"}}
	r = killChild(t, opts, "program", dir)
	require.Zero(t, r.Exit, r)
	require.Equal(t, []string{"write"}, r.Changes)
	opts.KillAt = 1
	r = killChild(t, opts, "program", dir)
	require.Equal(t, 1, r.Exit, r)
	require.Contains(t, r.Stdout, "signal: killed")
	require.Empty(t, contents(t, dir+"/f"))
}

func linked(dir, name string) bool {
	_, err := os.Lstat(dir + "/" + name)
	return err == nil
}

func TestTraceChangesGivesInputAndEnvironment(t *testing.T) {
	opts := testutil.TraceOptions{RunOptions: testutil.RunOptions{Stdin: "word\n", Env: []string{"LC_ALL=C"}}}
	r := killChild(t, opts, "input", "x")
	require.Contains(t, r.Stdout, "not a change")
	require.Contains(t, r.Stdout, "input word locale C ")
	require.Empty(t, r.Changes)
	opts.CleanEnv = true
	require.Contains(t, killChild(t, opts, "input", "x").Stdout, "environment 3\n")
}

func TestTraceChangesInRoot(t *testing.T) {
	testutil.Root(t)
	root := t.TempDir()
	data, err := os.ReadFile(testutil.StaticSelf(t))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(root+"/program", data, 0o755))
	require.NoError(t, os.MkdirAll(root+"/inside", 0o755))
	opts := &testutil.TraceOptions{Path: "/program", Chroot: root, RunOptions: testutil.RunOptions{Dir: "/inside", Env: []string{"NESTOS_KILL_DIR=."}}}
	r := testutil.TraceChanges(t, opts, "child", "-test.run=^TestKillAtChild$")
	require.Zero(t, r.Exit, r)
	require.Equal(t, 4, len(r.Changes), r.Changes)
	require.Equal(t, "x", contents(t, root+"/inside/d/g"))
}

// Programs that are traced and others that are not, all at once, do not get in each other's way.
func TestTraceChangesAmongOthers(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 20 {
				if out, err := exec.Command("sleep", "0.01").CombinedOutput(); err != nil {
					t.Errorf("%v: %s", err, out)
				}
				opts := &testutil.TraceOptions{KillAt: i % 2}
				r := testutil.TraceChanges(t, opts, "mkdir", fmt.Sprintf("%s/%d.%d", dir, i, j))
				if want := -(i % 2); r.Exit != want {
					t.Errorf("exit status %d, want %d", r.Exit, want)
				}
			}
		})
	}
	all.Wait()
}
