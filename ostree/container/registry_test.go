package container_test

import (
	"encoding/base64"
	"encoding/pem"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	ggcrlayout "github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/stretchr/testify/require"
)

func quietRegistry() http.Handler { return registry.New(registry.Logger(log.New(io.Discard, "", 0))) }

func imageAt(s *httptest.Server, path string) container.ImageReference {
	_, host, _ := strings.Cut(s.URL, "//")
	return container.ImageReference{Transport: container.TransportRegistry, Name: host + "/" + path}
}

// smallImage pushes an image with one file, and returns the repository that it comes from.
func smallImage(t *testing.T, img container.ImageReference, opts *container.RegistryOptions) error {
	t.Helper()
	r := newRepo(t, ostree.ModeArchive)
	commitFiles(t, r, "base", nil, file{path: "usr/x", text: "x"})
	_, err := container.Encapsulate(t.Context(), r, "base", img, &container.EncapsulateOptions{Registry: opts})
	return err
}

// Credentials are those of the most specific entry of the file.
func TestAuthFile(t *testing.T) {
	inner := quietRegistry()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user != "me" || password != "secret" {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	img := imageAt(s, "ns/os:1")
	host, _, _ := strings.Cut(img.Name, "/")
	path := filepath.Join(t.TempDir(), "auth.json")
	write := func(entries string) *container.RegistryOptions {
		require.NoError(t, os.WriteFile(path, []byte(`{"auths":{`+entries+`}}`), 0o600))
		return &container.RegistryOptions{AuthFile: path}
	}
	entry := func(key, login string) string {
		return `"` + key + `":{"auth":"` + base64.StdEncoding.EncodeToString([]byte(login)) + `"}`
	}
	require.ErrorContains(t, smallImage(t, img, nil), "Unauthorized")
	require.Error(t, smallImage(t, img, write(entry(host, "me:wrong"))))
	require.Error(t, smallImage(t, img, write(entry("example.com", "me:secret"))))
	require.NoError(t, smallImage(t, img, write(entry(host, "me:secret"))))
	require.NoError(t, smallImage(t, img, write(entry(host, "me:wrong")+","+entry(host+"/ns", "me:secret"))))
	require.NoError(t, smallImage(t, img, write(entry(host+"/ns", "me:wrong")+","+entry(host+"/ns/os", "me:secret"))))
	_, err := container.Pull(t.Context(), newRepo(t, ostree.ModeArchive), unverified(img), &container.PullOptions{Registry: write(entry(host, "me:secret"))})
	require.NoError(t, err)
	_, err = container.Inspect(t.Context(), img, &container.RegistryOptions{AuthFile: path + ".missing"})
	require.ErrorIs(t, err, os.ErrNotExist)
}

// Certificates are verified by those of the directory, unless everything is accepted.
func TestCertificates(t *testing.T) {
	s := httptest.NewUnstartedServer(quietRegistry())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	img := imageAt(s, "os:1")
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ca.crt"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o644))
	require.Error(t, smallImage(t, img, nil))
	require.Error(t, smallImage(t, img, &container.RegistryOptions{CertDir: t.TempDir()}))
	require.NoError(t, smallImage(t, img, &container.RegistryOptions{CertDir: dir}))
	require.NoError(t, smallImage(t, img, &container.RegistryOptions{Insecure: true}))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "client.key"), nil, 0o600))
	require.ErrorContains(t, smallImage(t, img, &container.RegistryOptions{CertDir: dir}), "missing client certificate for key")
}

// A download goes on where the connection broke.
func TestResume(t *testing.T) {
	inner := quietRegistry()
	var ranges, cuts atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method != http.MethodGet || !blobPath.MatchString(req.URL.Path) {
			inner.ServeHTTP(w, req)
			return
		}
		if req.Header.Get("Range") != "" {
			ranges.Add(1)
		}
		rec := httptest.NewRecorder()
		plain := req.Clone(req.Context())
		plain.Header.Del("Range")
		inner.ServeHTTP(rec, plain)
		if rec.Body.Len() > 1<<20 && cuts.Add(1) <= 3 {
			w = &cutWriter{ResponseWriter: w, left: 700 << 10}
		}
		http.ServeContent(w, req, "", timeOf(1), strings.NewReader(rec.Body.String()))
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(s.Close)
	src := newRepo(t, ostree.ModeArchive)
	noise := make([]byte, 3<<20)
	rand.NewChaCha8([32]byte{}).Read(noise)
	sum := commitFiles(t, src, "base", nil, file{path: "usr/noise", text: string(noise)})
	img := imageAt(s, "os:1")
	encapsulated(t, src, img, nil)
	dst := newRepo(t, ostree.ModeBareUser)
	pulled, err := container.Pull(t.Context(), dst, unverified(img), nil)
	require.NoError(t, err)
	require.Equal(t, sum, pulled.Base)
	require.EqualValues(t, 3, ranges.Load())
	fsck(t, dst)
}

// cutWriter breaks the connection off.
type cutWriter struct {
	http.ResponseWriter
	left int
}

func (c *cutWriter) Write(p []byte) (int, error) {
	if c.left -= len(p); c.left < 0 {
		panic(http.ErrAbortHandler)
	}
	return c.ResponseWriter.Write(p)
}

// Of an index, the image for this platform is taken.
func TestPlatform(t *testing.T) {
	l := baseLayout(t, nil)
	l.save()
	path, err := ggcrlayout.FromPath(l.dir)
	require.NoError(t, err)
	index, err := path.ImageIndex()
	require.NoError(t, err)
	manifest, err := index.IndexManifest()
	require.NoError(t, err)
	ours, err := index.Image(manifest.Manifests[0].Digest)
	require.NoError(t, err)
	foreign, err := random.Image(100, 1)
	require.NoError(t, err)
	both := mutate.AppendManifests(empty.Index,
		mutate.IndexAddendum{Add: foreign, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "s390x"}}},
		mutate.IndexAddendum{Add: ours, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: runtime.GOARCH}}})
	s := httptest.NewServer(quietRegistry())
	t.Cleanup(s.Close)
	img := imageAt(s, "os:1")
	ref, err := name.ParseReference(img.Name)
	require.NoError(t, err)
	require.NoError(t, remote.WriteIndex(ref, both))
	want, err := ours.Digest()
	require.NoError(t, err)
	for _, i := range []container.ImageReference{img, writeIndex(t, both)} {
		pulled, err := container.Pull(t.Context(), newRepo(t, ostree.ModeArchive), unverified(i), nil)
		require.NoError(t, err)
		require.Equal(t, want, pulled.Digest)
	}
}

func writeIndex(t *testing.T, index v1.ImageIndex) container.ImageReference {
	t.Helper()
	dir := t.TempDir()
	_, err := ggcrlayout.Write(dir, index)
	require.NoError(t, err)
	return container.ImageReference{Transport: container.TransportOCI, Name: dir}
}

// An image that is named by its digest needs no registry once it is there.
func TestPullByDigest(t *testing.T) {
	reg := newRegistry(t)
	require.NoError(t, smallImage(t, reg.image("os:1"), nil))
	info, err := container.Inspect(t.Context(), reg.image("os:1"), nil)
	require.NoError(t, err)
	img := reg.image("os@" + info.Digest.String())
	r := newRepo(t, ostree.ModeArchive)
	pulled, err := container.Pull(t.Context(), r, unverified(img), nil)
	require.NoError(t, err)
	reg.Close()
	again, err := container.Pull(t.Context(), r, unverified(img), nil)
	require.NoError(t, err)
	require.Equal(t, pulled, again)
}
