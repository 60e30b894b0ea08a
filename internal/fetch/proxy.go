package fetch

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// ProxyStyle is a reading of the proxy variables of the environment.
type ProxyStyle int

const (
	// ProxyCurl reads http_proxy in lower case only, lower-case names before upper-case
	// ones, and takes port 1080 when a proxy has none.
	ProxyCurl ProxyStyle = iota
	// ProxyReqwest is that of the Rust HTTP client: upper-case names come first, HTTP_PROXY
	// among them, ports are those of the scheme, and a CGI program (one with REQUEST_METHOD
	// set, whose HTTP_PROXY may be a client's "Proxy:" header) has no proxy.
	ProxyReqwest
)

// proxyRules chooses a proxy with curl's rules. Unlike Go's own, they do not spare loopback
// addresses.
type proxyRules struct {
	http, https *url.URL
	none        []string // no_proxy
}

func newProxyRules(explicit string, env func(string) string, style ProxyStyle) (proxyRules, error) {
	var p proxyRules
	httpProxy, httpsProxy := explicit, explicit
	if env != nil {
		v := style.variables(env)
		noProxy := func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }
		p.none = strings.FieldsFunc(firstSet(env, v.none), noProxy)
		if explicit == "" {
			httpProxy, httpsProxy = firstSet(env, v.http), firstSet(env, v.https)
		}
	}
	var err error
	if p.http, err = parseProxy(httpProxy, style); err != nil {
		return p, err
	}
	p.https, err = parseProxy(httpsProxy, style)
	return p, err
}

// proxyVariables are the names to look at, the first that is set decides.
type proxyVariables struct{ http, https, none []string }

func (style ProxyStyle) variables(env func(string) string) proxyVariables {
	switch {
	case style != ProxyReqwest:
		return proxyVariables{
			// HTTP_PROXY is what a CGI program gets from a "Proxy:" header.
			http:  []string{"http_proxy", "all_proxy", "ALL_PROXY"},
			https: []string{"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"},
			none:  []string{"no_proxy", "NO_PROXY"},
		}
	case env("REQUEST_METHOD") != "":
		return proxyVariables{}
	}
	return proxyVariables{
		http:  []string{"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"},
		https: []string{"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"},
		none:  []string{"NO_PROXY", "no_proxy"},
	}
}

func firstSet(env func(string) string, names []string) string {
	for _, n := range names {
		if v := env(n); v != "" {
			return v
		}
	}
	return ""
}

func parseProxy(s string, style ProxyStyle) (*url.URL, error) {
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
		u.Host += ":" + style.port(u.Scheme)
	}
	return u, nil
}

// port is what stands in for a port that is not given.
func (style ProxyStyle) port(scheme string) string {
	switch {
	case scheme == "https":
		return "443"
	case style == ProxyReqwest && scheme == "http":
		return "80"
	}
	return "1080"
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
