package source

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"github.com/nestos-dev/nestos/internal/fetch"
)

// StatusError reports a final reply that is neither a failure nor what was asked for, such as
// 204 No Content or a redirect without an address. Its text is that for images.
type StatusError struct {
	URL  string // what was asked for, as in texts: without password and secrets of a query
	Code int
}

// Error is the reference program's text, with the status.
func (e *StatusError) Error() string { return "image fetch failed: " + e.HTTPStatus() }

// HTTPStatus is code and name of the status: "204 No Content".
func (e *StatusError) HTTPStatus() string {
	text := http.StatusText(e.Code)
	if text == "" {
		text = "<unknown status code>"
	}
	return fmt.Sprintf("%d %s", e.Code, text)
}

var (
	//lint:ignore ST1005 the reference's text
	errScheme    = errors.New("URL scheme is not allowed")
	errRedirects = errors.New("too many redirects")
	errClosed    = errors.New("connection closed before message completed")
	errShort     = errors.New("end of file before message length reached")
	errTimedOut  = errors.New("operation timed out")
)

// checkScheme admits what the client may fetch: files are not asked of a network client.
func checkScheme(s string) error {
	scheme, _, _ := strings.Cut(s, ":")
	if strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https") {
		return nil
	}
	return &fetch.Error{URL: fetch.RedactURL(s), CurlCode: fetch.CurlUnsupportedProtocol, Err: fetch.ErrScheme}
}

// SizeError reports a document that is longer than its limit, in bytes.
type SizeError struct{ Limit int64 }

// Error implements error.
func (e *SizeError) Error() string { return fmt.Sprintf("more than %d bytes", e.Limit) }

// retryable is the rule of what another attempt is made for: passing conditions of servers,
// and whatever is wrong with the connection, be it a certificate that the clock, when it is
// set, will make valid.
func retryable(e *fetch.Error) bool {
	switch {
	case e.StatusCode != 0:
		return transientStatus(e.StatusCode)
	case e.Err == fetch.ErrTooLarge, e.Err == fetch.ErrScheme, e.CurlCode == fetch.CurlMalformedURL, e.CurlCode == fetch.CurlLocalCert:
		return false
	}
	return true
}

// transientStatus: the list is that of "curl --retry".
func transientStatus(code int) bool {
	switch code {
	case 408, 429, 500, 502, 503, 504:
		return true
	}
	return false
}

// failure is the error of an attempt to fetch a URL.
func failure(u string, err error) error {
	if fe, ok := errors.AsType[*fetch.Error](err); ok && fe.StatusCode != 0 && fe.StatusCode < 400 {
		return &StatusError{URL: fetch.RedactURL(u), Code: fe.StatusCode}
	}
	return fmt.Errorf("fetching '%s': %w", fetch.RedactURL(u), cause(u, err))
}

// cause words an error as reqwest does, with one level for each of its.
func cause(u string, err error) error {
	fe, ok := errors.AsType[*fetch.Error](err)
	if !ok {
		return err
	}
	u = fetch.RedactURL(u)
	switch {
	case transientStatus(fe.StatusCode):
		return fmt.Errorf("HTTP %d %s", fe.StatusCode, http.StatusText(fe.StatusCode))
	case fe.StatusCode >= 500:
		return fmt.Errorf("HTTP status server error (%s) for url (%s)", fe.Err, fe.URL)
	case fe.StatusCode != 0:
		return fmt.Errorf("HTTP status client error (%s) for url (%s)", fe.Err, fe.URL)
	case fe.Err == fetch.ErrTooLarge:
		return &SizeError{Limit: fe.Limit}
	case fe.Err == fetch.ErrScheme:
		return fmt.Errorf("builder error for url (%s): %w", u, errScheme)
	case fe.CurlCode == fetch.CurlMalformedURL:
		return fmt.Errorf("builder error for url (%s): %w", u, fe.Err)
	case fe.CurlCode == fetch.CurlTooManyRedirects:
		return fmt.Errorf("error following redirect for url (%s): %w", u, errRedirects)
	}
	return fmt.Errorf("error sending request for url (%s): %w", u, transport(fe))
}

// transport words the failure of a connection.
func transport(fe *fetch.Error) error {
	switch fe.CurlCode {
	case fetch.CurlConnect:
		return fmt.Errorf("client error (Connect): %w", fmt.Errorf("tcp connect error: %w", root(fe.Err)))
	case fetch.CurlResolveHost, fetch.CurlResolveProxy:
		return fmt.Errorf("client error (Connect): %w", fmt.Errorf("dns error: %w", resolveError(fe.Err)))
	case fetch.CurlTLSConnect, fetch.CurlPeerCert:
		return fmt.Errorf("client error (Connect): %w", root(fe.Err))
	case fetch.CurlTimeout:
		return errTimedOut
	case fetch.CurlGotNothing, fetch.CurlPartialFile:
		return fmt.Errorf("client error (SendRequest): %w", errClosed)
	}
	return fmt.Errorf("client error (SendRequest): %w", root(fe.Err))
}

// root is the errno in a chain, or else the chain without the levels that say nothing new or
// only what package net puts before it.
func root(err error) error {
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno
	}
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	for {
		inner := errors.Unwrap(err)
		switch err.(type) {
		case *net.OpError, *url.Error:
		default:
			if inner == nil || inner.Error() != err.Error() {
				return err
			}
		}
		err = inner
	}
}

func resolveError(err error) error {
	text := err.Error()
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		text = dns.Err
		if dns.IsNotFound {
			text = "Name or service not known"
		}
	}
	return errors.New("failed to lookup address information: " + text)
}

// bodyError words the end of a body that broke off for good.
func bodyError(err error) error {
	fe, ok := errors.AsType[*fetch.Error](err)
	if !ok {
		return err
	}
	return fmt.Errorf("request or response body error: %w", brokenBody(fe))
}

func brokenBody(fe *fetch.Error) error {
	return fmt.Errorf("error reading a body from connection: %w", bodyCause(fe))
}

// retryText is why there is another attempt. That a body broke off is news to coreos-installer,
// so there the reason may follow.
func retryText(u string, err error, began bool) string {
	fe, ok := errors.AsType[*fetch.Error](err)
	if ok && fe.StatusCode == 0 && (began && fe.CurlCode != fetch.CurlConnect || fe.CurlCode == fetch.CurlPartialFile) {
		return brokenBody(fe).Error()
	}
	return headline(cause(u, err))
}

func bodyCause(fe *fetch.Error) error {
	switch {
	case fe.StatusCode != 0, fe.CurlCode == fetch.CurlConnect, fe.CurlCode == fetch.CurlResolveHost:
		return cause(fe.URL, fe) // of the attempt to go on
	case fe.CurlCode == fetch.CurlRange:
		return fe.Err
	case fe.CurlCode == fetch.CurlTimeout:
		return errTimedOut
	case errors.Is(fe.Err, io.ErrUnexpectedEOF), errors.Is(fe.Err, io.EOF):
		return errShort
	}
	return root(fe.Err)
}

// headline is the outermost level of an error chain.
func headline(err error) string {
	text := err.Error()
	if inner := errors.Unwrap(err); inner != nil {
		return strings.TrimSuffix(text, ": "+inner.Error())
	}
	return text
}
