package boottest_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/boottest"
	"github.com/nestos-dev/nestos/internal/cpio"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const (
	mib        = 1 << 20
	sectorSize = 512

	bootUUID = "96d15588-3596-4b3c-adca-a2ff7279ea63"
	rootUUID = "910678ff-f77e-4a7d-8d53-86f2ac47a823"

	// kernelOptions of the image's newest entry: those of a machine without serial console.
	kernelOptions = "$ignition_firstboot ignition.platform.id=metal console=tty0 quiet root=UUID=" + rootUUID + " rw image.karg=1"
	platformTable = `{"metal": {"kernel_arguments": ["console=tty0"], "grub_commands": ["terminal_output console"]},
"qemu": {"kernel_arguments": ["console=tty0", "console=ttyS0,115200n8"],
"grub_commands": ["serial --speed=115200", "terminal_input serial console", "terminal_output serial console"]}}
`
)

// A partition of the image; the first begins at 1 MiB.
type partition struct {
	label, kind string
	size        int // MiB
}

var layout = []partition{
	{"BIOS-BOOT", "21686148-6449-6E6F-744E-656564454649", 1},
	{"EFI-SYSTEM", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", 2},
	{"boot", "0FC63DAF-8483-4772-8E79-3D69D8477DE4", 40},
	{"root", "0FC63DAF-8483-4772-8E79-3D69D8477DE4", 16},
}

// start is where partition n, counted from 1, begins.
func start(n int) int64 {
	at := int64(mib)
	for _, p := range layout[:n-1] {
		at += int64(p.size) * mib
	}
	return at
}

// imageSize has one more MiB for the second partition table.
func imageSize() int64 { return start(len(layout)+1) + mib }

// makeImage makes a bootable disk image in the file path.
func makeImage(t *testing.T, dir, path string, p *programs) {
	t.Helper()
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, f.Truncate(imageSize()))
	require.NoError(t, f.Close())
	args := []string{"-a", "1"}
	for n, part := range layout {
		n++
		first := start(n) / sectorSize
		args = append(args, "-n", fmt.Sprintf("%d:%d:%d", n, first, first+int64(part.size)*mib/sectorSize-1),
			"-c", fmt.Sprintf("%d:%s", n, part.label), "-t", fmt.Sprintf("%d:%s", n, part.kind))
	}
	must(t, "sgdisk", append(args, path)...)

	place := func(n int, file string) {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		patch(t, path, start(n), data)
	}
	efi := filepath.Join(dir, "efi")
	require.NoError(t, os.WriteFile(efi, nil, 0o600))
	require.NoError(t, os.Truncate(efi, int64(layout[1].size)*mib))
	must(t, "mkfs.fat", "-n", "EFI-SYSTEM", efi)
	place(2, efi)

	boot := filepath.Join(dir, "boot")
	writeTree(t, boot, bootFiles(t, p))
	require.NoError(t, os.Symlink("loader.1", filepath.Join(boot, "loader")))
	place(3, makeExt4(t, boot, "boot", bootUUID, layout[2].size))

	root := filepath.Join(dir, "root")
	writeTree(t, root, map[string][]byte{"etc/os-release": []byte("ID=nestos\n"), "var/empty": nil, "usr/empty": nil})
	place(4, makeExt4(t, root, "root", rootUUID, layout[3].size))

	installGRUB(t, dir, path)
}

// makeExt4 makes an ext4 file system with the files of a folder, and removes that. Its
// features are those that GRUB and kernels have known for long.
func makeExt4(t *testing.T, tree, label, uuid string, size int) string {
	t.Helper()
	const features = "none,has_journal,ext_attr,dir_index,filetype,extent,flex_bg,sparse_super,large_file,64bit,metadata_csum"
	file := tree + ".ext4"
	must(t, "mkfs.ext4", "-q", "-F", "-b", "4096", "-O", features, "-L", label, "-U", uuid,
		"-E", "root_owner=0:0", "-d", tree, file, fmt.Sprintf("%dM", size))
	require.NoError(t, os.RemoveAll(tree))
	return file
}

// bootFiles are the files of the boot file system.
func bootFiles(t *testing.T, p *programs) map[string][]byte {
	t.Helper()
	config, err := os.ReadFile("testdata/grub.cfg")
	require.NoError(t, err)
	kernel, err := os.ReadFile(p.kernel)
	require.NoError(t, err)
	entry := func(title, version, options, dir string) []byte {
		return fmt.Appendf(nil, "title %s\nversion %s\noptions %s\nlinux /ostree/%[4]s/vmlinuz\ninitrd /ostree/%[4]s/initramfs.img\n", title, version, options, dir)
	}
	files := map[string][]byte{
		"loader.1/entries/ostree-1-nestos.conf": entry("NestOS test", "1", "this is the entry that is not booted", "nestos-old"),
		"loader.1/entries/ostree-2-nestos.conf": entry("NestOS test", "2", kernelOptions, "nestos-new"),
		"ostree/nestos-new/vmlinuz":             kernel,
		"ostree/nestos-new/initramfs.img":       p.initramfs(t),
		"grub2/grub.cfg":                        config,
		"nestos/platforms.json":                 []byte(platformTable),
		"ignition.firstboot":                    nil,
	}
	maps.Copy(files, grubModules(t, "linux"))
	return files
}

// initramfs has the programs of the guest. Where an OSTree system has ostree-prepare-root,
// which is called when the root file system is mounted, is the program of folder guest.
func (p *programs) initramfs(t *testing.T) []byte {
	t.Helper()
	base, err := (&boottest.Initramfs{
		Init: p.init, PrepareRoot: p.guest, Label: "installer",
		ModulesDir: p.modules, Modules: []string{"virtio_pci", "virtio_blk", "ext4"},
	}).Pack()
	require.NoError(t, err)
	ignition, err := os.ReadFile(p.ignition)
	require.NoError(t, err)
	var b bytes.Buffer
	b.Write(base)
	w := cpio.NewWriter(&b)
	for _, h := range []cpio.Header{
		{Name: "usr", Mode: 0o040755},
		{Name: "usr/bin", Mode: 0o040755},
		{Name: "usr/bin/ignition", Mode: 0o100755, Size: int64(len(ignition))},
	} {
		h.Links = 1
		require.NoError(t, w.WriteHeader(&h))
	}
	_, err = w.Write(ignition)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return compressed(t, b.Bytes())
}

// writeTree writes files below a new folder.
func writeTree(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, files[name], 0o644))
	}
}

// patch overwrites a part of a file.
func patch(t *testing.T, path string, off int64, data []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteAt(data, off)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

// must runs a program, which must succeed, and returns what it printed.
func must(t *testing.T, name string, args ...string) string {
	t.Helper()
	return strings.TrimSpace(testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, name), args...).Stdout)
}
