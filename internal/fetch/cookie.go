package fetch

import (
	"bytes"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Cookie is one line of a cookies.txt in the format of Netscape and curl: seven fields
// between tabs, in this order. libostree keeps one such file for each remote.
type Cookie struct {
	Domain     string // host; with Subdomains often with a leading dot
	Subdomains bool   // matches hosts below Domain as well
	Path       string
	Secure     bool  // only over TLS
	Expires    int64 // seconds since 1970; 0: never
	Name       string
	Value      string
	HTTPOnly   bool // the domain is written with the prefix "#HttpOnly_"
}

const httpOnlyPrefix = "#HttpOnly_"

// ParseCookies reads a cookies.txt. As libostree and curl do, it skips comments and every
// line that is none of the format.
func ParseCookies(data []byte) []Cookie {
	var cs []Cookie
	for line := range bytes.Lines(data) {
		if c, ok := parseCookieLine(string(line)); ok {
			cs = append(cs, c)
		}
	}
	return cs
}

func parseCookieLine(line string) (Cookie, bool) {
	line = strings.TrimRight(line, "\r\n")
	var c Cookie
	if line, c.HTTPOnly = strings.CutPrefix(line, httpOnlyPrefix); !c.HTTPOnly && strings.HasPrefix(line, "#") {
		return c, false
	}
	f := strings.Split(line, "\t")
	if len(f) != 7 {
		// libostree takes any white space between the fields.
		if f = strings.Fields(line); len(f) < 7 {
			return c, false
		}
	}
	expires, err := strconv.ParseInt(f[4], 10, 64)
	if err != nil || expires < 0 {
		return c, false
	}
	c.Domain, c.Path, c.Name, c.Value, c.Expires = f[0], f[2], f[5], f[6], expires
	c.Subdomains = strings.EqualFold(f[1], "TRUE")
	c.Secure = strings.EqualFold(f[3], "TRUE")
	return c, c.check() == nil
}

// NewCookie is the cookie that "ostree remote add-cookie" makes: for subdomains when the
// domain begins with a dot, and valid for 25 years from now.
func NewCookie(domain, path, name, value string, now time.Time) Cookie {
	return Cookie{
		Domain: domain, Subdomains: strings.HasPrefix(domain, "."), Path: path,
		Expires: now.UTC().AddDate(25, 0, 0).Unix(), Name: name, Value: value,
	}
}

// check refuses what would break the line, or the Cookie header.
func (c *Cookie) check() error {
	fields := []struct{ what, s, bad string }{
		{"domain", c.Domain, " /;,"}, {"path", c.Path, " ;"}, {"name", c.Name, " ;,="}, {"value", c.Value, ";"},
	}
	for _, f := range fields {
		if f.s == "" && f.what != "value" {
			return fmt.Errorf("cookie without %s", f.what)
		}
		for i := 0; i < len(f.s); i++ {
			if f.s[i] < ' ' || f.s[i] == 0x7f || strings.IndexByte(f.bad, f.s[i]) >= 0 {
				return fmt.Errorf("cookie %s has an invalid character", f.what)
			}
		}
	}
	if strings.HasPrefix(c.Domain, "#") {
		return fmt.Errorf("cookie domain has an invalid character")
	}
	return nil
}

// AppendCookie appends the line of c, with its newline, to the contents of a cookies.txt.
func AppendCookie(data []byte, c Cookie) ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.Expires < 0 {
		return nil, fmt.Errorf("cookie expires before 1970")
	}
	if len(data) > 0 && data[len(data)-1] != '\n' {
		data = append(data, '\n')
	}
	if c.HTTPOnly {
		data = append(data, httpOnlyPrefix...)
	}
	return fmt.Appendf(data, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", c.Domain, upperBool(c.Subdomains), c.Path,
		upperBool(c.Secure), c.Expires, c.Name, c.Value), nil
}

// DeleteCookie removes the lines of a cookie from the contents of a cookies.txt, and keeps
// every other line as it is. It reports whether there was one ("Cookie not found in jar" is
// what the program says otherwise).
func DeleteCookie(data []byte, domain, path, name string) (rest []byte, found bool) {
	for line := range bytes.Lines(data) {
		c, ok := parseCookieLine(string(line))
		if ok && c.Domain == domain && c.Path == path && c.Name == name {
			found = true
			continue
		}
		rest = append(rest, line...)
	}
	return rest, found
}

// Listing is the text of one cookie in "ostree remote list-cookies".
func (c Cookie) Listing() string {
	expires := time.Unix(c.Expires, 0).UTC()
	text := fmt.Sprintf("--\nDomain: %s\nPath: %s\nName: %s\nSecure: %s\n", c.Domain, c.Path, c.Name, upperBool(c.Secure))
	if expires.Year() <= 9999 {
		text += "Expires: " + expires.Format("2006-01-02 15:04:05") + " +0000\n"
	}
	return text + "Value: " + c.Value + "\n"
}

func upperBool(b bool) string {
	if b {
		return "TRUE"
	}
	return "FALSE"
}

// matches reports whether the cookie is to be sent to u.
func (c *Cookie) matches(u *url.URL, now time.Time) bool {
	if c.Expires != 0 && now.Unix() >= c.Expires || c.Secure && u.Scheme != "https" {
		return false
	}
	host := strings.ToLower(u.Hostname())
	domain := strings.ToLower(strings.TrimPrefix(c.Domain, "."))
	if host != domain {
		if _, err := netip.ParseAddr(host); err == nil || !c.Subdomains || !strings.HasSuffix(host, "."+domain) {
			return false
		}
	}
	return pathMatches(u.EscapedPath(), c.Path)
}

// pathMatches is the rule of RFC 6265, section 5.1.4.
func pathMatches(path, prefix string) bool {
	if path == "" {
		path = "/"
	}
	rest, ok := strings.CutPrefix(path, prefix)
	return ok && (rest == "" || strings.HasSuffix(prefix, "/") || rest[0] == '/')
}

// cookieHeader is the Cookie header for u: longer paths come first.
func cookieHeader(all []Cookie, u *url.URL, now time.Time) string {
	var cs []*Cookie
	for i := range all {
		if all[i].matches(u, now) {
			cs = append(cs, &all[i])
		}
	}
	slices.SortStableFunc(cs, func(a, b *Cookie) int { return len(b.Path) - len(a.Path) })
	var w strings.Builder
	for i, c := range cs {
		if i > 0 {
			w.WriteString("; ")
		}
		w.WriteString(c.Name + "=" + c.Value)
	}
	return w.String()
}
