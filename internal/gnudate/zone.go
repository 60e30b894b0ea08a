package gnudate

import (
	"encoding/binary"
	"strconv"
	"strings"
	"time"
)

// findZone returns the zone that a TZ variable of that value selects.
func findZone(name string) *time.Location {
	name = strings.TrimPrefix(name, ":")
	if name == "" || strings.EqualFold(name, "local") {
		return time.UTC
	}
	if loc, err := time.LoadLocation(name); err == nil {
		return loc
	}
	if loc, ok := posixZone(name); ok {
		return loc
	}
	return time.UTC
}

// maxPOSIX bounds the length of a POSIX zone.
const maxPOSIX = 256

// posixZone makes a zone of a POSIX string: NAME OFFSET [NAME [OFFSET] [,RULE]].
func posixZone(s string) (*time.Location, bool) {
	name, rest, ok := cutAbbreviation(s)
	if !ok || len(s) > maxPOSIX {
		return nil, false
	}
	west, rest, ok := cutOffset(rest)
	if !ok {
		return nil, false
	}
	if rest == "" {
		return time.FixedZone(name, -west), true
	}
	if !strings.Contains(rest, ",") {
		s += ",M3.2.0,M11.1.0"
	}
	// The time package reads such strings only at the end of zone files.
	loc, err := time.LoadLocationFromTZData(s, zoneFile(name, -west, s))
	return loc, err == nil
}

// cutAbbreviation takes three or more letters, or anything in <>.
func cutAbbreviation(s string) (name, rest string, ok bool) {
	if quoted, found := strings.CutPrefix(s, "<"); found {
		return strings.Cut(quoted, ">")
	}
	end := 0
	for end < len(s) && isAlpha(s[end]) {
		end++
	}
	return s[:end], s[end:], end >= 3
}

// cutOffset takes [+-]HH[:MM[:SS]] and returns it in seconds.
func cutOffset(s string) (seconds int, rest string, ok bool) {
	sign := 1
	if s != "" && (s[0] == '-' || s[0] == '+') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	for i, unit := range []int{3600, 60, 1} {
		if i > 0 {
			after, found := strings.CutPrefix(s, ":")
			if !found {
				break
			}
			s = after
		}
		end := 0
		for end < len(s) && isDigit(s[end]) {
			end++
		}
		n, err := strconv.Atoi(s[:end])
		if err != nil || n > 59 || i == 0 && n > 24 {
			return 0, s, false
		}
		seconds, s = seconds+n*unit, s[end:]
	}
	return sign * seconds, s, true
}

// zoneFile returns a TZif file of version 2 that has one kind of time and no
// transitions but those of the POSIX string at its end.
func zoneFile(name string, east int, posix string) []byte {
	header := func(b []byte) []byte {
		b = append(b, "TZif2"...)
		b = append(b, make([]byte, 15)...)
		for _, count := range []int{0, 0, 0, 0, 1, len(name) + 1} { // flags, flags, leaps, transitions, types, letters
			b = binary.BigEndian.AppendUint32(b, uint32(count))
		}
		b = binary.BigEndian.AppendUint32(b, uint32(int32(east)))
		b = append(b, 0, 0) // no daylight saving, name at 0
		return append(append(b, name...), 0)
	}
	b := header(header(nil))
	return append(append(append(b, '\n'), posix...), '\n')
}
