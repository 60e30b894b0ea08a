package evr

import "strings"

// EVR is a package's version in its three parts. The empty string means that the part
// is absent; an epoch of "0" is present.
type EVR struct{ Epoch, Version, Release string }

// Parse splits `[epoch:]version[-release]`. Every string has a meaning: the epoch is the
// leading digits before a colon ("0" if the text begins with the colon), the release is
// what follows the last `-`.
func Parse(s string) EVR {
	var e EVR
	digits := 0
	for digits < len(s) && isDigit(s[digits]) {
		digits++
	}
	if digits < len(s) && s[digits] == ':' {
		e.Epoch = s[:digits]
		if digits == 0 {
			e.Epoch = "0"
		}
		s = s[digits+1:]
	}
	e.Version = s
	if dash := strings.LastIndexByte(s, '-'); dash >= 0 {
		e.Version, e.Release = s[:dash], s[dash+1:]
	}
	return e
}

// String joins the parts that are present, as `1:2.0-3`.
func (e EVR) String() string {
	var b strings.Builder
	b.Grow(len(e.Epoch) + len(e.Version) + len(e.Release) + 2)
	if e.Epoch != "" {
		b.WriteString(e.Epoch)
		b.WriteByte(':')
	}
	b.WriteString(e.Version)
	if e.Release != "" {
		b.WriteByte('-')
		b.WriteString(e.Release)
	}
	return b.String()
}

// Compare is the order in which packages of one name are newer or older (-1, 0, 1): an
// absent epoch counts as 0, an absent release is older than any.
func Compare(a, b EVR) int {
	if c := VerCmp(epochNumber(a.Epoch), epochNumber(b.Epoch)); c != 0 {
		return c
	}
	if c := VerCmp(a.Version, b.Version); c != 0 {
		return c
	}
	if (a.Release == "") != (b.Release == "") {
		return before(a.Release == "")
	}
	return VerCmp(a.Release, b.Release)
}

func epochNumber(epoch string) string {
	if epoch == "" {
		return "0"
	}
	return epoch
}
