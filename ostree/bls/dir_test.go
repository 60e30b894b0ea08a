package bls_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/ostree/bls"
)

func dirOf(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range files {
		m["entries/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func names(files []bls.File) []string {
	list := make([]string, len(files))
	for i, f := range files {
		list[i] = f.Name
	}
	return list
}

func TestReadDirOrder(t *testing.T) {
	files, err := bls.ReadDir(dirOf(map[string]string{
		"ostree-1.conf":       "version 1\n",
		"ostree-3+2-1.conf":   "version 9\n", // names do not decide
		"ostree-2.conf":       "version 10\n",
		"ostree-5.conf":       "title none\n",
		"ostree-10.conf":      "title none\n",
		"ostree-x.conf":       "version 10\n",
		"ostree-7-os.conf":    "version 1.5\n",
		"ostree-6.conf":       "version \n",
		"ostree-8.conf.tmp":   "version 99\n",
		"fedora-99.conf":      "version 99\n",
		"tmp.ostree-9.conf~x": "version 99\n",
	}), "entries")
	require.NoError(t, err)
	require.Equal(t, []string{
		"ostree-x.conf", "ostree-2.conf", "ostree-3+2-1.conf", "ostree-7-os.conf", "ostree-1.conf", "ostree-6.conf",
		"ostree-10.conf", "ostree-5.conf",
	}, names(files))
	require.Equal(t, bls.Tries{Left: 2, Done: 1, HasDone: true}, files[2].Tries())
}

func TestReadDirTakesRegularFilesAndLinks(t *testing.T) {
	dir := t.TempDir()
	entries := filepath.Join(dir, "entries")
	require.NoError(t, os.MkdirAll(filepath.Join(entries, "ostree-dir.conf"), 0o755))
	require.NoError(t, unix.Mkfifo(filepath.Join(entries, "ostree-fifo.conf"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(entries, "ostree-1.conf"), []byte("version 1\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "target"), []byte("version 2\n"), 0o644))
	require.NoError(t, os.Symlink("../target", filepath.Join(entries, "ostree-2.conf")))
	files, err := bls.ReadDir(os.DirFS(dir), "entries")
	require.NoError(t, err)
	require.Equal(t, []string{"ostree-2.conf", "ostree-1.conf"}, names(files))

	require.NoError(t, os.Symlink("nowhere", filepath.Join(entries, "other")))
	_, err = bls.ReadDir(os.DirFS(dir), "entries")
	require.NoError(t, err)
	require.NoError(t, os.Symlink("nowhere", filepath.Join(entries, "ostree-0.conf")))
	_, err = bls.ReadDir(os.DirFS(dir), "entries")
	require.EqualError(t, err, "Parsing ostree-0.conf: No such file or directory")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestReadDirOfNothing(t *testing.T) {
	dir := t.TempDir()
	files, err := bls.ReadDir(os.DirFS(dir), "boot/loader/entries")
	require.NoError(t, err)
	require.Empty(t, files)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o644))
	_, err = bls.ReadDir(os.DirFS(dir), "file")
	require.ErrorContains(t, err, "Not a directory")
	_, err = bls.ReadDir(fstest.MapFS{"file": &fstest.MapFile{}}, "file")
	require.EqualError(t, err, "opendir(file): Not a directory")
}

func TestReadDirBounds(t *testing.T) {
	big := strings.Repeat("a", bls.MaxSize)
	_, err := bls.ReadDir(dirOf(map[string]string{"ostree-1.conf": big, "ostree-2.conf": big + "a"}), "entries")
	var size *bls.SizeError
	require.ErrorAs(t, err, &size)
	require.ErrorContains(t, err, "Parsing ostree-2.conf: ")

	many := map[string]string{}
	for i := range bls.MaxEntries {
		many[fmt.Sprintf("ostree-%d.conf", i)] = fmt.Sprintf("version %d\n", i)
		many[fmt.Sprintf("other-%d.conf", i)] = ""
	}
	files, err := bls.ReadDir(dirOf(many), "entries")
	require.NoError(t, err)
	require.Len(t, files, bls.MaxEntries)
	require.Equal(t, "1023", files[0].Entry.Value(bls.KeyVersion))
	many["ostree-x.conf"] = ""
	_, err = bls.ReadDir(dirOf(many), "entries")
	require.ErrorContains(t, err, "more than 1024")

	fat := map[string]string{}
	for i := range 17 {
		fat[fmt.Sprintf("ostree-%d.conf", i)] = big
	}
	_, err = bls.ReadDir(dirOf(fat), "entries")
	require.ErrorContains(t, err, "boot entries in entries: more than 16777216 bytes")
}

func TestReadDirNamesTheBadFile(t *testing.T) {
	_, err := bls.ReadDir(dirOf(map[string]string{"ostree-1.conf": "\xff", "ostree-2.conf": "\xff"}), "entries")
	require.EqualError(t, err, "Parsing ostree-1.conf: Invalid UTF-8")
}
