package s3

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

const (
	partSize    = 5 << 20
	parallel    = 5
	maxErrorDoc = 64 << 10
)

// transfer is one object being read.
type transfer struct {
	c           *Client
	client      *http.Client
	url         *url.URL
	region      string
	credentials Credentials
	o           *object
}

// part is a range of the object.
type part struct {
	data  []byte
	total int64  // size of the object
	etag  string // of the object
	err   error
	done  chan struct{}

	whole io.ReadCloser // the server ignored the range: all of the object
}

// start requests the first part, which tells the size of the object.
func (t transfer) start(ctx context.Context) (io.ReadCloser, error) {
	first := part{}
	if err := t.fetch(ctx, &first, 0); err != nil {
		return nil, t.o.wrap(err)
	}
	if first.whole != nil {
		return first.whole, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	r := &reader{t: t, ctx: ctx, cancel: cancel, part: first.data, rest: first.data, etag: first.etag,
		total: first.total, next: int64(len(first.data))}
	r.ahead()
	return r, nil
}

// reader hands the parts out in order.
type reader struct {
	t      transfer
	ctx    context.Context
	cancel context.CancelFunc
	group  sync.WaitGroup
	part   []byte   // the current one
	rest   []byte   // of it
	spare  [][]byte // buffers of parts that have been handed out
	queue  []*part  // requested, in order
	next   int64    // offset of the next part to request
	total  int64
	etag   string
	err    error
}

// ahead requests parts until enough are on the way.
func (r *reader) ahead() {
	for len(r.queue) < parallel && r.next < r.total {
		p := &part{etag: r.etag, total: r.total, done: make(chan struct{})}
		if n := len(r.spare); n > 0 {
			p.data, r.spare = r.spare[n-1], r.spare[:n-1]
		}
		offset := r.next
		r.group.Go(func() {
			defer close(p.done)
			p.err = r.t.fetch(r.ctx, p, offset)
		})
		r.queue = append(r.queue, p)
		r.next += min(partSize, r.total-r.next)
	}
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(r.rest) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		if len(r.queue) == 0 {
			r.err = io.EOF
			return 0, r.err
		}
		head := r.queue[0]
		<-head.done
		if head.err != nil {
			r.err = r.t.o.wrap(head.err)
			return 0, r.err
		}
		r.spare = append(r.spare, r.part)
		r.part, r.rest, r.queue = head.data, head.data, r.queue[1:]
		r.ahead()
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// Close ends all requests.
func (r *reader) Close() error {
	r.cancel()
	r.group.Wait()
	r.part, r.rest, r.queue, r.spare = nil, nil, nil, nil
	if r.err == nil {
		r.err = errors.New("read after close")
	}
	return nil
}

// fetch fills a part, with repetitions. Only the first part may turn out to be whole.
func (t *transfer) fetch(ctx context.Context, p *part, offset int64) error {
	return t.c.try(ctx, func() (bool, error) { return t.once(ctx, p, offset) })
}

func (t *transfer) once(ctx context.Context, p *part, offset int64) (again bool, err error) {
	req, err := t.c.request(ctx, http.MethodGet, t.url)
	if err != nil {
		return false, err
	}
	req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", offset, offset+partSize-1))
	if p.etag != "" {
		req.Header.Set("If-Match", p.etag)
	}
	if err := t.c.sign(ctx, req, t.credentials, t.region); err != nil {
		return false, err
	}
	resp, err := t.client.Do(req)
	if err != nil {
		return true, err
	}
	if offset == 0 && resp.StatusCode == http.StatusOK {
		p.whole = resp.Body
		return false, nil
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusPartialContent:
		return p.read(resp, offset)
	case offset == 0 && isEmptyObject(resp):
		return false, nil
	}
	return resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests, problemOf(resp)
}

// read takes the bytes of a part.
func (p *part) read(resp *http.Response, offset int64) (again bool, err error) {
	start, end, total, err := parseRange(resp.Header.Get("Content-Range"))
	if err != nil {
		return false, err
	}
	first := offset == 0
	if start != offset || end != min(offset+partSize, total)-1 || !first && total != p.total {
		return false, errors.New("server sent another range")
	}
	etag := resp.Header.Get("ETag")
	if !first && etag != p.etag {
		return false, errors.New("object changed while it was read")
	}
	size := int(end - start + 1)
	if cap(p.data) < size {
		p.data = make([]byte, 0, size)
	}
	p.data = p.data[:size]
	if _, err := io.ReadFull(resp.Body, p.data); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return true, err
	}
	p.total, p.etag = total, etag
	return false, nil
}

// parseRange reads a Content-Range: bytes 0-99/1234. The range is valid and not empty.
func parseRange(s string) (start, end, total int64, err error) {
	invalid := func() (int64, int64, int64, error) {
		return 0, 0, 0, fmt.Errorf("invalid Content-Range %.80q", s)
	}
	rest, ok := strings.CutPrefix(s, "bytes ")
	span, size, ok2 := strings.Cut(rest, "/")
	from, to, ok3 := strings.Cut(span, "-")
	if !ok || !ok2 || !ok3 {
		return invalid()
	}
	var errs [3]error
	start, errs[0] = parseSize(from)
	end, errs[1] = parseSize(to)
	total, errs[2] = parseSize(size)
	if errors.Join(errs[:]...) != nil || start > end || end >= total {
		return invalid()
	}
	return start, end, total, nil
}

// parseSize reads digits only.
func parseSize(s string) (int64, error) {
	n, err := strconv.ParseUint(s, 10, 62)
	return int64(n), err
}

// isEmptyObject says whether an answer means that there is no first byte.
func isEmptyObject(resp *http.Response) bool {
	if resp.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		return false
	}
	if resp.Header.Get("Content-Range") == "bytes */0" {
		return true
	}
	doc, err := parseProblem(io.LimitReader(resp.Body, maxErrorDoc))
	return err == nil && doc.Code == "InvalidRange" && doc.Size == "0"
}

// problem is an error document of S3.
type problem struct {
	XMLName xml.Name `xml:"Error"`
	Code    string   `xml:"Code"`
	Message string   `xml:"Message"`
	Size    string   `xml:"ActualObjectSize"`
}

// parseProblem reads an error document.
func parseProblem(r io.Reader) (problem, error) {
	var doc problem
	data, err := io.ReadAll(r)
	if err != nil {
		return doc, err
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&doc); err != nil {
		return problem{}, err
	}
	return doc, nil
}

// problemOf describes an answer that is not what was asked for.
func problemOf(resp *http.Response) error {
	doc, err := parseProblem(io.LimitReader(resp.Body, maxErrorDoc))
	if err != nil || doc.Code == "" {
		return statusError(resp.StatusCode)
	}
	return &Error{Status: resp.StatusCode, Code: limit(doc.Code, 64), Message: limit(doc.Message, 300)}
}

func limit(s string, n int) string {
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}

// Error is an error that S3 reports.
type Error struct {
	Status  int    // of HTTP
	Code    string // for instance NoSuchKey
	Message string
}

// Error has the form: status 404: "NoSuchKey": "The specified key does not exist."
func (e *Error) Error() string { return fmt.Sprintf("status %d: %q: %q", e.Status, e.Code, e.Message) }
