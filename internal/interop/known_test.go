package interop

import (
	"regexp"
	"slices"
	"strings"
)

// outcome is what parsing a config gave.
type outcome struct {
	err    string   // "" if it is valid
	report []string // lines
	cache  string   // the config in the newest version
}

// knownDifferences is everything in which this module is meant to differ from
// upstream, or in which upstream is not the same each time. Each makes outcomes of both
// sides alike where they may differ.
var knownDifferences = []struct {
	what  string
	alike func(text []byte, o *outcome)
}{
	{
		// Upstream walks a Go map.
		"order of the warnings for several unused keys",
		func(_ []byte, o *outcome) {
			isUnused := func(line string) bool { return strings.Contains(line, ": unused key ") }
			unused := slices.DeleteFunc(slices.Clone(o.report), func(line string) bool { return !isUnused(line) })
			slices.Sort(unused)
			o.report = append(slices.DeleteFunc(slices.Clone(o.report), isUnused), unused...)
		},
	},
	{
		// Upstream walks a Go map of numbers and stops at any that is there twice.
		"which of several colliding partitions is named",
		func(_ []byte, o *outcome) {
			o.report = slices.Clone(o.report)
			for i, line := range o.report {
				if place, message, _ := strings.Cut(line, ": "); message == "partition numbers collide" {
					o.report[i] = anyPartition.ReplaceAllString(place, "") + ": " + message
				}
			}
		},
	},
	{
		// Upstream forgets it between 3.4.0 and 3.5.0, so that binding needs the network.
		"advertisements of Tang servers in configs of version 3.4.0",
		func(text []byte, o *outcome) {
			if strings.Contains(string(text), "3.4.0") || strings.Contains(string(text), `\u00`) {
				o.cache = anyAdvertisement.ReplaceAllString(o.cache, "")
			}
		},
	},
}

var (
	anyPartition     = regexp.MustCompile(`\.\d+(, line \d+ col \d+)?$`)
	anyAdvertisement = regexp.MustCompile(`"advertisement":"(\\.|[^"\\])*",?`)
)

// alike returns the outcome without what may differ.
func (o outcome) alike(text []byte) outcome {
	for _, known := range knownDifferences {
		known.alike(text, &o)
	}
	return o
}
