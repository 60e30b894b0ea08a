package zincati

import "time"

// Clock is where the agent's time comes from.
type Clock interface {
	// Now returns the time of day.
	Now() time.Time
	// NewTimer returns a channel on which something arrives after d, and a function that gives the timer up.
	// The time is meant to pass while the clock of the day is changed.
	NewTimer(d time.Duration) (<-chan time.Time, func())
}

// SystemClock returns the clock of this machine.
func SystemClock() Clock { return systemClock{} }

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) NewTimer(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}
