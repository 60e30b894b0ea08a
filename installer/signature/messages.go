package signature

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/nestos-dev/nestos/ostree/sign"
)

// describe returns what gpg 2.2 prints of a signature when all keys are ultimately trusted,
// one line each.
func (v *Verifier) describe(s *sign.Signature, c *sign.Claim) []string {
	if c.Created.IsZero() {
		return []string{fmt.Sprintf("gpg: packet(2) with unknown version %d", c.Version)}
	}
	lines := []string{
		"gpg: Signature made " + v.date(c.Created),
		fmt.Sprintf("gpg:                using %s key %s", algorithm(c.Algorithm), firstOf(c.IssuerFingerprint, c.KeyID)),
	}
	if c.SignerUserID != "" {
		lines = append(lines, fmt.Sprintf(`gpg:                issuer "%s"`, printable(c.SignerUserID)))
	}
	key := v.lookup(s)
	switch {
	case s.Status == sign.StatusMissingKey || key == nil:
		return append(lines, "gpg: Can't check signature: No public key")
	case s.Status == sign.StatusBad && !s.Mismatch():
		return append(lines, "gpg: Can't check signature: "+s.Reason.Error())
	}
	lines = append(lines, v.signers(s, key)...)
	if !c.Expires.IsZero() {
		verb := "expires"
		if !c.Expires.After(v.Now) {
			verb = "expired"
		}
		lines = append(lines, "gpg: Signature "+verb+" "+v.date(c.Expires))
	}
	return append(lines, warnings(s)...)
}

// signers names the key by its user IDs: all of them, unless the signature is bad.
func (v *Verifier) signers(s *sign.Signature, key *sign.KeyInfo) []string {
	word := "Good"
	switch s.Status {
	case sign.StatusBad:
		word = "BAD"
	case sign.StatusExpiredSignature:
		word = "Expired"
	}
	var lines []string
	for i, u := range key.UIDs {
		text := fmt.Sprintf(`"%s" [%s]`, printable(u.UID), validity(key))
		switch {
		case i == 0:
			lines = append(lines, "gpg: "+word+" signature from "+text)
		case s.Status != sign.StatusBad && (!u.Revoked || key.Revoked):
			lines = append(lines, "gpg:                 aka "+text)
		}
	}
	return lines
}

func validity(key *sign.KeyInfo) string {
	switch {
	case key.Revoked:
		return "revoked"
	case key.Expired:
		return "expired"
	}
	return "ultimate"
}

// warnings tells why a signature that fits does not count.
func warnings(s *sign.Signature) []string {
	switch s.Status {
	case sign.StatusExpiredKey:
		return []string{"gpg: Note: This key has expired!"}
	case sign.StatusRevokedKey:
		return []string{
			"gpg: WARNING: This key has been revoked by its owner!",
			"gpg:          This could mean that the signature is forged.",
		}
	}
	return nil
}

func (v *Verifier) lookup(s *sign.Signature) *sign.KeyInfo {
	key, err := v.ring.ring.Lookup(s.PrimaryFingerprint)
	if err != nil {
		return nil
	}
	info := key.Info(v.Now, &v.ring.ring)
	return &info
}

// date is what the C library's "%c %Z" gives in the C locale.
func (v *Verifier) date(t time.Time) string {
	loc := v.Location
	if loc == nil {
		loc = time.Local
	}
	return t.In(loc).Format("Mon Jan _2 15:04:05 2006 MST")
}

// algorithm is GnuPG's name of an algorithm, where GPGME's is another.
func algorithm(name string) string {
	if strings.HasPrefix(name, "RSA") {
		return "RSA"
	}
	return strings.ToUpper(name)
}

// printable keeps text from the network or a key from commanding the terminal.
func printable(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\ufffd") {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\x%02x", r)
		}
	}
	return b.String()
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
