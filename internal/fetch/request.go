package fetch

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
	"golang.org/x/net/http/httpguts"
)

// Request says what to fetch and what to insist on. The zero value of every field but URL
// means "no such wish".
type Request struct {
	// URL is http, https, file or data. With Mirrors it is a path relative to each of them.
	// "user:password@" is sent as Basic authorization, to this host only.
	URL string

	// Mirrors are base URLs, tried in order until one answers with what was asked for; the
	// error is that of the last. Their parsed form is cached, so that many small requests
	// below one base are cheapest with Mirrors of length one.
	Mirrors []string

	// Method is GET when empty. Body is sent with it; it is repeated on retries.
	Method string
	Body   []byte

	// Header is added to this request; it wins over Options.Header.
	Header http.Header

	// AcceptStatus lists statuses outside of 2xx that are handed out as a Response instead of
	// an error.
	AcceptStatus []int

	// IfNoneMatch (an ETag with its quotes) and IfModifiedSince make the request conditional:
	// an unchanged resource gives Response.NotModified and an empty body.
	IfNoneMatch     string
	IfModifiedSince time.Time

	// AcceptGzip asks for a gzip-encoded transfer, which is undone while reading: all sizes
	// and digests are of the decoded bytes.
	AcceptGzip bool

	// MaxSize bounds the body in bytes (before Decode), MaxDecodedSize what Decode gives.
	MaxSize        int64
	MaxDecodedSize int64

	// ExpectedSize is the exact size of the body in bytes (before Decode), when positive:
	// less is a partial transfer, more is too large.
	ExpectedSize int64

	// Digest is what the body must have before Decode, DecodedDigest after it. A mismatch is
	// a [DigestError] in place of io.EOF.
	Digest, DecodedDigest digest.Digest

	// Decode wraps the verified byte stream, to decompress it on the fly; see
	// Response.Body. It is called once for every reply.
	Decode func(io.Reader) (io.ReadCloser, error)

	// NoRetry makes a single attempt (on each mirror) whatever Options.Retries says.
	NoRetry bool

	// OnRetry is told of every failure that is followed by another attempt, before the pause.
	OnRetry func(err error, pause time.Duration)

	// rangeFrom and ifRange are set by GetToFile and GetResuming.
	rangeFrom int64
	ifRange   string

	anyRange bool // a 206 nobody asked for is the caller's to judge
	foreign  bool // the URL came from a redirect to another host: no secrets of Header for it
}

// Response is a reply with an open body.
type Response struct {
	// Body gives the bytes and every verdict on them: its Read fails with *Error when the
	// transfer stalls, ends early or exceeds a size, and with *DigestError in place of
	// io.EOF. Close must be called; it ends the request's share of Options.MaxConcurrent.
	// Reading to io.EOF before lets the connection be used again.
	Body io.ReadCloser

	StatusCode int         // HTTP status; 200 for file and data
	Header     http.Header // nil for file; Content-Type for data

	// NotModified reports that the condition of the request held; Body is empty.
	NotModified bool

	// ETag and LastModified are for the next conditional request; empty when unknown.
	ETag         string
	LastModified time.Time

	// FinalURL is the address after redirects. It may hold credentials: see RedactURL.
	FinalURL *url.URL

	// Size of the body in bytes, -1 when the server does not tell or Decode or a content
	// encoding change it.
	Size int64
}

// check finds contradictions in the request before anything is sent.
func (r *Request) check() error {
	for _, d := range []digest.Digest{r.Digest, r.DecodedDigest} {
		if d != "" {
			if err := d.Validate(); err != nil {
				return fmt.Errorf("digest %q: %w", boundText(string(d)), err)
			}
		}
	}
	if r.DecodedDigest != "" && r.Decode == nil {
		return fmt.Errorf("DecodedDigest without Decode: %w", ErrNotSupported)
	}
	if r.MaxDecodedSize > 0 && r.Decode == nil {
		return fmt.Errorf("MaxDecodedSize without Decode: %w", ErrNotSupported)
	}
	if !httpguts.ValidHeaderFieldValue(r.IfNoneMatch) {
		return fmt.Errorf("invalid ETag %q", boundText(r.IfNoneMatch))
	}
	if r.Method != "" && !httpguts.ValidHeaderFieldName(r.Method) {
		return fmt.Errorf("invalid method %q", boundText(r.Method))
	}
	return checkHeader(r.Header)
}

func checkHeader(h http.Header) error {
	for k, vs := range h {
		if !httpguts.ValidHeaderFieldName(k) {
			return fmt.Errorf("invalid header name %q", boundText(k))
		}
		for _, v := range vs {
			if !httpguts.ValidHeaderFieldValue(v) {
				// The value may be a secret.
				return fmt.Errorf("invalid value of header %s", k)
			}
		}
	}
	return nil
}

func (r *Request) method() string {
	if r.Method == "" {
		return http.MethodGet
	}
	return r.Method
}

func (r *Request) conditional() bool {
	return r.IfNoneMatch != "" || !r.IfModifiedSince.IsZero()
}

func (r *Request) accepts(status int) bool {
	if status >= 200 && status < 300 {
		return true
	}
	for _, s := range r.AcceptStatus {
		if s == status {
			return true
		}
	}
	return false
}

// target is an address without user information, with the authorization made of it.
type target struct {
	u    *url.URL
	auth string // value of the Authorization header, or empty
	user *url.Userinfo
}

func newTarget(u *url.URL) target {
	t := target{u: u}
	if u.User != nil && (u.Scheme == "http" || u.Scheme == "https") {
		t.user = u.User
		t.auth = basicAuth(u.User)
		c := *u
		c.User = nil
		t.u = &c
	}
	return t
}

// full is the address with its user information.
func (t target) full() *url.URL {
	if t.user == nil {
		return t.u
	}
	c := *t.u
	c.User = t.user
	return &c
}

func (t target) String() string { return displayURL(t.full()) }

// maxCachedBases bounds the cache of parsed mirrors.
const maxCachedBases = 64

// resolve finds the address of path below base, or of path alone when base is empty.
func (c *Client) resolve(base, path string) (target, error) {
	if base == "" {
		return parseTarget(path)
	}
	b, ok := c.bases.Load(base)
	if !ok {
		t, err := parseTarget(base)
		if err != nil {
			return target{}, err
		}
		b = t
		if c.numBases.Add(1) <= maxCachedBases {
			c.bases.Store(base, t)
		}
	}
	t := b.(target)
	path = strings.TrimLeft(path, "/")
	if path == "" {
		return t, nil
	}
	if !isPlainPath(path) || t.u.RawQuery != "" || t.u.Fragment != "" || t.u.Opaque != "" || t.u.RawPath != "" {
		return parseTarget(strings.TrimRight(base, "/") + "/" + path)
	}
	u := *t.u
	u.Path = strings.TrimRight(u.Path, "/") + "/" + path
	t.u = &u
	return t, nil
}

// isPlainPath reports whether s means the same escaped and unescaped.
func isPlainPath(s string) bool {
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9',
			b == '/', b == '.', b == '-', b == '_', b == '+', b == '~', b == '=', b == '@':
		default:
			return false
		}
	}
	return true
}

func parseTarget(s string) (target, error) {
	scheme, _, ok := strings.Cut(s, ":")
	if !ok {
		return target{}, &Error{URL: RedactURL(s), CurlCode: CurlMalformedURL, Err: fmt.Errorf("no scheme")}
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "file":
	case "data":
		// Not parsed as a URL: the data may be long, and hold anything.
		return target{u: &url.URL{Scheme: "data", Opaque: s[len("data:"):]}}, nil
	default:
		return target{}, &Error{URL: RedactURL(s), CurlCode: CurlUnsupportedProtocol, Err: ErrScheme}
	}
	u, err := url.Parse(s)
	if err != nil {
		// The text of err repeats the URL with its password.
		return target{}, &Error{URL: RedactURL(s), CurlCode: CurlMalformedURL, Err: parseCause(err)}
	}
	if u.Scheme != "file" && u.Hostname() == "" {
		return target{}, &Error{URL: RedactURL(s), CurlCode: CurlMalformedURL, Err: fmt.Errorf("no host")}
	}
	return newTarget(u), nil
}

// parseCause strips the URL from an error of url.Parse.
func parseCause(err error) error {
	if ue, ok := err.(*url.Error); ok {
		if strings.Contains(ue.Err.Error(), "userinfo") || strings.Contains(ue.Err.Error(), "port") {
			return fmt.Errorf("invalid host or port")
		}
		return ue.Err
	}
	return fmt.Errorf("invalid URL")
}
