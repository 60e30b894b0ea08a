package faulttest_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// all tells whether the tests are to try everything instead of a choice.
func all() bool { return os.Getenv("NESTOS_KILL_ALL") != "" }

// file is an image file, perhaps with a signature.
func file(t testing.TB, data, sig []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "image")
	require.NoError(t, os.WriteFile(name, data, 0o600))
	if sig != nil {
		require.NoError(t, os.WriteFile(name+".sig", sig, 0o600))
	}
	return name
}

// signed is an image file with a good signature.
func signed(t testing.TB, data []byte) string {
	t.Helper()
	name := file(t, data, nil)
	require.NoError(t, os.WriteFile(name+".sig", keys(t).sign(t, name, "signer"), 0o600))
	return name
}

// keepArgs keep the partitions that are kept if any are.
var keepArgs = []string{"--save-partlabel", "da*", "--save-partindex", "8-"}

// install is the command line of an installation, with partitions that are kept if saving is set.
func install(d *disk, saving bool, args ...string) []string {
	args = append([]string{"install", d.path}, args...)
	if saving {
		args = append(args, keepArgs...)
	}
	return args
}

// places are some offsets within n bytes, dense at both ends.
func places(n int, random *rand.Rand) []int {
	list := []int{5, n - 1 - random.IntN(24), random.IntN(n)}
	if !all() {
		return list
	}
	for i := range 30 {
		list = append(list, i, n-1-i, random.IntN(n))
	}
	return list
}

// TestTruncated ends images in many places: within headers, blocks, indexes and trailers. Without a signature the
// format alone must tell; for raw images nothing else can.
func TestTruncated(t *testing.T) {
	testutil.Root(t)
	seed := testutil.Seed(t)
	for _, format := range formats {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			d, s, whole := newDisk(t, 512), newSession(t), packed(t, 512, format)
			var sig []byte
			if format == "raw" {
				sig = keys(t).sign(t, file(t, whole, nil), "signer")
			}
			for _, end := range places(len(whole), rand.New(rand.NewPCG(seed, 1))) {
				r := s.run(install(d, true, "--insecure", "-f", file(t, whole[:end], sig))...)
				require.Equal(t, 1, r.exit, "%d bytes: %s", end, r)
				r.failed(t, "")
				d.requireDead(true)
			}
		})
	}
}

// TestCorrupted flips bits. What neither a checksum nor a signature tells must not have changed the image.
func TestCorrupted(t *testing.T) {
	testutil.Root(t)
	seed := testutil.Seed(t)
	for _, format := range formats {
		for _, verify := range []bool{true, false} {
			if format == "raw" && !verify {
				continue
			}
			t.Run(fmt.Sprintf("%s/signed=%v", format, verify), func(t *testing.T) {
				t.Parallel()
				d, s, whole := newDisk(t, 512), newSession(t), packed(t, 512, format)
				var sig []byte
				if verify {
					sig = keys(t).sign(t, file(t, whole, nil), "signer")
				}
				random := rand.New(rand.NewPCG(seed, 2))
				result := &outcome{image: newImage(t, 512), saving: true}
				for _, at := range places(len(whole), random) {
					bad := bytes.Clone(whole)
					bad[at] ^= 1 << random.IntN(8)
					r := s.run(install(d, true, "--insecure", "-f", file(t, bad, sig))...)
					if r.exit == 0 && !verify {
						require.NoError(t, result.complete(d, d.read()), "byte %d: %s", at, r)
						d.reset()
						continue
					}
					require.Equal(t, 1, r.exit, "byte %d: %s", at, r)
					if strings.Contains(r.stderr, "install failed") {
						r.failed(t, "")
						d.requireDead(true)
					} else { // a size, or a kind of image, that was told beforehand
						r.refused(t, "")
					}
				}
			})
		}
	}
}

// TestVerdict has whole images that nobody vouches for.
func TestVerdict(t *testing.T) {
	testutil.Root(t)
	good := packed(t, 512, "zst")
	k := keys(t)
	name := file(t, good, nil)
	other := file(t, append(bytes.Clone(good[:len(good)-1]), good[len(good)-1]^1), nil)
	late := []string{"--faked-system-time", "20200102T000000"}
	for _, c := range []struct {
		name string
		sig  []byte
		why  string
	}{
		{"other data", k.sign(t, other, "signer"), "BAD signature"},
		{"unknown key", k.sign(t, name, "unknown"), "No public key"},
		{"expired key", k.sign(t, name, "expired", late...), "key expired"},
		{"expired signature", k.sign(t, name, "signer", "--default-sig-expire", "1", "--faked-system-time", "20200102T000000"), "expired"},
		{"empty", []byte{}, ""},
		{"text", []byte("no signature\n"), ""},
		{"cut", k.sign(t, name, "signer")[:40], ""},
		{"armored and cut", k.sign(t, name, "signer", "--armor")[:100], ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, saving := range []bool{false, true} {
				d, s := newDisk(t, 512), newSession(t)
				r := s.run(install(d, saving, "-f", file(t, good, c.sig), "--insecure")...)
				r.failed(t, "GPG verification failure")
				require.Contains(t, r.stderr, c.why)
				d.requireDead(saving)
			}
		})
	}
	t.Run("missing", func(t *testing.T) {
		t.Parallel()
		d, s := newDisk(t, 512), newSession(t)
		s.run(install(d, false, "-f", name)...).refused(t, "Error: --insecure not specified and signature not found\n")
		d.requireUntouched()
	})
	t.Run("trailing data", func(t *testing.T) {
		t.Parallel()
		d, s := newDisk(t, 512), newSession(t)
		for _, format := range formats[1:] {
			data := append(bytes.Clone(packed(t, 512, format)), 0)
			r := s.run(install(d, true, "-f", signed(t, data))...)
			r.failed(t, "found trailing data after compressed stream")
			d.requireDead(true)
		}
	})
}

// TestPreserve keeps the disk as it is after a failure, and the table with what was to be kept in a file.
func TestPreserve(t *testing.T) {
	testutil.Root(t)
	for _, sectorSize := range []int{512, 4096} {
		d, s := newDisk(t, sectorSize), newSession(t)
		data := packed(t, sectorSize, "zst")
		r := s.start(install(d, true, "--insecure", "--preserve-on-error", "-f", file(t, data[:len(data)-1], nil))...).wait()
		require.Equal(t, 1, r.exit, r)
		_, rest, _ := strings.Cut(r.stderr, "\nPreserving partition table as requested\nStoring saved partition entries to ")
		name, end, _ := strings.Cut(rest, "\n")
		require.Equal(t, "Error: install failed\n", end, r)
		require.True(t, strings.HasPrefix(name, s.tmp+"/nestos-installer-partitions."), name)
		stored, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Len(t, stored, diskSize)
		for _, table := range [][]byte{stored, d.read()} {
			got, err := labels(table, sectorSize)
			require.NoError(t, err)
			require.Equal(t, kept, got)
			require.True(t, zero(table[:bootCode]))
		}
		require.NoError(t, d.keptContent(d.read()))
	}
}

// TestMisfit has images that are not for this disk.
func TestMisfit(t *testing.T) {
	testutil.Root(t)
	large := append(bytes.Clone(newImage(t, 512).data), make([]byte, diskSize-imageSize+512)...)
	for _, format := range formats {
		t.Run("larger than the disk/"+format, func(t *testing.T) {
			t.Parallel()
			d, s := newDisk(t, 512), newSession(t)
			r := s.run(install(d, false, "-f", signed(t, pack(t, large, format)))...)
			if strings.Contains(r.stderr, "install failed") { // when the size is not known beforehand
				if format == "xz" { // its later blocks tell
					r.failed(t, "image is larger than the destination")
				} else {
					r.failed(t, "No space left on device (os error 28)")
				}
				d.requireDead(false)
				return
			}
			r.refused(t, "image is larger than the destination")
			d.requireUntouched()
		})
	}
	for _, sectorSize := range []int{512, 4096} {
		t.Run(fmt.Sprintf("other sectors than %d", sectorSize), func(t *testing.T) {
			t.Parallel()
			d, s := newDisk(t, sectorSize), newSession(t)
			i := newImage(t, 4096+512-sectorSize)
			r := s.run(install(d, true, "-f", signed(t, pack(t, i.data, "gz")))...)
			r.failed(t, fmt.Sprintf("source has sector size %d but destination has sector size %d", i.sectorSize, sectorSize))
			d.requireDead(true)
		})
		t.Run(fmt.Sprintf("collision/%d", sectorSize), func(t *testing.T) {
			t.Parallel()
			d, s, i := newDisk(t, sectorSize), newSession(t), newImage(t, sectorSize)
			// The partition to be kept begins within the image's last one.
			r := s.run(install(d, false, "--save-partlabel", "old", "-f", signed(t, pack(t, i.data, "xz")))...)
			r.refused(t, `collision with partition 1 ("old") at offset 1048576`)
			d.requireUntouched()
			// Data behind the image's last partition reach the first one to be kept.
			long := append(bytes.Clone(i.data), make([]byte, dataOffset-imageSize+1)...)
			r = s.run(install(d, true, "-f", signed(t, pack(t, long, "gz")))...)
			r.failed(t, fmt.Sprintf(`collision with partition 4 ("data") at offset %d`, dataOffset))
			d.requireDead(true)
			// An image that ends there does not.
			long = long[:len(long)-1]
			r = s.run(install(d, true, "-f", signed(t, pack(t, long, "gz")))...)
			require.Zero(t, r.exit, r)
			(&outcome{image: i, saving: true}).requireComplete(d)
		})
	}
}
