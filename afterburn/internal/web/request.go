package web

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Content types of the formats, as the services are told them.
const (
	TypeText = "text/plain; charset=utf-8"
	TypeJSON = "application/json"
	TypeXML  = "text/xml; charset=utf-8"
)

const (
	methodGet   = "GET"
	methodPut   = "PUT"
	methodPost  = "POST"
	methodPatch = "PATCH"
)

// message is a request of any kind.
type message struct {
	method, verb string // "GET", "Fetching"
	url          string
	header       Header
	body         []byte
	limit        int64
	patience     time.Duration
	final        func(status int) bool // statuses that another attempt would not change; nil: none
	once         bool                  // silence is not waited for again
}

// reply is the end of an attempt that reached the service.
type reply struct {
	status int
	text   string // "404 Not Found"
	body   []byte
}

// try sends a message once.
func (c *Client) try(ctx context.Context, m *message) (*reply, error) {
	patience := c.timeout
	if m.patience > 0 {
		patience = m.patience
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, &silenceError{patience})
	defer cancel()
	u, err := url.Parse(m.url)
	if err != nil || u.Host == "" {
		return nil, Permanent(fmt.Errorf("invalid address %s", Shown(m.url)))
	}
	first := *u
	for n := 0; ; n++ {
		r, next, err := c.reach(ctx, m, u)
		if err != nil || next == "" {
			return r, err
		}
		if n == maxRedirects {
			return nil, errors.New("too many redirects")
		}
		if u, err = redirected(&first, u, next, m); err != nil {
			return nil, err
		}
	}
}

// silenceError is an attempt that took too long.
type silenceError struct{ patience time.Duration }

func (e *silenceError) Error() string { return fmt.Sprintf("no answer within %v", e.patience) }

// silent reports whether a service took a request and did not answer.
func silent(err error) bool {
	t, s := (*transferError)(nil), (*silenceError)(nil)
	return errors.As(err, &t) && !t.unconnected && errors.As(err, &s)
}

// redirected returns where a redirect leads to. Another host would be given the keys of this machine to say, and is
// not followed; neither is a way out of TLS.
func redirected(first, u *url.URL, location string, m *message) (*url.URL, error) {
	next, err := u.Parse(location)
	if err != nil {
		return nil, fmt.Errorf("redirect to an invalid address %s", Shown(location))
	}
	if next.Hostname() != first.Hostname() || (u.Scheme == "https" && next.Scheme != "https") {
		return nil, fmt.Errorf("redirect to %s is not followed", Shown(next.String()))
	}
	if m.method != methodGet {
		return nil, fmt.Errorf("redirect of %s to %s is not followed", m.method, Shown(next.String()))
	}
	return next, nil
}

// reach sends a message to the host of u, or to its alternate if that one does not accept connections.
func (c *Client) reach(ctx context.Context, m *message, u *url.URL) (r *reply, location string, err error) {
	hosts := c.hosts(u.Host)
	for i, host := range hosts {
		to := *u
		to.Host = host
		if i > 0 {
			c.log.Info(fmt.Sprintf("no connection to %s, trying %s", hosts[0], host))
		}
		r, location, err = c.exchange(ctx, m, &to)
		if err == nil && len(hosts) > 1 {
			c.reachedBy(u.Host, host)
		}
		if e := (*transferError)(nil); !errors.As(err, &e) || !e.unconnected || ctx.Err() != nil {
			break
		}
	}
	return r, location, err
}

// exchange sends a message to one address.
func (c *Client) exchange(ctx context.Context, m *message, u *url.URL) (r *reply, location string, err error) {
	a, err := c.wire.send(ctx, m, u)
	if err != nil {
		return nil, "", failure(ctx, u, err)
	}
	switch a.status {
	case 301, 302, 303, 307, 308:
		location = a.location
	}
	return &reply{status: a.status, text: statusText(a.status), body: a.body}, location, nil
}

// failure words the error of a request. The words are those that people look for in logs.
func failure(ctx context.Context, u *url.URL, err error) error {
	what := "error sending request for url"
	if r := (*readError)(nil); errors.As(err, &r) {
		what = "error decoding response body for url"
	}
	connect := (*connectError)(nil)
	e := &transferError{short: fmt.Sprintf("%s (%s)", what, Shown(u.String())), err: err, unconnected: errors.As(err, &connect)}
	if t := (*tlsError)(nil); errors.As(err, &t) {
		e.short += ": " + t.Error()
	}
	switch {
	case ctx.Err() != nil:
		e.err = context.Cause(ctx)
	case errors.Is(err, errTooLarge), errors.Is(err, errRequest):
		return Permanent(e)
	}
	return e
}

// transferError is a failure that has a short form for the log.
type transferError struct {
	short       string
	err         error
	unconnected bool
}

func (e *transferError) Error() string { return e.short + ": " + e.err.Error() }
func (e *transferError) Unwrap() error { return e.err }

// maxShown is how much of an address is shown.
const maxShown = 500

// Shown returns an address fit for messages and logs: without a password, bounded in length, and quoted when it has
// characters that cannot be printed. It accepts what is no address, too.
func Shown(s string) string {
	if u, err := url.Parse(s); err == nil && u.User != nil {
		s = u.Redacted()
	}
	if len(s) > maxShown {
		s = s[:maxShown] + "…"
	}
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}
