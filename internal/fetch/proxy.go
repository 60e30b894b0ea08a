package fetch

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// proxyRules chooses a proxy with curl's rules. Unlike Go's own, they do not spare loopback
// addresses.
type proxyRules struct {
	http, https *url.URL
	none        []string // no_proxy
}

func newProxyRules(explicit string, env func(string) string) (proxyRules, error) {
	var p proxyRules
	lookup := func(names ...string) string {
		for _, n := range names {
			if v := env(n); v != "" {
				return v
			}
		}
		return ""
	}
	httpProxy, httpsProxy := explicit, explicit
	if env != nil {
		noProxy := func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }
		p.none = strings.FieldsFunc(lookup("no_proxy", "NO_PROXY"), noProxy)
		if explicit == "" {
			// HTTP_PROXY is what a CGI program gets from a "Proxy:" header.
			httpProxy = lookup("http_proxy", "all_proxy", "ALL_PROXY")
			httpsProxy = lookup("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
		}
	}
	var err error
	if p.http, err = parseProxy(httpProxy); err != nil {
		return p, err
	}
	p.https, err = parseProxy(httpsProxy)
	return p, err
}

func parseProxy(s string) (*url.URL, error) {
	if s == "" {
		return nil, nil
	}
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("invalid proxy %q", RedactURL(s))
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
	default:
		return nil, fmt.Errorf("proxy %q: scheme %w", RedactURL(s), ErrNotSupported)
	}
	if u.Port() == "" {
		// curl's default, whatever the scheme but https.
		port := "1080"
		if u.Scheme == "https" {
			port = "443"
		}
		u.Host += ":" + port
	}
	return u, nil
}

func (p *proxyRules) forRequest(r *http.Request) (*url.URL, error) { return p.forURL(r.URL), nil }

func (p *proxyRules) forURL(u *url.URL) *url.URL {
	proxy := p.http
	if u.Scheme == "https" {
		proxy = p.https
	}
	if proxy == nil || p.excepted(u.Hostname()) {
		return nil
	}
	return proxy
}

// excepted reports whether no_proxy names the host: "*", a domain (with or without leading
// dot), an address, or a network in CIDR notation.
func (p *proxyRules) excepted(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	addr, addrErr := netip.ParseAddr(host)
	for _, e := range p.none {
		if e == "*" {
			return true
		}
		e = strings.ToLower(e)
		if addrErr == nil {
			if n, err := netip.ParsePrefix(e); err == nil && n.Contains(addr.Unmap()) {
				return true
			}
			if a, err := netip.ParseAddr(strings.Trim(e, "[]")); err == nil && a == addr {
				return true
			}
			continue
		}
		e = strings.TrimSuffix(strings.TrimPrefix(e, "."), ".")
		if e != "" && (host == e || strings.HasSuffix(host, "."+e)) {
			return true
		}
	}
	return false
}
