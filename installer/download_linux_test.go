package installer_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer"
	"github.com/nestos-dev/nestos/installer/signature"
)

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

	// What the signature does not fit leaves what is there, trusted or not.
	w.sign(w.write("other", []byte("other")))
	s.files["/image.raw.gz"] = gz(append(image, 'x'))
	s.files["/image.raw.gz.sig"], err = os.ReadFile(w.path("other.sig"))
	require.NoError(t, err)
	o.Insecure = true
	require.ErrorContains(t, download(), "GPG verification failure")
	requireFiles(t, dir, map[string][]byte{"image.raw.gz": gz(image), "image.raw.gz.sig": sig})

	// So does a key that is not trusted.
	s.files["/image.raw.gz"] = gz(image)
	o.Keyring = &signature.Keyring{}
	require.ErrorContains(t, download(), "GPG verification failure")
	requireFiles(t, dir, map[string][]byte{"image.raw.gz": gz(image), "image.raw.gz.sig": sig})

	// An image without signature does not keep that of another one.
	delete(s.files, "/image.raw.gz.sig")
	s.files["/image.raw.gz"] = gz(image[:1000])
	require.NoError(t, download())
	requireFiles(t, dir, map[string][]byte{"image.raw.gz": gz(image[:1000])})
}
