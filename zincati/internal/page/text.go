package page

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Visible makes a foreign string safe to read: control characters, invisible
// format characters and bidirectional overrides appear as <U+202E>, broken
// UTF-8 as <0xFF>, and of more than max runes (0: no limit) the rest is
// replaced by an ellipsis. The result is plain text, to be escaped like any
// other.
func Visible(s string, max int) string {
	plain := true
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			plain = false
			break
		}
	}
	if plain && (max <= 0 || len(s) <= max) {
		return s
	}
	var b strings.Builder
	runes := 0
	for len(s) > 0 {
		if max > 0 && runes == max {
			b.WriteString("…")
			break
		}
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, "<0x%02X>", s[0])
		case r != ' ' && !unicode.IsGraphic(r), unicode.In(r, unicode.Bidi_Control), hidden(r):
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
		runes++
	}
	return b.String()
}

// hidden tells of characters that count as graphic and still show nothing or
// pile up on their neighbours.
func hidden(r rune) bool {
	return r == 0x115f || r == 0x1160 || r == 0x3164 || r == 0xffa0 || r == 0x2800 ||
		unicode.Is(unicode.Variation_Selector, r) || unicode.Is(unicode.Me, r) ||
		r != ' ' && unicode.Is(unicode.Zs, r) && r != 0xa0
}

// Age says how long something lasts or is ago in at most two units: "0 s",
// "45 s", "3 min 20 s", "5 h 2 min", "12 d 4 h". A negative duration is 0.
func Age(d time.Duration) string {
	s := int64(max(d, 0) / time.Second)
	units := []struct {
		name string
		size int64
	}{{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}}
	for i, u := range units {
		if s < u.size {
			continue
		}
		text := fmt.Sprintf("%d %s", s/u.size, u.name)
		if i+1 < len(units) {
			if rest := s % u.size / units[i+1].size; rest > 0 {
				text += fmt.Sprintf(" %d %s", rest, units[i+1].name)
			}
		}
		return text
	}
	return "0 s"
}

// Time writes a time for people: "2026-07-22 14:00 UTC", with seconds if they
// are not zero. The zero time is "never".
func Time(t time.Time) string {
	t = t.UTC()
	switch {
	case t.IsZero():
		return "never"
	case t.Second() != 0:
		return t.Format("2006-01-02 15:04:05 UTC")
	}
	return t.Format("2006-01-02 15:04 UTC")
}
