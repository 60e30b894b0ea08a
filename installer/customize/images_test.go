package customize_test

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/initrd"
	"github.com/nestos-dev/nestos/installer/iso"
	"github.com/nestos-dev/nestos/installer/kargs"
	"github.com/nestos-dev/nestos/internal/xz"
)

// prepare makes an image from a name such as "2023-07.x86_64+ignition": a fixture or an
// initramfs, and what it was customized with before.
func prepare(t *testing.T, name string) []byte {
	name, extra, _ := strings.Cut(name, "+")
	if strings.HasPrefix(name, "pxe") {
		return initramfs(t, name, extra)
	}
	file, err := os.Open("testdata/iso/" + name + ".iso.xz")
	require.NoError(t, err)
	defer file.Close()
	r, err := xz.NewReader(file, nil)
	require.NoError(t, err)
	data, err := io.ReadAll(r)
	require.NoError(t, err)
	if extra == "" {
		return data
	}
	img, err := iso.New(bytes.NewReader(data), int64(len(data)), nil)
	require.NoError(t, err)
	for _, what := range strings.Split(extra, "+") {
		switch what {
		case "ignition":
			require.NoError(t, img.EmbedIgnition([]byte("{}"), false))
		case "keyfile":
			require.NoError(t, img.EmbedKeyfiles([]initrd.Keyfile{{Name: "old", Data: []byte("[connection]\n")}}, false))
		case "kargs":
			require.NoError(t, img.ModifyKargs(&kargs.Edit{Append: []string{"old"}}))
		}
	}
	var b bytes.Buffer
	_, err = img.WriteTo(&b)
	require.NoError(t, err)
	return b.Bytes()
}

// initramfs makes one of two segments with padding, as images have them.
func initramfs(t *testing.T, name, extra string) []byte {
	f := flavour.CoreOS()
	first, second := initrd.New(), initrd.New()
	first.Add("kernel/x86/microcode/GenuineIntel.bin", bytes.Repeat([]byte("microcode"), 1000))
	second.Add("init", []byte("#!/bin/sh\n"))
	if name != "pxe-no-stamp" {
		second.Add(f.LiveStamp, nil)
	}
	if name != "pxe-no-features" {
		second.Add(f.InitrdFeatures, []byte(`{"installer-config":true,"installer-config-directives":{"console":true},"live-initrd-network":true}`))
	}
	switch extra {
	case "ignition":
		second.Add(initrd.IgnitionPath, []byte("{}"))
	case "keyfile":
		first.Add(f.KeyfileDir+"/old", []byte("[connection]\n"))
	}
	var b bytes.Buffer
	for _, a := range []*initrd.Archive{first, second} {
		segment, err := a.Encode()
		require.NoError(t, err)
		b.Write(segment)
		b.Write(make([]byte, 512-b.Len()%512))
	}
	return b.Bytes()
}
