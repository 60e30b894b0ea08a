package iso_test

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/iso"
	"github.com/nestos-dev/nestos/installer/kargs"
)

// What does not fit changes nothing, neither the file nor what would be written.
func TestTooLarge(t *testing.T) {
	path := fixtureFile(t, "2023-07.x86_64")
	image := openFile(t, path)
	require.NoError(t, image.EmbedIgnition([]byte(config), false))
	require.NoError(t, image.Save())
	before := read(t, path)

	err := image.EmbedIgnition(noise(400000), true)
	require.ErrorContains(t, err, "Compressed initramfs is too large: ")
	require.ErrorContains(t, err, " > 262144")
	text, err := image.Kargs()
	require.NoError(t, err)
	require.NoError(t, image.SetKargs(strings.Repeat("x", 1138)))
	require.NoError(t, image.SetKargs(text))
	err = image.SetKargs(strings.Repeat("x", 1139))
	require.EqualError(t, err, "kargs too large for area: 1140 vs 1139")
	require.Error(t, image.SetKargs("a\nb"))
	require.NoError(t, image.Save())
	require.Equal(t, before, read(t, path))
	require.Equal(t, before, written(t, image))
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	_, err := iso.Open(dir+"/none", nil)
	require.EqualError(t, err, "opening "+dir+"/none: no such file or directory")
	require.NoError(t, os.WriteFile(dir+"/empty", nil, 0o644))
	_, err = iso.Open(dir+"/empty", nil)
	require.EqualError(t, err, "parsing ISO9660 image: getting volume descriptor #1: reading volume descriptor: failed to fill whole buffer")
	_, err = iso.Open(dir, &iso.Options{ReadOnly: true})
	require.EqualError(t, err, "parsing ISO9660 image: getting volume descriptor #1: reading volume descriptor: is a directory")
	_, err = iso.Open(dir, nil)
	require.EqualError(t, err, "opening "+dir+": is a directory")
	_, err = openBytes(t, fixture(t, "synthetic")).Initrd()
	require.EqualError(t, err, "Unrecognized CoreOS ISO image.: finding initrd embed area: intermediate directory IMAGES does not exist")
}

// Areas that are one after the other, of files that are links, are written once.
func TestSameAreaTwice(t *testing.T) {
	data := withFile(t, fixture(t, "2023-07.x86_64"), "COREOS/KARGS.JSO",
		`{"default": "a", "size": 500, "files": [{"path": "EFI/fedora/grub.cfg", "offset": 973}, {"path": "EFI/fedora/../fedora/grub.cfg", "offset": 973}]}`)
	image := openBytes(t, data)
	require.NoError(t, image.SetKargs("b"))
	text, err := openBytes(t, written(t, image)).Kargs()
	require.NoError(t, err)
	require.Equal(t, "b", text)
}

func TestHostileMetadata(t *testing.T) {
	const ignition, kargsPath = "COREOS/IGNINFO.JSO", "COREOS/KARGS.JSO"
	base := fixture(t, "2023-07.s390x")
	for name, c := range map[string]struct{ path, content, text string }{
		"no object":       {ignition, `7`, "decoding igninfo"},
		"no file":         {ignition, `{}`, "missing field `file`"},
		"missing":         {ignition, `{"file":"a"}`, "finding initrd embed area: no record for A in directory "},
		"directory":       {ignition, `{"file":"images"}`, "entry IMAGES is a directory"},
		"offset":          {ignition, `{"file":"images/pxeboot/vmlinuz","offset":9000}`, "behind the end"},
		"huge offset":     {ignition, `{"file":"images/pxeboot/vmlinuz","offset":18446744073709551615}`, "behind the end"},
		"negative":        {ignition, `{"file":"images/pxeboot/vmlinuz","offset":-1}`, "decoding igninfo"},
		"huge length":     {ignition, `{"file":"images/pxeboot/vmlinuz","length":18446744073709551615}`, "end behind the end"},
		"kargs no JSON":   {kargsPath, `{`, "decoding kargs embed area info"},
		"no default":      {kargsPath, `{"size":1,"files":[]}`, "missing field `default`"},
		"no size":         {kargsPath, `{"default":"","files":[]}`, "missing field `size`"},
		"no files":        {kargsPath, `{"default":"","size":1}`, "missing field `files`"},
		"no path":         {kargsPath, `{"default":"","size":1,"files":[{"offset":1}]}`, "missing field `path`"},
		"no offset":       {kargsPath, `{"default":"","size":1,"files":[{"path":"a"}]}`, "missing field `offset`"},
		"empty":           {kargsPath, `{"default":"","size":1,"files":[]}`, "No karg embed areas found; corrupted CoreOS ISO image."},
		"large":           {kargsPath, `{"default":"","size":2049,"files":[]}`, "karg embed area size larger than 2048 (found 2049)"},
		"long default":    {kargsPath, `{"default":"ab","size":1,"files":[]}`, "default kargs size 2 larger than embed areas (1)"},
		"not there":       {kargsPath, `{"default":"","size":1,"files":[{"path":"x","offset":1}]}`, "looking up 'x': no record for X in directory "},
		"a directory":     {kargsPath, `{"default":"","size":1,"files":[{"path":"images","offset":1}]}`, "entry IMAGES is a directory"},
		"out of the file": {kargsPath, `{"default":"","size":100,"files":[{"path":"images/cdboot.img","offset":18446744073709551610}]}`, "end behind the end"},
		"pad":             {kargsPath, `{"default":"","size":10,"files":[{"path":"images/cdboot.img","offset":1,"pad":"ä"}]}`, `pad "ä" is no ASCII character`},
		"end":             {kargsPath, `{"default":"","size":10,"files":[{"path":"images/cdboot.img","offset":1,"end":""}]}`, `end "" is no ASCII character`},
	} {
		t.Run(name, func(t *testing.T) {
			image := openBytes(t, withFile(t, base, c.path, c.content))
			_, err := image.Initrd()
			require.ErrorContains(t, err, c.text)
			require.ErrorContains(t, image.Reset(), c.text)
			_, err = image.WriteTo(io.Discard)
			require.ErrorContains(t, err, c.text)
		})
	}
}

// Areas that overlap cannot hold what is asked for.
func TestOverlap(t *testing.T) {
	data := withFile(t, fixture(t, "2023-07.s390x"), "COREOS/KARGS.JSO",
		`{"default":"a","size":100,"files":[{"path":"images/cdboot.img","offset":66688},{"path":"images/cdboot.img","offset":66700}]}`)
	image := openBytes(t, data)
	require.NoError(t, image.SetKargs("a"))
	_, err := image.WriteTo(io.Discard)
	require.EqualError(t, err, "region starting at 138380 precedes current offset 138468")
}

func TestLegacyHeader(t *testing.T) {
	base := fixture(t, "2021-01")
	number := func(n int64) string {
		b := make([]byte, 8)
		for k := range b {
			b[k] = byte(n >> (8 * k))
		}
		return string(b)
	}
	for name, c := range map[string]struct {
		offset int64
		bytes  string
		text   string
	}{
		"too long":    {32680, number(2049), "karg embed area length larger than 2048 (found 2049)"},
		"huge":        {32680, number(-1), "karg embed area length larger than 2048 (found 18446744073709551615)"},
		"no default":  {32688, number(1 << 40), "reading default kargs: reading 1131 bytes at 1099511627776: failed to fill whole buffer"},
		"negative":    {32696, number(-5), "reading kargs embed area: reading 1131 bytes at 18446744073709551611: failed to fill whole buffer"},
		"no areas":    {32696, number(0), "No karg embed areas found; corrupted CoreOS ISO image."},
		"no text":     {365415, "\xff", ""},
		"other magic": {32672, "coreKark", "No karg embed areas found; old or corrupted CoreOS ISO image."},
	} {
		t.Run(name, func(t *testing.T) {
			image := openBytes(t, patched(base, c.offset, c.bytes))
			_, err := image.Kargs()
			if c.text != "" {
				require.EqualError(t, err, c.text)
				return
			}
			require.EqualError(t, err, "invalid UTF-8 in karg area")
			require.NoError(t, image.Reset())
			require.Equal(t, base, written(t, image))
		})
	}
}

// The garbage that an interrupted program leaves is reported by all but reset.
func TestDamagedArea(t *testing.T) {
	base := fixture(t, "2023-07.x86_64")
	image := openBytes(t, patched(base, 139264, "X"))
	_, err := image.Ignition()
	require.ErrorContains(t, err, "Unrecognized CoreOS ISO image.: decoding initrd embed area: reading CPIO entry: ")
	require.NoError(t, image.ResetKargs())
	_, err = image.WriteTo(io.Discard)
	require.ErrorContains(t, err, "decoding initrd embed area")
	require.NoError(t, image.Reset())
	require.Equal(t, base, written(t, image))
}

func TestDisagreeingKargs(t *testing.T) {
	base := fixture(t, "2023-07.x86_64")
	damaged := patched(base, 137037+5, "X")
	const def = "mitigations=auto,nosmt coreos.liveiso=fedora-coreos-38.20230718.dev.0 ignition.firstboot ignition.platform.id=metal"
	want := "kargs don't match at all offsets! (expected '" + strings.Replace(def, "mitiga", "mitigX", 1) +
		"', but offset 408522 has: '" + def + "')"
	image := openBytes(t, damaged)
	_, err := image.Kargs()
	require.EqualError(t, err, want)
	require.EqualError(t, image.ModifyKargs(&kargs.Edit{}), want)
	require.NoError(t, image.EmbedIgnition([]byte(config), false))
	_, err = image.WriteTo(io.Discard)
	require.EqualError(t, err, want)
	_, err = image.ShowKargAreas()
	require.EqualError(t, err, want)
	report, err := image.Inspect()
	require.NoError(t, err)
	require.Equal(t, []string{want}, report.Problems)

	for name, reset := range map[string]func(*iso.Image) error{"reset": (*iso.Image).Reset, "kargs reset": (*iso.Image).ResetKargs} {
		t.Run(name, func(t *testing.T) {
			image := openBytes(t, damaged)
			require.NoError(t, reset(image))
			require.Equal(t, base, written(t, image))
		})
	}
}
