package cincinnati

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/retryafter"
)

// readGraph reads the body of a success. A body that ends too early is one that cannot be
// decoded; only when time runs out the request is at fault.
func (c *Client) readGraph(ctx context.Context, u *url.URL, resp *http.Response) (*Graph, error) {
	g, err := c.decodeGraph(resp)
	switch {
	case err == nil:
		return g, nil
	case ctx.Err() != nil:
		return nil, requestError(u, fmt.Errorf("reading the body: %w", ctx.Err()))
	}
	return nil, &Error{
		Kind: KindClientJSONDecoding,
		Text: "failed to decode graph: error decoding response body: " + printable(err.Error(), maxText),
		Err:  err,
	}
}

func (c *Client) decodeGraph(resp *http.Response) (*Graph, error) {
	body, err := decompressed(resp)
	if err != nil {
		return nil, err
	}
	return ReadGraph(body, c.maxBytes)
}

// decompressed undoes the content encoding of a body, in a stream.
func decompressed(resp *http.Response) (io.Reader, error) {
	switch encoding := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
		return resp.Body, nil
	case "gzip", "x-gzip":
		return gzip.NewReader(resp.Body)
	default:
		return nil, fmt.Errorf("content encoding %q not supported", shorten(encoding))
	}
}

// serverError reads the explanation of a failure; it is not an error if there is none.
func (c *Client) serverError(resp *http.Response) *Error {
	e := &Error{
		Kind:       "generic_http_" + strconv.Itoa(resp.StatusCode),
		Text:       genericText,
		Code:       resp.StatusCode,
		RetryAfter: retryafter.Parse(resp.Header, c.now(), maxRetryAfter),
	}
	body, err := decompressed(resp)
	if err != nil {
		return e
	}
	data, err := readLimited(body, maxErrorBytes)
	if err != nil {
		return e
	}
	if kind, value, err := parseServerError(data); err == nil {
		e.Kind, e.Text = printable(kind, maxKind), printable(value, maxText)
	}
	return e
}

// parseServerError reads {"kind": "…", "value": "…"}.
func parseServerError(data []byte) (kind, value string, err error) {
	o := objects{scanner{data: data}}
	err = o.document(func() error {
		return o.fields("an error", []field{
			{name: "kind", need: true, read: o.text(&kind)},
			{name: "value", need: true, read: o.text(&value)},
		})
	})
	return kind, value, err
}

// maxRetryAfter bounds what a server may ask for.
const maxRetryAfter = 24 * time.Hour
