package compose_test

import (
	"os"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/rpmostree/compose"
	"github.com/stretchr/testify/require"
)

func TestImage(t *testing.T) {
	w := newWorld(t)
	w.packages(scripted())
	text := with("daemon", "automatic-version-prefix: '7'\n")
	dest, err := container.ParseImageReference("oci:" + w.path("image"))
	require.NoError(t, err)
	digest, res, err := compose.Image(t.Context(), w.load(text), dest, &compose.ImageOptions{Tree: compose.TreeOptions{Options: w.options()}})
	require.NoError(t, err)

	manifest := readManifest(t, w.path("image"), digest)
	require.Equal(t, res.InputHash, manifest.Annotations["rpmostree.inputhash"])
	require.Equal(t, "7", manifest.Annotations["org.opencontainers.image.version"])
	require.Equal(t, res.Commit.String(), manifest.Annotations["ostree.commit"])
	var components []string
	for _, l := range manifest.Layers {
		if c := l.Annotations["ostree.components"]; c != "" {
			components = append(components, c)
		}
	}
	require.ElementsMatch(t, []string{"busybox", "daemon", "kernel", "setup", "rpmostree-unpackaged-content", "filesystem"}, components)

	// The image gives the commit back.
	back, err := ostree.Init(w.path("back"), &ostree.InitOptions{Mode: ostree.ModeBareUser})
	require.NoError(t, err)
	defer back.Close()
	ref, err := container.ParseReference("ostree-unverified-image:oci:" + w.path("image"))
	require.NoError(t, err)
	img, err := container.Pull(t.Context(), back, ref, nil)
	require.NoError(t, err)
	require.Equal(t, res.Commit, img.Base)
}

func readManifest(t *testing.T, dir string, digest v1.Hash) *v1.Manifest {
	t.Helper()
	path, err := layout.FromPath(dir)
	require.NoError(t, err)
	img, err := path.Image(digest)
	require.NoError(t, err)
	m, err := img.Manifest()
	require.NoError(t, err)
	return m
}

func TestContentMeta(t *testing.T) {
	w := newWorld(t)
	w.packages(scripted())
	w.file("config/dracut", "#!/bin/sh\nwhile [ $# -gt 0 ]; do\n[ \"$1\" = -f ] && echo initramfs > $2\nshift\ndone\n")
	require.NoError(t, os.Chmod(w.path("config/dracut"), 0o755))
	text := strings.Replace(with("daemon", "add-files: [[dracut, /usr/bin/dracut]]\ninitramfs-args: [--hello]\n"), "no-initramfs: true\n", "", 1)
	res := w.compose(text)
	require.True(t, w.exists(res.Commit, "usr/lib/modules/"+kver+"/initramfs.img"))
	require.True(t, strings.HasPrefix(w.read(res.Commit, "usr/lib/modules/"+kver+"/initramfs.img"), "initramfs\n\x00\x00\x00\x00"))
	require.Equal(t, "['--hello']\n", w.tool("ostree", "--repo="+w.path("repo"), "show", "--print-metadata-key=rpmostree.initramfs-args", "os/test"))
	w.said("warning: initramfs-args is deprecated, use /etc/dracut.conf.d")
	meta, err := compose.ContentMeta(t.Context(), w.repo, res.Commit)
	require.NoError(t, err)
	freq := map[string]uint32{}
	for _, c := range meta.Components {
		freq[c.ID] = c.ChangeFrequency
	}
	require.Equal(t, uint32(container.AlwaysChanges), freq["initramfs (kernel "+kver+")"])
	require.Equal(t, uint32(1), freq["daemon-2-1."+compose.Machine()])
	require.Equal(t, uint32(0), freq["busybox-1-1."+compose.Machine()])
	require.Equal(t, uint32(container.AlwaysChanges), freq["rpmostree-unpackaged-content"])
}
