package boottest_test

import (
	"regexp"
	"strings"
)

// unexplained returns the lines of "rpm -V --nomtime" that no image of this kind would have.
func unexplained(output string) (lines []string) {
	for line := range strings.Lines(output) {
		if line = strings.TrimSpace(line); line != "" && !expected.MatchString(line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// expected are directories of the package filesystem that are links in an image, the default target, which the
// treefile sets, and what is somewhere else (the kernel) or comes into being when the system boots.
var expected = regexp.MustCompile(`^(` + strings.Join([]string{
	`\.\.\.\.L\.\.\.\.    /(home|media|mnt|opt|root|srv|tmp|usr/lib/systemd/system/default\.target)`,
	`missing +([cd] )?/(boot|var|run|opt|root|home|srv|mnt|media)(/.*)?`,
}, "|") + `)$`)
