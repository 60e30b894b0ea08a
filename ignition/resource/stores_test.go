package resource_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/resource"
	"github.com/nestos-dev/nestos/ignition/resource/internal/pkitest"
)

// dialTo returns a dialer that reaches one server under all names.
func dialTo(server string) func(context.Context, string, string) (net.Conn, error) {
	_, address, _ := strings.Cut(server, "://")
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
}

func TestGoogleStorage(t *testing.T) {
	ca := pkitest.New(t, "ca")
	var auth, uri, host atomic.Value
	secure := serveTLS(t, ca.Server("storage.googleapis.com"), func(w http.ResponseWriter, r *http.Request) {
		auth.Store(r.Header.Get("Authorization"))
		uri.Store(r.RequestURI)
		host.Store(r.Host)
		if strings.Contains(r.RequestURI, "missing") {
			w.WriteHeader(404)
		}
		w.Write(compress(t, []byte("object")))
	})
	token := func(context.Context) (string, error) { return "", nil }
	f := newFetcher(t, resource.Options{
		DialContext: dialTo(secure), SystemRoots: ca.Pool,
		GoogleToken: func(ctx context.Context) (string, error) { return token(ctx) },
	})
	require.NoError(t, f.Configure(t.Context(), trusting(from(dataURL(ca.PEM)))))
	get := func(source string) string {
		t.Helper()
		data, err := f.FetchBytes(t.Context(), gzipped(from(source)))
		require.NoError(t, err)
		return string(data)
	}
	const path = "/storage/v1/b/bucket/o/dir%2Fa%20b%3F?alt=media"
	require.Equal(t, "object", get("gs://bucket/dir/a%20b%3F"))
	require.Equal(t, path, uri.Load())
	require.Equal(t, "storage.googleapis.com", host.Load())
	require.Equal(t, "", auth.Load())
	require.Equal(t, "GET https://storage.googleapis.com"+path+": attempt #1", f.log.all()[1])

	token = func(context.Context) (string, error) { return "tok", nil }
	require.Equal(t, "object", get("gs://bucket/x"))
	require.Equal(t, "Bearer tok", auth.Load())

	token = func(context.Context) (string, error) {
		return "", fmt.Errorf("%w: not running in GCE", resource.ErrAnonymous)
	}
	require.Equal(t, "object", get("gs://bucket/x"))
	require.Equal(t, "", auth.Load())
	require.Contains(t, f.log.all(), "falling back to unauthenticated GCS access: no credentials: not running in GCE")

	token = func(context.Context) (string, error) { return "", errors.New("status 403") }
	source := "gs://bucket/x"
	refused := f.Fetch(t.Context(), types.Resource{Source: &source}, io.Discard)
	require.EqualError(t, refused, "fetching GCS auth token: status 403")
	token = func(context.Context) (string, error) { return "", resource.ErrAnonymous }

	_, err := f.FetchBytes(t.Context(), from("gs://bucket/missing"))
	require.ErrorIs(t, err, resource.ErrNotFound)
}

func TestAzureBlobs(t *testing.T) {
	ca := pkitest.New(t, "ca")
	var withToken, without atomic.Int32
	fail := new(atomic.Int32)
	body := noise(600 << 10)
	secure := serveTLS(t, ca.Server("acct.blob.core.windows.net"), func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			without.Add(1)
			io.WriteString(w, "public")
			return
		}
		withToken.Add(1)
		switch {
		case r.Header.Get("Authorization") != "Bearer tok" || r.Header.Get("X-Ms-Version") == "":
			w.WriteHeader(400)
		case fail.Load() != 0:
			w.WriteHeader(int(fail.Load()))
		case r.URL.Path == "/c/cut":
			w.Header().Set("Content-Length", "1000000")
			w.Write(body)
		default:
			io.WriteString(w, "private")
		}
	})
	token, tokenErr := "tok", error(nil)
	f := newFetcher(t, resource.Options{
		DialContext: dialTo(secure), SystemRoots: ca.Pool,
		AzureToken: func(ctx context.Context) (string, error) { return token, tokenErr },
	})
	require.NoError(t, f.Configure(t.Context(), trusting(from(dataURL(ca.PEM)))))
	get := func(source string) string {
		t.Helper()
		withToken.Store(0)
		without.Store(0)
		data, err := f.FetchBytes(t.Context(), from(source))
		require.NoError(t, err)
		return string(data)
	}
	const base = "https://acct.blob.core.windows.net"
	require.Equal(t, "private", get(base+"/c/file"))
	require.Zero(t, without.Load())
	for code, tries := range map[int32]int32{403: 1, 404: 1, 503: 4} {
		fail.Store(code)
		require.Equal(t, "public", get(base+"/c/file"))
		require.Equal(t, tries, withToken.Load())
	}
	fail.Store(0)
	require.Contains(t, f.log.all(), "falling back to HTTP fetch")
	require.Equal(t, "public", get(base+"/c/dir/file"))
	require.Contains(t, f.log.all(), "could not fetch "+base+"/c/dir/file via Azure credentials: invalid URL path, ensure url has a structure of /container/filename.ign: /c/dir/file")
	tokenErr = errors.New("no identity")
	require.Equal(t, "public", get(base+"/c/file"))
	require.Zero(t, withToken.Load())
	token, tokenErr = "", nil
	require.Equal(t, "public", get(base+"/c/file"))
	token = "tok"

	// What was written cannot be taken back, and what was verified was not.
	_, err := f.FetchBytes(t.Context(), from(base+"/c/cut"))
	require.EqualError(t, err, "unexpected EOF")
	_, err = f.FetchBytes(t.Context(), hashed(base+"/c/file", sha512Of([]byte("public"))))
	require.ErrorContains(t, err, "hash verification failed")

	// A token is not for those who can listen.
	plain := serve(t, func(w http.ResponseWriter, r *http.Request) {
		require.Empty(t, r.Header.Get("Authorization"))
		io.WriteString(w, "plain")
	})
	f2 := newFetcher(t, resource.Options{DialContext: dialTo(plain),
		AzureToken: func(ctx context.Context) (string, error) { return "tok", nil }})
	data, err := f2.FetchBytes(t.Context(), from("http://acct.blob.core.windows.net/c/file"))
	require.NoError(t, err)
	require.Equal(t, "plain", string(data))
}

type stubSource struct {
	hint string
	open func(ctx context.Context, u *url.URL) (io.ReadCloser, error)
}

func (s *stubSource) SetRegionHint(region string) { s.hint = region }

func (s *stubSource) Open(ctx context.Context, _ *http.Client, u *url.URL) (io.ReadCloser, error) {
	return s.open(ctx, u)
}

func TestSources(t *testing.T) {
	boom := errors.New("boom")
	s := &stubSource{open: func(ctx context.Context, u *url.URL) (io.ReadCloser, error) {
		switch u.Host {
		case "slow":
			<-ctx.Done()
			return nil, ctx.Err()
		case "bad":
			return nil, boom
		}
		return io.NopCloser(strings.NewReader("object")), nil
	}}
	f := newFetcher(t, resource.Options{FetchTimeout: 1e8, Sources: map[string]resource.Source{"s3": s}})
	data, err := f.FetchBytes(t.Context(), hashed("s3://b/k", sha512Of([]byte("object"))))
	require.NoError(t, err)
	require.Equal(t, "object", string(data))
	_, err = f.FetchBytes(t.Context(), gzipped(from("s3://b/k")))
	require.ErrorIs(t, err, resource.ErrCompressionUnsupported)
	_, err = f.FetchBytes(t.Context(), from("s3://bad/k"))
	require.ErrorIs(t, err, boom)
	_, err = f.FetchBytes(t.Context(), from("s3://slow/k"))
	require.ErrorIs(t, err, resource.ErrTimeout)
	_, err = f.FetchBytes(t.Context(), from("arn:aws:s3:::b/k"))
	require.ErrorIs(t, err, resource.ErrScheme)
	f.SetRegionHint("eu-west-1")
	require.Equal(t, "eu-west-1", s.hint)
}
