//go:build unix

package bootloader

import "strings"

// joinLines ends each line. Of empty ones libostree writes only the first, and
// that not at the beginning; what follows keeps it that way at every rewriting.
func joinLines(lines []string) string {
	var b strings.Builder
	empty := false
	for i, line := range lines {
		if line == "" {
			if empty || i == 0 {
				continue
			}
			empty = true
		}
		b.WriteString(line)
		b.WriteByte('\n')
	}
	return b.String()
}
