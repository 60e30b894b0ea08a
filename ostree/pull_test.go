package ostree_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

// repoServer serves a directory over HTTP and remembers what was asked for.
type repoServer struct {
	*httptest.Server
	mu   sync.Mutex
	log  []string
	hook func(w http.ResponseWriter, r *http.Request) bool // true: handled
}

func serve(t testing.TB, dir string) *repoServer {
	t.Helper()
	s := &repoServer{}
	files := http.FileServer(http.Dir(dir))
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.log = append(s.log, r.URL.Path)
		hook := s.hook
		s.mu.Unlock()
		if hook != nil && hook(w, r) {
			return
		}
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *repoServer) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.log
	s.log = nil
	return out
}

func (s *repoServer) setHook(h func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = h
}

// fail makes requests for a path fail.
func (s *repoServer) fail(path string) {
	s.setHook(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == path {
			w.WriteHeader(http.StatusInternalServerError)
		}
		return r.URL.Path == path
	})
}

func ostreeTool(t testing.TB, args ...string) string {
	t.Helper()
	tool := testutil.Tool(t, "ostree")
	return testutil.Run(t, &testutil.RunOptions{Must: true}, tool, args...).Stdout
}

func fsckReal(t testing.TB, path string) {
	t.Helper()
	ostreeTool(t, "fsck", "--repo="+path)
}

// history makes an archive repository with n commits on branch main and returns it with the commits.
func history(t testing.TB, n int) (*ostree.Repo, []object.Checksum) {
	t.Helper()
	r := newRepo(t, ostree.ModeArchive)
	dir := worked(t)
	var out []object.Checksum
	for i := range n {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "d", fmt.Sprintf("n%d", i)), []byte(strings.Repeat("x", i+1)), 0o644))
		o := &ostree.CommitOptions{Refs: []string{"main"}, Time: time.Unix(1700000000+int64(i), 0), Subject: fmt.Sprint(i)}
		if i > 0 {
			o.Parent = out[i-1]
		}
		out = append(out, commitDir(t, r, dir, "main", &ostree.Modifier{Filter: owner0.Filter}, o))
	}
	return r, out
}

func addRemote(t testing.TB, r *ostree.Repo, name, url string, settings ...[2]string) {
	t.Helper()
	has := false
	for _, s := range settings {
		has = has || s[0] == "gpg-verify"
	}
	if !has {
		settings = append(settings, [2]string{"gpg-verify", "false"})
	}
	require.NoError(t, r.AddRemote(name, url, &ostree.RemoteAddOptions{Settings: settings}))
}

func resolve(t testing.TB, r *ostree.Repo, rev string) object.Checksum {
	t.Helper()
	c, err := r.ResolveRev(rev)
	require.NoError(t, err)
	return c
}

func TestPullHTTPAllModes(t *testing.T) {
	t.Parallel()
	src, commits := history(t, 3)
	s := serve(t, src.Path())
	for _, mode := range modes {
		for _, summary := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v/summary=%v", mode, summary), func(t *testing.T) {
				if mode == ostree.ModeBare {
					testutil.Root(t)
				}
				os.Remove(filepath.Join(src.Path(), "summary"))
				if summary {
					require.NoError(t, src.UpdateSummary(t.Context(), nil))
				}
				if mode == ostree.ModeBareUserOnly {
					t.Skip("the example has xattrs")
				}
				r := newRepo(t, mode)
				addRemote(t, r, "o", s.URL)
				stats, err := r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}})
				require.NoError(t, err)
				require.Equal(t, commits[2], resolve(t, r, "o:main"))
				require.Equal(t, 4, stats.MetadataFetched)
				require.Equal(t, 5, stats.ContentFetched)
				fsckReal(t, r.Path())
				state, err := r.CommitState(commits[2])
				require.NoError(t, err)
				require.Equal(t, ostree.CommitComplete, state)

				s.requests()
				stats, err = r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}, Depth: -1})
				require.NoError(t, err)
				for _, c := range commits {
					state, err := r.CommitState(c)
					require.NoError(t, err)
					require.Equal(t, ostree.CommitComplete, state)
				}
				require.Equal(t, 6, stats.MetadataFetched)
				require.Equal(t, 0, stats.ContentFetched)
				fsckReal(t, r.Path())
			})
		}
	}
}

func TestPullRequests(t *testing.T) {
	src, commits := history(t, 1)
	s := serve(t, src.Path())
	r := newRepo(t, ostree.ModeArchive)
	addRemote(t, r, "o", s.URL)
	_, err := r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}})
	require.NoError(t, err)
	log := s.requests()
	require.Equal(t, []string{"/summary.sig", "/summary", "/refs/heads/main", "/" + objectPath(commits[0], "commitmeta"), "/" + objectPath(commits[0], "commit")}, log[:5])
	require.Len(t, log, 11)

	require.NoError(t, src.UpdateSummary(t.Context(), nil))
	_, err = r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}})
	require.NoError(t, err)
	require.Equal(t, []string{"/summary.sig", "/summary", "/config", "/" + objectPath(commits[0], "commitmeta")}, s.requests())

	_, err = r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main@" + commits[0].String()}})
	require.NoError(t, err)
	require.Equal(t, []string{"/" + objectPath(commits[0], "commitmeta")}, s.requests())
}

func objectPath(c object.Checksum, suffix string) string {
	s := c.String()
	return "objects/" + s[:2] + "/" + s[2:] + "." + suffix
}

func TestPullLocalMatrix(t *testing.T) {
	t.Parallel()
	testutil.Root(t)
	dir := filepath.Join(t.TempDir(), "tree")
	require.NoError(t, os.Mkdir(dir, 0o755))
	testutil.RandomTree(t, dir, testutil.Seed(t), nil)
	for _, from := range modes {
		src := newRepo(t, from)
		c := commitDir(t, src, dir, "main", &ostree.Modifier{CanonicalPermissions: true}, nil)
		for _, to := range modes {
			for _, untrusted := range []bool{false, true} {
				t.Run(fmt.Sprintf("%v to %v untrusted=%v", from, to, untrusted), func(t *testing.T) {
					r := newRepo(t, to)
					stats, err := r.PullLocal(t.Context(), src, &ostree.PullLocalOptions{Untrusted: untrusted})
					require.NoError(t, err)
					require.True(t, stats.Local)
					require.NotZero(t, stats.ContentImported)
					require.Equal(t, c, resolve(t, r, "main"))
					fsckReal(t, r.Path())
				})
			}
		}
	}
}

func TestSummaryEqualsReal(t *testing.T) {
	t.Parallel()
	for _, collection := range []string{"", "org.example.Foo"} {
		for _, extra := range []bool{false, true} {
			t.Run(fmt.Sprintf("collection=%q extra=%v", collection, extra), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "r")
				ostreeTool(t, "init", "--mode=archive", "--repo="+path)
				if collection != "" {
					ostreeTool(t, "config", "--repo="+path, "set", "core.collection-id", collection)
				}
				dir := worked(t)
				for i := range 40 {
					args := []string{"commit", "--repo=" + path, "-b", fmt.Sprintf("b/%d", i), fmt.Sprintf("--timestamp=@%d", 1700000000+i), dir}
					if i%2 == 0 {
						args = append(args, fmt.Sprintf("--add-metadata-string=version=%d", i))
					}
					ostreeTool(t, args...)
				}
				if collection != "" {
					ostreeTool(t, "refs", "--repo="+path, "--collections", "--create=org.other.A:x/y", "b/1")
					ostreeTool(t, "refs", "--repo="+path, "--collections", "--create=org.other.B:x", "b/2")
				}
				ostreeTool(t, "static-delta", "generate", "--repo="+path, "--empty", "b/1")
				ostreeTool(t, "static-delta", "generate", "--repo="+path, "--from=b/1", "b/2")
				args := []string{"summary", "--repo=" + path, "-u"}
				md := &object.Dict{}
				if extra {
					args = append(args, "-m", "key='value'", "-m", "key2=true", "-m", "map=@a{sv} {}", "-m", "ostree.some=@t 3")
					for _, kv := range [][2]string{{"key", "'value'"}, {"key2", "true"}, {"map", "@a{sv} {}"}, {"ostree.some", "@t 3"}} {
						v, err := object.ParseVariant(kv[1], "")
						require.NoError(t, err)
						md.Set(kv[0], v)
					}
				}
				ostreeTool(t, args...)
				want, err := os.ReadFile(filepath.Join(path, "summary"))
				require.NoError(t, err)
				r, err := ostree.Open(path, nil)
				require.NoError(t, err)
				defer r.Close()
				parsed, err := ostree.ParseSummary(want)
				require.NoError(t, err)
				if collection != "" {
					meta := resolve(t, r, "ostree-metadata")
					commit, err := r.LoadCommit(meta)
					require.NoError(t, err)
					ostreeTool(t, "refs", "--repo="+path, "--delete", "ostree-metadata")
					require.NoError(t, r.UpdateSummary(t.Context(), &ostree.SummaryOptions{Metadata: md, Time: time.Unix(int64(commit.Timestamp), 0)}))
					require.Equal(t, meta, resolve(t, r, "ostree-metadata"))
				}
				ref := func() []byte {
					got, err := os.ReadFile(filepath.Join(path, "summary"))
					require.NoError(t, err)
					return got
				}
				if collection == "" {
					require.NoError(t, r.UpdateSummary(t.Context(), &ostree.SummaryOptions{Metadata: md, Time: parsed.LastModified()}))
				}
				require.Equal(t, want, ref())
			})
		}
	}
}
