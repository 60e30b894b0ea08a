//go:build linux

package sysroot_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// mountLoop makes a file system in a file and mounts it at a directory, which may be empty for a new one.
func mountLoop(t *testing.T, kind string, megabytes int, dir string) string {
	t.Helper()
	testutil.Loop(t)
	mkfs := testutil.Tool(t, "mkfs."+kind)
	if dir == "" {
		dir = t.TempDir()
	}
	image := filepath.Join(t.TempDir(), kind+".img")
	require.NoError(t, os.WriteFile(image, nil, 0o600))
	require.NoError(t, os.Truncate(image, int64(megabytes)<<20))
	args := []string{image}
	if kind == "ext4" {
		args = []string{"-q", "-m", "0", "-b", "4096", "-I", "256", "-N", "4000", image}
	}
	out, err := exec.Command(mkfs, args...).CombinedOutput()
	require.NoError(t, err, string(out))
	out, err = exec.Command("mount", "-o", "loop", image, dir).CombinedOutput()
	require.NoError(t, err, string(out))
	t.Cleanup(func() {
		mutable(dir)
		out, err := exec.Command("umount", dir).CombinedOutput()
		require.NoError(t, err, string(out))
	})
	return dir
}

// fill leaves so many blocks of 4 KiB of the directory's file system.
func fill(t *testing.T, dir string, leave int) (empty func()) {
	t.Helper()
	name := filepath.Join(dir, "filler")
	f, err := os.Create(name)
	require.NoError(t, err)
	defer f.Close()
	for size := int64(1 << 20); size >= 4096; {
		var st unix.Statfs_t
		require.NoError(t, unix.Statfs(dir, &st))
		if int64(st.Bavail)*int64(st.Bsize) < int64(leave)*4096+size {
			size /= 2
			continue
		}
		end, err := f.Seek(0, 2)
		require.NoError(t, err)
		if err := unix.Fallocate(int(f.Fd()), 0, end, size); err != nil {
			break
		}
		_, err = f.Seek(0, 2)
		require.NoError(t, err)
	}
	return func() { require.NoError(t, os.Remove(name)) }
}

func freeBytes(t *testing.T, dir string) int {
	var st unix.Statfs_t
	require.NoError(t, unix.Statfs(dir, &st))
	return int(st.Bavail) * int(st.Bsize)
}

// bigKernel makes the kernel of a tree large and unlike others.
func bigKernel(t *testing.T, dir string, size int, b byte) {
	require.NoError(t, os.WriteFile(filepath.Join(dir, "usr/lib/modules/6.1.0/vmlinuz"), bytes.Repeat([]byte{b}, size), 0o644))
}

// TestFullDisk deploys with less and less space on the disk. What does not fit fails with a clear error, the old list
// boots, and nothing is left over after one cleanup, for which there is no more space than there was.
func TestFullDisk(t *testing.T) {
	for _, kind := range []string{"ext4", "tmpfs"} {
		t.Run(kind, func(t *testing.T) {
			var dir string
			if kind == "tmpfs" {
				dir = testutil.Tmpfs(t, "size=24m,mode=0755")
			} else {
				dir = mountLoop(t, kind, 24, "")
			}
			d := newLocal(t, dir, nil)
			d.mustAdd(d.tree("one", 1, nil), "rw")
			c2 := d.tree("two", 3, func(dir string) { bigKernel(t, dir, 100_000, 'b') })
			require.NoError(t, d.s.Cleanup(t.Context()))
			before := d.snapshot()
			failures, successes := 0, 0
			for leave := 0; leave < 120; leave += 1 + leave/8 {
				empty := fill(t, dir, leave)
				err := d.add("demo", c2, kargs.Of("rw", fmt.Sprint("n=", leave)), 0)
				if err != nil {
					require.ErrorContains(t, err, "No space left on device", "with %d blocks", leave)
					if errors.Is(err, sysroot.ErrInForce) {
						require.Equal(t, []string{"DemoOS 3.0 (ostree:0)", "DemoOS 1.0 (ostree:1)"}, d.bootable())
						require.Len(t, d.s.Deployments(), 2)
						empty()
						d = d.reopen(nil)
						_, err = d.s.Undeploy(t.Context(), 0)
						require.NoError(t, err)
						continue
					}
					failures++
					require.Equal(t, []string{"DemoOS 1.0 (ostree:0)"}, d.bootable())
					require.Len(t, d.s.Deployments(), 1)
					d = d.reopen(nil)
					require.NoError(t, d.s.Cleanup(t.Context()), "with %d blocks", leave)
					require.Equal(t, withoutVersions(before), withoutVersions(d.snapshot()), "with %d blocks", leave)
					empty()
					continue
				}
				empty()
				successes++
				require.Len(t, d.bootable(), 2)
				_, err = d.s.Undeploy(t.Context(), 0)
				require.NoError(t, err)
			}
			require.NotZero(t, failures)
			require.NotZero(t, successes)
		})
	}
}

// withoutVersions makes descriptions equal that differ in which boot version is live.
func withoutVersions(list []string) string {
	var out []string
	for _, line := range list {
		for _, s := range []string{"loader.", "boot."} {
			line = strings.ReplaceAll(line, s+"0", s+"N")
			line = strings.ReplaceAll(line, s+"1", s+"N")
		}
		line = strings.ReplaceAll(strings.ReplaceAll(line, "boot.N.0", "boot.N.M"), "boot.N.1", "boot.N.M")
		if strings.Contains(line, "entries/ostree-1.conf") {
			line = strings.Join(strings.Fields(line)[:2], " ") // its ostree= names the version
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// TestFullBoot has a /boot of its own that is too small for a second kernel.
func TestFullBoot(t *testing.T) {
	for _, kind := range []string{"ext4", "tmpfs"} {
		t.Run(kind, func(t *testing.T) {
			dir := t.TempDir()
			boot := filepath.Join(dir, "boot")
			require.NoError(t, os.Mkdir(boot, 0o755))
			testutil.Root(t)
			if kind == "tmpfs" {
				require.NoError(t, unix.Mount("tmpfs", boot, "tmpfs", 0, "size=4m,mode=0755"))
				t.Cleanup(func() { unix.Unmount(boot, 0) })
			} else {
				mountLoop(t, kind, 8, boot)
			}
			d := newLocal(t, dir, nil)
			size := freeBytes(t, boot) * 6 / 10
			c1 := d.tree("one", 1, func(dir string) { bigKernel(t, dir, size, 'a') })
			c2 := d.tree("two", 2, func(dir string) { bigKernel(t, dir, size, 'b') })
			d.mustAdd(c1, "rw")
			before := d.snapshot()
			for range 2 {
				err := d.add("demo", c2, nil, 0)
				require.ErrorContains(t, err, "Installing kernel: ")
				require.ErrorContains(t, err, "No space left on device")
				require.Equal(t, []string{"DemoOS 1.0 (ostree:0)"}, d.bootable())
				require.Len(t, d.s.Deployments(), 1)
				require.Equal(t, "", strings.Join(d.leftovers(), " "))
			}
			d = d.reopen(nil)
			require.NoError(t, d.s.Cleanup(t.Context()))
			require.Equal(t, before, d.snapshot())
			_, err := d.s.Undeploy(t.Context(), 0)
			require.NoError(t, err)
			d.mustAdd(c2, "rw") // now there is room
			require.Equal(t, []string{"DemoOS 2.0 (ostree:0)"}, d.bootable())
		})
	}
}

// TestReadOnlyBoot changes nothing if /boot cannot be written, but what does not need it works.
func TestReadOnlyBoot(t *testing.T) {
	dir := t.TempDir()
	boot := filepath.Join(dir, "boot")
	require.NoError(t, os.Mkdir(boot, 0o755))
	mountLoop(t, "ext4", 4, boot)
	d := newLocal(t, dir, nil)
	c1 := d.tree("one", 1, nil)
	d.mustAdd(c1, "rw")
	d.mustAdd(c1)
	require.NoError(t, unix.Mount("", boot, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	before := d.snapshot()
	err := d.add("demo", d.tree("three", 3, nil), nil, 0)
	require.ErrorContains(t, err, "Read-only file system")
	require.Len(t, d.bootable(), 2)
	d = d.reopen(nil)
	// The same kernel and arguments at each place: only links outside of /boot change.
	require.NoError(t, d.s.Load(t.Context()))
	require.NoError(t, d.s.SetDefault(t.Context(), 1))
	require.NoError(t, d.s.FinalizeStaged(t.Context()), "nothing is staged")
	require.ErrorContains(t, d.s.SetKargsInPlace(t.Context(), d.s.Deployments()[0], kargs.Of("ro")), "Read-only file system")
	require.NoError(t, d.s.SetDefault(t.Context(), 1))
	require.NoError(t, d.s.Cleanup(t.Context()))
	require.Equal(t, before, d.snapshot())
}

// TestVfatBoot refuses a /boot that has no links.
func TestVfatBoot(t *testing.T) {
	dir := t.TempDir()
	boot := filepath.Join(dir, "boot")
	require.NoError(t, os.Mkdir(boot, 0o755))
	d := newLocal(t, dir, nil)
	require.NoError(t, d.s.Close())
	exec.Command("modprobe", "vfat").Run()
	if b, err := os.ReadFile("/proc/filesystems"); err != nil || !bytes.Contains(b, []byte("\tvfat\n")) {
		t.Skip("this kernel has no vfat")
	}
	mountLoop(t, "vfat", 4, boot)
	d = openLocal(t, dir, nil)
	require.EqualError(t, d.s.Load(t.Context()), "loading sysroot: /boot cannot currently be a vfat filesystem")
}
