package pkgcache

import (
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// RefPrefix begins the refs of all packages in the cache.
const RefPrefix = "rpmostree/pkg/"

// Ref returns the name of the ref that a package has in the cache: "rpmostree/pkg/", the name, a slash,
// [epoch:]version-release and, behind a dot, the architecture. An epoch of 0 is left out. Letters, digits, dots and
// hyphens stand for themselves, "_" is doubled, and every other byte is "_" and two upper case
// hexadecimal digits.
func Ref(n rpm.NEVRA) string {
	var b strings.Builder
	b.WriteString(RefPrefix)
	escape(&b, n.Name)
	b.WriteByte('/')
	if n.Epoch != "" && n.Epoch != "0" {
		escape(&b, n.Epoch+":")
	}
	escape(&b, n.Version+"-"+n.Release)
	b.WriteByte('.')
	escape(&b, n.Arch)
	return b.String()
}

func escape(b *strings.Builder, s string) {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '_':
			b.WriteString("__")
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-':
			b.WriteByte(c)
		default:
			fmt.Fprintf(b, "_%02X", c)
		}
	}
}

// ParseRef is the reverse of Ref: it returns "name-[epoch:]version-release.arch".
func ParseRef(ref string) (string, error) {
	rest, ok := strings.CutPrefix(ref, RefPrefix)
	name, evra, found := strings.Cut(rest, "/")
	if !ok || !found || name == "" || evra == "" || strings.Contains(evra, "/") {
		return "", fmt.Errorf("%q is not the ref of a package", ref)
	}
	var b strings.Builder
	for _, part := range []string{name, "-", evra} {
		if err := unescape(&b, part); err != nil {
			return "", fmt.Errorf("%q is not the ref of a package: %w", ref, err)
		}
	}
	return b.String(), nil
}

func unescape(b *strings.Builder, s string) error {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '_':
			b.WriteByte(s[i])
		case i+1 < len(s) && s[i+1] == '_':
			b.WriteByte('_')
			i++
		case i+2 < len(s):
			var c byte
			if _, err := fmt.Sscanf(s[i+1:i+3], "%02X", &c); err != nil {
				return fmt.Errorf("invalid escape %q", s[i:i+3])
			}
			b.WriteByte(c)
			i += 2
		default:
			return fmt.Errorf("unfinished escape %q", s[i:])
		}
	}
	return nil
}
