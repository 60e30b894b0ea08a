package confine_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// attack runs the operation for a while as the tree is changed under it.
func attack(t *testing.T, change func(i int), operate func()) {
	t.Helper()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				change(i)
			}
		}
	})
	end := time.Now().Add(400 * time.Millisecond)
	for n := 0; n < 200 || time.Now().Before(end); n++ {
		operate()
	}
	close(stop)
	wg.Wait()
}

func exchange(t *testing.T, a, b string) {
	if err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE); err != nil {
		t.Error(err)
	}
}

// A directory turns into a link that leads outside and back.
func TestRaceDirectoryBecomesLink(t *testing.T) {
	each(t, func(t *testing.T, r *confine.Root, dir string) {
		outside := filepath.Join(filepath.Dir(dir), "outside")
		require.NoError(t, os.MkdirAll(dir+"/a/b", 0o755))
		require.NoError(t, os.WriteFile(dir+"/a/b/secret", []byte("public"), 0o644))
		require.NoError(t, os.Symlink("../../outside", dir+"/a/evil"))
		require.NoError(t, os.Symlink(outside, dir+"/a/evil2"))
		seen := map[string]int{}
		attack(t, func(i int) { exchange(t, dir+"/a/b", dir+"/a/evil"+[]string{"", "2"}[i%2]) }, func() {
			data, err := r.ReadFile("a/b/secret")
			if err == nil {
				seen[string(data)]++
				require.Equal(t, "public", string(data))
			}
			_ = r.Chmod("a/b/secret", 0o600)
			_ = r.WriteFile("a/b/new", nil, 0o644)
			_ = r.Mkdir("a/b/newdir", 0o755)
			_ = r.MkdirAll("a/b/x/y", 0o755)
			_ = r.Remove("a/b/new")
			_ = r.Remove("a/b/newdir")
			_ = r.RemoveAll("a/b/x")
		})
		require.NotEmpty(t, seen)
	})
}

// The directory that ".." starts from is moved up, out of the root's reach.
func TestRaceDotDot(t *testing.T) {
	each(t, func(t *testing.T, r *confine.Root, dir string) {
		top := filepath.Dir(dir)
		require.NoError(t, os.MkdirAll(dir+"/a/b/c", 0o755))
		require.NoError(t, os.WriteFile(dir+"/a/secret", []byte("public"), 0o644))
		require.NoError(t, os.Mkdir(dir+"/a/outside", 0o755))
		require.NoError(t, os.WriteFile(dir+"/a/outside/secret", []byte("public"), 0o644))
		at := []string{dir + "/a/b", top + "/b"}
		attack(t, func(i int) {
			if err := os.Rename(at[i%2], at[1-i%2]); err != nil {
				t.Error(err)
			}
		}, func() {
			for _, name := range []string{"a/b/c/../../outside/secret", "a/b/../outside/secret"} {
				data, err := r.ReadFile(name)
				if err == nil {
					require.Equal(t, "public", string(data), name)
				}
			}
		})
		_ = os.Rename(at[1], at[0])
	})
}

// RemoveAll meets directories that turn into links.
func TestRaceRemoveAll(t *testing.T) {
	each(t, func(t *testing.T, r *confine.Root, dir string) {
		require.NoError(t, os.Symlink("../../outside", dir+"/evil"))
		attack(t, func(int) {
			_ = unix.Renameat2(unix.AT_FDCWD, dir+"/d/sub", unix.AT_FDCWD, dir+"/evil", unix.RENAME_EXCHANGE)
		}, func() {
			_ = r.MkdirAll("d/sub/sub2", 0o755)
			_ = r.WriteFile("d/sub/secret", nil, 0o644)
			_ = r.RemoveAll("d")
		})
		_ = os.Remove(dir + "/evil")
	})
}

func TestMagicLinks(t *testing.T) {
	r, err := confine.OpenRoot("/")
	require.NoError(t, err)
	defer r.Close()
	secret, err := os.CreateTemp(t.TempDir(), "secret")
	require.NoError(t, err)
	defer secret.Close()
	require.NoError(t, os.Remove(secret.Name()))
	magic := "/proc/self/fd/" + strconv.Itoa(int(secret.Fd()))
	_, err = os.Stat(magic)
	require.NoError(t, err, "the kernel follows")
	if confine.HasOpenat2(r) {
		_, err = r.Open(magic)
		require.ErrorIs(t, err, unix.ELOOP)
		_, err = r.Stat("/proc/self/root/etc")
		require.ErrorIs(t, err, unix.ELOOP)
	}
	confine.ForceWalk(r)
	_, err = r.Open(magic)
	require.ErrorIs(t, err, unix.ENOENT, "only the text counts, and that file is gone")
}

// In a root that contains /proc, its links must not lead to the host's root.
func TestProcInsideRoot(t *testing.T) {
	testutil.Root(t)
	each(t, func(t *testing.T, r *confine.Root, dir string) {
		require.NoError(t, os.Mkdir(dir+"/proc", 0o755))
		if err := unix.Mount("/proc", dir+"/proc", "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			testutil.Missing(t, "needs mount(2): %v", err)
		}
		defer unix.Unmount(dir+"/proc", unix.MNT_DETACH)
		outside := filepath.Join(filepath.Dir(dir), "outside")
		_, err := r.ReadFile("proc/self/root" + outside + "/secret")
		require.Error(t, err)
		_, err = r.ReadDir("proc/self/cwd")
		require.Error(t, err)
		_, err = r.Stat("proc/self/stat")
		require.NoError(t, err, "ordinary links of /proc work")
	})
}

func TestMountPoints(t *testing.T) {
	testutil.Root(t)
	each(t, func(t *testing.T, r *confine.Root, dir string) {
		outside := filepath.Join(filepath.Dir(dir), "outside")
		require.NoError(t, os.MkdirAll(dir+"/a/mnt", 0o755))
		require.NoError(t, os.WriteFile(dir+"/a/file", nil, 0o644))
		if err := unix.Mount(outside, dir+"/a/mnt", "", unix.MS_BIND, ""); err != nil {
			testutil.Missing(t, "needs mount(2): %v", err)
		}
		defer unix.Unmount(dir+"/a/mnt", unix.MNT_DETACH)
		data, err := r.ReadFile("a/mnt/secret")
		require.NoError(t, err, "mounts belong to the tree")
		require.Equal(t, "secret", string(data))
		info, err := r.Stat("a/mnt/../../..")
		require.NoError(t, err)
		expect, err := os.Stat(dir)
		require.NoError(t, err)
		require.True(t, os.SameFile(info, expect), ".. stays inside")
		require.ErrorIs(t, r.RemoveAll("a"), unix.EBUSY)
		require.FileExists(t, outside+"/secret")
	})
}

func TestReflink(t *testing.T) {
	dir := t.TempDir()
	testutil.Reflink(t, dir)
	r, err := confine.OpenRoot(dir)
	require.NoError(t, err)
	defer r.Close()
	require.NoError(t, r.WriteFile("a", bytes.Repeat([]byte("x"), 1<<20), 0o644))
	require.NoError(t, r.CopyFile(t.Context(), "a", "b", 0o644))
}

// FuzzResolve compares the two ways of resolution on a tree full of links,
// and names that a chroot resolves too.
func FuzzResolve(f *testing.F) {
	dir := f.TempDir()
	for _, d := range []string{"d/e/f", "g/h"} {
		require.NoError(f, os.MkdirAll(filepath.Join(dir, d), 0o755))
	}
	for link, target := range map[string]string{
		"u": "..", "r": "/", "l": "d/e", "m": "/d/e/", "d/n": "../g/h/", "d/e/o": "/l/../../g", "p": "p",
		"q": "/d/file", "s": "missing/../d", "t": "d/file/", "d/e/v": "../../..", "w": "q/.",
	} {
		require.NoError(f, os.Symlink(target, filepath.Join(dir, link)))
	}
	require.NoError(f, os.WriteFile(dir+"/d/file", []byte("x"), 0o644))
	kernel, err := confine.OpenRoot(dir)
	require.NoError(f, err)
	walk, err := confine.OpenRoot(dir)
	require.NoError(f, err)
	confine.ForceWalk(walk)
	if !confine.HasOpenat2(kernel) {
		f.Skip("no openat2")
	}
	for _, s := range []string{"d/e/o/h", "l/../file", "/r/u/m/v/d/n/..", "w", "t", "s/e", "p/x", "./d//e/.", "q/", "m/o/../d/n/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		for op, do := range map[string]func(*confine.Root) (os.FileInfo, error){
			"stat":  func(r *confine.Root) (os.FileInfo, error) { return r.Stat(name) },
			"lstat": func(r *confine.Root) (os.FileInfo, error) { return r.Lstat(name) },
			"open": func(r *confine.Root) (os.FileInfo, error) {
				f, err := r.Open(name)
				if err != nil {
					return nil, err
				}
				defer f.Close()
				return f.Stat()
			},
		} {
			a, errA := do(kernel)
			b, errB := do(walk)
			var na, nb unix.Errno
			errors.As(errA, &na)
			errors.As(errB, &nb)
			if na != nb || (errA == nil) != (errB == nil) {
				t.Fatalf("%s %q: openat2: %v, walk: %v", op, name, errA, errB)
			}
			if errA == nil && !os.SameFile(a, b) {
				t.Fatalf("%s %q: different files", op, name)
			}
		}
	})
}

// A real chroot is the definition: the test's own binary runs in one and tells
// what the kernel finds there.
func TestAgainstChroot(t *testing.T) {
	if os.Getenv("CONFINE_HELPER") != "" {
		chrootHelper()
		return
	}
	testutil.Root(t)
	each(t, func(t *testing.T, r *confine.Root, dir string) {
		system(t, dir)
		data, err := os.ReadFile(os.Args[0])
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(dir+"/helper", data, 0o755))
		var names []string
		parts := []string{"etc", "usr", "..", "up", "abs", "abs2", "slash", "dangling", "self", "rel", "passwd", "a", "", ".", "out"}
		rng := rand.New(rand.NewPCG(testutil.Seed(t), 0))
		for range 500 {
			var name []string
			for range 1 + rng.IntN(5) {
				name = append(name, parts[rng.IntN(len(parts))])
			}
			names = append(names, "/"+strings.Join(name, "/"))
		}
		cmd := exec.CommandContext(t.Context(), "/helper", "-test.run=^TestAgainstChroot$")
		cmd.Dir, cmd.Env = "/", []string{"CONFINE_HELPER=1"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: dir}
		cmd.Stdin = strings.NewReader(strings.Join(names, "\n"))
		out, err := cmd.Output()
		if err != nil {
			t.Skipf("the test's binary does not run in a chroot (is it linked statically?): %v", err)
		}
		for i, line := range strings.Split(string(out), "\n")[:len(names)] {
			require.Equal(t, line, describe(r.Stat, names[i])+describe(r.Lstat, names[i]), names[i])
		}
	})
}

func chrootHelper() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println(describe(os.Stat, lines.Text()) + describe(os.Lstat, lines.Text()))
	}
	os.Exit(0)
}

func describe(stat func(string) (os.FileInfo, error), name string) string {
	info, err := stat(name)
	var no syscall.Errno
	if errors.As(err, &no) {
		return fmt.Sprintf("errno %d;", int(no))
	}
	return fmt.Sprintf("inode %d;", info.Sys().(*syscall.Stat_t).Ino)
}

// TestOpenWithoutWaitingAmidRenames opens through ".." while others rename, which makes the kernel ask for another try.
func TestOpenWithoutWaitingAmidRenames(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "a/b"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a/f"), []byte("x"), 0o644))
	require.NoError(t, os.Symlink("../f", filepath.Join(dir, "a/b/link")))
	r, err := confine.OpenRoot(dir)
	require.NoError(t, err)
	defer r.Close()
	other := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(other, "x"), nil, 0o644))
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				os.Rename(filepath.Join(other, "x"), filepath.Join(other, "y"))
				os.Rename(filepath.Join(other, "y"), filepath.Join(other, "x"))
			}
		}
	}()
	for range 20000 {
		f, err := r.OpenFile("a/b/link", os.O_RDONLY|unix.O_NONBLOCK, 0)
		if err != nil {
			t.Error(err)
			break
		}
		f.Close()
	}
	close(stop)
	<-done
}
