package resource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"golang.org/x/net/http/httpguts"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/dataurl"
)

// Fetch writes the decompressed bytes of a resource to w and verifies them. After an
// error w holds garbage. A resource without source, or with an empty one, has no
// bytes; these are not verified. Errors: [ErrNeedsNetwork], [ErrNotFound],
// [ErrFailed], [ErrTimeout], *[HashError] and others of this package, those of w,
// and those of transports.
func (f *Fetcher) Fetch(ctx context.Context, res types.Resource, w io.Writer) error {
	if res.Source == nil || *res.Source == "" {
		return nil
	}
	d := delivery{log: f.logOf(ctx), w: w}
	if err := d.demand(res); err != nil {
		return err
	}
	source := *res.Source
	if isData(source) {
		data, err := decodeData(source)
		if err != nil {
			return err
		}
		return f.deliverBytes(&d, data)
	}
	header, err := headerOf(res.HTTPHeaders)
	if err != nil {
		return err
	}
	u, err := url.Parse(source)
	if err != nil {
		return err
	}
	if u.Scheme == "" {
		return nil
	}
	if f.Offline() {
		return ErrNeedsNetwork
	}
	return f.fetchURL(ctx, u, header, &d)
}

// FetchBytes is [Fetcher.Fetch] into memory, at most Options.MaxBytes: beyond that
// it returns ErrTooLarge.
func (f *Fetcher) FetchBytes(ctx context.Context, res types.Resource) ([]byte, error) {
	m := memory{max: f.opt.MaxBytes}
	if err := f.Fetch(ctx, res, &m); err != nil {
		return nil, err
	}
	return m.data, nil
}

// memory is a bounded writer.
type memory struct {
	data []byte
	max  int64
}

func (m *memory) Write(p []byte) (int, error) {
	if int64(len(p)) > m.max-int64(len(m.data)) {
		return 0, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, m.max)
	}
	m.data = append(m.data, p...)
	return len(p), nil
}

// demand takes over what a resource says about its bytes.
func (d *delivery) demand(res types.Resource) (err error) {
	if res.Compression != nil {
		switch *res.Compression {
		case "":
		case "gzip":
			d.gzip = true
		default:
			return ErrCompression
		}
	}
	d.check, err = newCheck(res.Verification)
	return err
}

// decodeData decodes a data URL. Its text must not get into an error.
func decodeData(source string) ([]byte, error) {
	for i := range len(source) {
		if source[i] < ' ' || source[i] == 0x7f {
			return nil, errors.New("unable to parse url")
		}
	}
	return dataurl.Decode("data:" + source[len("data:"):])
}

// headerOf returns the headers of a resource; a later one replaces an earlier one of
// the same name.
func headerOf(list types.HTTPHeaders) (http.Header, error) {
	if len(list) == 0 {
		return nil, nil
	}
	header := http.Header{}
	for _, h := range list {
		if h.Name == "" {
			return nil, ErrHeaderName
		}
		if h.Value == nil || *h.Value == "" {
			return nil, ErrHeader
		}
		// net/http would refuse each attempt.
		if !httpguts.ValidHeaderFieldName(h.Name) || !httpguts.ValidHeaderFieldValue(*h.Value) {
			return nil, ErrHeader
		}
		header.Set(h.Name, *h.Value)
	}
	return header, nil
}

// fetchURL delivers what needs the network.
func (f *Fetcher) fetchURL(ctx context.Context, u *url.URL, header http.Header, d *delivery) error {
	switch u.Scheme {
	case "http", "https":
		if f.opt.AzureToken != nil && isAzureBlob(u) {
			if done, err := f.fetchAzure(ctx, u, d); done {
				return err
			}
		}
		return f.fetchHTTP(ctx, request{url: u.String(), header: header}, d)
	case "tftp":
		return f.fetchTFTP(ctx, u, d)
	case "gs":
		return f.fetchGoogle(ctx, u, header, d)
	}
	if source := f.opt.Sources[u.Scheme]; source != nil {
		return f.fetchSource(ctx, source, u, d)
	}
	return ErrScheme
}

// fetchSource delivers from one of Options.Sources.
func (f *Fetcher) fetchSource(ctx context.Context, source Source, u *url.URL, d *delivery) error {
	if d.gzip && (u.Scheme == "s3" || u.Scheme == "arn") {
		return ErrCompressionUnsupported
	}
	n := f.reach()
	ctx, cancel := n.within(ctx)
	defer cancel()
	body, err := source.Open(ctx, n.client, u)
	if err != nil {
		return because(ctx, err)
	}
	return f.drain(ctx, cancel, d, body)
}

// drain delivers a body whose reading ends with ctx, which cancel ends, and closes it.
func (f *Fetcher) drain(ctx context.Context, cancel context.CancelFunc, d *delivery, body io.ReadCloser) error {
	err := f.deliver(d, live{ctx, body}, cancel)
	cancel() // or closing would wait for a server that is still sending
	body.Close()
	return err
}

// live is a body whose errors tell when they come from the end of its context.
type live struct {
	ctx  context.Context
	body io.Reader
}

func (l live) Read(p []byte) (int, error) {
	n, err := l.body.Read(p)
	if err != nil && err != io.EOF {
		err = because(l.ctx, err)
	}
	return n, err
}
