package zincati

import (
	"fmt"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// Kind is the kind of a state of the agent, named as in Zincati's documentation.
type Kind int

// The kinds of states.
const (
	StartState      Kind = iota // nothing was done yet
	Initialized                 // registered with rpm-ostree, steady state not yet acknowledged
	ReportedSteady              // the strategy knows that the machine is up
	NoNewUpdate                 // the last check found nothing
	UpdateAvailable             // a release was chosen, and is to be staged
	UpdateStaged                // the release is staged, and waits for consent
	UpdateFinalized             // the release was finalized, the reboot is on its way
	EndState                    // nothing left to do
)

// String returns the name of the state, as "UpdateStaged".
func (k Kind) String() string {
	names := [...]string{"StartState", "Initialized", "ReportedSteady", "NoNewUpdate", "UpdateAvailable", "UpdateStaged", "UpdateFinalized", "EndState"}
	if k < 0 || int(k) >= len(names) {
		return fmt.Sprintf("state %d", int(k))
	}
	return names[k]
}

// State is where the agent is.
type State struct {
	// Kind is the kind of state.
	Kind Kind
	// Release is the chosen release in the states from UpdateAvailable to UpdateFinalized.
	Release cincinnati.Release
	// Failures is the number of failed attempts to stage it (UpdateAvailable).
	Failures int
	// Postponements is the number of times that the reboot may still be put off for interactive users
	// (UpdateStaged), [MaxPostponements] at first.
	Postponements int
}

// String returns the state for messages.
func (s State) String() string {
	switch s.Kind {
	case UpdateAvailable:
		return fmt.Sprintf("%v(%s, failed attempts: %d)", s.Kind, s.Release.Version, s.Failures)
	case UpdateStaged:
		return fmt.Sprintf("%v(%s, postponements left: %d)", s.Kind, s.Release.Version, s.Postponements)
	case UpdateFinalized:
		return fmt.Sprintf("%v(%s)", s.Kind, s.Release.Version)
	}
	return s.Kind.String()
}

// Constants of the state machine; they are the reference's.
const (
	// MaxPostponements is how often a reboot is put off by [PostponementTime] for interactive users.
	MaxPostponements = 10
	// PostponementTime is the time between two looks for interactive users.
	PostponementTime = time.Minute
	// MaxStagingAttempts is the number of failures after which a release is abandoned.
	MaxStagingAttempts = 12
	// RefreshPeriod is the time between two ticks where nothing else is said.
	RefreshPeriod = 5 * time.Minute
	// EndPeriod is the time between two ticks once there is nothing left to do.
	EndPeriod = 3 * time.Hour
	// DefaultSteadyInterval is the time between two checks of the update graph.
	DefaultSteadyInterval = 5 * time.Minute
)

// Delay returns how long the agent waits after a tick that led from one kind of state to the state now: nothing after a
// change, with one exception (the first check that finds nothing), else a time that depends on the state alone. The
// interval is the configured one between checks. The second result says whether the time gets jitter.
func Delay(from Kind, now State, interval time.Duration) (d time.Duration, jitter bool) {
	if now.Kind != from && !(from == ReportedSteady && now.Kind == NoNewUpdate) {
		return 0, false
	}
	switch now.Kind {
	case ReportedSteady, NoNewUpdate:
		return interval, true
	case UpdateStaged:
		if now.Postponements < MaxPostponements {
			return PostponementTime, false
		}
	case EndState:
		return EndPeriod, true
	}
	return RefreshPeriod, true
}

// Jitter adds to d a random part: up to ten times a hundredth of it, in steps of whole seconds, at least one second a
// step. The argument random(n) returns a number in 0..n-1.
func Jitter(d time.Duration, random func(n int) int) time.Duration {
	step := max(d/time.Second/100, 1)
	// An interval near the end of the range must not wrap around to "now".
	if extra := step * time.Duration(random(11)); extra < (1<<63-1-d)/time.Second {
		return d + extra*time.Second
	}
	return 1<<63 - 1
}
