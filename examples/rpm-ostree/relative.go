//go:build linux

package main

import (
	"fmt"
	"time"
)

// ago tells how long ago something was, as systemd does: the two largest units.
func ago(d time.Duration) string {
	suffix := "ago"
	if d < 0 {
		d, suffix = -d, "left"
	}
	const day = 24 * time.Hour
	days := int(d / day)
	hours := int(d % day / time.Hour)
	minutes := int(d % time.Hour / time.Minute)
	seconds := int(d % time.Minute / time.Second)
	var text string
	switch {
	case days >= 365:
		text = plural(days/365, "year") + " " + plural(days%365/30, "month")
	case days >= 30:
		text = plural(days/30, "month") + " " + plural(days%30, "day")
	case days >= 7:
		text = plural(days/7, "week") + " " + plural(days%7, "day")
	case days >= 2:
		text = plural(days, "day")
	case days >= 1:
		text = fmt.Sprintf("1 day %dh", hours)
	case hours >= 6:
		text = fmt.Sprintf("%dh", hours)
	case hours >= 1:
		text = fmt.Sprintf("%dh %dmin", hours, minutes)
	case minutes >= 5:
		text = fmt.Sprintf("%dmin", minutes)
	case minutes >= 1:
		text = fmt.Sprintf("%dmin %ds", minutes, seconds)
	case seconds >= 1:
		text = fmt.Sprintf("%ds", seconds)
	default:
		return "now"
	}
	return text + " " + suffix
}

func plural(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
