package sshkeys_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

func seed(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.line)
	}
	certificate, err := os.ReadFile("testdata/certificate.pub")
	if err != nil {
		f.Fatal(err)
	}
	for _, line := range []string{
		string(certificate), simple, "no-pty " + simple, `command="a \" b",x ` + simple + " c d", "@revoked * " + simple + " ca",
		simple + " a\n# b\n\n" + simple + "\r\nx", "ssh-ed25519\v" + point + " ssh-ed25519\n" + point,
		"ssh-rsa " + blob("ssh-rsa", "\x00\x00\x00\x01", "\x80"), "ecdsa-sha2-nistp256 " + blob("ecdsa-sha2-nistp256", "nistp521", ""),
		"ssh-rsa AAA=", "ssh-rsa A===", "ssh-rsa AAAAB", "é\u00a0x",
	} {
		f.Add(line)
	}
}

// hasSpareZero reports whether one of a key's integers still begins with a zero byte that it does not need. Each
// reading takes one away.
func hasSpareZero(k sshkeys.Key) bool {
	if k.Type != "ssh-rsa" && k.Type != "ssh-dss" {
		return false
	}
	_, rest := field(k.Blob)
	for len(rest) > 0 {
		var n []byte
		n, rest = field(rest)
		if len(n) > 0 && n[0] == 0 && (len(n) == 1 || n[1] < 0x80) {
			return true
		}
	}
	return false
}

func FuzzParse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, line string) {
		k, err := sshkeys.Parse(line)
		if err != nil {
			if k.String() != (sshkeys.Key{}).String() || !utf8.ValidString(err.Error()) || len(err.Error()) > 1000 {
				t.Fatalf("%q with error %q", k, err)
			}
			var kind *sshkeys.UnsupportedTypeError
			if errors.As(err, &kind) && !strings.Contains(line, kind.Type) {
				t.Fatalf("type %q", kind.Type)
			}
			return
		}
		text := k.String()
		// At most: a blank for the end, and three integers that grow by a byte, in base64.
		if strings.Contains(text, "\n") || len(text) > len(line)+9 {
			t.Fatalf("%q becomes %q", line, text)
		}
		again, err := sshkeys.Parse(text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if again.Options != k.Options || again.Type != k.Type || again.Comment != k.Comment {
			t.Fatalf("%q becomes %q", k, again)
		}
		if again.String() != text && !hasSpareZero(k) {
			t.Fatalf("%q becomes %q", text, again)
		}
	})
}

func FuzzReaders(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		skipped, blank := 0, 0
		keys := sshkeys.ParseLines(text, func(line string, err error) {
			skipped++
			if line == "" || strings.HasPrefix(strings.TrimSpace(line), "#") {
				blank++
			}
			if _, err2 := sshkeys.Parse(line); err2 == nil || err2.Error() != err.Error() {
				t.Fatalf("%q: %v, %v", line, err, err2)
			}
		})
		if lines := strings.Count(text, "\n"); len(keys)+skipped < lines || len(keys)+skipped > lines+1 {
			t.Fatalf("%d keys, %d skipped of %d lines", len(keys), skipped, lines)
		}
		all, err := sshkeys.ParseFile(text)
		if (err == nil) != (blank == skipped) {
			t.Fatalf("%v, but %d of %d lines are bad", err, skipped-blank, skipped)
		}
		// A comment may be what follows the options "#".
		if err == nil && len(all) > len(keys) {
			t.Fatalf("%d keys, %d", len(all), len(keys))
		}
		if list, err := sshkeys.ParseList(strings.Split(text, "\n")); err == nil && len(list) != len(keys) {
			t.Fatalf("%d keys, %d", len(list), len(keys))
		}
	})
}
