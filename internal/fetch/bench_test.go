package fetch_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/fetch"
)

// benchPaths are the names of 20,000 objects as a loose pull asks for them.
func benchPaths() []string {
	paths := make([]string, 20000)
	for i := range paths {
		sum := fmt.Sprintf("%064x", i*0x9e3779b1)
		paths[i] = "objects/" + sum[:2] + "/" + sum[2:] + ".filez"
	}
	return paths
}

// leanServer answers every request with 1 KiB, at as little cost as possible, so that the
// client's share can be seen.
func leanServer(b *testing.B) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	b.Cleanup(func() { ln.Close() })
	reply := append([]byte("HTTP/1.1 200 OK\r\nContent-Length: 1024\r\nLast-Modified: Mon, 02 Jan 2006 15:04:05 GMT\r\nEtag: \"1\"\r\n\r\n"), make([]byte, 1024)...)
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				br := bufio.NewReader(c)
				for {
					line, err := br.ReadSlice('\n')
					if err != nil {
						return
					}
					if len(bytes.TrimSpace(line)) == 0 {
						if _, err := c.Write(reply); err != nil {
							return
						}
					}
				}
			}()
		}
	}()
	return "http://" + ln.Addr().String()
}

func goServer(b *testing.B) string {
	body := make([]byte, 1024)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1024")
		w.Write(body)
	}))
	b.Cleanup(srv.Close)
	return srv.URL
}

// inParallel spreads b.N requests over 8 goroutines.
func inParallel(b *testing.B, get func(path string) error) {
	paths := benchPaths()
	b.ReportAllocs()
	b.ResetTimer()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				i := next.Add(1) - 1
				if i >= int64(b.N) {
					return
				}
				if err := get(paths[i%int64(len(paths))]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}

func naive(client *http.Client, base string) func(string) error {
	return func(path string) error {
		resp, err := client.Get(base + "/" + path)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
}

func ours(b *testing.B, base string) func(string) error {
	c, err := fetch.New(nil)
	require.NoError(b, err)
	b.Cleanup(c.Close)
	mirrors := []string{base}
	return func(path string) error {
		return c.Fetch(b.Context(), fetch.Request{URL: path, Mirrors: mirrors, MaxSize: 1 << 20}, func(r *fetch.Response) error {
			_, err := io.Copy(io.Discard, r.Body)
			return err
		})
	}
}

// BenchmarkSmallFiles: 8 workers, 1 KiB replies, two cores for client and server together.
// On an idle AMD EPYC, lean server: fetch 59,500 requests/s (29 allocations each), a plain
// http.Client 49,400 (48), one with 8 idle connections 47,300 (47); with net/http's server
// 47,100, 39,900 and 34,300.
func BenchmarkSmallFiles(b *testing.B) {
	servers := map[string]func(*testing.B) string{"lean": leanServer, "go": goServer}
	for name, server := range servers {
		b.Run("server="+name, func(b *testing.B) {
			base := server(b)
			b.Run("fetch", func(b *testing.B) { inParallel(b, ours(b, base)) })
			b.Run("naive", func(b *testing.B) { inParallel(b, naive(&http.Client{}, base)) })
			b.Run("pooled", func(b *testing.B) {
				tr := http.DefaultTransport.(*http.Transport).Clone()
				tr.MaxIdleConnsPerHost = 8
				inParallel(b, naive(&http.Client{Transport: tr}, base))
			})
		})
	}
}
