package installer_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer"
)

// server serves files and counts requests.
type server struct {
	files map[string][]byte
	seen  []string
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.seen = append(s.seen, r.URL.Path)
	data, ok := s.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Write(data)
}

func gz(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(data)
	z.Close()
	return b.Bytes()
}

func TestDownloadUnsigned(t *testing.T) {
	image := bytes.Repeat([]byte("0123456789abcdef"), 200_000)
	s := &server{files: map[string][]byte{"/d/image.raw.gz": gz(image), "/small.raw": []byte("tiny")}}
	web := httptest.NewServer(s)
	defer web.Close()
	for _, c := range []struct {
		path, want string
		decompress bool
		data       []byte
	}{
		{"/d/image.raw.gz?token=1", "image.raw.gz", false, s.files["/d/image.raw.gz"]},
		{"/d/image.raw.gz", "image.raw", true, image},
		{"/small.raw", "small.raw", true, []byte("tiny")},
	} {
		dir := t.TempDir()
		var notes strings.Builder
		o := &installer.DownloadOptions{ImageURL: web.URL + c.path, Directory: dir, Decompress: c.decompress}
		_, err := installer.Download(t.Context(), o)
		require.ErrorIs(t, err, installer.ErrNoSignature)
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, entries)

		o.Insecure, o.Message = true, func(s string) { notes.WriteString(s + "\n") }
		paths, err := installer.Download(t.Context(), o)
		require.NoError(t, err)
		require.Equal(t, []string{filepath.Join(dir, c.want)}, paths)
		got, err := os.ReadFile(paths[0])
		require.NoError(t, err)
		require.True(t, bytes.Equal(c.data, got))
		require.Contains(t, notes.String(), "Signature not found; skipping verification as requested")
	}
}

// TestDownloadStream: a stream without the image, or without an address of it, is an error.
func TestDownloadStream(t *testing.T) {
	s := &server{files: map[string][]byte{"/x.raw": []byte("x")}}
	web := httptest.NewServer(s)
	defer web.Close()
	for formats, want := range map[string]string{
		`{}`:                               "couldn't find architecture x86_64, platform metal, format raw.xz in stream metadata",
		`{"raw.xz":{}}`:                    "no artifacts found",
		`{"raw.xz":null}`:                  "decoding stream metadata: invalid type: null, expected a map at line 1 column 74",
		`{"raw.xz":{"a":{}}}`:              "decoding stream metadata: missing field `location` at line 1 column 77",
		`{"raw.xz":{"a":{"location":""}}}`: "parsing artifact URL from stream metadata: relative URL without a base",
		`{"raw.xz":{"a":{"location":"` + web.URL + `/x.raw","signature":"x.sig"}}}`: "parsing signature URL from stream metadata: relative URL without a base",
		`{"raw.xz":{"a":{"location":"` + web.URL + `/x.raw","sha256":5}}}`:          "",
	} {
		s.files["/stable.json"] = []byte(`{"architectures":{"x86_64":{"artifacts":{"metal":{"formats":` + formats + `}}}}}`)
		dir := t.TempDir()
		o := &installer.DownloadOptions{StreamBaseURL: web.URL + "/", Architecture: "x86_64", Directory: dir, Insecure: true}
		paths, err := installer.Download(t.Context(), o)
		if want == "" {
			require.NoError(t, err, formats)
			require.Equal(t, []string{filepath.Join(dir, "x.raw")}, paths)
			continue
		}
		require.EqualError(t, err, want, formats)
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, entries)
	}
}

// TestLongSignature: a signature that cannot be one is not the same as none.
func TestLongSignature(t *testing.T) {
	s := &server{files: map[string][]byte{"/image.raw": []byte("image"), "/image.raw.sig": make([]byte, 2<<20)}}
	web := httptest.NewServer(s)
	defer web.Close()
	_, err := installer.Download(t.Context(), &installer.DownloadOptions{ImageURL: web.URL + "/image.raw", Directory: t.TempDir(), Insecure: true})
	require.ErrorContains(t, err, "fetching signature URL")
}

// requireFiles compares what is in a directory.
func requireFiles(t *testing.T, dir string, want map[string][]byte) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
		got, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		require.True(t, bytes.Equal(want[e.Name()], got), e.Name())
	}
	require.Len(t, entries, len(want), names)
}

// TestDownloadKeepsOld: what is there stays until the new one is complete, whatever ends the transfer.
func TestDownloadKeepsOld(t *testing.T) {
	begun := make(chan struct{}, 1)
	whole := false
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, ".sig"):
			http.NotFound(w, r)
			return
		case whole:
			io.WriteString(w, "new")
			return
		}
		w.Header().Set("Content-Length", "10000000")
		w.Write(make([]byte, 2<<20))
		w.(http.Flusher).Flush()
		if r.URL.Query().Has("hang") {
			begun <- struct{}{}
			<-r.Context().Done()
		}
	}))
	defer web.Close()
	dir, elsewhere := t.TempDir(), t.TempDir()
	file := filepath.Join(dir, "image.raw")
	require.NoError(t, os.WriteFile(file, []byte("old"), 0o640))
	require.NoError(t, os.WriteFile(file+".sig", []byte("its signature"), 0o644))
	old := map[string][]byte{"image.raw": []byte("old"), "image.raw.sig": []byte("its signature")}
	o := &installer.DownloadOptions{ImageURL: web.URL + "/image.raw", Directory: dir, Insecure: true}
	_, err := installer.Download(t.Context(), o)
	require.ErrorContains(t, err, "end of file before message length reached")
	requireFiles(t, dir, old)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { <-begun; cancel() }()
	o.ImageURL += "?hang"
	_, err = installer.Download(ctx, o)
	require.ErrorIs(t, err, context.Canceled)
	requireFiles(t, dir, old)

	// What killed processes left goes with time; the file keeps its permissions.
	for name, age := range map[string]time.Duration{"a": 0, "b": 100 * time.Hour} {
		name = filepath.Join(dir, ".tmp-nestos.image.raw."+name)
		require.NoError(t, os.WriteFile(name, nil, 0o600))
		require.NoError(t, os.Chtimes(name, time.Time{}, time.Now().Add(-age)))
	}
	whole = true
	_, err = installer.Download(t.Context(), o)
	require.NoError(t, err)
	requireFiles(t, dir, map[string][]byte{"image.raw": []byte("new"), ".tmp-nestos.image.raw.a": nil})
	st, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o640), st.Mode())

	// Links stay, and what they lead to is made.
	link := filepath.Join(elsewhere, "image.raw")
	require.NoError(t, os.Remove(file))
	to, err := filepath.Rel(elsewhere, file)
	require.NoError(t, err)
	require.NoError(t, os.Symlink(to, link))
	o.Directory = elsewhere
	_, err = installer.Download(t.Context(), o)
	require.NoError(t, err)
	got, err := os.Readlink(link)
	require.NoError(t, err)
	require.Equal(t, to, got)
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "new", string(data))

	require.NoError(t, os.Remove(link))
	require.NoError(t, os.Mkdir(link, 0o700))
	_, err = installer.Download(t.Context(), o)
	require.ErrorIs(t, err, syscall.EISDIR)
}

// TestDownloadSignatureDirectory: what cannot be replaced by a signature, or removed, keeps the image.
func TestDownloadSignatureDirectory(t *testing.T) {
	s := &server{files: map[string][]byte{"/image.raw": []byte("new")}}
	web := httptest.NewServer(s)
	defer web.Close()
	for _, full := range []bool{false, true} {
		dir := t.TempDir()
		file := filepath.Join(dir, "image.raw")
		require.NoError(t, os.WriteFile(file, []byte("old"), 0o644))
		require.NoError(t, os.Mkdir(file+".sig", 0o755))
		if full {
			require.NoError(t, os.WriteFile(filepath.Join(file+".sig", "x"), nil, 0o644))
		}
		_, err := installer.Download(t.Context(), &installer.DownloadOptions{ImageURL: web.URL + "/image.raw", Directory: dir, Insecure: true})
		require.ErrorIs(t, err, syscall.EISDIR)
		require.DirExists(t, file+".sig")
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, entries, 2)
		got, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, "old", string(got))
	}
}

// TestDownloadShowsNoSecrets: no value of a query, given or redirected to, is in a note, an error
// or the name of a file.
func TestDownloadShowsNoSecrets(t *testing.T) {
	const to = "?sig=SECRET&X-Amz-Credential=SECRET&SECRET&arch=x;other=SECRET&format=raw?key=SECRET"
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved.raw":
			http.Redirect(w, r, "/image.raw"+to, http.StatusFound)
		case "/gone.raw", "/moved.raw.sig":
			http.Redirect(w, r, "/missing"+to, http.StatusFound)
		case "/bad.raw":
			w.Header().Set("Location", "http://h:port/x"+to)
			w.WriteHeader(http.StatusFound)
		case "/elsewhere.raw":
			http.Redirect(w, r, "ftp://h/x"+to, http.StatusFound)
		case "/loop.raw":
			http.Redirect(w, r, "/loop.raw"+to, http.StatusFound)
		case "/image.raw":
			io.WriteString(w, "image")
		default:
			http.NotFound(w, r)
		}
	}))
	defer web.Close()
	for path, want := range map[string]string{
		"/image.raw": "image.raw", "/moved.raw": "image.raw", "/gone.raw": "", "/bad.raw": "", "/elsewhere.raw": "", "/loop.raw": "", "/": "",
	} {
		for _, query := range []string{"?token=SECRET", "?key=SECRET&signature=SECRET", "?SECRET", "?repo=a;credential=SECRET"} {
			var notes strings.Builder
			dir := t.TempDir()
			o := &installer.DownloadOptions{ImageURL: web.URL + path + query, Directory: dir, Insecure: true}
			o.Message = func(s string) { notes.WriteString(s + "\n") }
			paths, err := installer.Download(t.Context(), o)
			require.Contains(t, notes.String(), "Downloading image from "+web.URL+path+"?")
			require.NotContains(t, notes.String(), "SECRET")
			if want == "" {
				require.Error(t, err)
				require.NotContains(t, err.Error(), "SECRET")
				continue
			}
			require.NoError(t, err)
			require.Equal(t, []string{filepath.Join(dir, want)}, paths)
		}
	}
}
