package fetch_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// broken are servers that misbehave, with curl's number for what they do.
var broken = []struct {
	name  string
	reply func(n int, c net.Conn) bool
	code  int
	text  string
}{
	{"closes at once", say(""), 52, "Server returned nothing (no headers, no data)"},
	{"resets at once", func(int, net.Conn) bool { return true }, 56, "Failure when receiving data from the peer"},
	{"body cut", say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"), 18, "Transferred a partial file"},
	{"no body at all", say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"), 18, "Transferred a partial file"},
	{"chunk cut", say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123"), 18, "Transferred a partial file"},
	{"last chunk missing", say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n"), 18, "Transferred a partial file"},
	{"bad chunk", say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n12345\r\n0\r\n\r\n"), 56, "Failure when receiving data from the peer"},
	{"redirects itself", say("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), 47, "Number of redirects hit maximum amount"},
	{"redirects to file", say("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"), 1, ""},
	{"not HTTP", say("220 mail.example ESMTP\r\n"), 8, "Weird server reply"},
	{"reset in the body", func(_ int, c net.Conn) bool {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
		time.Sleep(50 * time.Millisecond)
		return true
	}, 56, "Failure when receiving data from the peer"},
}

func TestBrokenServers(t *testing.T) {
	c := newClient(t, &fetch.Options{Retries: -1})
	for _, tc := range broken {
		t.Run(tc.name, func(t *testing.T) {
			url := rawServer(t, tc.reply) + "/x"
			_, err := getBytes(t, c, url)
			if tc.text == "" {
				require.EqualError(t, err, "Invalid URI scheme in file:///etc/passwd")
				return
			}
			require.Equal(t, tc.code, curlCode(t, err), errors.Unwrap(err))
			require.EqualError(t, err, "While fetching "+url+": ["+strconv.Itoa(tc.code)+"] "+tc.text)
		})
	}
}

// TestSameNumberAsCurl holds the table against the program.
func TestSameNumberAsCurl(t *testing.T) {
	curl := testutil.Tool(t, "curl")
	for _, tc := range broken {
		if tc.name == "not HTTP" {
			continue // curl 7.66 and later say 1, for HTTP/0.9 is off
		}
		t.Run(tc.name, func(t *testing.T) {
			err := exec.Command(curl, "-s", "-L", "--proto", "=http,https", "--max-redirs", "30", "-o", "/dev/null",
				rawServer(t, tc.reply)+"/x").Run()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit)
			require.Equal(t, tc.code, exit.ExitCode())
		})
	}
}

func TestTransientBreaksAreRetried(t *testing.T) {
	url := rawServer(t, func(n int, c net.Conn) bool {
		switch n {
		case 1:
			return true
		case 2:
			return false
		case 3:
			return say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")(n, c)
		}
		return say("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")(n, c)
	})
	data, err := getBytes(t, newClient(t, nil), url)
	require.NoError(t, err)
	require.Equal(t, "ok", string(data))
}

func TestConnectErrors(t *testing.T) {
	dials := 0
	dialer := func(err error) *fetch.Options {
		dials = 0
		return &fetch.Options{Dial: func(context.Context, string, string) (net.Conn, error) { dials++; return nil, err }}
	}
	c := newClient(t, nil)
	_, err := getBytes(t, c, "http://user:secret@127.0.0.1:1/summary.sig")
	require.EqualError(t, err, "While fetching http://user@127.0.0.1:1/summary.sig: [7] Couldn't connect to server")
	require.EqualValues(t, 1, c.Requests(), "a refused connection is final")
	c = newClient(t, &fetch.Options{RetryAll: true})
	_, err = getBytes(t, c, "https://127.0.0.1:1/")
	require.Equal(t, fetch.CurlConnect, curlCode(t, err))
	require.EqualValues(t, 6, c.Requests())

	for _, scheme := range []string{"http", "https"} {
		opt := dialer(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}})
		_, err = getBytes(t, newClient(t, opt), scheme+"://nohost.invalid/x")
		require.EqualError(t, err, "While fetching "+scheme+"://nohost.invalid/x: [6] Couldn't resolve host name")
		require.Equal(t, 6, dials)
		_, err = getBytes(t, newClient(t, dialer(errors.New("no route"))), scheme+"://h/x")
		require.Equal(t, fetch.CurlConnect, curlCode(t, err))
	}
	opt := dialer(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host"}})
	opt.Proxy = "proxy.invalid:3128"
	_, err = getBytes(t, newClient(t, opt), "http://h/")
	require.EqualError(t, err, "While fetching http://h/: [5] Couldn't resolve proxy name")
}

func TestHugeHeaderIsRefused(t *testing.T) {
	url := rawServer(t, func(_ int, c net.Conn) bool {
		io.WriteString(c, "HTTP/1.1 200 OK\r\n")
		for range 10000 {
			if _, err := io.WriteString(c, "X: "+strings.Repeat("x", 1000)+"\r\n"); err != nil {
				break
			}
		}
		return false
	})
	_, err := getBytes(t, newClient(t, nil), url)
	require.Equal(t, fetch.CurlWeirdReply, curlCode(t, err))
	url = rawServer(t, func(_ int, c net.Conn) bool {
		for range 100 {
			io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n")
		}
		return false
	})
	_, err = getBytes(t, newClient(t, nil), url)
	require.Equal(t, fetch.CurlWeirdReply, curlCode(t, err))
}

func TestExtraBytesSpoilTheConnection(t *testing.T) {
	url := rawServer(t, func(n int, c net.Conn) bool {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"+strconv.Itoa(n)+"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
		time.Sleep(100 * time.Millisecond)
		return false
	})
	c := newClient(t, nil)
	for i := 1; i <= 2; i++ {
		data, err := getBytes(t, c, url)
		require.NoError(t, err)
		require.Equal(t, strconv.Itoa(i), string(data))
	}
}

func TestUnaskedPart(t *testing.T) {
	for value, ok := range map[string]bool{"bytes 0-3/4": true, "bytes 0-3/8": false, "bytes 4-7/8": false, "junk": false} {
		s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", value)
			w.WriteHeader(206)
			io.WriteString(w, "1234")
		})
		_, err := getBytes(t, newClient(t, nil), s.URL)
		if ok {
			require.NoError(t, err)
		} else {
			require.Equal(t, fetch.CurlPartialFile, curlCode(t, err))
		}
	}
}

func TestRedirects(t *testing.T) {
	other := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, strings.Join(r.Header["Authorization"], ",")+"|"+strings.Join(r.Header["Cookie"], ",")+"|"+r.Header.Get("X-A"))
	})
	otherHost := strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		n := len(r.URL.Path)
		switch {
		case r.URL.Path == "/away":
			http.Redirect(w, r, otherHost+"/t", 307)
		case r.URL.Path == "/awayauth":
			http.Redirect(w, r, strings.Replace(otherHost, "//", "//a:b@", 1), 307)
		case r.URL.Path == "/loop":
			http.Redirect(w, r, "/loop2", 302)
		case r.URL.Path == "/loop2":
			http.Redirect(w, r, "loop", 301)
		case r.URL.Path == "/none":
			w.WriteHeader(302)
		case r.URL.Path == "/long":
			w.Header().Set("Location", "http://"+strings.Repeat("x", 5000)+":bad/")
			w.WriteHeader(302)
		case strings.HasPrefix(r.URL.Path, "/a") && n < 40:
			http.Redirect(w, r, r.URL.Path+"a", 308)
		default:
			io.WriteString(w, r.Header.Get("Authorization"))
		}
	})
	c := newClient(t, &fetch.Options{Header: http.Header{"Cookie": {"c"}, "X-A": {"a"}}})
	withUser := strings.Replace(s.URL, "//", "//u:p@", 1)

	data, resp, err := c.GetBytes(t.Context(), fetch.Request{URL: withUser + "/" + strings.Repeat("a", 30)})
	require.NoError(t, err)
	require.Equal(t, "Basic dTpw", string(data), "authorization stays on the host")
	require.Equal(t, withUser+"/"+strings.Repeat("a", 39), resp.FinalURL.String())
	require.EqualValues(t, 1, s.conns.Load())

	data, err = getBytes(t, c, withUser+"/away")
	require.NoError(t, err)
	require.Equal(t, "||a", string(data), "and does not leave it")
	data, err = getBytes(t, c, withUser+"/awayauth")
	require.NoError(t, err)
	require.Equal(t, "Basic YTpi||a", string(data))

	tooMany := func(path string) {
		t.Helper()
		before := s.requests.Load()
		_, err := getBytes(t, c, withUser+path)
		require.ErrorContains(t, err, "While fetching "+strings.Replace(s.URL, "//", "//u@", 1)+"/")
		require.ErrorContains(t, err, ": [47] Number of redirects hit maximum amount")
		require.LessOrEqual(t, s.requests.Load()-before, int64(31))
	}
	tooMany("/a")
	tooMany("/loop")
	_, err = getBytes(t, c, s.URL+"/none")
	require.EqualError(t, err, "While fetching "+s.URL+"/none: Server returned HTTP 302")
	_, err = getBytes(t, c, s.URL+"/long")
	require.Equal(t, fetch.CurlMalformedURL, curlCode(t, err))
	require.Less(t, len(err.Error()), 2000)
	_, err = getBytes(t, newClient(t, &fetch.Options{MaxRedirects: -1}), s.URL+"/away")
	require.Equal(t, fetch.CurlTooManyRedirects, curlCode(t, err))
}
