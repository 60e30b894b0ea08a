package httpserve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// Service is one of the addresses of a [Group].
type Service struct {
	// Name is for errors and [Group.Addr].
	Name    string
	Config  Config
	Handler http.Handler
	// Done is called when the address is closed; nil is nothing.
	Done func() error
}

// Group is a server with several addresses, of which either all are bound or none. The zero value is not bound. All
// methods may be called at the same time.
type Group struct {
	mu       sync.Mutex
	services []Service
	servers  []*Server
	draining atomic.Bool
}

// Listen binds the addresses. An error names the service; of a group that has been bound before it is an error, too.
// The group takes over the services' Done, also when it fails. A nil log is silent.
func (g *Group) Listen(services []Service, log *slog.Logger) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.servers != nil {
		return errors.Join(errors.New("listening already"), closeAll(services, nil))
	}
	var servers []*Server
	for _, service := range services {
		s, err := Listen(service.Config, log)
		if err != nil {
			return errors.Join(fmt.Errorf("%s: %w", service.Name, err), closeAll(services, servers))
		}
		servers = append(servers, s)
	}
	g.services, g.servers = services, servers
	return nil
}

// closeAll closes those servers of services that there are.
func closeAll(services []Service, servers []*Server) error {
	var errs []error
	for _, s := range servers {
		errs = append(errs, s.Close())
	}
	for _, service := range services {
		if service.Done != nil {
			errs = append(errs, service.Done())
		}
	}
	return errors.Join(errs...)
}

func (g *Group) bound() ([]Service, []*Server) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.services, g.servers
}

// Listening says whether Listen has succeeded.
func (g *Group) Listening() bool {
	_, servers := g.bound()
	return servers != nil
}

// Addr returns the address of a service; nil before Listen and for a name that there is not.
func (g *Group) Addr(name string) net.Addr {
	services, servers := g.bound()
	for i, s := range servers {
		if services[i].Name == name {
			return s.Addr()
		}
	}
	return nil
}

// Draining says whether Serve has begun to end.
func (g *Group) Draining() bool { return g.draining.Load() }

// Serve answers requests until ctx ends or one of the services fails, which is an error. The others end after the first,
// so that its draining can be watched. Serve needs Listen before it, and can be called once.
func (g *Group) Serve(ctx context.Context) error {
	services, servers := g.bound()
	first, stop := context.WithCancel(ctx)
	defer stop()
	context.AfterFunc(first, func() { g.draining.Store(true) })
	rest, stopRest := context.WithCancel(context.WithoutCancel(ctx))
	defer stopRest()
	errs := make([]error, len(servers))
	var all sync.WaitGroup
	for i, s := range servers {
		all.Go(func() {
			defer stop()
			ctx := rest
			if i == 0 {
				ctx = first
				defer stopRest()
			}
			if err := s.Serve(ctx, services[i].Handler); err != nil {
				errs[i] = fmt.Errorf("%s: %w", services[i].Name, err)
			}
		})
	}
	all.Wait()
	return errors.Join(append(errs, closeAll(services, nil))...)
}

// Close stops listening. It is needed only when [Group.Serve] is not called.
func (g *Group) Close() error { return closeAll(g.bound()) }
