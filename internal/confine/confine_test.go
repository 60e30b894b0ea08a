//go:build unix

package confine_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// each runs a test with both ways of resolution on an empty root, which lies
// beside a directory "outside" that must stay as it is.
func each(t *testing.T, f func(t *testing.T, r *confine.Root, dir string)) {
	t.Helper()
	for _, mode := range []string{"openat2", "walk"} {
		t.Run(mode, func(t *testing.T) {
			top := t.TempDir()
			dir := filepath.Join(top, "root")
			outside := filepath.Join(top, "outside")
			require.NoError(t, os.Mkdir(dir, 0o755))
			require.NoError(t, os.Mkdir(outside, 0o755))
			require.NoError(t, os.WriteFile(outside+"/secret", []byte("secret"), 0o644))
			r, err := confine.OpenRoot(dir)
			require.NoError(t, err)
			t.Cleanup(func() { r.Close() })
			if mode == "walk" {
				confine.ForceWalk(r)
			} else if !confine.HasOpenat2(r) {
				t.Skip("no openat2")
			}
			before := openFiles(t)
			f(t, r, dir)
			if after := openFiles(t); before >= 0 {
				require.Equal(t, before, after, "open files")
			}
			list, err := os.ReadDir(outside)
			require.NoError(t, err)
			require.Len(t, list, 1)
			data, err := os.ReadFile(outside + "/secret")
			require.NoError(t, err)
			require.Equal(t, "secret", string(data))
			info, err := os.Stat(outside + "/secret")
			require.NoError(t, err)
			require.Equal(t, fs.FileMode(0o644), info.Mode())
		})
	}
}

func openFiles(t *testing.T) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	return len(list)
}

// system makes a small system tree with the links that real ones have.
func system(t *testing.T, dir string) {
	t.Helper()
	for _, d := range []string{"usr/etc", "usr/bin", "var/home/core", "sysroot/ostree"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, d), 0o755))
	}
	for link, target := range map[string]string{
		"etc": "/usr/etc", "bin": "usr/bin", "home": "var/home", "ostree": "sysroot/ostree",
		"usr/up": "../..", "usr/out": "../../../outside", "loop": "loop", "a": "b", "b": "/a",
		"dangling": "/nowhere/file", "etc-file": "/etc/passwd", "usr/abs": "/usr/abs2/../etc/.",
		"usr/abs2": "/", "usr/etc/rel": "passwd", "slash": "//", "self": ".",
	} {
		require.NoError(t, os.Symlink(target, filepath.Join(dir, link)))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "usr/etc/passwd"), []byte("root"), 0o644))
}

func TestResolution(t *testing.T) {
	each(t, func(t *testing.T, r *confine.Root, dir string) {
		system(t, dir)
		for name, want := range map[string]string{
			"etc/passwd": "usr/etc/passwd", "/etc/passwd": "usr/etc/passwd", "//etc//./passwd": "usr/etc/passwd",
			"../../etc/passwd": "usr/etc/passwd", "etc/../bin": "usr/bin", "usr/up/usr/up/etc": "usr/etc",
			"etc-file": "usr/etc/passwd", "usr/abs": "usr/etc", "etc/rel": "usr/etc/passwd", "home/core/../..": "var",
			".": ".", "/": ".", "..": ".", "/..": ".", "slash": ".", "slash/": ".", "bin/": "usr/bin",
			"self/self/self/etc/": "usr/etc", "usr/abs2/usr/abs2/usr": "usr",
		} {
			info, err := r.Stat(name)
			require.NoError(t, err, name)
			expect, err := os.Stat(filepath.Join(dir, want))
			require.NoError(t, err)
			require.True(t, os.SameFile(expect, info), "%s is not %s", name, want)
		}
		for name, want := range map[string]error{
			"": unix.ENOENT, "nope": unix.ENOENT, "nope/..": unix.ENOENT, "etc/passwd/": unix.ENOTDIR,
			"etc/passwd/..": unix.ENOTDIR, "etc/passwd/.": unix.ENOTDIR, "loop": unix.ELOOP, "loop/x": unix.ELOOP,
			"a": unix.ELOOP, "dangling": unix.ENOENT, "usr/out": unix.ENOENT, "usr/out/secret": unix.ENOENT,
			"x\x00y": unix.EINVAL, strings.Repeat("n", 256): unix.ENAMETOOLONG,
			strings.Repeat("n/", 3000): unix.ENAMETOOLONG,
		} {
			_, err := r.Stat(name)
			require.ErrorIs(t, err, want, "%.20q", name)
			var pe *fs.PathError
			require.ErrorAs(t, err, &pe)
			require.Equal(t, name, pe.Path)
		}
	})
}

func TestLastComponent(t *testing.T) {
	each(t, func(t *testing.T, r *confine.Root, dir string) {
		system(t, dir)
		info, err := r.Lstat("etc")
		require.NoError(t, err)
		require.Equal(t, fs.ModeSymlink, info.Mode().Type())
		require.Equal(t, "etc", info.Name())
		info, err = r.Lstat("etc/")
		require.NoError(t, err)
		require.True(t, info.IsDir())
		target, err := r.Readlink("usr/abs2/etc")
		require.NoError(t, err)
		require.Equal(t, "/usr/etc", target)
		_, err = r.Readlink("usr")
		require.ErrorIs(t, err, unix.EINVAL)
		_, err = r.OpenFile("etc", os.O_RDONLY|unix.O_NOFOLLOW, 0)
		require.ErrorIs(t, err, unix.ELOOP)
	})
}

func TestFiles(t *testing.T) {
	each(t, func(t *testing.T, r *confine.Root, dir string) {
		system(t, dir)
		data, err := r.ReadFile("etc/rel")
		require.NoError(t, err)
		require.Equal(t, "root", string(data))
		_, err = r.ReadFile("etc")
		require.ErrorIs(t, err, unix.EISDIR)

		f, err := r.OpenFile("etc/new", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666|fs.ModeSetuid)
		require.NoError(t, err)
		require.Equal(t, filepath.Join(dir, "etc/new"), f.Name())
		require.NoError(t, f.Close())
		mode(t, dir+"/usr/etc/new", 0o666|fs.ModeSetuid)
		_, err = r.OpenFile("etc/new", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		require.ErrorIs(t, err, fs.ErrExist)
		f, err = r.OpenFile("etc/new", os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		require.NoError(t, err)
		require.NoError(t, f.Close())
		mode(t, dir+"/usr/etc/new", 0o666|fs.ModeSetuid)

		_, err = r.Create("dangling")
		require.ErrorIs(t, err, fs.ErrNotExist, "the directory is missing")
		require.NoError(t, r.Mkdir("nowhere", 0o777))
		mode(t, dir+"/nowhere", 0o777|fs.ModeDir)
		f, err = r.Create("dangling")
		require.NoError(t, err)
		require.NoError(t, f.Close())
		mode(t, dir+"/nowhere/file", 0o666)
		_, err = r.Create("loop")
		require.ErrorIs(t, err, unix.ELOOP)
	})
}

func TestWriteFileReplacesLinks(t *testing.T) {
	each(t, func(t *testing.T, r *confine.Root, dir string) {
		system(t, dir)
		require.NoError(t, os.Symlink(filepath.Join(filepath.Dir(dir), "outside/secret"), dir+"/leak"))
		require.NoError(t, r.WriteFile("leak", []byte("mine"), 0o640))
		require.NoError(t, r.WriteFile("/etc/passwd", []byte("new"), 0o644))
		require.NoError(t, r.WriteFile("top", []byte("top"), 0o444))
		data, err := os.ReadFile(dir + "/usr/etc/passwd")
		require.NoError(t, err)
		require.Equal(t, "new", string(data))
		mode(t, dir+"/leak", 0o640)
		require.ErrorIs(t, r.WriteFile("usr/", nil, 0o644), unix.EISDIR)
		require.ErrorIs(t, r.WriteFile("/", nil, 0o644), unix.EISDIR)
		require.NoError(t, r.SymlinkAtomic("/x", "etc/passwd", nil))
		require.ErrorIs(t, r.SymlinkAtomic("/x", "etc/passwd", &atomicfile.Options{NoReplace: true}), fs.ErrExist)
		target, err := os.Readlink(dir + "/usr/etc/passwd")
		require.NoError(t, err)
		require.Equal(t, "/x", target)
		require.NoError(t, r.SyncDir("etc"))
	})
}

func TestDirectories(t *testing.T) {
	each(t, func(t *testing.T, r *confine.Root, dir string) {
		system(t, dir)
		require.NoError(t, r.MkdirAll("/home/core/x/y", 0o711))
		mode(t, dir+"/var/home/core/x/y", 0o711|fs.ModeDir)
		require.NoError(t, r.MkdirAll("/home/core/x/y/", 0o700), "exists")
		mode(t, dir+"/var/home/core/x/y", 0o711|fs.ModeDir)
		require.NoError(t, r.MkdirAll("dangling/deep", 0o750), "made where the link leads, inside")
		mode(t, dir+"/nowhere/file/deep", 0o750|fs.ModeDir)
		require.NoError(t, r.MkdirAll("usr/out/x", 0o750))
		mode(t, dir+"/outside/x", 0o750|fs.ModeDir)
		require.ErrorIs(t, r.MkdirAll("etc/passwd", 0o755), unix.ENOTDIR)
		require.ErrorIs(t, r.MkdirAll("loop/x", 0o755), unix.ELOOP)
		require.ErrorIs(t, r.Mkdir("etc", 0o755), fs.ErrExist)
		require.ErrorIs(t, r.Mkdir("/", 0o755), fs.ErrExist)
		require.NoError(t, r.Mkdir("sticky/", 0o777|fs.ModeSticky))
		mode(t, dir+"/sticky", 0o777|fs.ModeSticky|fs.ModeDir)

		list, err := r.ReadDir("etc")
		require.NoError(t, err)
		require.Len(t, list, 2)
		require.Equal(t, "passwd", list[0].Name())
		info, err := list[0].Info()
		require.NoError(t, err)
		require.EqualValues(t, 4, info.Size())

		require.NoError(t, r.Rename("home/core", "etc/core"))
		require.ErrorIs(t, r.Remove("etc/core"), unix.ENOTEMPTY)
		require.NoError(t, r.Link("etc", "etc2"))
		require.NoError(t, r.Remove("etc2"))
		require.NoError(t, r.Symlink("/etc", "link"))
		require.NoError(t, r.Remove("link/"))
		require.NoError(t, r.Remove("sticky"))
		require.Error(t, r.Remove("."))
		require.ErrorIs(t, r.Remove("nope"), fs.ErrNotExist)
		require.ErrorIs(t, r.Remove("usr/etc/rel/x"), unix.ENOTDIR)
		var le *os.LinkError
		require.ErrorAs(t, r.Rename("nope", "x"), &le)
	})
}

func TestRemoveAll(t *testing.T) {
	each(t, func(t *testing.T, r *confine.Root, dir string) {
		testutil.RandomTree(t, dir, testutil.Seed(t), &testutil.TreeOptions{Entries: 400, Readable: true})
		require.NoError(t, os.Symlink("../outside", dir+"/rel"))
		require.NoError(t, os.Symlink("/", dir+"/abs"))
		list, err := r.ReadDir("/")
		require.NoError(t, err)
		for _, e := range list {
			require.NoError(t, r.RemoveAll(e.Name()))
		}
		list, err = r.ReadDir("/")
		require.NoError(t, err)
		require.Empty(t, list)
		require.NoError(t, r.RemoveAll("nope"))
		require.NoError(t, r.RemoveAll("nope/nope"))
		require.ErrorIs(t, r.RemoveAll("/"), unix.EINVAL)
		require.NoError(t, r.Mkdir("x", 0o755))
		require.ErrorIs(t, r.RemoveAll("x/.."), unix.EINVAL)
		require.DirExists(t, dir+"/x")
	})
}

// Deeper than there are file descriptors, and than any path can name.
func TestRemoveAllDeep(t *testing.T) {
	const depth = 3000
	each(t, func(t *testing.T, r *confine.Root, dir string) {
		fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		require.NoError(t, err)
		for range depth {
			require.NoError(t, unix.Mkdirat(fd, "d", 0o755))
			next, err := unix.Openat(fd, "d", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
			require.NoError(t, err)
			unix.Close(fd)
			fd = next
		}
		unix.Close(fd)
		require.NoError(t, r.RemoveAll("d"))
		_, err = os.Lstat(dir + "/d")
		require.ErrorIs(t, err, fs.ErrNotExist)
	})
}

// More subdirectories than are noted at once.
func TestRemoveAllWide(t *testing.T) {
	each(t, func(t *testing.T, r *confine.Root, dir string) {
		require.NoError(t, r.Mkdir("wide", 0o755))
		for i := range 4500 {
			require.NoError(t, os.Mkdir(filepath.Join(dir, "wide", strconv.Itoa(i)), 0o755))
		}
		require.NoError(t, r.RemoveAll("wide"))
	})
}

func TestAttributes(t *testing.T) {
	each(t, func(t *testing.T, r *confine.Root, dir string) {
		system(t, dir)
		require.NoError(t, r.Chmod("etc-file", 0o711|fs.ModeSetuid))
		mode(t, dir+"/usr/etc/passwd", 0o711|fs.ModeSetuid)
		require.NoError(t, r.Chmod("etc", 0o500))
		mode(t, dir+"/usr/etc", 0o500|fs.ModeDir)

		when := time.Unix(1_500_000_000, 123456000)
		require.NoError(t, r.Chtimes("etc-file", time.Time{}, when))
		require.NoError(t, r.Lchtimes("etc-file", when, when.Add(time.Hour)))
		info, err := r.Stat("etc-file")
		require.NoError(t, err)
		require.True(t, info.ModTime().Equal(when))
		info, err = r.Lstat("etc-file")
		require.NoError(t, err)
		require.True(t, info.ModTime().Equal(when.Add(time.Hour)))
		require.ErrorIs(t, r.Chmod("usr/out/secret", 0), fs.ErrNotExist)
		require.NoError(t, r.Chown("etc-file", -1, os.Getgid()))
		require.NoError(t, r.Chmod("etc", 0o755))
	})
}

func TestOwnersAndNodes(t *testing.T) {
	testutil.Root(t)
	if runtime.GOOS != "linux" {
		t.Skip("no device nodes")
	}
	each(t, func(t *testing.T, r *confine.Root, dir string) {
		system(t, dir)
		require.NoError(t, r.Chown("etc-file", 1, 2))
		require.NoError(t, r.Lchown("etc-file", 3, -1))
		require.Equal(t, []uint32{1, 2}, ids(t, dir+"/usr/etc/passwd"))
		require.Equal(t, []uint32{3, uint32(os.Getgid())}, ids(t, dir+"/etc-file"))

		for name, m := range map[string]fs.FileMode{
			"fifo": fs.ModeNamedPipe | 0o666, "sock": fs.ModeSocket | 0o777, "file": 0o622,
			"null": fs.ModeDevice | fs.ModeCharDevice | 0o666, "disk": fs.ModeDevice | 0o660,
		} {
			err := r.Mknod("etc/"+name, m, unix.Mkdev(1, 3))
			if errors.Is(err, unix.EPERM) && m&fs.ModeDevice != 0 {
				t.Log("no device nodes in this container")
				continue
			}
			require.NoError(t, err, name)
			mode(t, dir+"/usr/etc/"+name, m)
		}
		require.ErrorIs(t, r.Mknod("etc/link", fs.ModeSymlink, 0), unix.EINVAL)
		_, err := r.ReadFile("etc/fifo")
		require.ErrorIs(t, err, confine.ErrNotRegular, "must not block")
		require.NoError(t, r.Exchange("etc/fifo", "etc/passwd"))
		mode(t, dir+"/usr/etc/fifo", 0o644)
	})
}

func TestXattrs(t *testing.T) {
	testutil.UserXattrs(t, t.TempDir())
	each(t, func(t *testing.T, r *confine.Root, dir string) {
		system(t, dir)
		big := []byte(strings.Repeat("v", 2000))
		require.NoError(t, r.SetXattr("etc-file", "user.b", big))
		require.NoError(t, r.SetXattr("etc-file", "user.a", nil))
		value, err := r.GetXattr("usr/etc/passwd", "user.b")
		require.NoError(t, err)
		require.Equal(t, big, value)
		names, err := r.ListXattr("etc-file")
		require.NoError(t, err)
		require.Equal(t, []string{"user.a", "user.b"}, names)
		require.NoError(t, r.RemoveXattr("etc-file", "user.b"))
		_, err = r.GetXattr("etc-file", "user.b")
		require.ErrorIs(t, err, unix.ENODATA)
		require.NoError(t, r.SetXattr("etc", "user.dir", []byte("d")))
		require.NoError(t, r.LSetXattr("usr/etc", "user.dir2", []byte("d")))

		require.ErrorIs(t, r.LSetXattr("etc-file", "user.x", nil), unix.EPERM, "links have none")
		names, err = r.LListXattr("etc-file")
		require.NoError(t, err)
		require.Empty(t, names)
		if os.Geteuid() == 0 {
			require.NoError(t, r.LSetXattr("etc-file", "trusted.x", []byte("1")))
			value, err := r.LGetXattr("etc-file", "trusted.x")
			require.NoError(t, err)
			require.Equal(t, "1", string(value))
			names, err = r.ListXattr("etc-file")
			require.NoError(t, err)
			require.Equal(t, []string{"user.a"}, names)
			require.NoError(t, r.LRemoveXattr("etc-file", "trusted.x"))
		}
	})
}

func TestSub(t *testing.T) {
	each(t, func(t *testing.T, r *confine.Root, dir string) {
		system(t, dir)
		sub, err := r.Sub("etc")
		require.NoError(t, err)
		require.Equal(t, filepath.Join(dir, "etc"), sub.Name())
		_, err = sub.Stat("../../passwd")
		require.NoError(t, err)
		require.NoError(t, sub.Close())
		_, err = sub.Stat("passwd")
		require.ErrorIs(t, err, fs.ErrClosed)
		_, err = r.Sub("etc/passwd")
		require.ErrorIs(t, err, unix.ENOTDIR)

		again, err := confine.FromFile(r.Dir())
		require.NoError(t, err)
		defer again.Close()
		_, err = again.Stat("etc/passwd")
		require.NoError(t, err)
	})
}

func TestCopyFile(t *testing.T) {
	each(t, func(t *testing.T, r *confine.Root, dir string) {
		content := []byte(strings.Repeat("0123456789", 50_000))
		require.NoError(t, r.WriteFile("a", content, 0o600))
		require.NoError(t, r.CopyFile(t.Context(), "a", "b", 0o755))
		got, err := r.ReadFile("b")
		require.NoError(t, err)
		require.Equal(t, content, got)
		mode(t, dir+"/b", 0o755)
		require.ErrorIs(t, r.CopyFile(t.Context(), "a", "b", 0o755), fs.ErrExist)
		require.Error(t, r.CopyFile(t.Context(), "/", "c", 0o755))
	})
}

func TestFS(t *testing.T) {
	each(t, func(t *testing.T, r *confine.Root, dir string) {
		require.NoError(t, os.MkdirAll(dir+"/usr/etc", 0o755))
		require.NoError(t, os.WriteFile(dir+"/usr/etc/passwd", []byte("x"), 0o644))
		require.NoError(t, fstest.TestFS(r.FS(), "usr/etc/passwd"))
		require.NoError(t, os.Symlink("/usr/etc", dir+"/etc"))
		data, err := fs.ReadFile(r.FS(), "etc/passwd")
		require.NoError(t, err)
		require.Equal(t, "x", string(data))
		_, err = fs.Stat(r.FS(), "../x")
		require.ErrorIs(t, err, fs.ErrInvalid)
	})
}

func mode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Lstat(path)
	require.NoError(t, err)
	require.Equal(t, want, info.Mode(), path)
}

func ids(t *testing.T, path string) []uint32 {
	t.Helper()
	info, err := os.Lstat(path)
	require.NoError(t, err)
	st := info.Sys().(*syscall.Stat_t)
	return []uint32{st.Uid, st.Gid}
}
