package container_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

// testRegistry is a registry on the loopback interface that counts what is fetched from it.
type testRegistry struct {
	*httptest.Server
	mu    sync.Mutex
	blobs map[string]int // GET requests by digest
	spoil func(digest string, body []byte) []byte
}

var blobPath = regexp.MustCompile(`/blobs/(sha256:[0-9a-f]{64})$`)

func newRegistry(t testing.TB) *testRegistry {
	t.Helper()
	r := &testRegistry{blobs: map[string]int{}}
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		m := blobPath.FindStringSubmatch(req.URL.Path)
		if m == nil || req.Method != http.MethodGet {
			inner.ServeHTTP(w, req)
			return
		}
		r.mu.Lock()
		r.blobs[m[1]]++
		spoil := r.spoil
		r.mu.Unlock()
		if spoil == nil {
			inner.ServeHTTP(w, req)
			return
		}
		rec := httptest.NewRecorder()
		inner.ServeHTTP(rec, req)
		w.WriteHeader(rec.Code)
		w.Write(spoil(m[1], rec.Body.Bytes()))
	}))
	t.Cleanup(r.Close)
	return r
}

// image is the reference of an image in the registry.
func (r *testRegistry) image(name string) container.ImageReference {
	return container.ImageReference{Transport: container.TransportRegistry, Name: strings.TrimPrefix(r.URL, "http://") + "/" + name}
}

// fetched returns the blobs that were downloaded since the last call.
func (r *testRegistry) fetched() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.blobs
	r.blobs = map[string]int{}
	return m
}

func unverified(img container.ImageReference) container.Reference {
	return container.Reference{Image: img}
}

func newRepo(t testing.TB, mode ostree.Mode) *ostree.Repo {
	t.Helper()
	r, err := ostree.Init(filepath.Join(t.TempDir(), "repo"), &ostree.InitOptions{Mode: mode})
	require.NoError(t, err)
	t.Cleanup(func() { r.Close() })
	return r
}

// file is a file of a test's tree or layer: text, a directory ("/" at the end of the path), or a link.
type file struct {
	path, text string
	symlink    string
	hardlink   string
	mode       int64 // 0 means 0644, or 0755 for directories
	uid, gid   int
	xattrs     map[string]string
	typ        byte // to make something else
	mtime      int64
}

func tarOf(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.path, Mode: f.mode, Uid: f.uid, Gid: f.gid, Typeflag: tar.TypeReg, Size: int64(len(f.text)), Format: tar.FormatPAX}
		if f.mtime != 0 {
			h.ModTime = time.Unix(f.mtime, 0)
		}
		if h.Mode == 0 {
			h.Mode = 0o644
		}
		switch {
		case f.typ != 0:
			h.Typeflag = f.typ
		case strings.HasSuffix(f.path, "/"):
			h.Typeflag = tar.TypeDir
			if f.mode == 0 {
				h.Mode = 0o755
			}
		case f.symlink != "":
			h.Typeflag, h.Linkname = tar.TypeSymlink, f.symlink
		case f.hardlink != "":
			h.Typeflag, h.Linkname = tar.TypeLink, f.hardlink
		}
		for k, v := range f.xattrs {
			if h.PAXRecords == nil {
				h.PAXRecords = map[string]string{}
			}
			h.PAXRecords["SCHILY.xattr."+k] = v
		}
		require.NoError(t, w.WriteHeader(h))
		_, err := io.WriteString(w, f.text)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// commitFiles commits a tree, and returns the commit.
func commitFiles(t testing.TB, r *ostree.Repo, ref string, opts *ostree.CommitOptions, files ...file) object.Checksum {
	t.Helper()
	ctx := t.Context()
	txn, err := r.Begin(ctx, nil)
	require.NoError(t, err)
	defer txn.Abort()
	tree := ostree.NewTree()
	require.NoError(t, txn.AddTar(ctx, tree, bytes.NewReader(tarOf(t, files...)), nil, &ostree.TarOptions{AutocreateParents: true}))
	root, meta, err := txn.WriteTree(tree)
	require.NoError(t, err)
	if opts == nil {
		opts = &ostree.CommitOptions{Subject: "a test", Time: time.Unix(1700000000, 0), NoBindings: true}
	}
	sum, err := txn.WriteCommit(ctx, root, meta, opts)
	require.NoError(t, err)
	require.NoError(t, txn.SetRef(ref, sum))
	_, err = txn.Commit(ctx)
	require.NoError(t, err)
	return sum
}

var baseFiles = []file{
	{path: "usr/"}, {path: "usr/bin/"}, {path: "usr/bin/sh", text: "#!/bin/true\n", mode: 0o755},
	{path: "usr/bin/bash", hardlink: "usr/bin/sh"}, {path: "usr/bin/ping", text: "ping", mode: 0o4755, gid: 7},
	{path: "usr/lib/os-release", text: "NAME=test\n"}, {path: "usr/lib/empty"}, {path: "usr/lib/empty2"},
	{path: "usr/lib/link", symlink: "../..//bin/sh"}, {path: "usr/lib/attr", text: "with", xattrs: map[string]string{"user.k": "v", "security.selinux": "sys:o\x00"}},
	{path: "usr/etc/passwd", text: "root:x:0:0\n"}, {path: "usr/etc/sub/conf", text: "conf"},
	{path: "usr/lib/d/one", text: "1"}, {path: "usr/lib/d/two", text: "2"}, {path: "usr/lib/file", text: "was a file"},
	{path: "usr/lib/deep/er/file", text: "deep"},
	{path: "usr/big", text: strings.Repeat("0123456789abcdef", 1<<16+1)},
	{path: "sysroot/"}, {path: "boot/"}, {path: "var/", mode: 0o755}, {path: "tmp", symlink: "sysroot/tmp"},
}

// encapsulated pushes the base image.
func encapsulated(t testing.TB, r *ostree.Repo, dest container.ImageReference, opts *container.EncapsulateOptions) v1.Hash {
	t.Helper()
	digest, err := container.Encapsulate(t.Context(), r, "base", dest, opts)
	require.NoError(t, err)
	return digest
}

// fsck verifies a repository with both implementations.
func fsck(t testing.TB, r *ostree.Repo) {
	t.Helper()
	_, err := r.Fsck(t.Context(), nil)
	require.NoError(t, err)
	testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "ostree"), "fsck", "--repo="+r.Path())
}

// refNames lists the refs of a repository.
func refNames(t testing.TB, r *ostree.Repo) []string {
	t.Helper()
	refs, err := r.Refs("")
	require.NoError(t, err)
	names := []string{}
	for _, ref := range refs {
		names = append(names, ref.Refspec())
	}
	return names
}

// listing shows a commit as the real program does: one line for each file.
func listing(t testing.TB, r *ostree.Repo, rev string, args ...string) string {
	t.Helper()
	args = append([]string{"ls", "-R", "--repo=" + r.Path()}, args...)
	return testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "ostree"), append(args, rev)...).Stdout
}

// show returns a metadata value as the real program prints it, without swapping its bytes.
func show(t testing.TB, r *ostree.Repo, rev, key string) string {
	t.Helper()
	return testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "ostree"), "show", "-B", "--repo="+r.Path(), "--print-metadata-key="+key, rev).Stdout
}

// layoutImage is an image in an OCI directory, as a test takes it apart and puts it together.
type layoutImage struct {
	t        testing.TB
	dir      string
	manifest v1.Manifest
	config   v1.ConfigFile
}

// openLayout reads the only image of an OCI directory.
func openLayout(t testing.TB, dir string) *layoutImage {
	t.Helper()
	l := &layoutImage{t: t, dir: dir}
	var index v1.IndexManifest
	l.read(filepath.Join(dir, "index.json"), &index)
	require.Len(t, index.Manifests, 1)
	l.read(l.blob(index.Manifests[0].Digest), &l.manifest)
	l.read(l.blob(l.manifest.Config.Digest), &l.config)
	return l
}

func emptyLayout(t testing.TB) *layoutImage {
	l := &layoutImage{t: t, dir: t.TempDir()}
	require.NoError(t, os.MkdirAll(filepath.Join(l.dir, "blobs/sha256"), 0o755))
	l.manifest = v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1}
	l.config.OS, l.config.Architecture = "linux", "amd64"
	l.config.Created = v1.Time{Time: time.Unix(1600000000, 0)}
	l.config.RootFS.Type = "layers"
	return l
}

func (l *layoutImage) blob(h v1.Hash) string { return filepath.Join(l.dir, "blobs/sha256", h.Hex) }

func (l *layoutImage) read(path string, v any) {
	l.t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(l.t, err)
	require.NoError(l.t, json.Unmarshal(b, v))
}

func hashOf(b []byte) v1.Hash {
	s := sha256.Sum256(b)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(s[:])}
}

func (l *layoutImage) put(b []byte, mt types.MediaType) v1.Descriptor {
	l.t.Helper()
	h := hashOf(b)
	require.NoError(l.t, os.WriteFile(l.blob(h), b, 0o644))
	return v1.Descriptor{MediaType: mt, Size: int64(len(b)), Digest: h}
}

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, err := w.Write(b)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return z.Bytes()
}

// add puts a layer on top.
func (l *layoutImage) add(plain []byte) {
	l.t.Helper()
	l.manifest.Layers = append(l.manifest.Layers, l.put(gzipped(l.t, plain), types.OCILayer))
	l.config.RootFS.DiffIDs = append(l.config.RootFS.DiffIDs, hashOf(plain))
	l.config.History = append(l.config.History, v1.History{CreatedBy: "a test"})
}

// layer returns the uncompressed bytes of a layer.
func (l *layoutImage) layer(n int) []byte {
	l.t.Helper()
	f, err := os.Open(l.blob(l.manifest.Layers[n].Digest))
	require.NoError(l.t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(l.t, err)
	b, err := io.ReadAll(z)
	require.NoError(l.t, err)
	return b
}

// replace exchanges a layer for another one.
func (l *layoutImage) replace(n int, plain []byte) {
	l.t.Helper()
	old := l.config.RootFS.DiffIDs[n].String()
	l.manifest.Layers[n] = l.put(gzipped(l.t, plain), types.OCILayer)
	l.config.RootFS.DiffIDs[n] = hashOf(plain)
	if l.config.Config.Labels[container.LabelFinalDiffID] == old {
		l.config.Config.Labels[container.LabelFinalDiffID] = hashOf(plain).String()
	}
}

// save writes the index, and returns the reference of the image.
func (l *layoutImage) save() container.ImageReference {
	l.t.Helper()
	raw, err := json.Marshal(&l.config)
	require.NoError(l.t, err)
	l.manifest.Config = l.put(raw, types.OCIConfigJSON)
	raw, err = json.Marshal(&l.manifest)
	require.NoError(l.t, err)
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{l.put(raw, types.OCIManifestSchema1)}}
	raw, err = json.Marshal(&index)
	require.NoError(l.t, err)
	require.NoError(l.t, os.WriteFile(filepath.Join(l.dir, "index.json"), raw, 0o644))
	require.NoError(l.t, os.WriteFile(filepath.Join(l.dir, "oci-layout"), []byte(`{"imageLayoutVersion":"1.0.0"}`), 0o644))
	return container.ImageReference{Transport: container.TransportOCI, Name: l.dir}
}

// baseLayout encapsulates the base files into an OCI directory.
func baseLayout(t testing.TB, opts *container.EncapsulateOptions) *layoutImage {
	t.Helper()
	r := newRepo(t, ostree.ModeArchive)
	commitFiles(t, r, "base", nil, baseFiles...)
	dir := t.TempDir()
	encapsulated(t, r, container.ImageReference{Transport: container.TransportOCI, Name: dir}, opts)
	return openLayout(t, dir)
}

func timeOf(seconds int64) time.Time { return time.Unix(seconds, 0) }

// tickContext is cancelled at a certain tick.
type tickContext struct {
	context.Context
	cancel context.CancelFunc
	left   atomic.Int32
}

func (c *tickContext) tick() {
	if c.left.Add(-1) == 0 {
		c.cancel()
	}
}

func contextCancelledAfter(t testing.TB, ticks int32) (*tickContext, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	c := &tickContext{Context: ctx, cancel: cancel}
	c.left.Store(ticks)
	return c, cancel
}
