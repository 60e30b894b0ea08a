package engine

import (
	"strconv"
	"strings"
)

// Version is a version of the format, the oldest being 0.
type Version int

// Versions, oldest to newest.
const (
	V3_0 Version = iota
	V3_1
	V3_2
	V3_3
	V3_4
	V3_5
	V3_6
	V3_7
)

// Newest is the version whose types are used, NewestStable the newest that will
// not change any more.
const (
	Newest       = V3_7
	NewestStable = V3_6
)

var names = [...]string{"3.0.0", "3.1.0", "3.2.0", "3.3.0", "3.4.0", "3.5.0", "3.6.0", "3.7.0-experimental"}

// Names are the names of all versions, oldest to newest.
func Names() []string { return names[:] }

// String is the text of ignition.version.
func (v Version) String() string { return names[v] }

// semver is a semantic version as Ignition takes it apart: numbers may have
// leading zeros.
type semver struct {
	major, minor, patch  int64
	prerelease, metadata string
}

func parseSemver(s string) (v semver, ok bool) {
	s, v.metadata, _ = strings.Cut(s, "+")
	s, v.prerelease, _ = strings.Cut(s, "-")
	parts := strings.SplitN(s, ".", 3)
	if len(parts) != 3 || !identifiers(v.prerelease) || !identifiers(v.metadata) {
		return v, false
	}
	for i, p := range []*int64{&v.major, &v.minor, &v.patch} {
		n, err := strconv.ParseInt(parts[i], 10, 64)
		if err != nil {
			return v, false
		}
		*p = n
	}
	return v, true
}

// identifiers reports whether s is empty or consists of words of letters, digits
// and dashes with dots between them.
func identifiers(s string) bool {
	if s == "" {
		return true
	}
	for word := range strings.SplitSeq(s, ".") {
		if word == "" || strings.ContainsFunc(word, func(r rune) bool {
			return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-')
		}) {
			return false
		}
	}
	return true
}

// ParseVersion finds the version that a config names. Semantic is false if s is
// no semantic version at all, known if it is none of ours.
func ParseVersion(s string) (v Version, semantic, known bool) {
	got, ok := parseSemver(s)
	if !ok {
		return 0, false, false
	}
	for i, name := range names {
		if want, _ := parseSemver(name); got == want {
			return Version(i), true, true
		}
	}
	return 0, true, false
}
