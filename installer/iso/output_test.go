package iso_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/iso"
	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestSaveAs(t *testing.T) {
	path := fixtureFile(t, "2023-07.x86_64")
	dir := filepath.Dir(path)
	image := openFile(t, path)
	require.NoError(t, image.EmbedIgnition([]byte(config), false))

	err := image.SaveAs(t.Context(), path)
	require.ErrorIs(t, err, fs.ErrExist)
	require.EqualError(t, err, "persisting output file to "+path+": file exists")
	err = image.SaveAs(t.Context(), dir+"/none/out.iso")
	require.EqualError(t, err, "creating temporary file: no such file or directory")
	require.ErrorIs(t, err, syscall.ENOENT)
	require.NoError(t, os.Symlink("nowhere", dir+"/link"))
	require.ErrorIs(t, image.SaveAs(t.Context(), dir+"/link"), fs.ErrExist)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, image.SaveAs(canceled, dir+"/out.iso"), context.Canceled)

	require.Equal(t, []string{"2023-07.x86_64.iso", "link"}, names(t, dir))
	require.Equal(t, fixture(t, "2023-07.x86_64"), read(t, path))
	require.NoError(t, image.SaveAs(t.Context(), dir+"/out.iso"))
	info, err := os.Stat(dir + "/out.iso")
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode())
	require.Equal(t, written(t, image), read(t, dir+"/out.iso"))
}

func TestSaveAsRelative(t *testing.T) {
	path := fixtureFile(t, "2023-07.x86_64")
	t.Chdir(filepath.Dir(path))
	require.NoError(t, openFile(t, path).SaveAs(t.Context(), "out.iso"))
	require.Equal(t, []string{"2023-07.x86_64.iso", "out.iso"}, names(t, "."))
}

func TestReadOnly(t *testing.T) {
	path := fixtureFile(t, "2023-07.x86_64")
	image, err := iso.Open(path, &iso.Options{Default: flavour.CoreOS(), ReadOnly: true})
	require.NoError(t, err)
	defer image.Close()
	require.NoError(t, image.EmbedIgnition([]byte(config), false))
	require.ErrorContains(t, image.Save(), "not open for writing")
	require.NoError(t, image.SaveAs(t.Context(), path+".out"))
	require.Error(t, openBytes(t, fixture(t, "2021-09")).Save())
}

// The disk is full: the new file goes away, and the error tells why.
func TestFullDisk(t *testing.T) {
	full := testutil.Tmpfs(t, "size=600k")
	data := fixture(t, "2023-07.x86_64")
	file := openFile(t, fixtureFile(t, "2023-07.x86_64"))
	for name, image := range map[string]*iso.Image{"file": file, "reader": openBytes(t, data)} {
		t.Run(name, func(t *testing.T) {
			err := image.SaveAs(t.Context(), full+"/out.iso")
			require.ErrorIs(t, err, syscall.ENOSPC)
			require.EqualError(t, err, "copying input to temporary file: no space left on device")
			require.Empty(t, names(t, full))
			err = image.ExtractMinimal(t.Context(), full+"/out.iso", &iso.MinimalOptions{RootfsPath: full + "/rootfs"})
			require.ErrorIs(t, err, syscall.ENOSPC)
			require.Empty(t, names(t, full))
		})
	}
}

func TestWriterFails(t *testing.T) {
	r, w := io.Pipe()
	r.CloseWithError(syscall.EPIPE)
	_, err := openBytes(t, fixture(t, "2023-07.x86_64")).WriteTo(w)
	require.ErrorIs(t, err, syscall.EPIPE)
}

func TestExtractPXE(t *testing.T) {
	dir := t.TempDir()
	image := openFile(t, fixtureFile(t, "2023-07.s390x"))
	var noted []string
	note := func(path string) {
		_, err := os.Lstat(path)
		if len(noted) < 4 {
			require.ErrorIs(t, err, fs.ErrNotExist, "noted after it was written")
		}
		noted = append(noted, path)
	}
	require.NoError(t, image.ExtractPXE(t.Context(), dir+"/a/b", note))
	prefix := dir + "/a/b/2023-07.s390x-"
	require.Equal(t, []string{prefix + "initrd.img", prefix + "kernel.img", prefix + "rootfs.img", prefix + "vmlinuz"}, noted)
	for _, path := range noted {
		content, err := image.Open("IMAGES/PXEBOOT/" + strings.ToUpper(strings.TrimPrefix(path, prefix)))
		require.NoError(t, err)
		want, err := io.ReadAll(content)
		require.NoError(t, err)
		require.Equal(t, want, read(t, path))
	}
	err := image.ExtractPXE(t.Context(), dir+"/a/b", note)
	require.EqualError(t, err, "opening "+prefix+"initrd.img: file exists")
	err = openBytes(t, fixture(t, "synthetic")).ExtractPXE(t.Context(), dir, nil)
	require.EqualError(t, err, "Unrecognized CoreOS ISO image.: intermediate directory IMAGES does not exist")
	t.Chdir(dir)
	require.NoError(t, image.ExtractPXE(t.Context(), ".", func(path string) { noted = append(noted, path) }))
	require.Equal(t, "./2023-07.s390x-vmlinuz", noted[len(noted)-1])
}

func TestUnchanged(t *testing.T) {
	// The image is written as it is when nothing was changed, with what follows the volume.
	data := append(bytes.Clone(fixture(t, "2022-02")), "signature"...)
	require.Equal(t, data, written(t, openBytes(t, data)))
}
