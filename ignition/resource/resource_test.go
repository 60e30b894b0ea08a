package resource_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/resource"
)

// lines is a log that keeps its messages.
type lines struct {
	mu   sync.Mutex
	list []string
}

func (l *lines) Enabled(context.Context, slog.Level) bool { return true }
func (l *lines) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *lines) WithGroup(string) slog.Handler            { return l }
func (l *lines) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, r.Message)
	return nil
}

func (l *lines) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.list)
}

// clock waits for nothing but remembers for how long it should have.
type clock struct {
	mu    sync.Mutex
	waits []time.Duration
	hook  func(n int)
}

func (c *clock) sleep(_ context.Context, d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waits = append(c.waits, d)
	if c.hook != nil {
		c.hook(len(c.waits))
	}
}

type fixture struct {
	*resource.Fetcher
	log   *lines
	clock *clock
}

func newFetcher(t testing.TB, opt resource.Options) fixture {
	t.Helper()
	f := fixture{log: &lines{}, clock: &clock{}}
	opt.Logger = slog.New(f.log)
	opt.Version = "2.26.0"
	if opt.Sleep == nil {
		opt.Sleep = f.clock.sleep
	}
	var err error
	f.Fetcher, err = resource.New(&opt)
	require.NoError(t, err)
	return f
}

func serve(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
	})
	return srv.URL
}

func from(source string) types.Resource { return types.Resource{Source: &source} }

func hashed(source, hash string) types.Resource {
	res := from(source)
	res.Verification.Hash = &hash
	return res
}

func gzipped(res types.Resource) types.Resource {
	method := "gzip"
	res.Compression = &method
	return res
}

func sha512Of(data []byte) string {
	sum := sha512.Sum512(data)
	return "sha512-" + hex.EncodeToString(sum[:])
}

func sha256Of(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256-" + hex.EncodeToString(sum[:])
}

// compress makes a gzip file of several members.
func compress(t testing.TB, members ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, m := range members {
		z := gzip.NewWriter(&b)
		_, err := z.Write(m)
		require.NoError(t, err)
		require.NoError(t, z.Close())
	}
	return b.Bytes()
}

func noise(n int) []byte {
	b := make([]byte, n)
	rng := rand.NewChaCha8([32]byte{1})
	rng.Read(b)
	return b
}

func TestNothingToFetch(t *testing.T) {
	f := newFetcher(t, resource.Options{Offline: true})
	for _, res := range []types.Resource{{}, from(""), hashed("", sha512Of([]byte("x"))), from("relative/path")} {
		data, err := f.FetchBytes(t.Context(), res)
		require.NoError(t, err)
		require.Empty(t, data)
	}
}

func TestDataURLs(t *testing.T) {
	f := newFetcher(t, resource.Options{Offline: true})
	big := noise(1 << 20)
	for name, c := range map[string]struct {
		res  types.Resource
		want []byte
	}{
		"plain":      {from("data:,hello%20world"), []byte("hello world")},
		"upper":      {from("DATA:,x"), []byte("x")},
		"query":      {from("data:,a?b=c"), []byte("a?b=c")},
		"base64":     {from("data:text/plain;base64,aGk="), []byte("hi")},
		"gzip":       {gzipped(from(dataURL(compress(t, []byte("one"), []byte("two"))))), []byte("onetwo")},
		"large gzip": {gzipped(hashed(dataURL(compress(t, big)), sha512Of(big))), big},
		"sha256":     {hashed("data:,x", sha256Of([]byte("x"))), []byte("x")},
		"upper sum":  {hashed("data:,x", "sha512-"+strings.ToUpper(sha512Of([]byte("x"))[7:])), []byte("x")},
		"empty":      {from("data:,"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := f.FetchBytes(t.Context(), c.res)
			require.NoError(t, err)
			require.True(t, bytes.Equal(c.want, data))
		})
	}
	for _, line := range f.log.all() {
		require.Regexp(t, "^file matches expected sum of: [0-9a-f]+$", line)
	}
}

func TestDemands(t *testing.T) {
	f := newFetcher(t, resource.Options{})
	bad := func(edit func(*types.Resource)) types.Resource {
		res := from("data:,x")
		edit(&res)
		return res
	}
	str := func(s string) *string { return &s }
	x := hex.EncodeToString(make([]byte, 64))
	actual := sha512Of([]byte("x"))[7:]
	for text, res := range map[string]types.Resource{
		"invalid compression method":      bad(func(r *types.Resource) { r.Compression = str("xz") }),
		"malformed hash specifier":        hashed("data:,x", "sha512"),
		"unrecognized hash function":      hashed("data:,x", "md5-00"),
		"incorrect size for hash sum":     hashed("data:,x", "sha512-00"),
		"gzip: invalid header":            gzipped(from("data:,0123456789abcdef")),
		"gzip: unexpected EOF":            gzipped(from("data:,")),
		"unsupported source scheme":       from("ftp://host/x"),
		"unable to parse url":             from("data:,secret\x01"),
		"unable to parse HTTP header":     {Source: str("http://127.0.0.1:1/"), HTTPHeaders: types.HTTPHeaders{{Name: "X"}}},
		"http: no Host in request URL":    from("http:///path"),
		"HTTP header name can't be empty": {Source: str("http://127.0.0.1:1/"), HTTPHeaders: types.HTTPHeaders{{Value: str("x")}}},
		"hash verification failed (calculated " + actual + " but expected " + x + ")": hashed("data:,x", "sha512-"+x),
	} {
		err := f.Fetch(t.Context(), res, io.Discard)
		require.EqualError(t, err, text)
		require.NotContains(t, err.Error(), "secret")
	}
	for _, h := range []types.HTTPHeader{{Name: "X", Value: str("a\nb")}, {Name: "X Y", Value: str("a")}} {
		res := types.Resource{Source: str("http://127.0.0.1:1/"), HTTPHeaders: types.HTTPHeaders{h}}
		require.ErrorIs(t, f.Fetch(t.Context(), res, io.Discard), resource.ErrHeader)
	}
	require.Empty(t, f.log.all())
}

func TestVerifyExact(t *testing.T) {
	v := func(s string) types.Verification { return types.Verification{Hash: &s} }
	sum := sha512Of([]byte("x"))
	require.NoError(t, resource.VerifyExact(types.Verification{}, []byte("x")))
	require.NoError(t, resource.VerifyExact(v(sum), []byte("x")))
	upper := strings.ToUpper(sum[7:])
	err := resource.VerifyExact(v("sha512-"+upper), []byte("x"))
	require.EqualError(t, err, "hash verification failed (calculated "+sum[7:]+" but expected "+upper+")")
	require.ErrorIs(t, resource.VerifyExact(v("md5-00"), nil), resource.ErrHashUnknown)
	require.ErrorIs(t, resource.VerifyExact(v("md5"), nil), resource.ErrHashMalformed)
}

func TestOffline(t *testing.T) {
	f := newFetcher(t, resource.Options{Offline: true})
	for _, source := range []string{"http://h/", "https://h/", "tftp://h/x", "s3://b/k", "gs://b/o", "arn:aws:s3:::b/k", "weird:x"} {
		_, err := f.FetchBytes(t.Context(), from(source))
		require.ErrorIs(t, err, resource.ErrNeedsNetwork, source)
	}
	_, err := f.Get(t.Context(), "http://169.254.169.254/", nil)
	require.ErrorIs(t, err, resource.ErrNeedsNetwork)
	f.SetOffline(false)
	require.False(t, f.Offline())
	_, err = f.FetchBytes(t.Context(), from("weird:x"))
	require.ErrorIs(t, err, resource.ErrScheme)
	_, err = f.Get(t.Context(), "tftp://h/", nil)
	require.ErrorIs(t, err, resource.ErrScheme)
}

// printer is a Log of the caller's.
type printer struct{ out *lines }

func (p printer) Debug(format string, args ...any) { p.Info(format, args...) }
func (p printer) Err(format string, args ...any)   { p.Info(format, args...) }
func (p printer) Crit(format string, args ...any)  { p.Info(format, args...) }
func (p printer) Info(format string, args ...any) {
	p.out.list = append(p.out.list, "stage: "+fmt.Sprintf(format, args...))
}

func TestLogs(t *testing.T) {
	f := newFetcher(t, resource.Options{})
	res := hashed("data:,x", sha256Of([]byte("x")))
	var mine, other lines
	require.NoError(t, f.WithLog(printer{&mine}).Fetch(t.Context(), res, io.Discard))
	require.NoError(t, f.Fetch(resource.ContextWithLog(t.Context(), printer{&mine}), res, io.Discard))
	require.NoError(t, f.WithLogger(slog.New(&other)).Fetch(t.Context(), res, io.Discard))
	require.NoError(t, f.WithLogger(nil).Fetch(t.Context(), res, io.Discard))
	want := "file matches expected sum of: " + sha256Of([]byte("x"))[7:]
	require.Equal(t, []string{"stage: " + want, "stage: " + want}, mine.list)
	require.Equal(t, []string{want}, other.list)
	require.Empty(t, f.log.all())
}

func BenchmarkDataURL(b *testing.B) {
	f := newFetcher(b, resource.Options{})
	for name, res := range map[string]types.Resource{
		"plain":  from("data:,hello%20world"),
		"hashed": hashed("data:,x", sha512Of([]byte("x"))),
		"gzip":   gzipped(from(dataURL(compress(b, []byte("hello"))))),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := f.Fetch(b.Context(), res, io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
