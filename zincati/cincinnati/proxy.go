package cincinnati

import (
	"cmp"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// ProxyFromEnvironment chooses proxies by the variables http_proxy, https_proxy, all_proxy
// (for both) and no_proxy, in either case, upper case first. It is for [ClientOptions]; pass
// it [os.Getenv].
//
// A proxy is "http://", "https://", "socks5://" (which gets resolved addresses or names as
// the proxy protocol permits) or "socks5h://", with an optional "user:password@"; without a
// scheme "http://" is meant. no_proxy lists "*", domains (also meaning what is below them),
// addresses and networks in CIDR notation. In a CGI program (REQUEST_METHOD is set) there is
// no proxy, since HTTP_PROXY may come from a client there. Other than with
// [http.ProxyFromEnvironment] loopback addresses are no exception.
func ProxyFromEnvironment(getenv func(name string) string) func(*http.Request) (*url.URL, error) {
	if getenv("REQUEST_METHOD") != "" {
		return func(*http.Request) (*url.URL, error) { return nil, nil }
	}
	variable := func(name string) string { return cmp.Or(getenv(strings.ToUpper(name)), getenv(name)) }
	rules := proxyRules{
		plain: variable("http_proxy"),
		tls:   variable("https_proxy"),
		all:   variable("all_proxy"),
		none: strings.FieldsFunc(strings.ToLower(variable("no_proxy")), func(r rune) bool {
			return r == ',' || r == ' ' || r == '\t'
		}),
	}
	return rules.proxy
}

type proxyRules struct {
	plain, tls, all string
	none            []string
}

func (p *proxyRules) proxy(r *http.Request) (*url.URL, error) {
	text := p.plain
	if r.URL.Scheme == "https" {
		text = p.tls
	}
	if text = cmp.Or(text, p.all); text == "" || p.excepted(r.URL.Hostname()) {
		return nil, nil
	}
	return parseProxy(text)
}

func parseProxy(s string) (*url.URL, error) {
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("invalid address of a proxy in the environment")
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return u, nil
	}
	return nil, fmt.Errorf("proxy scheme %q not supported", shorten(u.Scheme))
}

// excepted reports whether no_proxy names the host.
func (p *proxyRules) excepted(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	addr, addrErr := netip.ParseAddr(host)
	for _, entry := range p.none {
		if entry == "*" {
			return true
		}
		if addrErr == nil {
			if exceptedAddr(addr.Unmap().WithZone(""), entry) {
				return true
			}
			continue
		}
		domain := strings.TrimPrefix(strings.TrimPrefix(entry, "*"), ".")
		if domain != "" && (host == domain || strings.HasSuffix(host, "."+domain)) {
			return true
		}
	}
	return false
}

func exceptedAddr(addr netip.Addr, entry string) bool {
	if network, err := netip.ParsePrefix(entry); err == nil {
		return network.Contains(addr)
	}
	one, err := netip.ParseAddr(strings.Trim(entry, "[]"))
	return err == nil && one.Unmap() == addr
}
