package ostree_test

import (
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

// raw answers a request with exactly these bytes and closes the connection.
func raw(w http.ResponseWriter, reply string) {
	c, b, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer c.Close()
	_, _ = b.WriteString(reply)
	_ = b.Flush()
}

// endless sends the same block until the client has had enough.
func endless(w http.ResponseWriter, r *http.Request) {
	block := make([]byte, 64<<10)
	for r.Context().Err() == nil {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

func suffix(s string) func(path string) bool {
	return func(path string) bool { return strings.HasSuffix(path, s) }
}

// hostile servers: which requests they answer in their own way, how, and what the pull says.
var hostileServers = []struct {
	name  string
	match func(path string) bool
	reply func(w http.ResponseWriter, r *http.Request)
	want  string
}{
	{"stalls in a reply", suffix(".filez"), func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5000")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}, "[28] "},
	{"stalls before a reply", suffix(".dirtree"), func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "[28] "},
	{"sends less than it says", suffix(".filez"), func(w http.ResponseWriter, _ *http.Request) {
		raw(w, "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\nshort")
	}, "[18] Transferred a partial file"},
	{"sends a part of a directory", suffix(".dirtree"), func(w http.ResponseWriter, _ *http.Request) {
		raw(w, "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\nshort")
	}, "[18] Transferred a partial file"},
	{"sends more than it says", suffix(".filez"), func(w http.ResponseWriter, _ *http.Request) {
		raw(w, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlonger than five bytes")
	}, "Corrupted archive file; reading the header's size"},
	{"closes the connection", suffix(".commit"), func(w http.ResponseWriter, _ *http.Request) { raw(w, "") }, "[52] "},
	{"sends garbage for a header", suffix(".commit"), func(w http.ResponseWriter, _ *http.Request) { raw(w, "\x00\x01\x02\r\n\r\n") }, "While fetching "},
	{"claims a huge commit", suffix(".commit"), func(w http.ResponseWriter, _ *http.Request) {
		raw(w, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n")
	}, "exceeded maximum size of 134217728 bytes"},
	{"claims a negative size", suffix(".filez"), func(w http.ResponseWriter, _ *http.Request) {
		raw(w, "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx")
	}, "While fetching "},
	{"never ends a commit", suffix(".commit"), endless, "exceeded maximum size of 134217728 bytes"},
	{"never ends a ref", suffix("/main"), endless, "exceeded maximum size of 65536 bytes"},
	{"never ends a file", suffix(".filez"), endless, "File header size is zero"},
	{"never ends detached metadata", suffix(".commitmeta"), endless, "exceeded maximum size of 134217728 bytes"},
	{"never ends a header", suffix(".commit"), func(w http.ResponseWriter, r *http.Request) {
		c, b, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		_, err = b.WriteString("HTTP/1.1 200 OK\r\n")
		for err == nil {
			_, err = b.WriteString("X-Header: " + strings.Repeat("x", 4000) + "\r\n")
		}
	}, "While fetching "},
	{"redirects to itself", suffix(".commit"), func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path, http.StatusFound)
	}, "[47] "},
	{"redirects without end", suffix(".commit"), func(w http.ResponseWriter, r *http.Request) {
		n := len(r.URL.RawQuery)
		http.Redirect(w, r, r.URL.Path+"?"+strings.Repeat("x", n+1), http.StatusFound)
	}, "[47] "},
	{"redirects to a local file", suffix(".commit"), func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "file:///etc/passwd")
		w.WriteHeader(http.StatusFound)
	}, "Invalid URI scheme in file:///etc/passwd"},
	{"fails", suffix(".filez"), func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, "Server returned HTTP 500"},
	{"lost a file", suffix(".filez"), func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, "Server returned HTTP 404"},
	{"lost a directory", suffix(".dirtree"), func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) }, "Server returned HTTP 410"},
	{"hides the commit", suffix(".commit"), func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, "Server returned HTTP 403"},
	{"sends a page for a ref", suffix("/main"), func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "<html>"+strings.Repeat("not a checksum ", 1000))
	}, "Fetching checksum for ref ((empty), main): Invalid rev <html>"},
	{"sends a page for a directory", suffix(".dirtree"), func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }, "Corrupted metadata object; checksum expected='"},
	{"sends a page for a file", suffix(".filez"), func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html><body>") }, "File header size 1013478509 exceeds size"},
	{"sends nothing for a file", suffix(".filez"), func(http.ResponseWriter, *http.Request) {}, "reading the header's size"},
	{"compresses a directory", suffix(".dirtree"), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(gzipped([]byte("x")))
	}, "Corrupted metadata object; checksum expected='"},
}

func gzipped(b []byte) []byte {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write(b)
	w.Close()
	return z.Bytes()
}

// A server that does what no server should do makes a pull fail with an error that names what was asked
// for, leaves the repository as it was, and costs bounded memory and time. Once it has come to its senses
// the pull succeeds.
func TestHostileServers(t *testing.T) {
	testutil.UserXattrs(t, t.TempDir())
	src, commits := history(t, 2)
	for _, c := range hostileServers {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, src.Path())
			s.setHook(func(w http.ResponseWriter, r *http.Request) bool {
				if !c.match(r.URL.Path) {
					return false
				}
				c.reply(w, r)
				return true
			})
			r := newRepo(t, ostree.ModeBareUser)
			addRemote(t, r, "o", s.URL)
			before := repoState(t, r)
			opts := &ostree.PullOptions{Refs: []string{"main"}, Retries: -1}
			if strings.HasPrefix(c.want, "[28]") {
				opts.LowSpeedTime = 300 * time.Millisecond
			}
			start := time.Now()
			_, err := r.Pull(t.Context(), "o", opts)
			require.ErrorContains(t, err, c.want)
			require.Less(t, time.Since(start), 2*time.Minute)
			require.Less(t, len(err.Error()), 1000)
			require.Regexp(t, `[0-9a-f]{62}|ref \(\(empty\), main\)|refs/heads/main|file:///etc/passwd`, err.Error(), "what was asked for is named")
			unchanged(t, before, r)

			s.setHook(nil)
			_, err = r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}})
			require.NoError(t, err)
			require.Equal(t, commits[1], resolve(t, r, "o:main"))
			wholeRepo(t, r.Path())
		})
	}
}

// An object served in the place of another one is recognized, whatever the kind.
func TestWrongObjectForName(t *testing.T) {
	t.Parallel()
	testutil.UserXattrs(t, t.TempDir())
	src, commits := history(t, 2)
	byType := map[object.Type][]object.Name{}
	for n, err := range src.Objects(t.Context()) {
		require.NoError(t, err)
		byType[n.Type] = append(byType[n.Type], n)
	}
	for _, typ := range []object.Type{object.TypeFile, object.TypeDirTree, object.TypeCommit} {
		for _, mode := range []ostree.Mode{ostree.ModeArchive, ostree.ModeBareUser} {
			s := serve(t, src.Path())
			var named atomic.Pointer[string]
			s.setHook(func(w http.ResponseWriter, r *http.Request) bool {
				list := byType[typ]
				for i, n := range list {
					if r.URL.Path != "/objects/"+n.LoosePath(true) || typ == object.TypeCommit && n.Checksum != commits[1] {
						continue
					}
					sum := n.Checksum.String()
					named.Store(&sum)
					http.ServeFile(w, r, filepath.Join(src.Path(), "objects", list[(i+1)%len(list)].LoosePath(true)))
					return true
				}
				return false
			})
			r := newRepo(t, mode)
			addRemote(t, r, "o", s.URL)
			before := repoState(t, r)
			_, err := r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}})
			var ce *ostree.ChecksumError
			require.ErrorAs(t, err, &ce)
			require.Equal(t, typ, ce.Name.Type)
			require.NotNil(t, named.Load())
			require.Contains(t, err.Error(), ce.Name.Checksum.String())
			unchanged(t, before, r)
		}
	}
}

// Compressed transfers are asked for of summaries only; what they unpack to is bounded all the same.
func TestSummaryBomb(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	block := make([]byte, 1<<20)
	for range 300 {
		z.Write(block)
	}
	z.Close()
	src, _ := history(t, 1)
	s := serve(t, src.Path())
	s.setHook(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/summary" {
			return false
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(bomb.Bytes())
		return true
	})
	r := newRepo(t, ostree.ModeArchive)
	addRemote(t, r, "o", s.URL)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := r.FetchSummary(t.Context(), "o", nil)
	runtime.ReadMemStats(&after)
	require.ErrorContains(t, err, "exceeded maximum size of 134217728 bytes")
	require.ErrorContains(t, err, s.URL+"/summary")
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(700<<20))
}

// signedSource is a repository whose summary is signed, and the remote's settings that demand it.
func signedSource(t testing.TB) (src *ostree.Repo, settings [][2]string, update func()) {
	t.Helper()
	src, _ = history(t, 1)
	e, err := src.Engine("ed25519")
	require.NoError(t, err)
	public, secret, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	update = func() {
		require.NoError(t, src.UpdateSummary(t.Context(), &ostree.SummaryOptions{Engine: e, SecretKeys: [][]byte{secret}}))
	}
	update()
	return src, [][2]string{{"sign-verify", "false"}, {"sign-verify-summary", "ed25519"}, {"verification-ed25519-key", base64.StdEncoding.EncodeToString(public)}}, update
}

// Summary and signatures that do not belong together are refused, also if one of them comes from the cache.
func TestMismatchedSummary(t *testing.T) {
	t.Parallel()
	testutil.UserXattrs(t, t.TempDir())
	src, settings, update := signedSource(t)
	summary := func() (s, sig string) { return read(t, src.Path(), "summary"), read(t, src.Path(), "summary.sig") }
	old, oldSig := summary()
	commitDir(t, src, worked(t), "second", nil, nil)
	update()
	fresh, freshSig := summary()
	require.NotEqual(t, old, fresh)
	s := serve(t, src.Path())
	as := func(summary, sig string) {
		s.setHook(func(w http.ResponseWriter, r *http.Request) bool {
			switch r.URL.Path {
			case "/summary":
				io.WriteString(w, summary)
			case "/summary.sig":
				io.WriteString(w, sig)
			default:
				return false
			}
			return true
		})
	}
	r := newRepo(t, ostree.ModeArchive)
	addRemote(t, r, "o", s.URL, settings...)
	refs := func() (int, error) {
		list, err := r.RemoteRefs(t.Context(), "o", nil)
		return len(list), err
	}
	for _, c := range [][2]string{{old, freshSig}, {fresh, oldSig}, {fresh, ""}, {fresh, "garbage"}, {"garbage", freshSig}, {fresh + "\x00", freshSig}} {
		as(c[0], c[1])
		before := repoState(t, r)
		_, err := refs()
		require.Error(t, err)
		_, err = r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}})
		require.Error(t, err)
		unchanged(t, before, r)
		require.Empty(t, cachedSummaries(t, r), "what was refused is not cached")
	}
	as(old, oldSig)
	n, err := refs()
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Len(t, cachedSummaries(t, r), 2)

	// The cached pair counts as long as its signatures are what the server has.
	as("garbage", oldSig)
	n, err = refs()
	require.NoError(t, err)
	require.Equal(t, 1, n)
	// A damaged cache is not believed: the summary is fetched anew.
	damage := filepath.Join(r.Path(), "tmp/cache/summaries/o")
	flipByte(t, damage, 3)
	_, err = refs()
	require.Error(t, err, "neither the cache nor the server has a good one")
	as(old, oldSig)
	n, err = refs()
	require.NoError(t, err)
	require.Equal(t, 1, n)
	// New signatures end the life of the cached summary, whatever a server says of its age.
	s.setHook(func(w http.ResponseWriter, r *http.Request) bool {
		switch r.URL.Path {
		case "/summary":
			if r.Header.Get("If-Modified-Since") != "" || r.Header.Get("If-None-Match") != "" {
				w.WriteHeader(http.StatusNotModified)
			} else {
				io.WriteString(w, fresh)
			}
		case "/summary.sig":
			io.WriteString(w, freshSig)
		default:
			return false
		}
		return true
	})
	n, err = refs()
	require.NoError(t, err)
	require.Equal(t, 2, n)
}

func cachedSummaries(t testing.TB, r *ostree.Repo) []os.DirEntry {
	t.Helper()
	list, err := os.ReadDir(filepath.Join(r.Path(), "tmp/cache/summaries"))
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(t, err)
	return list
}

// A commit object may not be larger than the summary says.
func TestCommitLargerThanSummarySays(t *testing.T) {
	src, commits := history(t, 1)
	require.NoError(t, src.UpdateSummary(t.Context(), nil))
	s := serve(t, src.Path())
	s.setHook(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, ".commit") {
			return false
		}
		endless(w, r)
		return true
	})
	r := newRepo(t, ostree.ModeArchive)
	addRemote(t, r, "o", s.URL)
	before := repoState(t, r)
	_, err := r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}})
	size, serr := src.StoredSize(object.Name{Checksum: commits[0], Type: object.TypeCommit})
	require.NoError(t, serr)
	require.ErrorContains(t, err, fmt.Sprintf("exceeded maximum size of %d bytes", size))
	unchanged(t, before, r)
}
