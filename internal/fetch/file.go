package fetch

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// openFile answers a file: URL from the file system. The file's time is its Last-Modified.
func (c *Client) openFile(req *Request, t target) (*Response, error) {
	fail := func(err error) (*Response, error) {
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%w: %w", ErrNotFound, err)
		}
		return nil, &Error{URL: t.String(), CurlCode: CurlFile, Err: err}
	}
	if err := onlyGet(req); err != nil {
		return nil, err
	}
	path, err := filePath(t.u)
	if err != nil {
		return fail(err)
	}
	// A pipe that nobody writes to would keep an ordinary open waiting for ever.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return fail(err)
	}
	resp, err := describeFile(req, t, f)
	if err == nil {
		err = skipFile(req, resp, f)
	}
	if err != nil {
		f.Close()
		return fail(err)
	}
	var src io.Reader = f
	if resp.NotModified {
		src = strings.NewReader("")
	}
	if err := wrapBody(req, resp, src, t.String); err != nil {
		f.Close()
		return nil, err
	}
	b := resp.Body.(*replyBody)
	b.end = append(b.end, func() { f.Close() })
	return resp, nil
}

func describeFile(req *Request, t target, f *os.File) (*Response, error) {
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	mtime := st.ModTime().Truncate(time.Second)
	return &Response{
		StatusCode: http.StatusOK, LastModified: mtime, FinalURL: t.u, Size: st.Size(),
		NotModified: req.IfNoneMatch == "" && !req.IfModifiedSince.IsZero() && !mtime.After(req.IfModifiedSince),
	}, nil
}

// skipFile answers the request for a range. Like a server, it delivers the whole file when it
// is not the one that If-Range means, or not that long.
func skipFile(req *Request, resp *Response, f *os.File) error {
	from, size := req.rangeFrom, resp.Size
	if from == 0 || from >= size || req.ifRange != "" && req.ifRange != resp.LastModified.UTC().Format(http.TimeFormat) {
		return nil
	}
	resp.StatusCode = http.StatusPartialContent
	resp.Header = http.Header{"Content-Range": {fmt.Sprintf("bytes %d-%d/%d", from, size-1, size)}}
	resp.Size = size - from
	_, err := f.Seek(from, io.SeekStart)
	return err
}

// filePath is the local path of a file: URL.
func filePath(u *url.URL) (string, error) {
	if u.Host != "" && u.Host != "localhost" {
		return "", errors.New("file: URL of another host")
	}
	if u.Opaque != "" || !strings.HasPrefix(u.Path, "/") {
		return "", errors.New("file: URL without absolute path")
	}
	if strings.ContainsRune(u.Path, 0) {
		return "", errors.New("NUL in path")
	}
	return filepath.FromSlash(u.Path), nil
}

// openData answers a data: URL from itself.
func (c *Client) openData(req *Request, t target) (*Response, error) {
	if err := onlyGet(req); err != nil {
		return nil, err
	}
	mediaType, data, err := ParseDataURL("data:" + t.u.Opaque)
	if err != nil {
		return nil, &Error{URL: t.String(), CurlCode: CurlMalformedURL, Err: err}
	}
	resp := &Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {mediaType}},
		FinalURL: t.u, Size: int64(len(data)),
	}
	if req.rangeFrom > 0 {
		return nil, &Error{URL: t.String(), CurlCode: CurlRange, Err: ErrNotSupported}
	}
	return resp, wrapBody(req, resp, strings.NewReader(data), t.String)
}

func onlyGet(req *Request) error {
	if req.method() != http.MethodGet || len(req.Body) > 0 {
		return fmt.Errorf("%s of a local URL: %w", req.method(), ErrNotSupported)
	}
	return nil
}

// DefaultMediaType is that of a data: URL which names none (RFC 2397).
const DefaultMediaType = "text/plain;charset=US-ASCII"

// ParseDataURL splits and decodes a data: URL (RFC 2397): "data:[type][;base64],data". The
// data is percent-decoded, then, with ";base64", decoded from the standard or the URL-safe
// alphabet with or without padding.
func ParseDataURL(s string) (mediaType, data string, err error) {
	if len(s) < 5 || !strings.EqualFold(s[:5], "data:") {
		return "", "", errors.New("not a data: URL")
	}
	meta, raw, ok := strings.Cut(s[5:], ",")
	if !ok {
		return "", "", errors.New("data: URL without comma")
	}
	mediaType, isBase64 := cutSuffixFold(meta, ";base64")
	switch {
	case mediaType == "":
		mediaType = DefaultMediaType
	case strings.HasPrefix(mediaType, ";"):
		mediaType = "text/plain" + mediaType
	}
	if data, err = url.PathUnescape(raw); err != nil {
		return "", "", errors.New("data: URL with a bad percent escape")
	}
	if isBase64 {
		if data, err = decodeBase64(data); err != nil {
			return "", "", err
		}
	}
	return mediaType, data, nil
}

func cutSuffixFold(s, suffix string) (string, bool) {
	n := len(s) - len(suffix)
	if n < 0 || !strings.EqualFold(s[n:], suffix) {
		return s, false
	}
	return s[:n], true
}

func decodeBase64(s string) (string, error) {
	enc := base64.RawStdEncoding
	if strings.ContainsAny(s, "-_") {
		enc = base64.RawURLEncoding
	}
	if trimmed := strings.TrimRight(s, "="); trimmed != s {
		if len(s)%4 != 0 || len(s)-len(trimmed) > 2 {
			return "", errors.New("data: URL with bad base64 padding")
		}
		s = trimmed
	}
	b, err := enc.DecodeString(s)
	if err != nil {
		return "", errors.New("data: URL with bad base64")
	}
	return string(b), nil
}
