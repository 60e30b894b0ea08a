package config

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// CanonicalURL checks an absolute URL and returns it in the form that browsers, and the
// reference implementation, make of it: scheme and host in lower case, international
// domains in ASCII, without the standard port, with dot segments resolved, and with
// everything that a URL cannot hold percent-encoded. Schemes other than http, https,
// ws, wss and ftp keep what is behind the scheme.
func CanonicalURL(s string) (string, error) {
	s = strings.Trim(s, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\v\f\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f ")
	s = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || !isScheme(scheme) {
		return "", errors.New("relative URL without a base")
	}
	scheme = strings.ToLower(scheme)
	standardPort := map[string]uint64{"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}[scheme]
	if standardPort == 0 {
		return scheme + ":" + percentEncode(rest, ""), nil
	}
	rest, fragment, hasFragment := strings.Cut(rest, "#")
	rest, query, hasQuery := strings.Cut(rest, "?")
	rest = strings.TrimLeft(strings.ReplaceAll(rest, `\`, "/"), "/")
	authority, path, _ := strings.Cut(rest, "/")
	authority, err := canonicalAuthority(authority, standardPort)
	if err != nil {
		return "", err
	}
	result := scheme + "://" + authority + canonicalPath(path)
	if hasQuery {
		result += "?" + percentEncode(query, ` "#<>'`)
	}
	if hasFragment {
		result += "#" + percentEncode(fragment, " \"<>`")
	}
	return result, nil
}

func isScheme(s string) bool {
	for i, c := range []byte(s) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", rune(c))) {
			return false
		}
	}
	return s != ""
}

func canonicalAuthority(s string, standardPort uint64) (string, error) {
	var user string
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		user, s = canonicalUser(s[:at]), s[at+1:]
	}
	host, port := s, ""
	if colon := strings.LastIndexByte(s, ':'); colon > strings.LastIndexByte(s, ']') {
		host, port = s[:colon], s[colon+1:]
	}
	host, err := canonicalHost(host)
	if err != nil || port == "" {
		return user + host, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return "", errors.New("invalid port number")
	}
	if n == standardPort {
		return user + host, nil
	}
	return user + host + ":" + strconv.FormatUint(n, 10), nil
}

// canonicalUser returns user and password with the sign behind them, "" if both are empty.
func canonicalUser(s string) string {
	const reserved = " \"#<>?`{}/:;=@[]\\^|"
	name, password, _ := strings.Cut(s, ":")
	user := percentEncode(name, reserved)
	if password != "" {
		user += ":" + percentEncode(password, reserved)
	}
	if user == "" {
		return ""
	}
	return user + "@"
}

func canonicalHost(s string) (string, error) {
	if s == "" {
		return "", errors.New("empty host")
	}
	if strings.HasPrefix(s, "[") {
		ip, err := netip.ParseAddr(strings.TrimSuffix(s[1:], "]"))
		if err != nil || !strings.HasSuffix(s, "]") || ip.Is4() || ip.Zone() != "" {
			return "", errors.New("invalid IPv6 address")
		}
		return "[" + ip.String() + "]", nil
	}
	decoded, err := url.PathUnescape(s)
	if err != nil {
		return "", errors.New("invalid international domain name")
	}
	if !utf8.ValidString(decoded) {
		return "", errors.New("invalid international domain name")
	}
	host := strings.ToLower(decoded)
	if strings.IndexFunc(host, func(c rune) bool { return c >= utf8.RuneSelf }) >= 0 || strings.Contains(host, "xn--") {
		if host, err = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false)).ToASCII(decoded); err != nil {
			return "", errors.New("invalid international domain name")
		}
	}
	if strings.ContainsFunc(host, func(c rune) bool { return c <= ' ' || c == 0x7f || strings.ContainsRune("#%/:<>?@[\\]^|", c) }) {
		return "", errors.New("invalid international domain name")
	}
	if host == "" {
		return "", errors.New("empty host")
	}
	return host, nil
}

// canonicalPath resolves dot segments, in all their spellings, and keeps empty segments.
func canonicalPath(s string) string {
	segments := strings.Split(s, "/")
	var path []string
	for i, segment := range segments {
		last := i == len(segments)-1
		switch strings.ReplaceAll(strings.ToLower(segment), "%2e", ".") {
		case "..":
			if len(path) > 0 {
				path = path[:len(path)-1]
			}
		case ".":
		default:
			path = append(path, percentEncode(segment, " \"#<>?`{}"))
			continue
		}
		if last {
			path = append(path, "")
		}
	}
	return "/" + strings.Join(path, "/")
}

// percentEncode encodes controls, what is not ASCII, and the bytes of reserved.
func percentEncode(s, reserved string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || strings.IndexByte(reserved, c) >= 0 {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}
