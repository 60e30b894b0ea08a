package container_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

// A commit goes through a registry into a repository of another mode, and is the same.
func TestEncapsulatePullModes(t *testing.T) {
	for _, c := range []struct {
		from, to ostree.Mode
		root     bool
		opts     container.EncapsulateOptions
	}{
		{ostree.ModeArchive, ostree.ModeBareUser, false, container.EncapsulateOptions{}},
		{ostree.ModeBareUser, ostree.ModeArchive, false, container.EncapsulateOptions{Compression: container.CompressionZstd}},
		{ostree.ModeArchive, ostree.ModeBare, true, container.EncapsulateOptions{Compression: container.CompressionGzipFast}},
		{ostree.ModeBare, ostree.ModeArchive, true, container.EncapsulateOptions{Compression: container.CompressionNone}},
	} {
		t.Run(fmt.Sprintf("%v to %v", c.from, c.to), func(t *testing.T) {
			if c.root {
				testutil.Root(t)
			}
			reg := newRegistry(t)
			src, dst := newRepo(t, c.from), newRepo(t, c.to)
			sum := commitFiles(t, src, "base", nil, baseFiles...)
			img := reg.image("os:latest")
			digest := encapsulated(t, src, img, &c.opts)

			pulled, err := container.Pull(t.Context(), dst, unverified(img), nil)
			require.NoError(t, err)
			require.Equal(t, sum, pulled.Base)
			require.Equal(t, digest, pulled.Digest)
			fsck(t, dst)
			require.Equal(t, listing(t, src, "base", "-C", "-X"), listing(t, dst, pulled.Commit.String(), "-C", "-X"), "the merge commit has the same tree")
			ref, err := container.ImageRef(img)
			require.NoError(t, err)
			layer, err := container.LayerRef(pulled.Manifest.Layers[0].Digest.String())
			require.NoError(t, err)
			require.ElementsMatch(t, []string{ref, layer}, refNames(t, dst))

			again, err := container.Pull(t.Context(), dst, unverified(img), nil)
			require.NoError(t, err)
			require.Equal(t, pulled, again)
		})
	}
}

// chunks distributes the base files over components.
func chunks(t testing.TB, r *ostree.Repo, rev string) *container.ContentMeta {
	t.Helper()
	m := &container.ContentMeta{Objects: map[object.Checksum]string{}, Components: []container.Component{
		{ID: "bash-5", Name: "bash", ChangeFrequency: 1}, {ID: "lib-1", Name: "lib", ChangeFrequency: 2},
		{ID: "big-1", Name: "big", ChangeFrequency: 3}, {ID: "other", ChangeFrequency: container.AlwaysChanges},
	}}
	sum, err := r.ResolveRev(rev)
	require.NoError(t, err)
	for e, err := range r.Walk(t.Context(), sum, "/", nil) {
		require.NoError(t, err)
		switch {
		case e.IsDir():
		case strings.HasPrefix(e.Path, "/usr/bin/"):
			m.Objects[e.Checksum] = "bash-5"
		case strings.HasPrefix(e.Path, "/usr/lib/"):
			m.Objects[e.Checksum] = "lib-1"
		case e.Path == "/usr/big":
			m.Objects[e.Checksum] = "big-1"
		case strings.HasPrefix(e.Path, "/usr/etc/"):
			m.Objects[e.Checksum] = "other"
		}
	}
	return m
}

// A second pull fetches nothing but what is new, even under another name.
func TestPullFetchesOnlyNewLayers(t *testing.T) {
	reg := newRegistry(t)
	src, dst := newRepo(t, ostree.ModeArchive), newRepo(t, ostree.ModeBareUser)
	commitFiles(t, src, "base", nil, baseFiles...)
	img := reg.image("os:latest")
	encapsulated(t, src, img, &container.EncapsulateOptions{Contents: chunks(t, src, "base")})
	first, err := container.Pull(t.Context(), dst, unverified(img), nil)
	require.NoError(t, err)
	require.Len(t, first.Manifest.Layers, 6, "the commit, four components, one for new components")
	require.Len(t, reg.fetched(), 7, "and the configuration")
	fsck(t, dst)

	_, err = container.Pull(t.Context(), dst, unverified(img), nil)
	require.NoError(t, err)
	require.Empty(t, reg.fetched(), "nothing has changed")

	files := append([]file{}, baseFiles...)
	files[2].text = "#!/bin/false\n" // usr/bin/sh
	commitFiles(t, src, "base", &ostree.CommitOptions{Subject: "two", Time: time.Unix(1700000001, 0), NoBindings: true}, files...)
	encapsulated(t, src, img, &container.EncapsulateOptions{Contents: chunks(t, src, "base"), PriorBuild: first.Manifest})
	i, err := container.Prepare(t.Context(), dst, unverified(img), nil)
	require.NoError(t, err)
	defer i.Close()
	require.Equal(t, first.Commit, i.Previous.Commit)
	layers, size := i.Missing()
	require.Equal(t, 2, layers)
	require.Positive(t, size)
	diff := container.CompareManifests(first.Manifest, i.Image.Manifest)
	require.Len(t, diff.Added, 2)
	require.Len(t, diff.Removed, 2)
	second, err := i.Run(t.Context())
	require.NoError(t, err)
	fetched := reg.fetched()
	require.Len(t, fetched, 3, "commit, the component with the new file, configuration")
	for _, l := range diff.Added {
		require.Equal(t, 1, fetched[l.Digest.String()])
	}
	fsck(t, dst)
	require.NotEqual(t, first.Commit, second.Commit)
	require.Len(t, refNames(t, dst), 7, "layers of the image before that nothing uses are gone")

	alias := reg.image("other:1")
	other, err := container.Pull(t.Context(), dst, unverified(img), &container.PullOptions{Target: &alias})
	require.NoError(t, err)
	require.Equal(t, second.Commit, other.Commit, "the result does not depend on what was there")
	require.Len(t, reg.fetched(), 1, "the configuration")
}

// What several goroutines do at once gives the same bytes as one.
func TestPullIsDeterministic(t *testing.T) {
	reg := newRegistry(t)
	src := newRepo(t, ostree.ModeArchive)
	commitFiles(t, src, "base", nil, baseFiles...)
	img := reg.image("os:latest")
	opts := &container.EncapsulateOptions{Contents: chunks(t, src, "base")}
	digest := encapsulated(t, src, img, opts)
	require.Equal(t, digest, encapsulated(t, src, img, opts))
	var commits []object.Checksum
	for _, n := range []int{1, 8} {
		pulled, err := container.Pull(t.Context(), newRepo(t, ostree.ModeBareUser), unverified(img), &container.PullOptions{Downloads: n})
		require.NoError(t, err)
		commits = append(commits, pulled.Commit)
	}
	require.Equal(t, commits[0], commits[1])
}

// The commit comes out of the image without any refs but the one asked for.
func TestUnencapsulate(t *testing.T) {
	reg := newRegistry(t)
	src, dst := newRepo(t, ostree.ModeArchive), newRepo(t, ostree.ModeBareUser)
	sum := commitFiles(t, src, "base", nil, baseFiles...)
	img := reg.image("os:latest")
	digest := encapsulated(t, src, img, &container.EncapsulateOptions{Contents: chunks(t, src, "base")})
	u, err := container.Unencapsulate(t.Context(), dst, unverified(img), &container.UnencapsulateOptions{WriteRef: "os/stable"})
	require.NoError(t, err)
	require.Equal(t, &container.Unencapsulated{Commit: sum, Image: digest}, u)
	require.Equal(t, []string{"os/stable"}, refNames(t, dst))
	fsck(t, dst)
}

// All places where an image can be give the same commit.
func TestTransports(t *testing.T) {
	src := newRepo(t, ostree.ModeArchive)
	sum := commitFiles(t, src, "base", nil, baseFiles...)
	dir := t.TempDir()
	for _, s := range []string{"oci:DIR/oci", "oci:DIR/oci:tag", "oci-archive:DIR/a.tar", "oci-archive:DIR/b.tar:v1", "docker-archive:DIR/d.tar",
		"docker-archive:DIR/e.tar:example.com/os:1", "dir:DIR/flat"} {
		img, err := container.ParseImageReference(strings.ReplaceAll(s, "DIR", dir))
		require.NoError(t, err)
		encapsulated(t, src, img, &container.EncapsulateOptions{Contents: chunks(t, src, "base")})
		dst := newRepo(t, ostree.ModeArchive)
		pulled, err := container.Pull(t.Context(), dst, unverified(img), nil)
		require.NoError(t, err, s)
		require.Equal(t, sum, pulled.Base, s)
		require.Len(t, pulled.Manifest.Layers, 6)
		images, err := container.Images(dst)
		require.NoError(t, err)
		require.Equal(t, []container.ImageReference{img}, images)
	}
	img, err := container.ParseImageReference("containers-storage:localhost/x")
	require.NoError(t, err)
	_, err = container.Pull(t.Context(), src, unverified(img), nil)
	require.ErrorContains(t, err, "not supported")
	_, err = container.Encapsulate(t.Context(), src, "base", img, nil)
	require.ErrorContains(t, err, "not supported")
}

// WriteCommit and ImportTar are inverses.
func TestImportTar(t *testing.T) {
	src, dst := newRepo(t, ostree.ModeBareUser), newRepo(t, ostree.ModeArchive)
	sum := commitFiles(t, src, "base", nil, baseFiles...)
	var b bytes.Buffer
	require.NoError(t, container.WriteCommit(t.Context(), src, "base", &b))
	for name, data := range map[string][]byte{"plain": b.Bytes(), "gzip": gzipped(t, b.Bytes())} {
		got, err := container.ImportTar(t.Context(), dst, bytes.NewReader(data), &container.ImportTarOptions{WriteRef: "remote:" + name})
		require.NoError(t, err)
		require.Equal(t, sum, got)
	}
	require.Equal(t, []string{"remote:gzip", "remote:plain"}, refNames(t, dst))
	fsck(t, dst)
	for _, cut := range []int{0, 1, 511, 200 << 10, b.Len() / 2, b.Len() - 3000} {
		empty := newRepo(t, ostree.ModeArchive)
		_, err := container.ImportTar(t.Context(), empty, bytes.NewReader(b.Bytes()[:cut]), &container.ImportTarOptions{WriteRef: "main"})
		require.Error(t, err, cut)
		requireUntouched(t, empty)
	}
	_, err := container.ImportTar(t.Context(), newRepo(t, ostree.ModeArchive), &b, &container.ImportTarOptions{MaxSize: 100000})
	require.ErrorContains(t, err, "larger than allowed")
}

// requireUntouched demands that nothing can be seen in a repository that was empty.
func requireUntouched(t testing.TB, r *ostree.Repo) {
	t.Helper()
	require.Empty(t, refNames(t, r))
	commits, err := r.Commits(t.Context())
	require.NoError(t, err)
	require.Empty(t, commits)
	fsck(t, r)
	objects, err := filepath.Glob(filepath.Join(r.Path(), "objects/*/*.commit"))
	require.NoError(t, err)
	require.Empty(t, objects)
}
