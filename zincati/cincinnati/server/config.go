package server

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/nestos-dev/nestos/internal/httpserve"
)

// Mode says which service a server is.
type Mode int

const (
	// GraphBuilder makes graphs from release metadata and hands them out as they are.
	GraphBuilder Mode = iota
	// PolicyEngine takes graphs from a graph builder and hides rollouts from nodes whose turn has not come.
	PolicyEngine
	// Combined is both in one process.
	Combined
)

// String is the name of the mode on the command line.
func (m Mode) String() string {
	switch m {
	case GraphBuilder:
		return "graph-builder"
	case PolicyEngine:
		return "policy-engine"
	}
	return "serve"
}

// Config is the configuration of a server. ParseConfig reads it from TOML; DefaultConfig is that of an empty file.
type Config struct {
	Mode Mode
	// Service is the listener for clients, Status the one for metrics and health.
	Service, Status Listener
	// OriginAllowlist are the web origins whose scripts may read replies. Empty means any.
	OriginAllowlist []string
	Upstream        Upstream
	// Streams are the streams to build, in the order of the file. Unused by PolicyEngine.
	Streams []Stream
}

// Listener is where a server listens and whom it lets in.
type Listener struct {
	// Address and Port are those of TCP. Port 0 takes any that is free.
	Address string
	Port    int
	// Socket is the path of a Unix socket, in place of TCP.
	Socket string
	// TLSCert and TLSKey are PEM files; with them the listener speaks TLS. ClientCA makes it demand certificates
	// that one of the authorities in that file signed.
	TLSCert, TLSKey, ClientCA string
	// AuthFile has lines NAME:BCRYPT. With it every request must carry one of the passwords.
	AuthFile string
	// MaxConcurrent bounds the requests in progress, beyond which clients are told to come back. 0 is the default
	// of the listener.
	MaxConcurrent int
}

// Upstream says where graphs come from.
type Upstream struct {
	// ReleasesURL and UpdatesURL are the release index and the updates metadata of a stream, whose name takes the
	// place of ${stream}: http, https or file.
	ReleasesURL, UpdatesURL string
	// Pause is the time between the end of a round of fetching and the next; Timeout bounds one fetch.
	Pause, Timeout time.Duration
	// URL is the graph endpoint that a PolicyEngine asks.
	URL string
	// Cache is for how long a PolicyEngine uses an answer without asking whether it is still valid.
	Cache time.Duration
}

// Stream is a stream of releases and the architectures for which graphs are made.
type Stream struct {
	Name       string
	Basearches []string
}

// DefaultConfig is what an empty file means: Fedora CoreOS on the customary ports.
func DefaultConfig(mode Mode) *Config {
	all := []string{"x86_64", "aarch64", "s390x", "ppc64le"}
	c := &Config{
		Mode:    mode,
		Service: Listener{Address: "0.0.0.0", Port: 8080},
		Status:  Listener{Address: "0.0.0.0", Port: 9080},
		Upstream: Upstream{
			ReleasesURL: "https://builds.coreos.fedoraproject.org/prod/streams/${stream}/releases.json",
			UpdatesURL:  "https://builds.coreos.fedoraproject.org/updates/${stream}.json",
			Pause:       30 * time.Second,
			Timeout:     60 * time.Second,
			URL:         "http://127.0.0.1:8080/v1/graph",
			Cache:       time.Second,
		},
		Streams: []Stream{{"stable", all}, {"testing", all}, {"next", all}},
	}
	if mode != GraphBuilder {
		c.Service.Port, c.Status.Port = 8081, 9081
	}
	return c
}

// file is the TOML document. Pointers tell what is absent from what is zero.
type file struct {
	Service struct {
		listenerFile
		OriginAllowlist []string `toml:"origin_allowlist"`
	} `toml:"service"`
	Status   listenerFile `toml:"status"`
	Upstream struct {
		ReleasesURL *string `toml:"releases_url"`
		UpdatesURL  *string `toml:"updates_url"`
		PauseSecs   *int64  `toml:"pause_secs"`
		TimeoutSecs *int64  `toml:"timeout_secs"`
		URL         *string `toml:"url"`
		CacheSecs   *int64  `toml:"cache_secs"`
	} `toml:"upstream"`
	Streams map[string][]string `toml:"streams"`
}

type listenerFile struct {
	Address       *string `toml:"address"`
	Port          *int64  `toml:"port"`
	Socket        string  `toml:"socket"`
	TLSCert       string  `toml:"tls_cert"`
	TLSKey        string  `toml:"tls_key"`
	ClientCA      string  `toml:"client_ca"`
	AuthFile      string  `toml:"auth_file"`
	MaxConcurrent *int64  `toml:"max_concurrent"`
}

// ParseConfig reads a configuration file. Keys that mean nothing, or nothing in this mode, are not errors: they are
// returned as warnings, texts for an operator. Unknown keys whose name asks for TLS or passwords are errors: nothing is
// served in the clear because a key was misspelled.
func ParseConfig(data []byte, mode Mode) (c *Config, warnings []string, err error) {
	var f file
	meta, err := toml.Decode(string(data), &f)
	if err != nil {
		return nil, nil, fmt.Errorf("parsing configuration: %w", err)
	}
	for _, k := range meta.Undecoded() {
		if err := unknownProtection(k); err != nil {
			return nil, nil, fmt.Errorf("invalid configuration: %w", err)
		}
		warnings = append(warnings, fmt.Sprintf("unknown key %q", k.String()))
	}
	c = DefaultConfig(mode)
	warnings = append(warnings, f.idle(mode, meta)...)
	if err := errors.Join(f.listeners(c), f.upstream(c), f.streams(c, meta)); err != nil {
		return nil, nil, fmt.Errorf("invalid configuration: %w", err)
	}
	if err := c.Check(); err != nil {
		return nil, nil, fmt.Errorf("invalid configuration: %w", err)
	}
	return c, warnings, nil
}

// unknownProtection refuses an unknown key that seems to ask for protection, outside of all sections too.
func unknownProtection(key toml.Key) error {
	names := key[:1]
	if strings.EqualFold(key[0], "service") || strings.EqualFold(key[0], "status") {
		names = key[1:]
	}
	if !httpserve.AsksProtection(names...) {
		return nil
	}
	return fmt.Errorf("unknown key %q seems to ask for protection: the keys for it are tls_cert, tls_key, client_ca and auth_file "+
		"of [service] and [status]", key.String())
}

// idle lists the keys that are known and have no effect in this mode.
func (f *file) idle(mode Mode, meta toml.MetaData) (warnings []string) {
	keys := [][]string{{"upstream", "url"}, {"upstream", "cache_secs"}}
	if mode == PolicyEngine {
		keys = [][]string{{"upstream", "releases_url"}, {"upstream", "updates_url"}, {"upstream", "pause_secs"}, {"streams"}}
	}
	for _, k := range keys {
		if meta.IsDefined(k...) {
			warnings = append(warnings, fmt.Sprintf("key %q has no effect on %s", strings.Join(k, "."), mode))
		}
	}
	return warnings
}

func (f *file) listeners(c *Config) error {
	c.OriginAllowlist = f.Service.OriginAllowlist
	return errors.Join(
		f.Service.apply("service", &c.Service),
		f.Status.apply("status", &c.Status))
}

func (f *listenerFile) apply(section string, l *Listener) error {
	if f.Address != nil {
		l.Address = *f.Address
	}
	if f.Port != nil {
		if *f.Port < 0 || *f.Port > 65535 {
			return fmt.Errorf("%s.port: %d is not a port", section, *f.Port)
		}
		l.Port = int(*f.Port)
	}
	if f.MaxConcurrent != nil {
		if *f.MaxConcurrent < 1 || *f.MaxConcurrent > 1<<24 {
			return fmt.Errorf("%s.max_concurrent: %d is out of range", section, *f.MaxConcurrent)
		}
		l.MaxConcurrent = int(*f.MaxConcurrent)
	}
	l.Socket, l.TLSCert, l.TLSKey, l.ClientCA, l.AuthFile = f.Socket, f.TLSCert, f.TLSKey, f.ClientCA, f.AuthFile
	return nil
}

func (f *file) upstream(c *Config) error {
	for _, s := range []struct {
		from *string
		to   *string
	}{
		{f.Upstream.ReleasesURL, &c.Upstream.ReleasesURL},
		{f.Upstream.UpdatesURL, &c.Upstream.UpdatesURL},
		{f.Upstream.URL, &c.Upstream.URL},
	} {
		if s.from != nil {
			*s.to = *s.from
		}
	}
	for _, d := range []struct {
		key  string
		from *int64
		to   *time.Duration
		min  int64
	}{
		{"pause_secs", f.Upstream.PauseSecs, &c.Upstream.Pause, 1},
		{"timeout_secs", f.Upstream.TimeoutSecs, &c.Upstream.Timeout, 1},
		{"cache_secs", f.Upstream.CacheSecs, &c.Upstream.Cache, 0},
	} {
		if d.from == nil {
			continue
		}
		if *d.from < d.min || *d.from > 1<<31 {
			return fmt.Errorf("upstream.%s: %d is out of range", d.key, *d.from)
		}
		*d.to = time.Duration(*d.from) * time.Second
	}
	return nil
}

// streams takes the streams in the order of the file, which TOML tables do not keep by themselves.
func (f *file) streams(c *Config, meta toml.MetaData) error {
	if f.Streams == nil {
		return nil
	}
	c.Streams = nil
	for _, k := range meta.Keys() {
		if len(k) != 2 || k[0] != "streams" {
			continue
		}
		c.Streams = append(c.Streams, Stream{Name: k[1], Basearches: f.Streams[k[1]]})
	}
	return nil
}

// Check finds settings that cannot work. New calls it.
func (c *Config) Check() error {
	errs := []error{c.Service.check("service"), c.Status.check("status")}
	if c.Mode == PolicyEngine {
		errs = append(errs, checkURL("upstream.url", c.Upstream.URL, "http", "https"))
		return errors.Join(errs...)
	}
	errs = append(errs,
		checkURL("upstream.releases_url", c.Upstream.ReleasesURL, "http", "https", "file"),
		checkURL("upstream.updates_url", c.Upstream.UpdatesURL, "http", "https", "file"),
		c.checkStreams())
	return errors.Join(errs...)
}

func (c *Config) checkStreams() error {
	if len(c.Streams) == 0 {
		return errors.New("streams: none")
	}
	seen := map[string]bool{}
	for _, s := range c.Streams {
		switch {
		case s.Name == "":
			return errors.New("streams: a stream without a name")
		case seen[s.Name]:
			return fmt.Errorf("streams.%s: given twice", s.Name)
		case len(s.Basearches) == 0:
			return fmt.Errorf("streams.%s: no architectures", s.Name)
		case slices.Contains(s.Basearches, ""):
			return fmt.Errorf("streams.%s: an architecture without a name", s.Name)
		}
		seen[s.Name] = true
	}
	return nil
}

func (l *Listener) check(section string) error {
	switch {
	case (l.TLSCert == "") != (l.TLSKey == ""):
		return fmt.Errorf("%s: tls_cert and tls_key belong together", section)
	case l.ClientCA != "" && l.TLSCert == "":
		return fmt.Errorf("%s: client_ca needs tls_cert and tls_key", section)
	}
	return nil
}

func checkURL(key, text string, schemes ...string) error {
	u, err := url.Parse(expand(text, "stream"))
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", key, err)
	case !slices.Contains(schemes, u.Scheme):
		return fmt.Errorf("%s: %q is not a URL of scheme %s", key, text, strings.Join(schemes, ", "))
	case u.Scheme != "file" && u.Host == "":
		return fmt.Errorf("%s: %q names no host", key, text)
	}
	return nil
}

// expand puts the name of a stream into a URL.
func expand(template, stream string) string {
	return strings.ReplaceAll(template, "${stream}", url.PathEscape(stream))
}
