package resource

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"
)

// GetOptions change a request of [Fetcher.Get].
type GetOptions struct {
	// Method is GET when empty.
	Method string
	// Header replaces the usual headers of the same names.
	Header http.Header
	// Body is sent with each attempt.
	Body []byte
	// RetryCodes are statuses that are tried again besides those from 500 on.
	RetryCodes []int
	// LocalPort returns the local TCP port to connect from; it is called until
	// it returns a free one. Such connections do not use Options.DialContext. Nil
	// leaves the port to the kernel.
	LocalPort func() int
	// Timeout bounds all attempts together; 0 is the Fetcher's.
	Timeout time.Duration
}

// Get asks a metadata service by HTTP and returns the body, at most Options.MaxBytes.
// It tries again as Fetch does. Nil options are the zero value. Errors are those of
// Fetch, and ErrScheme for URLs other than of http and https.
func (f *Fetcher) Get(ctx context.Context, rawURL string, opt *GetOptions) ([]byte, error) {
	if opt == nil {
		opt = &GetOptions{}
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, ErrScheme
	}
	if f.Offline() {
		return nil, ErrNeedsNetwork
	}
	n := f.reach()
	if opt.Timeout > 0 {
		n = &network{total: opt.Timeout, transport: n.transport, client: n.client}
	}
	if opt.LocalPort != nil {
		n = n.from(opt.LocalPort)
		defer n.transport.CloseIdleConnections()
	}
	ctx, cancel := n.within(ctx)
	defer cancel()
	d := delivery{log: f.logOf(ctx)}
	body, err := f.open(ctx, n.client, d.log, request{
		method: opt.Method, url: u.String(), header: opt.Header, body: opt.Body, retry: opt.RetryCodes})
	if err != nil {
		return nil, err
	}
	m := memory{max: f.opt.MaxBytes}
	d.w = &m
	if err := f.drain(ctx, cancel, &d, body); err != nil {
		return nil, err
	}
	return m.data, nil
}

// maxPorts ends the search for a free local port; there are no more ports.
const maxPorts = 1 << 16

// from returns a network whose connections come from ports of the caller's choice.
func (n *network) from(port func() int) *network {
	t := n.transport.Clone()
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		d := dialer()
		for range maxPorts {
			d.LocalAddr = &net.TCPAddr{Port: port()}
			conn, err := d.DialContext(ctx, network, address)
			taken := errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, syscall.EADDRNOTAVAIL)
			if !taken || ctx.Err() != nil {
				return conn, err
			}
		}
		return nil, errors.New("no free local port")
	}
	return &network{total: n.total, transport: t, client: clientOf(t)}
}
