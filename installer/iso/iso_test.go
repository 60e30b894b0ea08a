package iso_test

import (
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/initrd"
	"github.com/nestos-dev/nestos/installer/iso"
	"github.com/nestos-dev/nestos/installer/kargs"
	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestMain(m *testing.M) { os.Exit(testutil.MainInMemory(m)) }

const config = `{"ignition":{"version":"3.4.0"}}`

var keyfiles = []initrd.Keyfile{{Name: "b.nmconnection", Data: []byte("[b]\n")}, {Name: "a.nmconnection", Data: []byte("[a]\n")}}

func TestAreas(t *testing.T) {
	for _, f := range live {
		t.Run(f.name, func(t *testing.T) {
			image := openBytes(t, fixture(t, f.name))
			require.Equal(t, "coreos", image.Flavour().Name)
			area, err := image.InitrdArea()
			require.NoError(t, err)
			require.Equal(t, iso.Area{Offset: f.initrd, Length: 262144}, area)
			archive, err := image.Initrd()
			require.NoError(t, err)
			require.Zero(t, archive.Len())
			features, err := image.Features()
			require.NoError(t, err)
			require.Equal(t, f.network, features.LiveInitrdNetwork)
			require.Equal(t, f.network, features.InstallerConfig)

			require.Equal(t, f.size > 0, image.KargsSupported())
			if f.size == 0 {
				return
			}
			areas, err := image.KargAreas()
			require.NoError(t, err)
			for n, area := range areas {
				require.Equal(t, iso.Area{Offset: f.kargs[n], Length: int64(f.size)}, area.Area)
			}
			require.Len(t, areas, len(f.kargs))
			text, err := image.Kargs()
			require.NoError(t, err)
			require.Contains(t, text, "coreos.liveiso=")
			def, err := image.DefaultKargs()
			require.NoError(t, err)
			require.Equal(t, def, text)
		})
	}
}

// The digests are those of what coreos-installer 0.26 writes.
func TestModifyKargs(t *testing.T) {
	for name, want := range map[string]string{
		"2021-01":        "6b4a8b65b8c5b9f88bda837bd7861f4d48025127d890638a7d27aa4e6134c11f",
		"2023-07.x86_64": "87294b4fc426bbdf990d7be09939818b5e329be382038ac408e4a284662eb422",
		"2023-07.s390x":  "8e178cd8c9b0f5b8b45faad4c30f59fba07e2fd0a69e962f1aa4647ba8c2bd10",
	} {
		t.Run(name, func(t *testing.T) {
			path := fixtureFile(t, name)
			image := openFile(t, path)
			require.NoError(t, image.ModifyKargs(&kargs.Edit{Append: []string{"foo=bar"}}))
			require.Equal(t, want, digest(written(t, image)))
			require.NoError(t, image.SaveAs(t.Context(), path+".out"))
			require.Equal(t, want, digest(read(t, path+".out")))
			require.NoError(t, image.Save())
			require.Equal(t, want, digest(read(t, path)))

			text, err := openFile(t, path).Kargs()
			require.NoError(t, err)
			require.True(t, strings.HasSuffix(text, " foo=bar"), text)
			require.NoError(t, image.ResetKargs())
			require.NoError(t, image.Save())
			require.Equal(t, fixture(t, name), read(t, path))
		})
	}
}

// What was embedded can be taken out again such that nothing is left, in every way of
// writing, and next to other content.
func TestRoundTrip(t *testing.T) {
	for _, f := range live {
		t.Run(f.name, func(t *testing.T) {
			path := fixtureFile(t, f.name)
			image := openFile(t, path)
			require.NoError(t, image.EmbedIgnition([]byte(config), false))
			if f.network {
				require.NoError(t, image.EmbedKeyfiles(keyfiles, false))
			}
			if f.size > 0 {
				require.NoError(t, image.ModifyKargs(&kargs.Edit{Append: []string{"quiet"}}))
			}
			streamed := written(t, image)
			require.NoError(t, image.SaveAs(t.Context(), path+".out"))
			require.NoError(t, image.Save())
			require.Equal(t, streamed, read(t, path))
			require.Equal(t, streamed, read(t, path+".out"))
			require.NotEqual(t, fixture(t, f.name), streamed)

			image = openFile(t, path)
			got, err := image.Ignition()
			require.NoError(t, err)
			require.Equal(t, config, string(got))
			if f.network {
				list, err := image.Keyfiles()
				require.NoError(t, err)
				require.Equal(t, []initrd.Keyfile{keyfiles[1], keyfiles[0]}, list)
			}
			require.NoError(t, image.RemoveIgnition())
			require.NoError(t, image.Save())
			_, err = image.Ignition()
			require.ErrorIs(t, err, iso.ErrNoIgnition)
			if f.network {
				_, err = openFile(t, path).Keyfiles()
				require.NoError(t, err)
			}
			require.NoError(t, image.RemoveKeyfiles())
			if f.size > 0 {
				require.NoError(t, image.ResetKargs())
			}
			require.NoError(t, image.Save())
			require.Equal(t, fixture(t, f.name), read(t, path))

			image = openFile(t, path+".out")
			require.NoError(t, image.Reset())
			require.NoError(t, image.Save())
			require.Equal(t, fixture(t, f.name), read(t, path+".out"))
		})
	}
}

func TestIgnitionTexts(t *testing.T) {
	image := openBytes(t, fixture(t, "2023-07.x86_64"))
	_, err := image.Ignition()
	require.EqualError(t, err, "No embedded Ignition config.")
	require.NoError(t, image.RemoveIgnition())
	require.NoError(t, image.EmbedIgnition([]byte("a"), false))
	err = image.EmbedIgnition([]byte("b"), false)
	require.EqualError(t, err, "This ISO image already has an embedded Ignition config; use -f to force.")
	require.NoError(t, image.EmbedIgnition([]byte("b"), true))
	got, err := image.Ignition()
	require.NoError(t, err)
	require.Equal(t, "b", string(got))
}

func TestKeyfileTexts(t *testing.T) {
	err := openBytes(t, fixture(t, "2021-09")).EmbedKeyfiles(keyfiles, false)
	require.EqualError(t, err, "This OS image does not support customizing network settings.")
	image := openBytes(t, fixture(t, "2023-07.x86_64"))
	_, err = image.Keyfiles()
	require.EqualError(t, err, "No embedded network settings.")
	err = image.EmbedKeyfiles([]initrd.Keyfile{{Name: "x"}, {Name: "x"}}, false)
	require.EqualError(t, err, "multiple input files named 'x'")
	require.NoError(t, image.EmbedKeyfiles(keyfiles, false))
	err = image.EmbedKeyfiles(keyfiles[:1], false)
	require.EqualError(t, err, "This ISO image already has embedded network settings; use -f to force.")
	require.NoError(t, image.EmbedKeyfiles(keyfiles[:1], true))
	list, err := image.Keyfiles()
	require.NoError(t, err)
	require.Equal(t, keyfiles[:1], list)
	archive, err := image.Initrd()
	require.NoError(t, err)
	require.Equal(t, []string{"etc/coreos-firstboot-network/b.nmconnection"}, archive.Paths())
}

func TestNoKargs(t *testing.T) {
	image := openBytes(t, fixture(t, "2020-09"))
	const text = "No karg embed areas found; old or corrupted CoreOS ISO image."
	require.False(t, image.KargsSupported())
	_, err := image.Kargs()
	require.EqualError(t, err, text)
	_, err = image.DefaultKargs()
	require.EqualError(t, err, text)
	_, err = image.KargAreas()
	require.EqualError(t, err, text)
	require.EqualError(t, image.ModifyKargs(&kargs.Edit{}), text)
	require.EqualError(t, image.ResetKargs(), text)
	require.NoError(t, image.Reset())
	require.Equal(t, fixture(t, "2020-09"), written(t, image))
}

func TestArchiveIsCopied(t *testing.T) {
	image := openBytes(t, fixture(t, "2023-07.x86_64"))
	archive, err := image.Initrd()
	require.NoError(t, err)
	archive.Add("x", nil)
	again, err := image.Initrd()
	require.NoError(t, err)
	require.Zero(t, again.Len())
	require.NoError(t, image.SetInitrd(archive))
	archive.Add("y", nil)
	again, err = image.Initrd()
	require.NoError(t, err)
	require.Equal(t, []string{"x"}, again.Paths())
}

func TestFiles(t *testing.T) {
	image := openBytes(t, fixture(t, "2023-07.x86_64"))
	n := 0
	for entry, err := range image.Files() {
		require.NoError(t, err)
		if entry.Path == "IMAGES/PXEBOOT/ROOTFS.IMG" {
			n++
		}
	}
	require.Equal(t, 1, n)
	content, err := image.Open("IMAGES/PXEBOOT/ROOTFS.IMG")
	require.NoError(t, err)
	data, err := io.ReadAll(content)
	require.NoError(t, err)
	require.Len(t, data, 12)
	_, err = image.Open("NONE")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestShow(t *testing.T) {
	for _, name := range []string{"synthetic", "2023-07.s390x"} {
		golden := name
		if name != "synthetic" {
			golden = "embed-areas-" + name
		}
		got, err := openBytes(t, fixture(t, name)).Show()
		require.NoError(t, err)
		require.Equal(t, string(read(t, "testdata/"+golden+".show.json")), string(got))
	}
	image := openBytes(t, fixture(t, "2023-07.s390x"))
	got, err := image.ShowInitrdArea()
	require.NoError(t, err)
	require.Equal(t, "{\n  \"offset\": 203776,\n  \"length\": 262144\n}\n", string(got))
	got, err = image.ShowKargAreas()
	require.NoError(t, err)
	require.Equal(t, `{
  "length": 896,
  "default": "mitigations=auto,nosmt coreos.liveiso=fedora-coreos-38.20230718.dev.0 ignition.firstboot ignition.platform.id=metal",
  "kargs": [
    {
      "offset": 138368,
      "length": 896,
      "pad": "\u0000",
      "end": "\u0000"
    }
  ]
}
`, string(got))
	got, err = openBytes(t, fixture(t, "2020-09")).ShowKargAreas()
	require.NoError(t, err)
	require.Equal(t, "null\n", string(got))
}

func TestInspect(t *testing.T) {
	image := openBytes(t, fixture(t, "2023-07.x86_64"))
	r, err := image.Inspect()
	require.NoError(t, err)
	require.False(t, r.Customized)
	require.Empty(t, r.Problems)
	require.Nil(t, r.Ignition)
	require.Equal(t, &iso.MinimalReport{Application: "0.17.0", Files: 12,
		SHA256: "b64f0261321433be7e437e95304481deb06736c19f052c3391b049d25d8f6411"}, r.Minimal)
	require.Equal(t, []iso.FileReport{{"initrd.img", 12}, {"rootfs.img", 12}, {"vmlinuz", 11}}, r.PXE)

	require.NoError(t, image.EmbedIgnition([]byte(config), false))
	require.NoError(t, image.EmbedKeyfiles(keyfiles, false))
	require.NoError(t, image.SetKargs("a b"))
	pending, err := image.Inspect()
	require.NoError(t, err)
	saved, err := openBytes(t, written(t, image)).Inspect()
	require.NoError(t, err)
	require.Equal(t, saved, pending)
	require.True(t, saved.Customized)
	require.Equal(t, &iso.IgnitionReport{Size: int64(len(config)), Version: "3.4.0"}, saved.Ignition)
	require.Equal(t, []iso.FileReport{{"a.nmconnection", 4}, {"b.nmconnection", 4}}, saved.Keyfiles)
	require.Equal(t, "a b", saved.Kargs.Current)
	require.EqualValues(t, 4, saved.Kargs.Used)
	require.EqualValues(t, 1135, saved.Kargs.Free)
	require.EqualValues(t, 262144, saved.Initrd.Used+saved.Initrd.Free)
	require.Len(t, saved.Initrd.Files, 3)

	require.NoError(t, image.EmbedIgnition([]byte("not JSON"), true))
	r, err = image.Inspect()
	require.NoError(t, err)
	require.Len(t, r.Problems, 1)
	_, err = openBytes(t, fixture(t, "synthetic")).Inspect()
	require.ErrorContains(t, err, "Unrecognized CoreOS ISO image.")
	r, err = openBytes(t, fixture(t, "2020-09")).Inspect()
	require.NotNil(t, r.Features.InstallerConfigDirectives, "JSON has an object")
	require.NoError(t, err)
	require.Nil(t, r.Kargs)
	require.Nil(t, r.Minimal)
}
