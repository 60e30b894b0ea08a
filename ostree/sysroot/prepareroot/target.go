package prepareroot

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/internal/errno"
)

// Target is what a kernel command line says about the deployment to boot.
type Target struct {
	// Path is a symbolic link below the physical root that leads to the
	// deployment; empty if the command line does not name one.
	Path string
	// Android says that the boot loader is an Android one, which chooses between
	// /ostree/root.a and /ostree/root.b.
	Android bool
}

// ParseTarget finds the deployment that a kernel command line names: by
// androidboot.slot_suffix, any other androidboot argument (slot a), or the first
// ostree argument.
func ParseTarget(cmdline string) (Target, error) {
	if slot, ok := argument(cmdline, "androidboot.slot_suffix"); ok {
		if slot != "_a" && slot != "_b" {
			return Target{}, fmt.Errorf("androidboot.slot_suffix invalid: %s", slot)
		}
		return Target{Path: "/ostree/root." + slot[1:], Android: true}, nil
	}
	for word := range strings.SplitSeq(cmdline, " ") {
		if strings.HasPrefix(word, "androidboot.") {
			return Target{Path: "/ostree/root.a", Android: true}, nil
		}
	}
	path, _ := argument(cmdline, "ostree")
	return Target{Path: path}, nil
}

// argument returns the value of the first key=value on a kernel command line.
// Quotes mean nothing to libostree here.
func argument(cmdline, key string) (string, bool) {
	for word := range strings.SplitSeq(cmdline, " ") {
		if rest, ok := strings.CutPrefix(word, key); ok && strings.HasPrefix(rest, "=") {
			return rest[1:], true
		}
	}
	return "", false
}

// parseBootLink takes /ostree/boot.BOOTVERSION/OSNAME/BOOTCSUM/TREESERIAL apart.
func parseBootLink(path string) (stateroot string, ok bool) {
	f := strings.Split(path, "/")
	ok = len(f) == 6 && f[0] == "" && f[1] == "ostree" && (f[2] == "boot.0" || f[2] == "boot.1") &&
		f[3] != "" && f[4] != "" && f[5] != "" && strings.Trim(f[5], "0123456789") == ""
	if !ok {
		return "", false
	}
	return f[3], true
}

// stateroot returns the name of the stateroot that the target is in. A link of
// the Android flow does not tell: it is read with readlink.
func (t Target) stateroot(readlink func(string) (string, error)) (string, error) {
	if !t.Android {
		name, ok := parseBootLink(t.Path)
		if !ok {
			return "", fmt.Errorf("Parsing stateroot: Invalid ostree= argument '%s', expected "+
				"ostree=/ostree/boot.BOOTVERSION/OSNAME/BOOTCSUM/TREESERIAL", t.Path)
		}
		return name, nil
	}
	link, err := readlink(t.Path)
	if err != nil {
		return "", errno.Wrap(fmt.Sprintf("Parsing aboot stateroot: Failed to read '%s' symlink", t.Path), err)
	}
	rest, ok := strings.CutPrefix(link, "deploy/")
	name, _, below := strings.Cut(rest, "/")
	if !ok || !below || name == "" {
		return "", fmt.Errorf("Parsing aboot stateroot: Invalid aboot symlink in /ostree, expected symlink to resolve to "+
			"deploy/OSNAME/... instead it resolves to '%s'", link)
	}
	return name, nil
}

var errNoTarget = errors.New("No ostree target found")
