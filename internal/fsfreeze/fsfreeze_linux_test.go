package fsfreeze_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/fsfreeze"
	"github.com/nestos-dev/nestos/internal/testutil"
	"golang.org/x/sys/unix"
)

// With flushEnv set the test binary flushes that directory and exits; with hangEnv it stays frozen.
const (
	flushEnv = "FSFREEZE_TEST_FLUSH"
	hangEnv  = "FSFREEZE_TEST_HANG"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(flushEnv); dir != "" {
		if err := flushMain(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func flushMain(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return fsfreeze.Flush(dir, &fsfreeze.Options{TestFreeze: os.Getenv(hangEnv) != "", TestOutput: os.Stderr})
}

// mounted runs the test on file systems that can be frozen.
func mounted(t *testing.T, test func(t *testing.T, dir string)) {
	testutil.Loop(t)
	for _, kind := range []string{"ext4", "xfs"} {
		t.Run(kind, func(t *testing.T) {
			mkfs := testutil.Tool(t, "mkfs."+kind)
			image := filepath.Join(t.TempDir(), "image")
			if err := os.WriteFile(image, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(image, 400<<20); err != nil {
				t.Fatal(err)
			}
			must := &testutil.RunOptions{Must: true}
			testutil.Run(t, must, mkfs, "-q", image)
			dir := t.TempDir()
			testutil.Run(t, must, testutil.Tool(t, "mount"), "-o", "loop", image, dir)
			t.Cleanup(func() {
				thaw(dir) // a failed test must not hang the machine
				// The pair of a killed program holds the directory until it has finished.
				var err error
				for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
					if err = unix.Unmount(dir, 0); !errors.Is(err, unix.EBUSY) {
						break
					}
				}
				if err != nil {
					t.Errorf("umount: %v", err)
				}
			})
			test(t, dir)
		})
	}
}

// thaw makes sure that dir is not frozen, and tells whether it was.
func thaw(dir string) bool {
	f, err := os.Open(dir)
	if err != nil {
		return false
	}
	defer f.Close()
	return unix.IoctlSetInt(int(f.Fd()), 0xc0045878, 0) == nil
}

// checkWritable requires that a write succeeds before a watchdog that waits for nothing but its time would thaw.
func checkWritable(t *testing.T, dir string) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- os.WriteFile(filepath.Join(dir, "probe"), []byte("x"), 0o600) }()
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(25 * time.Second):
		thaw(dir)
		<-done
		t.Fatal("the file system is still frozen")
	}
}

func open(t *testing.T, dir string) *os.File {
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestFlush(t *testing.T) {
	mounted(t, func(t *testing.T, dir string) {
		f := open(t, dir)
		for range 20 {
			checkWritable(t, dir)
			if err := fsfreeze.Flush(f, nil); err != nil {
				t.Fatal(err)
			}
		}
		checkWritable(t, dir)
		if thaw(dir) {
			t.Error("frozen after Flush")
		}
		noChildren(t)
	})
}

// A journal that was written back is not needed: the file is there for a reader that ignores it. On xfs syncfs
// leaves it in the journal.
func TestFlushReachesFinalPlace(t *testing.T) {
	xfsdb := testutil.Tool(t, "xfs_db")
	mounted(t, func(t *testing.T, dir string) {
		if !strings.HasSuffix(t.Name(), "xfs") {
			return
		}
		// The image below the loop device has what reached the disk.
		must := &testutil.RunOptions{Must: true}
		device := strings.TrimSpace(testutil.Run(t, must, "findmnt", "-no", "SOURCE", dir).Stdout)
		image := strings.TrimSpace(testutil.Run(t, must, "losetup", "-nO", "BACK-FILE", device).Stdout)
		var name string
		there := func() bool {
			return strings.Contains(testutil.Run(t, must, xfsdb, "-r", "-c", "ls /", image).Stdout, name)
		}
		for try := 1; ; try++ {
			name = fmt.Sprint("boot-entry-", try)
			if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := unix.Syncfs(int(open(t, dir).Fd())); err != nil {
				t.Fatal(err)
			}
			if !there() {
				break
			}
			if try == 10 { // now and then the kernel writes the journal back by itself
				t.Fatal("syncfs is enough: this test proves nothing")
			}
		}
		if err := fsfreeze.Flush(open(t, dir), nil); err != nil {
			t.Fatal(err)
		}
		if !there() {
			t.Error("after Flush the file is not in its final place")
		}
	})
}

// noChildren requires that no process is left of ours, not even a zombie.
func noChildren(t *testing.T) {
	t.Helper()
	if pid, err := unix.Wait4(-1, nil, unix.WALL|unix.WNOHANG, nil); !errors.Is(err, unix.ECHILD) {
		t.Errorf("a child is left: %d, %v", pid, err)
	}
}

func TestFlushUnfreezable(t *testing.T) {
	if err := fsfreeze.Flush(open(t, "/dev/shm"), nil); err != nil {
		t.Errorf("tmpfs: %v", err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	w.Close()
	r.Close()
	if err := fsfreeze.Flush(r, nil); err == nil {
		t.Error("a closed file was flushed")
	}
}

func TestFlushConcurrent(t *testing.T) {
	mounted(t, func(t *testing.T, dir string) {
		stop := make(chan struct{})
		var writer, flushers sync.WaitGroup
		writer.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i%10)), make([]byte, 4096), 0o600); err != nil {
					t.Error(err)
					return
				}
				if i%100 == 0 {
					exec.Command("true").Run() // another fork between ours
				}
			}
		})
		for range 4 {
			f := open(t, dir)
			flushers.Go(func() {
				for range 15 {
					if err := fsfreeze.Flush(f, nil); err != nil {
						t.Error(err)
					}
				}
			})
		}
		flushers.Wait()
		close(stop)
		writer.Wait()
		checkWritable(t, dir)
	})
}

func TestTestFreeze(t *testing.T) {
	mounted(t, func(t *testing.T, dir string) {
		for range 20 {
			var out bytes.Buffer
			start := time.Now()
			errs := make(chan error, 1)
			go func() {
				errs <- fsfreeze.Flush(open(t, dir), &fsfreeze.Options{TestFreeze: true, TestOutput: &out})
			}()
			_, _, ok := frozen(os.Getpid(), errs)
			// A writer has to wait for the watchdog, which comes after a second.
			if err := os.WriteFile(filepath.Join(dir, "probe"), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
			if d := time.Since(start); d < time.Second {
				t.Errorf("a writer waited for %v", d)
			}
			err := <-errs
			if !errors.Is(err, fsfreeze.ErrTest) || err.Error() != "During fsfreeze-thaw: aborting due to test-fifreeze" {
				t.Errorf("error: %v", err)
			}
			if out.String() != "fifreeze watchdog was run\n" {
				t.Errorf("output: %q", out.String())
			}
			if ok {
				return
			}
		}
		t.Error("it was never frozen")
	})
}

// helper is the command that flushes dir in another process.
func helper(dir string, hang bool) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	if exe, err := os.Executable(); err == nil {
		cmd = exec.Command(exe)
	}
	cmd.Env = append(os.Environ(), flushEnv+"="+dir)
	if hang {
		cmd.Env = append(cmd.Env, hangEnv+"=1")
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// The program is killed with its process group while the file system is frozen.
func TestKillWhileFrozen(t *testing.T) {
	mounted(t, func(t *testing.T, dir string) {
		for range 20 {
			cmd := helper(dir, true)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			_, worker, ok := frozen(cmd.Process.Pid, ended)
			unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
			<-ended
			ok = ok && stopped(worker)
			checkWritable(t, dir)
			if ok {
				return
			}
		}
		t.Error("it was never frozen when the program was killed")
	})
}

// frozen waits until a test freeze of a process has frozen its file system, and returns who is to thaw it and who has
// frozen it. It is not ok if the freeze ended unseen, as on a busy machine where it takes longer than the watchdog waits.
func frozen(pid int, ended chan error) (watchdog, worker int, ok bool) {
	for len(ended) == 0 {
		for _, watchdog := range children(pid) {
			for _, worker := range children(watchdog) {
				if stopped(worker) {
					return watchdog, worker, true
				}
			}
		}
		time.Sleep(time.Millisecond)
	}
	return 0, 0, false
}

// stopped tells whether a process waits where the worker of a test freeze stops, between freeze and thaw.
func stopped(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", pid))
	return err == nil && strings.HasPrefix(string(text), fmt.Sprint(unix.SYS_PPOLL, " "))
}

// children returns the processes that a process has made.
func children(pid int) (list []int) {
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range all {
		var child, parent int
		var state string
		text, _ := os.ReadFile(file)
		if i := bytes.LastIndexByte(text, ')'); i > 0 {
			fmt.Sscan(string(text), &child)
			fmt.Sscan(string(text[i+1:]), &state, &parent)
		}
		if parent == pid {
			list = append(list, child)
		}
	}
	return list
}

// The program is killed with its process group at any time.
func TestKillAnytime(t *testing.T) {
	rng := rand.New(rand.NewPCG(testutil.Seed(t), 0))
	mounted(t, func(t *testing.T, dir string) {
		killed := 0
		for range 60 {
			cmd := helper(dir, false)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(rng.IntN(25_000)) * time.Microsecond)
			unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
			if cmd.Wait() != nil {
				killed++
			}
			checkWritable(t, dir)
		}
		t.Logf("%d of 60 killed", killed)
		if killed == 0 {
			t.Error("none was killed before its end")
		}
	})
}

// strace kills whoever of the three processes enters its n-th call of a kind, for each n: among them the worker
// before the freeze, and between freeze and thaw, and the watchdog while it waits.
func TestKillAtCalls(t *testing.T) {
	strace := testutil.Tool(t, "strace")
	mounted(t, func(t *testing.T, dir string) {
		for _, call := range []string{"ioctl", "ppoll", "close_range", "setsid", "write", "wait4"} {
			for n := 1; n <= 3; n++ {
				log := filepath.Join(t.TempDir(), "log")
				cmd := helper(dir, false)
				cmd.Args = append([]string{"strace", "-f", "-qq", "-o", log, "-e", "trace=ioctl,ppoll,close_range,setsid,write,wait4",
					"-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, n)}, cmd.Path)
				cmd.Path = strace
				out, err := cmd.CombinedOutput()
				checkWritable(t, dir)
				text, _ := os.ReadFile(log)
				killed := strings.Contains(string(text), "killed by SIGKILL")
				t.Logf("%s %d: killed %v, %v %s", call, n, killed, err, out)
				if call == "ioctl" && n <= 2 {
					if !killed || !strings.Contains(string(text), "FITHAW") {
						t.Errorf("%s %d: the worker was not killed, or nobody thawed:\n%s", call, n, text)
					}
					if !strings.Contains(string(out), "During fsfreeze-thaw: interrupted") {
						t.Errorf("%s %d: output %q", call, n, out)
					}
				}
			}
		}
	})
}

// An ioctl that fails, or says so, leaves nothing frozen: the thaw is tried again.
func TestFailingCalls(t *testing.T) {
	strace := testutil.Tool(t, "strace")
	mounted(t, func(t *testing.T, dir string) {
		for _, inject := range []string{"error=EIO:when=1", "error=EIO:when=2", "error=EIO:when=2..20", "error=EPERM:when=2..3", "error=ENOSPC:when=3"} {
			log := filepath.Join(t.TempDir(), "log")
			cmd := helper(dir, false)
			cmd.Args = []string{"strace", "-f", "-qq", "-o", log, "-e", "trace=ioctl", "-e", "inject=ioctl:" + inject, cmd.Path}
			cmd.Path = strace
			out, err := cmd.CombinedOutput()
			checkWritable(t, dir)
			text, _ := os.ReadFile(log)
			if !strings.Contains(string(text), "INJECTED") && inject != "error=ENOSPC:when=3" {
				t.Errorf("%s: nothing was injected:\n%s", inject, text)
			}
			if failed := err != nil; failed != (inject == "error=EIO:when=1") {
				t.Errorf("%s: %v %s", inject, err, out)
			}
		}
	})
}

// Descriptors of the program, locks in particular, do not live on in the two processes.
func TestFilesAreNotInherited(t *testing.T) {
	mounted(t, func(t *testing.T, dir string) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		defer w.Close()
		pipe, err := os.Readlink(fmt.Sprint("/proc/self/fd/", w.Fd()))
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			done := make(chan error, 1)
			go func() {
				done <- fsfreeze.Flush(open(t, dir), &fsfreeze.Options{TestFreeze: true})
			}()
			watchdog, worker, ok := frozen(os.Getpid(), done)
			theirs := append(files(watchdog), files(worker)...)
			ok = ok && stopped(worker) // both were still there
			<-done
			if slices.Contains(theirs, pipe) {
				t.Errorf("the pipe is among %q", theirs)
			}
			if ok {
				return
			}
		}
		t.Error("the processes end too early")
	})
}

// files returns what the descriptors of a process lead to.
func files(pid int) (list []string) {
	all, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, file := range all {
		target, _ := os.Readlink(file)
		list = append(list, target)
	}
	return list
}

func BenchmarkFlush(b *testing.B) {
	f, err := os.Open("/dev/shm")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for b.Loop() {
		if err := fsfreeze.Flush(f, nil); err != nil {
			b.Fatal(err)
		}
	}
}
