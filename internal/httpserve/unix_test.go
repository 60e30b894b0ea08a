package httpserve_test

import (
	"context"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/httpserve"
)

func unixClient(path string) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
	}}
}

func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s := start(t, httpserve.Config{Socket: path, SocketMode: 0o600}, hello)
	require.Equal(t, path, s.Addr().String())
	info, err := os.Lstat(path)
	require.NoError(t, err)
	require.Equal(t, fs.ModeSocket|0o600, info.Mode())
	resp, err := unixClient(path).Get("http://x/")
	_, body := reply(t, resp, err)
	require.Equal(t, "hello", body)

	_, err = httpserve.Listen(httpserve.Config{Socket: path}, nil)
	require.ErrorIs(t, err, syscall.EADDRINUSE, "somebody listens")

	require.NoError(t, s.end(t))
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestStaleUnixSocketIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	require.NoError(t, err)
	l.SetUnlinkOnClose(false)
	require.NoError(t, l.Close())
	s := start(t, httpserve.Config{Socket: path}, hello)
	resp, err := unixClient(path).Get("http://x/")
	status, _ := reply(t, resp, err)
	require.Equal(t, 200, status)

	// Somebody else's socket at our path is left alone at the end.
	require.NoError(t, os.Remove(path))
	other := start(t, httpserve.Config{Socket: path}, hello)
	require.NoError(t, s.end(t))
	resp, err = unixClient(path).Get("http://x/")
	status, _ = reply(t, resp, err)
	require.Equal(t, 200, status)
	require.NoError(t, other.end(t))
}

func TestOtherFilesAtTheSocketPathStay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	require.NoError(t, os.WriteFile(path, []byte("precious"), 0o600))
	_, err := httpserve.Listen(httpserve.Config{Socket: path}, nil)
	require.ErrorContains(t, err, "not a socket")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "precious", string(data))
}

// TestActivation runs this test again as the process to which the sockets are passed.
func TestActivation(t *testing.T) {
	if os.Getenv("HTTPSERVE_ACTIVATED") != "" {
		activated(t)
		return
	}
	var files []*os.File
	var addrs []string
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer l.Close()
		f, err := l.(*net.TCPListener).File()
		require.NoError(t, err)
		defer f.Close()
		files, addrs = append(files, f), append(addrs, l.Addr().String())
	}
	plain, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer plain.Close()
	// LISTEN_PID must be the process that uses the sockets: a shell that becomes it knows.
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" -test.run='^TestActivation$'`, os.Args[0])
	cmd.Env = append(os.Environ(), "HTTPSERVE_ACTIVATED=1", "LISTEN_FDS=3", "LISTEN_FDNAMES=status:locks:file", "WANT="+addrs[1])
	cmd.ExtraFiles = append(files, plain)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

func activated(t *testing.T) {
	cfg := httpserve.Config{Activation: true, Name: "locks",
		ListenPID: os.Getenv("LISTEN_PID"), ListenFDs: os.Getenv("LISTEN_FDS"), ListenFDNames: os.Getenv("LISTEN_FDNAMES")}
	s := start(t, cfg, hello)
	require.Equal(t, os.Getenv("WANT"), s.Addr().String())
	resp, err := http.Get(s.url("/"))
	status, _ := reply(t, resp, err)
	require.Equal(t, 200, status)
	require.NoError(t, s.end(t))

	for name, change := range map[string]func(c *httpserve.Config){
		"another process": func(c *httpserve.Config) { c.ListenPID = strconv.Itoa(os.Getppid()) },
		"no count":        func(c *httpserve.Config) { c.ListenFDs = "x" },
		"no such name":    func(c *httpserve.Config) { c.Name = "other" },
		"not a socket":    func(c *httpserve.Config) { c.Name = "file" },
	} {
		c := cfg
		change(&c)
		_, err := httpserve.Listen(c, nil)
		require.Error(t, err, name)
	}
}
