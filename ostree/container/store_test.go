package container_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

func realDetached(t testing.TB, r *ostree.Repo, c object.Checksum, key string) string {
	t.Helper()
	return testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "ostree"), "show", "--repo="+r.Path(), "--print-detached-metadata-key="+key, c.String()).Stdout
}

// derivedImage is an image with chunks and two layers on top.
func derivedImage(t testing.TB) (*layoutImage, container.ImageReference) {
	t.Helper()
	r := newRepo(t, ostree.ModeArchive)
	commitFiles(t, r, "base", nil, baseFiles...)
	dir := t.TempDir()
	encapsulated(t, r, container.ImageReference{Transport: container.TransportOCI, Name: dir}, &container.EncapsulateOptions{Contents: chunks(t, r, "base")})
	l := openLayout(t, dir)
	l.add(tarOf(t, derivedFiles...))
	l.add(tarOf(t, file{path: "usr/bin/new", text: "newest"}, file{path: "usr/lib/.wh.d"}))
	return l, l.save()
}

// Images and their layers come, are listed, and go.
func TestStore(t *testing.T) {
	r := newRepo(t, ostree.ModeBareUser)
	l, img := derivedImage(t)
	images, err := container.Images(r)
	require.NoError(t, err)
	require.Empty(t, images)
	pulled, err := container.Pull(t.Context(), r, unverified(img), nil)
	require.NoError(t, err)
	alias := container.ImageReference{Transport: container.TransportRegistry, Name: "example.com/a/b:tag"}
	_, err = container.Pull(t.Context(), r, unverified(img), &container.PullOptions{Target: &alias})
	require.NoError(t, err)
	images, err = container.Images(r)
	require.NoError(t, err)
	require.ElementsMatch(t, []container.ImageReference{alias, img}, images)
	require.Len(t, refNames(t, r), 2+8)

	history, err := pulled.History()
	require.NoError(t, err)
	var kinds []string
	for i, h := range history {
		require.Equal(t, l.manifest.Layers[i].Digest, h.Digest)
		require.Equal(t, l.config.History[i].CreatedBy, h.CreatedBy)
		kinds = append(kinds, h.Kind.String())
	}
	require.Equal(t, []string{"commit", "chunk", "chunk", "chunk", "chunk", "chunk", "derived", "derived"}, kinds)

	n, err := container.PruneLayers(t.Context(), r)
	require.NoError(t, err)
	require.Zero(t, n)
	require.NoError(t, container.RemoveImages(t.Context(), r, img))
	n, err = container.PruneLayers(t.Context(), r)
	require.NoError(t, err)
	require.Zero(t, n, "the other image has them too")
	err = container.RemoveImages(t.Context(), r, img, alias)
	require.ErrorIs(t, err, container.ErrNoImage)
	require.EqualError(t, err, "Missing images: "+img.String())
	images, err = container.Images(r)
	require.NoError(t, err)
	require.Empty(t, images, "the one that exists is removed")

	require.NoError(t, r.SetRefImmediate("ostree/container/baseimage/tool/0", pulled.Commit))
	n, err = container.PruneLayers(t.Context(), r)
	require.NoError(t, err)
	require.Zero(t, n, "pinned")
	require.NoError(t, r.SetRefImmediate("ostree/container/baseimage/tool/0", object.Checksum{}))
	n, err = container.PruneLayers(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, 8, n)
	require.Empty(t, refNames(t, r))
	_, err = r.Prune(t.Context(), &ostree.PruneOptions{RefsOnly: true})
	require.NoError(t, err)
	requireUntouched(t, r)
}

// Layers can be fetched ahead of the image.
func TestNoImageRef(t *testing.T) {
	r := newRepo(t, ostree.ModeBareUser)
	_, img := derivedImage(t)
	pulled, err := container.Pull(t.Context(), r, unverified(img), &container.PullOptions{NoImageRef: true})
	require.NoError(t, err)
	images, err := container.Images(r)
	require.NoError(t, err)
	require.Empty(t, images)
	i, err := container.Prepare(t.Context(), r, unverified(img), nil)
	require.NoError(t, err)
	defer i.Close()
	missing, _ := i.Missing()
	require.Zero(t, missing)
	again, err := i.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, pulled.Commit, again.Commit)
}

// A copy in another repository is the same image.
func TestCopyImage(t *testing.T) {
	src, dst := newRepo(t, ostree.ModeBareUser), newRepo(t, ostree.ModeArchive)
	_, img := derivedImage(t)
	pulled, err := container.Pull(t.Context(), src, unverified(img), nil)
	require.NoError(t, err)
	to := container.ImageReference{Transport: container.TransportRegistry, Name: "example.com/copy:1"}
	require.NoError(t, container.CopyImage(t.Context(), src, img, dst, to))
	copied, err := container.LoadImage(dst, to)
	require.NoError(t, err)
	require.Equal(t, pulled, copied)
	require.Len(t, refNames(t, dst), 9)
	fsck(t, dst)
	require.ErrorIs(t, container.CopyImage(t.Context(), src, to, dst, to), container.ErrNoImage)
}

// A reexported image is pulled as the same tree, from the same base.
func TestReexport(t *testing.T) {
	src := newRepo(t, ostree.ModeBareUser)
	l, img := derivedImage(t)
	pulled, err := container.Pull(t.Context(), src, unverified(img), nil)
	require.NoError(t, err)
	reg := newRegistry(t)
	dest := reg.image("again:1")
	digest, err := container.Reexport(t.Context(), src, img, dest, nil)
	require.NoError(t, err)
	for _, mode := range []ostree.Mode{ostree.ModeArchive, ostree.ModeBareUser} {
		dst := newRepo(t, mode)
		again, err := container.Pull(t.Context(), dst, unverified(dest), nil)
		require.NoError(t, err)
		require.Equal(t, digest, again.Digest)
		require.Equal(t, pulled.Base, again.Base)
		require.Equal(t, listing(t, src, pulled.Commit.String(), "-C", "-X"), listing(t, dst, again.Commit.String(), "-C", "-X"))
		fsck(t, dst)
		require.Equal(t, l.config.History, again.Config.History)
		for i, layer := range again.Manifest.Layers[:6] {
			require.Equal(t, l.manifest.Layers[i], layer, "layers of ours come out as they were")
		}
	}
	second, err := container.Reexport(t.Context(), src, img, reg.image("again:2"), nil)
	require.NoError(t, err)
	require.Equal(t, digest, second)
	_, err = container.Reexport(t.Context(), src, dest, dest, nil)
	require.ErrorIs(t, err, container.ErrNoImage)
}

// A plain image comes back as one.
func TestReexportPlain(t *testing.T) {
	l := emptyLayout(t)
	l.add(tarOf(t, file{path: "./", mode: 0o750, uid: 3}, file{path: "usr/bin/x", text: "x"}, file{path: "usr/bin/y", hardlink: "usr/bin/x"},
		file{path: "etc/conf", text: "c", xattrs: map[string]string{"user.k": "v"}}, file{path: "opt/o", text: "o"}))
	l.add(tarOf(t, file{path: "opt/.wh.o"}, file{path: "usr/bin/.wh..wh..opq"}, file{path: "usr/bin/z", text: "z"}))
	img := l.save()
	src := newRepo(t, ostree.ModeBareUser)
	pulled, err := container.Pull(t.Context(), src, unverified(img), nil)
	require.NoError(t, err)
	dest := container.ImageReference{Transport: container.TransportOCIArchive, Name: filepath.Join(t.TempDir(), "a.tar")}
	_, err = container.Reexport(t.Context(), src, img, dest, &container.ReexportOptions{Compression: container.CompressionZstd})
	require.NoError(t, err)
	dst := newRepo(t, ostree.ModeBareUser)
	again, err := container.Pull(t.Context(), dst, unverified(dest), nil)
	require.NoError(t, err)
	require.Equal(t, listing(t, src, pulled.Commit.String(), "-C", "-X"), listing(t, dst, again.Commit.String(), "-C", "-X"))
}

// Signatures can be added to an image later, without touching anything else in it.
func TestReplaceDetachedMetadata(t *testing.T) {
	l, img := derivedImage(t)
	d := &object.Dict{}
	d.Set("signature", object.NewString("good"))
	dir := t.TempDir()
	dest := container.ImageReference{Transport: container.TransportOCI, Name: filepath.Join(dir, "signed")}
	_, err := container.ReplaceDetachedMetadata(t.Context(), img, dest, d.Value().Bytes(), nil)
	require.NoError(t, err)
	signed := openLayout(t, dest.Name)
	require.Equal(t, l.manifest.Layers[1:], signed.manifest.Layers[1:])
	require.Equal(t, l.config.RootFS.DiffIDs[1:], signed.config.RootFS.DiffIDs[1:])
	require.Equal(t, l.config.Config, signed.config.Config)
	before, after := readTar(t, l.layer(0)), readTar(t, signed.layer(0))
	require.Len(t, after, len(before)+1)
	at := slices.IndexFunc(after, func(e tarItem) bool { return strings.HasSuffix(e.Name, ".commitmeta") })
	require.True(t, strings.HasSuffix(after[at-1].Name, ".commit"))
	require.Equal(t, before, slices.Delete(slices.Clone(after), at, at+1))

	r := newRepo(t, ostree.ModeBareUser)
	pulled, err := container.Pull(t.Context(), r, unverified(dest), nil)
	require.NoError(t, err)
	require.Equal(t, "'good'\n", realDetached(t, r, pulled.Base, "signature"))

	// Replaced, and removed, which gives the original bytes.
	d.Set("signature", object.NewString("better"))
	second := container.ImageReference{Transport: container.TransportOCI, Name: filepath.Join(dir, "second")}
	_, err = container.ReplaceDetachedMetadata(t.Context(), dest, second, d.Value().Bytes(), nil)
	require.NoError(t, err)
	require.Len(t, readTar(t, openLayout(t, second.Name).layer(0)), len(after))
	third := container.ImageReference{Transport: container.TransportOCI, Name: filepath.Join(dir, "third")}
	_, err = container.ReplaceDetachedMetadata(t.Context(), second, third, nil, nil)
	require.NoError(t, err)
	require.True(t, bytes.Equal(l.layer(0), openLayout(t, third.Name).layer(0)))
	require.Equal(t, l.manifest.Layers, openLayout(t, third.Name).manifest.Layers)

	_, err = container.ReplaceDetachedMetadata(t.Context(), img, dest, []byte("not a dictionary"), nil)
	require.Error(t, err)
	plain := emptyLayout(t)
	plain.add(tarOf(t, file{path: "usr/x", text: "x"}))
	_, err = container.ReplaceDetachedMetadata(t.Context(), plain.save(), dest, nil, nil)
	require.ErrorContains(t, err, "not an ostree encapsulated container")
}

// The label that ends the commit follows the only layer that there is.
func TestReplaceDetachedMetadataOfOneLayer(t *testing.T) {
	l := baseLayout(t, nil)
	d := &object.Dict{}
	d.Set("k", object.NewString("v"))
	dest := container.ImageReference{Transport: container.TransportOCI, Name: filepath.Join(t.TempDir(), "signed")}
	_, err := container.ReplaceDetachedMetadata(t.Context(), l.save(), dest, d.Value().Bytes(), nil)
	require.NoError(t, err)
	signed := openLayout(t, dest.Name)
	require.Equal(t, signed.config.RootFS.DiffIDs[0].String(), signed.config.Config.Labels[container.LabelFinalDiffID])
	require.NotEqual(t, l.config.Config.Labels, signed.config.Config.Labels)
	_, err = container.Pull(t.Context(), newRepo(t, ostree.ModeArchive), unverified(dest), nil)
	require.NoError(t, err)
}

// The digest of the composefs image is that which the tree has.
func TestComposefsDigest(t *testing.T) {
	r := newRepo(t, ostree.ModeBareUser)
	_, img := derivedImage(t)
	pulled, err := container.Pull(t.Context(), r, unverified(img), &container.PullOptions{Composefs: true})
	require.NoError(t, err)
	require.Contains(t, show(t, r, pulled.Commit.String(), "ostree.composefs.digest.v0"), "[byte 0x")
	require.NoError(t, r.CheckoutComposefs(t.Context(), pulled.Commit, filepath.Join(t.TempDir(), "image"), nil), "compares the digest")
	require.Equal(t, "'nestos/1'\n", show(t, r, pulled.Commit.String(), container.KeyImporterVersion))
}
