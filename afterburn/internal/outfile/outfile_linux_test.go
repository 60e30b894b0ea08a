package outfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/afterburn/internal/outfile"
	"github.com/nestos-dev/nestos/internal/testutil"
)

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(data)
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a/b/file")
	require.NoError(t, outfile.Write(path, []byte("1"), 0o644))
	require.NoError(t, outfile.Write(path, []byte("2"), 0o600))
	require.Equal(t, "2", read(t, path))
	st, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), st.Mode())
	list, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, list, 1)

	require.ErrorIs(t, outfile.Write(dir, []byte("x"), 0o644), unix.EISDIR)
	require.ErrorIs(t, outfile.Write(path+"/x", []byte("x"), 0o644), unix.ENOTDIR)
	t.Chdir(dir)
	require.NoError(t, outfile.Write("relative", []byte("3"), 0o644))
	require.Equal(t, "3", read(t, filepath.Join(dir, "relative")))
	d, err := outfile.Open(dir, false)
	require.NoError(t, err)
	defer d.Close()
	for _, name := range []string{"", ".", "..", "a/b", "../x", "x\x00"} {
		require.ErrorContains(t, d.Write(name, nil, 0o644), "is no name of a file")
	}
	_, err = outfile.Open(filepath.Join(dir, "none"), false)
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestModeAndOwnerStay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o640))
	mode := func() fs.FileMode {
		st, err := os.Stat(path)
		require.NoError(t, err)
		return st.Mode()
	}
	require.NoError(t, outfile.Write(path, []byte("new"), 0o644))
	require.Equal(t, fs.FileMode(0o640), mode())
	require.NoError(t, outfile.Write(path, []byte("secret"), 0o600))
	require.Equal(t, fs.FileMode(0o600), mode())
	require.NoError(t, outfile.Write(path, []byte("new"), 0o644))
	require.Equal(t, fs.FileMode(0o600), mode())
	if os.Geteuid() != 0 {
		return
	}
	require.NoError(t, os.Chown(path, user, user+1))
	require.NoError(t, outfile.Write(path, []byte("newer"), 0o644))
	var st unix.Stat_t
	require.NoError(t, unix.Stat(path, &st))
	require.EqualValues(t, user, st.Uid)
	require.EqualValues(t, user+1, st.Gid)
	require.Equal(t, "newer", read(t, path))
}

// TestMountedFiles has a file on which another one is mounted, as container managers do it with /etc/hostname.
func TestMountedFiles(t *testing.T) {
	testutil.Root(t)
	dir := t.TempDir()
	path, below := filepath.Join(dir, "hostname"), filepath.Join(dir, "below")
	for _, p := range []string{path, below} {
		require.NoError(t, os.WriteFile(p, []byte("a long old content"), 0o644))
	}
	testutil.BindMount(t, below, path)
	require.NoError(t, outfile.Write(path, []byte("new"), 0o644))
	require.Equal(t, "new", read(t, below))
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, list, 2)
}

// TestPipes has pipes of root's, which are written to, and do not hang who writes when nobody reads.
func TestPipes(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pipe")
	require.NoError(t, unix.Mkfifo(path, 0o600))
	require.ErrorIs(t, outfile.Write(path, []byte("x"), 0o644), unix.ENXIO)
	r, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	defer r.Close()
	require.NoError(t, outfile.Write(path, []byte("read"), 0o644))
	buf := make([]byte, 10)
	n, err := r.Read(buf)
	require.NoError(t, err)
	require.Equal(t, "read", string(buf[:n]))
	require.ErrorIs(t, outfile.Write(filepath.Join(dir, "new")+"/", []byte("x"), 0o644), unix.EISDIR)
}

func TestOwnLinksAreFollowed(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "real"), 0o755))
	require.NoError(t, os.Symlink("real", filepath.Join(dir, "link")))
	require.NoError(t, os.Symlink(filepath.Join(dir, "real"), filepath.Join(dir, "absolute")))
	require.NoError(t, os.Symlink("../link/target", filepath.Join(dir, "real/file")))
	for _, path := range []string{"link/sub/x", "absolute/sub/y", "link/../link/z", "real/file"} {
		require.NoError(t, outfile.Write(filepath.Join(dir, path), []byte(path), 0o644))
		require.Equal(t, path, read(t, filepath.Join(dir, path)))
	}
	require.Equal(t, "real/file", read(t, filepath.Join(dir, "real/target")))
	st, err := os.Lstat(filepath.Join(dir, "real/file"))
	require.NoError(t, err)
	require.Equal(t, fs.ModeSymlink, st.Mode().Type())

	require.NoError(t, os.Symlink("loop", filepath.Join(dir, "loop")))
	require.ErrorIs(t, outfile.Write(filepath.Join(dir, "loop/x"), nil, 0o644), unix.ELOOP)
	require.ErrorIs(t, outfile.Write(filepath.Join(dir, "loop"), nil, 0o644), unix.ELOOP)
}

func TestDevicesArePassedOn(t *testing.T) {
	require.NoError(t, outfile.Write("/dev/null", []byte("x"), 0o644))
	st, err := os.Stat("/dev/null")
	require.NoError(t, err)
	require.NotZero(t, st.Mode()&fs.ModeCharDevice)

	r, w, err := os.Pipe()
	require.NoError(t, err)
	old, err := unix.Dup(1)
	require.NoError(t, err)
	require.NoError(t, unix.Dup2(int(w.Fd()), 1))
	err = errors.Join(outfile.Write("/dev/stdout", []byte("to the pipe"), 0o644), outfile.Write("/proc/self/fd/1", []byte(", twice"), 0o644),
		outfile.Write("/dev/fd/1", []byte(", thrice"), 0o644))
	require.NoError(t, unix.Dup2(old, 1))
	require.NoError(t, err)
	w.Close()
	buf := make([]byte, 100)
	n, err := r.Read(buf)
	require.NoError(t, err)
	require.Equal(t, "to the pipe, twice, thrice", string(buf[:n]))
}

// user is somebody whose directory the privileged program writes to.
const user = 12345

// hostile makes a system with a secret of root's and a directory of a user's.
func hostile(t *testing.T) (secret, home string) {
	testutil.Root(t)
	dir := testutil.Tmpfs(t, "mode=755")
	require.NoError(t, os.Mkdir(filepath.Join(dir, "etc"), 0o755))
	secret, home = filepath.Join(dir, "etc/secret"), filepath.Join(dir, "home")
	require.NoError(t, os.WriteFile(secret, []byte("secret"), 0o600))
	require.NoError(t, os.Mkdir(home, 0o755))
	require.NoError(t, os.Chown(home, user, user))
	return secret, home
}

func own(t *testing.T, path string) {
	require.NoError(t, os.Lchown(path, user, user))
}

func TestUsersCannotLeadOut(t *testing.T) {
	secret, home := hostile(t)
	in := func(name string) string { return filepath.Join(home, name) }
	plant := map[string]func(path string) error{
		"symlink":  func(p string) error { return os.Symlink(secret, p) },
		"relative": func(p string) error { return os.Symlink("../etc/secret", p) },
		"hardlink": func(p string) error { return os.Link(secret, p) },
		"fifo":     func(p string) error { return unix.Mkfifo(p, 0o666) },
		"file":     func(p string) error { return os.WriteFile(p, []byte("old"), 0o666) },
		"socket":   func(p string) error { return unix.Mknod(p, unix.S_IFSOCK|0o666, 0) },
	}
	for name, plant := range plant {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, plant(in(name)))
			if name != "hardlink" {
				own(t, in(name))
			}
			require.NoError(t, outfile.Write(in(name), []byte("attributes"), 0o644))
			require.Equal(t, "secret", read(t, secret))
			require.Equal(t, "attributes", read(t, in(name)))
			st, err := os.Lstat(in(name))
			require.NoError(t, err)
			require.True(t, st.Mode().IsRegular())
		})
	}
	for name, target := range map[string]string{"dir": "../etc", "absolute": filepath.Dir(secret), "up": ".."} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.Symlink(target, in(name)))
			own(t, in(name))
			for _, path := range []string{"secret", "new", "sub/new"} {
				var unsafe *outfile.UnsafeError
				require.ErrorAs(t, outfile.Write(filepath.Join(in(name), path), []byte("x"), 0o644), &unsafe)
				require.Equal(t, user, unsafe.Owner)
			}
			require.Equal(t, "secret", read(t, secret))
			list, err := os.ReadDir(filepath.Dir(secret))
			require.NoError(t, err)
			require.Len(t, list, 1)
		})
	}
	// In a directory for everybody, too.
	tmp := filepath.Join(filepath.Dir(home), "tmp")
	require.NoError(t, os.Mkdir(tmp, 0o777))
	require.NoError(t, os.Chmod(tmp, 0o777|fs.ModeSticky))
	require.NoError(t, os.Symlink("../etc", filepath.Join(tmp, "d")))
	own(t, filepath.Join(tmp, "d"))
	require.NoError(t, os.Symlink("../etc/secret", filepath.Join(tmp, "f")))
	own(t, filepath.Join(tmp, "f"))
	var unsafe *outfile.UnsafeError
	require.ErrorAs(t, outfile.Write(filepath.Join(tmp, "d/secret"), []byte("x"), 0o644), &unsafe)
	require.NoError(t, outfile.Write(filepath.Join(tmp, "f"), []byte("x"), 0o644))
	require.Equal(t, "secret", read(t, secret))
}

// TestSwaps has a user exchange a directory for a link all the time.
func TestSwaps(t *testing.T) {
	secret, home := hostile(t)
	dir, aside := filepath.Join(home, "d"), filepath.Join(home, "aside")
	require.NoError(t, os.Mkdir(dir, 0o755))
	own(t, dir)
	require.NoError(t, os.Symlink("../etc", aside))
	own(t, aside)
	var stop atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for !stop.Load() {
			_ = unix.Renameat2(unix.AT_FDCWD, dir, unix.AT_FDCWD, aside, unix.RENAME_EXCHANGE)
		}
	}()
	good := 0
	for range 5000 {
		if outfile.Write(filepath.Join(dir, "secret"), []byte("x"), 0o644) == nil {
			good++
		}
	}
	stop.Store(true)
	<-done
	require.NotZero(t, good)
	require.NotEqual(t, 5000, good)
	require.Equal(t, "secret", read(t, secret))
}
