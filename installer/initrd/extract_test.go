package initrd_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/initrd"
)

// tree returns the files below dir with their contents.
func tree(t *testing.T, dir string) map[string]string {
	out := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		rel, _ := filepath.Rel(dir, p)
		out[rel] = string(data)
		return err
	}))
	return out
}

func TestExtract(t *testing.T) {
	dir := t.TempDir() + "/new/"
	var made []string
	data := bytes.Join([][]byte{
		archive(m{name: "b/y", data: "old"}, m{name: "l1", links: 3, inode: 1}, m{name: "l2", links: 3, inode: 1}, m{name: "l3", data: "linked", links: 3, inode: 1}),
		xzip(archive(m{name: "b/y", data: "new"}, m{name: "./a//z", data: "1"}, m{name: "no", data: "no"}, m{name: "l2", data: "own"})),
	}, nil)
	require.NoError(t, initrd.Extract(bytes.NewReader(data), dir, &initrd.ExtractOptions{
		Want:     func(p string) bool { return p != "no" },
		Creating: func(p string) { made = append(made, strings.TrimPrefix(p, dir)) },
	}))
	require.Equal(t, []string{"./a//z", "b/y", "l1", "l2", "l3"}, made)
	require.Equal(t, map[string]string{"a/z": "1", "b/y": "new", "l1": "linked", "l2": "own", "l3": "linked"}, tree(t, dir))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 5, "nothing temporary is left")
}

func TestExtractRefuses(t *testing.T) {
	for name, want := range map[string]string{
		"traversal-absolute.img": "path /etc/adjtime contains path traversal",
		"traversal-relative.img": "path ../f contains path traversal",
	} {
		dir := t.TempDir()
		require.EqualError(t, initrd.Extract(bytes.NewReader(vector(t, name)), dir, nil), want)
		require.Empty(t, tree(t, dir))
	}
	dir := t.TempDir()
	data := archive(m{name: "a", data: "1"}, m{name: "b/../../x", data: "2"})
	require.EqualError(t, initrd.Extract(bytes.NewReader(data), dir, nil), "path b/../../x contains path traversal")
	require.Empty(t, tree(t, dir), "nothing is written before all names are known to be good")

	data = append(archive(m{name: "a", data: "1"}), "garbage"...)
	require.ErrorContains(t, initrd.Extract(bytes.NewReader(data), dir, nil), "decoding initrd: reading CPIO entry: ")
	require.Empty(t, tree(t, dir))
}

func TestExtractExclusive(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(dir+"/b", []byte("mine"), 0o600))
	err := initrd.Extract(bytes.NewReader(archive(m{name: "c", data: "3"}, m{name: "a", data: "1"}, m{name: "b", data: "2"})), dir, nil)
	require.EqualError(t, err, "opening "+dir+"/b: file exists")
	require.Equal(t, syscall.EEXIST, errors.Unwrap(err))
	require.Equal(t, map[string]string{"a": "1", "b": "mine"}, tree(t, dir))

	err = initrd.Extract(bytes.NewReader(archive(m{name: "b/c", data: "3"})), dir, nil)
	require.ErrorContains(t, err, "creating "+dir+"/b: ")

	for _, make := range []func() error{
		func() error { return initrd.Extract(bytes.NewReader(archive(m{name: "c"})), dir+"/b", nil) },
		func() error { return initrd.SaveKeyfiles(dir+"/b", []initrd.Keyfile{{Name: "k"}}, nil) },
	} {
		err = make()
		require.EqualError(t, err, "creating "+dir+"/b: file exists")
		require.ErrorIs(t, err, fs.ErrExist)
	}
}

// The path is told before the file is made, so that it is the last one if that fails.
func TestExtractTells(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(dir+"/b", nil, 0o600))
	var told []string
	err := initrd.Extract(bytes.NewReader(archive(m{name: "a"}, m{name: "b"}, m{name: "c"})), dir,
		&initrd.ExtractOptions{Creating: func(p string) { told = append(told, p) }})
	require.ErrorIs(t, err, fs.ErrExist)
	require.Equal(t, []string{dir + "/a", dir + "/b"}, told)
}

// A symbolic link that was there before must not lead the files elsewhere.
func TestExtractConfined(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	require.NoError(t, os.Symlink(outside, dir+"/etc"))
	require.NoError(t, os.Symlink(outside+"/made", dir+"/dangling"))
	require.Error(t, initrd.Extract(bytes.NewReader(archive(m{name: "etc/passwd", data: "x"})), dir, nil))
	require.Error(t, initrd.Extract(bytes.NewReader(archive(m{name: "dangling", data: "x"})), dir, nil))
	require.Empty(t, tree(t, outside))
}
