// Package metadata asks the metadata services of clouds. They are on the link, so
// their requests take neither the proxies nor the certificate authorities of a config,
// and answer soon or not at all.
package metadata

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	attempts    = 3
	perAttempt  = 5 * time.Second
	dialTimeout = time.Second
	firstWait   = 200 * time.Millisecond
	maxBody     = 1 << 20
)

// Client asks one service.
type Client struct {
	Base string // URL without path; no slash at the end
	http *http.Client
	wait func(ctx context.Context, d time.Duration)
}

// New returns a client; dial may be nil.
func New(base string, dial func(ctx context.Context, network, address string) (net.Conn, error)) *Client {
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialTimeout, Resolver: &net.Resolver{PreferGo: true}}).DialContext
	}
	return &Client{Base: base, wait: wait, http: &http.Client{
		Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true},
		// These services do not redirect, and what we send is not for others.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Answer is the answer to a request.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// StatusError is an answer that is not a success.
type StatusError struct {
	Path   string
	Status int
}

// Error has the path and the status.
func (e *StatusError) Error() string {
	return fmt.Sprintf("metadata service: %s: status %d %s", e.Path, e.Status, http.StatusText(e.Status))
}

// Do makes a request and tries again when there is no answer or its status is one of
// again, or from 500 on. Other statuses than 200 are a *StatusError with the answer.
func (c *Client) Do(ctx context.Context, method, path string, header map[string]string, again ...int) (*Answer, error) {
	var answer *Answer
	var err error
	pause := firstWait
	for attempt := 1; ; attempt++ {
		answer, err = c.once(ctx, method, path, header)
		if err == nil && answer.Status == http.StatusOK {
			return answer, nil
		}
		retry := err != nil
		if err == nil {
			err = &StatusError{path, answer.Status}
			retry = answer.Status >= 500
			for _, status := range again {
				retry = retry || status == answer.Status
			}
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if !retry || attempt == attempts {
			return answer, err
		}
		c.wait(ctx, pause)
		pause *= 2
	}
}

func (c *Client) once(ctx context.Context, method, path string, header map[string]string) (*Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, perAttempt)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.Base+path, nil)
	if err != nil {
		return nil, err
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	n, err := io.Copy(&body, io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return nil, err
	}
	if n > maxBody {
		return nil, fmt.Errorf("metadata service: %s: answer is too long", path)
	}
	return &Answer{resp.StatusCode, resp.Header, body.Bytes()}, nil
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
