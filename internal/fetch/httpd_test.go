package fetch_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const trivialHTTPD = "/usr/libexec/libostree/ostree-trivial-httpd"

// httpd starts the server that upstream's own tests use.
func httpd(t *testing.T, dir string, args ...string) string {
	t.Helper()
	if _, err := os.Stat(trivialHTTPD); err != nil {
		testutil.Missing(t, "%s is not installed", trivialHTTPD)
	}
	port := filepath.Join(t.TempDir(), "port")
	cmd := exec.Command(trivialHTTPD, append(append([]string{"--port-file", port}, args...), dir)...)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for range 6000 {
		if b, err := os.ReadFile(port); err == nil && strings.HasSuffix(string(b), "\n") {
			return "http://127.0.0.1:" + strings.TrimSpace(string(b))
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the server does not start")
	return ""
}

func TestTrivialHTTPD(t *testing.T) {
	dir := t.TempDir()
	for i := range 50 {
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), []byte(strings.Repeat("x", i*100)), 0o644))
	}
	cookie := []fetch.Cookie{{Domain: "127.0.0.1", Path: "/", Name: "foo", Value: "bar"}}
	all := func(t *testing.T, base string, opt *fetch.Options) {
		c := newClient(t, opt)
		for i := range 50 {
			data, _, err := c.GetBytes(t.Context(), fetch.Request{URL: fmt.Sprint(i), Mirrors: []string{base}})
			require.NoError(t, err)
			require.Len(t, data, i*100)
		}
		_, err := getBytes(t, c, base+"/nope")
		require.ErrorIs(t, err, fetch.ErrNotFound)
	}
	t.Run("plain", func(t *testing.T) { all(t, httpd(t, dir), nil) })
	t.Run("random 408", func(t *testing.T) {
		all(t, httpd(t, dir, "--random-408s=30", "--random-408s-max=100"), &fetch.Options{Retries: 20})
	})
	t.Run("random 500", func(t *testing.T) {
		all(t, httpd(t, dir, "--random-500s=30", "--random-500s-max=100"), &fetch.Options{Retries: 20})
	})
	t.Run("basic authorization", func(t *testing.T) {
		base := httpd(t, dir, "--require-basic-auth")
		all(t, strings.Replace(base, "//", "//foouser:barpw@", 1), nil)
		_, err := getBytes(t, newClient(t, nil), strings.Replace(base, "//", "//foouser:wrong@", 1)+"/1")
		require.EqualError(t, err, "While fetching "+strings.Replace(base, "//", "//foouser@", 1)+"/1: Server returned HTTP 401")
	})
	t.Run("cookies and headers", func(t *testing.T) {
		base := httpd(t, dir, "--expected-cookies=foo=bar", "--expected-header=X-K=v")
		all(t, base, &fetch.Options{Cookies: cookie, Header: map[string][]string{"X-K": {"v"}}})
		_, err := getBytes(t, newClient(t, &fetch.Options{Retries: -1}), base+"/1")
		require.Error(t, err)
	})
	t.Run("conditional and ranges", func(t *testing.T) {
		base := httpd(t, dir)
		c := newClient(t, nil)
		resp, err := c.Get(t.Context(), fetch.Request{URL: base + "/40"})
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, resp.Body)
		require.NoError(t, err)
		resp.Body.Close()
		_, again, err := c.GetBytes(t.Context(), fetch.Request{URL: base + "/40", IfNoneMatch: resp.ETag, IfModifiedSince: resp.LastModified})
		require.NoError(t, err)
		require.True(t, again.NotModified)
		f := tempFile(t, []byte(strings.Repeat("x", 1000)))
		res, err := c.GetToFile(t.Context(), fetch.Request{URL: base + "/40"}, f, &fetch.FileResult{Size: 1000, ETag: resp.ETag})
		require.NoError(t, err)
		require.Len(t, contents(t, f), 4000)
		require.LessOrEqual(t, res.Transferred, int64(4000))
	})
}
