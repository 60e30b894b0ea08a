package interop

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	upstream "github.com/coreos/ignition/v2/config"
	"github.com/nestos-dev/nestos/ignition/config"
)

// TestParse compares verdicts, reports and translations to the newest version.
func TestParse(t *testing.T) {
	compare(t, 1, func(s source) (string, string) {
		text := newGenerator(s).text()
		return parseBoth(text)
	})
}

func parseBoth(text []byte) (kind, detail string) {
	theirs, panicked := attempt(parseTheirs, text)
	if panicked {
		return "", ""
	}
	a, b := parseOurs(text).alike(text), theirs.alike(text)
	input := fmt.Sprintf("config %s\n", text)
	if a.err != b.err {
		return fmt.Sprintf("verdict: ours %q, theirs %q", a.err, b.err), input + reportDiff(a.report, b.report)
	}
	if !slices.Equal(a.report, b.report) {
		return "report: " + kindOf(a.report, b.report), input + reportDiff(a.report, b.report)
	}
	if a.cache != b.cache {
		return "translation", fmt.Sprintf("%sours   %s\ntheirs %s", input, a.cache, b.cache)
	}
	return "", ""
}

var (
	parseOurs   = ours(config.Parse)
	parseTheirs = theirs(upstream.Parse)
)

func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// kindOf describes a difference of reports without the places, so that like ones are
// counted together.
func kindOf(ours, theirs []string) string {
	only := func(a, b []string) string {
		for _, line := range a {
			if !slices.Contains(b, line) {
				return places.ReplaceAllString(line, "")
			}
		}
		return "-"
	}
	a, b := only(ours, theirs), only(theirs, ours)
	switch {
	case a == "-" && b == "-":
		return "order"
	case a == b:
		return "place of " + a
	}
	return fmt.Sprintf("ours %s, theirs %s", a, b)
}

var places = regexp.MustCompile(`^(at )?\S* ?|, line \d+ col \d+|\d+`)

func reportDiff(ours, theirs []string) string {
	return fmt.Sprintf("ours   %s\ntheirs %s\n", strings.Join(ours, "\n       "), strings.Join(theirs, "\n       "))
}
