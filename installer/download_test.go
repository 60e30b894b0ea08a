package installer_test

import (
	"bytes"
	"compress/gzip"
	"context"
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

		o.Insecure, o.Note = true, func(s string) { notes.WriteString(s + "\n") }
		paths, err := installer.Download(t.Context(), o)
		require.NoError(t, err)
		require.Equal(t, []string{filepath.Join(dir, c.want)}, paths)
		got, err := os.ReadFile(paths[0])
		require.NoError(t, err)
		require.True(t, bytes.Equal(c.data, got))
		require.Contains(t, notes.String(), "Signature not found; skipping verification as requested")
	}
}

// TestDownloadSigned: what is there and verifies is not fetched again.
func TestDownloadSigned(t *testing.T) {
	w := &world{t: t, dir: t.TempDir()}
	image := bytes.Repeat([]byte("0123456789abcdef"), 200_000)
	w.sign(w.write("image.raw.gz", gz(image)))
	sig, err := os.ReadFile(w.path("image.raw.gz.sig"))
	require.NoError(t, err)
	s := &server{files: map[string][]byte{"/image.raw.gz": gz(image), "/image.raw.gz.sig": sig}}
	web := httptest.NewServer(s)
	defer web.Close()
	dir := t.TempDir()
	var done []string
	o := &installer.DownloadOptions{ImageURL: web.URL + "/image.raw.gz", Directory: dir, Done: func(p string) { done = append(done, p) }}
	o.Keyring = w.keys
	download := func() error { _, err := installer.Download(context.Background(), o); return err }
	require.NoError(t, download())
	file := filepath.Join(dir, "image.raw.gz")
	got, err := os.ReadFile(file + ".sig")
	require.NoError(t, err)
	require.Equal(t, sig, got)
	before, err := os.Stat(file)
	require.NoError(t, err)
	require.NoError(t, download())
	after, err := os.Stat(file)
	require.NoError(t, err)
	require.True(t, os.SameFile(before, after) && before.ModTime().Equal(after.ModTime()))
	require.Equal(t, []string{file, file}, done)

	// What is there and does not verify is fetched again.
	require.NoError(t, os.WriteFile(file, []byte("other"), 0o644))
	require.NoError(t, download())
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	require.True(t, bytes.Equal(gz(image), data))

	// What the signature does not fit leaves nothing, trusted or not.
	s.files["/image.raw.gz"] = gz(append(image, 'x'))
	o.Insecure = true
	require.NoError(t, os.Remove(file))
	require.ErrorContains(t, download(), "GPG verification failure")
	require.NoFileExists(t, file)
	require.NoFileExists(t, file+".sig")
}
