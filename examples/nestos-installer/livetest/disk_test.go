package livetest_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/gpt"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
)

const (
	mib        = 1 << 20
	sectorSize = 512

	entry1 = "title NestOS\nversion 1\noptions $ignition_firstboot ignition.platform.id=metal quiet console=tty0 root.karg=1\n" +
		"linux /ostree/nestos-1/vmlinuz\ninitrd /ostree/nestos-1/initramfs.img\n"
	platforms = `{"metal": {"kernel_arguments": ["console=tty0"], "grub_commands": []},
"qemu": {"kernel_arguments": ["console=ttyS0,115200n8"], "grub_commands": ["serial --speed=115200"]}}`
	grubConfig = "set timeout=1\n# CONSOLE-SETTINGS-START\n# CONSOLE-SETTINGS-END\nblscfg\n"
)

// partitions of the disk image; the first begins at 1 MiB.
var partitions = []struct {
	label, kind string
	size        int // MiB
}{
	{"BIOS-BOOT", "21686148-6449-6E6F-744E-656564454649", 1},
	{"EFI-SYSTEM", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", 1},
	{"boot", "0FC63DAF-8483-4772-8E79-3D69D8477DE4", 8},
	{"root", "0FC63DAF-8483-4772-8E79-3D69D8477DE4", 16},
}

const bootNumber = 3

// begin is where partition n, counted from 1, begins; there is one more for the end.
func begin(n int) int64 {
	at := int64(mib)
	for _, p := range partitions[:n-1] {
		at += int64(p.size) * mib
	}
	return at
}

// image is a disk image.
type image struct {
	path   string
	data   []byte
	sha256 string
	repo   string // that is in it, as a folder
}

// newImage makes a disk image with a repository, whose kernel and initramfs are on the boot
// file system, too.
func newImage(t *testing.T) *image {
	t.Helper()
	testutil.Loop(t)
	dir := t.TempDir()
	kernel, initramfs := random(mib+17), random(2*mib+1)
	commit := map[string][]byte{
		"usr/lib/modules/6.1/vmlinuz": kernel, "usr/lib/modules/6.1/initramfs.img": initramfs,
		"usr/bin/small": []byte("small"), "usr/bin/empty": nil, "usr/bin/large": random(3*mib + 4095), "usr/etc/hostname": []byte("nestos\n"),
	}
	boot := map[string][]byte{
		"loader.1/entries/ostree-1-nestos.conf": []byte(entry1), "grub2/grub.cfg": []byte(grubConfig), "nestos/platforms.json": []byte(platforms),
		"ignition.firstboot": nil, "ostree/nestos-1/vmlinuz": kernel, "ostree/nestos-1/initramfs.img": initramfs,
	}
	for folder, files := range map[string]map[string][]byte{"commit": commit, "boot": boot} {
		for name, data := range files {
			write(t, filepath.Join(dir, folder, name), data, 0o644)
		}
	}
	require.NoError(t, os.Symlink("loader.1", filepath.Join(dir, "boot/loader")))
	i := &image{path: filepath.Join(dir, "image.raw"), repo: filepath.Join(dir, "root/ostree/repo")}
	write(t, filepath.Join(dir, "root/.nestos-aleph-version.json"), []byte("{}\n"), 0o644)
	makeRepo(t, i.repo, filepath.Join(dir, "commit"))
	i.format(t, dir)
	i.data = read(t, i.path)
	sum := sha256.Sum256(i.data)
	i.sha256 = hex.EncodeToString(sum[:])
	return i
}

// makeRepo commits a folder to a repository as deployments have it.
func makeRepo(t *testing.T, path, folder string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	repo, err := ostree.Init(path, &ostree.InitOptions{Mode: ostree.ModeBare})
	require.NoError(t, err)
	defer repo.Close()
	txn, err := repo.Begin(t.Context(), nil)
	require.NoError(t, err)
	defer txn.Abort()
	tree := ostree.NewTree()
	require.NoError(t, txn.AddDirectory(t.Context(), tree, folder, nil))
	root, meta, err := txn.WriteTree(tree)
	require.NoError(t, err)
	commit, err := txn.WriteCommit(t.Context(), root, meta, &ostree.CommitOptions{Subject: "image"})
	require.NoError(t, err)
	require.NoError(t, txn.SetRef("nestos", commit))
	_, err = txn.Commit(t.Context())
	require.NoError(t, err)
}

// format makes partitions, and file systems of the folders boot and root.
func (i *image) format(t *testing.T, dir string) {
	t.Helper()
	write(t, i.path, nil, 0o600)
	require.NoError(t, os.Truncate(i.path, begin(len(partitions)+1)+mib))
	args := []string{"-a", "1"}
	for n, p := range partitions {
		n++
		args = append(args, "-n", fmt.Sprintf("%d:%d:%d", n, begin(n)/sectorSize, begin(n+1)/sectorSize-1),
			"-c", fmt.Sprintf("%d:%s", n, p.label), "-t", fmt.Sprintf("%d:%s", n, p.kind))
	}
	must(t, "sgdisk", append(args, i.path)...)
	for n, p := range partitions {
		if folder := filepath.Join(dir, p.label); n+1 >= bootNumber {
			must(t, "mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-L", p.label, "-d", folder,
				"-E", fmt.Sprintf("root_owner=0:0,offset=%d", begin(n+1)), i.path, fmt.Sprint(p.size<<10)+"k")
		}
	}
}

// disk is a loop device and the file behind it.
type disk struct{ device, file string }

// newDisk makes a disk that is larger than the image and full of other data.
func newDisk(t *testing.T, size int) *disk {
	t.Helper()
	d := &disk{file: filepath.Join(t.TempDir(), "disk")}
	write(t, d.file, bytes.Repeat([]byte{0xaa}, size), 0o600)
	d.attach(t)
	return d
}

// attach makes the device, for the time of the test.
func (d *disk) attach(t *testing.T) {
	t.Helper()
	d.device = strings.TrimSpace(must(t, "losetup", "--find", "--show", d.file))
	// Not with the context of the test, which has ended then.
	t.Cleanup(func() { require.NoError(t, exec.Command(testutil.Tool(t, "losetup"), "--detach", d.device).Run()) })
}

// bootFile reads a file of the boot file system without mounting it.
func (d *disk) bootFile(t *testing.T, name string) string {
	t.Helper()
	part := filepath.Join(t.TempDir(), "boot")
	write(t, part, read(t, d.file)[begin(bootNumber):begin(bootNumber+1)], 0o600)
	return must(t, "debugfs", "-R", "cat /"+name, part)
}

// requireSame checks that a disk holds the image, except for what the installer changes on
// the boot file system.
func (i *image) requireSame(t *testing.T, d *disk) {
	t.Helper()
	got := read(t, d.file)[:len(i.data)]
	require.True(t, bytes.Equal(i.data[:begin(bootNumber)], got[:begin(bootNumber)]))
	require.True(t, bytes.Equal(i.data[begin(bootNumber+1):], got[begin(bootNumber+1):]))
}

// requireEmpty checks that a disk does not look as if it could be booted.
func requireEmpty(t *testing.T, d *disk) {
	t.Helper()
	data := read(t, d.file)
	const bootCode = 440
	require.Equal(t, make([]byte, bootCode), data[:bootCode])
	table, err := gpt.Read(bytes.NewReader(data), int64(len(data)), sectorSize)
	require.NoError(t, err)
	require.Zero(t, table.Last())
}
