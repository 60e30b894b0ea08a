package container_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

// repoState is everything that a failed pull must leave as it was.
func repoState(t testing.TB, r *ostree.Repo) string {
	t.Helper()
	commits, err := r.Commits(t.Context())
	require.NoError(t, err)
	var b strings.Builder
	for _, c := range commits {
		b.WriteString(c.String() + "\n")
		md, err := r.LoadCommitMeta(c)
		require.NoError(t, err)
		if md.IsValid() {
			b.Write(md.Bytes())
		}
	}
	return b.String() + strings.Join(refNames(t, r), "\n")
}

// refuse pulls an image that is wrong into a repository that has a good one. The repository writes objects
// directly, without staging, so that everything that is left behind can be seen.
func refuse(t *testing.T, img container.ImageReference, want string, opts *container.PullOptions) {
	t.Helper()
	r := newRepo(t, ostree.ModeBareUser)
	config := strings.Replace(string(r.Config().Bytes()), "[core]\n", "[core]\nfsync=false\n", 1)
	c, err := ostree.ParseConfig([]byte(config))
	require.NoError(t, err)
	require.NoError(t, r.SetConfig(c))
	commitFiles(t, r, "main", nil, file{path: "./", mode: 0o700}, file{path: "main", text: "main"})
	before := repoState(t, r)
	_, err = container.Pull(t.Context(), r, unverified(img), opts)
	require.ErrorContains(t, err, want)
	require.ErrorContains(t, err, "ostree-unverified-image:oci:", "the image is named")
	require.Equal(t, before, repoState(t, r))
	fsck(t, r)
}

// editTar copies a layer with some entries changed; edit returns what to put in the place of an entry.
func editTar(t testing.TB, layer []byte, edit func(i int, e tarItem) []tarItem) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i, e := range readTar(t, layer) {
		for _, o := range edit(i, e) {
			o.Format = tar.FormatUnknown
			require.NoError(t, w.WriteHeader(o.Header))
			_, err := w.Write(o.data)
			require.NoError(t, err)
		}
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func keep(e tarItem) []tarItem { return []tarItem{e} }

func isObject(e tarItem, suffix string) bool {
	return strings.HasPrefix(e.Name, objects) && strings.HasSuffix(e.Name, suffix)
}

// Object layers that are not what they should be.
func TestHostileObjectLayers(t *testing.T) {
	first := func(suffix string, change func(e tarItem) []tarItem) func(int, tarItem) []tarItem {
		done := false
		return func(_ int, e tarItem) []tarItem {
			if done || !isObject(e, suffix) {
				return keep(e)
			}
			done = true
			return change(e)
		}
	}
	flip := func(e tarItem) []tarItem {
		e.data = slices.Clone(e.data)
		e.data[len(e.data)-1] ^= 1
		return keep(e)
	}
	drop := func(tarItem) []tarItem { return nil }
	twice := func(e tarItem) []tarItem { return []tarItem{e, e} }
	rename := func(name string) func(tarItem) []tarItem {
		return func(e tarItem) []tarItem {
			h := *e.Header
			h.Name = name
			return []tarItem{{&h, e.data}}
		}
	}
	for name, c := range map[string]struct {
		edit func(int, tarItem) []tarItem
		want string
	}{
		"changed commit":         {first(".commit", flip), "Corrupted commit object"},
		"no commit":              {first(".commit", drop), "Expected commit object"},
		"two commits":            {first(".commit", twice), "Found multiple commit objects"},
		"changed dirtree":        {first(".dirtree", flip), "Corrupted metadata object"},
		"no dirtree":             {first(".dirtree", drop), ".dirtree"},
		"changed dirmeta":        {first(".dirmeta", func(e tarItem) []tarItem { e.data = slices.Clone(e.data); e.data[3] ^= 1; return keep(e) }), "Corrupted metadata object"},
		"no dirmeta":             {first(".dirmeta", drop), ".dirmeta"},
		"no file":                {func(_ int, e tarItem) []tarItem { return dropFile(e) }, "is missing"},
		"no xattrs link":         {first(".file-xattrs-link", drop), "Missing xattrs reference"},
		"no xattrs":              {first(".file-xattrs", drop), "Failed to find xattrs content"},
		"changed xattrs":         {first(".file-xattrs", func(e tarItem) []tarItem { e.data, e.Size = []byte("x"), 1; return keep(e) }), "Corrupted metadata object"},
		"two xattrs links":       {first(".file-xattrs-link", twice), "Found previous dangling xattrs"},
		"xattrs of another file": {first(".file", rename(objects+"00/"+strings.Repeat("0", 62)+".file")), "Object mismatch"},
		"changed mode":           {first(".file", func(e tarItem) []tarItem { e.Mode ^= 0o100; return keep(e) }), "Corrupted file object"},
		"changed owner":          {first(".file", func(e tarItem) []tarItem { e.Uid = 77; return keep(e) }), "Corrupted file object"},
		"a device":               {first(".file", func(e tarItem) []tarItem { e.Typeflag, e.data, e.Size = tar.TypeChar, nil, 0; return keep(e) }), "Invalid tar entry"},
		"not an object":          {first(".dirmeta", rename(objects+"00/x.dirmeta")), "not the path of an object"},
		"unknown type":           {first(".dirmeta", rename(objects+"00/"+strings.Repeat("0", 62)+".tombstone-commit")), "importing object"},
		"metadata of no commit":  {first(".dirmeta", rename(objects+"00/"+strings.Repeat("0", 62)+".commitmeta")), "detached metadata that does not follow its commit"},
		"upper case name":        {first(".dirmeta", rename(objects+"AB/"+strings.Repeat("0", 62)+".dirmeta")), "not the path of an object"},
	} {
		t.Run(name, func(t *testing.T) {
			l := baseLayout(t, nil)
			l.replace(0, editTar(t, l.layer(0), c.edit))
			refuse(t, l.save(), c.want, nil)
		})
	}
}

// dropFile leaves out one file with its xattrs and its paths.
func dropFile(e tarItem) []tarItem {
	sum := object.ContentChecksum(&object.FileHeader{Mode: object.ModeRegular | 0o644}, []byte("NAME=test\n")).String()
	if strings.Contains(e.Name, sum[2:]) || strings.Contains(e.Linkname, sum[2:]) {
		return nil
	}
	return keep(e)
}

// Chunks hold content, and nothing else.
func TestHostileChunks(t *testing.T) {
	r := newRepo(t, ostree.ModeArchive)
	commitFiles(t, r, "base", nil, baseFiles...)
	opts := &container.EncapsulateOptions{Contents: chunks(t, r, "base")}
	commit := tarItem{}
	for _, e := range readTar(t, baseLayout(t, opts).layer(0)) {
		if isObject(e, ".commit") || isObject(e, ".dirtree") {
			commit = e
			break
		}
	}
	for name, c := range map[string]struct {
		edit func(i int, e tarItem) []tarItem
		want string
	}{
		"a commit": {func(i int, e tarItem) []tarItem {
			if i == 0 {
				return []tarItem{e, commit}
			}
			return keep(e)
		}, "Found commit object in a layer of content objects"},
		"lacks content": {func(_ int, e tarItem) []tarItem {
			if strings.HasPrefix(e.Name, objects) && e.Typeflag != tar.TypeDir {
				return nil
			}
			return keep(e)
		}, "is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			l := baseLayout(t, opts)
			l.replace(1, editTar(t, l.layer(1), c.edit))
			refuse(t, l.save(), c.want, nil)
		})
	}
}

// Blobs that are not what the manifest says.
func TestHostileBlobs(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, l *layoutImage)
		want  string
	}{
		"truncated": {func(t *testing.T, l *layoutImage) {
			b, err := os.ReadFile(l.blob(l.manifest.Layers[0].Digest))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(l.blob(l.manifest.Layers[0].Digest), b[:len(b)/2], 0o644))
		}, "size mismatch"},
		"longer": {func(t *testing.T, l *layoutImage) {
			f, err := os.OpenFile(l.blob(l.manifest.Layers[0].Digest), os.O_APPEND|os.O_WRONLY, 0)
			require.NoError(t, err)
			_, err = f.Write(make([]byte, 3))
			require.NoError(t, err)
			require.NoError(t, f.Close())
		}, "size mismatch"},
		"another size in the manifest": {func(t *testing.T, l *layoutImage) { l.manifest.Layers[0].Size += 5; l.save() }, "size mismatch"},
		"another digest": {func(t *testing.T, l *layoutImage) {
			lie := v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("ab", 32)}
			require.NoError(t, os.Rename(l.blob(l.manifest.Layers[0].Digest), l.blob(lie)))
			l.manifest.Layers[0].Digest = lie
			l.save()
		}, "digest mismatch: expected sha256:abab"},
		"another uncompressed digest": {func(t *testing.T, l *layoutImage) {
			lie := v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("cd", 32)}
			l.config.RootFS.DiffIDs[0] = lie
			l.config.Config.Labels[container.LabelFinalDiffID] = lie.String()
			l.save()
		}, "uncompressed: digest mismatch: expected sha256:cdcd"},
		"missing": {func(t *testing.T, l *layoutImage) {
			require.NoError(t, os.Remove(l.blob(l.manifest.Layers[0].Digest)))
		}, "no such file"},
		"not compressed as it begins": {func(t *testing.T, l *layoutImage) {
			l.manifest.Layers[0] = l.put(append([]byte("\x1f\x8b\x08\x00garbage"), make([]byte, 5000)...), types.OCILayer)
			l.save()
		}, "layer sha256:"},
		"xz": {func(t *testing.T, l *layoutImage) {
			l.manifest.Layers[0] = l.put([]byte("\xfd7zXZ\x00\x00\x04 and so on"), types.OCILayer)
			l.save()
		}, "not accepted"},
		"encrypted": {func(t *testing.T, l *layoutImage) {
			l.manifest.Layers[0].MediaType = "application/vnd.oci.image.layer.v1.tar+gzip+encrypted"
			l.save()
		}, "is not supported"},
		"bad checksum of gzip": {func(t *testing.T, l *layoutImage) {
			b := gzipped(t, l.layer(0))
			b[len(b)-5] ^= 1
			l.manifest.Layers[0] = l.put(b, types.OCILayer)
			l.save()
		}, "layer sha256:"},
		"fewer layers than digests": {func(t *testing.T, l *layoutImage) {
			l.config.RootFS.DiffIDs = append(l.config.RootFS.DiffIDs, hashOf(nil))
			l.save()
		}, "1 layers in the manifest, but 2 in the image configuration"},
		"no layer has the label's digest": {func(t *testing.T, l *layoutImage) {
			l.config.Config.Labels[container.LabelFinalDiffID] = "sha256:none"
			l.save()
		}, "Missing ostree.final-diffid"},
		"labels are missing": {func(t *testing.T, l *layoutImage) { l.config.Config.Labels = nil; l.save() }, "which is not in the layer"},
		"no layers":          {func(t *testing.T, l *layoutImage) { l.manifest.Layers = nil; l.save() }, "No layers in manifest"},
		"the label is ambiguous": {func(t *testing.T, l *layoutImage) {
			l.add(l.layer(0))
			l.save()
		}, "Multiple entries for sha256:"},
		"the configuration is not JSON": {func(t *testing.T, l *layoutImage) {
			require.NoError(t, os.WriteFile(l.blob(l.manifest.Config.Digest), []byte("x"), 0o644))
		}, "fetching image configuration"},
	} {
		t.Run(name, func(t *testing.T) {
			l := baseLayout(t, nil)
			l.save()
			c.spoil(t, l)
			refuse(t, container.ImageReference{Transport: container.TransportOCI, Name: l.dir}, c.want, nil)
		})
	}
}

// Derived layers that try to get somewhere, or to be too much.
func TestHostileDerivedLayers(t *testing.T) {
	for name, c := range map[string]struct {
		layer []file
		want  string
	}{
		"upwards":                                  {[]file{{path: "../etc/passwd", text: "x"}}, "Invalid path"},
		"upwards inside":                           {[]file{{path: "usr/../../x", text: "x"}}, "Invalid path"},
		"upwards in a hard link":                   {[]file{{path: "usr/x", hardlink: "../../etc/shadow"}}, "Invalid path"},
		"dangling hard link":                       {[]file{{path: "usr/x", hardlink: "usr/missing"}}, "which is not in the layer"},
		"hard link to a directory":                 {[]file{{path: "usr/d/"}, {path: "usr/x", hardlink: "usr/d"}}, "which is not in the layer"},
		"hard link to nothing":                     {[]file{{path: "usr/x", hardlink: "opt/y"}}, "which is left out"},
		"hard link to an object that is not there": {[]file{{path: "usr/x", hardlink: objects + "00/" + strings.Repeat("0", 62) + ".file"}}, "which is not in the layer"},
		"a device":                                 {[]file{{path: "usr/dev", typ: tar.TypeBlock}}, "Unsupported file type for path \"usr/dev\""},
		"a pipe":                                   {[]file{{path: "usr/fifo", typ: tar.TypeFifo}}, "Unsupported file type"},
		"a file as the root":                       {[]file{{path: "./", typ: tar.TypeReg}}, "the root is not a directory"},
		"not UTF-8":                                {[]file{{path: "usr/\xff", text: "x"}}, "not valid UTF-8"},
		"too deep":                                 {[]file{{path: strings.Repeat("usr/", 5000) + "x", text: "x"}}, "nested too deeply"},
		"negative owner":                           {[]file{{path: "usr/x", uid: -1}}, "out of range"},
	} {
		t.Run(name, func(t *testing.T) {
			l := baseLayout(t, nil)
			l.add(rawTar(t, c.layer...))
			refuse(t, l.save(), c.want, nil)
		})
	}
}

// Paths that look dangerous but have a harmless meaning inside of a commit.
func TestOddDerivedPaths(t *testing.T) {
	l := baseLayout(t, nil)
	l.add(tarOf(t, file{path: "/usr//a/./b", text: "cleaned"}, file{path: "usr/link", symlink: "/etc"}, file{path: "usr/link/x", text: "no link is followed"},
		file{path: "usr/out", symlink: "../../../../tmp"}, file{path: "usr/.wh...", text: ""}, file{path: "usr/.wh..", text: ""}, file{path: "usr/.wh.", text: ""},
		file{path: "usr/same", text: "1"}, file{path: "usr/same", text: "2"}, file{path: "usr/same/", text: ""}, file{path: "usr/same", text: "3"}))
	r := newRepo(t, ostree.ModeBareUser)
	pulled, err := container.Pull(t.Context(), r, unverified(l.save()), nil)
	require.NoError(t, err)
	fsck(t, r)
	rev := pulled.Commit.String()
	require.Equal(t, "cleaned", content(t, r, rev, "/usr/a/b"))
	require.Equal(t, "no link is followed", content(t, r, rev, "/usr/link/x"))
	require.Equal(t, "3", content(t, r, rev, "/usr/same"))
	require.Equal(t, "root:x:0:0\n", content(t, r, rev, "/usr/etc/passwd"))
	require.Equal(t, "l00777 0:0 /usr/out -> ../../../../tmp", names(t, r, rev)["/usr/out"])
}

// Little data that becomes a lot is refused before it is a lot.
func TestDecompressionBomb(t *testing.T) {
	var bomb bytes.Buffer
	z, err := gzip.NewWriterLevel(&bomb, gzip.BestSpeed)
	require.NoError(t, err)
	var head bytes.Buffer
	w := tar.NewWriter(&head)
	require.NoError(t, w.WriteHeader(&tar.Header{Name: "usr/zeros", Typeflag: tar.TypeReg, Mode: 0o644, Size: 1 << 30}))
	_, err = z.Write(head.Bytes())
	require.NoError(t, err)
	_, err = io.CopyN(z, zeros{}, 1<<30+1024)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	l := baseLayout(t, nil)
	l.manifest.Layers = append(l.manifest.Layers, l.put(bomb.Bytes(), types.OCILayer))
	l.config.RootFS.DiffIDs = append(l.config.RootFS.DiffIDs, hashOf(nil))
	img := l.save()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	refuse(t, img, "larger than allowed", &container.PullOptions{MaxLayerSize: 64 << 20})
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(400<<20))

	// Holes cost nothing in the archive, but they do in a repository.
	l = baseLayout(t, nil)
	l.add(sparseTar())
	refuse(t, l.save(), "larger than allowed", &container.PullOptions{MaxLayerSize: 64 << 20})
}

// A registry that sends something else, or breaks off, is noticed.
func TestHostileRegistry(t *testing.T) {
	for name, spoil := range map[string]func(digest string, b []byte) []byte{
		"truncated": func(_ string, b []byte) []byte { return b[:len(b)/2] },
		"changed":   func(_ string, b []byte) []byte { b = slices.Clone(b); b[len(b)/2] ^= 1; return b },
		"empty":     func(string, []byte) []byte { return nil },
		"longer":    func(_ string, b []byte) []byte { return append(slices.Clone(b), 'x') },
	} {
		t.Run(name, func(t *testing.T) {
			reg := newRegistry(t)
			src, dst := newRepo(t, ostree.ModeArchive), newRepo(t, ostree.ModeArchive)
			commitFiles(t, src, "base", nil, baseFiles...)
			img := reg.image("os:latest")
			encapsulated(t, src, img, nil)
			info, err := container.Inspect(t.Context(), img, nil)
			require.NoError(t, err)
			layer := info.Manifest.Layers[0].Digest.String()
			reg.spoil = func(digest string, b []byte) []byte {
				if digest != layer {
					return b
				}
				return spoil(digest, b)
			}
			_, err = container.Pull(t.Context(), dst, unverified(img), nil)
			require.Error(t, err)
			requireUntouched(t, dst)
			reg.spoil = nil
			_, err = container.Pull(t.Context(), dst, unverified(img), nil)
			require.NoError(t, err)
			fsck(t, dst)
		})
	}
}

// A layer that another image calls by another name is not taken for what it was imported as.
func TestLayerKindsAreNotMixedUp(t *testing.T) {
	r := newRepo(t, ostree.ModeArchive)
	commitFiles(t, r, "base", nil, baseFiles...)
	meta := chunks(t, r, "base")
	sum, err := r.ResolveRev("base")
	require.NoError(t, err)
	for e, err := range r.Walk(t.Context(), sum, "/", nil) {
		require.NoError(t, err)
		if !e.IsDir() {
			meta.Objects[e.Checksum] = "other" // so that the first layer has nothing but metadata
		}
	}
	dir := t.TempDir()
	encapsulated(t, r, container.ImageReference{Transport: container.TransportOCI, Name: dir}, &container.EncapsulateOptions{Contents: meta})
	good := openLayout(t, dir)
	evil := emptyLayout(t)
	evil.manifest.Layers = good.manifest.Layers[:1]
	evil.config.RootFS.DiffIDs = good.config.RootFS.DiffIDs[:1]
	b, err := os.ReadFile(good.blob(good.manifest.Layers[0].Digest))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(evil.blob(good.manifest.Layers[0].Digest), b, 0o644))
	dst := newRepo(t, ostree.ModeArchive)
	_, err = container.Pull(t.Context(), dst, unverified(evil.save()), nil)
	require.NoError(t, err)
	pulled, err := container.Pull(t.Context(), dst, unverified(good.save()), nil)
	require.NoError(t, err)
	require.Equal(t, sum, pulled.Base)
	require.Equal(t, listing(t, r, "base"), listing(t, dst, pulled.Commit.String()))
}

// What a killed or cancelled pull leaves is no obstacle.
func TestPullCancelled(t *testing.T) {
	l := baseLayout(t, nil)
	img := l.save()
	r := newRepo(t, ostree.ModeBareUser)
	ctx, cancel := contextCancelledAfter(t, 3)
	defer cancel()
	_, err := container.Pull(ctx, r, unverified(img), &container.PullOptions{Progress: ostree.ProgressFunc(func(ostree.Event) { ctx.tick() })})
	if err == nil {
		t.Fatal("not cancelled")
	}
	requireUntouched(t, r)
	_, err = container.Pull(t.Context(), r, unverified(img), nil)
	require.NoError(t, err)
	fsck(t, r)
}

// Errors tell a program what was wrong.
func TestErrorTypes(t *testing.T) {
	l := baseLayout(t, nil)
	l.manifest.Layers[0].Size++
	_, err := container.Pull(t.Context(), newRepo(t, ostree.ModeArchive), unverified(l.save()), nil)
	var size *container.SizeError
	require.True(t, errors.As(err, &size), err)
	require.Equal(t, size.Want, size.Got+1)
	_, err = container.LoadImage(newRepo(t, ostree.ModeArchive), container.ImageReference{Name: "x"})
	require.ErrorIs(t, err, container.ErrNoImage)
	require.EqualError(t, err, "No such image: docker://x")
	_, err = container.Pull(t.Context(), newRepo(t, ostree.ModeArchive), unverified(container.ImageReference{Transport: container.TransportOCI, Name: filepath.Join(t.TempDir(), "none")}), nil)
	require.ErrorContains(t, err, "index.json")
}
