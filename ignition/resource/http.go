package resource

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"
)

const (
	firstWait = 200 * time.Millisecond
	maxWait   = 5 * time.Second

	// accept names the newest stable version of the config format.
	accept = "application/vnd.coreos.ignition+json;version=3.6.0, */*;q=0.1"
)

var errNoHost = errors.New("http: no Host in request URL")

// request is an HTTP request that is made until it succeeds.
type request struct {
	method string // empty is GET
	url    string
	shown  string // in the log; filled in
	header http.Header
	body   []byte
	retry  []int // statuses to try again besides those from 500 on
}

// prepare returns the request of one attempt.
func (r *request) prepare(ctx context.Context, version string) (*http.Request, error) {
	var body io.Reader
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, body)
	if err != nil {
		return nil, err
	}
	if req.URL.Host == "" { // no attempt would succeed
		return nil, errNoHost
	}
	req.Header.Set("User-Agent", "Ignition/"+version)
	req.Header.Set("Accept", accept)
	req.Header.Set("Accept-Encoding", "identity")
	for name, values := range r.header {
		for _, value := range values {
			req.Header.Set(name, value)
		}
	}
	return req, nil
}

func (r *request) again(status int) bool {
	return status >= 500 || slices.Contains(r.retry, status)
}

// do makes a request until it has an answer that is not to be tried again. The body
// of the answer ends with ctx.
func (f *Fetcher) do(ctx context.Context, client *http.Client, log Log, r request) (*http.Response, error) {
	if r.method == "" {
		r.method = http.MethodGet
	}
	r.shown = ShownURL(r.url)
	wait := firstWait
	for attempt := 1; ; attempt++ {
		req, err := r.prepare(ctx, f.opt.Version)
		if err != nil {
			return nil, err
		}
		log.Info("%s %s: attempt #%d", r.method, r.shown, attempt)
		resp, err := client.Do(req)
		if err != nil {
			log.Info("%s error: %s", r.method, shownError(err))
		} else {
			log.Info("%s result: %s", r.method, http.StatusText(resp.StatusCode))
			if !r.again(resp.StatusCode) {
				return resp, nil
			}
			resp.Body.Close()
		}
		if ctx.Err() == nil {
			f.opt.Sleep(ctx, wait)
		}
		if ctx.Err() != nil {
			return nil, ended(ctx)
		}
		wait = min(2*wait, maxWait)
	}
}

// open is do with the verdict on the status.
func (f *Fetcher) open(ctx context.Context, client *http.Client, log Log, r request) (io.ReadCloser, error) {
	resp, err := f.do(ctx, client, log, r)
	if err != nil {
		return nil, err
	}
	switch resp.StatusCode {
	case http.StatusOK, http.StatusNoContent:
		return resp.Body, nil
	case http.StatusNotFound:
		err = ErrNotFound
	default:
		err = ErrFailed
	}
	resp.Body.Close()
	return nil, err
}

// fetchHTTP delivers the answer of a request.
func (f *Fetcher) fetchHTTP(ctx context.Context, r request, d *delivery) error {
	n := f.reach()
	ctx, cancel := n.within(ctx)
	defer cancel()
	body, err := f.open(ctx, n.client, d.log, r)
	if err != nil {
		return err
	}
	return f.drain(ctx, cancel, d, body)
}
