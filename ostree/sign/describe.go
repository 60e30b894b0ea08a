package sign

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// VerifyError reports that no signature was valid. It wraps the sentinel error of the
// last signature, which is the most recent one.
type VerifyError struct {
	Result *Result
	err    error
}

// Error is the description of all signatures, the last one first, one fact a line.
func (e *VerifyError) Error() string {
	var b strings.Builder
	for i := len(e.Result.Signatures) - 1; i >= 0; i-- {
		b.WriteString(e.Result.Signatures[i].Describe("", nil))
	}
	return firstOf(strings.TrimRight(b.String(), "\n"), "No GPG signatures found")
}

// Unwrap returns ErrMissingKey, ErrRevokedKey, ErrExpiredKey, ErrExpiredSignature,
// ErrBadSignature or ErrNoSignature.
func (e *VerifyError) Unwrap() error { return e.err }

// Require returns nil if at least one signature is valid and else a *VerifyError.
func (r *Result) Require() error {
	if r.Valid() > 0 {
		return nil
	}
	err := ErrNoSignature
	if n := len(r.Signatures); n > 0 {
		err = r.Signatures[n-1].Status.Err()
	}
	return &VerifyError{Result: r, err: err}
}

// Describe returns the lines that `ostree show` prints for a signature, each after prefix
// and ended by a newline. Times are shown in loc; nil is the local time zone.
func (s *Signature) Describe(prefix string, loc *time.Location) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, prefix+"%s\n", fmt.Sprintf(format, args...)) }
	line("Signature made %s using %s key ID %s", formatTime(s.Created, loc), s.Algorithm, s.KeyID)
	switch s.Status {
	case StatusMissingKey:
		line("Can't check signature: public key not found")
	case StatusValid:
		line(`Good signature from "%s <%s>"`, s.UserName, s.UserEmail)
	case StatusRevokedKey:
		line("Key revoked")
	case StatusExpiredSignature:
		line(`Expired signature from "%s <%s>"`, s.UserName, s.UserEmail)
	default:
		line(`BAD signature from "%s <%s>"`, s.UserName, s.UserEmail)
	}
	if s.bySubkey() {
		line("Primary key ID %s", s.PrimaryFingerprint[len(s.PrimaryFingerprint)-16:])
	}
	s.describeExpiry(line, loc)
	return b.String()
}

func (s *Signature) bySubkey() bool {
	return len(s.PrimaryFingerprint) >= 16 && s.PrimaryFingerprint != s.Fingerprint
}

func (s *Signature) describeExpiry(line func(string, ...any), loc *time.Location) {
	expiry := func(what string, at time.Time, expired bool) {
		verb := "expires"
		if expired {
			verb = "expired"
		}
		if !at.IsZero() {
			line("%s %s %s", what, verb, formatTime(at, loc))
		}
	}
	expiry("Signature", s.Expires, s.Status == StatusExpiredSignature)
	expiry("Key", s.KeyExpires, s.Status == StatusExpiredKey)
	if s.bySubkey() {
		expiry("Primary key", s.PrimaryKeyExpires, s.Status == StatusExpiredKey)
	}
}

// formatTime is strftime's %c in the C locale.
func formatTime(t time.Time, loc *time.Location) string {
	if loc == nil {
		loc = time.Local
	}
	return t.In(loc).Format("Mon Jan _2 15:04:05 2006")
}

func upperHex(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }
