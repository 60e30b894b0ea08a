package web

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Doc is a document of a service.
type Doc struct {
	// URL is its address.
	URL string
	// Header has further header fields for this document.
	Header Header
	// Required makes its absence (404) a failure, which is tried again.
	Required bool
	// Limit is how large it may be in bytes; 0 means [DefaultLimit].
	Limit int64
	// Patience is how long an attempt may take, instead of the client's time-out; 0 means that one.
	Patience time.Duration
	// Fresh tells requests apart: a document is asked for once for each value.
	Fresh int
}

// call is a document that was asked for, by one or more goroutines.
type call struct {
	done    chan struct{} // closed when the rest is final
	body    []byte
	ok      bool
	err     error
	last    error // of the last attempt, for those who do not wait any longer
	waiting int   // goroutines that want it
	cancel  context.CancelFunc
}

// Get returns the bytes of a document, which the caller must not change. ok is false if there is none.
func (c *Client) Get(ctx context.Context, d Doc) (body []byte, ok bool, err error) {
	header := c.merge(d.Header)
	key := d.key(header)
	c.mu.Lock()
	p, known := c.calls[key]
	if c.closed {
		c.mu.Unlock()
		return nil, false, errClosed
	}
	if !known {
		own, cancel := context.WithCancel(context.WithoutCancel(ctx))
		p = &call{done: make(chan struct{}), cancel: cancel}
		c.calls[key] = p
		c.wg.Go(func() { c.run(own, p, d, header) })
	}
	p.waiting++
	c.mu.Unlock()

	select {
	case <-p.done:
		return p.body, p.ok, p.err
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.waiting--; p.waiting == 0 { // nobody wants it any more
		p.cancel()
		delete(c.calls, key)
	}
	err = context.Cause(ctx)
	if p.last != nil {
		err = fmt.Errorf("%w after: %s: %w", err, Shown(d.URL), p.last)
	}
	return nil, false, err
}

func (c *Client) run(ctx context.Context, p *call, d Doc, header Header) {
	defer p.cancel()
	p.body, p.ok, p.err = c.get(ctx, d, header, func(err error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		p.last = err
	})
	close(p.done)
}

// key tells documents apart.
func (d *Doc) key(header Header) string {
	var b strings.Builder
	names := make([]string, 0, len(header))
	for name := range header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "%s: %q\n", name, header[name])
	}
	fmt.Fprintf(&b, "%v %d %v %d %s", d.Required, d.Limit, d.Patience, d.Fresh, d.URL)
	return b.String()
}

// get asks for a document until there is an answer.
func (c *Client) get(ctx context.Context, d Doc, header Header, failed func(error)) (body []byte, ok bool, err error) {
	m := &message{method: methodGet, verb: "Fetching", url: d.URL, header: header, limit: limit(d), patience: d.Patience}
	err = Requests.Do(ctx, c.sleep, func(attempt int) (err error) {
		defer func() {
			if err != nil && ctx.Err() == nil {
				failed(err)
			}
		}()
		r, err := c.attempt(ctx, m, attempt)
		switch {
		case err != nil:
			c.log.Info("Failed to fetch: " + short(err))
			return fmt.Errorf("failed to fetch: %w", err)
		case r.status == 200:
			c.log.Info("Fetch successful")
			body, ok = r.body, true
			return nil
		case r.status == 404 && !d.Required:
			c.log.Info("Fetch failed with 404: resource not found")
			return nil
		}
		c.log.Info("Failed to fetch: " + r.text)
		return fmt.Errorf("failed to fetch: %s", r.text)
	})
	return body, ok, err
}

func (c *Client) attempt(ctx context.Context, m *message, attempt int) (*reply, error) {
	c.log.Info(fmt.Sprintf("%s %s: Attempt #%d", m.verb, Shown(m.url), attempt+1))
	return c.try(ctx, m)
}

func limit(d Doc) int64 {
	if d.Limit == 0 {
		return DefaultLimit
	}
	return d.Limit
}

// short is an error in the words of a log line.
func short(err error) string {
	for e := err; e != nil; {
		if t, ok := e.(*transferError); ok {
			return t.short
		}
		u, ok := e.(interface{ Unwrap() error })
		if !ok {
			break
		}
		e = u.Unwrap()
	}
	return err.Error()
}
