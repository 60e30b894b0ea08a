package web

import (
	"context"
	"fmt"
)

// Put sends a PUT without content, and returns the text of the reply.
func (c *Client) Put(ctx context.Context, d Doc, contentType string) (string, error) {
	var text string
	m := c.message(methodPut, "Putting", d, contentType, nil)
	err := c.tell(ctx, m, Requests, func(r *reply) (err error) {
		text, err = decodeText(r.body)
		return err
	})
	return text, err
}

// Try is [Client.Put] with other pauses and another number of attempts, in which only a failure that could pass is
// repeated: a service that cannot be reached, or has trouble (5xx and 429). One that refuses, or takes the request and
// is silent for Doc.Patience, is not asked again.
func (c *Client) Try(ctx context.Context, r Retry, d Doc, contentType string) (string, error) {
	var text string
	m := c.message(methodPut, "Putting", d, contentType, nil)
	m.once = true
	m.final = func(status int) bool { return status >= 400 && status < 500 && status != 429 }
	err := c.tell(ctx, m, r, func(r *reply) (err error) {
		text, err = decodeText(r.body)
		return err
	})
	return text, err
}

// Post sends a POST. What the service replies is of no interest.
func (c *Client) Post(ctx context.Context, d Doc, contentType string, body []byte) error {
	return c.tell(ctx, c.message(methodPost, "Posting", d, contentType, body), Requests, nil)
}

// Patch sends a PATCH. What the service replies is of no interest.
func (c *Client) Patch(ctx context.Context, d Doc, contentType string, body []byte) error {
	return c.tell(ctx, c.message(methodPatch, "Patching", d, contentType, body), Requests, nil)
}

func (c *Client) message(method, verb string, d Doc, contentType string, body []byte) *message {
	header := c.merge(d.Header)
	header["Content-Type"] = []string{contentType}
	return &message{method: method, verb: verb, url: d.URL, header: header, body: body, limit: limit(d), patience: d.Patience}
}

// tell sends a message until the service has taken it.
func (c *Client) tell(ctx context.Context, m *message, retry Retry, read func(*reply) error) error {
	return retry.Do(ctx, c.sleep, func(attempt int) error {
		r, err := c.attempt(ctx, m, attempt)
		switch {
		case err != nil:
			final := m.once && silent(err)
			if err = fmt.Errorf("failed to %s: %w", m.method, err); final {
				err = Permanent(err)
			}
			return err
		case r.status/100 != 2:
			err = fmt.Errorf("%s failed: %s", m.method, r.text)
			if m.final != nil && m.final(r.status) {
				err = Permanent(err)
			}
			return err
		case read != nil:
			return Permanent(read(r))
		}
		return nil
	})
}
