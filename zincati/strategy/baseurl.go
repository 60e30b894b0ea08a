package strategy

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// ParseBaseURL checks the base URL of a service and brings it into the form that package url reads as browsers do: white
// space around it goes, blanks inside are escaped, and "http:host" means "http://host". The errors have the wording
// of the WHATWG URL parser of Rust.
func ParseBaseURL(text string) (string, error) {
	s := strings.TrimFunc(text, func(r rune) bool { return r <= ' ' })
	s = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || !isScheme(scheme) {
		return "", errors.New("relative URL without a base")
	}
	scheme = strings.ToLower(scheme)
	if scheme == "http" || scheme == "https" {
		authority, tail := splitAuthority(strings.TrimLeft(rest, `/\`))
		if err := checkAuthority(authority); err != nil {
			return "", err
		}
		rest = "//" + authority + tail
	}
	s = scheme + ":" + strings.ReplaceAll(rest, " ", "%20")
	if _, err := url.Parse(s); err != nil {
		var inner *url.Error
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return "", err
	}
	return s, nil
}

func isScheme(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || !(r >= '0' && r <= '9') && r != '+' && r != '-' && r != '.') {
			return false
		}
	}
	return s != ""
}

func splitAuthority(s string) (authority, tail string) {
	if i := strings.IndexAny(s, `/\?#`); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

func checkAuthority(authority string) error {
	host := authority[strings.LastIndex(authority, "@")+1:]
	port := ""
	if i := strings.LastIndex(host, ":"); i >= 0 && !strings.HasSuffix(host, "]") {
		host, port = host[:i], host[i+1:]
	}
	if port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return errors.New("invalid port number")
		}
	}
	return checkHost(host)
}

func checkHost(host string) error {
	switch {
	case host == "":
		return errors.New("empty host")
	case strings.HasPrefix(host, "["):
		inner, ok := strings.CutSuffix(host[1:], "]")
		if addr, err := netip.ParseAddr(inner); !ok || err != nil || !addr.Is6() || addr.Zone() != "" {
			return errors.New("invalid IPv6 address")
		}
	case strings.ContainsAny(host, " \x00#<>[]^|%:") || strings.ContainsFunc(host, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return errors.New("invalid international domain name")
	default:
		return checkNumericHost(host)
	}
	return nil
}

// checkNumericHost refuses hosts that end in a number without being an IPv4 address.
func checkNumericHost(host string) error {
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndex(host, ".")+1:]
	if last == "" || strings.Trim(last, "0123456789") != "" {
		return nil
	}
	if addr, err := netip.ParseAddr(host); err != nil || !addr.Is4() {
		return errors.New("invalid IPv4 address")
	}
	return nil
}

// hidePassword returns a base URL for the log, as it was written but for a password in it.
func hidePassword(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	if _, secret := u.User.Password(); !secret {
		return text
	}
	return u.Redacted()
}
