package gnudate

import (
	"math"
	"time"
)

// civil is a broken-down local time. Fields may be beyond their usual range.
type civil struct {
	year, month, day, hour, minute, second int64
	isDST                                  int // 1, 0, or -1 if not known
}

// fitsInt reports whether the fields fit the C type for them.
func (c civil) fitsInt() bool {
	for _, v := range []int64{c.year - 1900, c.month, c.day, c.hour, c.minute, c.second} {
		if v < math.MinInt32 || v > math.MaxInt32 {
			return false
		}
	}
	return true
}

// same compares all but isDST.
func (c civil) same(d civil) bool {
	c.isDST, d.isDST = 0, 0
	return c == d
}

// asUTC returns the seconds since 1970 of the fields if they were UTC.
func (c civil) asUTC() int64 {
	t := time.Date(int(c.year), time.Month(c.month), int(c.day), int(c.hour), int(c.minute), 0, 0, time.UTC)
	return t.Unix() + c.second
}

// clock converts between instants, in seconds since 1970, and local time.
//
// Which of two instants an ambiguous local time means depends on the search
// that finds it, so the search is that of the C library: it starts at the
// offset of the search before, in the beginning at none.
type clock struct {
	loc    *time.Location
	cached int64 // what the last result was off UTC
}

func (k *clock) fieldsAt(t int64) civil {
	l := time.Unix(t, 0).In(k.loc)
	return civil{int64(l.Year()), int64(l.Month()), int64(l.Day()), int64(l.Hour()), int64(l.Minute()), int64(l.Second()), dst(l)}
}

// offset returns the seconds that local time is ahead of UTC.
func (k *clock) offset(t int64) int64 {
	_, offset := time.Unix(t, 0).In(k.loc).Zone()
	return int64(offset)
}

func (k *clock) isDST(t int64) int { return dst(time.Unix(t, 0).In(k.loc)) }

// makeTime returns the instant of fields, nearby if it does not exist.
func (k *clock) makeTime(c civil) (int64, bool) {
	utc := c.asUTC()
	t, exact, ok := k.converge(utc, c.isDST)
	if !ok {
		return 0, false
	}
	if exact && c.isDST >= 0 && k.isDST(t) != c.isDST {
		t = k.otherKind(utc, t, c.isDST)
	}
	k.cached = t - utc
	return t, true
}

// converge looks for an instant whose local time is utc. exact is false if
// there is none: then the search swings over a gap, and the side is chosen
// by isDST.
func (k *clock) converge(utc int64, isDST int) (t int64, exact, ok bool) {
	t = utc + k.cached
	before, last, lastDST := t, t, 0
	for range 6 {
		guess := utc - k.offset(t)
		if guess == t {
			return t, true, true
		}
		here := k.isDST(t)
		if t == before && t != last {
			if isDST < 0 && lastDST <= here || isDST >= 0 && isDST != here {
				return t, false, true
			}
		}
		before, last, t, lastDST = last, t, guess, here
	}
	return 0, false, false
}

// otherKind looks around t for a time with or without daylight saving as
// asked, and returns the instant of utc by that time's offset. If there is none
// for years, daylight saving is an hour.
func (k *clock) otherKind(utc, t int64, isDST int) int64 {
	const (
		stride = 601200               // shorter than any period of one kind
		bound  = 536454000/2 + stride // half of the longest one
	)
	for delta := int64(stride); delta < bound; delta += stride {
		for _, probe := range []int64{t - delta, t + delta} {
			if k.isDST(probe) == isDST {
				return utc - k.offset(probe)
			}
		}
	}
	return t + 3600*int64(1-2*isDST)
}
