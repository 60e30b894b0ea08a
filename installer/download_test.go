package installer_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
