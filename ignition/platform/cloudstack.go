package platform

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/ignition/resource"
)

const (
	cloudStackFile = "cloudstack/userdata/user_data.txt"
	leaseDir       = "/run/systemd/netif/leases"
	pollLease      = 500 * time.Millisecond
	maxLease       = 1 << 20 // bytes of a lease file that are read
)

// fetchCloudStack asks the config drive and the metadata service, which runs on the
// virtual router and so has the address of the DHCP server.
func fetchCloudStack(ctx context.Context, e *env) (Result, error) {
	return e.first(ctx,
		e.drive(ctx, "config drive (config)", "config-2", cloudStackFile),
		e.drive(ctx, "config drive (CONFIG)", "CONFIG-2", cloudStackFile),
		source{"metadata service", func(ctx context.Context) ([]byte, error) {
			server, err := e.dhcpServer(ctx)
			if err != nil {
				return nil, err
			}
			host := server.String()
			if server.Is6() {
				host = "[" + host + "]"
			}
			u := url.URL{Scheme: "http", Host: host, Path: "/latest/user-data"}
			raw, err := e.get(ctx, u.String(), nil)
			if errors.Is(err, resource.ErrNotFound) {
				return nil, nil
			}
			return raw, err
		}},
	)
}

// dhcpServer waits for a lease of systemd-networkd and returns who gave it.
func (e *env) dhcpServer(ctx context.Context) (netip.Addr, error) {
	for {
		all, err := e.interfaces()
		if err != nil {
			return netip.Addr{}, fmt.Errorf("could not list interfaces: %w", err)
		}
		for _, i := range all {
			lease, err := os.Open(filepath.Join(e.path(leaseDir), strconv.Itoa(i.index)))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			} else if err != nil {
				return netip.Addr{}, err
			}
			defer lease.Close()
			return leaseServer(lease)
		}
		e.log.Debug("No leases found. Waiting...")
		if err := pause(ctx, pollLease); err != nil {
			return netip.Addr{}, err
		}
	}
}

// leaseServer returns the address in a lease file, which has lines NAME=value.
func leaseServer(lease io.Reader) (netip.Addr, error) {
	lines := bufio.NewScanner(io.LimitReader(lease, maxLease))
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), "SERVER_ADDRESS="); ok {
			address, err := netip.ParseAddr(value)
			if err != nil {
				return address, fmt.Errorf("dhcp server address in lease: %w", err)
			}
			return address, nil
		}
	}
	if err := lines.Err(); err != nil {
		return netip.Addr{}, err
	}
	return netip.Addr{}, errors.New("dhcp server address not found in leases")
}
