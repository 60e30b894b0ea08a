package fetch

import (
	"errors"
	"hash"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/opencontainers/go-digest"

	_ "crypto/sha256" // the algorithms of digest
	_ "crypto/sha512"

	"github.com/nestos-dev/nestos/internal/h1"
)

// Reading on, in order to keep the connection, what the caller does not want: at most so many
// bytes and so long.
const (
	drainBytes = 64 << 10
	drainTime  = time.Second
)

var errDrain = errors.New("rest of the body not worth waiting for")

// rawBody reads the bytes as transferred, under the eyes of its transfer.
type rawBody struct {
	t      *transfer
	target target
	rc     io.ReadCloser
	conn   *h1.Conn // nil when net/http has the connection
	left   int64    // bytes to come, or negative
	eof    bool
	closed bool
}

func (b *rawBody) Read(p []byte) (int, error) {
	b.t.wait()
	n, err := b.rc.Read(p)
	b.t.waited(n)
	b.t.c.received.Add(int64(n))
	if b.left > 0 {
		b.left -= int64(n)
	}
	if err == nil {
		return n, nil
	}
	// An end that follows our own closing of the connection is none: a server may see the
	// closing and end its reply in good order.
	if err == io.EOF && b.t.aborted() == nil {
		b.eof = true
		return n, err
	}
	return n, b.t.failure(b.target, err, phaseBody)
}

// drain gives the connection back, or closes it when the rest of the body is long.
func (b *rawBody) drain() {
	if b.closed {
		return
	}
	b.closed = true
	if !b.eof && b.left <= drainBytes && b.t.aborted() == nil {
		timer := time.AfterFunc(drainTime, func() { b.t.abort(errDrain) })
		_, _ = io.CopyN(io.Discard, b, drainBytes+1)
		timer.Stop()
	}
	if b.conn == nil {
		_ = b.rc.Close()
	}
}

// finish ends the transfer and settles what becomes of the connection.
func (b *rawBody) finish() {
	b.drain()
	untouched := b.t.finish()
	if b.conn == nil {
		return
	}
	if b.eof && untouched {
		b.conn.PutBack()
	} else {
		b.conn.Close()
	}
	b.conn = nil
}

// meter passes bytes on, and checks their number and their digest.
type meter struct {
	src    io.Reader
	url    func() string
	limit  int64 // 0: none
	exact  int64 // 0: unknown
	n      int64
	want   digest.Digest
	hash   hash.Hash
	sticky error
}

func newMeter(src io.Reader, url func() string, limit, exact int64, want digest.Digest) *meter {
	m := &meter{src: src, url: url, limit: limit, exact: exact, want: want}
	if exact > 0 && (limit <= 0 || exact < limit) {
		m.limit = exact
	}
	if want != "" {
		m.hash = want.Algorithm().Hash()
	}
	return m
}

func (m *meter) Read(p []byte) (int, error) {
	if m.sticky != nil {
		return 0, m.sticky
	}
	if m.limit > 0 && int64(len(p)) > m.limit-m.n+1 {
		p = p[:m.limit-m.n+1]
	}
	n, err := m.src.Read(p)
	if m.limit > 0 && m.n+int64(n) > m.limit {
		n = int(m.limit - m.n)
		err = m.tooLarge()
	}
	m.n += int64(n)
	if m.hash != nil {
		m.hash.Write(p[:n])
	}
	if err == io.EOF {
		err = m.verdict()
	}
	m.sticky = err
	return n, err
}

func (m *meter) tooLarge() error { return &Error{URL: m.url(), Limit: m.limit, Err: ErrTooLarge} }

// verdict is what replaces io.EOF.
func (m *meter) verdict() error {
	if m.n < m.exact {
		return &Error{URL: m.url(), CurlCode: CurlPartialFile, Err: io.ErrUnexpectedEOF}
	}
	if m.hash != nil {
		if got := digest.NewDigest(m.want.Algorithm(), m.hash); got != m.want {
			return &DigestError{URL: m.url(), Want: m.want.String(), Got: got.String()}
		}
	}
	return io.EOF
}

// decoder is the stage of Request.Decode. It begins at the first Read, and ends when both
// sides have: what follows the compressed data still counts for the digest.
type decoder struct {
	inner  *meter
	decode func(io.Reader) (io.ReadCloser, error)
	rc     io.ReadCloser
	sticky error
}

func (d *decoder) Read(p []byte) (int, error) {
	if d.sticky != nil {
		return 0, d.sticky
	}
	if d.rc == nil {
		rc, err := d.decode(d.inner)
		if err != nil {
			return 0, d.fail(err)
		}
		d.rc = rc
	}
	n, err := d.rc.Read(p)
	if err == io.EOF {
		if _, rest := io.Copy(io.Discard, d.inner); rest != nil {
			err = rest
		}
		d.sticky = err
	} else if err != nil {
		err = d.fail(err)
	}
	return n, err
}

// fail prefers the error of the transfer to what the decoder made of it.
func (d *decoder) fail(err error) error {
	if inner := d.inner.sticky; inner != nil && inner != io.EOF {
		err = inner
	}
	d.sticky = err
	return err
}

func (d *decoder) Close() error {
	if d.rc == nil {
		return nil
	}
	return d.rc.Close()
}

// gunzip undoes a gzip content encoding. It begins at the first Read.
type gunzip struct {
	raw *rawBody
	zr  *gzip.Reader
}

func (g *gunzip) Read(p []byte) (int, error) {
	if g.zr == nil {
		zr, err := gzip.NewReader(g.raw)
		if err != nil {
			return 0, g.fail(err)
		}
		g.zr = zr
	}
	n, err := g.zr.Read(p)
	if err != nil && err != io.EOF {
		err = g.fail(err)
	}
	return n, err
}

func (g *gunzip) fail(err error) error {
	if _, ok := errors.AsType[*Error](err); ok || g.raw.t.aborted() != nil {
		return err
	}
	return &Error{URL: g.raw.target.String(), CurlCode: CurlContentEncoding, Err: err}
}

// replyBody is the Body of a Response.
type replyBody struct {
	io.Reader
	end []func()
}

func (b *replyBody) Close() error {
	for _, f := range b.end {
		f()
	}
	b.end = nil
	b.Reader = closedBody{}
	return nil
}

type closedBody struct{}

func (closedBody) Read([]byte) (int, error) { return 0, errors.New("read of a closed body") }

// attachBody builds the chain of readers that resp.Body is.
func (c *Client) attachBody(req *Request, resp *Response, x *exchange) error {
	var src io.Reader = x.raw
	if req.AcceptGzip && strings.EqualFold(x.resp.Header.Get("Content-Encoding"), "gzip") &&
		x.resp.Request.Method != http.MethodHead {
		src, resp.Size = &gunzip{raw: x.raw}, -1
	}
	if err := wrapBody(req, resp, src, x.raw.target.String); err != nil {
		return err
	}
	b := resp.Body.(*replyBody)
	b.end = append(b.end, x.raw.finish, c.release)
	return nil
}

// wrapBody sets resp.Body to src with the checks and the decoder of req.
func wrapBody(req *Request, resp *Response, src io.Reader, url func() string) error {
	if resp.NotModified || req.Method == http.MethodHead || !req.wantsBodyChecks(resp.StatusCode) {
		resp.Body = &replyBody{Reader: newMeter(src, url, req.MaxSize, 0, "")}
		return nil
	}
	m := newMeter(src, url, req.MaxSize, req.ExpectedSize, req.Digest)
	if m.limit > 0 && resp.Size > m.limit {
		return m.tooLarge()
	}
	if resp.Size >= 0 && resp.Size < m.exact {
		return &Error{URL: url(), CurlCode: CurlPartialFile, Err: io.ErrUnexpectedEOF}
	}
	if req.Decode == nil {
		resp.Body = &replyBody{Reader: m}
		return nil
	}
	d := &decoder{inner: m, decode: req.Decode}
	resp.Size = -1
	resp.Body = &replyBody{
		Reader: newMeter(d, url, req.MaxDecodedSize, 0, req.DecodedDigest),
		end:    []func(){func() { _ = d.Close() }},
	}
	return nil
}

// wantsBodyChecks reports whether the body is the resource, and not an explanation of why
// there is none that AcceptStatus lets through.
func (r *Request) wantsBodyChecks(status int) bool { return status >= 200 && status < 300 }
