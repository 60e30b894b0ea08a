package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

var (
	// ErrChanged is wrapped by the error of a body that cannot be continued because the
	// resource is another one by now.
	ErrChanged = errors.New("the resource changed during the transfer")

	// ErrNoResume is wrapped by the error of a body that cannot be continued because the
	// server does not deliver parts, or not in a way that guards against a change.
	ErrNoResume = errors.New("the server cannot continue a transfer")
)

// GetResuming is [Client.Get] with a Body that outlives broken transfers: what is missing is
// asked for with Range and If-Range, and Read goes on where it was. Such attempts are retries
// like those before the header, and share their number; the pauses begin again at the first
// after a megabyte of progress.
//
// It takes a reply with a strong ETag, a Last-Modified that counts as one (RFC 9110, section
// 8.8.2.2: at least a second older than the reply) or a request with Digest. A server that
// then sends the whole, another part or another resource ends the body with an *Error that
// wraps ErrNoResume or ErrChanged. MaxSize, ExpectedSize and Digest are about the whole.
//
// ctx governs reading the Body, too. Any reply but a plain 200 comes as it is, also a 206 that
// was not asked for. AcceptGzip, Decode, conditions and methods other than GET are not
// supported.
func (c *Client) GetResuming(ctx context.Context, req Request) (*Response, error) {
	if err := req.check(); err != nil {
		return nil, err
	}
	if req.AcceptGzip || req.Decode != nil || req.conditional() || req.method() != http.MethodGet {
		return nil, fmt.Errorf("decoding, conditions and methods in a resumable transfer: %w", ErrNotSupported)
	}
	b := &resumingBody{c: c, ctx: ctx, req: req, total: -1}
	b.req.MaxSize, b.req.ExpectedSize, b.req.Digest = 0, 0, ""
	b.req.anyRange = true
	resp, err := b.start()
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return resp, nil
	}
	b.follow(resp, req.Digest != "")
	out := *resp
	if err := wrapBody(&req, &out, b, func() string { return displayURL(b.final) }); err != nil {
		b.close()
		return nil, err
	}
	body := out.Body.(*replyBody)
	body.end = append(body.end, b.close)
	return &out, nil
}

// resumingBody reads one resource through as many transfers as it takes.
type resumingBody struct {
	c         *Client
	ctx       context.Context
	req       Request  // as first sent
	final     *url.URL // where the reply came from
	foreign   bool     // final is of another host than req.URL
	etag      string   // strong, or empty
	modified  time.Time
	resumable bool

	cur    io.ReadCloser
	off    int64 // bytes handed out
	total  int64 // -1: unknown
	sticky error

	retries int   // used up so far
	step    int   // of the pauses
	mark    int64 // off at the last pause
}

// start makes attempts until there is a header.
func (b *resumingBody) start() (*Response, error) {
	for {
		resp, err := b.c.tryMirrors(b.ctx, &b.req)
		if err == nil {
			return resp, nil
		}
		if err := b.pause(err); err != nil {
			return nil, err
		}
	}
}

// pause counts a retry and waits, or returns the error to give up with.
func (b *resumingBody) pause(err error) error {
	if b.off-b.mark >= resumeProgress {
		b.step = 0
	}
	b.mark = b.off
	b.retries++
	b.step++
	return b.c.pauseBefore(b.ctx, &b.req, err, b.retries, b.step)
}

// follow takes over the first reply.
func (b *resumingBody) follow(resp *Response, digest bool) {
	b.cur, b.total, b.final = resp.Body, resp.Size, resp.FinalURL
	b.etag = strongTag(resp.ETag)
	b.modified = strongDate(resp)
	b.resumable = b.etag != "" || !b.modified.IsZero() || digest
	first, err := url.Parse(b.req.URL)
	b.foreign = err != nil || len(b.req.Mirrors) > 0 || !sameOrigin(first, b.final)
}

func strongTag(etag string) string {
	if strings.HasPrefix(etag, "W/") {
		return ""
	}
	return etag
}

// strongDate is the Last-Modified of a reply if it identifies the resource: a file can change
// twice within the second that the date resolves.
func strongDate(resp *Response) time.Time {
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil || date.Sub(resp.LastModified) < time.Second {
		return time.Time{}
	}
	return resp.LastModified
}

func (b *resumingBody) Read(p []byte) (int, error) {
	for b.sticky == nil {
		n, err := b.cur.Read(p)
		b.off += int64(n)
		if err == io.EOF && b.total >= 0 && b.off < b.total {
			err = b.fail(CurlPartialFile, io.ErrUnexpectedEOF)
		}
		switch {
		case err == io.EOF:
			b.sticky = err
		case err != nil:
			b.sticky = b.resume(err)
		}
		if n > 0 || err == nil {
			return n, nil
		}
	}
	return 0, b.sticky
}

func (b *resumingBody) close() {
	_ = b.cur.Close()
	b.sticky = errors.New("read of a closed body")
}

func (b *resumingBody) fail(code int, err error) error {
	return &Error{URL: displayURL(b.final), CurlCode: code, Err: err}
}

// resume replaces the transfer that ended with err by one of what is missing. It returns nil,
// io.EOF when it turns out that nothing is, or why it could not.
func (b *resumingBody) resume(err error) error {
	if _, ok := errors.AsType[*Error](err); !ok || !b.resumable && b.off > 0 {
		return err
	}
	for {
		_ = b.cur.Close() // gives its slot back
		if err := b.pause(err); err != nil {
			return err
		}
		var resp *Response
		if resp, err = b.ask(); err == nil {
			b.cur = resp.Body
			if err = b.inspect(resp); err == nil || err == io.EOF {
				return err
			}
		}
		if errors.Is(err, ErrChanged) || errors.Is(err, ErrNoResume) {
			return err
		}
	}
}

// ask sends the request for the rest: to where the first reply came from, since a
// redirecting server may choose another mirror each time, and then, for the address may have
// expired, to the original one.
func (b *resumingBody) ask() (*Response, error) {
	req := b.req
	req.AcceptStatus = []int{http.StatusRequestedRangeNotSatisfiable}
	if req.rangeFrom = b.off; b.off > 0 {
		req.ifRange = b.validator()
	}
	req.URL, req.Mirrors, req.foreign = b.final.String(), nil, b.foreign
	resp, err := b.c.tryMirrors(b.ctx, &req)
	fe, ok := errors.AsType[*Error](err)
	if !ok || fe.StatusCode == 0 || fe.Transient() || b.final.String() == b.req.URL {
		return resp, err
	}
	req.URL, req.Mirrors, req.foreign = b.req.URL, b.req.Mirrors, false
	return b.c.tryMirrors(b.ctx, &req)
}

func (b *resumingBody) validator() string {
	switch {
	case b.etag != "":
		return b.etag
	case !b.modified.IsZero():
		return b.modified.UTC().Format(http.TimeFormat)
	}
	return ""
}

// inspect checks that a reply is the rest of the same resource.
func (b *resumingBody) inspect(resp *Response) error {
	if b.differs(resp) {
		return b.fail(CurlRange, ErrChanged)
	}
	r, ok := parseContentRange(resp.Header.Get("Content-Range"))
	switch resp.StatusCode {
	case http.StatusOK:
		return b.restarted(resp)
	case http.StatusPartialContent:
		switch {
		case !ok || r.first != b.off:
			return b.fail(CurlRange, fmt.Errorf("%w: it sent another part", ErrNoResume))
		case b.total >= 0 && r.total >= 0 && r.total != b.total:
			return b.fail(CurlRange, ErrChanged)
		case b.total < 0:
			b.total = r.total
		}
		return nil
	case http.StatusRequestedRangeNotSatisfiable:
		if ok && r.first < 0 && r.total == b.off && b.total <= b.off {
			return io.EOF // only the end of the transfer was lost
		}
		return b.fail(CurlRange, ErrChanged)
	}
	return b.fail(CurlRange, ErrNoResume)
}

// differs reports whether a reply is known to be about another resource.
func (b *resumingBody) differs(resp *Response) bool {
	if resp.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		return false // its fields are about the error text
	}
	tag := strongTag(resp.ETag)
	switch {
	case b.etag != "" && tag != "":
		return tag != b.etag
	case !b.modified.IsZero() && !resp.LastModified.IsZero():
		return !resp.LastModified.Equal(b.modified)
	}
	return false
}

// restarted judges a reply that begins at the first byte: fine if nothing was read before.
func (b *resumingBody) restarted(resp *Response) error {
	switch {
	case b.total >= 0 && resp.Size >= 0 && resp.Size != b.total:
		return b.fail(CurlRange, ErrChanged)
	case b.off == 0:
		return nil
	}
	return b.fail(CurlRange, fmt.Errorf("%w: it sent the whole", ErrNoResume))
}
