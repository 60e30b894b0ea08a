package installer_test

import (
	"bytes"
	"context"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer"
	"github.com/nestos-dev/nestos/installer/signature"
	"github.com/nestos-dev/nestos/internal/testutil"
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

// TestDownloadOwner: a file that is replaced keeps its owner.
func TestDownloadOwner(t *testing.T) {
	testutil.Root(t)
	web := httptest.NewServer(&server{files: map[string][]byte{"/image.raw": []byte("new")}})
	defer web.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "image.raw")
	require.NoError(t, os.WriteFile(file, []byte("old"), 0o640))
	require.NoError(t, os.Chown(file, 1000, 1001))
	_, err := installer.Download(t.Context(), &installer.DownloadOptions{ImageURL: web.URL + "/image.raw", Directory: dir, Insecure: true})
	require.NoError(t, err)
	requireFiles(t, dir, map[string][]byte{"image.raw": []byte("new")})
	st, err := os.Stat(file)
	require.NoError(t, err)
	sys := st.Sys().(*syscall.Stat_t)
	require.Equal(t, []uint32{1000, 1001}, []uint32{sys.Uid, sys.Gid})
	require.Equal(t, fs.FileMode(0o640), st.Mode())
}

// TestDownloadPlanted: what others put into a sticky directory that all may write to is not
// followed, replaced or removed.
func TestDownloadPlanted(t *testing.T) {
	testutil.Root(t)
	web := httptest.NewServer(&server{files: map[string][]byte{"/image.raw": []byte("new")}})
	defer web.Close()
	for name, c := range map[string]struct {
		dirMode             fs.FileMode
		dirOwner, fileOwner int
		refused             bool
	}{
		"another's":               {0o777 | fs.ModeSticky, 0, 1000, true},
		"another's of another":    {0o777 | fs.ModeSticky, 1001, 1000, true},
		"the caller's":            {0o777 | fs.ModeSticky, 1000, 0, false},
		"the directory's owner's": {0o777 | fs.ModeSticky, 1000, 1000, false},
		"not sticky":              {0o777, 0, 1000, false},
		"not for all":             {0o775 | fs.ModeSticky, 0, 1000, false},
	} {
		for _, kind := range []string{"link", "file", "signature"} {
			t.Run(name+", "+kind, func(t *testing.T) {
				dir, other := t.TempDir(), filepath.Join(t.TempDir(), "victim")
				require.NoError(t, os.Chown(dir, c.dirOwner, 0))
				require.NoError(t, os.Chmod(dir, c.dirMode))
				require.NoError(t, os.WriteFile(other, []byte("old"), 0o600))
				file := filepath.Join(dir, "image.raw")
				planted, read := file, file
				switch kind {
				case "link":
					require.NoError(t, os.Symlink(other, planted))
					read = other
				case "signature":
					require.NoError(t, os.WriteFile(file, []byte("old"), 0o600))
					planted = file + ".sig"
					fallthrough
				default:
					require.NoError(t, os.WriteFile(planted, []byte("old"), 0o600))
				}
				require.NoError(t, os.Lchown(planted, c.fileOwner, 0))
				_, err := installer.Download(t.Context(), &installer.DownloadOptions{ImageURL: web.URL + "/image.raw", Directory: dir, Insecure: true})
				want := "new"
				if c.refused {
					require.ErrorIs(t, err, fs.ErrPermission)
					want = "old"
				} else {
					require.NoError(t, err)
				}
				got, err := os.ReadFile(read)
				require.NoError(t, err)
				require.Equal(t, want, string(got))
			})
		}
	}
}
