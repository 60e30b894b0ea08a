package engine

import (
	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// Validate checks a config, decoded as version v or merged in the newest, by the
// rules of v. Its entries have paths and no positions. Like Ignition 2.26 it goes
// depth first through the fields in alphabetical order, what concerns an object
// as a whole first.
func Validate(cfg *types.Config, v Version, sink *Sink) {
	c := &checker{version: v, sink: sink}
	c.config(cfg)
}

type checker struct {
	version Version
	sink    *Sink
}

// fail adds an error at a place and what is below it, unless the message is
// empty.
func (c *checker) fail(message string, at *place, below ...any) {
	c.add(report.Error, message, at, below)
}

func (c *checker) warn(message string, at *place, below ...any) {
	c.add(report.Warn, message, at, below)
}

func (c *checker) add(kind report.Kind, message string, at *place, below []any) {
	if message == "" {
		return
	}
	c.sink.add(report.Entry{Kind: kind, Message: message, HasPath: true, Path: at.path().Append(below...)})
}

// Elements of paths are made on the stack, and only copied when something is
// found.
func at(parent *place, key string) place { return place{parent: parent, key: key} }

func each[E any](parent *place, key string, list []E, check func(at *place, e *E)) {
	if len(list) == 0 {
		return
	}
	l := at(parent, key)
	element := place{parent: &l, isIdx: true}
	for i := range list {
		element.index = i
		check(&element, &list[i])
	}
}

func (c *checker) config(cfg *types.Config) {
	root := &place{}
	c.unitConflicts(root, cfg)
	ignition := at(root, "ignition")
	c.ignition(&ignition, &cfg.Ignition)
	storage := at(root, "storage")
	c.storage(&storage, &cfg.Storage)
	systemd := at(root, "systemd")
	c.systemd(&systemd, &cfg.Systemd)
}

func (c *checker) ignition(p *place, ign *types.Ignition) {
	switch version, semantic, known := ParseVersion(ign.Version); {
	case !semantic:
		c.fail("invalid config version (couldn't parse)", p, "version")
	case !known || version != c.version:
		c.fail("unsupported config version", p, "version")
	}

	config := at(p, "config")
	if c.version >= V3_1 {
		c.requireSources(&config, "merge", ign.Config.Merge)
	}
	each(&config, "merge", ign.Config.Merge, c.reference)
	replace := at(&config, "replace")
	c.reference(&replace, &ign.Config.Replace)

	proxy := at(p, "proxy")
	c.proxy(&proxy, &ign.Proxy)

	security := at(p, "security")
	tls := at(&security, "tls")
	authorities := ign.Security.TLS.CertificateAuthorities
	if c.version >= V3_1 {
		c.requireSources(&tls, "certificateAuthorities", authorities)
		each(&tls, "certificateAuthorities", authorities, c.resource)
	} else {
		each(&tls, "certificateAuthorities", authorities, c.oldAuthority)
	}
}

func (c *checker) requireSources(p *place, key string, list []types.Resource) {
	each(p, key, list, func(p *place, r *types.Resource) {
		if empty(r.Source) {
			c.fail("source is required", p)
		} else {
			c.fail(c.checkURL(*r.Source), p)
		}
	})
}

// reference checks where a config comes from. In 3.0.0 that is a source and a hash
// which do not need each other.
func (c *checker) reference(p *place, r *types.Resource) {
	if c.version >= V3_1 {
		c.resource(p, r)
		return
	}
	if !empty(r.Source) {
		c.fail(c.checkURL(*r.Source), p, "source")
	}
	c.verification(p, &r.Verification)
}

// oldAuthority checks a certificate authority of 3.0.0, whose source is a plain
// string.
func (c *checker) oldAuthority(p *place, r *types.Resource) {
	source := ""
	if r.Source != nil {
		source = *r.Source
	}
	c.fail(c.checkURL(source), p, "source")
	c.verification(p, &r.Verification)
}

func (c *checker) proxy(p *place, proxy *types.Proxy) {
	check := func(key string, url *string, httpToo bool) {
		if url == nil {
			return
		}
		scheme, ok := urlScheme(*url)
		switch {
		case !ok:
			c.fail(badURL, p, key)
		case scheme == "http" && !httpToo:
			c.warn("insecure plaintext HTTP proxy specified for HTTPS resources", p, key)
		case scheme != "http" && scheme != "https":
			c.fail("proxies must be http(s)", p, key)
		}
	}
	check("httpProxy", proxy.HTTPProxy, true)
	check("httpsProxy", proxy.HTTPSProxy, false)
}

func (c *checker) resource(p *place, r *types.Resource) {
	if r.Compression != nil && *r.Compression != "" && *r.Compression != "gzip" {
		c.fail("invalid compression method", p, "compression")
	}
	if r.Verification.Hash != nil && r.Source == nil {
		c.fail("source must be specified if verification is specified", p, "verification", "hash")
	}
	if !empty(r.Source) {
		c.fail(c.checkURL(*r.Source), p, "source")
	}
	if len(r.HTTPHeaders) > 0 {
		c.fail(checkHeaderScheme(r.Source), p, "httpHeaders")
	}
	each(p, "httpHeaders", r.HTTPHeaders, func(p *place, h *types.HTTPHeader) {
		if h.Name == "" {
			c.fail("HTTP header name can't be empty", p, "name")
		}
		if h.Value != nil && *h.Value == "" {
			c.fail("unable to parse HTTP header", p, "value")
		}
	})
	c.verification(p, &r.Verification)
}

func checkHeaderScheme(source *string) string {
	if empty(source) {
		return badURL
	}
	switch scheme, ok := urlScheme(*source); {
	case !ok:
		return badURL
	case scheme != "http" && scheme != "https":
		return "cannot use HTTP headers with this source scheme"
	}
	return ""
}

func (c *checker) verification(p *place, v *types.Verification) {
	if v.Hash != nil {
		c.fail(checkHash(*v.Hash, c.version >= V3_1), p, "verification", "hash")
	}
}

func empty(s *string) bool { return s == nil || *s == "" }

func isTrue(b *bool) bool { return b != nil && *b }

func isFalse(b *bool) bool { return b != nil && !*b }
