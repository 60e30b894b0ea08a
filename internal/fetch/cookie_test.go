package fetch_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const jar = "# Netscape HTTP Cookie File\n" +
	"\n" +
	".example.com\tTRUE\t/\tFALSE\t2524608000\tsession\tabc def\n" +
	"#HttpOnly_h.test\tFALSE\t/a\tTRUE\t0\tk\tv\r\n" +
	"h.test FALSE /b FALSE 17 spaced value trailing\n" +
	"broken line\n" +
	"x\tFALSE\t/\tFALSE\tnever\tn\tv\n" +
	"empty.test\tFALSE\t/\tFALSE\t5\tn\t"

func TestParseCookies(t *testing.T) {
	require.Equal(t, []fetch.Cookie{
		{Domain: ".example.com", Subdomains: true, Path: "/", Expires: 2524608000, Name: "session", Value: "abc def"},
		{Domain: "h.test", Path: "/a", Secure: true, Name: "k", Value: "v", HTTPOnly: true},
		{Domain: "h.test", Path: "/b", Expires: 17, Name: "spaced", Value: "value"},
		{Domain: "empty.test", Path: "/", Expires: 5, Name: "n"},
	}, fetch.ParseCookies([]byte(jar)))
}

func TestDeleteCookie(t *testing.T) {
	rest, found := fetch.DeleteCookie([]byte(jar), "h.test", "/a", "k")
	require.True(t, found)
	require.Equal(t, strings.Replace(jar, "#HttpOnly_h.test\tFALSE\t/a\tTRUE\t0\tk\tv\r\n", "", 1), string(rest))
	rest, found = fetch.DeleteCookie([]byte(jar), "h.test", "/", "k")
	require.False(t, found)
	require.Equal(t, jar, string(rest))
}

func TestAppendCookie(t *testing.T) {
	data, err := fetch.AppendCookie([]byte("# no newline"), fetch.NewCookie(".d", "/p", "n", "v", time.Unix(0, 0)))
	require.NoError(t, err)
	require.Equal(t, "# no newline\n.d\tTRUE\t/p\tFALSE\t788918400\tn\tv\n", string(data))
	for _, c := range []fetch.Cookie{
		{Domain: "", Path: "/", Name: "n"}, {Domain: "d\te", Path: "/", Name: "n"}, {Domain: "#d", Path: "/", Name: "n"},
		{Domain: "d", Path: "/", Name: ""}, {Domain: "d", Path: "/", Name: "a=b"}, {Domain: "d", Path: "/", Name: "n", Value: "a\r\nX: y"},
		{Domain: "d", Path: "/", Name: "n", Expires: -1},
	} {
		_, err := fetch.AppendCookie(nil, c)
		require.Error(t, err, "%+v", c)
	}
}

// TestSameCookiesAsOstree lets the program edit and list our jar, and us its.
func TestSameCookiesAsOstree(t *testing.T) {
	ostree := testutil.Tool(t, "ostree")
	repo := filepath.Join(t.TempDir(), "repo")
	dir := "/"
	run := func(args ...string) string {
		t.Helper()
		return testutil.Run(t, &testutil.RunOptions{Dir: dir}, ostree, append([]string{"--repo=" + repo}, args...)...).Stdout
	}
	run("init", "--mode=bare-user")
	run("remote", "add", "o", "http://127.0.0.1/")
	run("remote", "add-cookie", "o", ".d.test", "/p", "foo", "bar")
	run("remote", "add-cookie", "o", "127.0.0.1", "/", "baz", "qux")
	path := filepath.Join(repo, "o.cookies.txt")
	dir = repo // list-cookies opens the jar relative to the working directory
	theirs, err := os.ReadFile(path)
	require.NoError(t, err)
	cookies := fetch.ParseCookies(theirs)
	require.Len(t, cookies, 2)
	var listing strings.Builder
	var ours []byte
	for _, c := range cookies {
		listing.WriteString(c.Listing())
		made := fetch.NewCookie(c.Domain, c.Path, c.Name, c.Value, time.Unix(c.Expires, 0).UTC().AddDate(-25, 0, 0))
		ours, err = fetch.AppendCookie(ours, made)
		require.NoError(t, err)
	}
	require.Equal(t, string(theirs), string(ours))
	require.Equal(t, run("remote", "list-cookies", "o"), listing.String())

	run("remote", "delete-cookie", "o", ".d.test", "/p", "foo")
	theirs, err = os.ReadFile(path)
	require.NoError(t, err)
	rest, found := fetch.DeleteCookie(ours, ".d.test", "/p", "foo")
	require.True(t, found)
	require.Equal(t, string(theirs), string(rest))
}

func TestCookiesAreSent(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	cookies := []fetch.Cookie{
		{Domain: "127.0.0.1", Path: "/", Name: "root", Value: "1"},
		{Domain: "127.0.0.1", Path: "/sub", Name: "sub", Value: "2", Expires: 1_000_001},
		{Domain: "127.0.0.1", Path: "/", Name: "old", Value: "3", Expires: 1_000_000},
		{Domain: "127.0.0.1", Path: "/", Name: "secure", Value: "4", Secure: true},
		{Domain: "0.0.1", Subdomains: true, Path: "/", Name: "numeric", Value: "5"},
		{Domain: ".localhost", Subdomains: true, Path: "/", Name: "tail", Value: "6"},
		{Domain: "localhost", Path: "/", Name: "exact", Value: "7"},
	}
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(r.Header.Get("Cookie"))) })
	c := newClient(t, &fetch.Options{Cookies: cookies, Now: func() time.Time { return now }})
	local := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	for url, want := range map[string]string{
		s.URL:              "root=1",
		s.URL + "/sub/x":   "sub=2; root=1",
		s.URL + "/subway":  "root=1",
		local + "/":        "tail=6; exact=7",
		local + "/sub?a=b": "tail=6; exact=7",
	} {
		data, err := getBytes(t, c, url)
		require.NoError(t, err)
		require.Equal(t, want, string(data), url)
	}
}

func FuzzParseCookies(f *testing.F) {
	f.Add([]byte(jar))
	f.Add([]byte("a\tTRUE\t/\tTRUE\t1\tb\tc\n#HttpOnly_#a\tTRUE\t/\tTRUE\t1\tb\tc"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var again []byte
		cookies := fetch.ParseCookies(data)
		require.LessOrEqual(t, len(cookies), len(data)/7)
		for _, c := range cookies {
			var err error
			again, err = fetch.AppendCookie(again, c)
			require.NoError(t, err)
		}
		require.Equal(t, cookies, fetch.ParseCookies(again))
		for _, c := range cookies {
			var found bool
			data, _ = fetch.DeleteCookie(data, c.Domain, c.Path, c.Name)
			_, found = fetch.DeleteCookie(data, c.Domain, c.Path, c.Name)
			require.False(t, found)
		}
		require.Empty(t, fetch.ParseCookies(data))
		require.False(t, bytes.Contains(again, []byte("\r")))
	})
}
