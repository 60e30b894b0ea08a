package strategy

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// Names of the strategies, as configuration and metrics have them.
const (
	Immediate  = "immediate"
	FleetLock  = "fleet_lock"
	Periodic   = "periodic"
	MarkerFile = "marker_file"
)

// Defaults of [Settings], names in the root.
const (
	DefaultZoneDir    = "/usr/share/zoneinfo"
	DefaultLocaltime  = "/etc/localtime"
	DefaultMarkerPath = "/var/lib/zincati/admin/strategy/marker_file/allowfinalize.json"
)

// A Strategy decides when a staged release may be finalized, that is, when the host may reboot.
//
// Its methods may be called by several goroutines, but see [Strategy.CanFinalize]: questions to a lock server are
// serialised.
type Strategy interface {
	// Name is one of the constants of this package.
	Name() string
	// Describe tells in words what is in force at now. It is a text for logs, one line without end.
	Describe(now time.Time) string
	// ReportSteady tells whoever coordinates reboots that this host is up and well; no update may be asked for
	// before the answer is true.
	ReportSteady(ctx context.Context) (bool, error)
	// CanFinalize asks for consent to reboot now. An error is a no whose reason an operator should see. It is
	// asked again before every attempt: a yes says nothing about the next minute.
	CanFinalize(ctx context.Context) (bool, error)
	// NextWindow is the first instant after now at which the calendar opens or closes, so at which the answer of
	// CanFinalize may change without anybody's doing. False means that no such instant is known: there is no
	// calendar, or it covers the whole week.
	NextWindow(now time.Time) (time.Time, bool)
}

// Local is implemented by strategies whose consent depends, at least in part, on what this host knows by itself: windows
// and markers. Between a consent and the reboot that follows from it time passes.
type Local interface {
	// Permits reports whether these conditions hold now. It asks no server and changes nothing.
	Permits(ctx context.Context) (bool, error)
}

// Settings choose a strategy and say how it works. The zero value is the immediate strategy. A calendar needs its zone.
type Settings struct {
	Name string // "" = immediate

	FleetLockURL     string   // base URL of the lock server; templates are expanded already
	FleetLockWindows []Window // if any: the lock is only asked for inside of them
	FleetLockZone    string   // time zone of FleetLockWindows: a name in ZoneDir, or localtime

	PeriodicWindows []Window
	PeriodicZone    string // as FleetLockZone

	MarkerPath string // "" = DefaultMarkerPath

	Root      string // directory that holds the system; "" = /. All paths here are names in it
	ZoneDir   string // compiled time zones; "" = DefaultZoneDir
	Localtime string // link to the zone of the host; "" = DefaultLocaltime
}

// A Meter counts. See the metrics of package fleetlock; the periodic strategy sets the gauge
// zincati_updates_strategy_periodic_schedule_length_minutes.
type Meter interface {
	// Inc adds one to a counter; labels are values in the order of their names.
	Inc(name string, labels ...string)
	// Set sets a gauge.
	Set(name string, value float64, labels ...string)
}

// Options are the surroundings of a strategy. The zero value is right for a real system.
type Options struct {
	Now       func() time.Time  // the wall clock; nil = time.Now
	Transport http.RoundTripper // for the lock server; nil = that of package fleetlock
	Meter     Meter             // nil = none
	Logger    *slog.Logger      // nil = silent
}

// New makes the strategy that s asks for. group and id name this host towards a lock server.
//
// Only what the chosen strategy uses is examined. The error is a chain whose levels are those of Zincati 0.0.32, from
// `failed to validate update strategy configuration` downwards.
func New(s Settings, group, id string, o *Options) (Strategy, error) {
	if o == nil {
		o = &Options{}
	}
	opts := *o
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Meter == nil {
		opts.Meter = noMeter{}
	}
	st, err := newNamed(s.withDefaults(), group, id, &opts)
	if err != nil {
		return nil, fmt.Errorf("failed to validate update strategy configuration: %w", err)
	}
	return st, nil
}

func newNamed(s Settings, group, id string, o *Options) (Strategy, error) {
	switch s.Name {
	case Immediate:
		return immediate{}, nil
	case FleetLock:
		return newFleetLock(s, group, id, o)
	case Periodic:
		return newPeriodic(s, o)
	case MarkerFile:
		return newMarker(s, o)
	}
	return nil, fmt.Errorf("unsupported strategy '%s'", s.Name)
}

func (s Settings) withDefaults() Settings {
	for _, d := range []struct {
		field *string
		value string
	}{
		{&s.Name, Immediate}, {&s.Root, "/"}, {&s.ZoneDir, DefaultZoneDir}, {&s.Localtime, DefaultLocaltime},
		{&s.MarkerPath, DefaultMarkerPath},
	} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
	return s
}

type noMeter struct{}

func (noMeter) Inc(string, ...string)          {}
func (noMeter) Set(string, float64, ...string) {}

// immediate consents always.
type immediate struct{}

func (immediate) Name() string                               { return Immediate }
func (immediate) Describe(time.Time) string                  { return Immediate }
func (immediate) ReportSteady(context.Context) (bool, error) { return true, nil }
func (immediate) CanFinalize(context.Context) (bool, error)  { return true, nil }
func (immediate) NextWindow(time.Time) (time.Time, bool)     { return time.Time{}, false }
