package fetch_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/stretchr/testify/require"
)

// replay is a connection whose other side sends a reply and closes, whatever it is asked.
func replay(reply []byte) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			if _, err := http.ReadRequest(bufio.NewReader(server)); err == nil {
				_, _ = server.Write(reply)
			}
		}()
		return client, nil
	}
}

// FuzzReply gives the client any bytes for a reply: it never takes more than it was told to, and a body that
// it accepts is the one that net/http finds.
func FuzzReply(f *testing.F) {
	for _, s := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nuntil the end", "HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.0 404 Gone\r\n\r\n", "HTTP/1.1 206 Part\r\nContent-Range: bytes 0-4/5\r\n\r\nhello",
		"HTTP/1.1 304 Not Modified\r\nEtag: \"x\"\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n", "\x16\x03\x01",
	} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	const limit = 4096
	f.Fuzz(func(t *testing.T, reply []byte, gzip bool) {
		c, err := fetch.New(&fetch.Options{Dial: replay(reply), Retries: -1, MaxRedirects: 3})
		require.NoError(t, err)
		defer c.Close()
		data, resp, err := c.GetBytes(t.Context(), fetch.Request{URL: "http://host/path", MaxSize: limit, AcceptGzip: gzip})
		if err != nil {
			require.Less(t, len(err.Error()), 2000)
			return
		}
		require.LessOrEqual(t, len(data), limit)
		if gzip || resp.StatusCode != http.StatusOK {
			return
		}
		r := bufio.NewReader(bytes.NewReader(reply))
		want, err := http.ReadResponse(r, nil)
		for err == nil && want.StatusCode < 200 && want.StatusCode != http.StatusSwitchingProtocols {
			want, err = http.ReadResponse(r, nil)
		}
		require.NoError(t, err)
		body, err := io.ReadAll(want.Body)
		require.NoError(t, err)
		require.Equal(t, string(body), string(data))
	})
}
