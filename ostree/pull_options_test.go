package ostree_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
	"github.com/stretchr/testify/require"
)

// optionBed is what the cases of TestEveryPullOption work with: a repository with a history, a server of it, and an
// empty repository with the remote "o" that points there.
type optionBed struct {
	t       *testing.T
	src     *ostree.Repo
	commits []object.Checksum // of main, oldest first
	server  *repoServer
	dst     *ostree.Repo
}

func newOptionBed(t *testing.T) *optionBed {
	src, commits := history(t, 3)
	require.NoError(t, src.SetRefImmediate("alias", commits[2]))
	b := &optionBed{t: t, src: src, commits: commits, server: serve(t, src.Path()), dst: newRepo(t, ostree.ModeBareUser)}
	addRemote(t, b.dst, "o", b.server.URL)
	return b
}

// pull pulls main from o, with what else opts say.
func (b *optionBed) pull(opts ostree.PullOptions) (*ostree.PullStats, error) {
	if opts.Refs == nil && opts.CollectionRefs == nil {
		opts.Refs = []string{"main"}
	}
	opts.Retries = min(opts.Retries, 1)
	if opts.Retries == 0 {
		opts.Retries = -1
	}
	return b.dst.Pull(b.t.Context(), "o", &opts)
}

func (b *optionBed) ok(opts ostree.PullOptions) *ostree.PullStats {
	b.t.Helper()
	stats, err := b.pull(opts)
	require.NoError(b.t, err)
	return stats
}

func (b *optionBed) fails(opts ostree.PullOptions, text string) {
	b.t.Helper()
	_, err := b.pull(opts)
	require.ErrorContains(b.t, err, text)
}

// has tells whether the destination has a ref.
func (b *optionBed) has(rev string) bool {
	b.t.Helper()
	_, found, err := b.dst.ResolveRevOptional(rev)
	require.NoError(b.t, err)
	return found
}

// set adds settings to the remote.
func (b *optionBed) set(settings ...string) {
	b.t.Helper()
	c, err := b.dst.EditConfig()
	require.NoError(b.t, err)
	for i := 0; i < len(settings); i += 2 {
		require.NoError(b.t, c.Set(`remote "o"`, settings[i], settings[i+1]))
	}
	require.NoError(b.t, b.dst.SetConfig(c))
}

// objectFiles lists what is in the objects directory itself, not staged.
func (b *optionBed) objectFiles() []string {
	files, err := filepath.Glob(filepath.Join(b.dst.Path(), "objects/*/*"))
	require.NoError(b.t, err)
	return files
}

// content is the path of some content object that main needs.
func (b *optionBed) content() string {
	files, err := filepath.Glob(filepath.Join(b.src.Path(), "objects/*/*.filez"))
	require.NoError(b.t, err)
	require.NotEmpty(b.t, files)
	return files[0]
}

func yes() *bool { v := true; return &v }

func serverFails(status int) func(http.ResponseWriter, *http.Request) bool {
	var n atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, ".commit") || n.Add(1) > 1 {
			return false
		}
		w.WriteHeader(status)
		return true
	}
}

var pullOptionCases = map[string]func(*optionBed){
	"Refs": func(b *optionBed) {
		b.ok(ostree.PullOptions{Refs: []string{"main"}})
		require.True(b.t, b.has("o:main"))
		require.False(b.t, b.has("o:alias"))
	},
	"CollectionRefs": func(b *optionBed) {
		ref := ostree.CollectionRef{Collection: "org.example.Side", Ref: "side"}
		require.NoError(b.t, b.src.SetCollectionRefImmediate(ref, b.commits[0]))
		refs := []ostree.PullCollectionRef{{CollectionRef: ref}}
		b.fails(ostree.PullOptions{CollectionRefs: refs}, "binding")
		b.ok(ostree.PullOptions{CollectionRefs: refs, Mirror: true, NoVerifyBindings: true})
		got, found, err := b.dst.ReadCollectionRef(ref)
		require.NoError(b.t, err)
		require.True(b.t, found)
		require.Equal(b.t, b.commits[0], got)
		b.fails(ostree.PullOptions{CollectionRefs: refs, Refs: []string{"main"}}, "together")
	},
	"Mirror": func(b *optionBed) {
		b.ok(ostree.PullOptions{Mirror: true})
		require.False(b.t, b.has("o:main"))
		require.True(b.t, b.has("main"))
	},
	"Depth": func(b *optionBed) {
		for depth, want := range map[int]int{0: 1, 1: 2, -1: 3} {
			c := newOptionBed(b.t)
			c.ok(ostree.PullOptions{Depth: depth})
			have, err := c.dst.Commits(b.t.Context())
			require.NoError(b.t, err)
			require.Len(b.t, have, want, depth)
		}
		b.fails(ostree.PullOptions{Depth: -2}, "invalid depth")
	},
	"Subpaths": func(b *optionBed) {
		b.ok(ostree.PullOptions{Subpaths: []string{"/d/n0"}})
		_, err := os.ReadFile(filepath.Join(checkedOut(b, "/d/n0"), "n0"))
		require.NoError(b.t, err)
		require.Error(b.t, b.dst.Checkout(b.t.Context(), b.commits[2], filepath.Join(b.t.TempDir(), "all"), nil))
		b.fails(ostree.PullOptions{Subpaths: []string{"d"}}, "slash")
	},
	"CommitOnly": func(b *optionBed) {
		stats := b.ok(ostree.PullOptions{CommitOnly: true})
		require.Equal(b.t, 1, stats.MetadataFetched+stats.ContentFetched)
		state, err := b.dst.CommitState(b.commits[2])
		require.NoError(b.t, err)
		require.Equal(b.t, ostree.CommitPartial, state)
	},
	"Untrusted": func(b *optionBed) {
		broken := brokenSource(b)
		b.set("url", "file://"+broken)
		b.fails(ostree.PullOptions{Untrusted: true}, "Corrupted file object")
		b.ok(ostree.PullOptions{})
	},
	"TrustedHTTP": func(b *optionBed) {
		spoil(b.t, b.content())
		b.dst = newRepo(b.t, ostree.ModeArchive)
		addRemote(b.t, b.dst, "o", b.server.URL)
		b.fails(ostree.PullOptions{Mirror: true, Depth: -1}, ".file: ")
		b.ok(ostree.PullOptions{Mirror: true, Depth: -1, TrustedHTTP: true})
	},
	"BareUserOnlyFiles": func(b *optionBed) {
		dir := worked(b.t)
		require.NoError(b.t, os.WriteFile(filepath.Join(dir, "suid"), nil, 0o755))
		require.NoError(b.t, os.Chmod(filepath.Join(dir, "suid"), 0o755|os.ModeSetuid))
		commitDir(b.t, b.src, dir, "suid", &ostree.Modifier{Filter: owner0.Filter}, &ostree.CommitOptions{Refs: []string{"suid"}})
		b.fails(ostree.PullOptions{Refs: []string{"suid"}, BareUserOnlyFiles: true}, "invalid mode 0104755 with bits 04000")
		b.ok(ostree.PullOptions{Refs: []string{"suid"}})
	},
	"NoVerifyBindings": func(b *optionBed) {
		b.fails(ostree.PullOptions{Refs: []string{"alias"}}, "no requested ref ‘alias’ in ref binding metadata (‘main’)")
		b.ok(ostree.PullOptions{Refs: []string{"alias"}, NoVerifyBindings: true})
	},
	"TimestampCheck": func(b *optionBed) {
		b.ok(ostree.PullOptions{TimestampCheck: true})
		require.NoError(b.t, b.src.SetRefImmediate("main", b.commits[0]))
		b.fails(ostree.PullOptions{TimestampCheck: true}, "is chronologically older than current revision")
		b.ok(ostree.PullOptions{})
	},
	"TimestampCheckFromRev": func(b *optionBed) {
		b.ok(ostree.PullOptions{})
		require.NoError(b.t, b.src.SetRefImmediate("main", b.commits[0]))
		b.fails(ostree.PullOptions{TimestampCheckFromRev: b.commits[2].String()}, "is chronologically older than")
		b.fails(ostree.PullOptions{TimestampCheckFromRev: "nope"}, "Refspec 'nope' not found")
	},
	"URL": func(b *optionBed) {
		b.set("url", b.server.URL+"/nothing-here")
		b.fails(ostree.PullOptions{}, "404")
		b.ok(ostree.PullOptions{URL: b.server.URL})
	},
	"RemoteName": func(b *optionBed) {
		for _, name := range []string{"", "named"} {
			_, err := b.dst.Pull(b.t.Context(), "file://"+b.src.Path(), &ostree.PullOptions{Refs: []string{"main"}, RemoteName: name})
			require.NoError(b.t, err)
		}
		require.True(b.t, b.has("named:main"))
		require.True(b.t, b.has("main"))
	},
	"LocalCaches": func(b *optionBed) {
		cache := newRepo(b.t, ostree.ModeBareUser)
		_, err := cache.PullLocal(b.t.Context(), b.src, &ostree.PullLocalOptions{Refs: []string{"main"}})
		require.NoError(b.t, err)
		stats := b.ok(ostree.PullOptions{LocalCaches: []*ostree.Repo{cache}})
		require.Zero(b.t, stats.MetadataFetched+stats.ContentFetched)
		require.Equal(b.t, 9, stats.MetadataImported+stats.ContentImported)
	},
	"CacheDir": func(b *optionBed) {
		signedSummary(b)
		b.set("gpg-verify-summary", "true")
		dir := b.t.TempDir()
		b.ok(ostree.PullOptions{CacheDir: dir})
		for _, name := range []string{"summaries/o", "summaries/o.sig"} {
			require.FileExists(b.t, filepath.Join(dir, name))
		}
	},
	"Deltas": func(b *optionBed) {
		b.fails(ostree.PullOptions{Deltas: ostree.DeltasRequired}, "elta")
		generateDelta(b)
		require.Positive(b.t, b.ok(ostree.PullOptions{}).DeltaParts)
		b.dst = newRepo(b.t, ostree.ModeBareUser)
		addRemote(b.t, b.dst, "o", b.server.URL)
		require.Zero(b.t, b.ok(ostree.PullOptions{Deltas: ostree.DeltasDisabled}).DeltaParts)
	},
	"DryRun": func(b *optionBed) {
		b.fails(ostree.PullOptions{DryRun: true}, "dry run")
		generateDelta(b)
		stats := b.ok(ostree.PullOptions{DryRun: true, Deltas: ostree.DeltasRequired})
		require.Positive(b.t, stats.Delta.Parts)
		require.Regexp(b.t, `^Delta update: 0/1 parts, `, stats.Status())
		require.False(b.t, b.has("o:main"))
		require.Empty(b.t, b.objectFiles())
	},
	"GPGVerify":        func(b *optionBed) { b.fails(ostree.PullOptions{GPGVerify: yes()}, "no signatures found") },
	"GPGVerifySummary": func(b *optionBed) { b.fails(ostree.PullOptions{GPGVerifySummary: yes()}, "no summary found") },
	"NoSignVerify": func(b *optionBed) {
		b.set("sign-verify", "ed25519", "verification-ed25519-key", "OfzomSCMEzgNNmNOW2t6aTxoAMTHuQDR0CKDxdHYIPQ=")
		b.fails(ostree.PullOptions{}, "Can't verify commit without detached metadata")
		b.ok(ostree.PullOptions{NoSignVerify: true})
	},
	"NoSignVerifySummary": func(b *optionBed) {
		b.set("sign-verify-summary", "ed25519", "verification-ed25519-key", "OfzomSCMEzgNNmNOW2t6aTxoAMTHuQDR0CKDxdHYIPQ=")
		b.fails(ostree.PullOptions{}, "Signatures verification enabled, but no summary found")
		b.ok(ostree.PullOptions{NoSignVerifySummary: true})
	},
	"Summary": func(b *optionBed) {
		require.NoError(b.t, b.src.SetRefImmediate("main", b.commits[1]))
		require.NoError(b.t, b.src.UpdateSummary(b.t.Context(), nil))
		s, err := b.src.Summary()
		require.NoError(b.t, err)
		require.NoError(b.t, b.src.SetRefImmediate("main", b.commits[2]))
		require.NoError(b.t, b.src.UpdateSummary(b.t.Context(), nil))
		b.ok(ostree.PullOptions{Summary: s.Bytes()})
		require.Equal(b.t, b.commits[1], resolve(b.t, b.dst, "o:main"))
		for _, r := range b.server.requests() {
			require.NotContains(b.t, r, "/summary")
		}
	},
	"SummarySig": func(b *optionBed) {
		signedSummary(b)
		b.set("gpg-verify-summary", "true")
		s, err := b.src.Summary()
		require.NoError(b.t, err)
		sig, err := os.ReadFile(filepath.Join(b.src.Path(), "summary.sig"))
		require.NoError(b.t, err)
		b.fails(ostree.PullOptions{Summary: s.Bytes()}, "no summary.sig found")
		b.ok(ostree.PullOptions{Summary: s.Bytes(), SummarySig: sig})
	},
	"Header": func(b *optionBed) {
		got := b.seen(ostree.PullOptions{Header: http.Header{"X-Test": {"1"}}})
		require.Equal(b.t, "1", got.Get("X-Test"))
	},
	"UserAgent": func(b *optionBed) {
		require.Equal(b.t, ostree.DefaultUserAgent, b.seen(ostree.PullOptions{}).Get("User-Agent"))
		require.Equal(b.t, "x/1", b.seen(ostree.PullOptions{UserAgent: "x/1"}).Get("User-Agent"))
	},
	"AppendUserAgent": func(b *optionBed) {
		require.Equal(b.t, "x/1 y/2", b.seen(ostree.PullOptions{UserAgent: "x/1", AppendUserAgent: "y/2"}).Get("User-Agent"))
	},
	"Retries": func(b *optionBed) {
		b.server.setHook(serverFails(http.StatusInternalServerError))
		b.fails(ostree.PullOptions{Retries: -1}, "HTTP 500")
		b.server.setHook(serverFails(http.StatusInternalServerError))
		b.ok(ostree.PullOptions{Retries: 1})
	},
	"RetryAll": func(b *optionBed) {
		b.server.setHook(serverFails(http.StatusNotImplemented))
		b.fails(ostree.PullOptions{Retries: 1}, "HTTP 501")
		b.server.setHook(serverFails(http.StatusNotImplemented))
		b.ok(ostree.PullOptions{Retries: 1, RetryAll: true})
	},
	"MaxRequests": func(b *optionBed) {
		var now, most atomic.Int32
		b.server.setHook(func(w http.ResponseWriter, r *http.Request) bool {
			n := now.Add(1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			time.Sleep(5 * time.Millisecond)
			now.Add(-1)
			return false
		})
		b.ok(ostree.PullOptions{MaxRequests: 1, Depth: -1})
		require.EqualValues(b.t, 1, most.Load())
	},
	"LowSpeedLimit": func(b *optionBed) { // negative: no limit
		b.server.setHook(stall(1500 * time.Millisecond))
		b.ok(ostree.PullOptions{LowSpeedLimit: -1, LowSpeedTime: time.Second})
	},
	"LowSpeedTime": func(b *optionBed) {
		b.server.setHook(stall(5 * time.Second))
		b.fails(ostree.PullOptions{LowSpeedTime: time.Second}, "[28] Timeout was reached")
	},
	"ProxyEnv": func(b *optionBed) {
		var used atomic.Bool
		proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(*httputil.ProxyRequest) { used.Store(true) }})
		defer proxy.Close()
		b.ok(ostree.PullOptions{ProxyEnv: func(name string) string {
			if name == "http_proxy" {
				return proxy.URL
			}
			return ""
		}})
		require.True(b.t, used.Load())
	},
	"HTTPTrace": func(b *optionBed) {
		var lines atomic.Int32
		b.ok(ostree.PullOptions{HTTPTrace: func(text string) { lines.Add(int32(strings.Count(text, "> GET "))) }})
		require.Positive(b.t, lines.Load())
	},
	"NoFsync":        func(b *optionBed) { writesDirectly(b, ostree.PullOptions{NoFsync: true}) },
	"PerObjectFsync": func(b *optionBed) { writesDirectly(b, ostree.PullOptions{PerObjectFsync: true}) },
	"Progress": func(b *optionBed) {
		var events atomic.Int32
		b.ok(ostree.PullOptions{Progress: ostree.ProgressFunc(func(e ostree.Event) {
			if e.Task == "pull" {
				events.Add(1)
			}
		})})
		require.Greater(b.t, events.Load(), int32(2))
	},
	"OnGPGResult": func(b *optionBed) {
		home := &sign.Home{Dir: "sign/testdata/home"}
		require.NoError(b.t, b.src.SignCommitGPG(b.t.Context(), b.commits[2], home, "bob@example.com"))
		importBob(b)
		var valid atomic.Int32
		b.ok(ostree.PullOptions{GPGVerify: yes(), OnGPGResult: func(c object.Checksum, r *sign.Result) {
			if c == b.commits[2] {
				valid.Add(int32(r.Valid()))
			}
		}})
		require.EqualValues(b.t, 1, valid.Load())
	},
}

// TestEveryPullOption shows that each field of PullOptions makes a difference.
func TestEveryPullOption(t *testing.T) {
	fields := reflect.TypeFor[ostree.PullOptions]()
	require.Len(t, pullOptionCases, fields.NumField())
	for i := range fields.NumField() {
		name := fields.Field(i).Name
		t.Run(name, func(t *testing.T) {
			require.Contains(t, pullOptionCases, name)
			t.Parallel()
			pullOptionCases[name](newOptionBed(t))
		})
	}
}

func checkedOut(b *optionBed, subpath string) string {
	dir := filepath.Join(b.t.TempDir(), "out")
	require.NoError(b.t, b.dst.Checkout(b.t.Context(), b.commits[2], dir, &ostree.CheckoutOptions{UserMode: true, Subpath: subpath}))
	return dir
}

// spoil changes the end of a file.
func spoil(t testing.TB, path string) {
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path)) // it may have other names
	data[len(data)-1] ^= 0x55
	require.NoError(t, os.WriteFile(path, data, 0o644))
}

// brokenSource copies the source to a bare-user repository with a damaged file object.
func brokenSource(b *optionBed) string {
	r := newRepo(b.t, ostree.ModeBareUser)
	_, err := r.PullLocal(b.t.Context(), b.src, &ostree.PullLocalOptions{Refs: []string{"main"}})
	require.NoError(b.t, err)
	files, err := filepath.Glob(filepath.Join(r.Path(), "objects/*/*.file"))
	require.NoError(b.t, err)
	for _, path := range files {
		if st, err := os.Stat(path); err == nil && st.Size() == 3 { // d/n2
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			require.NoError(b.t, err)
			_, err = f.WriteString("y")
			require.NoError(b.t, err)
			require.NoError(b.t, f.Close())
		}
	}
	return r.Path()
}

func importBob(b *optionBed) {
	data, err := os.ReadFile("sign/testdata/bob.asc")
	require.NoError(b.t, err)
	keys, err := sign.ParseKeyring(data)
	require.NoError(b.t, err)
	n, err := b.dst.ImportGPGKeys("o", keys, nil)
	require.NoError(b.t, err)
	require.Equal(b.t, 1, n)
}

// signedSummary gives the source a summary signed by Bob, whom the destination trusts.
func signedSummary(b *optionBed) {
	home := &sign.Home{Dir: "sign/testdata/home"}
	require.NoError(b.t, b.src.UpdateSummary(b.t.Context(), &ostree.SummaryOptions{GPGHome: home, GPGKeys: []string{"bob@example.com"}}))
	importBob(b)
}

// generateDelta makes a static delta from scratch.
func generateDelta(b *optionBed) {
	ostreeTool(b.t, "static-delta", "generate", "--repo="+b.src.Path(), "--empty", "--to="+b.commits[2].String())
	require.NoError(b.t, b.src.UpdateSummary(b.t.Context(), nil))
}

// seen returns the header of the first request that a pull makes.
func (b *optionBed) seen(opts ostree.PullOptions) http.Header {
	var first atomic.Pointer[http.Header]
	b.server.setHook(func(_ http.ResponseWriter, r *http.Request) bool {
		first.CompareAndSwap(nil, &r.Header)
		return false
	})
	b.ok(opts)
	return *first.Load()
}

// stall answers commits with half of a body, and the rest after a while.
func stall(d time.Duration) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, ".dirmeta") {
			return false
		}
		w.Header().Set("Content-Length", "12")
		io.WriteString(w, "\x00\x00\x00\x00\x00\x00")
		w.(http.Flusher).Flush()
		select {
		case <-time.After(d):
			io.WriteString(w, "\x00\x00\x00\x00\x41\xed")
		case <-r.Context().Done():
		}
		return true
	}
}

// writesDirectly sees that objects of an interrupted pull are not staged with opts, though they are otherwise.
func writesDirectly(b *optionBed, opts ostree.PullOptions) {
	lost := strings.TrimPrefix(b.content(), b.src.Path())
	lose := func(wait func()) {
		b.server.setHook(func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != lost {
				return false
			}
			wait()
			http.NotFound(w, r)
			return true
		})
	}
	lose(func() { time.Sleep(100 * time.Millisecond) }) // for the others to come
	b.fails(ostree.PullOptions{Depth: -1}, "404")
	require.Empty(b.t, b.objectFiles())
	b.dst = newRepo(b.t, ostree.ModeBareUser)
	addRemote(b.t, b.dst, "o", b.server.URL)
	opts.Depth = -1
	written := filepath.Join(b.dst.Path(), "objects/*/*")
	lose(func() {
		for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if files, _ := filepath.Glob(written); len(files) > 0 {
				return
			}
		}
	})
	b.fails(opts, "404")
	require.NotEmpty(b.t, b.objectFiles())
}
