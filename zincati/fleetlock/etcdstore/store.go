package etcdstore

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"

	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

// Options tell where etcd is and what to keep there. Nothing but Endpoints has to be set, and without Groups there is
// none to lock.
type Options struct {
	// Endpoints are the URLs of the members of one cluster: http, https or unix, all of the same scheme. Of
	// HOST:PORT the scheme is https if there are certificates, else http.
	Endpoints []string
	// CertFile and KeyFile are PEM files of a client certificate, read for each new connection.
	CertFile, KeyFile string
	// CAFile is a PEM file of the authorities of the servers, default those of the system.
	CAFile string
	// TransactionTimeout bounds each operation including all its attempts, default 3 s.
	TransactionTimeout time.Duration
	// Groups are the groups that exist, with the slots for semaphores that are not in etcd yet.
	Groups semaphore.Groups
	// Logger gets what the attempts met; nil is silent.
	Logger *slog.Logger
}

const defaultTimeout = 3 * time.Second

// Store is a [semaphore.Store] in etcd. All methods may be called at the same time.
type Store struct {
	client  *clientv3.Client
	timeout time.Duration // of an operation
	attempt time.Duration // of one request to etcd
	log     *slog.Logger
	groups  map[string]*group
	ctx     context.Context
	stop    context.CancelFunc
	work    sync.WaitGroup // the goroutines of the groups
}

var _ semaphore.Store = (*Store)(nil)

// Open checks the options and prepares the client. It does not wait for etcd, which may come up later; operations
// fail until then. The values of ctx reach the requests to etcd, its end does not.
func Open(ctx context.Context, opts *Options) (*Store, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	o.Endpoints = withSchemes(o.Endpoints, o.CertFile != "" || o.CAFile != "")
	if err := checkEndpoints(o.Endpoints); err != nil {
		return nil, err
	}
	conf, err := tlsConfig(&o)
	if err != nil {
		return nil, err
	}
	if o.TransactionTimeout <= 0 {
		o.TransactionTimeout = defaultTimeout
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Store{timeout: o.TransactionTimeout, attempt: o.TransactionTimeout, log: o.Logger, groups: map[string]*group{}}
	if len(o.Endpoints) > 1 {
		s.attempt /= 4 // leaves time for the other members when one is silent
	}
	s.ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.client, err = clientv3.New(clientConfig(s.ctx, &o, conf))
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("preparing the etcd client: %w", err)
	}
	for name, slots := range o.Groups {
		s.groups[name] = &group{store: s, key: Key(name), configured: slots}
	}
	return s, nil
}

func clientConfig(ctx context.Context, o *Options, conf *tls.Config) clientv3.Config {
	reconnect := backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: time.Second}
	return clientv3.Config{
		Context:   ctx,
		Endpoints: o.Endpoints,
		TLS:       conf,
		Logger:    zap.NewNop(),
		// The shortest interval that gRPC allows. Until a silent endpoint is noticed the attempts time out.
		DialKeepAliveTime:    10 * time.Second,
		DialKeepAliveTimeout: 3 * time.Second,
		// The default lets the pause between attempts to connect grow to two minutes.
		DialOptions: []grpc.DialOption{grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: reconnect, MinConnectTimeout: 2 * time.Second,
		})},
	}
}

// withSchemes completes endpoints that are just HOST:PORT, as airlock and
// etcd's client take them: with TLS if there are certificates for it.
func withSchemes(endpoints []string, tls bool) []string {
	scheme := "http://"
	if tls {
		scheme = "https://"
	}
	endpoints = slices.Clone(endpoints)
	for i, e := range endpoints {
		if _, port, err := net.SplitHostPort(e); err == nil {
			if _, err := strconv.ParseUint(port, 10, 16); err == nil {
				endpoints[i] = scheme + e
			}
		}
	}
	return endpoints
}

func checkEndpoints(endpoints []string) error {
	if len(endpoints) == 0 {
		return errors.New("no etcd3 endpoints configured")
	}
	first, _, _ := strings.Cut(endpoints[0], ":")
	for _, e := range endpoints {
		scheme, _, ok := strings.Cut(e, "://")
		switch {
		case !ok || scheme != "http" && scheme != "https" && scheme != "unix" && scheme != "unixs":
			return fmt.Errorf("etcd endpoint %q is not a URL of http, https or unix", e)
		case scheme != first:
			return fmt.Errorf("etcd endpoints of different schemes (%s, %s) are not supported", first, scheme)
		}
	}
	return nil
}

func tlsConfig(o *Options) (*tls.Config, error) {
	if (o.CertFile == "") != (o.KeyFile == "") {
		return nil, errors.New("a client certificate for etcd needs both its file and its key")
	}
	if o.CertFile == "" && o.CAFile == "" {
		return nil, nil
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.CertFile != "" {
		load := func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
			return &pair, err
		}
		if _, err := load(nil); err != nil {
			return nil, fmt.Errorf("reading the client certificate for etcd: %w", err)
		}
		conf.GetClientCertificate = load
	}
	if o.CAFile != "" {
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("reading the authorities of etcd: %w", err)
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("authorities of etcd %s: no certificate found", o.CAFile)
		}
	}
	return conf, nil
}

// Lock makes id a holder of group, see [semaphore.Store].
func (s *Store) Lock(ctx context.Context, group, id string) (semaphore.Semaphore, error) {
	return s.do(ctx, group, &op{kind: opLock, id: id})
}

// Unlock removes id from the holders of group, see [semaphore.Store].
func (s *Store) Unlock(ctx context.Context, group, id string) (semaphore.Semaphore, error) {
	return s.do(ctx, group, &op{kind: opUnlock, id: id})
}

// Get reads the semaphore of group and makes it when it is absent.
func (s *Store) Get(ctx context.Context, group string) (semaphore.Semaphore, error) {
	return s.do(ctx, group, &op{kind: opGet})
}

// Reconcile sets the slots of group.
func (s *Store) Reconcile(ctx context.Context, group string, slots uint64) (semaphore.Semaphore, error) {
	return s.do(ctx, group, &op{kind: opReconcile, slots: slots})
}

func (s *Store) do(caller context.Context, name string, o *op) (semaphore.Semaphore, error) {
	var none semaphore.Semaphore
	g, ok := s.groups[name]
	if !ok {
		return none, fmt.Errorf("%w %q", semaphore.ErrUnknownGroup, name)
	}
	var cancel context.CancelFunc
	o.ctx, cancel = context.WithTimeout(caller, s.timeout)
	defer cancel()
	o.answer = make(chan answer, 1)
	if err := o.ctx.Err(); err != nil {
		return none, err
	}
	if err := g.enqueue(o); err != nil {
		return none, err
	}
	select {
	case a := <-o.answer:
		return a.sem, a.err
	case <-s.ctx.Done():
		return none, ErrClosed
	case <-o.ctx.Done():
		return none, s.late(caller, name, o)
	}
}

// late is the error of an operation that has no answer when its time is over.
func (s *Store) late(caller context.Context, group string, o *op) error {
	err := o.ctx.Err()
	if caller.Err() == context.Canceled {
		return err
	}
	var last error
	if p := o.last.Load(); p != nil {
		last = *p
	}
	attrs := []any{"group", group, "timeout", s.timeout}
	if last != nil {
		attrs = append(attrs, "error", last)
	}
	s.log.Warn("no answer from etcd in time", attrs...)
	if errors.Is(last, errConflict) {
		return last
	}
	return &UnavailableError{Err: err, Last: last}
}

// Close gives up what is in progress, which returns [ErrClosed], and closes the connections.
func (s *Store) Close() error {
	for _, g := range s.groups {
		g.mu.Lock()
		g.closed = true
		g.mu.Unlock()
	}
	s.stop()
	s.work.Wait()
	if err := s.client.Close(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
