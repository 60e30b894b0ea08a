//go:build linux

package kargs_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/installer/kargs"
	"github.com/nestos-dev/nestos/internal/testutil"
)

var appendZ = (&kargs.Edit{Append: []string{"z"}}).Apply

// The results are those of "rdcore kargs --boot-mount --append z".
func TestEditBLS(t *testing.T) {
	cases := []struct{ name, before, after, problem string }{
		{"white space at ends of lines", "title x  \noptions a b \nlinux  y\t\n", "title x\noptions a b z\nlinux  y\n", ""},
		{"no line feed at the end", "title x\n\n\noptions a", "title x\n\n\noptions a z\n", ""},
		{"empty options", "title x\noptions \n", "title x\noptions z\n", ""},
		{"carriage returns", "title x\r\noptions a\r\n", "title x\noptions a z\n", ""},
		{"white space of Unicode", "title x\v\noptions a \u00a0 \n", "title x\noptions a z\n", ""},
		{"blanks inside", "options  a  b\n", "options a  b z\n", ""},
		{"two", "options  a\noptions b\n", "", "Multiple 'options' lines found"},
		{"indented", " options a\n", "", "Couldn't locate 'options' line"},
		{"no blank", "options\n", "", "Couldn't locate 'options' line"},
		{"tab", "options\ta\n", "", "Couldn't locate 'options' line"},
		{"inside a line", "title x\roptions a\n", "", "Couldn't locate 'options' line"},
		{"empty", "", "", "Couldn't locate 'options' line"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := kargs.EditBLS([]byte(c.before), appendZ)
			if c.problem != "" {
				require.EqualError(t, err, c.problem)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.after, string(got))
		})
	}
	broken := errors.New("broken")
	_, err := kargs.EditBLS([]byte("options a"), func(string) (string, error) { return "", broken })
	require.ErrorIs(t, err, broken)
}

// bootTree makes a boot file system with entries and opens it.
func bootTree(t *testing.T, entries map[string]string) (*os.Root, string) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "loader.1/entries"), 0o755))
	require.NoError(t, os.Symlink("loader.1", filepath.Join(dir, "loader")))
	for name, content := range entries {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "loader/entries", name), []byte(content), 0o640))
	}
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	t.Cleanup(func() { root.Close() })
	return root, filepath.Join(dir, "loader/entries")
}

func TestEditNewest(t *testing.T) {
	root, dir := bootTree(t, map[string]string{
		"ostree-1-fedora.conf": "options first\n",
		"ostree-2-fedora.conf": "title x\noptions  a b\n",
		"ostree-3-fedora.CONF": "options c\n",
		"zz":                   "options d\n",
	})
	options, err := kargs.ReadNewest(root)
	require.NoError(t, err)
	require.Equal(t, "a b", options)
	require.NoError(t, kargs.EditNewest(root, appendZ))
	for name, want := range map[string]string{
		"ostree-1-fedora.conf": "options first\n", "ostree-2-fedora.conf": "title x\noptions a b z\n",
		"ostree-3-fedora.CONF": "options c\n", "zz": "options d\n",
	} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, want, string(data), name)
	}
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 4, "nothing is left beside them")
}

func TestEditNewestKeepsAttributes(t *testing.T) {
	root, dir := bootTree(t, map[string]string{"a.conf": "options a\n"})
	testutil.UserXattrs(t, dir)
	path := filepath.Join(dir, "a.conf")
	require.NoError(t, unix.Setxattr(path, "user.note", []byte("kept"), 0))
	require.NoError(t, os.Chmod(path, 0o604))
	require.NoError(t, kargs.EditNewest(root, appendZ))
	value := make([]byte, 16)
	n, err := unix.Getxattr(path, "user.note", value)
	require.NoError(t, err)
	require.Equal(t, "kept", string(value[:n]))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o604), info.Mode())
}

func TestEditNewestKeepsOwnerAndLabel(t *testing.T) {
	testutil.Root(t)
	root, dir := bootTree(t, map[string]string{"a.conf": "options a\n"})
	path := filepath.Join(dir, "a.conf")
	require.NoError(t, os.Chown(path, 3, 4))
	labelled := unix.Setxattr(path, "security.selinux", []byte("system_u:object_r:boot_t:s0\x00"), 0) == nil
	require.NoError(t, kargs.EditNewest(root, appendZ))
	info, err := os.Stat(path)
	require.NoError(t, err)
	stat := info.Sys().(*syscall.Stat_t)
	require.Equal(t, []uint32{3, 4}, []uint32{stat.Uid, stat.Gid})
	if labelled {
		value := make([]byte, 100)
		n, err := unix.Getxattr(path, "security.selinux", value)
		require.NoError(t, err)
		require.Equal(t, "system_u:object_r:boot_t:s0\x00", string(value[:n]))
	}
}

func TestEditNewestLeavesEqualFile(t *testing.T) {
	root, dir := bootTree(t, map[string]string{"a.conf": "options a\n"})
	before, err := os.Stat(filepath.Join(dir, "a.conf"))
	require.NoError(t, err)
	require.NoError(t, kargs.EditNewest(root, (&kargs.Edit{Delete: []string{"q"}}).Apply))
	after, err := os.Stat(filepath.Join(dir, "a.conf"))
	require.NoError(t, err)
	require.True(t, os.SameFile(before, after))
}

func TestEditNewestErrors(t *testing.T) {
	check := func(root *os.Root, want string) {
		t.Helper()
		require.EqualError(t, kargs.EditNewest(root, appendZ), strings.ReplaceAll(want, "DIR", root.Name()))
		_, err := kargs.ReadNewest(root)
		require.EqualError(t, err, strings.ReplaceAll(want, "DIR", root.Name()))
	}
	root, dir := bootTree(t, map[string]string{".conf": "options a\n"})
	check(root, "Found no BLS entries in DIR/loader/entries")
	require.NoError(t, os.RemoveAll(dir))
	check(root, "reading directory DIR/loader/entries: no such file or directory")

	root, _ = bootTree(t, map[string]string{"a.conf": "options a\n", "b.conf": "title b\n"})
	check(root, "visiting DIR/loader/entries/b.conf: Couldn't locate 'options' line")
	root, _ = bootTree(t, map[string]string{"a.conf": "title \xff\noptions a\n"})
	check(root, "reading DIR/loader/entries/a.conf: stream did not contain valid UTF-8")
	root, dir = bootTree(t, nil)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "e.conf"), 0o755))
	check(root, "reading DIR/loader/entries/e.conf: is a directory")
	root, dir = bootTree(t, map[string]string{"a.conf": ""})
	require.NoError(t, os.Truncate(filepath.Join(dir, "a.conf"), 1<<30))
	check(root, "reading DIR/loader/entries/a.conf: a file of 1073741824 bytes is not supported")
	root, dir = bootTree(t, nil)
	require.NoError(t, unix.Mkfifo(filepath.Join(dir, "a.conf"), 0o644))
	check(root, "reading DIR/loader/entries/a.conf: not a regular file")
}

// A boot file system may be anybody's: its links must not lead out.
func TestEditNewestIsConfined(t *testing.T) {
	outside := t.TempDir()
	victim := filepath.Join(outside, "v.conf")
	require.NoError(t, os.WriteFile(victim, []byte("options victim\n"), 0o644))

	root, dir := bootTree(t, nil)
	require.NoError(t, os.Symlink(victim, filepath.Join(dir, "a.conf")))
	require.Error(t, kargs.EditNewest(root, appendZ))

	root, dir = bootTree(t, nil)
	require.NoError(t, os.RemoveAll(dir))
	require.NoError(t, os.Symlink(outside, dir))
	require.Error(t, kargs.EditNewest(root, appendZ))

	data, err := os.ReadFile(victim)
	require.NoError(t, err)
	require.Equal(t, "options victim\n", string(data))

	// Inside, an absolute link means the root of the boot file system.
	root, dir = bootTree(t, nil)
	require.NoError(t, os.WriteFile(filepath.Join(root.Name(), "t"), []byte("options s\n"), 0o644))
	require.NoError(t, os.Symlink("/t", filepath.Join(dir, "a.conf")))
	require.NoError(t, kargs.EditNewest(root, appendZ))
	data, err = os.ReadFile(filepath.Join(dir, "a.conf"))
	require.NoError(t, err)
	require.Equal(t, "options s z\n", string(data))
}
