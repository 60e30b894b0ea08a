package fetch

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

var (
	// ErrNotFound is what an [Error] is when the server answered 403, 404 or 410 (object
	// stores answer 403 for what does not exist), or when a file: URL names no file.
	ErrNotFound = errors.New("not found")

	// ErrTooLarge is what an [Error] is when a reply exceeds [Request.MaxSize] or
	// [Request.MaxDecodedSize].
	ErrTooLarge = errors.New("exceeded maximum size")

	// ErrScheme is what an [Error] is when a URL is not http, https, file or data, or when a
	// redirect leads to anything but http and https.
	ErrScheme = errors.New("unsupported URI scheme")

	// ErrNotSupported is wrapped by errors about options that cannot be honoured.
	ErrNotSupported = errors.New("not supported")
)

// Numbers of libcurl's errors that an [Error] can carry.
const (
	CurlUnsupportedProtocol = 1
	CurlMalformedURL        = 3
	CurlResolveProxy        = 5
	CurlResolveHost         = 6
	CurlConnect             = 7
	CurlWeirdReply          = 8
	CurlHTTP2               = 16
	CurlPartialFile         = 18
	CurlTimeout             = 28
	CurlRange               = 33
	CurlTLSConnect          = 35
	CurlFile                = 37
	CurlTooManyRedirects    = 47
	CurlGotNothing          = 52
	CurlSend                = 55
	CurlReceive             = 56
	CurlLocalCert           = 58
	CurlPeerCert            = 60
	CurlContentEncoding     = 61
	CurlFileSizeExceeded    = 63
	CurlHTTP2Stream         = 92
)

var curlText = map[int]string{
	CurlUnsupportedProtocol: "Unsupported protocol",
	CurlMalformedURL:        "URL using bad/illegal format or missing URL",
	CurlResolveProxy:        "Couldn't resolve proxy name",
	CurlResolveHost:         "Couldn't resolve host name",
	CurlConnect:             "Couldn't connect to server",
	CurlWeirdReply:          "Weird server reply",
	CurlHTTP2:               "Error in the HTTP2 framing layer",
	CurlPartialFile:         "Transferred a partial file",
	CurlTimeout:             "Timeout was reached",
	CurlRange:               "Requested range was not delivered by the server",
	CurlTLSConnect:          "SSL connect error",
	CurlFile:                "Couldn't read a file:// file",
	CurlTooManyRedirects:    "Number of redirects hit maximum amount",
	CurlGotNothing:          "Server returned nothing (no headers, no data)",
	CurlSend:                "Failed sending data to the peer",
	CurlReceive:             "Failure when receiving data from the peer",
	CurlLocalCert:           "Problem with the local SSL certificate",
	CurlPeerCert:            "SSL peer certificate or SSH remote key was not OK",
	CurlContentEncoding:     "Unrecognized or bad HTTP Content or Transfer-Encoding",
	CurlFileSizeExceeded:    "Maximum file size exceeded",
	CurlHTTP2Stream:         "Stream error in the HTTP/2 framing layer",
}

// Error is every failure of a transfer except the cancellation of its context. Its text is
// libostree's, with libcurl's number and words for network errors:
//
//	While fetching http://h/summary: Server returned HTTP 404
//	While fetching http://h/summary: [7] Couldn't connect to server
//	URI http://h/summary exceeded maximum size of 10 bytes
//	Invalid URI scheme in badscheme://x
type Error struct {
	// URL is the address after redirects as [RedactURL] shows it.
	URL string
	// StatusCode is the HTTP status when the server refused, else 0.
	StatusCode int
	// CurlCode is libcurl's number for a failed transfer, else 0.
	CurlCode int
	// Limit is the size that was exceeded, when Err is ErrTooLarge.
	Limit int64
	// RetryAfter is how long the server asked to wait, else 0.
	RetryAfter time.Duration
	// Err is the cause in Go's words; it is not part of the text.
	Err error
}

func (e *Error) Error() string {
	switch {
	case e.Err == ErrTooLarge:
		return fmt.Sprintf("URI %s exceeded maximum size of %d bytes", e.URL, e.Limit)
	case e.Err == ErrScheme:
		return "Invalid URI scheme in " + e.URL
	case e.StatusCode != 0:
		return fmt.Sprintf("While fetching %s: Server returned HTTP %d", e.URL, e.StatusCode)
	}
	return fmt.Sprintf("While fetching %s: [%d] %s", e.URL, e.CurlCode, curlText[e.CurlCode])
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether e is a "not found": see [ErrNotFound].
func (e *Error) Is(target error) bool {
	return target == ErrNotFound && (e.StatusCode == 403 || e.StatusCode == 404 || e.StatusCode == 410)
}

// Timeout reports whether time ran out: the connect time-out or the low-speed limit.
func (e *Error) Timeout() bool { return e.CurlCode == CurlTimeout }

// Transient reports whether the same request may well succeed soon: time-outs, unresolvable
// or unreachable hosts, connections that ended too early, and the statuses 408, 429, 500,
// 502, 503 and 504.
func (e *Error) Transient() bool {
	switch e.StatusCode {
	case 408, 429, 500, 502, 503, 504:
		return true
	}
	switch e.CurlCode {
	case CurlTimeout, CurlResolveHost, CurlResolveProxy, CurlPartialFile, CurlGotNothing,
		CurlSend, CurlReceive, CurlHTTP2, CurlHTTP2Stream:
		return true
	case CurlConnect:
		return !isRefused(e.Err)
	}
	return false
}

// curable reports whether repeating could help at all; it is the rule of Options.RetryAll.
func (e *Error) curable() bool {
	if e.StatusCode != 0 {
		return e.StatusCode >= 500 // what the server says of the request stays true
	}
	switch e.CurlCode {
	case 0, CurlUnsupportedProtocol, CurlMalformedURL, CurlFile, CurlTooManyRedirects,
		CurlLocalCert, CurlPeerCert, CurlFileSizeExceeded:
		return false
	}
	return true
}

// DigestError reports a body that was transferred whole but is not the one expected.
type DigestError struct {
	URL       string // as in Error
	Want, Got string // "algorithm:hex" as in OCI
}

func (e *DigestError) Error() string {
	return fmt.Sprintf("checksum of %s is %s, expected %s", e.URL, e.Got, e.Want)
}

// maxURLText bounds a URL in a message: redirects let the network choose its length.
const maxURLText = 1024

// RedactURL returns s fit for messages and logs: without password and without the values in the query,
// where signed URLs have their signature, bounded in length, and quoted when it has unprintable
// characters. It accepts what is not a URL, too.
func RedactURL(s string) string {
	if u, err := url.Parse(s); err == nil {
		return displayURL(u)
	}
	if i := strings.Index(s, "://"); i >= 0 {
		rest := s[i+3:]
		end := strings.IndexAny(rest, "/?#")
		if end < 0 {
			end = len(rest)
		}
		if at := strings.LastIndexByte(rest[:end], '@'); at >= 0 {
			user, _, password := strings.Cut(rest[:at], ":")
			if !password {
				user = hiddenUser
			}
			s = s[:i+3] + user + rest[at:]
		}
	}
	s, fragment, _ := strings.Cut(s, "#")
	if base, query, ok := strings.Cut(s, "?"); ok {
		s = base + "?" + displayQuery(query)
	}
	if fragment != "" {
		s += "#" + fragment
	}
	return boundText(s)
}

const (
	hidden     = "<redacted>"
	hiddenUser = "redacted" // which needs no escapes
)

// plainParameters are parameters of mirror lists, object stores and metadata services that hold no secret.
var plainParameters = []string{"repo", "arch", "versionId", "alt", "api-version", "format"}

// displayQuery is a query without values; a part that is no more than a value goes as a whole, and
// so does one with a ";" or "?", which may separate parts for its server.
func displayQuery(query string) string {
	parts := strings.Split(query, "&")
	for i, p := range parts {
		name, value, ok := strings.Cut(p, "=")
		switch {
		case strings.ContainsAny(p, ";?"):
			parts[i] = hidden
		case p == "", slices.Contains(plainParameters, name), ok && value == "":
		case ok:
			parts[i] = name + "=" + hidden
		default:
			parts[i] = hidden
		}
	}
	return strings.Join(parts, "&")
}

// displayURL is RedactURL for a parsed URL. libostree shows the user name but not the
// password, and not the marker that Go's Redacted leaves. A user name without a password may be a token.
func displayURL(u *url.URL) string {
	if u.Scheme == "data" {
		return boundTo("data:"+u.Opaque, 64)
	}
	c := *u
	if _, has := u.User.Password(); has {
		c.User = url.User(u.User.Username())
	} else if u.User != nil {
		c.User = url.User(hiddenUser)
	}
	c.RawQuery = displayQuery(u.RawQuery)
	return boundText(c.String())
}

func boundText(s string) string { return boundTo(s, maxURLText) }

// boundTo cuts s to n bytes and quotes it when it has unprintable characters.
func boundTo(s string, n int) string {
	cut := ""
	if len(s) > n {
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s, cut = s[:n], "…"
	}
	for _, r := range s {
		if r == utf8.RuneError || !strconv.IsPrint(r) {
			q := strconv.Quote(s)
			return q[1:len(q)-1] + cut
		}
	}
	return s + cut
}
