package faulttest_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/gpt"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const mib = 1 << 20

// The layout of images: four partitions from 1 MiB on, and room for the second table.
const (
	bootStart = 4 * mib
	bootSize  = 9 * mib
	rootStart = bootStart + bootSize
	rootSize  = 4 * mib
	imageSize = rootStart + rootSize + mib
	bootCode  = 440
)

const (
	entryPath   = "loader/entries/ostree-2-nestos.conf"
	entryPrefix = "title new\nversion 2\noptions "
	entrySuffix = "\nlinux /ostree/b/vmlinuz\ninitrd /ostree/b/initramfs\n"
	kernelArgs  = "$ignition_firstboot ignition.platform.id=metal quiet"
	grubConfig  = "set timeout=1\n# CONSOLE-SETTINGS-START\nserial --speed=115200\n# CONSOLE-SETTINGS-END\nblscfg\n"
)

// bootTree is what is on the boot file system of an image; a value that begins with "-> " is a link.
func bootTree(changes map[string]string) map[string]string {
	files := map[string]string{
		"loader":                                "-> loader.1",
		"loader.1/entries/ostree-1-nestos.conf": "title old\noptions old\n",
		"loader.1/entries/ostree-2-nestos.conf": entryPrefix + kernelArgs + entrySuffix,
		"ostree/b/vmlinuz":                      "kernel",
		"ignition.firstboot":                    "",
		"grub2/grub.cfg":                        grubConfig,
		"nestos/platforms.json":                 `{"metal":{"kernel_arguments":[]},"qemu":{"kernel_arguments":["console=ttyS0"]}}`,
	}
	maps.Copy(files, changes)
	maps.DeleteFunc(files, func(_, text string) bool { return text == absent })
	return files
}

// absent removes a file from the boot tree.
const absent = "\x00absent"

// image is a disk image.
type image struct {
	data       []byte
	sectorSize int
}

// dataEnd is where the copy of the image's table begins, at its end.
func (i *image) dataEnd() int { return imageSize - 16384 - i.sectorSize }

// dataStart is where the image's table ends, at its beginning.
func (i *image) dataStart() int { return 2*i.sectorSize + 16384 }

var images sync.Map // of *image, by sector size

// newImage returns an image for disks with such sectors, whose data must not be changed.
func newImage(t testing.TB, sectorSize int) *image {
	t.Helper()
	if i, ok := images.Load(sectorSize); ok {
		return i.(*image)
	}
	i, _ := images.LoadOrStore(sectorSize, makeImage(t, sectorSize, bootTree(nil)))
	return i.(*image)
}

func makeImage(t testing.TB, sectorSize int, files map[string]string) *image {
	t.Helper()
	i := &image{data: make([]byte, imageSize), sectorSize: sectorSize}
	copy(i.data[bootStart:], makeExt4(t, "boot", files))
	random := rand.New(rand.NewPCG(1, 2))
	root := i.data[rootStart : rootStart+rootSize]
	for n := 0; n < rootSize/2; n += 8 { // the rest are zeros with a mark at the end
		binary.LittleEndian.PutUint64(root[n:], random.Uint64())
	}
	copy(root[rootSize-100:], "the end")
	for n := range bootCode {
		i.data[n] = byte(n) | 1
	}
	for n := 3 * mib / 2; n < 2*mib; n += 64 {
		copy(i.data[n:], "core of the boot loader")
	}
	table, err := gpt.New(imageSize, sectorSize, nil)
	require.NoError(t, err)
	at := 1
	for n, p := range []struct {
		label string
		size  int
	}{{"BIOS-BOOT", 1}, {"EFI-SYSTEM", 2}, {"boot", bootSize / mib}, {"root", rootSize / mib}} {
		e := gpt.Entry{Type: gpt.GUID{1, byte(n)}, First: uint64(at * mib / sectorSize), Last: uint64((at+p.size)*mib/sectorSize - 1)}
		e.GUID, err = gpt.NewGUID(nil)
		require.NoError(t, err)
		require.NoError(t, e.SetLabel(p.label))
		require.NoError(t, table.Set(n+1, e))
		at += p.size
	}
	require.NoError(t, table.Write(bytesAt(i.data)))
	copy(i.data[gpt.MBROffset:], gpt.ProtectiveMBR(imageSize, sectorSize))
	return i
}

var imageLabels = []string{"BIOS-BOOT", "EFI-SYSTEM", "boot", "root"}

type bytesAt []byte

func (b bytesAt) WriteAt(p []byte, off int64) (int, error) { return copy(b[off:], p), nil }

// makeExt4 makes a file system as large as the boot partition, with a journal as real ones have.
func makeExt4(t testing.TB, label string, files map[string]string) []byte {
	t.Helper()
	dir := t.TempDir()
	tree, file := filepath.Join(dir, "tree"), filepath.Join(dir, "ext4")
	for name, text := range files {
		p := filepath.Join(tree, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(p), 0o755))
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			require.NoError(t, os.Symlink(target, p))
		} else {
			require.NoError(t, os.WriteFile(p, []byte(text), 0o644))
		}
	}
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.NoError(t, os.Truncate(file, bootSize))
	testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "mkfs.ext4"), "-q", "-F", "-b", "4096", "-J", "size=4", "-N", "128", "-m", "0",
		"-L", label, "-E", "root_owner=0:0", "-d", tree, file)
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(dir))
	return data
}

// changed returns a copy of the image with a change.
func (i *image) changed(f func(data []byte)) []byte {
	data := bytes.Clone(i.data)
	f(data)
	return data
}

var formats = []string{"raw", "gz", "xz", "zst"}

// pack compresses data in a format.
func pack(t testing.TB, data []byte, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	var c io.WriteCloser
	var err error
	switch format {
	case "raw":
		return data
	case "xz": // in blocks, as images are
		cmd := exec.Command(testutil.Tool(t, "xz"), "-0", "-T2", "--block-size=4MiB")
		cmd.Stdin, cmd.Stdout = bytes.NewReader(data), &b
		require.NoError(t, cmd.Run())
		return b.Bytes()
	case "gz":
		c, err = gzip.NewWriterLevel(&b, gzip.BestSpeed)
	case "zst":
		c, err = zstd.NewWriter(&b, zstd.WithEncoderCRC(true))
	}
	require.NoError(t, err)
	_, err = c.Write(data)
	require.NoError(t, err)
	require.NoError(t, c.Close())
	return b.Bytes()
}

// packed returns the usual image in a format, which must not be changed.
func packed(t testing.TB, sectorSize int, format string) []byte {
	t.Helper()
	type key struct {
		sectorSize int
		format     string
	}
	k := key{sectorSize, format}
	if data, ok := packs.Load(k); ok {
		return data.([]byte)
	}
	data, _ := packs.LoadOrStore(k, pack(t, newImage(t, sectorSize).data, format))
	return data.([]byte)
}

var packs sync.Map // of []byte
