package server

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/nestos-dev/nestos/internal/httpserve"
	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

// The values of [StoreConfig].Kind.
const (
	KindEtcd3 = "etcd3" // shared with other servers, airlock among them
	KindFile  = "file"  // a directory of this server's own
)

// DefaultTimeout is how long one request may take unless it is configured.
const DefaultTimeout = 3 * time.Second

// Config is the configuration of a server. [ParseConfig] reads it from TOML;
// [DefaultConfig] is that of an empty file, where a literal has zeros.
type Config struct {
	Service ServiceConfig // where nodes are served
	Status  StatusConfig  // where metrics and health are served
	Etcd3   Etcd3Config   // the database, if it is etcd
	Store   StoreConfig   // which database
	Lock    LockConfig    // groups and slots

	// Unknown are the keys that mean nothing, in the file's order.
	Unknown []string
}

// ServiceConfig is the section [service]: the main listener.
type ServiceConfig struct {
	Address string // default 0.0.0.0
	Port    int    // default 9090
	// Socket is the path of a Unix socket to listen on instead of an address.
	Socket string
	// TLS is true by default, as in airlock; it then needs TLSCert and
	// TLSKey, PEM files. ClientCA, if not empty, demands client certificates.
	TLS                       bool
	TLSCert, TLSKey, ClientCA string
	// AuthFile has lines NAME:BCRYPT; if not empty, each request needs a name
	// and password, or a password as bearer token.
	AuthFile string
	// MaxConcurrent bounds the requests under way, 0: 1024.
	MaxConcurrent int
}

// StatusConfig is the section [status]: metrics and health, which are always
// plain HTTP without passwords.
type StatusConfig struct {
	Enabled bool
	Address string // default: all addresses
	Port    int    // default 0: any free port
}

// Etcd3Config is the section [etcd3].
type Etcd3Config struct {
	Endpoints []string
	// ClientCert and ClientKey are PEM files of a client certificate, CACert
	// of authorities for the servers' certificates; all may be empty.
	ClientCert, ClientKey, CACert string
}

// StoreConfig is the section [store].
type StoreConfig struct {
	Kind string // KindEtcd3, which empty means too, or KindFile
	Path string // the directory of KindFile
}

// LockConfig is the section [lock].
type LockConfig struct {
	Groups semaphore.Groups
	// Timeout bounds the handling of one request, with any kind of store; 0
	// means [DefaultTimeout]. In TOML it is etcd3.transaction_timeout_ms, as
	// airlock has it.
	Timeout time.Duration
	// ReconcileSlots applies the configured slots to groups that the store
	// already has; otherwise the store's count stays.
	ReconcileSlots bool
	// Fair lets nodes that were refused, and still ask, go before newcomers.
	Fair bool
}

// DefaultConfig is what an empty file means. As with airlock that is TLS, which
// needs certificates, and etcd, which needs endpoints.
func DefaultConfig() *Config {
	return &Config{
		Service: ServiceConfig{Address: "0.0.0.0", Port: 9090, TLS: true},
		Store:   StoreConfig{Kind: KindEtcd3},
		Lock:    LockConfig{Groups: semaphore.Groups{"default": 1}, Timeout: DefaultTimeout},
	}
}

// file is the configuration as TOML has it. Integers are signed so that a
// negative number is seen and not wrapped around.
type file struct {
	Service    serviceSection `toml:"service"`
	Status     statusSection  `toml:"status"`
	Etcd3      etcd3Section   `toml:"etcd3"`
	Store      storeSection   `toml:"store"`
	Lock       *lockSection   `toml:"lock"`
	Hooks      any            `toml:"hooks"`
	Kubernetes any            `toml:"kubernetes"`
}

type serviceSection struct {
	Address       *string `toml:"address"`
	Port          *int64  `toml:"port"`
	Socket        string  `toml:"socket"`
	TLS           *bool   `toml:"tls"`
	TLSCert       string  `toml:"tls_cert"`
	TLSKey        string  `toml:"tls_key"`
	ClientCA      string  `toml:"client_ca"`
	AuthFile      string  `toml:"auth_file"`
	MaxConcurrent int64   `toml:"max_concurrent"`
}

type statusSection struct {
	Enabled bool   `toml:"enabled"`
	Address string `toml:"address"`
	Port    int64  `toml:"port"`
	TLS     bool   `toml:"tls"`
}

type etcd3Section struct {
	Endpoints  []string `toml:"endpoints"`
	TimeoutMs  *int64   `toml:"transaction_timeout_ms"`
	ClientCert string   `toml:"client_cert_pub_path"`
	ClientKey  string   `toml:"client_cert_key_path"`
	CACert     string   `toml:"ca_cert_path"`
}

type storeSection struct {
	Kind *string `toml:"kind"`
	Path string  `toml:"path"`
}

type lockSection struct {
	DefaultGroupName *string            `toml:"default_group_name"`
	DefaultSlots     *int64             `toml:"default_slots"`
	Groups           []lockGroupSection `toml:"groups"`
	ReconcileSlots   bool               `toml:"reconcile_slots"`
	Fair             bool               `toml:"fair"`
	LongPoll         any                `toml:"long_poll"`
	Lease            any                `toml:"lease"`
}

type lockGroupSection struct {
	Name  string `toml:"name"`
	Slots *int64 `toml:"slots"`
}

// ErrNoCertificate is the error of [ParseConfig] and [New] for a service that is to use TLS, which is the default, without
// service.tls_cert and service.tls_key. Its text is airlock's, which has no TLS.
var ErrNoCertificate = errors.New("TLS mode not yet implemented")

// ParseConfig reads a configuration in TOML, with airlock's keys and the
// additional ones of this package's documentation, and validates it. Unknown
// keys are no error, unless their name asks for TLS or passwords: nothing is
// served in the clear because a key was misspelled. For the same reason
// status.tls = true is an error, which airlock ignores.
func ParseConfig(data []byte) (*Config, error) {
	var f file
	meta, err := toml.Decode(string(data), &f)
	if err != nil {
		return nil, err
	}
	c := DefaultConfig()
	for _, key := range meta.Undecoded() {
		if err := unknownProtection(key); err != nil {
			return nil, err
		}
		c.Unknown = append(c.Unknown, key.String())
	}
	for _, step := range []func(*file) error{f.unsupported, c.service, c.status, c.etcd3, c.lock} {
		if err := step(&f); err != nil {
			return nil, err
		}
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	return c, nil
}

// unknownProtection refuses an unknown key that seems to ask for protection,
// outside of all sections too.
func unknownProtection(key toml.Key) error {
	have := "the keys for it are service.tls, tls_cert, tls_key, client_ca and auth_file"
	names := key[:1]
	if strings.EqualFold(key[0], "service") {
		names = key[1:]
	} else if strings.EqualFold(key[0], "status") {
		names, have = key[1:], "the status service has none, so that its address should be a local one"
	}
	if httpserve.AsksProtection(names...) {
		return fmt.Errorf("unknown key %q seems to ask for protection: %s", key.String(), have)
	}
	return nil
}

// unsupported refuses what other servers offer under plausible names; to
// ignore it would be to promise it.
func (f *file) unsupported(*file) error {
	switch {
	case f.Status.TLS:
		// airlock accepts the key and serves plain HTTP. To serve in the clear
		// what was to be protected is the worse surprise than an error.
		return errors.New("status.tls is not supported: the status service is plain HTTP")
	case f.Hooks != nil:
		return errors.New("hooks are not supported")
	case f.Kubernetes != nil:
		return errors.New("kubernetes leases are not supported")
	case f.Lock != nil && f.Lock.LongPoll != nil:
		return errors.New("lock.long_poll is not supported")
	case f.Lock != nil && f.Lock.Lease != nil:
		return errors.New("lock.lease is not supported")
	}
	return nil
}

func (c *Config) service(f *file) error {
	s := &f.Service
	c.Service = ServiceConfig{
		Address: or(s.Address, c.Service.Address), Socket: s.Socket,
		TLS: or(s.TLS, c.Service.TLS), TLSCert: s.TLSCert, TLSKey: s.TLSKey, ClientCA: s.ClientCA, AuthFile: s.AuthFile,
	}
	var err, err2 error
	c.Service.Port, err = inRange("service.port", or(s.Port, 9090), math.MaxUint16)
	c.Service.MaxConcurrent, err2 = inRange("service.max_concurrent", s.MaxConcurrent, math.MaxInt32)
	return errors.Join(err, err2)
}

func (c *Config) status(f *file) (err error) {
	c.Status = StatusConfig{Enabled: f.Status.Enabled, Address: f.Status.Address}
	c.Status.Port, err = inRange("status.port", f.Status.Port, math.MaxUint16)
	return err
}

func (c *Config) etcd3(f *file) error {
	e := &f.Etcd3
	ms, err := inRange("etcd3.transaction_timeout_ms", or(e.TimeoutMs, DefaultTimeout.Milliseconds()), math.MaxInt32)
	c.Lock.Timeout = time.Duration(ms) * time.Millisecond
	c.Etcd3 = Etcd3Config{Endpoints: e.Endpoints, ClientCert: e.ClientCert, ClientKey: e.ClientKey, CACert: e.CACert}
	c.Store = StoreConfig{Kind: or(f.Store.Kind, KindEtcd3), Path: f.Store.Path}
	return err
}

func (c *Config) lock(f *file) error {
	if f.Lock == nil {
		return nil
	}
	l := f.Lock
	c.Lock.Groups = semaphore.Groups{}
	c.Lock.ReconcileSlots, c.Lock.Fair = l.ReconcileSlots, l.Fair
	base, slots := or(l.DefaultGroupName, "default"), or(l.DefaultSlots, 1)
	// The base group is last: it overrides an entry of the same name.
	for _, g := range append(slices.Clip(l.Groups), lockGroupSection{base, &slots}) {
		n := or(g.Slots, slots)
		if g.Name == "" {
			continue // no client can ask for it
		}
		if n < 0 {
			return fmt.Errorf("group %q: slots must not be negative: %d", g.Name, n)
		}
		c.Lock.Groups[g.Name] = uint64(n)
	}
	return nil
}

// Check finds settings that cannot work. [ParseConfig] calls it.
func (c *Config) Check() error {
	if err := c.checkGroups(); err != nil {
		return err
	}
	if err := c.CheckStore(); err != nil {
		return err
	}
	return c.checkTLS()
}

func (c *Config) checkGroups() error {
	if len(c.Lock.Groups) == 0 {
		return errors.New("no lock-groups configured")
	}
	return nil
}

// CheckStore finds settings of the store that cannot work. [New], which is given
// a store, does not look at them.
func (c *Config) CheckStore() error {
	switch c.Store.Kind {
	case KindEtcd3, "":
		if len(c.Etcd3.Endpoints) == 0 {
			return errors.New("no etcd3 endpoints configured")
		}
		if (c.Etcd3.ClientCert == "") != (c.Etcd3.ClientKey == "") {
			return errors.New("etcd3.client_cert_pub_path and etcd3.client_cert_key_path need each other")
		}
	case KindFile:
		if c.Store.Path == "" {
			return errors.New("no store.path configured")
		}
	default:
		return fmt.Errorf("store.kind %q is not supported", c.Store.Kind)
	}
	return nil
}

func (c *Config) checkTLS() error {
	s := &c.Service
	switch {
	case !s.TLS && (s.TLSCert != "" || s.TLSKey != "" || s.ClientCA != ""):
		return errors.New("service.tls is false, but certificates are configured")
	case s.TLS && s.TLSCert == "" && s.TLSKey == "":
		// airlock's words, by which operators find the answer.
		return ErrNoCertificate
	case s.TLS && (s.TLSCert == "" || s.TLSKey == ""):
		return errors.New("service.tls_cert and service.tls_key need each other")
	}
	return nil
}

func or[T any](p *T, def T) T {
	if p == nil {
		return def
	}
	return *p
}

func inRange(key string, n, most int64) (int, error) {
	if n < 0 || n > most {
		return 0, fmt.Errorf("%s must be between 0 and %d: %d", key, most, n)
	}
	return int(n), nil
}
