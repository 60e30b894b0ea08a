package rpmmd_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

// Whatever a mirror does wrong, the next one is asked, and its answer is right.
func TestMirrorFailover(t *testing.T) {
	dir := makeRepo(t, 1000)
	garbage := bytes.Repeat([]byte("garbage!"), 3000)
	status := func(code int) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool { w.WriteHeader(code); return true }
	}
	on := func(part string, f func(http.ResponseWriter, *http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			return strings.Contains(r.URL.Path, part) && f(w, r)
		}
	}
	for name, c := range map[string]struct {
		override func(http.ResponseWriter, *http.Request) bool
		want     string // the error when there is no second mirror
	}{
		"not found":    {status(404), "Server returned HTTP 404"},
		"forbidden":    {status(403), "Server returned HTTP 403"},
		"server error": {status(500), "Server returned HTTP 500"},
		"unavailable":  {status(503), "Server returned HTTP 503"},
		"no repomd":    {on("repomd", func(w http.ResponseWriter, r *http.Request) bool { w.Write([]byte("<html/>")); return true }), "document is <html>, not <repomd>"},
		"empty repomd": {on("repomd", func(w http.ResponseWriter, r *http.Request) bool { return true }), "unexpected EOF"},
		"wrong bytes": {on("primary", func(w http.ResponseWriter, r *http.Request) bool {
			w.Write(garbage[:sizeOf(t, dir, "primary")])
			return true
		}), "checksum doesn't match: wanted sha256:"},
		"too long":       {on("primary", func(w http.ResponseWriter, r *http.Request) bool { w.Write(garbage); return true }), "exceeded maximum size"},
		"too short":      {on("primary", func(w http.ResponseWriter, r *http.Request) bool { w.Write(garbage[:10]); return true }), "[18]"},
		"primary absent": {on("primary", status(404)), "Server returned HTTP 404"},
		"cut off": {on("primary", func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Content-Length", fmt.Sprint(sizeOf(t, dir, "primary")))
			w.Write(garbage[:100])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}), "[18]"},
		"stalls": {on("primary", func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Content-Length", "1000")
			w.Write(garbage[:100])
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(2 * time.Minute):
			}
			return true
		}), "[28]"},
		"endless redirects": {func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
			return true
		}, "[47]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad, good := newMirror(t, dir), newMirror(t, dir)
			bad.set(c.override)
			repo := repoAt(bad.URL, good.URL)
			repo.Retries = 1
			if c.want == "[28]" {
				repo.Timeout = 2 * time.Second
			}
			m, err := newClient(t, nil).Refresh(t.Context(), repo, nil)
			require.NoError(t, err)
			require.Len(t, packagesOf(t, m), 7)

			repo.BaseURL = repo.BaseURL[:1]
			client := newClient(t, nil)
			_, err = client.Refresh(t.Context(), repo, nil)
			require.ErrorContains(t, err, "cannot update repo 'test': ")
			require.ErrorContains(t, err, c.want)
			var all *rpmmd.MirrorsError
			require.ErrorAs(t, err, &all)
			require.Len(t, all.Errors, 1)
			require.NoFileExists(t, filepath.Join(client.RepoDir(repo), "repodata", "repomd.xml"))
		})
	}
}

func sizeOf(t *testing.T, dir, typ string) int {
	f, err := os.Open(filepath.Join(dir, "repodata", "repomd.xml"))
	require.NoError(t, err)
	defer f.Close()
	m, err := rpmmd.ParseRepomd(context.Background(), f)
	require.NoError(t, err)
	return int(m.Get(typ).Size)
}

// A mirror that is overloaded for a while is asked again.
func TestMirrorRetry(t *testing.T) {
	dir := makeRepo(t, 1000)
	srv := newMirror(t, dir)
	n := 0
	srv.set(func(w http.ResponseWriter, r *http.Request) bool {
		if n++; n%3 != 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	})
	m, err := newClient(t, nil).Refresh(t.Context(), repoAt(srv.URL), nil)
	require.NoError(t, err)
	require.Len(t, packagesOf(t, m), 7)
	require.Equal(t, 6, n)
}

func TestMirrorlist(t *testing.T) {
	dir := makeRepo(t, 1000)
	good, bad := newMirror(t, dir), newMirror(t, t.TempDir())
	list := newMirror(t, t.TempDir())
	list.set(func(w http.ResponseWriter, r *http.Request) bool {
		fmt.Fprintf(w, "# mirrors\n%s\n\n%s/ comment\nnonsense\n", bad.URL, good.URL)
		return true
	})
	for _, fastest := range []bool{false, true} {
		repo := rpmmd.NewRepoConfig("listed")
		repo.Mirrorlist, repo.FastestMirror, repo.Retries = list.URL+"/list", fastest, 1
		c := newClient(t, nil)
		_, err := c.Refresh(t.Context(), repo, nil)
		require.NoError(t, err)
		require.Len(t, list.taken(), 1)

		// While the metadata are fresh, so is the list.
		m, err := c.Refresh(t.Context(), repo, nil)
		require.NoError(t, err)
		require.True(t, m.Cached)
		files, err := c.Download(t.Context(), "", packagesOf(t, m))
		require.NoError(t, err)
		require.Len(t, files, 7)
		require.Empty(t, list.taken())
	}
	require.NotEmpty(t, bad.taken())

	repo := rpmmd.NewRepoConfig("none")
	_, err := newClient(t, nil).Refresh(t.Context(), repo, nil)
	require.EqualError(t, err, "cannot update repo 'none': Cannot find a valid baseurl for repo: none")
	list.set(func(w http.ResponseWriter, r *http.Request) bool { fmt.Fprintln(w, "# none"); return true })
	repo.Mirrorlist = list.URL
	_, err = newClient(t, nil).Refresh(t.Context(), repo, nil)
	require.ErrorContains(t, err, "has none that can be used")
	list.set(func(w http.ResponseWriter, r *http.Request) bool { w.WriteHeader(404); return true })
	_, err = newClient(t, nil).Refresh(t.Context(), repo, nil)
	require.ErrorContains(t, err, "Cannot prepare internal mirrorlist: ")
}

// metalink writes one for the states of repomd.xml, the present one first.
func metalink(states [][]byte, urls ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?>
<metalink version="3.0" xmlns="http://www.metalinker.org/" type="dynamic" pubdate="Mon, 01 Jan 2024 00:00:00 GMT" generator="mirrormanager" xmlns:mm0="http://fedorahosted.org/mirrormanager">
 <files><file name="repomd.xml">` + "\n")
	state := func(data []byte) {
		fmt.Fprintf(&b, "<mm0:timestamp>1</mm0:timestamp><size>%d</size><verification><hash type=\"md5\">00000000000000000000000000000000</hash><hash type=\"sha256\">%s</hash></verification>\n", len(data), sha256Hex(data))
	}
	state(states[0])
	if len(states) > 1 {
		b.WriteString("<mm0:alternates>")
		for _, s := range states[1:] {
			b.WriteString("<mm0:alternate>")
			state(s)
			b.WriteString("</mm0:alternate>")
		}
		b.WriteString("</mm0:alternates>")
	}
	b.WriteString(`<resources maxconnections="1">` + "\n")
	for i, u := range urls {
		fmt.Fprintf(&b, "<url protocol=\"http\" type=\"http\" location=\"US\" preference=\"%d\">%s/repodata/repomd.xml</url>\n", i+1, u)
	}
	b.WriteString("<url protocol=\"rsync\" type=\"rsync\" preference=\"100\">rsync://x/repodata/repomd.xml</url></resources></file></files></metalink>")
	return b.String()
}

func repomdOf(t *testing.T, dir string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "repodata", "repomd.xml"))
	require.NoError(t, err)
	return data
}

func TestMetalink(t *testing.T) {
	oldest, old, current := makeRepo(t, 1000), makeRepo(t, 2000), makeRepo(t, 3000)
	stale, lagging, good := newMirror(t, oldest), newMirror(t, old), newMirror(t, current)
	list := newMirror(t, t.TempDir())
	serve := func(text string) {
		list.set(func(w http.ResponseWriter, r *http.Request) bool { io.WriteString(w, text); return true })
	}
	c := newClient(t, nil)
	repo := rpmmd.NewRepoConfig("linked")
	repo.Metalink, repo.Retries = list.URL+"/metalink?repo=x", 1
	refresh := func() (*rpmmd.Metadata, error) {
		return c.Refresh(t.Context(), repo, &rpmmd.RefreshOptions{Force: true})
	}

	// The preferred mirror has a state that nobody vouches for, the next one an accepted one.
	serve(metalink([][]byte{repomdOf(t, current), repomdOf(t, old)}, lagging.URL, stale.URL))
	m, err := refresh()
	require.NoError(t, err)
	require.Equal(t, "2000", m.Repomd.Revision)
	require.Len(t, stale.taken(), 1, "asked first, and refused")
	require.Len(t, packagesOf(t, m), 7)
	require.Empty(t, stale.taken())

	serve(metalink([][]byte{repomdOf(t, current), repomdOf(t, old)}, lagging.URL, good.URL))
	m, err = refresh()
	require.NoError(t, err)
	require.Equal(t, "3000", m.Repomd.Revision)

	// Now the cache has the present state: no mirror is asked at all.
	good.taken()
	m, err = refresh()
	require.NoError(t, err)
	require.False(t, m.Cached)
	require.Empty(t, good.taken())

	// Alternates are not a way back, but a present state that is older is.
	serve(metalink([][]byte{[]byte("not there yet"), repomdOf(t, old)}, lagging.URL))
	m, err = refresh()
	require.NoError(t, err)
	require.Error(t, m.Refused)
	require.Equal(t, "3000", m.Repomd.Revision)
	serve(metalink([][]byte{repomdOf(t, old)}, lagging.URL))
	m, err = refresh()
	require.NoError(t, err)
	require.Equal(t, "2000", m.Repomd.Revision)

	serve(metalink([][]byte{[]byte("something else")}, good.URL))
	_, err = refresh()
	require.ErrorContains(t, err, "checksum doesn't match the metalink")

	// A mirrorlist with such an address is a metalink, too.
	serve(metalink([][]byte{repomdOf(t, current)}, good.URL))
	repo.Mirrorlist, repo.Metalink = repo.Metalink, ""
	m, err = refresh()
	require.NoError(t, err)
	require.Equal(t, "3000", m.Repomd.Revision)
	serve("<metalink><files/></metalink>")
	_, err = refresh()
	require.ErrorContains(t, err, "no file repomd.xml")
}

func TestMetalinkVouches(t *testing.T) {
	data := []byte("data")
	for name, c := range map[string]struct {
		state rpmmd.MetalinkState
		want  bool
	}{
		"strongest right": {rpmmd.MetalinkState{Hashes: []rpmmd.Checksum{{Type: "sha256", Hex: strings.ToUpper(sha256Hex(data))}, {Type: "md5", Hex: "00"}}}, true},
		"strongest wrong": {rpmmd.MetalinkState{Hashes: []rpmmd.Checksum{{Type: "md5", Hex: "8d777f385d3dfec8815d20f7496026dc"}, {Type: "sha256", Hex: strings.Repeat("0", 64)}}}, false},
		"unknown passed":  {rpmmd.MetalinkState{Hashes: []rpmmd.Checksum{{Type: "blake9", Hex: "00"}, {Type: "sha1", Hex: "a17c9aaa61e80a1bf71d0d850af4e5baa9800bbd"}}}, true},
		"size wrong":      {rpmmd.MetalinkState{Size: 5, Hashes: []rpmmd.Checksum{{Type: "sha256", Hex: sha256Hex(data)}}}, false},
		"no hash":         {rpmmd.MetalinkState{Size: 4}, false},
		"malformed hash":  {rpmmd.MetalinkState{Hashes: []rpmmd.Checksum{{Type: "sha256", Hex: "xyz"}}}, false},
	} {
		m := &rpmmd.Metalink{Accepted: []rpmmd.MetalinkState{{}, c.state}}
		require.Equal(t, c.want, m.Vouches(data), name)
	}
}
