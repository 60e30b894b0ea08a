package view

import (
	"math"
	"strconv"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/internal/page"
)

// progress is a rollout at one moment, in words and as a share.
type progress struct {
	Share   float64 // 0..1
	Percent string  // "62.5 %"
	State   string  // "complete in 18 h"
	Start   string  // "" when it has always been running
	End     string  // "" without a duration
	Length  string  // "" without a duration
	start   int64
	end     int64 // 0 without a duration
}

// The years that a time can sensibly have here; anything else is shown as a
// number.
const lastSecond = 253402300799 // end of the year 9999

func secondText(s int64) string {
	if s < 0 || s > lastSecond {
		return "second " + strconv.FormatInt(s, 10)
	}
	return page.Time(time.Unix(s, 0))
}

// progressOf describes the rollout at second now.
func progressOf(r cincinnati.Rollout, now int64) progress {
	throttle := r.Throttle(now)
	p := progress{Share: throttle, start: r.Start}
	if math.IsNaN(throttle) || throttle < 0 {
		p.Share = 0
	}
	p.Share = min(p.Share, 1)
	p.Percent = percent(p.Share)
	if r.Start != 0 {
		p.Start = secondText(r.Start)
	}
	if r.Minutes > 0 {
		p.Length, p.end = length(r)
		p.End = secondText(p.end)
	}
	switch {
	case now < r.Start:
		p.State = "starts in " + between(now, r.Start)
	case p.Share >= 1 && p.end == 0:
		p.State = "open to every node"
	case p.Share >= 1:
		p.State = "complete, open to every node"
	case p.end == 0:
		p.State = "held at " + p.Percent
	default:
		p.State = "complete in " + between(now, p.end)
	}
	return p
}

// length gives the duration in words and the end; a rollout of billions of
// years ends at the greatest second there is.
func length(r cincinnati.Rollout) (text string, end int64) {
	if r.Minutes > math.MaxInt64/60 || r.Start > 0 && int64(r.Minutes)*60 > math.MaxInt64-r.Start {
		return strconv.FormatUint(r.Minutes, 10) + " min", math.MaxInt64
	}
	seconds := int64(r.Minutes) * 60
	if seconds > math.MaxInt64/int64(time.Second) {
		return strconv.FormatUint(r.Minutes, 10) + " min", r.Start + seconds
	}
	return page.Age(time.Duration(seconds) * time.Second), r.Start + seconds
}

func between(from, to int64) string {
	seconds := uint64(to) - uint64(from) // to >= from; also where the difference overflows int64
	if seconds > math.MaxInt64/uint64(time.Second) {
		return strconv.FormatUint(seconds, 10) + " s"
	}
	return page.Age(time.Duration(seconds) * time.Second)
}

// percent never says 100 % or 0 % of something that is only nearly so.
func percent(share float64) string {
	v := math.Floor(share*1000) / 10
	switch {
	case share > 0 && v == 0:
		return "under 0.1 %"
	case v == math.Trunc(v):
		return strconv.FormatFloat(v, 'f', 0, 64) + " %"
	}
	return strconv.FormatFloat(v, 'f', 1, 64) + " %"
}
