package boottest_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

const grubDir = "/usr/lib/grub/i386-pc"

// Where GRUB's first two sectors say where the next sectors are; grub-bios-setup fills
// these places, too, but only on devices.
const (
	bootCodeSize   = 440   // of the first sector; a disk signature and partitions follow
	bootKernelLBA  = 0x5c  // in boot.img: 64 bits
	diskFirstList  = 0x1f4 // in diskboot.img: sector (64 bits), count and segment (16 bits each)
	kernelSegment  = 0x820
	diskPartition  = 1 // BIOS-BOOT
	sectorsOfStage = 1 // of diskboot.img, with which core.img begins
)

// coreModules are what GRUB needs to find and to read its config.
var coreModules = []string{
	"biosdisk", "part_gpt", "ext2", "normal", "test", "regexp", "echo", "serial", "terminal", "boot", "configfile", "iorw", "halt",
}

// grubRuns is what the image's grub.cfg writes to the log of the BIOS.
const grubRuns = "\nGRUB\n"

// installGRUB makes a disk image boot: boot.img goes into the first sector, core.img into
// the partition for it. core.img finds the boot file system on the disk that it came from.
func installGRUB(t *testing.T, dir, image string) {
	t.Helper()
	first := start(diskPartition) / sectorSize
	core := filepath.Join(dir, "core.img")
	must(t, "grub-mkimage", append([]string{"-O", "i386-pc", "-d", grubDir, "-p", "(,gpt3)/grub2", "-o", core}, coreModules...)...)
	data, err := os.ReadFile(core)
	require.NoError(t, err)
	require.LessOrEqual(t, len(data), layout[diskPartition-1].size*mib, "core.img")
	data = append(data, make([]byte, -len(data)&(sectorSize-1))...)
	list := data[diskFirstList:]
	binary.LittleEndian.PutUint64(list, uint64(first)+sectorsOfStage)
	binary.LittleEndian.PutUint16(list[8:], uint16(len(data)/sectorSize-sectorsOfStage))
	binary.LittleEndian.PutUint16(list[10:], kernelSegment)
	patch(t, image, start(diskPartition), data)

	boot, err := os.ReadFile(filepath.Join(grubDir, "boot.img"))
	require.NoError(t, err)
	binary.LittleEndian.PutUint64(boot[bootKernelLBA:], uint64(first))
	patch(t, image, 0, boot[:bootCodeSize])
}

// grubModules are modules that GRUB's config loads, with those they depend on, by their
// paths on the boot file system.
func grubModules(t *testing.T, names ...string) map[string][]byte {
	t.Helper()
	table, err := os.ReadFile(filepath.Join(grubDir, "moddep.lst"))
	require.NoError(t, err)
	deps := map[string][]string{}
	for line := range strings.Lines(string(table)) {
		name, needs, _ := strings.Cut(line, ":")
		deps[name] = strings.Fields(needs)
	}
	files := map[string][]byte{}
	for len(names) > 0 {
		path := "grub2/i386-pc/" + names[0] + ".mod"
		if files[path] == nil {
			files[path], err = os.ReadFile(filepath.Join(grubDir, names[0]+".mod"))
			require.NoError(t, err)
			names = append(names, deps[names[0]]...)
		}
		names = names[1:]
	}
	return files
}

// needGRUB skips without the files that are installed.
func needGRUB(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(grubDir, "boot.img")); err != nil {
		testutil.Missing(t, "needs the package grub-pc-bin: %v", err)
	}
}

// TestBootSectorLayout checks the places in GRUB's sectors that installGRUB fills: an image
// that does not boot for this reason would tell nothing of the installer.
func TestBootSectorLayout(t *testing.T) {
	needGRUB(t)
	boot, err := os.ReadFile(filepath.Join(grubDir, "boot.img"))
	require.NoError(t, err)
	require.Len(t, boot, sectorSize)
	require.EqualValues(t, 1, binary.LittleEndian.Uint64(boot[bootKernelLBA:]), "sector of core.img unless it is changed")
	disk, err := os.ReadFile(filepath.Join(grubDir, "diskboot.img"))
	require.NoError(t, err)
	require.Len(t, disk, sectorSize)
	require.EqualValues(t, 2, binary.LittleEndian.Uint64(disk[diskFirstList:]), "sector behind diskboot.img unless it is changed")
	require.EqualValues(t, kernelSegment, binary.LittleEndian.Uint16(disk[diskFirstList+10:]))
	require.True(t, bytes.Equal(make([]byte, 12), disk[diskFirstList-12:diskFirstList]), "end of the list")
}
