package iso_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/iso"
	"github.com/nestos-dev/nestos/internal/xz"
)

// live are the fixtures with what is known of them.
var live = []struct {
	name     string
	initrd   int64
	size     int // of the areas for kernel arguments; 0: none
	kargs    []int64
	network  bool
	minimal  bool
	platform string
}{
	{name: "2020-09", initrd: 92160},
	{name: "2021-01", initrd: 96256, size: 1131, kargs: []int64{94026, 365415}},
	{name: "2021-09", initrd: 102400, size: 1139, kargs: []int64{98126, 371658}},
	{name: "2021-12", initrd: 161792, size: 1139, kargs: []int64{139086, 431050}, network: true, minimal: true},
	{name: "2022-02", initrd: 159744, size: 1139, kargs: []int64{137038, 429002}, network: true, minimal: true},
	{name: "2022-09", initrd: 159744, size: 1139, kargs: []int64{137038, 429002}, network: true, minimal: true},
	{name: "2023-03.s390x", initrd: 203776, network: true, minimal: true},
	{name: "2023-03.x86_64", initrd: 157696, size: 1139, kargs: []int64{427853, 431050}, network: true, minimal: true},
	{name: "2023-07.s390x", initrd: 203776, size: 896, kargs: []int64{138368}, network: true, minimal: true},
	{name: "2023-07.x86_64", initrd: 139264, size: 1139, kargs: []int64{137037, 408522}, network: true, minimal: true},
}

var coreos = &iso.Options{Default: flavour.CoreOS()}

// unpacked remembers fixtures: they are needed over and over.
var unpacked sync.Map

// fixture returns the bytes of a fixture; they must not be changed.
func fixture(t testing.TB, name string) []byte {
	if data, ok := unpacked.Load(name); ok {
		return data.([]byte)
	}
	data, err := unpack(name)
	require.NoError(t, err)
	unpacked.Store(name, data)
	return data
}

func unpack(name string) ([]byte, error) {
	if name != "synthetic" {
		name = "embed-areas-" + name
	}
	packed, err := os.Open("testdata/" + name + ".iso.xz")
	if err != nil {
		return nil, err
	}
	defer packed.Close()
	r, err := xz.NewReader(packed, nil)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// fixtureFile returns the path of a copy of a fixture.
func fixtureFile(t testing.TB, name string) string {
	path := filepath.Join(t.TempDir(), name+".iso")
	require.NoError(t, os.WriteFile(path, fixture(t, name), 0o644))
	return path
}

func openFile(t testing.TB, path string) *iso.Image {
	image, err := iso.Open(path, coreos)
	require.NoError(t, err)
	t.Cleanup(func() { image.Close() })
	return image
}

func openBytes(t testing.TB, data []byte) *iso.Image {
	image, err := iso.New(bytes.NewReader(data), int64(len(data)), coreos)
	require.NoError(t, err)
	return image
}

// written returns the image with its changes.
func written(t testing.TB, image *iso.Image) []byte {
	var b bytes.Buffer
	n, err := image.WriteTo(&b)
	require.NoError(t, err)
	require.EqualValues(t, b.Len(), n)
	return b.Bytes()
}

// patched returns a copy of an image with other bytes somewhere.
func patched(data []byte, offset int64, b string) []byte {
	data = bytes.Clone(data)
	copy(data[offset:], b)
	return data
}

// withFile returns a copy of an image in which a file has other content, filled with blanks.
func withFile(t testing.TB, data []byte, path, content string) []byte {
	entry, err := openBytes(t, data).FS().Lookup(path)
	require.NoError(t, err)
	require.LessOrEqual(t, len(content), int(entry.Size))
	return patched(data, entry.Offset(), content+strings.Repeat(" ", int(entry.Size)-len(content)))
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func read(t testing.TB, path string) []byte {
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

// noise is content that cannot be compressed.
func noise(n int) []byte {
	var b []byte
	for k := 0; len(b) < n; k++ {
		sum := sha256.Sum256(fmt.Append(nil, k))
		b = append(b, sum[:]...)
	}
	return b[:n]
}

// names returns what is in a directory.
func names(t testing.TB, dir string) []string {
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}
