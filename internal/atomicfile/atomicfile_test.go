//go:build unix

package atomicfile_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestWriteFileReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	when := time.Unix(1_700_000_000, 123456789)
	opts := &atomicfile.Options{ModTime: when}
	for _, sync := range []atomicfile.Sync{atomicfile.SyncFull, atomicfile.SyncData, atomicfile.SyncNone} {
		opts.Sync = sync
		for _, mode := range []fs.FileMode{0o666, 0o600, 0o755 | fs.ModeSetuid, 0} {
			require.NoError(t, atomicfile.WriteFile(path, []byte(mode.String()), mode, opts))
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.Equal(t, mode, info.Mode(), "the umask must not matter")
			require.True(t, when.Equal(info.ModTime()))
			require.EqualValues(t, len(mode.String()), info.Size())
		}
	}
	require.Equal(t, []string{"file"}, names(t, dir))
}

func TestOwnerKeepsSetuid(t *testing.T) {
	testutil.Root(t)
	path := filepath.Join(t.TempDir(), "file")
	opts := &atomicfile.Options{Owner: &atomicfile.Owner{UID: 12, GID: 34}}
	require.NoError(t, atomicfile.WriteFile(path, nil, 0o755|fs.ModeSetuid|fs.ModeSetgid, opts))
	info, err := os.Stat(path)
	require.NoError(t, err)
	st := info.Sys().(*syscall.Stat_t)
	require.Equal(t, []uint32{12, 34}, []uint32{st.Uid, st.Gid})
	require.Equal(t, 0o755|fs.ModeSetuid|fs.ModeSetgid, info.Mode())

	require.NoError(t, atomicfile.Symlink("x", path, opts))
	info, err = os.Lstat(path)
	require.NoError(t, err)
	require.EqualValues(t, 12, info.Sys().(*syscall.Stat_t).Uid)
}

func TestNoReplace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	opts := &atomicfile.Options{NoReplace: true}
	require.NoError(t, atomicfile.WriteFile(path, []byte("1"), 0o644, opts))
	require.ErrorIs(t, atomicfile.WriteFile(path, []byte("2"), 0o644, opts), fs.ErrExist)
	require.ErrorIs(t, atomicfile.Symlink("x", path, opts), fs.ErrExist)
	require.Equal(t, "1", read(t, path))
	require.Equal(t, []string{"file"}, names(t, dir))
}

func TestFailureLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o644))
	broken := errors.New("broken")
	err := atomicfile.WriteReader(path, iotest.ErrReader(broken), 0o644, nil)
	require.ErrorIs(t, err, broken)

	f, err := atomicfile.Create(path, 0o644, nil)
	require.NoError(t, err)
	_, err = f.WriteString("new")
	require.NoError(t, err)
	require.Equal(t, "old", read(t, path), "before Commit")
	require.NoError(t, f.Close())
	require.ErrorIs(t, f.Commit(), fs.ErrClosed)
	require.Equal(t, "old", read(t, path))

	require.NoError(t, os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	require.Error(t, atomicfile.WriteFile(filepath.Join(dir, "sub"), nil, 0o644, nil), "a directory stays")
	require.Error(t, atomicfile.Symlink("x", filepath.Join(dir, "sub"), nil))
	for _, bad := range []string{"", "/", ".", "..", "a/", "x\x00y"} {
		require.Error(t, atomicfile.WriteFile(bad, nil, 0o644, nil), "%q", bad)
	}
	require.ErrorIs(t, atomicfile.WriteFile(dir+"/no/file", nil, 0o644, nil), fs.ErrNotExist)
	require.Equal(t, []string{"file", "sub"}, names(t, dir))
}

func TestRelativeToDirectory(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "sub"), 0o755))
	dir, err := os.Open(root)
	require.NoError(t, err)
	defer dir.Close()
	opts := &atomicfile.Options{Dir: dir}
	require.NoError(t, atomicfile.WriteFile("a", []byte("a"), 0o644, opts))
	require.NoError(t, atomicfile.WriteReader("sub/b", strings.NewReader("b"), 0o644, opts))
	require.NoError(t, atomicfile.Symlink("target", "sub/c", opts))
	require.Equal(t, "a", read(t, filepath.Join(root, "a")))
	require.Equal(t, "b", read(t, filepath.Join(root, "sub/b")))
	target, err := os.Readlink(filepath.Join(root, "sub/c"))
	require.NoError(t, err)
	require.Equal(t, "target", target)
}

func TestSymlinkReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "link")
	require.NoError(t, os.WriteFile(path, nil, 0o644))
	for _, target := range []string{"a", "/b/c", "日本"} {
		require.NoError(t, atomicfile.Symlink(target, path, nil))
		got, err := os.Readlink(path)
		require.NoError(t, err)
		require.Equal(t, target, got)
	}
	require.NoError(t, os.Mkdir(dir+"/other", 0o755))
	require.NoError(t, atomicfile.WriteFile(path, []byte("file"), 0o644, nil), "the link itself is replaced")
	require.Equal(t, []string{"link", "other"}, names(t, dir))
}

func TestLongNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{strings.Repeat("n", 255), strings.Repeat("日", 85)} {
		require.NoError(t, atomicfile.WriteFile(filepath.Join(dir, name), []byte("x"), 0o644, nil))
		require.Equal(t, "x", read(t, filepath.Join(dir, name)))
	}
}

func TestRemoveStale(t *testing.T) {
	dir := t.TempDir()
	f, err := atomicfile.Create(filepath.Join(dir, "file"), 0o644, nil)
	require.NoError(t, err)
	defer f.Abort()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "other"), nil, 0o644))
	removed, err := atomicfile.RemoveStale(dir, time.Hour)
	require.NoError(t, err)
	require.Empty(t, removed, "in use")
	removed, err = atomicfile.RemoveStale(dir, 0)
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Base(f.Name())}, removed)
	require.Equal(t, []string{"other"}, names(t, dir))
}

// Readers that run beside the writers must never see a mixture.
func TestReadersSeeWholeFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	opts := &atomicfile.Options{Sync: atomicfile.SyncNone}
	require.NoError(t, atomicfile.WriteFile(path, bytes.Repeat([]byte{'0'}, 4096), 0o644, opts))
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for range 100 {
				if err := atomicfile.WriteFile(path, bytes.Repeat([]byte{'a' + byte(w)}, 4096), 0o644, opts); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 200 {
		data := read(t, path)
		require.Len(t, data, 4096)
		require.Equal(t, strings.Repeat(data[:1], 4096), data)
	}
	wg.Wait()
}

// The order of the system calls is the promise; strace shows it.
func TestSystemCallOrder(t *testing.T) {
	if path := os.Getenv("ATOMICFILE_HELPER"); path != "" {
		require.NoError(t, atomicfile.WriteFile(path, []byte("x"), 0o640, &atomicfile.Options{Owner: &atomicfile.Owner{UID: -1, GID: -1}}))
		return
	}
	strace := testutil.Tool(t, "strace")
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), strace, "-f", "-o", dir+"/trace",
		"-e", "trace=fchown,fchmod,fsync,renameat,renameat2", os.Args[0], "-test.run=^TestSystemCallOrder$")
	cmd.Env = append(os.Environ(), "ATOMICFILE_HELPER="+dir+"/file")
	out, err := cmd.CombinedOutput()
	if err != nil {
		testutil.Missing(t, "strace does not work here: %v: %s", err, out)
	}
	calls := regexp.MustCompile(`\b(fchown|fchmod|fsync|renameat2?)\(`).FindAllStringSubmatch(read(t, dir+"/trace"), -1)
	var order []string
	for _, c := range calls {
		order = append(order, c[1])
	}
	require.Equal(t, "fchown fchmod fsync renameat fsync", strings.Join(order, " "))
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(data)
}
