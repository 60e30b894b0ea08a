package strategy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nestos-dev/nestos/internal/confine"
)

// schedule is a calendar for the clocks of one place.
type schedule struct {
	calendar Calendar
	zone     *Zone
}

var errEmptyCalendar = errors.New("weekly calendar length is zero")

// newSchedule reads the zone first, then the windows.
func newSchedule(s Settings, zone string, windows []Window) (*schedule, error) {
	root, err := confine.OpenRoot(s.Root)
	if err != nil {
		return nil, fmt.Errorf("failed to open root directory '%s': %w", s.Root, err)
	}
	defer root.Close()
	loaded, err := loadZone(root, s.ZoneDir, s.Localtime, zone)
	if err != nil {
		return nil, fmt.Errorf("failed to get time zone info from config: %w", err)
	}
	calendar, err := ParseCalendar(windows)
	if err != nil {
		return nil, err
	}
	if calendar.LengthMinutes() == 0 {
		return nil, errEmptyCalendar
	}
	return &schedule{calendar, loaded}, nil
}

func (s *schedule) open(now time.Time) bool { return s.calendar.Contains(s.zone.Local(now)) }

// describe is the text of the log from its length on.
func (s *schedule) describe(now time.Time) string {
	shown := s.zone.Local(now)
	if !s.open(now) {
		if at, _, ok := s.calendar.NextChange(now, s.zone); ok {
			shown = s.zone.Local(at)
		}
	}
	return fmt.Sprintf("total schedule length %d minutes; next window at %d:%02d on %s (%s), subject to time zone caveats.",
		s.calendar.LengthMinutes(), shown.Hour(), shown.Minute(), shown.Format("Mon"), s.zone.Name())
}

func (s *schedule) next(now time.Time) (time.Time, bool) {
	at, _, ok := s.calendar.NextChange(now, s.zone)
	return at, ok
}

// periodic consents inside of the windows of a weekly calendar.
type periodic struct {
	*schedule
	now func() time.Time
}

func newPeriodic(s Settings, o *Options) (Strategy, error) {
	sched, err := newSchedule(s, s.PeriodicZone, s.PeriodicWindows)
	if err == errEmptyCalendar { // one level of the chain
		err = errors.New("invalid or missing periodic updates configuration: " + err.Error())
	}
	if err != nil {
		return nil, fmt.Errorf("failed to parse periodic strategy: %w", err)
	}
	o.Meter.Set("zincati_updates_strategy_periodic_schedule_length_minutes", float64(sched.calendar.LengthMinutes()))
	return &periodic{sched, o.Now}, nil
}

func (p *periodic) Name() string                               { return Periodic }
func (p *periodic) Describe(now time.Time) string              { return "periodic, " + p.describe(now) }
func (p *periodic) ReportSteady(context.Context) (bool, error) { return true, nil }
func (p *periodic) CanFinalize(context.Context) (bool, error)  { return p.open(p.now()), nil }
func (p *periodic) Permits(ctx context.Context) (bool, error)  { return p.CanFinalize(ctx) }
func (p *periodic) NextWindow(now time.Time) (time.Time, bool) { return p.next(now) }
