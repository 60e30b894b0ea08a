package boottest_test

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// bootBegins is what the BIOS logs when it is about to start what is on a disk.
const bootBegins = "Booting from"

// testCorrupt installs images of which the server changes one byte, on a disk that boots
// before.
func (w *world) testCorrupt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, image string
		start       bool // a machine with it: both leave the same first sectors
		want        []string
	}{
		// The decoder notices it.
		{"compressed", imageName, false, []string{"\nError: decoding and writing image\n\nCaused by:\n"}},
		// Only the signature tells, when all but the first MiB is on the disk.
		{"raw", rawName, true, []string{"gpg: BAD signature from \"NestOS test <test@nestos.example>\"", "\nError: GPG verification failure\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDisk(t)
			must(t, "dd", "if="+w.image, "of="+d.device, "bs=1M", "conv=fsync")
			require.Equal(t, []string{"BIOS-BOOT", "EFI-SYSTEM", "boot", "root"}, partitions(t, d))
			var usual time.Duration
			if c.start {
				usual = bootTime(t, d)
			}
			r := w.run(t, "install", "--image-url", w.url("flipped/"+c.image), d.device)
			require.Equal(t, 1, r.Exit)
			for _, text := range c.want {
				require.Contains(t, r.Stderr, text)
			}
			require.True(t, strings.HasSuffix(r.Stderr, "\nResetting partition table\nError: install failed\n"))
			require.NotContains(t, r.Stderr, "Install complete.")
			requireDead(t, d)
			if c.start {
				requireNoBoot(t, d, 3*usual+time.Second)
			}
		})
	}
}

// requireDead makes sure that the disk has neither partitions nor boot code.
func requireDead(t *testing.T, d *disk) {
	t.Helper()
	require.Empty(t, partitions(t, d))
	f, err := os.Open(d.device)
	require.NoError(t, err)
	defer f.Close()
	code := make([]byte, bootCodeSize)
	_, err = io.ReadFull(f, code)
	require.NoError(t, err)
	require.True(t, bytes.Equal(make([]byte, bootCodeSize), code), "boot code")
}

// partitions are the names that sgdisk finds.
func partitions(t *testing.T, d *disk) []string {
	t.Helper()
	_, list, ok := strings.Cut(must(t, "sgdisk", "--print", d.device), "Number ")
	require.True(t, ok)
	var names []string
	for _, line := range strings.Split(list, "\n")[1:] {
		if fields := strings.Fields(line); len(fields) > 0 {
			names = append(names, fields[len(fields)-1])
		}
	}
	return names
}

// bootTime is how long it takes from the BIOS to GRUB. The machine does not change the disk.
func bootTime(t *testing.T, d *disk) time.Duration {
	t.Helper()
	v := startVM(t, d.file)
	defer v.off()
	v.until(t, v.firmware, bootBegins)
	begin := time.Now()
	v.until(t, v.firmware, grubRuns)
	return time.Since(begin)
}

// requireNoBoot makes sure that a machine with the disk gets nowhere within a time. A BIOS
// takes what has the signature of a boot sector, as every GPT has, for bootable, and jumps
// into the zeros there.
func requireNoBoot(t *testing.T, d *disk, wait time.Duration) {
	t.Helper()
	v := startVM(t, d.file)
	defer v.off()
	v.until(t, v.firmware, bootBegins)
	select {
	case err := <-v.done:
		t.Fatalf("the machine ended: %v", err)
	case <-time.After(wait):
	}
	require.NotContains(t, text(t, v.firmware), grubRuns)
	require.Empty(t, text(t, v.console)+text(t, v.report))
}
