package gnudate

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// ErrInvalid is matched by the errors of [Parse].
var ErrInvalid = errors.New("invalid date")

// Parse returns the time that text means at the time now in the zone loc,
// which is also the zone of the result; nil stands for the zone of now.
// The error matches [ErrInvalid].
//
// A zone at the beginning of text (TZ="Europe/Berlin") is looked up by
// [time.LoadLocation] or is a POSIX zone (TZ="CET-1CEST,M3.5.0,M10.5.0/3");
// one that is neither is UTC, as in the C library.
func Parse(text string, now time.Time, loc *time.Location) (time.Time, error) {
	if loc == nil {
		loc = now.Location()
	}
	result, ok := parse(text, now, loc)
	if !ok {
		return time.Time{}, fmt.Errorf("%w %.200q", ErrInvalid, text)
	}
	return result.In(loc), nil
}

func parse(text string, now time.Time, loc *time.Location) (time.Time, bool) {
	rest := strings.TrimLeft(text, " \t\n\v\f\r")
	if name, after, ok := cutZone(rest); ok {
		rest, loc = after, findZone(name)
	}
	if strings.TrimLeft(rest, " \t\n\v\f\r") == "" {
		rest = "0"
	}
	now = now.In(loc)
	p := parser{lexer: lexer{text: rest, zones: localZones(now)}}
	p.items.presentTime(now)
	if !p.parse() {
		return time.Time{}, false
	}
	i := &p.items
	if i.timestamp {
		return inRange(i.seconds, i.nanos)
	}
	if max(i.times, i.dates, i.days, i.dsts, i.localZones+i.zones) > 1 {
		return time.Time{}, false
	}
	r := resolver{items: i, clock: clock{loc: loc}}
	return r.resolve(now)
}

// presentTime presets what the text may leave out.
func (i *items) presentTime(now time.Time) {
	i.year = token{value: int64(now.Year())}
	i.month, i.day = int64(now.Month()), int64(now.Day())
	i.hour, i.minute, i.meridian = int64(now.Hour()), int64(now.Minute()), hours24
	i.seconds, i.nanos = int64(now.Second()), int64(now.Nanosecond())
}

// localZones returns the abbreviations of the zone of now, which is searched
// for the other kind of time over the next three quarters.
func localZones(now time.Time) []localZone {
	name, _ := now.Zone()
	zones := []localZone{{name, dst(now)}}
	for quarter := 1; quarter <= 3; quarter++ {
		probe := now.Add(time.Duration(quarter) * 90 * 24 * time.Hour)
		if dst(probe) == zones[0].isDST {
			continue
		}
		if other, _ := probe.Zone(); other != name {
			return append(zones, localZone{other, dst(probe)})
		}
		zones[0].isDST = -1
		break
	}
	return zones
}

func dst(t time.Time) int {
	if t.IsDST() {
		return 1
	}
	return 0
}

// cutZone splits TZ="NAME" from the beginning of a text. In the name, a
// backslash may precede a quote or another backslash.
func cutZone(text string) (name, rest string, ok bool) {
	quoted, ok := strings.CutPrefix(text, `TZ="`)
	if !ok {
		return "", text, false
	}
	var b strings.Builder
	for i := 0; i < len(quoted); i++ {
		switch quoted[i] {
		case '"':
			return b.String(), quoted[i+1:], true
		case '\\':
			if i++; i == len(quoted) || quoted[i] != '\\' && quoted[i] != '"' {
				return "", text, false
			}
		}
		b.WriteByte(quoted[i])
	}
	return "", text, false
}

// resolver makes a time of items.
type resolver struct {
	*items
	clock clock
}

func (r *resolver) resolve(now time.Time) (time.Time, bool) {
	wanted, ok := r.fields(now)
	if !ok {
		return time.Time{}, false
	}
	start, there, ok := r.absolute(wanted)
	if !ok {
		return time.Time{}, false
	}
	current := wanted
	if r.days > 0 && r.dates == 0 {
		there = false
		if current, start, ok = r.moveToWeekday(wanted, start); !ok {
			return time.Time{}, false
		}
	}
	if rel := r.rel; rel.year != 0 || rel.month != 0 || rel.day != 0 {
		there = false
		if start, ok = r.addCalendar(current, wanted); !ok {
			return time.Time{}, false
		}
	}
	if r.zones > 0 && !there {
		start = start - r.zone + r.clock.offset(start)
	}
	return r.addClock(start)
}

// fields returns the broken-down time that the items name.
func (r *resolver) fields(now time.Time) (civil, bool) {
	year, ok := r.fullYear()
	c := civil{year: year, month: r.month, day: r.day, isDST: dst(now)}
	if r.times > 0 || r.rels > 0 && r.dates == 0 && r.days == 0 {
		hour, hourOK := toHour(r.hour, r.meridian)
		c.hour, c.minute, c.second, ok = hour, r.minute, r.seconds, ok && hourOK
	} else {
		r.nanos = 0
	}
	if r.dates > 0 || r.days > 0 || r.times > 0 {
		c.isDST = -1
	}
	if r.localZones > 0 {
		c.isDST = r.localIsDST
	}
	return c, ok && c.fitsInt()
}

// fullYear completes years of two digits. The sign of a year does not matter.
func (r *resolver) fullYear() (int64, bool) {
	year := r.year.value
	switch {
	case year < 0:
		year = -year
	case r.year.digits == 2 && year < 69:
		year += 2000
	case r.year.digits == 2:
		year += 1900
	}
	return year, year >= 0
}

func toHour(hour, meridian int64) (int64, bool) {
	if meridian == hours24 {
		return hour, 0 <= hour && hour < 24
	}
	if hour < 1 || hour > 12 {
		return 0, false
	}
	return hour%12 + 12*meridian, true
}

// absolute returns the instant of fields that must exist: here or, if another
// zone was given, there.
func (r *resolver) absolute(wanted civil) (start int64, there, ok bool) {
	start, ok = r.clock.makeTime(wanted)
	if ok && r.clock.fieldsAt(start).same(wanted) {
		return start, false, true
	}
	if r.zones == 0 {
		return 0, false, false
	}
	other := r.clock
	other.loc = time.FixedZone("", int(r.zone))
	start, ok = other.makeTime(wanted)
	r.clock.cached = other.cached
	return start, true, ok && other.fieldsAt(start).same(wanted)
}

// moveToWeekday moves fields, whose instant is start, forward to a day of the
// week. Ordinals count from there: 1 is the first one that is not today.
func (r *resolver) moveToWeekday(wanted civil, start int64) (civil, int64, bool) {
	moved := r.clock.fieldsAt(start)
	today := int64(time.Unix(start, 0).In(r.clock.loc).Weekday())
	weeks := r.ordinal
	if weeks > 0 && today != r.weekday {
		weeks--
	}
	days, ok := mulInt(weeks, 7)
	if !ok {
		return wanted, 0, false
	}
	moved.day, ok = addInt(moved.day, days)
	moved.day += (r.weekday - today + 7) % 7
	moved.isDST = -1
	if !ok || !moved.fitsInt() {
		return wanted, 0, false
	}
	start, ok = r.clock.makeTime(moved)
	return r.clock.fieldsAt(start), start, ok
}

// addCalendar adds years, months and days to current at the wanted time of day.
func (r *resolver) addCalendar(current, wanted civil) (int64, bool) {
	c := wanted
	var ok [3]bool
	c.year, ok[0] = addInt(current.year, r.rel.year)
	c.month, ok[1] = addInt(current.month, r.rel.month)
	c.day, ok[2] = addInt(current.day, r.rel.day)
	if ok != [3]bool{true, true, true} || !c.fitsInt() {
		return 0, false
	}
	return r.clock.makeTime(c)
}

// addClock adds hours, minutes and seconds.
func (r *resolver) addClock(start int64) (time.Time, bool) {
	nanos, ok := addInt(r.nanos, r.rel.nanos)
	if !ok {
		return time.Time{}, false
	}
	carry := nanos / 1e9
	if nanos %= 1e9; nanos < 0 {
		nanos += 1e9
		carry--
	}
	for _, f := range [][2]int64{{r.rel.hour, 3600}, {r.rel.minute, 60}, {r.rel.second, 1}, {carry, 1}} {
		product, fits := mulInt(f[0], f[1])
		if start, ok = addInt(start, product); !ok || !fits {
			return time.Time{}, false
		}
	}
	return inRange(start, nanos)
}

// The first and the last second whose year since 1900 fits 32 bits, the limits
// of the C library's calendar.
const (
	minSeconds = -67768040609740800
	maxSeconds = 67768036191676799
)

func inRange(seconds, nanos int64) (time.Time, bool) {
	return time.Unix(seconds, nanos), minSeconds <= seconds && seconds <= maxSeconds
}

func addInt(a, b int64) (int64, bool) {
	s := a + b
	return s, (s > a) == (b > 0)
}

func mulInt(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	m := a * b
	return m, m/b == a && !(a == -1 && b == math.MinInt64) && !(b == -1 && a == math.MinInt64)
}
