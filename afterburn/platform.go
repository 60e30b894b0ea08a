package afterburn

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/internal/confine"
)

// PlatformKey is the kernel argument that names the platform.
const PlatformKey = "ignition.platform.id"

const (
	cmdlineFile = "/proc/cmdline"
	maxCmdline  = 1 << 20
)

// PlatformID returns the platform that the kernel command line of the system at root (empty: "/") names: the first
// value of [PlatformKey] that is not empty.
func PlatformID(root string) (string, error) {
	line, err := readCmdline(root)
	if err != nil {
		return "", err
	}
	for word := range strings.SplitSeq(line, " ") {
		key, value, _ := strings.Cut(word, "=")
		if value = strings.TrimSpace(value); key == PlatformKey && value != "" {
			return value, nil
		}
	}
	return "", fmt.Errorf("Couldn't find flag '%s' in cmdline file (%s)", PlatformKey, cmdlineFile) //lint:ignore ST1005 scripts look for it
}

func readCmdline(root string) (string, error) {
	if root == "" {
		root = "/"
	}
	r, err := confine.OpenRoot(root)
	if err != nil {
		return "", err
	}
	defer r.Close()
	f, err := r.OpenFile(strings.TrimPrefix(cmdlineFile, "/"), os.O_RDONLY, 0)
	if err != nil {
		return "", fmt.Errorf("Failed to open cmdline file (%s): %w", cmdlineFile, err) //lint:ignore ST1005 as the reference
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxCmdline))
	switch {
	case err != nil:
		return "", fmt.Errorf("Failed to read cmdline file (%s): %w", cmdlineFile, err) //lint:ignore ST1005 as the reference
	case !utf8.Valid(data):
		return "", fmt.Errorf("Failed to read cmdline file (%s): %w", cmdlineFile, errors.New("stream did not contain valid UTF-8")) //lint:ignore ST1005 as the reference
	}
	return string(data), nil
}
