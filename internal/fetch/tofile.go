package fetch

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// File is what [Client.GetToFile] writes to; *os.File is one.
type File interface {
	io.Reader
	io.Writer
	io.Seeker
	Truncate(size int64) error
}

// FileResult tells what a file written by [Client.GetToFile] holds, and all that is needed to
// go on with it after an error.
type FileResult struct {
	Size         int64     // bytes in the file
	Complete     bool      // the whole resource, verified as far as the request allows
	ETag         string    // of the resource that the bytes belong to
	LastModified time.Time // likewise
	NotModified  bool      // the condition of the request held; the file is untouched
	FinalURL     *url.URL  // address after redirects; may hold credentials
	Transferred  int64     // body bytes received by this call
}

// resumeProgress is how many bytes an attempt must have gained not to count as a retry.
const resumeProgress = 1 << 20

// GetToFile fetches a resource into f. After a broken transfer it asks for the missing range
// only, provided that the reply had a strong ETag or a Last-Modified (sent as If-Range) or
// that the request has a Digest, and that the server can do ranges; otherwise it begins anew.
//
// With prev, the result of an earlier call that failed, the first prev.Size bytes of f are
// kept in the same way; nil empties f first. On an error the result is valid too, and f holds
// its Size bytes. Nothing is synced to disk. AcceptGzip, Decode and other methods than GET
// are not supported.
func (c *Client) GetToFile(ctx context.Context, req Request, f File, prev *FileResult) (*FileResult, error) {
	d := &download{c: c, req: req, f: f}
	if prev != nil {
		d.res = *prev
		d.res.Complete, d.res.NotModified, d.res.Transferred = false, false, 0
	}
	err := d.check()
	if err == nil {
		err = d.run(ctx)
	}
	return &d.res, err
}

// download is the state of one GetToFile.
type download struct {
	c      *Client
	req    Request
	f      File
	res    FileResult
	hash   hash.Hash // of the first hashed bytes of f
	hashed int64
	fresh  bool // begin at 0 from now on: the resumed bytes turned out to be useless
}

func (d *download) check() error {
	if d.req.AcceptGzip || d.req.Decode != nil || d.req.method() != http.MethodGet {
		return fmt.Errorf("decoding and methods in a download to a file: %w", ErrNotSupported)
	}
	if d.res.Size < 0 {
		return fmt.Errorf("negative size of the earlier part")
	}
	return d.req.check()
}

func (d *download) run(ctx context.Context) error {
	for n := 1; ; n++ {
		before := d.res.Size
		err := d.attempt(ctx)
		if err == nil {
			return nil
		}
		if errors.Is(err, errStartOver) && !d.fresh {
			d.fresh = true
			d.c.tracef("* range not delivered or wrong; beginning anew")
			continue
		}
		if d.res.Size-before >= resumeProgress {
			n = 1
		}
		if err := d.c.beforeRetry(ctx, &d.req, err, n); err != nil {
			return err
		}
	}
}

// errStartOver is wrapped by errors that are only due to having resumed.
var errStartOver = errors.New("cannot resume")

// attempt makes one request for what is missing.
func (d *download) attempt(ctx context.Context) error {
	req := d.req
	req.MaxSize, req.ExpectedSize, req.Digest = 0, 0, ""
	req.AcceptStatus = append([]int{http.StatusRequestedRangeNotSatisfiable}, req.AcceptStatus...)
	if from := d.resumeAt(); from > 0 {
		req.rangeFrom, req.ifRange = from, d.validator()
		req.IfNoneMatch, req.IfModifiedSince = "", time.Time{}
	}
	resp, err := d.c.tryMirrors(ctx, &req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	d.res.FinalURL = resp.FinalURL
	if resp.NotModified {
		d.res.NotModified, d.res.ETag, d.res.LastModified = true, resp.ETag, resp.LastModified
		return nil
	}
	start, total, err := rangeOf(resp, req.rangeFrom)
	if err != nil {
		return err
	}
	if start == 0 {
		d.res.ETag, d.res.LastModified = resp.ETag, resp.LastModified
	}
	return d.save(resp, start, total)
}

// resumeAt is the number of bytes that need not be asked for.
func (d *download) resumeAt() int64 {
	if d.fresh || d.validator() == "" && d.req.Digest == "" || strings.HasPrefix(d.req.URL, "data:") {
		return 0
	}
	return d.res.Size
}

// validator is the value of If-Range, which takes no weak ETag.
func (d *download) validator() string {
	switch {
	case d.res.ETag != "" && !strings.HasPrefix(d.res.ETag, "W/"):
		return d.res.ETag
	case !d.res.LastModified.IsZero():
		return d.res.LastModified.UTC().Format(http.TimeFormat)
	}
	return ""
}

// rangeOf finds where the body begins and how long the whole is (-1: unknown).
func rangeOf(resp *Response, asked int64) (start, total int64, err error) {
	r, ok := parseContentRange(resp.Header.Get("Content-Range"))
	switch {
	case resp.StatusCode == http.StatusRequestedRangeNotSatisfiable && asked > 0:
		if ok && r.first < 0 && r.total == asked {
			return asked, asked, nil // there was nothing missing
		}
	case resp.StatusCode == http.StatusPartialContent && asked > 0:
		if ok && r.first == asked {
			return asked, r.total, nil
		}
	case resp.StatusCode != http.StatusRequestedRangeNotSatisfiable:
		return 0, resp.Size, nil
	}
	cause := error(errStartOver)
	if asked == 0 {
		cause = errors.New("a range was not asked for")
	}
	return 0, 0, &Error{URL: displayURL(resp.FinalURL), CurlCode: CurlRange, Err: cause}
}

// save writes the body behind the first start bytes of the file.
func (d *download) save(resp *Response, start, total int64) error {
	name := func() string { return displayURL(resp.FinalURL) }
	if err := d.seek(start); err != nil {
		return err
	}
	var body io.Reader = resp.Body
	if resp.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		body = strings.NewReader("")
	}
	m := newMeter(body, name, d.req.MaxSize, d.req.ExpectedSize, d.req.Digest)
	m.n = start
	if m.limit > 0 && max(total, start) > m.limit {
		d.res.Size = 0
		return m.tooLarge()
	}
	if m.hash != nil {
		m.hash = d.hash
	}
	n, err := io.Copy(d.f, m)
	d.res.Size += n
	d.res.Transferred += n
	if d.hashed = m.n; m.n != d.res.Size {
		d.hash = nil // bytes were read but could not be written
	}
	if err == nil && total >= 0 && d.res.Size != total {
		err = &Error{URL: name(), CurlCode: CurlPartialFile, Err: io.ErrUnexpectedEOF}
	}
	if _, bad := errors.AsType[*DigestError](err); bad {
		d.res.Size, d.hash = 0, nil
		if start > 0 {
			return fmt.Errorf("%w: %w", err, errStartOver)
		}
	}
	d.res.Complete = err == nil
	return err
}

// seek makes the file start bytes long, and the hash that of these bytes.
func (d *download) seek(start int64) error {
	if d.req.Digest != "" && (d.hash == nil || d.hashed != start) {
		d.hash = d.req.Digest.Algorithm().Hash()
		if _, err := d.f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if _, err := io.CopyN(d.hash, d.f, start); err != nil {
			return fmt.Errorf("reading what was downloaded before: %w", err)
		}
		d.hashed = start
	}
	d.res.Size = start
	if err := d.f.Truncate(start); err != nil {
		return err
	}
	_, err := d.f.Seek(start, io.SeekStart)
	return err
}

// contentRange is the value of a Content-Range: first and last are -1 in "*/total", total is
// -1 in "first-last/*".
type contentRange struct{ first, last, total int64 }

func parseContentRange(s string) (contentRange, bool) {
	none := contentRange{-1, -1, -1}
	s, ok := strings.CutPrefix(s, "bytes ")
	if !ok {
		return none, false
	}
	span, total, ok := strings.Cut(s, "/")
	if !ok {
		return none, false
	}
	r := none
	if total != "*" {
		if r.total, ok = parseOffset(total); !ok {
			return none, false
		}
	}
	if span == "*" {
		return r, r.total >= 0
	}
	first, last, _ := strings.Cut(span, "-")
	var ok1, ok2 bool
	r.first, ok1 = parseOffset(first)
	r.last, ok2 = parseOffset(last)
	if !ok1 || !ok2 || r.last < r.first || r.total >= 0 && r.last >= r.total {
		return none, false
	}
	return r, true
}

func parseOffset(s string) (int64, bool) {
	n, err := strconv.ParseUint(s, 10, 63)
	return int64(n), err == nil
}
