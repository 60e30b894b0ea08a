package iso_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/iso"
	"github.com/nestos-dev/nestos/installer/kargs"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const (
	nestosDefault = "mitigations=auto,nosmt nestos.liveiso=nestos-22.03 ignition.firstboot ignition.platform.id=metal console=tty1"
	nestosSize    = 1139
)

// builders make images of a tree in all the ways that names come about.
var builders = map[string][]string{
	"genisoimage with Rock Ridge":    {"genisoimage", "-quiet", "-rational-rock", "-J", "-joliet-long"},
	"genisoimage without Rock Ridge": {"genisoimage", "-quiet"},
	"xorriso with Rock Ridge":        {"xorriso", "-as", "mkisofs", "-quiet", "-iso-level", "1", "-r", "-J"},
	"xorriso without Rock Ridge":     {"xorriso", "-as", "mkisofs", "-quiet", "-iso-level", "1", "--norock"},
	"xorriso in lower case":          {"xorriso", "-as", "mkisofs", "-quiet", "-iso-level", "1", "--norock", "-allow-lowercase"},
}

// bootLoaderFile returns a configuration with an area for kernel arguments as the builders
// make it, and where it is.
func bootLoaderFile(before, after string) (content string, offset int) {
	area := nestosDefault + "\n" + strings.Repeat("#", nestosSize-len(nestosDefault)-1)
	return before + area + "# NESTOS_KARG_EMBED_AREA\n" + after, len(before)
}

// nestosTree writes the content of a live image.
func nestosTree(t *testing.T, dir string, minimal bool) {
	grub, grubOffset := bootLoaderFile("set timeout=5\nmenuentry 'NestOS' {\n\tlinux /images/pxeboot/vmlinuz ", "\tinitrd /images/pxeboot/initrd.img /images/ignition.img\n}\n")
	isolinux, isolinuxOffset := bootLoaderFile("default vesamenu.c32\n  append initrd=/images/pxeboot/initrd.img,/images/ignition.img ", "menu separator\n")
	type object = map[string]any
	file := func(path string, offset int) object {
		return object{"path": path, "offset": offset, "pad": "#", "end": "\n"}
	}
	encoded := func(v any) string {
		data, err := json.MarshalIndent(v, "", "  ")
		require.NoError(t, err)
		return string(data)
	}
	files := map[string]string{
		"EFI/openEuler/grub.cfg":    grub,
		"EFI/openEuler/fonts/a.pf2": "font",
		"EFI/BOOT/BOOTX64.EFI":      "loader",
		"isolinux/isolinux.cfg":     isolinux,
		"images/efiboot.img":        strings.Repeat("efi", 10000),
		"images/ignition.img":       string(make([]byte, 262144)),
		"images/pxeboot/vmlinuz":    strings.Repeat("kernel", 5000),
		"images/pxeboot/initrd.img": strings.Repeat("initrd", 5000),
		"nestos/features.json":      `{"installer-config": true, "live-initrd-network": true, "installer-config-directives": {"console": true}}`,
		"nestos/igninfo.json":       `{"file": "images/ignition.img"}`,
		"nestos/kargs.json": encoded(object{"default": nestosDefault, "size": nestosSize,
			"files": []object{file("EFI/openEuler/grub.cfg", grubOffset), file("isolinux/isolinux.cfg", isolinuxOffset)}}),
		"zipl.prm": nestosDefault,
	}
	if !minimal {
		files["images/pxeboot/rootfs.img"] = strings.Repeat("rootfs", 50000)
		files["nestos/miniso.dat"] = string(make([]byte, 16384))
	}
	for path, content := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(dir+"/"+path), 0o755))
		require.NoError(t, os.WriteFile(dir+"/"+path, []byte(content), 0o644))
	}
}

func buildImage(t *testing.T, builder []string, minimal bool) string {
	tool := testutil.Tool(t, builder[0])
	tree, path := t.TempDir(), t.TempDir()+"/nestos-22.03-live.x86_64.iso"
	nestosTree(t, tree, minimal)
	args := append(append([]string{}, builder[1:]...), "-V", "nestos-22.03", "-o", path, tree)
	out, err := exec.CommandContext(t.Context(), tool, args...).CombinedOutput()
	require.NoError(t, err, string(out))
	return path
}

func openNestOS(t *testing.T, path string) *iso.Image {
	image, err := iso.Open(path, nil)
	require.NoError(t, err)
	t.Cleanup(func() { image.Close() })
	return image
}

func TestNestOS(t *testing.T) {
	for name, builder := range builders {
		t.Run(name, func(t *testing.T) {
			path := buildImage(t, builder, false)
			pristine := read(t, path)
			image, err := iso.Open(path, &iso.Options{Default: flavour.CoreOS()})
			require.NoError(t, err)
			defer image.Close()
			require.Equal(t, "nestos", image.Flavour().Name, "the mark counts more than the default")
			text, err := image.Kargs()
			require.NoError(t, err)
			require.Equal(t, nestosDefault, text)
			areas, err := image.KargAreas()
			require.NoError(t, err)
			require.Len(t, areas, 2)

			require.NoError(t, image.EmbedIgnition([]byte(config), false))
			require.NoError(t, image.EmbedKeyfiles(keyfiles, false))
			edit := &kargs.Edit{Append: []string{"quiet"}, Delete: []string{"console=tty1"}}
			require.NoError(t, image.ModifyKargs(edit))
			streamed := written(t, image)
			require.NoError(t, image.SaveAs(t.Context(), path+".out"))
			require.NoError(t, image.Save())
			require.Equal(t, streamed, read(t, path))
			require.Equal(t, streamed, read(t, path+".out"))
			archive, err := openNestOS(t, path).Initrd()
			require.NoError(t, err)
			require.Equal(t, []string{"config.ign", "etc/nestos-firstboot-network/a.nmconnection", "etc/nestos-firstboot-network/b.nmconnection"}, archive.Paths())
			checkBootLoader(t, image, "EFI/OPENEULER/GRUB.CFG", "\tlinux /images/pxeboot/vmlinuz ", "\tinitrd /images/")
			checkBootLoader(t, image, "ISOLINUX/ISOLINUX.CFG", "  append initrd=/images/pxeboot/initrd.img,/images/ignition.img ", "menu separator")

			image = openNestOS(t, path)
			require.NoError(t, image.RemoveIgnition())
			require.NoError(t, image.RemoveKeyfiles())
			require.NoError(t, image.ResetKargs())
			require.NoError(t, image.Save())
			require.Equal(t, pristine, read(t, path))
		})
	}
}

// checkBootLoader demands that the line is whole and that all up to the next one is comment.
func checkBootLoader(t *testing.T, image *iso.Image, path, prefix, next string) {
	content, err := image.FS().ReadFile(path, 1<<20)
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(content), prefix)
	require.True(t, ok)
	lines := strings.Split(rest, "\n")
	require.Equal(t, strings.Replace(nestosDefault, " console=tty1", " quiet", 1), lines[0])
	require.Regexp(t, "^#+ NESTOS_KARG_EMBED_AREA$", lines[1])
	require.True(t, strings.HasPrefix(lines[2], next), lines[2])
}

func TestNestOSMinimal(t *testing.T) {
	for name, builder := range builders {
		t.Run(name, func(t *testing.T) {
			full, minimal := buildImage(t, builder, false), buildImage(t, builder, true)
			built := read(t, minimal)
			require.NoError(t, iso.PackMinimal(t.Context(), full, minimal, &iso.PackOptions{Application: "test"}))
			require.Equal(t, built, unpackMinimal(t, read(t, full)))

			image := openNestOS(t, full)
			dir := t.TempDir()
			opts := &iso.MinimalOptions{RootfsURL: "https://example.com/rootfs.img", RootfsPath: dir + "/rootfs.img"}
			require.NoError(t, image.ExtractMinimal(t.Context(), dir+"/minimal.iso", opts))
			require.Equal(t, strings.Repeat("rootfs", 50000), string(read(t, dir+"/rootfs.img")))
			result := openNestOS(t, dir+"/minimal.iso")
			text, err := result.Kargs()
			require.NoError(t, err)
			without := strings.Replace(nestosDefault, " nestos.liveiso=nestos-22.03", "", 1)
			require.Equal(t, without+" nestos.live.rootfs_url=https://example.com/rootfs.img", text)
			def, err := result.DefaultKargs()
			require.NoError(t, err)
			require.Equal(t, without, def)
			require.NoError(t, result.EmbedIgnition([]byte(config), false))
			require.NoError(t, result.Reset())
			require.Equal(t, len(built), len(written(t, result)))

			err = image.ExtractPXE(t.Context(), dir+"/pxe", nil)
			require.NoError(t, err)
			require.Equal(t, []string{"nestos-22.03-live.x86_64-initrd.img", "nestos-22.03-live.x86_64-rootfs.img", "nestos-22.03-live.x86_64-vmlinuz"}, names(t, dir+"/pxe"))
		})
	}
}

// Without the directory of metadata it is the default that counts: images of 2020 have none.
func TestNoMark(t *testing.T) {
	data := fixture(t, "2020-09")
	image, err := iso.New(bytes.NewReader(data), int64(len(data)), nil)
	require.NoError(t, err)
	require.Equal(t, "nestos", image.Flavour().Name)
	_, err = image.Kargs()
	require.EqualError(t, err, "No karg embed areas found; old or corrupted NestOS ISO image.")
	require.NoError(t, image.EmbedIgnition([]byte(config), false))
}
