package treefile

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"
)

var versionTag = regexp.MustCompile(`<([a-zA-Z]+):([^>]*)>`)

// NextVersion returns the version that follows last, which is empty if there is none yet. prefix may have
// tags "<date:FORMAT>" with a format of strftime, which stand for now in UTC. suffix is what stands
// between prefix and counter; empty means ".". warnings tell of tags that are ignored.
//
//	prefix           last        next
//	10               (none), 9   10
//	10               10          10.1
//	10               10.3        10.4
//	10.<date:%Y>     10.2018.7   10.2019.0
func NextVersion(prefix, suffix, last string, now time.Time) (version string, warnings []string, err error) {
	if suffix == "" {
		suffix = "."
	}
	dated := false
	prefix = versionTag.ReplaceAllStringFunc(prefix, func(tag string) string {
		m := versionTag.FindStringSubmatch(tag)
		if m[1] != "date" {
			warnings = append(warnings, "ignoring unknown tag "+m[1])
			return tag
		}
		dated = true
		s, e := strftime(m[2], now.UTC())
		if e != nil && err == nil {
			err = e
		}
		return s
	})
	if err != nil {
		return "", nil, err
	}
	first, second := prefix, prefix+suffix+"1"
	if dated { // the counter is always shown
		first, second = prefix+suffix+"0", prefix+suffix+"0"
	}
	rest, ok := strings.CutPrefix(last, prefix)
	switch {
	case last == "" || !ok:
		return first, warnings, nil
	case rest == "":
		return second, warnings, nil
	}
	counter, ok := strings.CutPrefix(rest, suffix)
	if !ok {
		return first, warnings, nil
	}
	return prefix + suffix + increment(counter), warnings, nil
}

// increment adds one to the decimal number at the beginning of a text; without one it is 0.
func increment(s string) string {
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end >= 0 {
		s = s[:end]
	}
	n := new(big.Int)
	if len(s) > 0 && len(s) < 1000 {
		n.SetString(s, 10)
	}
	return n.Add(n, big.NewInt(1)).String()
}

// NextVersion returns the version of the next commit by automatic-version-prefix and its suffix.
func (t *Treefile) NextVersion(last string, now time.Time) (version string, warnings []string, err error) {
	if t.AutomaticVersionPrefix == nil {
		return "", nil, fmt.Errorf("Member 'automatic-version-prefix' not found")
	}
	return NextVersion(*t.AutomaticVersionPrefix, or(t.AutomaticVersionSuffix, ""), last, now)
}
