package livetest_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/cpio"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const (
	volume   = "nestos-1.20260101.0"
	stem     = volume + "-live.x86_64"
	liveKarg = "nestos.liveiso=" + volume
	// A busy emulator may miss the ticks that the kernel waits for.
	defaultKargs = "mitigations=auto,nosmt " + liveKarg + " ignition.firstboot ignition.platform.id=metal console=tty1 " + testKargs
	testKargs    = "console=ttyS0 panic=-1 no_timer_check"
	areaSize     = 1139   // of kernel arguments
	ignitionSize = 262144 // of images/ignition.img
	minisoSize   = 16384
	buildID      = "1.20260101.0\n"
)

// The files of boot loaders.
const (
	isolinux    = "/usr/lib/ISOLINUX/isolinux.bin"
	ldlinux     = "/usr/lib/syslinux/modules/bios/ldlinux.c32"
	grubModules = "/usr/lib/grub/i386-pc"
)

// The boot images of ISOs.
const (
	isolinuxImage = "isolinux/isolinux.bin"
	grubImage     = "images/eltorito.img"
)

// media is a folder with live media.
type media struct {
	dir       string
	installer string
	full      string // a complete ISO that boots by ISOLINUX
	grub      string // an ISO that boots by GRUB
}

func (m *media) path(name string) string { return filepath.Join(m.dir, name) }

// newMedia builds live ISOs as builders of images do.
func newMedia(t *testing.T) *media {
	t.Helper()
	if testing.Short() {
		t.Skip("boots virtual machines")
	}
	testutil.Tool(t, "qemu-system-x86_64")
	for _, file := range []string{isolinux, ldlinux, grubModules + "/moddep.lst"} {
		if _, err := os.Stat(file); err != nil {
			testutil.Missing(t, "needs the packages isolinux, syslinux-common and grub-pc-bin: %v", err)
		}
	}
	linux, programs := testutil.GuestKernel(t).Image, build(t, "..", "./guest")
	m := &media{dir: t.TempDir(), installer: programs + "/nestos-installer"}
	for name, text := range inputs {
		write(t, m.input(name), []byte(text), 0o644)
	}
	tree := m.path("tree")
	for name, data := range liveFiles(t, read(t, linux), read(t, programs+"/guest")) {
		write(t, filepath.Join(tree, name), data, 0o644)
	}
	must(t, "grub-mkimage", "-O", "i386-pc-eltorito", "-d", grubModules, "-p", "/EFI/openEuler", "-o", tree+"/"+grubImage,
		"biosdisk", "iso9660", "normal", "linux")
	m.full, m.grub = m.path(stem+".iso"), m.path("grub.iso")
	makeISO(t, isolinuxImage, tree, m.full)
	// The minimal one has all but two of the files.
	require.NoError(t, os.Remove(tree+"/images/pxeboot/rootfs.img"))
	require.NoError(t, os.Remove(tree+"/nestos/miniso.dat"))
	minimal := m.path("built-minimal.iso")
	makeISO(t, isolinuxImage, tree, minimal)
	r := m.run(t, "pack", "minimal-iso", "--consume", m.full, minimal)
	require.Contains(t, r.Stderr, "Packing successful!\n")
	require.NoFileExists(t, minimal)
	// This changes the boot image in the tree.
	makeISO(t, grubImage, tree, m.grub)
	require.NoError(t, os.Mkdir(m.path("pxe"), 0o755))
	m.run(t, "iso", "extract", "pxe", "-o", m.path("pxe"), m.full)
	return m
}

// makeISO makes an ISO of a tree, as builders do it. They use genisoimage for a reason: with
// -boot-info-table xorriso 1.5.4 writes names in lower case.
func makeISO(t *testing.T, loader, tree, path string) {
	t.Helper()
	must(t, "genisoimage", "-quiet", "-V", volume, "-rational-rock", "-J", "-joliet-long",
		"-eltorito-boot", loader, "-eltorito-catalog", "isolinux/boot.cat",
		"-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", "-o", path, tree)
}

// run runs the installer, which must succeed.
func (m *media) run(t *testing.T, args ...string) *testutil.Result {
	t.Helper()
	return testutil.Run(t, &testutil.RunOptions{Must: true}, m.installer, args...)
}

// liveFiles are the files of a live ISO, but for GRUB's.
func liveFiles(t *testing.T, linux, init []byte) map[string][]byte {
	t.Helper()
	isolinuxConfig, isolinuxOffset := withArea(t, "testdata/isolinux.cfg")
	grubConfig, grubOffset := withArea(t, "testdata/grub.cfg")
	type object = map[string]any
	area := func(path string, offset int) object {
		return object{"path": path, "offset": offset, "pad": "#", "end": "\n"}
	}
	kargs, err := json.MarshalIndent(object{"default": defaultKargs, "size": areaSize, "files": []object{
		area("EFI/openEuler/grub.cfg", grubOffset), area("isolinux/isolinux.cfg", isolinuxOffset),
	}}, "", "  ")
	require.NoError(t, err)
	features := read(t, "testdata/features.json")

	initrd := zstandard(t, archive(t, map[string][]byte{
		"init": init, "etc/nestos-live-initramfs": []byte(buildID), "etc/nestos/features.json": features,
	}))
	// Compressed archives are found at any offset, not only at multiples of four.
	initrd = append(initrd, make([]byte, (5-len(initrd)%4)%4)...)
	require.Equal(t, 1, len(initrd)%4)
	rootfs := archive(t, map[string][]byte{"root.squashfs": random(3 << 20), "etc/nestos-live-rootfs": []byte(buildID)})

	return map[string][]byte{
		"isolinux/isolinux.bin":     read(t, isolinux),
		"isolinux/ldlinux.c32":      read(t, ldlinux),
		"isolinux/isolinux.cfg":     isolinuxConfig,
		"EFI/openEuler/grub.cfg":    grubConfig,
		"images/ignition.img":       make([]byte, ignitionSize),
		"images/pxeboot/vmlinuz":    linux,
		"images/pxeboot/initrd.img": initrd,
		"images/pxeboot/rootfs.img": rootfs,
		"nestos/features.json":      features,
		"nestos/igninfo.json":       []byte(`{"file": "images/ignition.img"}`),
		"nestos/kargs.json":         kargs,
		"nestos/miniso.dat":         make([]byte, minisoSize),
	}
}

// withArea reads the config of a boot loader and puts the area for kernel arguments into
// it: from the first argument over the end of the line into a comment.
func withArea(t *testing.T, file string) (config []byte, offset int) {
	t.Helper()
	before, after, ok := strings.Cut(string(read(t, file)), "@@KARGS@@")
	require.True(t, ok)
	pads := strings.Repeat("#", areaSize-len(defaultKargs)-1)
	return []byte(before + defaultKargs + "\n" + pads + after), len(before)
}

// archive makes a cpio archive with the parents of files before them, as the kernel wants
// it.
func archive(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := cpio.NewWriter(&b)
	dirs := map[string]bool{".": true}
	var parents func(dir string)
	parents = func(dir string) {
		if !dirs[dir] {
			dirs[dir] = true
			parents(filepath.Dir(dir))
			require.NoError(t, w.WriteHeader(&cpio.Header{Name: dir, Mode: 0o040755, Links: 2}))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		parents(filepath.Dir(name))
		require.NoError(t, w.WriteHeader(&cpio.Header{Name: name, Mode: 0o100755, Links: 1, Size: int64(len(files[name]))}))
		_, err := w.Write(files[name])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func zstandard(t *testing.T, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	defer w.Close()
	return w.EncodeAll(data, nil)
}

// random returns data that no compressor makes smaller.
func random(n int) []byte {
	data := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(n)}).Read(data)
	return data
}
