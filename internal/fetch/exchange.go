package fetch

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/h1"
	"github.com/nestos-dev/nestos/internal/retryafter"
)

// exchange is one request and its reply, on either transport.
type exchange struct {
	t    *transfer
	resp *http.Response
	raw  *rawBody
}

// exchange sends one request and waits for the header of its reply.
func (c *Client) exchange(ctx context.Context, req *Request, h *hop) (*exchange, error) {
	c.requests.Add(1)
	hdr := c.requestHeader(req, h)
	t := c.startTransfer(ctx)
	var (
		resp *http.Response
		conn *h1.Conn
		err  error
	)
	c.traceRequest(h, hdr)
	if c.isFast(h) {
		u := h.target.u
		var r *h1.Reply
		r, conn, err = c.fast.RoundTrip(watch{t}, &h1.Request{
			Method: h.method, URL: u, Fields: func(b []byte) []byte { return c.base.append(b, u.Host, hdr) },
		})
		if err == nil {
			resp = r.Value.(*http.Response)
		}
	} else {
		resp, err = c.roundTripGeneral(t, h, hdr)
	}
	if err != nil {
		err = t.failure(h.target, err, phaseHeader)
		t.finish()
		return nil, err
	}
	c.traceResponse(resp)
	raw := &rawBody{t: t, target: h.target, rc: resp.Body, conn: conn, left: resp.ContentLength}
	t.waited(0)
	return &exchange{t: t, resp: resp, raw: raw}, nil
}

// isFast reports whether the lean transport can take the request: what an unencrypted
// repository is pulled with.
func (c *Client) isFast(h *hop) bool {
	u := h.target.u
	return u.Scheme == "http" && len(h.body) == 0 &&
		(h.method == http.MethodGet || h.method == http.MethodHead) &&
		isPlainHost(u.Host) && c.proxy.forURL(u) == nil
}

func (c *Client) roundTripGeneral(t *transfer, h *hop, hdr []field) (*http.Response, error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.ctx))
	t.setKill(closerFunc(cancel))
	t.cancel = cancel
	r := &http.Request{
		Method: h.method, URL: h.target.u, Host: h.target.u.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: c.base.with(hdr),
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
		r.Header.Del("Host")
	}
	if len(h.body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(h.body))
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(h.body)), nil }
		r.ContentLength = int64(len(h.body))
	}
	return c.general.RoundTrip(r.WithContext(ctx))
}

// discard ends an exchange whose body is of no interest.
func (x *exchange) discard() { x.raw.finish() }

// judge turns a reply that is not followed into a Response or an error.
func (c *Client) judge(req *Request, h *hop, x *exchange) (*Response, error) {
	status := x.resp.StatusCode
	notModified := status == http.StatusNotModified && req.conditional()
	if !notModified && !req.accepts(status) {
		err := &Error{URL: h.target.String(), StatusCode: status, RetryAfter: retryafter.Parse(x.resp.Header, time.Now(), maxRetryAfter),
			Err: errors.New(boundText(x.resp.Status))}
		x.discard()
		return nil, err
	}
	if err := checkRange(req, x.resp); err != nil {
		x.discard()
		return nil, &Error{URL: h.target.String(), CurlCode: CurlPartialFile, Err: err}
	}
	resp := &Response{
		StatusCode: status, Header: x.resp.Header, NotModified: notModified,
		ETag: header(x.resp, "Etag"), LastModified: lastModified(x.resp),
		FinalURL: h.target.full(), Size: x.resp.ContentLength,
	}
	if err := c.attachBody(req, resp, x); err != nil {
		x.discard()
		return nil, err
	}
	return resp, nil
}

// checkRange refuses a 206 nobody asked for, unless it is the whole after all.
func checkRange(req *Request, resp *http.Response) error {
	if resp.StatusCode != http.StatusPartialContent || req.rangeFrom > 0 || req.anyRange || req.Header.Get("Range") != "" {
		return nil
	}
	r, ok := parseContentRange(resp.Header.Get("Content-Range"))
	if !ok || r.first != 0 || r.total < 0 || r.last != r.total-1 {
		return errors.New("server sent a part only")
	}
	return nil
}

// maxRetryAfter bounds the pause that a server may ask for.
const maxRetryAfter = 30 * time.Second

// maxETag bounds the ETag kept: callers store it in an extended attribute.
const maxETag = 1024

func header(resp *http.Response, canonical string) string {
	if v := resp.Header[canonical]; len(v) > 0 && len(v[0]) <= maxETag {
		return v[0]
	}
	return ""
}

func lastModified(resp *http.Response) time.Time {
	v := resp.Header["Last-Modified"]
	if len(v) == 0 {
		return time.Time{}
	}
	t, err := http.ParseTime(v[0])
	if err != nil {
		return time.Time{}
	}
	return t
}

// field is one header field of a request.
type field struct{ name, value string }

// requestHeader collects the fields that are particular to this request.
func (c *Client) requestHeader(req *Request, h *hop) []field {
	var fs []field
	add := func(name, value string) { fs = append(fs, field{name, value}) }
	if h.target.auth != "" {
		add("Authorization", h.target.auth)
	}
	if len(c.opt.Cookies) > 0 {
		if v := cookieHeader(c.opt.Cookies, h.target.u, c.opt.Now()); v != "" {
			add("Cookie", v)
		}
	}
	if req.AcceptGzip && req.rangeFrom == 0 {
		add("Accept-Encoding", "gzip")
	}
	if req.rangeFrom > 0 {
		add("Range", fmt.Sprintf("bytes=%d-", req.rangeFrom))
		if req.ifRange != "" {
			add("If-Range", req.ifRange)
		}
	}
	if req.IfNoneMatch != "" {
		add("If-None-Match", req.IfNoneMatch)
	}
	if !req.IfModifiedSince.IsZero() {
		add("If-Modified-Since", req.IfModifiedSince.UTC().Format(http.TimeFormat))
	}
	for _, src := range []http.Header{c.base.private, req.Header} {
		for k, vs := range src {
			if h.foreign && isSecretHeader(k) {
				continue
			}
			k = http.CanonicalHeaderKey(k)
			fs = slices.DeleteFunc(fs, func(f field) bool { return f.name == k })
			for _, v := range vs {
				add(k, v)
			}
		}
	}
	return fs
}

// isSecretHeader reports whether a field must neither leave the host it is meant for nor be
// shown in a trace.
func isSecretHeader(k string) bool {
	switch http.CanonicalHeaderKey(k) {
	case "Authorization", "Proxy-Authorization", "Cookie", "Cookie2", "Set-Cookie", "Www-Authenticate",
		"X-Auth-Token", "X-Aws-Ec2-Metadata-Token":
		return true
	}
	return false
}

// baseHeader holds the fields of every request, ready for both transports.
type baseHeader struct {
	shared  http.Header // never modified
	lines   string      // the same as lines
	names   map[string]bool
	private http.Header // secret ones of Options.Header, which depend on the host
}

func newBaseHeader(opt *Options) baseHeader {
	b := baseHeader{shared: http.Header{}, private: http.Header{}, names: map[string]bool{}}
	b.shared.Set("User-Agent", opt.UserAgent)
	b.shared.Set("Accept", "*/*")
	for k, vs := range opt.Header {
		k = http.CanonicalHeaderKey(k)
		if isSecretHeader(k) || k == "Host" {
			b.private[k] = vs
		} else {
			b.shared[k] = vs
		}
	}
	var w strings.Builder
	for k, vs := range b.shared {
		b.names[k] = true
		for _, v := range vs {
			w.WriteString(k + ": " + v + "\r\n")
		}
	}
	b.lines = w.String()
	return b
}

// with merges the request's own fields, which win.
func (b baseHeader) with(fs []field) http.Header {
	h := b.shared.Clone()
	own := map[string]bool{}
	for _, f := range fs {
		if !own[f.name] {
			own[f.name] = true
			delete(h, f.name)
		}
		h[f.name] = append(h[f.name], f.value)
	}
	return h
}

// append appends the lines of a request's header.
func (b baseHeader) append(to []byte, host string, own []field) []byte {
	if !b.overrides(own) {
		to = h1.AppendField(to, "Host", host)
		to = append(to, b.lines...)
		for _, f := range own {
			to = h1.AppendField(to, f.name, f.value)
		}
		return to
	}
	h := b.with(own)
	if h.Get("Host") == "" {
		to = h1.AppendField(to, "Host", host)
	}
	for k, vs := range h {
		for _, v := range vs {
			to = h1.AppendField(to, k, v)
		}
	}
	return to
}

// requests that tell http.ReadResponse whether a body follows.
var (
	getRequest  = &http.Request{Method: http.MethodGet}
	headRequest = &http.Request{Method: http.MethodHead}
)

// parseReply is net/http's parser for the lean transport.
func parseReply(r *bufio.Reader, method string) (*h1.Reply, error) {
	req := getRequest
	if method == http.MethodHead {
		req = headRequest
	}
	resp, err := http.ReadResponse(r, req)
	if err != nil {
		return nil, err
	}
	return &h1.Reply{Status: resp.StatusCode, Close: resp.Close || !resp.ProtoAtLeast(1, 1), Value: resp}, nil
}

// watch is a transfer in the terms of the lean transport.
type watch struct{ *transfer }

func (w watch) Context() context.Context { return w.ctx }
func (w watch) SetKill(k io.Closer)      { w.setKill(k) }
func (w watch) Aborted() error           { return w.aborted() }

// overrides reports whether a field replaces one of the base.
func (b baseHeader) overrides(fs []field) bool {
	for _, f := range fs {
		if b.names[f.name] || f.name == "Host" {
			return true
		}
	}
	return false
}

func basicAuth(u *url.Userinfo) string {
	password, _ := u.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password))
}

// isPlainHost reports whether s can be sent as Host as it is: it is no international name and
// has no IPv6 zone.
func isPlainHost(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 || s[i] == '%' {
			return false
		}
	}
	return true
}

type closerFunc func()

func (f closerFunc) Close() error { f(); return nil }
