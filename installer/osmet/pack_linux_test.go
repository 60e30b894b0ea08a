package osmet_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/osmet"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const mib = 1 << 20

// testDisk is an image with the partitions boot and root, both ext4.
type testDisk struct {
	path, repo, sum string
	objects         int
}

type filesystem struct {
	label string
	dir   string // that is copied into it
	size  int64
}

// makeDisk makes an image with a GPT and file systems.
func makeDisk(t *testing.T, systems ...filesystem) string {
	mkfs, sgdisk := testutil.Tool(t, "mke2fs"), testutil.Tool(t, "sgdisk")
	disk := filepath.Join(t.TempDir(), "disk.img")
	args := []string{"-a", "2048"}
	offset := int64(mib)
	for i, s := range systems {
		args = append(args, "-n", fmt.Sprintf("%d:%d:%d", i+1, offset/512, (offset+s.size)/512-1))
		offset += s.size
	}
	require.NoError(t, os.WriteFile(disk, nil, 0o600))
	require.NoError(t, os.Truncate(disk, offset+mib))
	testutil.Run(t, &testutil.RunOptions{Must: true}, sgdisk, append(args, disk)...)
	offset = mib
	for _, s := range systems {
		testutil.Run(t, &testutil.RunOptions{Must: true}, mkfs, "-q", "-F", "-t", "ext4", "-b", "4096", "-L", s.label, "-d", s.dir,
			"-E", fmt.Sprintf("offset=%d", offset), disk, fmt.Sprint(s.size>>10)+"k")
		offset += s.size
	}
	return disk
}

func fileSum(t *testing.T, path string) string {
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	require.NoError(t, err)
	return hex.EncodeToString(h.Sum(nil))
}

// newDisk makes a disk with a repository, two of whose objects are on the boot file system too.
func newDisk(t *testing.T) *testDisk {
	rng := rand.New(rand.NewPCG(1, 2))
	boot, root := t.TempDir(), t.TempDir()
	d := &testDisk{repo: root + "/ostree/repo"}
	put := func(path string, data []byte) {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, data, 0o644))
	}
	for i := range 40 {
		data := make([]byte, rng.IntN(20000)+1)
		switch i {
		case 0, 1:
			data = make([]byte, mib/4+i)
		case 2:
			data = nil
		}
		for j := range data {
			data[j] = byte(rng.Uint32())
		}
		sum := sha256.Sum256([]byte{byte(i)})
		put(fmt.Sprintf("%s/objects/%x/%x.file", d.repo, sum[:1], sum[1:]), data)
		if i < 2 {
			put(fmt.Sprintf("%s/ostree/nestos/file%d", boot, i), data)
		}
		d.objects++
	}
	put(d.repo+"/objects/ab/"+strings.Repeat("0", 62)+".commit", []byte("not a file"))
	put(boot+"/grub2/grub.cfg", make([]byte, 3000))
	put(root+"/etc/hostname", []byte("host\n"))
	d.path = makeDisk(t, filesystem{"boot", boot, 2 * mib}, filesystem{"root", root, 4 * mib})
	d.sum = fileSum(t, d.path)
	return d
}

func TestPack(t *testing.T) {
	testutil.Loop(t)
	d := newDisk(t)
	for _, fast := range []bool{false, true} {
		t.Run(fmt.Sprint("fast ", fast), func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out.osmet")
			var notes []string
			require.NoError(t, osmet.Pack(t.Context(), &osmet.PackOptions{Device: d.path, Output: out, Checksum: d.sum, Description: "Test OS 1",
				Architecture: "aarch64", AppVersion: "1.2.3", Fast: fast, Message: func(s string) { notes = append(notes, s) }}))
			require.Equal(t, d.sum, fileSum(t, d.path), "the disk is as it was")

			f, err := osmet.Open(out)
			require.NoError(t, err)
			defer f.Close()
			require.Equal(t, osmet.Header{AppVersion: "1.2.3", SectorSize: 512, Description: "Test OS 1", Architecture: "aarch64"}, f.Header)
			require.Len(t, f.Partitions, 2)
			require.EqualValues(t, mib, f.Partitions[0].Start)
			require.EqualValues(t, 3*mib, f.Partitions[0].End)
			require.EqualValues(t, 3*mib, f.Partitions[1].Start)
			require.EqualValues(t, 7*mib, f.Partitions[1].End)
			require.Greater(t, f.Skipped(), int64(mib))
			image, err := f.Image(osmet.Repo(d.repo))
			require.NoError(t, err)
			got, err := io.ReadAll(image)
			require.NoError(t, err)
			whole, err := os.ReadFile(d.path)
			require.NoError(t, err)
			require.True(t, bytes.Equal(whole, got))

			text := strings.Join(notes, "\n")
			for _, want := range []string{
				fmt.Sprintf("Total OSTree objects scanned from /root: %d (%d mapped, 1 empty)\nTotal OSTree objects found in /boot: 2\n", d.objects, d.objects-1),
				"Duplicate extents dropped: 0\nOverlapping extents clamped: 0\nTotal /root extents: ",
				"Total /boot extents: ", fmt.Sprintf("\nPacking image\nTotal bytes skipped: %d\nTotal bytes written: %d\nTotal bytes written (compressed): ",
					f.Skipped(), int64(len(whole))-f.Skipped()),
				"\nVerifying that repacked image matches digest\nPacking successful!",
			} {
				require.Contains(t, text, want)
			}
			files, err := os.ReadDir(filepath.Dir(out))
			require.NoError(t, err)
			require.Len(t, files, 1)
		})
	}

	t.Run("wrong checksum", func(t *testing.T) {
		out := filepath.Join(t.TempDir(), "out.osmet")
		require.NoError(t, os.WriteFile(out, []byte("old"), 0o600))
		wrong := strings.Repeat("0", 64)
		err := osmet.Pack(t.Context(), &osmet.PackOptions{Device: d.path, Output: out, Checksum: wrong, Fast: true})
		require.EqualError(t, err, "unpacking test: got checksum "+d.sum+" but expected "+wrong)
		data, err := os.ReadFile(out)
		require.NoError(t, err)
		require.Equal(t, "old", string(data))
		files, err := os.ReadDir(filepath.Dir(out))
		require.NoError(t, err)
		require.Len(t, files, 1)
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		err := osmet.Pack(ctx, &osmet.PackOptions{Device: d.path, Output: filepath.Join(t.TempDir(), "out"), Checksum: d.sum,
			Message: func(s string) {
				if s == "Packing image" {
					cancel()
				}
			}})
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestPackRefuses(t *testing.T) {
	testutil.Loop(t)
	empty := t.TempDir()
	require.NoError(t, os.WriteFile(empty+"/file", []byte("1"), 0o644))
	sys := func(label string) filesystem { return filesystem{label, empty, 2 * mib} }
	blank := filepath.Join(t.TempDir(), "blank")
	require.NoError(t, os.WriteFile(blank, make([]byte, mib), 0o600))
	for _, c := range []struct{ device, want string }{
		{blank, "couldn't find any partitions on "},
		{makeDisk(t, sys("root")), "couldn't find boot device for "},
		{makeDisk(t, sys("boot"), sys("other")), "couldn't find root device for "},
		{makeDisk(t, sys("boot"), sys("root"), sys("boot")), `with label "boot"`},
		{makeDisk(t, sys("root"), sys("boot")), "not supported"},
		{makeDisk(t, sys("boot"), sys("root")), `walking "ostree/repo/objects": no such file or directory`},
		{"/dev/null", "opening"},
		{blank + "-missing", "opening"},
	} {
		err := osmet.Pack(t.Context(), &osmet.PackOptions{Device: c.device, Output: filepath.Join(t.TempDir(), "out"), Checksum: strings.Repeat("0", 64)})
		require.ErrorContains(t, err, c.want)
	}
	err := osmet.Pack(t.Context(), &osmet.PackOptions{Device: blank, Checksum: "abc"})
	require.EqualError(t, err, `"abc" is not a SHA-256 checksum`)
	require.EqualError(t, osmet.Pack(t.Context(), nil), `"" is not a SHA-256 checksum`)
}

// What the map says is compared with the bytes on the device.
func TestFiemap(t *testing.T) {
	testutil.Loop(t)
	mkfs, mount, umount := testutil.Tool(t, "mke2fs"), testutil.Tool(t, "mount"), testutil.Tool(t, "umount")
	image, dir := filepath.Join(t.TempDir(), "fs.img"), t.TempDir()
	require.NoError(t, os.WriteFile(image, nil, 0o600))
	require.NoError(t, os.Truncate(image, 16*mib))
	testutil.Run(t, &testutil.RunOptions{Must: true}, mkfs, "-q", "-F", "-t", "ext4", "-b", "4096", image)
	testutil.Run(t, &testutil.RunOptions{Must: true}, mount, "-t", "ext4", "-o", "loop", image, dir)
	mounted := true
	unmount := func() {
		if mounted {
			testutil.Run(t, &testutil.RunOptions{Must: true}, umount, dir)
			mounted = false
		}
	}
	// Not with the context of the test, which has ended then.
	t.Cleanup(func() {
		if mounted {
			_ = syscall.Unmount(dir, syscall.MNT_DETACH)
		}
	})

	// 70 blocks with holes between them need three requests.
	f, err := os.Create(dir + "/holes")
	require.NoError(t, err)
	for i := range 70 {
		_, err := f.WriteAt(bytes.Repeat([]byte{byte(i + 1)}, 4096), int64(i)*8192)
		require.NoError(t, err)
	}
	require.NoError(t, f.Sync())
	extents, err := osmet.Fiemap(f)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.Len(t, extents, 70)

	require.NoError(t, os.WriteFile(dir+"/empty", nil, 0o600))
	none, err := osmet.FiemapPath(dir + "/empty")
	require.NoError(t, err)
	require.Empty(t, none)

	f, err = os.Create(dir + "/preallocated")
	require.NoError(t, err)
	require.NoError(t, syscall.Fallocate(int(f.Fd()), 0, 0, 100000))
	_, err = osmet.Fiemap(f)
	require.EqualError(t, err, fmt.Sprintf("mapping %q: extent preallocated", dir+"/preallocated"))
	require.NoError(t, f.Close())

	unmount()
	disk, err := os.ReadFile(image)
	require.NoError(t, err)
	for i, e := range extents {
		require.Equal(t, [2]int64{int64(i) * 8192, 4096}, [2]int64{e.Logical, e.Length})
		require.Equal(t, bytes.Repeat([]byte{byte(i + 1)}, 4096), disk[e.Physical:e.Physical+4096], "block %d", i)
	}
}

func TestFiemapErrors(t *testing.T) {
	_, err := osmet.FiemapPath("/nonexistent/file")
	require.EqualError(t, err, `opening "/nonexistent/file": no such file or directory`)
	_, err = osmet.FiemapPath("/proc/version")
	require.ErrorContains(t, err, `mapping "/proc/version": ioctl(FS_IOC_FIEMAP): `)
	require.ErrorIs(t, err, syscall.EOPNOTSUPP)
}
