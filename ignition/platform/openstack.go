package platform

import (
	"context"
	"errors"
	"net"
	"net/url"
	"sync"

	"github.com/nestos-dev/nestos/ignition/resource"
)

const (
	openStackFile = "openstack/latest/user_data"
	// openStackIPv6 is the link-local address of the metadata service.
	openStackIPv6 = "fe80::a9fe:a9fe"
)

// fetchOpenStack asks the config drive, whose label some set in capitals, and the
// metadata service.
func fetchOpenStack(ctx context.Context, e *env) (Result, error) {
	return e.first(ctx,
		e.drive(ctx, "config drive (config-2)", "config-2", openStackFile),
		e.drive(ctx, "config drive (CONFIG-2)", "CONFIG-2", openStackFile),
		source{"metadata service", func(ctx context.Context) ([]byte, error) {
			return openStackMetadata(ctx, e)
		}},
	)
}

// openStackMetadata asks the service at all its addresses at once. The first one
// that has a config wins. Without one, a service that was reached and has none
// means that there is none, once all others have failed.
func openStackMetadata(ctx context.Context, e *env) ([]byte, error) {
	urls := []string{linkLocal + "/" + openStackFile}
	names, err := e.ipv6Interfaces()
	if err != nil {
		e.log.Info("No active IPv6 network interface found: %v", err)
	}
	for _, name := range names {
		u := url.URL{Scheme: "http", Host: "[" + openStackIPv6 + "%" + name + "]", Path: "/" + openStackFile}
		urls = append(urls, u.String())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make([]answer, len(urls))
	var (
		wg   sync.WaitGroup
		once sync.Once
		won  *answer
	)
	for n, u := range urls {
		wg.Go(func() {
			raw, err := e.get(ctx, u, nil)
			answers[n] = answer{n, raw, err}
			if err != nil {
				if ctx.Err() == nil {
					e.log.Err("fetching configuration for %s: %v", u, err)
				}
				return
			}
			once.Do(func() {
				e.log.Debug("got configuration from: %s", u)
				won = &answers[n]
				cancel()
			})
		})
	}
	wg.Wait()
	if won != nil {
		return won.raw, nil
	}
	return nil, verdict(answers)
}

// verdict is the error of addresses that all failed, in their order: none if one of
// them was a service that has no config.
func verdict(answers []answer) error {
	var errs []error
	for _, a := range answers {
		if errors.Is(a.err, resource.ErrNotFound) {
			return nil
		}
		errs = append(errs, a.err)
	}
	return errors.Join(errs...)
}

// netInterface is what matters of a network interface.
type netInterface struct {
	index    int
	name     string
	up       bool
	loopback bool
	ipv6     bool // has an IPv6 address
}

// interfaces returns those of this machine, in the kernel's order.
func interfaces() ([]netInterface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	list := make([]netInterface, len(all))
	for n, i := range all {
		list[n] = netInterface{
			index:    i.Index,
			name:     i.Name,
			up:       i.Flags&net.FlagUp != 0,
			loopback: i.Flags&net.FlagLoopback != 0,
		}
		addresses, err := i.Addrs()
		if err != nil {
			continue // the interface is gone
		}
		for _, a := range addresses {
			if a, ok := a.(*net.IPNet); ok && a.IP.To4() == nil {
				list[n].ipv6 = true
			}
		}
	}
	return list, nil
}

// ipv6Interfaces returns the names of those that may reach the service.
func (e *env) ipv6Interfaces() ([]string, error) {
	all, err := e.interfaces()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, i := range all {
		if i.up && !i.loopback && i.ipv6 {
			names = append(names, i.name)
		}
	}
	if len(names) == 0 {
		return nil, errors.New("no active IPv6 network interface found")
	}
	return names, nil
}
