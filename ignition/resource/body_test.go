package resource_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/resource"
)

func TestDamagedBodies(t *testing.T) {
	big := noise(1 << 20)
	packed := compress(t, big)
	base, _ := rawServer(t, map[string]string{
		"/cut":      "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort" + hangUp,
		"/cutbig":   "HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + string(big) + hangUp,
		"/cutchunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n" + hangUp,
		"/cutgzip":  reply("200 OK", string(packed[:len(packed)-4])),
		"/garbage":  reply("200 OK", string(packed)+"garbage and more"),
		"/badcrc":   reply("200 OK", string(packed[:len(packed)-8])+"12345678"),
		"/long":     "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nlonger",
	})
	f := newFetcher(t, resource.Options{})
	for _, path := range []string{"/cut", "/cutbig", "/cutchunk"} {
		_, err := f.FetchBytes(t.Context(), from(base+path))
		require.EqualError(t, err, "unexpected EOF", path)
	}
	for path, text := range map[string]string{
		"/cutgzip": "unexpected EOF", "/garbage": "gzip: invalid header", "/badcrc": "gzip: invalid checksum"} {
		_, err := f.FetchBytes(t.Context(), gzipped(from(base+path)))
		require.EqualError(t, err, text, path)
	}
	data, err := f.FetchBytes(t.Context(), from(base+"/long"))
	require.NoError(t, err)
	require.Equal(t, "lon", string(data))
}

func TestLargeBodies(t *testing.T) {
	const size = 9<<20 + 17
	data := noise(size)
	packed := compress(t, data[:size/3], nil, data[size/3:])
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body := data
		if r.URL.Path == "/gz" {
			body = packed
		}
		w.Write(body)
	})
	var dials atomic.Int32
	f := newFetcher(t, resource.Options{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		dials.Add(1)
		return new(net.Dialer).DialContext(ctx, network, address)
	}})
	for name, res := range map[string]types.Resource{
		"plain":  from(base),
		"hashed": hashed(base, sha512Of(data)),
		"gzip":   gzipped(hashed(base+"/gz", sha256Of(data))),
	} {
		var out bytes.Buffer
		require.NoError(t, f.Fetch(t.Context(), res, &out), name)
		require.True(t, bytes.Equal(data, out.Bytes()), name)
	}
	require.EqualValues(t, 1, dials.Load(), "connections are to be used again")
	var mismatch *resource.HashError
	require.ErrorAs(t, f.Fetch(t.Context(), hashed(base, sha512Of(data[1:])), io.Discard), &mismatch)
	require.Equal(t, sha512Of(data)[7:], mismatch.Calculated)
	require.Equal(t, sha512Of(data[1:])[7:], mismatch.Expected)
}

func TestMemoryIsBounded(t *testing.T) {
	bomb := compress(t, make([]byte, 64<<20))
	require.Less(t, len(bomb), 100<<10)
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/bomb":
			w.Write(bomb)
		case "/exact":
			w.Write(make([]byte, 1<<20))
		default:
			for w.(http.Flusher) != nil {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}
	})
	f := newFetcher(t, resource.Options{MaxBytes: 1 << 20})
	_, err := f.FetchBytes(t.Context(), from(base+"/endless"))
	require.ErrorIs(t, err, resource.ErrTooLarge)
	_, err = f.Get(t.Context(), base+"/endless", nil)
	require.ErrorIs(t, err, resource.ErrTooLarge)
	_, err = f.FetchBytes(t.Context(), gzipped(from(base+"/bomb")))
	require.ErrorIs(t, err, resource.ErrTooLarge)
	_, err = f.FetchBytes(t.Context(), gzipped(from(dataURL(bomb))))
	require.ErrorIs(t, err, resource.ErrTooLarge)
	data, err := f.FetchBytes(t.Context(), from(base+"/exact"))
	require.NoError(t, err)
	require.Len(t, data, 1<<20)
	n := countWriter(0) // no limit for files
	require.NoError(t, f.Fetch(t.Context(), gzipped(from(base+"/bomb")), &n))
	require.EqualValues(t, 64<<20, n)
}

type countWriter int64

func (c *countWriter) Write(p []byte) (int, error) {
	*c += countWriter(len(p))
	return len(p), nil
}
