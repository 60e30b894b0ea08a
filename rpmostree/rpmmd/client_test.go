package rpmmd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

// mirror is a web server with a repository, whose answers a test can replace.
type mirror struct {
	*httptest.Server
	mu       sync.Mutex
	dir      string
	requests []string
	override func(w http.ResponseWriter, r *http.Request) bool
}

func newMirror(t *testing.T, dir string) *mirror {
	t.Helper()
	m := &mirror{dir: dir}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		m.requests = append(m.requests, r.URL.Path)
		dir, override := m.dir, m.override
		m.mu.Unlock()
		if override != nil && override(w, r) {
			return
		}
		http.ServeFile(w, r, filepath.Join(dir, filepath.FromSlash(r.URL.Path)))
	}))
	t.Cleanup(m.Close)
	return m
}

func (m *mirror) set(override func(w http.ResponseWriter, r *http.Request) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.override = override
}

// taken returns the paths that were asked for since the last call.
func (m *mirror) taken() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := m.requests
	m.requests = nil
	return list
}

// makeRepo makes a repository with a time.
func makeRepo(t *testing.T, unix int64, extra ...rpmmd.ExtraDocument) string {
	t.Helper()
	dir := packageCopies(t)
	createAt(t, dir, unix, extra...)
	return dir
}

func createAt(t *testing.T, dir string, unix int64, extra ...rpmmd.ExtraDocument) {
	t.Helper()
	_, err := rpmmd.CreateRepo(t.Context(), dir, &rpmmd.CreateOptions{Time: time.Unix(unix, 0), Documents: extra})
	require.NoError(t, err)
}

func TestNoOptions(t *testing.T) {
	_, err := rpmmd.NewClient(nil)
	require.EqualError(t, err, "no cache directory")
}

func newClient(t *testing.T, change func(*rpmmd.ClientOptions)) *rpmmd.Client {
	t.Helper()
	o := rpmmd.ClientOptions{CacheDir: filepath.Join(t.TempDir(), "cache"), Backoff: func(int) time.Duration { return time.Millisecond }}
	if change != nil {
		change(&o)
	}
	c, err := rpmmd.NewClient(&o)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func repoAt(bases ...string) *rpmmd.RepoConfig {
	r := rpmmd.NewRepoConfig("test")
	r.BaseURL = bases
	r.Retries = 2
	return r
}

// packagesOf reads primary.
func packagesOf(t *testing.T, m *rpmmd.Metadata) []rpmmd.RemotePackage {
	t.Helper()
	rc, err := m.Open("primary")
	require.NoError(t, err)
	defer rc.Close()
	var list []rpmmd.RemotePackage
	require.NoError(t, rpmmd.ParsePrimary(t.Context(), rc, func(p *rpmmd.PackageData) error {
		list = append(list, rpmmd.RemotePackage{
			Meta: m, Href: string(p.Href), XMLBase: string(p.XMLBase), Size: p.Size,
			Checksum: rpmmd.Checksum{Type: string(p.ChecksumType), Hex: string(p.PkgID)},
		})
		return nil
	}))
	return list
}

func TestRefresh(t *testing.T) {
	for name, base := range map[string]func(*testing.T, string) string{
		"http": func(t *testing.T, dir string) string { return newMirror(t, dir).URL },
		"file": func(_ *testing.T, dir string) string { return "file://" + dir },
	} {
		t.Run(name, func(t *testing.T) {
			dir := makeRepo(t, 1000)
			c := newClient(t, func(o *rpmmd.ClientOptions) { o.ReleaseVer, o.BaseArch = "24.03", "x86_64" })
			repo := repoAt(base(t, dir))
			m, err := c.Refresh(t.Context(), repo, nil)
			require.NoError(t, err)
			require.False(t, m.Cached)
			require.Equal(t, time.Unix(1000, 0).UTC(), m.Generated())
			require.Equal(t, "test-24.03-x86_64", filepath.Base(c.RepoDir(repo)))
			require.FileExists(t, filepath.Join(c.RepoDir(repo), "repodata", "repomd.xml"))
			require.Len(t, packagesOf(t, m), 7)
			_, err = m.Open("filelists")
			require.ErrorIs(t, err, rpmmd.ErrNoDocument)
			_, err = m.Open("group")
			require.ErrorIs(t, err, rpmmd.ErrNoDocument)
			require.NoError(t, m.Fetch(t.Context(), "filelists", "group"))
			rc, err := m.Open("filelists")
			require.NoError(t, err)
			text, err := io.ReadAll(rc)
			require.NoError(t, err)
			require.Equal(t, 7, strings.Count(string(text), "<package "))
			require.NoError(t, rc.Close())
		})
	}
}

func TestRefreshExpiry(t *testing.T) {
	dir := makeRepo(t, 1000)
	srv := newMirror(t, dir)
	now := time.Now()
	c := newClient(t, func(o *rpmmd.ClientOptions) { o.Now = func() time.Time { return now } })
	repo := repoAt(srv.URL + "/")
	refresh := func(opts *rpmmd.RefreshOptions) *rpmmd.Metadata {
		t.Helper()
		m, err := c.Refresh(t.Context(), repo, opts)
		require.NoError(t, err)
		require.Len(t, packagesOf(t, m), 7)
		return m
	}
	refresh(nil)
	require.Len(t, srv.taken(), 2)
	now = now.Add(47 * time.Hour)
	require.True(t, refresh(nil).Cached)
	require.Empty(t, srv.taken())

	now = now.Add(2 * time.Hour)
	require.False(t, refresh(nil).Cached)
	require.Equal(t, []string{"/repodata/repomd.xml"}, srv.taken(), "the same repomd.xml needs nothing else")
	require.True(t, refresh(nil).Cached, "it was touched")
	require.False(t, refresh(&rpmmd.RefreshOptions{Force: true}).Cached)
	require.Len(t, srv.taken(), 1)

	now = now.Add(-100 * time.Hour) // a clock that was in the future
	require.False(t, refresh(nil).Cached)
	srv.taken()
	repo.MetadataExpire = -1
	now = now.Add(10000 * time.Hour)
	require.True(t, refresh(nil).Cached)
	repo.MetadataExpire = 0
	require.False(t, refresh(nil).Cached)
	require.Len(t, srv.taken(), 1)

	// Other addresses are another repository, whatever its ID.
	repo.MetadataExpire = -1
	repo.BaseURL = []string{srv.URL + "//"}
	require.False(t, refresh(nil).Cached)
}

func TestRefreshNewState(t *testing.T) {
	dir := makeRepo(t, 1000)
	srv := newMirror(t, dir)
	c := newClient(t, nil)
	repo := repoAt(srv.URL)
	first, err := c.Refresh(t.Context(), repo, &rpmmd.RefreshOptions{Kinds: []string{"filelists", "other"}})
	require.NoError(t, err)
	old, err := os.ReadDir(first.Dir)
	require.NoError(t, err)
	require.Len(t, old, 4)

	require.NoError(t, os.Remove(filepath.Join(dir, "one-epoch-0.1-1.x86_64.rpm")))
	createAt(t, dir, 2000)
	// As long as a document is missing the old state stays.
	srv.set(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "filelists") {
			http.Error(w, "no", http.StatusNotFound)
			return true
		}
		return false
	})
	all := &rpmmd.RefreshOptions{Kinds: []string{"filelists", "other"}, Force: true}
	_, err = c.Refresh(t.Context(), repo, all)
	require.ErrorContains(t, err, "cannot update repo 'test': Cannot download repodata/")
	require.ErrorContains(t, err, "filelists.xml.gz: All mirrors were tried; Last error: ")
	require.ErrorContains(t, err, "Server returned HTTP 404")
	m, err := c.Refresh(t.Context(), repo, &rpmmd.RefreshOptions{Kinds: all.Kinds})
	require.NoError(t, err)
	require.True(t, m.Cached)
	require.Equal(t, first.Repomd, m.Repomd)
	require.Len(t, packagesOf(t, m), 7)

	srv.set(nil)
	m, err = c.Refresh(t.Context(), repo, all)
	require.NoError(t, err)
	require.Len(t, packagesOf(t, m), 6)
	now, err := os.ReadDir(first.Dir)
	require.NoError(t, err)
	require.Len(t, now, 4, "documents of the old state are gone")
}

func TestRefreshOlder(t *testing.T) {
	dir := makeRepo(t, 2000)
	srv := newMirror(t, dir)
	c := newClient(t, nil)
	repo := repoAt(srv.URL)
	_, err := c.Refresh(t.Context(), repo, nil)
	require.NoError(t, err)
	createAt(t, dir, 1000)
	m, err := c.Refresh(t.Context(), repo, &rpmmd.RefreshOptions{Force: true})
	require.NoError(t, err)
	require.ErrorContains(t, m.Refused, "repomd.xml of 1970-01-01T00:16:40Z is older than the one in the cache, of 1970-01-01T00:33:20Z")
	require.Equal(t, "2000", m.Repomd.Revision)
	require.Len(t, packagesOf(t, m), 7)

	// A second mirror that is up to date is found.
	fresh := newMirror(t, makeRepo(t, 3000))
	repo2 := repoAt(srv.URL, fresh.URL)
	repo2.ID = "two"
	_, err = c.Refresh(t.Context(), repo2, nil)
	require.NoError(t, err)
	fresh.mu.Lock()
	fresh.dir = makeRepo(t, 4000)
	fresh.mu.Unlock()
	createAt(t, dir, 500)
	m, err = c.Refresh(t.Context(), repo2, &rpmmd.RefreshOptions{Force: true})
	require.NoError(t, err)
	require.NoError(t, m.Refused)
	require.Equal(t, "4000", m.Repomd.Revision)

	m, err = c.Refresh(t.Context(), repo, &rpmmd.RefreshOptions{Force: true, AllowOlder: true})
	require.NoError(t, err)
	require.NoError(t, m.Refused)
	require.Equal(t, "500", m.Repomd.Revision)
}

func TestRefreshOffline(t *testing.T) {
	dir := makeRepo(t, 1000)
	srv := newMirror(t, dir)
	c := newClient(t, nil)
	repo := repoAt(srv.URL)
	m, err := c.Refresh(t.Context(), repo, nil)
	require.NoError(t, err)
	_, err = c.Download(t.Context(), "", packagesOf(t, m)[:2])
	require.NoError(t, err)
	srv.Close()

	off := newClient(t, func(o *rpmmd.ClientOptions) {
		o.CacheDir, o.Offline = filepath.Dir(c.RepoDir(repo)), true
		o.Now = func() time.Time { return time.Now().Add(1e6 * time.Hour) }
	})
	m, err = off.Refresh(t.Context(), repo, nil)
	require.NoError(t, err)
	require.True(t, m.Cached)
	list := packagesOf(t, m)
	_, err = off.Download(t.Context(), "", list[:2])
	require.NoError(t, err)
	_, err = off.Download(t.Context(), "", list)
	require.ErrorContains(t, err, "connecting to repositories is switched off")
	require.ErrorContains(t, m.Fetch(t.Context(), "filelists"), "connecting to repositories is switched off")
	other := repoAt(srv.URL)
	other.ID = "other"
	_, err = off.Refresh(t.Context(), other, nil)
	require.EqualError(t, err, "cannot update repo 'other': Cache-only enabled but no cache for 'other'")

	_, err = c.Refresh(t.Context(), repo, &rpmmd.RefreshOptions{Force: true})
	require.ErrorContains(t, err, "cannot update repo 'test': Cannot download repomd.xml: Cannot download repodata/repomd.xml: All mirrors were tried; Last error: While fetching http://")
	require.ErrorContains(t, err, "[7] Couldn't connect to server")
}

func TestRepoGPGCheck(t *testing.T) {
	dir := makeRepo(t, 1000)
	srv := newMirror(t, dir)
	key, err := openpgp.NewEntity("A", "", "a@b", nil)
	require.NoError(t, err)
	stranger, err := openpgp.NewEntity("S", "", "s@b", nil)
	require.NoError(t, err)
	var public bytes.Buffer
	w, err := armor.Encode(&public, openpgp.PublicKeyType, nil)
	require.NoError(t, err)
	require.NoError(t, key.Serialize(w))
	require.NoError(t, w.Close())
	sign := func(e *openpgp.Entity) {
		var sig bytes.Buffer
		require.NoError(t, openpgp.ArmoredDetachSign(&sig, e, bytes.NewReader(repomdOf(t, dir)), nil))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "repodata", "repomd.xml.asc"), sig.Bytes(), 0o644))
	}
	root := fstest.MapFS{"etc/pki/rpm-gpg/KEY": {Data: public.Bytes()}}
	c := newClient(t, func(o *rpmmd.ClientOptions) { o.KeyRoot = root })
	repo := repoAt(srv.URL)
	unsigned, err := c.Refresh(t.Context(), repo, nil)
	require.NoError(t, err)
	require.Len(t, packagesOf(t, unsigned), 7)

	repo.RepoGPGCheck = true
	_, err = c.Refresh(t.Context(), repo, nil)
	require.ErrorContains(t, err, "gpgkey not set, yet repo_gpgcheck=1", "what was fetched without a check is not used")
	repo.GPGKey = []string{"file:///etc/pki/rpm-gpg/KEY"}
	_, err = c.Refresh(t.Context(), repo, nil)
	require.ErrorContains(t, err, "GPG verification is enabled, but GPG signature is not available")
	sign(stranger)
	_, err = c.Refresh(t.Context(), repo, nil)
	require.ErrorContains(t, err, "repomd.xml GPG signature verification error")
	sign(key)
	m, err := c.Refresh(t.Context(), repo, nil)
	require.NoError(t, err)
	require.False(t, m.Cached)
	m, err = c.Refresh(t.Context(), repo, nil)
	require.NoError(t, err)
	require.True(t, m.Cached)

	createAt(t, dir, 2000) // the signature is that of the state before
	_, err = c.Refresh(t.Context(), repo, &rpmmd.RefreshOptions{Force: true})
	require.ErrorContains(t, err, "repomd.xml GPG signature verification error")
	sign(key)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "key"), public.Bytes(), 0o644))
	repo.GPGKey = []string{srv.URL + "/key"}
	m, err = c.Refresh(t.Context(), repo, &rpmmd.RefreshOptions{Force: true})
	require.NoError(t, err)
	require.Equal(t, "2000", m.Repomd.Revision)
	repo.GPGKey = []string{"file:///etc/passwd"}
	createAt(t, dir, 3000)
	_, err = c.Refresh(t.Context(), repo, &rpmmd.RefreshOptions{Force: true})
	require.ErrorContains(t, err, "key file:///etc/passwd: ", "the key is looked for below the root only")
	_, err = c.ReadKey(t.Context(), repo, "/etc/pki/../pki/rpm-gpg/KEY")
	require.NoError(t, err)
}

func TestDamagedCache(t *testing.T) {
	dir := makeRepo(t, 1000)
	srv := newMirror(t, dir)
	c := newClient(t, nil)
	repo := repoAt(srv.URL)
	for name, damage := range map[string]func(path string) error{
		"other bytes": func(p string) error {
			data, err := os.ReadFile(p)
			data[len(data)/2] ^= 1
			return errors.Join(err, os.WriteFile(p, data, 0o644))
		},
		"cut off": func(p string) error { return os.Truncate(p, 100) },
		"gone":    os.Remove,
	} {
		m, err := c.Refresh(t.Context(), repo, nil)
		require.NoError(t, err)
		path, err := m.Path("primary")
		require.NoError(t, err)
		require.NoError(t, damage(path))
		if rc, err := m.Open("primary"); err == nil {
			_, err = io.Copy(io.Discard, rc)
			require.Error(t, err, name)
			require.NoError(t, rc.Close())
		}
		m, err = c.Refresh(t.Context(), repo, nil)
		require.NoError(t, err, name)
		require.Len(t, packagesOf(t, m), 7, name)
	}
	m, err := c.Refresh(t.Context(), repo, nil)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(m.Dir, "repomd.xml"), []byte("<repomd>"), 0o644))
	m, err = c.Refresh(t.Context(), repo, nil)
	require.NoError(t, err)
	require.False(t, m.Cached)
}

// The checksum of the content is checked, too, and what grows beyond its size is not read on.
func TestOpenChecksum(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(d *rpmmd.RepomdData)
		want    string
		trusted string
	}{
		"right":           {func(d *rpmmd.RepomdData) {}, "", ""},
		"none":            {func(d *rpmmd.RepomdData) { d.OpenChecksum, d.OpenSize = rpmmd.Checksum{}, 0 }, "", ""},
		"wrong":           {func(d *rpmmd.RepomdData) { d.OpenChecksum.Hex = strings.Repeat("0", 64) }, "primary (open): checksum doesn't match", ""},
		"bomb":            {func(d *rpmmd.RepomdData) { d.OpenSize = 10 }, "primary (open): size doesn't match: wanted 10 bytes", "primary (open): size doesn't match: wanted 10 bytes"},
		"short":           {func(d *rpmmd.RepomdData) { d.OpenSize++ }, "primary (open): size doesn't match", "primary (open): size doesn't match"},
		"unknown type":    {func(d *rpmmd.RepomdData) { d.OpenChecksum.Type = "crc" }, "not supported", ""},
		"malformed":       {func(d *rpmmd.RepomdData) { d.OpenChecksum.Hex = "xy" }, "malformed sha256 checksum", ""},
		"uppercase digit": {func(d *rpmmd.RepomdData) { d.OpenChecksum.Hex = strings.ToUpper(d.OpenChecksum.Hex) }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := makeRepo(t, 1000)
			md, err := rpmmd.ParseRepomd(t.Context(), bytes.NewReader(repomdOf(t, dir)))
			require.NoError(t, err)
			c.change(md.Get("primary"))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "repodata", "repomd.xml"), md.AppendXML(nil), 0o644))
			client := newClient(t, nil)
			m, err := client.Refresh(t.Context(), repoAt("file://"+dir), nil)
			require.NoError(t, err)
			read := func(open func(string) (io.ReadCloser, error), want string) {
				rc, err := open("primary")
				if err == nil {
					_, err = io.Copy(io.Discard, rc)
					require.NoError(t, rc.Close())
				}
				if want == "" {
					require.NoError(t, err)
				} else {
					require.ErrorContains(t, err, want)
				}
			}
			read(m.OpenTrusted, c.trusted)
			m, err = client.Refresh(t.Context(), repoAt("file://"+dir), nil)
			require.NoError(t, err)
			read(m.Open, c.want)
		})
	}
}

func TestOpenClosedEarly(t *testing.T) {
	dir := makeRepo(t, 1000)
	m, err := newClient(t, nil).Refresh(t.Context(), repoAt("file://"+dir), nil)
	require.NoError(t, err)
	rc, err := m.Open("primary")
	require.NoError(t, err)
	_, err = rc.Read(make([]byte, 1))
	require.NoError(t, err)
	require.NoError(t, rc.Close())
	_, err = rc.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

func TestRefreshAll(t *testing.T) {
	good, gone := newMirror(t, makeRepo(t, 1000)), newMirror(t, t.TempDir())
	var repos []*rpmmd.RepoConfig
	for i := range 6 {
		r := repoAt(good.URL)
		r.ID = fmt.Sprintf("r%d", i)
		if i == 3 {
			r.BaseURL, r.SkipIfUnavailable = []string{gone.URL}, true
		}
		repos = append(repos, r)
	}
	c := newClient(t, nil)
	all, err := c.RefreshAll(t.Context(), repos, nil)
	require.NoError(t, err)
	for i, m := range all {
		if i == 3 {
			require.Nil(t, m)
		} else {
			require.Equal(t, repos[i], m.Repo)
		}
	}
	repos[3].SkipIfUnavailable = false
	_, err = c.RefreshAll(t.Context(), repos, nil)
	require.ErrorContains(t, err, "cannot update repo 'r3': ")
}

func TestNotSupportedOptions(t *testing.T) {
	for _, o := range [][2]string{{"sslverifystatus", "1"}, {"proxy_auth_method", "ntlm"}, {"type", "apt"}} {
		repo := repoAt("http://127.0.0.1:1")
		require.NoError(t, repo.Set(o[0], o[1]))
		_, err := newClient(t, nil).Refresh(t.Context(), repo, nil)
		require.ErrorIs(t, err, rpmmd.ErrNotSupported)
		require.ErrorContains(t, err, o[0]+"="+o[1])
	}
}

func TestCredentials(t *testing.T) {
	dir := makeRepo(t, 1000)
	var users []string
	var mu sync.Mutex
	protect := func(m *mirror) {
		m.set(func(w http.ResponseWriter, r *http.Request) bool {
			user, password, _ := r.BasicAuth()
			mu.Lock()
			users = append(users, user+":"+password)
			mu.Unlock()
			return false
		})
	}
	srv, other := newMirror(t, dir), newMirror(t, dir)
	protect(srv)
	protect(other)
	repo := repoAt(srv.URL)
	repo.Username, repo.Password = "me", "p@ss/wörd"
	_, err := newClient(t, nil).Refresh(t.Context(), repo, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"me:p@ss/wörd", "me:p@ss/wörd"}, users)

	// Mirrors on other hosts are not told.
	users = nil
	list := newMirror(t, t.TempDir())
	list.set(func(w http.ResponseWriter, r *http.Request) bool { fmt.Fprintln(w, other.URL); return true })
	repo = rpmmd.NewRepoConfig("listed")
	repo.Mirrorlist, repo.Username, repo.Password = list.URL, "me", "secret"
	_, err = newClient(t, nil).Refresh(t.Context(), repo, nil)
	require.NoError(t, err)
	require.Equal(t, []string{":", ":"}, users)

	gone := repoAt("http://127.0.0.1:1/x")
	gone.Username, gone.Password, gone.Retries = "me", "secret", 1
	_, err = newClient(t, nil).Refresh(t.Context(), gone, nil)
	require.Error(t, err)
	require.NotContains(t, err.Error(), "secret")
}

func TestProxy(t *testing.T) {
	dir := makeRepo(t, 1000)
	proxy := newMirror(t, dir)
	var auth string
	proxy.set(func(w http.ResponseWriter, r *http.Request) bool {
		auth = r.Header.Get("Proxy-Authorization")
		return r.URL.Host != "repo.invalid"
	})
	repo := repoAt("http://repo.invalid/")
	repo.Proxy, repo.ProxyUsername, repo.ProxyPassword = proxy.URL, "u", "p"
	m, err := newClient(t, nil).Refresh(t.Context(), repo, nil)
	require.NoError(t, err)
	require.Len(t, packagesOf(t, m), 7)
	require.Equal(t, "Basic dTpw", auth)
}

func TestConcurrentRefresh(t *testing.T) {
	dir := makeRepo(t, 1000)
	srv := newMirror(t, dir)
	cache := t.TempDir()
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		c := newClient(t, func(o *rpmmd.ClientOptions) { o.CacheDir = cache })
		wg.Go(func() {
			m, err := c.Refresh(t.Context(), repoAt(srv.URL), &rpmmd.RefreshOptions{Force: i%2 == 0})
			if err == nil {
				_, err = c.Download(t.Context(), "", packagesOf(t, m))
			}
			errs[i] = err
		})
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	parts, err := filepath.Glob(filepath.Join(cache, "*", "*", ".part-*"))
	require.NoError(t, err)
	require.Empty(t, parts)
	n := 0
	for _, p := range srv.taken() {
		if strings.Contains(p, "primary") || strings.HasSuffix(p, ".rpm") {
			n++
		}
	}
	require.Equal(t, 8, n, "nothing was fetched twice")
}

func TestCancelled(t *testing.T) {
	srv := newMirror(t, t.TempDir())
	srv.set(func(w http.ResponseWriter, r *http.Request) bool { w.WriteHeader(503); return true })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	repo := repoAt(srv.URL)
	repo.Retries = 0 // without end
	_, err := newClient(t, nil).Refresh(ctx, repo, nil)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Greater(t, len(srv.taken()), 5)
}

func TestEscapedLocations(t *testing.T) {
	dir := packageCopies(t)
	for i, name := range []string{"sp ace+x&\"#?.rpm", "ü%.rpm", "a~b^c.rpm"} {
		from, err := filepath.Glob(filepath.Join(dir, "*-*.rpm"))
		require.NoError(t, err)
		require.NoError(t, os.Rename(from[i], filepath.Join(dir, name)))
	}
	createAt(t, dir, 1000)
	srv := newMirror(t, dir)
	for _, base := range []string{srv.URL, "file://" + dir} {
		c := newClient(t, nil)
		m, err := c.Refresh(t.Context(), repoAt(base), nil)
		require.NoError(t, err)
		files, err := c.Download(t.Context(), "", packagesOf(t, m))
		require.NoError(t, err)
		require.True(t, slices.ContainsFunc(files, func(f string) bool { return filepath.Base(f) == "sp ace+x&\"#?.rpm" }), files)
	}
}
