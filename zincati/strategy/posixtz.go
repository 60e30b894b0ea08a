package strategy

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// posixRule is a time zone in POSIX notation, such as "EST5EDT,M3.2.0,M11.1.0".
type posixRule struct {
	std, dst   int // seconds east of UTC
	hasDST     bool
	start, end yearDay // of daylight saving time, in standard and in daylight saving time respectively
}

// yearDay is a moment of each year.
type yearDay struct {
	form             byte // 'J', 'M' or 0
	month, week, day int
	seconds          int // after the day begins; may be negative, or beyond its end
}

// interval is from start to, not including, end, in Unix time.
type interval struct{ start, end int64 }

// at returns the offset in force and until when.
func (r *posixRule) at(sec int64) (offset int, until int64) {
	if !r.hasDST {
		return r.std, math.MaxInt64
	}
	until = math.MaxInt64
	offset = r.std
	year := time.Unix(sec, 0).UTC().Year()
	// Daylight saving time may begin in the year before, or after, that of UTC.
	for y := year - 2; y <= year+2; y++ {
		summer := r.summer(y)
		if summer.start <= sec && sec < summer.end {
			offset = r.dst
		}
		for _, border := range []int64{summer.start, summer.end} {
			if border > sec && border < until {
				until = border
			}
		}
	}
	return offset, until
}

// summer is the daylight saving time that begins in a year. South of the equator it ends in the next.
func (r *posixRule) summer(year int) interval {
	start := r.start.unix(year) - int64(r.std)
	end := r.end.unix(year) - int64(r.dst)
	if end <= start {
		end = r.end.unix(year+1) - int64(r.dst)
	}
	return interval{start, end}
}

// unix is the moment in a year as if its clock showed UTC.
func (d yearDay) unix(year int) int64 {
	first := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
	switch d.form {
	case 'J':
		day := d.day - 1
		if leapYear(year) && d.day > 31+28 { // the 29th of February is never counted
			day++
		}
		first = first.AddDate(0, 0, day)
	case 'M':
		first = time.Date(year, time.Month(d.month), 1, 0, 0, 0, 0, time.UTC)
		first = first.AddDate(0, 0, (d.day-int(first.Weekday())+7)%7+(d.week-1)*7)
		if first.Month() != time.Month(d.month) { // week 5 is the last one
			first = first.AddDate(0, 0, -7)
		}
	default:
		first = first.AddDate(0, 0, d.day)
	}
	return first.Unix() + int64(d.seconds)
}

func leapYear(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// parseRule reads POSIX notation with the extensions of TZif version 3.
func parseRule(text string) (*posixRule, error) {
	p := &ruleParser{rest: text}
	r := &posixRule{}
	p.zoneName()
	r.std = -p.clock(24)
	if p.rest != "" {
		r.hasDST = true
		p.zoneName()
		r.dst = r.std + 3600
		if p.rest != "" && p.rest[0] != ',' {
			r.dst = -p.clock(24)
		}
		if p.rest == "" { // where the notation has no default, everybody takes that of the United States
			p.rest = ",M3.2.0,M11.1.0"
		}
		p.literal(",")
		r.start = p.yearDay()
		p.literal(",")
		r.end = p.yearDay()
	}
	if p.failed || p.rest != "" {
		return nil, fmt.Errorf("tzfile error: malformed time zone rule %.64q", text)
	}
	return r, nil
}

// ruleParser reads from the front of rest.
type ruleParser struct {
	rest   string
	failed bool
}

func (p *ruleParser) literal(s string) {
	rest, ok := strings.CutPrefix(p.rest, s)
	p.failed = p.failed || !ok
	p.rest = rest
}

func (p *ruleParser) optional(s string) bool {
	rest, ok := strings.CutPrefix(p.rest, s)
	p.rest = rest
	return ok
}

// zoneName skips an abbreviation: three letters or more, or anything in angle brackets.
func (p *ruleParser) zoneName() {
	if p.optional("<") {
		i := strings.IndexByte(p.rest, '>')
		p.failed = p.failed || i < 0
		p.rest = p.rest[i+1:]
		return
	}
	rest := strings.TrimLeft(p.rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	p.failed = p.failed || len(p.rest)-len(rest) < 3
	p.rest = rest
}

// number reads a decimal of at most three digits in a range.
func (p *ruleParser) number(from, to int) int {
	n, digits := 0, 0
	for digits < len(p.rest) && digits < 3 && p.rest[digits] >= '0' && p.rest[digits] <= '9' {
		n = n*10 + int(p.rest[digits]-'0')
		digits++
	}
	p.rest = p.rest[digits:]
	p.failed = p.failed || digits == 0 || n < from || n > to
	return n
}

// clock reads [+-]hh[:mm[:ss]] and returns seconds.
func (p *ruleParser) clock(maxHours int) int {
	sign := 1
	if p.optional("-") {
		sign = -1
	} else {
		p.optional("+")
	}
	seconds := p.number(0, maxHours) * 3600
	if p.optional(":") {
		seconds += p.number(0, 59) * 60
		if p.optional(":") {
			seconds += p.number(0, 59)
		}
	}
	return sign * seconds
}

func (p *ruleParser) yearDay() (d yearDay) {
	switch {
	case p.optional("J"):
		d.form, d.day = 'J', p.number(1, 365)
	case p.optional("M"):
		d.form, d.month = 'M', p.number(1, 12)
		p.literal(".")
		d.week = p.number(1, 5)
		p.literal(".")
		d.day = p.number(0, 6)
	default:
		d.day = p.number(0, 365)
	}
	d.seconds = 2 * 3600
	if p.optional("/") {
		d.seconds = p.clock(7*24 - 1)
	}
	return d
}
