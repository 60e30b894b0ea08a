package customize_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/customize"
	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/initrd"
	"github.com/nestos-dev/nestos/installer/iso"
)

var allFeatures = flavour.Features{
	InstallerConfig:           true,
	InstallerConfigDirectives: map[string]bool{"console": true},
	LiveInitrdNetwork:         true,
}

func file(path, data string) []customize.File {
	return []customize.File{{Path: path, Data: []byte(data)}}
}

func TestNestOSNames(t *testing.T) {
	a, err := customize.Build(flavour.NestOS(), allFeatures, &customize.Options{
		DestIgnition:   file("d.ign", `{"ignition":{"version":"3.3.0"}}`),
		NetworkKeyfile: file("/x/k.nmconnection", "[connection]\n"),
		PreInstall:     file("dir/pre.sh", "#!/bin/sh\n"),
		PostInstall:    file("post.sh", "#!/bin/sh\n"),
	})
	require.NoError(t, err)
	require.Equal(t, []string{"config.ign", "etc/nestos-firstboot-network/k.nmconnection"}, a.Paths())
	config, _ := a.Get(initrd.IgnitionPath)
	for _, want := range []string{
		`"/etc/nestos/dest.ign"`, `"/etc/nestos/installer.d/0000-customize.yaml"`, `"/usr/local/bin/pre-install-pre.sh"`,
		`After=nestos-installer-pre.target\nBefore=nestos-installer.service\n`, `RequiredBy=nestos-installer.service"`,
		`After=nestos-installer.service\nBefore=nestos-installer.target\n`, `RequiredBy=nestos-installer.target"`,
	} {
		require.Contains(t, string(config), want)
	}
	require.NotContains(t, string(config), "coreos")
}

func TestScriptNames(t *testing.T) {
	build := func(path string) error {
		_, err := customize.Build(flavour.CoreOS(), allFeatures, &customize.Options{PreInstall: file(path, "")})
		return err
	}
	for _, name := range []string{"a b", "a@b", "a%n", `a\x20`, "a$b", "ä", "a'b", strings.Repeat("x", 250)} {
		require.ErrorContains(t, build("dir/"+name), "its name must consist of", name)
	}
	for _, name := range []string{"a.sh", "A-1_2:3", strings.Repeat("x", 200)} {
		require.NoError(t, build(name), name)
	}
	for _, path := range []string{"", ".", "..", "/", "a/.."} {
		require.ErrorContains(t, build(path), "missing filename in ", path)
	}
}

// What Ignition will refuse later is told, and embedded all the same.
func TestIgnitionWarnings(t *testing.T) {
	var notes []string
	a, err := customize.Build(flavour.CoreOS(), flavour.Features{}, &customize.Options{
		LiveIgnition: file("bad.ign", `{"ignition":{"version":"3.4.0"},"x":1,"storage":{"files":[{"path":"relative"}]}}`),
		Message:      func(text string) { notes = append(notes, text) },
	})
	require.NoError(t, err)
	require.Equal(t, 1, a.Len())
	require.Equal(t, []string{
		"Warning parsing bad.ign: unused key: $.x",
		"Warning parsing bad.ign: Ignition will not accept $.storage.files.0.path: path not absolute",
	}, notes)
}

// What would be changed on its way into the image is refused, as coreos-installer 0.26 does.
func TestIgnitionNotChanged(t *testing.T) {
	const head = `{"ignition":{"version":"3.3.0"},`
	build := func(text string) error {
		_, err := customize.Build(flavour.CoreOS(), allFeatures, &customize.Options{LiveIgnition: file("c.ign", text)})
		return err
	}
	for text, want := range map[string]string{
		head + `"ignition":{"version":"3.3.0"}}`:                                                   "duplicate field `ignition` at line 1 column 42",
		`{"ignition":{"version":"9.9.9","version":"3.3.0"}}`:                                       "duplicate field `version` at line 1 column 40",
		head + "\n\"storage\":{},\"storage\":{}}":                                                  "duplicate field `storage` at line 2 column 22",
		head + `"storage":{"files":[{"path":"/a","path":"/b"}]}}`:                                  "duplicate field `path` at line 1 column 71",
		head + `"storage":{"files":[{"path":"/a","contents":{"source":"a:","source":"data:,"}}]}}`: "duplicate field `source` at line 1 column 99",
		head + `"storage":{"luks":[{"clevis":{"custom":{"pin":"a","pin":"b"}}}]}}`:                 "duplicate field `pin` at line 1 column 87",
		head + "\"storage\":{\"files\":[{\"path\":\"/\xff\"}]}}":                                   "invalid unicode code point at line 1 column 63",
		head + "\"x\":\"\ufffd\xff\"}":                                                             "invalid unicode code point at line 1 column 41",
		head + `"storage":{"files":[{"path":"/\ud800"}]}}`:                                         "lone surrogate in hex escape at line 1 column 64",
		head + `"storage":{"files":[{"path":"/\ud800\ue000"}]}}`:                                   "lone surrogate in hex escape at line 1 column 64",
		head + `"storage":{"files":[{"path":"/\udc00\ud800"}]}}`:                                   "lone surrogate in hex escape at line 1 column 64",
	} {
		require.EqualError(t, build(text), "parsing Ignition config c.ign: serialization error: "+want, text)
	}
	for _, text := range []string{
		head + `"x":1,"x":2,"storage":{"y":1,"files":[{"path":"/a","y":1,"y":{"path":1,"path":2}}],"y":[{}]}}`,
		head + `"storage":{"files":[{"path":"/a","contents":{}},{"path":"/b","contents":{}}]}}`,
		head + `"storage":{"files":[{"path":"/\ud83d\ude00\ufffd\\ud800😀�"}]}}`,
	} {
		require.NoError(t, build(text), text)
	}
}

func TestNilOptions(t *testing.T) {
	a, err := customize.Build(flavour.CoreOS(), flavour.Features{}, nil)
	require.NoError(t, err)
	require.Zero(t, a.Len())
	data := prepare(t, "2023-07.x86_64")
	img, err := iso.New(bytes.NewReader(data), int64(len(data)), nil)
	require.NoError(t, err)
	require.NoError(t, customize.ISO(img, nil))
	var b bytes.Buffer
	_, err = img.WriteTo(&b)
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, b.Bytes()))
	b.Reset()
	require.NoError(t, customize.PXE(t.Context(), bytes.NewReader(prepare(t, "pxe")), &b, nil))
}

func TestBuildIsReproducible(t *testing.T) {
	o := parseOptions(t, readCases(t)[0].args)
	for _, c := range readCases(t) {
		if c.name == "all" {
			o = parseOptions(t, c.args)
		}
	}
	encode := func() []byte {
		a, err := customize.Build(flavour.CoreOS(), allFeatures, o)
		require.NoError(t, err)
		data, err := a.Encode()
		require.NoError(t, err)
		return data
	}
	require.Equal(t, encode(), encode())
}

func TestTooLarge(t *testing.T) {
	data := prepare(t, "2023-07.x86_64")
	img, err := iso.New(bytes.NewReader(data), int64(len(data)), nil)
	require.NoError(t, err)
	noise, state := make([]byte, 300_000), uint32(1)
	for n := range noise {
		state = state*1664525 + 1013904223
		noise[n] = byte(state >> 24)
	}
	err = customize.ISO(img, &customize.Options{PreInstall: file("noise", string(noise))})
	require.ErrorContains(t, err, "Compressed initramfs is too large: ")
}

func TestPXEErrors(t *testing.T) {
	good := prepare(t, "pxe")
	pxe := func(in io.Reader, out io.Writer, o *customize.Options) error {
		return customize.PXE(t.Context(), in, out, o)
	}
	err := pxe(bytes.NewReader(good[:90]), io.Discard, nil)
	require.ErrorContains(t, err, "reading/copying input initrd: ")
	require.EqualError(t, pxe(strings.NewReader(""), io.Discard, nil), "not a NestOS live initramfs image")
	require.EqualError(t, pxe(strings.NewReader(""), io.Discard, &customize.Options{Flavour: flavour.CoreOS()}), "not a CoreOS live initramfs image")
	err = pxe(bytes.NewReader(good), io.Discard, &customize.Options{LiveKargAppend: []string{"a"}})
	require.ErrorContains(t, err, "not supported")

	full := errors.New("no space left")
	require.ErrorIs(t, pxe(bytes.NewReader(good), &limitedWriter{10, full}, nil), full)
	require.ErrorIs(t, pxe(bytes.NewReader(good), &limitedWriter{len(good), full}, nil), full)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, customize.PXE(ctx, bytes.NewReader(good), io.Discard, nil), context.Canceled)
}

type limitedWriter struct {
	left int
	err  error
}

func (w *limitedWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, w.err
	}
	return len(p), nil
}

// The kernel must find the same files that PXE appended, behind those of the image.
func TestPXEResultIsAnInitrd(t *testing.T) {
	var b bytes.Buffer
	o := &customize.Options{NetworkKeyfile: file("k", "[connection]\n")}
	require.NoError(t, customize.PXE(t.Context(), bytes.NewReader(prepare(t, "pxe")), &b, o))
	a, err := initrd.Read(&b, nil)
	require.NoError(t, err)
	_, old := a.Get("init")
	require.True(t, old)
	data, _ := a.Get("etc/coreos-firstboot-network/k")
	require.Equal(t, "[connection]\n", string(data))
}
