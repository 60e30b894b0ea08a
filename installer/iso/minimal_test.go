package iso_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/iso"
	"github.com/nestos-dev/nestos/installer/iso/miniso"
)

// The digests are those of what coreos-installer 0.26 writes.
const (
	minimalDigest  = "544c32c296a618d6eb2f6ff228abc2dbc2beb41bded341dcc43812b739e0538b"
	withRootfsHere = "fb8f2528b9c9e56b8b05c3dd96ac474233b9cbdc4ad1c62419a02970ce6ab892"
)

func TestExtractMinimal(t *testing.T) {
	path := fixtureFile(t, "2023-07.x86_64")
	dir := filepath.Dir(path)
	image := openFile(t, path)
	require.NoError(t, image.ExtractMinimal(t.Context(), dir+"/a.iso", nil))
	require.Equal(t, minimalDigest, digest(read(t, dir+"/a.iso")))

	opts := &iso.MinimalOptions{RootfsURL: "http://h/r", RootfsPath: dir + "/rootfs", TempDir: dir}
	var b bytes.Buffer
	require.NoError(t, image.WriteMinimal(t.Context(), &b, opts))
	require.Equal(t, withRootfsHere, digest(b.Bytes()))
	require.Len(t, read(t, dir+"/rootfs"), 12)
	require.Equal(t, []string{"2023-07.x86_64.iso", "a.iso", "rootfs"}, names(t, dir))
	require.Equal(t, fixture(t, "2023-07.x86_64"), read(t, path))

	// The result is an image by itself, which resets to itself.
	minimal := openFile(t, dir+"/a.iso")
	text, err := minimal.Kargs()
	require.NoError(t, err)
	require.Equal(t, "mitigations=auto,nosmt ignition.firstboot ignition.platform.id=metal", text)
	require.NoError(t, minimal.SetKargs("other"))
	require.NoError(t, minimal.Reset())
	require.Equal(t, minimalDigest, digest(written(t, minimal)))
	err = minimal.ExtractMinimal(t.Context(), dir+"/b.iso", nil)
	require.EqualError(t, err, "This ISO image does not support extracting a minimal ISO.")

	err = image.ExtractMinimal(t.Context(), dir+"/a.iso", nil)
	require.ErrorIs(t, err, fs.ErrExist)
	err = image.ExtractMinimal(t.Context(), dir+"/b.iso", opts)
	require.EqualError(t, err, "opening "+dir+"/rootfs: file exists")
	require.Equal(t, []string{"2023-07.x86_64.iso", "a.iso", "rootfs"}, names(t, dir))
}

func TestExtractMinimalAll(t *testing.T) {
	for _, f := range live {
		if !f.minimal || f.size == 0 {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			var b bytes.Buffer
			require.NoError(t, openBytes(t, fixture(t, f.name)).WriteMinimal(t.Context(), &b, &iso.MinimalOptions{TempDir: t.TempDir()}))
			minimal := openBytes(t, b.Bytes())
			_, err := minimal.Open("IMAGES/PXEBOOT/ROOTFS.IMG")
			require.ErrorIs(t, err, fs.ErrNotExist)
			report, err := minimal.Inspect()
			require.NoError(t, err)
			require.Empty(t, report.Problems)
			require.False(t, report.Customized)
			require.NotContains(t, report.Kargs.Current, "coreos.liveiso")
		})
	}
}

func TestMinimalRefused(t *testing.T) {
	dir := t.TempDir()
	base := fixture(t, "2023-07.x86_64")
	const customized = "Cannot operate on ISO with embedded customizations.\nReset it with `coreos-installer iso reset` and try again."
	extract := func(image *iso.Image, opts *iso.MinimalOptions) error {
		return image.ExtractMinimal(t.Context(), dir+"/out.iso", opts)
	}
	image := openBytes(t, base)
	require.NoError(t, image.EmbedIgnition([]byte(config), false))
	require.EqualError(t, extract(image, nil), customized)
	image = openBytes(t, base)
	require.NoError(t, image.SetKargs("a"))
	require.EqualError(t, extract(image, nil), customized)
	err := extract(openBytes(t, base), &iso.MinimalOptions{RootfsURL: "http://h/ r", RootfsPath: dir + "/rootfs"})
	require.EqualError(t, err, "modifying miniso kernel args: forbidden whitespace found in 'http://h/ r'")
	err = extract(openBytes(t, fixture(t, "2021-09")), nil)
	require.EqualError(t, err, "This ISO image does not support extracting a minimal ISO.")

	entry, err := openBytes(t, base).FS().Lookup("COREOS/MINISO.DAT")
	require.NoError(t, err)
	err = extract(openBytes(t, patched(base, entry.Offset(), "M1NISO")), nil)
	require.EqualError(t, err, "reading miniso data file: validating header: not a miniso file!")
	require.ErrorIs(t, err, miniso.ErrFormat)
	err = extract(openBytes(t, patched(base, entry.Offset()+8, "\x02")), nil)
	require.EqualError(t, err, "reading miniso data file: validating header: incompatible miniso file version: 1 vs 2 (created by 0.17.0)")

	// Content that changed is found at the end, and nothing is left.
	kernel, err := openBytes(t, base).FS().Lookup("IMAGES/PXEBOOT/VMLINUZ")
	require.NoError(t, err)
	err = extract(openBytes(t, patched(base, kernel.Offset(), "!")), &iso.MinimalOptions{RootfsPath: dir + "/rootfs"})
	require.ErrorContains(t, err, "unpacking miniso: wrong final digest: expected b64f0261321433be7e437e95304481deb06736c19f052c3391b049d25d8f6411, found ")
	require.Empty(t, names(t, dir))
}

// unpackMinimal returns the minimal ISO as the builder made it.
func unpackMinimal(t *testing.T, data []byte) []byte {
	image := openBytes(t, data)
	content, err := image.Open(image.Flavour().ISODir + "/MINISO.DAT")
	require.NoError(t, err)
	d, err := miniso.Read(content)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, d.Unpack(t.Context(), image.FS(), &b))
	return b.Bytes()
}

func TestPackMinimal(t *testing.T) {
	dir := t.TempDir()
	base := fixture(t, "2023-07.x86_64")
	entry, err := openBytes(t, base).FS().Lookup("COREOS/MINISO.DAT")
	require.NoError(t, err)
	blank := patched(base, entry.Offset(), string(make([]byte, entry.Size)))
	require.NoError(t, os.WriteFile(dir+"/full.iso", blank, 0o644))
	require.NoError(t, os.WriteFile(dir+"/minimal.iso", unpackMinimal(t, base), 0o644))

	var notes []string
	opts := &iso.PackOptions{Default: coreos.Default, Application: "1.2.3", Consume: true, Message: func(s string) { notes = append(notes, s) }}
	require.NoError(t, iso.PackMinimal(t.Context(), dir+"/full.iso", dir+"/minimal.iso", opts))
	require.Equal(t, []string{"full.iso"}, names(t, dir))
	require.Regexp(t, `^Total bytes written \(compressed\): 2[456]\d\d$`, notes[4])
	notes[4] = ""
	require.Equal(t, []string{"Packing minimal ISO", "Matched 12 files of 12", "Total bytes skipped: 309610",
		"Total bytes written: 738966", "", "Verifying that packed image matches digest", "Packing successful!"}, notes)

	image := openFile(t, dir+"/full.iso")
	require.NoError(t, image.ExtractMinimal(t.Context(), dir+"/minimal.iso", nil))
	require.Equal(t, minimalDigest, digest(read(t, dir+"/minimal.iso")))
	// Outside of the data nothing changed.
	full := read(t, dir+"/full.iso")
	require.Equal(t, blank, patched(full, entry.Offset(), string(make([]byte, entry.Size))))
}

func TestPackMinimalRefused(t *testing.T) {
	dir := t.TempDir()
	base := fixture(t, "2023-07.x86_64")
	minimal := unpackMinimal(t, base)
	kernel, err := openBytes(t, minimal).FS().Lookup("IMAGES/PXEBOOT/VMLINUZ")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		full, minimal []byte
		text          string
	}{
		"files differ": {base, patched(minimal, kernel.Offset(), "!"), "unpacking miniso for verification: " +
			"File IMAGES/PXEBOOT/VMLINUZ has different content in full and minimal ISOs: wrong final digest: "},
		"missing":  {fixture(t, "synthetic"), minimal, "packing miniso: missing minimal file COREOS/FEATURES.JSO in full ISO"},
		"no place": {minimal, minimal, "looking up 'COREOS/MINISO.DAT': no record for MINISO.DAT in directory COREOS"},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(dir+"/full.iso", c.full, 0o644))
			require.NoError(t, os.WriteFile(dir+"/minimal.iso", c.minimal, 0o644))
			err := iso.PackMinimal(t.Context(), dir+"/full.iso", dir+"/minimal.iso", &iso.PackOptions{Default: coreos.Default, Consume: true})
			require.ErrorContains(t, err, c.text)
			require.Equal(t, c.full, read(t, dir+"/full.iso"))
			require.Equal(t, c.minimal, read(t, dir+"/minimal.iso"))
		})
	}
}
