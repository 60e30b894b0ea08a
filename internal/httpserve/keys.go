package httpserve

import (
	"slices"
	"strings"
	"unicode"
)

// AsksProtection tells whether a key of a configuration file, given by the names on its path, seems to ask for TLS, for
// certificates or for passwords. It is for keys that a program does not know: those may be ignored in general, but who
// has misspelled auth_file must not be served without passwords.
func AsksProtection(path ...string) bool { return slices.ContainsFunc(path, protects) }

func protects(name string) bool {
	lower := strings.ToLower(name)
	for _, part := range []string{"tls", "ssl", "https", "cert", "auth", "pass", "cred", "secret", "token", "clientca", "cafile"} {
		if strings.Contains(lower, part) {
			return true
		}
	}
	// These are parts of harmless words too, such as cache and keepalive.
	for _, word := range words(name) {
		if word == "ca" || strings.HasPrefix(word, "key") || strings.HasSuffix(word, "key") {
			return true
		}
	}
	return false
}

// words splits client_ca, client-ca and clientCA.
func words(name string) []string {
	var b strings.Builder
	lower := false
	for _, r := range name {
		if unicode.IsUpper(r) && lower {
			b.WriteByte('_')
		}
		lower = unicode.IsLower(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.FieldsFunc(b.String(), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
