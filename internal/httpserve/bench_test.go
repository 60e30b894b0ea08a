package httpserve_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/nestos-dev/nestos/internal/httpserve"
)

// BenchmarkServe compares a keep-alive connection's requests with those to a bare http.Server.
func BenchmarkServe(b *testing.B) {
	b.Run("httpserve", func(b *testing.B) {
		s, err := httpserve.Listen(httpserve.Config{Address: "127.0.0.1"}, nil)
		if err != nil {
			b.Fatal(err)
		}
		go s.Serve(b.Context(), http.HandlerFunc(hello))
		ask(b, s.Addr().String())
	})
	b.Run("net-http", func(b *testing.B) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		srv := &http.Server{Handler: http.HandlerFunc(hello)}
		defer srv.Close()
		go srv.Serve(l)
		ask(b, l.Addr().String())
	})
}

func ask(b *testing.B, addr string) {
	b.Helper()
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			b.Error(err)
			return
		}
		defer c.Close()
		r := bufio.NewReader(c)
		for pb.Next() {
			io.WriteString(c, "GET /v1/graph HTTP/1.1\r\nHost: x\r\n\r\n")
			resp, err := http.ReadResponse(r, nil)
			if err != nil {
				b.Error(err)
				return
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	})
}
