package simulate

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Delay is a random duration in whole seconds.
//
// Without LongTail it is evenly spread over Min..Max; a Max of less than Min
// counts as Min. With LongTail it is Min plus an exponentially distributed
// time, of which 95 % end by Max: downloads look like that.
type Delay struct {
	Min, Max time.Duration
	LongTail bool
}

// ParseDelay reads "90s", "2m..10m" or, with a long tail, "2m..10m~".
func ParseDelay(s string) (Delay, error) {
	text, tail := strings.CutSuffix(s, "~")
	low, high, span := strings.Cut(text, "..")
	var d Delay
	var err error
	if d.Min, err = time.ParseDuration(low); err != nil {
		return d, fmt.Errorf("no delay such as 90s or 2m..10m: %.40q", s)
	}
	d.Max, d.LongTail = d.Min, tail
	if span {
		if d.Max, err = time.ParseDuration(high); err != nil {
			return d, fmt.Errorf("no delay such as 90s or 2m..10m: %.40q", s)
		}
	}
	if d.Max < d.Min || tail && !span {
		return d, fmt.Errorf("delay ends before it begins or has no end: %.40q", s)
	}
	return d, d.check("given")
}

// String writes the form that ParseDelay reads.
func (d Delay) String() string {
	s := d.Min.String()
	if d.Max > d.Min {
		s += ".." + d.Max.String()
		if d.LongTail {
			s += "~"
		}
	}
	return s
}

func (d Delay) check(name string) error {
	if d.Min < 0 || d.Min > maxLength || d.Max > maxLength {
		return fmt.Errorf("%s delay is not within 0..90 days: %v", name, d)
	}
	return nil
}

// seconds turns a random number into a delay.
func (d Delay) seconds(random uint64) int64 {
	low, span := int64(d.Min/time.Second), int64((d.Max-d.Min)/time.Second)
	switch {
	case span <= 0:
		return low
	case d.LongTail:
		const twentieth = 2.995732273553991 // ln 20: beyond span is what is left of 5 %
		tail := -math.Log(1-unit(random)) * float64(span) / twentieth
		return low + int64(min(tail, 100*float64(span)))
	}
	return low + int64(unit(random)*float64(span+1))
}
