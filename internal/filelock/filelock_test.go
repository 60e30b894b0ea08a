//go:build unix

package filelock_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/filelock"
	"github.com/nestos-dev/nestos/internal/testutil"
	"golang.org/x/sys/unix"
)

const name = "ostree/lock"

func sysroot(t *testing.T) (path string, dir *os.File) {
	path = t.TempDir()
	if err := os.Mkdir(filepath.Join(path, "ostree"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path, open(t, path)
}

func open(t *testing.T, path string) *os.File {
	dir, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	return dir
}

func take(t *testing.T, dir *os.File) *filelock.Held {
	t.Helper()
	l, held, err := filelock.TryLock(dir, name)
	if err != nil || !held {
		t.Fatalf("TryLock: %v, %v", held, err)
	}
	return l
}

func TestTryLock(t *testing.T) {
	path, dir := sysroot(t)
	l := take(t, dir)
	info, err := os.Stat(filepath.Join(path, name))
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("lock file: %v, %v", info, err)
	}
	if _, held, err := filelock.TryLock(dir, name); held || err != nil {
		t.Errorf("second lock: %v, %v", held, err)
	}
	dir.Close()
	for range 2 {
		if err := l.Unlock(); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(filepath.Join(path, name)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file after Unlock: %v", err)
	}
	take(t, open(t, path)).Unlock()
}

func TestUnlockLeavesTheFilesOfOthers(t *testing.T) {
	path, dir := sysroot(t)
	l := take(t, dir)
	file := filepath.Join(path, name)
	if err := os.Rename(file, file+".old"); err != nil {
		t.Fatal(err)
	}
	l2 := take(t, dir) // another file, another lock
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
	if _, held, err := filelock.TryLock(dir, name); held || err != nil {
		t.Errorf("the second lock does not hold: %v, %v", held, err)
	}
	l2.Unlock()
}

func TestErrors(t *testing.T) {
	path, dir := sysroot(t)
	outside := filepath.Join(t.TempDir(), "outside")
	for _, test := range []struct {
		name, text string
		prepare    func() error
	}{
		{"link", "Too many levels of symbolic links", func() error { return os.Symlink(outside, filepath.Join(path, name)) }},
		{"directory", "Is a directory", func() error { return os.Mkdir(filepath.Join(path, name), 0o700) }},
		{"no parent", "No such file or directory", func() error { return os.RemoveAll(filepath.Join(path, "ostree")) }},
		{"link out", "No such file or directory", func() error { return os.Symlink(filepath.Dir(outside), filepath.Join(path, "ostree")) }},
	} {
		os.Remove(filepath.Join(path, name))
		if err := test.prepare(); err != nil {
			t.Fatal(err)
		}
		if l, held, err := filelock.TryLock(dir, name); l != nil || held || err == nil || err.Error() != test.text {
			t.Errorf("%s: %v, %v", test.name, held, err)
		}
	}
	if _, err := os.Stat(outside); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a link was followed: %v", err)
	}
}

func TestLockWaits(t *testing.T) {
	_, dir := sysroot(t)
	l := take(t, dir)
	waits := 0
	l2, err := filelock.Lock(t.Context(), dir, name, func() { waits++; l.Unlock() })
	if err != nil || waits != 1 {
		t.Fatalf("%v, %d calls", err, waits)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	waits = 0
	begin := time.Now()
	_, err = filelock.Lock(ctx, dir, name, func() {
		if waits++; waits == 2 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || waits != 2 || time.Since(begin) < 3*time.Second {
		t.Errorf("%v, %d calls in %v", err, waits, time.Since(begin))
	}
	l2.Unlock()
	if l, err := filelock.Lock(t.Context(), dir, name, nil); err != nil {
		t.Error(err)
	} else {
		l.Unlock()
	}
}

// Files appear and vanish under the contenders; never may two hold the lock.
func TestExclusion(t *testing.T) {
	_, dir := sysroot(t)
	var inside, total atomic.Int32 // the race detector cannot see locks of files
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 30 {
				l, err := filelock.Lock(t.Context(), dir, name, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if n := inside.Add(1); n != 1 {
					t.Errorf("%d hold the lock", n)
				}
				total.Add(1)
				inside.Add(-1)
				if err := l.Unlock(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := total.Load(); n != 240 {
		t.Errorf("%d", n)
	}
}

func ostreeSysroot(t *testing.T) (ostree, path string) {
	testutil.Root(t)
	ostree = testutil.Tool(t, "ostree")
	path = t.TempDir()
	testutil.Run(t, &testutil.RunOptions{Must: true}, ostree, "admin", "init-fs", path)
	return ostree, path
}

// The real tool waits for our lock, and goes on when it is released.
func TestOstreeWaits(t *testing.T) {
	ostree, path := ostreeSysroot(t)
	l := take(t, open(t, path))
	garbage := filepath.Join(path, "ostree/boot.1")
	if err := os.Mkdir(garbage, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(ostree, "admin", "--sysroot="+path, "cleanup")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	text := bufio.NewReader(out)
	if line, err := text.ReadString('\n'); line != "Waiting for sysroot lock...\n" { // it prints after three seconds
		t.Errorf("output %q, %v", line, err)
	}
	if _, err := os.Stat(garbage); err != nil {
		t.Errorf("ostree did not wait: %v", err)
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, text)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(garbage); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ostree did not clean up: %v", err)
	}
}

// We wait for a lock that the real tool holds.
func TestWaitForOstree(t *testing.T) {
	ostree, path := ostreeSysroot(t)
	must := &testutil.RunOptions{Must: true}
	testutil.Run(t, must, ostree, "admin", "--sysroot="+path, "os-init", "demo")
	tree := t.TempDir()
	for file, text := range map[string]string{
		"usr/lib/modules/6.1.0/vmlinuz": "kernel", "usr/lib/modules/6.1.0/initramfs.img": "initrd",
		"usr/lib/os-release": "NAME=Demo\nID=demo\nVERSION_ID=1\n", "usr/etc/a": "x",
	} {
		p := filepath.Join(tree, file)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	repo := "--repo=" + filepath.Join(path, "ostree/repo")
	testutil.Run(t, must, ostree, repo, "commit", "-b", "demo", "--tree=dir="+tree)
	testutil.Run(t, must, ostree, repo, "config", "set", "sysroot.bootloader", "none")

	t.Cleanup(func() {
		// Deployments are immutable, where the file system has such a flag.
		deployments, _ := filepath.Glob(filepath.Join(path, "ostree/deploy/demo/deploy/*.0"))
		for _, d := range deployments {
			exec.Command("chattr", "-i", d).Run()
		}
	})
	// A delayed system call keeps the tool between taking the lock and its end.
	strace := testutil.Tool(t, "strace")
	cmd := exec.Command(strace, "-f", "-qq", "-o", "/dev/null", "-e", "trace=symlinkat", "-e", "inject=symlinkat:delay_enter=3000000:when=1",
		ostree, "admin", "--sysroot="+path, "deploy", "--os=demo", "demo")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	dir := open(t, path)
	for deadline := time.Now().Add(2 * time.Minute); !locked(filepath.Join(path, name)); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("ostree takes no lock")
		}
	}
	if _, held, err := filelock.TryLock(dir, name); held || err != nil {
		t.Fatalf("ostree's lock was given to us: %v, %v", held, err)
	}
	waits := 0
	l, err := filelock.Lock(t.Context(), dir, name, func() { waits++ })
	if err != nil || waits == 0 {
		t.Fatalf("%v, %d waits", err, waits)
	}
	if entries, err := os.ReadDir(filepath.Join(path, "boot/loader/entries")); err != nil || len(entries) != 1 {
		t.Errorf("we got the lock before ostree was ready: %v, %v", entries, err)
	}
	l.Unlock()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// locked tells whether somebody has locked a file. To try would disturb the other.
func locked(file string) bool {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	return unix.FcntlFlock(f.Fd(), unix.F_GETLK, &lock) == nil && lock.Type != unix.F_UNLCK
}

func ExampleLock() {
	path, err := os.MkdirTemp("", "lock")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(path)
	dir, err := os.Open(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dir.Close()

	l, err := filelock.Lock(context.Background(), dir, "lock", func() { fmt.Println("waiting") })
	if err != nil {
		fmt.Println(err)
		return
	}
	_, held, err := filelock.TryLock(dir, "lock")
	fmt.Println(held, err)
	fmt.Println(l.Unlock())
	// Output:
	// false <nil>
	// <nil>
}
