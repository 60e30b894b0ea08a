package strategy

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Window is one entry of a weekly calendar as it is configured: it opens on each of the days at the start time, for
// the length.
type Window struct {
	Days          []string // "mon", "Monday"…, any case; a set
	StartTime     string   // "H:M" of a 24-hour clock, leading zeros allowed
	LengthMinutes uint32   // 1..10080
}

const (
	minutesPerDay  = 24 * 60
	minutesPerWeek = 7 * minutesPerDay
)

// A span covers the minutes start..end of the week, both included. Minute 0 is Monday 00:00. An end of minutesPerWeek
// means "until the week is over"; no clock ever shows that minute.
type span struct{ start, end int }

// A Calendar is a set of minutes of the week. It is immutable; the zero value is empty.
//
// A window covers its last minute: one from 14:30 for 120 minutes still holds at 16:30:59. Only a window that ends
// exactly with the week (Sunday 24:00) does not cover the first minute of Monday.
type Calendar struct{ spans []span }

// ParseCalendar makes the calendar that covers all of the windows. Which windows are wrong, and how, is told in the
// words of Zincati 0.0.32. A calendar without any window is no error here; its length is zero.
func ParseCalendar(windows []Window) (Calendar, error) {
	var spans []span
	for _, w := range windows {
		// Days are a set, which is gone through in sorted order: that decides which error is found first.
		days := slices.Clone(w.Days)
		slices.Sort(days)
		for _, name := range slices.Compact(days) {
			day, err := parseDay(name)
			if err != nil {
				return Calendar{}, err
			}
			minute, err := parseTime(w.StartTime)
			if err != nil {
				return Calendar{}, fmt.Errorf("failed to parse time string: %w", err)
			}
			if err := checkLength(w.LengthMinutes); err != nil {
				return Calendar{}, fmt.Errorf("failed to parse timespan into weekly windows: %w", err)
			}
			spans = appendSpans(spans, day*minutesPerDay+minute, int(w.LengthMinutes))
		}
	}
	return Calendar{merge(spans)}, nil
}

// appendSpans adds a window, in two parts if it goes over the end of the week.
func appendSpans(spans []span, start, length int) []span {
	end := start + length
	if end <= minutesPerWeek {
		return append(spans, span{start, end})
	}
	return append(spans, span{start, minutesPerWeek}, span{0, end - minutesPerWeek})
}

// merge sorts spans and joins those that overlap or touch.
func merge(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return a.start - b.start })
	var merged []span
	for _, s := range spans {
		if last := len(merged) - 1; last >= 0 && s.start <= merged[last].end+1 {
			merged[last].end = max(merged[last].end, s.end)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

func parseDay(name string) (int, error) {
	switch strings.ToLower(name) {
	case "mon", "monday":
		return 0, nil
	case "tue", "tuesday", "tuesady": // the last is what Zincati 0.0.32 wants
		return 1, nil
	case "wed", "wednesday":
		return 2, nil
	case "thu", "thursday":
		return 3, nil
	case "fri", "friday":
		return 4, nil
	case "sat", "saturday":
		return 5, nil
	case "sun", "sunday":
		return 6, nil
	}
	return 0, fmt.Errorf("unrecognized week day: %s", name)
}

// parseTime returns the minute of the day that text, "H:M", names.
func parseTime(text string) (int, error) {
	hourText, minuteText, found := strings.Cut(text, ":")
	if !found || strings.Contains(minuteText, ":") {
		return 0, fmt.Errorf("unrecognized time value: %s", text)
	}
	hour, ok := parseOctet(hourText)
	if !ok {
		return 0, fmt.Errorf("unrecognized time (hour) value: %s", text)
	}
	minute, ok := parseOctet(minuteText)
	if !ok {
		return 0, fmt.Errorf("unrecognized time (minute) value: %s", text)
	}
	if hour > 23 || minute > 59 {
		return 0, fmt.Errorf("invalid time: %s", text)
	}
	return hour*60 + minute, nil
}

// parseOctet reads a decimal 0..255 as Rust's u8 does: a plus sign is allowed.
func parseOctet(s string) (int, bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "+"), 10, 8)
	return int(n), err == nil
}

func checkLength(minutes uint32) error {
	switch {
	case minutes == 0:
		return errors.New("zero-length duration")
	case minutes > minutesPerWeek:
		return errors.New("length longer than a week")
	}
	return nil
}

// LengthMinutes is how long the calendar is open in a week: the sum of end minus start of its windows, those that
// overlap or touch joined to one. A whole week is 10080.
func (c Calendar) LengthMinutes() int {
	var sum int
	for _, s := range c.spans {
		sum += s.end - s.start
	}
	return sum
}

// Contains reports whether the calendar covers the minute that a clock on the wall shows at local: its day, hour and
// minute in the location that it carries.
func (c Calendar) Contains(local time.Time) bool { return c.covers(minuteOfWeek(local)) }

func (c Calendar) covers(minute int) bool {
	for _, s := range c.spans {
		if s.start <= minute && minute <= s.end {
			return true
		}
	}
	return false
}

func minuteOfWeek(local time.Time) int {
	monday := (int(local.Weekday()) + 6) % 7
	return monday*minutesPerDay + local.Hour()*60 + local.Minute()
}

// horizon is how far [Calendar.NextChange] looks. Any calendar changes within a week, but a clock change can make
// it miss the only window, and a country may leave out a day.
const horizon = 5 * 7 * 24 * time.Hour

// maxSegments bounds the clock changes that are considered, for zone data that has one every second.
const maxSegments = 4096

// NextChange is the first instant after t at which a clock on the wall in the zone enters or leaves the calendar, and
// whether it enters. ok is false when that does not happen within five weeks: the calendar is empty or covers the
// whole week.
func (c Calendar) NextChange(t time.Time, zone *Zone) (at time.Time, opens, ok bool) {
	sec := t.Unix()
	offset, until := zone.at(sec)
	inside := c.covers(wallMinute(sec, offset))
	limit := sec + int64(horizon/time.Second)
	for range maxSegments {
		if change, ok := c.changeAtFixedOffset(sec, offset, inside); ok && change < until {
			return time.Unix(change, 0), !inside, true
		}
		if until > limit {
			break
		}
		sec = until
		offset, until = zone.at(sec)
		if c.covers(wallMinute(sec, offset)) != inside {
			return time.Unix(sec, 0), !inside, true
		}
	}
	return time.Time{}, false, false
}

// changeAtFixedOffset is NextChange for a clock that goes on without being changed.
func (c Calendar) changeAtFixedOffset(sec int64, offset int, inside bool) (int64, bool) {
	minute := wallMinute(sec, offset)
	wait := minutesPerWeek
	consider := func(border int) {
		if border %= minutesPerWeek; c.covers(border) != inside {
			wait = min(wait, (border-minute+minutesPerWeek)%minutesPerWeek)
		}
	}
	consider(0) // where a span to the end of the week ends, unless another one begins there
	for _, s := range c.spans {
		consider(s.start)
		consider(s.end + 1)
	}
	if wait == minutesPerWeek {
		return 0, false
	}
	intoMinute := floorMod(sec+int64(offset), 60)
	return sec - intoMinute + int64(wait)*60, true
}

// wallMinute is the minute of the week that a clock on the wall shows. The first day of Unix time was a Thursday.
func wallMinute(sec int64, offset int) int {
	const thursday = 3 * minutesPerDay * 60
	return int(floorMod(sec+int64(offset)+thursday, minutesPerWeek*60) / 60)
}

func floorMod(a, b int64) int64 { return (a%b + b) % b }
