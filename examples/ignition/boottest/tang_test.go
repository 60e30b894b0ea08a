package boottest_test

import (
	"bytes"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
)

// A tangServer is tangd on this machine's loopback.
type tangServer struct {
	url, thumbprint string
	recoveries      atomic.Int32 // requests for the recovery of a key
}

func newTangServer(t *testing.T) *tangServer {
	t.Helper()
	keys := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "/usr/libexec/tangd-keygen", keys).CombinedOutput(); err != nil {
		t.Fatalf("tangd-keygen: %v: %s", err, out)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	s := &tangServer{url: "http://10.0.2.2:" + port}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(conn, keys)
		}
	}()
	out, err := exec.CommandContext(t.Context(), "tang-show-keys", port).CombinedOutput()
	if err != nil {
		t.Fatalf("tang-show-keys: %v: %s", err, out)
	}
	s.thumbprint = strings.TrimSpace(string(out))
	return s
}

// serve does what systemd's socket activation does: tangd speaks HTTP on its
// standard input and output.
func (s *tangServer) serve(conn net.Conn, keys string) {
	defer conn.Close()
	cmd := exec.Command("/usr/libexec/tangd", keys)
	cmd.Stdin, cmd.Stdout = &counter{conn, &s.recoveries}, conn
	cmd.Run()
}

// A counter counts the requests for recoveries that pass by.
type counter struct {
	r io.Reader
	n *atomic.Int32
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int32(bytes.Count(p[:n], []byte("POST /rec/"))))
	return n, err
}
