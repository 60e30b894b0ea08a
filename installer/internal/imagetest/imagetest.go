// Package imagetest makes small disk images for tests, with the layout of real ones.
package imagetest

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/gpt"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// Sizes of the image and of its partitions, in MiB; the first begins at 1 MiB.
const (
	MiB       = 1 << 20
	biosSize  = 1
	efiSize   = 2
	bootSize  = 16
	rootSize  = 12
	BootStart = (1 + biosSize + efiSize) * MiB
	BootSize  = bootSize * MiB
	Size      = (1 + biosSize + efiSize + bootSize + rootSize + 1) * MiB
)

// Options of the kernel in the image's newest boot entry.
const Options = "$ignition_firstboot ignition.platform.id=metal quiet console=tty0 console=ttyS0,115200n8"

// Platforms is the image's platforms.json.
const Platforms = `{"metal":{"kernel_arguments":["console=tty0","console=ttyS0,115200n8"],"grub_commands":["serial --speed=115200"]},
"qemu":{"grub_commands":["serial --speed=9600","terminal_output serial"],"kernel_arguments":["console=hvc0"]},"bare":{}}`

// GRUB is the image's grub.cfg.
const GRUB = "set timeout=1\n# CONSOLE-SETTINGS-START\nserial --speed=115200\n# CONSOLE-SETTINGS-END\nblscfg\n"

// FIFO is the content that makes a file a named pipe.
const FIFO = "(named pipe)"

// Image is a disk image in a file.
type Image struct {
	Path       string
	SectorSize int
	Data       []byte
	SHA256     [32]byte
}

// BootFiles are what is on the boot file system; a value that begins with "-> " is a link.
func BootFiles(flavour string) map[string]string {
	old := "title old\nversion 1\noptions old entry\nlinux /ostree/a/vmlinuz\ninitrd /ostree/a/initramfs\n"
	return map[string]string{
		"loader": "-> loader.1",
		"loader.1/entries/ostree-1-" + flavour + ".conf": old,
		"loader.1/entries/ostree-2-" + flavour + ".conf": "title new  \nversion 2\noptions " + Options + "\nlinux /ostree/b/vmlinuz\ninitrd /ostree/b/initramfs\n",
		"ostree/b/vmlinuz":          "kernel",
		"ignition.firstboot":        "",
		"grub2/grub.cfg":            GRUB,
		flavour + "/platforms.json": Platforms,
	}
}

// New makes an image for disks with sectorSize bytes a sector. It needs mkfs.ext4.
func New(t testing.TB, dir string, sectorSize int, files map[string]string) *Image {
	t.Helper()
	mkfs := testutil.Tool(t, "mkfs.ext4")
	i := &Image{Path: filepath.Join(dir, "image.raw"), SectorSize: sectorSize}
	tree := filepath.Join(dir, "boot-tree")
	for name, text := range files {
		p := filepath.Join(tree, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(p), 0o755))
		if text == FIFO {
			require.NoError(t, exec.Command("mkfifo", p).Run())
		} else if target, ok := cutLink(text); ok {
			require.NoError(t, os.Symlink(target, p))
		} else {
			require.NoError(t, os.WriteFile(p, []byte(text), 0o644))
		}
	}
	boot := filepath.Join(dir, "boot.ext4")
	require.NoError(t, os.WriteFile(boot, nil, 0o644))
	require.NoError(t, os.Truncate(boot, BootSize))
	out, err := exec.Command(mkfs, "-q", "-F", "-b", "4096", "-O", "^has_journal", "-L", "boot", "-U", "96d15588-3596-4b3c-adca-a2ff7279ea63", "-E", "root_owner=0:0", "-d", tree, boot).CombinedOutput()
	require.NoError(t, err, string(out))

	data := make([]byte, Size)
	fs, err := os.ReadFile(boot)
	require.NoError(t, err)
	copy(data[BootStart:], fs)
	rng := rand.New(rand.NewPCG(1, uint64(sectorSize)))
	root := data[BootStart+BootSize : Size-MiB]
	for n := 0; n < len(root)/2; n += 8 { // half of it random, the rest zeros and a mark at the end
		binary.LittleEndian.PutUint64(root[n:], rng.Uint64())
	}
	copy(root[len(root)-100:], "the end")
	for n := range 440 { // boot code
		data[n] = byte(n)
	}
	i.Data = data
	i.table(t)
	i.SHA256 = sha256.Sum256(data)
	require.NoError(t, os.WriteFile(i.Path, data, 0o644))
	require.NoError(t, os.Remove(boot))
	require.NoError(t, os.RemoveAll(tree))
	return i
}

func cutLink(text string) (string, bool) {
	if len(text) > 3 && text[:3] == "-> " {
		return text[3:], true
	}
	return "", false
}

// table writes the partition table that images have.
func (i *Image) table(t testing.TB) {
	t.Helper()
	tab, err := gpt.New(Size, i.SectorSize, nil)
	require.NoError(t, err)
	at := uint64(1)
	for n, p := range []struct {
		label, kind string
		size        uint64
	}{
		{"BIOS-BOOT", "21686148-6449-6E6F-744E-656564454649", biosSize},
		{"EFI-SYSTEM", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", efiSize},
		{"boot", "0FC63DAF-8483-4772-8E79-3D69D8477DE4", bootSize},
		{"root", "0FC63DAF-8483-4772-8E79-3D69D8477DE4", rootSize},
	} {
		e := gpt.Entry{First: at * MiB / uint64(i.SectorSize), Last: (at+p.size)*MiB/uint64(i.SectorSize) - 1}
		e.Type, err = gpt.ParseGUID(p.kind)
		require.NoError(t, err)
		e.GUID, err = gpt.NewGUID(nil)
		require.NoError(t, err)
		require.NoError(t, e.SetLabel(p.label))
		require.NoError(t, tab.Set(n+1, e))
		at += p.size
	}
	require.NoError(t, tab.Write(writer(i.Data)))
	copy(i.Data[gpt.MBROffset:], gpt.ProtectiveMBR(Size, i.SectorSize))
}

type writer []byte

func (w writer) WriteAt(p []byte, off int64) (int, error) { return copy(w[off:], p), nil }
