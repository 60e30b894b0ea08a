package identity

import (
	"fmt"
	"runtime"
	"strings"
)

// platformFlag is the kernel argument that Ignition finds its platform by.
const platformFlag = "ignition.platform.id"

// ParsePlatform finds the platform in a kernel command line: the value of the first argument ignition.platform.id that
// has one. Arguments are separated by single blanks, quotes mean nothing; white space around a value is cut off.
func ParsePlatform(cmdline string) (platform string, ok bool) {
	for word := range strings.SplitSeq(cmdline, " ") {
		key, value, found := strings.Cut(word, "=")
		if !found || key != platformFlag {
			continue
		}
		if value = strings.TrimSpace(value); value != "" {
			return value, true
		}
	}
	return "", false
}

func findPlatform(cmdline, path string) (string, error) {
	p, ok := ParsePlatform(cmdline)
	if !ok {
		return "", fmt.Errorf("could not find flag '%s' in %s", platformFlag, path)
	}
	return p, nil
}

// Basearch returns what RPM calls an architecture of Go (GOARCH); one that RPM has no other name for is returned as it
// is. An empty name means that of this program.
func Basearch(goarch string) string {
	if goarch == "" {
		goarch = runtime.GOARCH
	}
	for _, n := range basearches {
		if n.goarch == goarch {
			return n.rpm
		}
	}
	return goarch
}

var basearches = []struct{ goarch, rpm string }{
	{"amd64", "x86_64"}, {"arm64", "aarch64"}, {"386", "i686"}, {"arm", "armv7hl"}, {"loong64", "loongarch64"},
	{"mipsle", "mipsel"}, {"mips64le", "mips64el"},
}
