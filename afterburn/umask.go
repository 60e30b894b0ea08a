package afterburn

import (
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// umasked returns the mode that a new file of this process would have. umask(2) is not used, which tells only by
// changing it for other threads for a moment; without /proc it is taken for 022.
func umasked(mode fs.FileMode) fs.FileMode {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, "Umask:"); ok {
			if mask, err := strconv.ParseUint(strings.TrimSpace(text), 8, 9); err == nil {
				return mode &^ fs.FileMode(mask)
			}
		}
	}
	return mode &^ 0o022
}
