package rpmmd_test

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

func TestDownload(t *testing.T) {
	dir := makeRepo(t, 1000)
	srv := newMirror(t, dir)
	var last progress.Event
	c := newClient(t, func(o *rpmmd.ClientOptions) {
		o.Progress = progress.Func(func(e progress.Event) {
			if e.Task == "packages" {
				last = e
			}
		})
	})
	repo := repoAt(srv.URL)
	m, err := c.Refresh(t.Context(), repo, nil)
	require.NoError(t, err)
	list := packagesOf(t, m)
	files, err := c.Download(t.Context(), "", list)
	require.NoError(t, err)
	var total int64
	for i, f := range files {
		require.Equal(t, filepath.Join(c.RepoDir(repo), "packages", filepath.Base(list[i].Href)), f)
		got, err := os.ReadFile(f)
		require.NoError(t, err)
		require.Equal(t, list[i].Checksum.Hex, sha256Hex(got))
		total += list[i].Size
	}
	require.Equal(t, progress.Done, last.State)
	require.Equal(t, progress.Count{Done: total, Total: total}, last.Bytes)
	require.Equal(t, progress.Count{Done: 7, Total: 7}, last.Items)

	srv.taken()
	require.NoError(t, os.Truncate(files[0], 100))
	data, err := os.ReadFile(files[1])
	require.NoError(t, err)
	data[1000] ^= 1
	require.NoError(t, os.WriteFile(files[1], data, 0o644))
	_, err = c.Download(t.Context(), "", list)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"/" + list[0].Href, "/" + list[1].Href}, srv.taken(), "only what was wrong is fetched again")
	require.Equal(t, progress.Count{Cached: 5, Done: 2, Total: 7}, last.Items)

	into := filepath.Join(t.TempDir(), "a", "b")
	files, err = c.Download(t.Context(), into, list[:1])
	require.NoError(t, err)
	require.Equal(t, into, filepath.Dir(files[0]))
}

// Packages of a repository on disk are used where they are, when they are the right ones.
func TestDownloadLocal(t *testing.T) {
	dir := makeRepo(t, 1000)
	c := newClient(t, nil)
	m, err := c.Refresh(t.Context(), repoAt("file://"+dir), nil)
	require.NoError(t, err)
	list := packagesOf(t, m)
	files, err := c.Download(t.Context(), "", list)
	require.NoError(t, err)
	for i := range files {
		require.Equal(t, filepath.Join(dir, list[i].Href), files[i])
	}
	require.NoError(t, os.WriteFile(files[0], bytes.Repeat([]byte("x"), int(list[0].Size)), 0o644))
	_, err = c.Download(t.Context(), "", list)
	require.ErrorContains(t, err, "checksum doesn't match: wanted "+list[0].Checksum.String())
}

// big serves one file that is no package, with ranges and without.
func bigFile(t *testing.T) (*mirror, rpmmd.RemotePackage, []byte) {
	t.Helper()
	dir := makeRepo(t, 1000)
	data := bytes.Repeat([]byte("0123456789abcdef"), 64<<10) // 1 MiB
	require.NoError(t, os.WriteFile(filepath.Join(dir, "big.rpm"), data, 0o644))
	srv := newMirror(t, dir)
	c := newClient(t, nil)
	repo := repoAt(srv.URL)
	m, err := c.Refresh(t.Context(), repo, nil)
	require.NoError(t, err)
	srv.taken()
	return srv, rpmmd.RemotePackage{Meta: m, Href: "big.rpm", Size: int64(len(data)), Checksum: rpmmd.Checksum{Type: "sha256", Hex: sha256Hex(data)}}, data
}

// cutting hands out only the first n bytes of the answers to requests without range.
func cutting(data []byte, n int, ranges *[]string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		*ranges = append(*ranges, r.Header.Get("Range"))
		if r.Header.Get("Range") != "" {
			return false
		}
		w.Header().Set("Content-Length", "1048576")
		w.Write(data[:n])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

func TestDownloadResume(t *testing.T) {
	srv, pkg, data := bigFile(t)
	var ranges []string
	srv.set(cutting(data, 300_000, &ranges))
	c, into := newClient(t, nil), t.TempDir()
	files, err := c.Download(t.Context(), into, []rpmmd.RemotePackage{pkg})
	require.NoError(t, err)
	got, err := os.ReadFile(files[0])
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
	require.Equal(t, []string{"", "bytes=300000-"}, ranges, "the rest only")

	// What another run left is completed; what is wrong with it is found out.
	part := filepath.Join(into, ".part-"+pkg.Checksum.Hex[:32]+"-"+sha256Hex([]byte("big.rpm"))[:8])
	for name, left := range map[string][]byte{
		"right":    data[:500_000],
		"wrong":    bytes.Repeat([]byte("x"), 500_000),
		"complete": data,
		"too long": append(bytes.Clone(data), 'x'),
	} {
		require.NoError(t, os.Remove(files[0]))
		require.NoError(t, os.WriteFile(part, left, 0o600))
		srv.set(nil)
		srv.taken()
		_, err = c.Download(t.Context(), into, []rpmmd.RemotePackage{pkg})
		require.NoError(t, err, name)
		got, err := os.ReadFile(files[0])
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, got), name)
		require.NoFileExists(t, part)
		require.Len(t, srv.taken(), map[string]int{"right": 1, "wrong": 2, "complete": 0, "too long": 1}[name], name)
	}
}

func TestDownloadInterrupted(t *testing.T) {
	srv, pkg, data := bigFile(t)
	var ranges []string
	srv.set(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Range") != "" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return cutting(data, 200_000, &ranges)(w, r)
	})
	c, into := newClient(t, nil), t.TempDir()
	_, err := c.Download(t.Context(), into, []rpmmd.RemotePackage{pkg})
	require.ErrorContains(t, err, "Cannot download big.rpm: All mirrors were tried")
	parts, err := filepath.Glob(filepath.Join(into, ".part-*"))
	require.NoError(t, err)
	require.Len(t, parts, 1)
	left, err := os.ReadFile(parts[0])
	require.NoError(t, err)
	require.Len(t, left, 200_000)
	require.NoFileExists(t, filepath.Join(into, "big.rpm"))
}

func TestDownloadLies(t *testing.T) {
	srv, pkg, data := bigFile(t)
	c, into := newClient(t, nil), t.TempDir()
	wrong := bytes.Clone(data)
	wrong[0] ^= 1
	srv.set(func(w http.ResponseWriter, r *http.Request) bool { w.Write(wrong); return true })
	_, err := c.Download(t.Context(), into, []rpmmd.RemotePackage{pkg})
	require.ErrorContains(t, err, "checksum doesn't match: wanted "+pkg.Checksum.String()+", got sha256:")
	entries, err := os.ReadDir(into)
	require.NoError(t, err)
	require.Empty(t, entries, "nothing of it is kept")

	// Old checksum types are verified as well; those unknown are refused before a request.
	pkg.Checksum = rpmmd.Checksum{Type: "sha", Hex: strings.Repeat("0", 40)}
	_, err = c.Download(t.Context(), into, []rpmmd.RemotePackage{pkg})
	require.ErrorContains(t, err, "checksum doesn't match: wanted sha:0000")
	pkg.Checksum.Type = "crc"
	srv.taken()
	_, err = c.Download(t.Context(), into, []rpmmd.RemotePackage{pkg})
	require.ErrorIs(t, err, rpmmd.ErrNotSupported)
	pkg.Checksum = rpmmd.Checksum{Type: "sha256", Hex: "../../../etc/passwd"}
	_, err = c.Download(t.Context(), into, []rpmmd.RemotePackage{pkg})
	require.ErrorContains(t, err, "malformed sha256 checksum")
	require.Empty(t, srv.taken())
}

func TestDownloadNames(t *testing.T) {
	srv, pkg, data := bigFile(t)
	srv.set(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/other/") {
			w.Write(data[:1000])
		} else {
			w.Write(data)
		}
		return true
	})
	other := pkg
	other.Href, other.Size, other.Checksum.Hex = "other/big.rpm", 1000, sha256Hex(data[:1000])
	dots := pkg
	dots.Href = "x/.."
	hidden := pkg
	hidden.Href = "a/%2e%2e%2f%2e%2e%2fup.rpm"
	into := t.TempDir()
	files, err := newClient(t, nil).Download(t.Context(), into, []rpmmd.RemotePackage{pkg, other, pkg, dots, hidden})
	require.NoError(t, err)
	for i, f := range files {
		require.Equal(t, into, filepath.Dir(f), "%d", i)
	}
	require.Equal(t, files[0], files[2])
	require.NotEqual(t, files[0], files[1])
}

// Metadata can name another base, but not the files of the client.
func TestDownloadBase(t *testing.T) {
	srv, pkg, data := bigFile(t)
	elsewhere := newMirror(t, t.TempDir())
	elsewhere.set(func(w http.ResponseWriter, r *http.Request) bool { w.Write(data); return true })
	c := newClient(t, nil)
	pkg.XMLBase = elsewhere.URL + "/x"
	_, err := c.Download(t.Context(), "", []rpmmd.RemotePackage{pkg})
	require.NoError(t, err)
	require.Equal(t, []string{"/x/big.rpm"}, elsewhere.taken())
	require.Empty(t, srv.taken())

	local := filepath.Join(t.TempDir(), "big.rpm")
	require.NoError(t, os.WriteFile(local, data, 0o644))
	pkg.XMLBase = "file://" + filepath.Dir(local)
	_, err = c.Download(t.Context(), t.TempDir(), []rpmmd.RemotePackage{pkg})
	require.ErrorIs(t, err, rpmmd.ErrNotSupported)
}

func TestDownloadThrottle(t *testing.T) {
	_, pkg, _ := bigFile(t)
	require.NoError(t, pkg.Meta.Repo.Set("throttle", "50%"))
	require.NoError(t, pkg.Meta.Repo.Set("bandwidth", "8M"))
	start := time.Now()
	_, err := newClient(t, nil).Download(t.Context(), t.TempDir(), []rpmmd.RemotePackage{pkg})
	require.NoError(t, err)
	require.Greater(t, time.Since(start), 200*time.Millisecond)
}

func TestMirrorsErrorText(t *testing.T) {
	err := &rpmmd.MirrorsError{What: "x", Errors: []error{errors.New("a"), os.ErrNotExist}}
	require.EqualError(t, err, "Cannot download x: All mirrors were tried; Last error: file does not exist")
	require.ErrorIs(t, err, os.ErrNotExist)
}
