package httpserve_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/httpserve"
)

// soon fails the test when do waits for something; it then stays behind.
func soon(t *testing.T, what string, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); do() }()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatal(what + " waits")
	}
}

// fifo replaces path by a FIFO that nobody writes to.
func fifo(t *testing.T, path string) {
	t.Helper()
	require.NoError(t, syscall.Mkfifo(path+".fifo", 0o600))
	require.NoError(t, os.Rename(path+".fifo", path))
}

func TestOnlyRegularFilesProtect(t *testing.T) {
	dir := t.TempDir()
	id := newIdentity(t, "server")
	good := map[string][]byte{"cert": id.cert, "key": id.key, "ca": id.cert, "auth": []byte(entry(t, "node", "secret", 4))}
	path := func(name string) string { return filepath.Join(dir, name) }
	cfg := httpserve.Config{
		Address: "127.0.0.1", CertFile: path("cert"), KeyFile: path("key"), ClientCAFile: path("ca"), AuthFile: path("auth"),
	}
	listen := func() (err error) {
		soon(t, "Listen", func() {
			var s *httpserve.Server
			if s, err = httpserve.Listen(cfg, nil); err == nil {
				err = s.Close()
			}
		})
		return err
	}
	for name, data := range good {
		write(t, path(name+".target"), data)
		require.NoError(t, os.Symlink(name+".target", path(name)))
	}
	require.NoError(t, listen(), "links to regular files will do")
	for name, data := range good {
		fifo(t, path(name))
		err := listen()
		require.ErrorContains(t, err, "not a regular file", name)
		require.ErrorContains(t, err, path(name))

		write(t, path(name), append(bytes.Repeat([]byte("#\n"), 2<<20), data...))
		require.ErrorContains(t, listen(), "larger than", name)

		require.NoError(t, os.Remove(path(name)))
		require.NoError(t, os.Mkdir(path(name), 0o700))
		require.Error(t, listen(), name)
		require.NoError(t, os.Remove(path(name)))
		write(t, path(name), data)
	}
	require.NoError(t, listen())
}

// lockedBuffer is a log that is read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), text)
}

func TestPasswordsBecomeAFIFO(t *testing.T) {
	file := filepath.Join(t.TempDir(), "auth")
	write(t, file, []byte(entry(t, "node", "secret", 4)))
	var log lockedBuffer
	cfg := httpserve.Config{Address: "127.0.0.1", AuthFile: file}
	h, err := httpserve.Protect(cfg, http.HandlerFunc(hello), slog.New(slog.NewTextHandler(&log, nil)))
	require.NoError(t, err)
	s := start(t, cfg, hello)
	ask := func(password string) (protect, serve int) {
		soon(t, "a request", func() {
			req, err := http.NewRequest("GET", "http://"+s.Addr().String(), nil)
			if err != nil {
				t.Error(err)
				return
			}
			req.SetBasicAuth("node", password)
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, req)
			protect = rec.Code
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
			serve = resp.StatusCode
		})
		return protect, serve
	}
	both := func(want int, password string) bool {
		protect, serve := ask(password)
		return protect == want && serve == want
	}
	fifo(t, file)
	for range 3 {
		time.Sleep(1100 * time.Millisecond)
		require.True(t, both(200, "secret"), "what held before stays")
	}
	require.Equal(t, 1, log.count("not reloaded"), "told once")

	write(t, file, []byte(entry(t, "node", "another", 4)))
	require.Eventually(t, func() bool { return both(200, "another") }, time.Minute, 50*time.Millisecond)
	require.True(t, both(401, "secret"), "revoked")
}
