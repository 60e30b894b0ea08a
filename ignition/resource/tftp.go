package resource

import (
	"context"
	"net"
	"net/url"

	"github.com/nestos-dev/nestos/ignition/resource/internal/tftp"
)

// fetchTFTP delivers a file of a TFTP server. httpTotal has no say in it.
func (f *Fetcher) fetchTFTP(ctx context.Context, u *url.URL, d *delivery) error {
	address := u.Host
	if u.Port() == "" {
		address = net.JoinHostPort(u.Hostname(), "69")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	file, err := tftp.Open(ctx, address, u.Path, nil)
	if err != nil {
		return because(ctx, err)
	}
	return f.drain(ctx, cancel, d, file)
}
