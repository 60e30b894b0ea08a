package debrpm

import "strings"

// noRelease is the release of packages without a Debian revision.
const noRelease = "0"

// SplitVersion splits a Debian version, [epoch:]upstream[-revision], into the parts of
// an RPM version. Epoch and release are empty if there are none.
func SplitVersion(v string) (epoch, version, release string) {
	if e, rest, ok := strings.Cut(v, ":"); ok {
		epoch, v = e, rest
	}
	if i := strings.LastIndexByte(v, '-'); i >= 0 {
		v, release = v[:i], v[i+1:]
	}
	return epoch, strings.NewReplacer("-", "_", ":", "_").Replace(v), release
}

// evrText is the version of a dependency as RPM writes it.
func evrText(v string) (text string, hasRelease bool) {
	epoch, version, release := SplitVersion(v)
	if epoch != "" {
		version = epoch + ":" + version
	}
	if release != "" {
		version += "-" + release
	}
	return version, release != ""
}

// Arch maps the name of an architecture.
func Arch(debian string) string {
	switch debian {
	case "all":
		return "noarch"
	case "amd64":
		return "x86_64"
	case "arm64":
		return "aarch64"
	case "loong64":
		return "loongarch64"
	}
	return debian
}
