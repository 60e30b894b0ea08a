package strategy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/nestos-dev/nestos/zincati/fleetlock"
)

// locker is what is needed of a [fleetlock.Client].
type locker interface {
	PreReboot(ctx context.Context) error
	SteadyState(ctx context.Context) error
}

// fleetLock consents when a lock server gives a slot and, if windows are set, only inside of them.
type fleetLock struct {
	lock  locker
	sched *schedule // nil = at any time
	now   func() time.Time

	mu      sync.Mutex // held during requests: what the server was told last must be known
	holding bool       // the server may think that this host holds a slot
}

func newFleetLock(s Settings, group, id string, o *Options) (Strategy, error) {
	if s.FleetLockURL == "" {
		return nil, errors.New("empty fleet_lock base URL")
	}
	o.Logger.Info("remote fleet_lock reboot manager: "+hidePassword(s.FleetLockURL), "target", "zincati::strategy::fleet_lock")
	base, err := ParseBaseURL(s.FleetLockURL)
	if err != nil {
		return nil, fmt.Errorf("failed to parse '%s': %w", s.FleetLockURL, err)
	}
	fl := &fleetLock{now: o.Now}
	if len(s.FleetLockWindows) > 0 {
		fl.sched, err = newSchedule(s, s.FleetLockZone, s.FleetLockWindows)
		if err == errEmptyCalendar {
			err = errors.New("invalid fleet_lock windows configuration: " + err.Error())
		}
		if err != nil {
			return nil, fmt.Errorf("failed to parse fleet_lock strategy: %w", err)
		}
	}
	client := &fleetlock.Options{Transport: o.Transport, Logger: o.Logger, Meter: o.Meter}
	if fl.lock, err = fleetlock.NewClient(base, group, id, client); err != nil {
		return nil, err
	}
	return fl, nil
}

func (f *fleetLock) Name() string { return FleetLock }

func (f *fleetLock) Describe(now time.Time) string {
	if f.sched == nil {
		return FleetLock
	}
	return "fleet_lock, only in windows: " + f.sched.describe(now)
}

func (f *fleetLock) NextWindow(now time.Time) (time.Time, bool) {
	if f.sched == nil {
		return time.Time{}, false
	}
	return f.sched.next(now)
}

// ReportSteady gives back whatever slot this host held. It is asked for at any time: windows are about reboots.
func (f *fleetLock) ReportSteady(ctx context.Context) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.release(ctx); err != nil {
		return false, err
	}
	return true, nil
}

// CanFinalize asks for a slot. With windows a slot must not be kept while they are closed, as other hosts could use
// it: outside the server is not asked, and what it gave (or may have given, when its answer was lost) is returned.
func (f *fleetLock) CanFinalize(ctx context.Context) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.open() {
		return false, f.giveBack(ctx)
	}
	held := f.holding
	f.holding = true
	if err := f.lock.PreReboot(ctx); err != nil {
		f.holding = held || !refused(err)
		err = fmt.Errorf("lock-manager pre-reboot failure: %w", err)
		if !f.open() {
			err = errors.Join(err, f.giveBack(ctx))
		}
		return false, err
	}
	if !f.open() { // closed while the server thought about it
		return false, f.giveBack(ctx)
	}
	return true, nil
}

// Permits implements Local: it looks at the windows. Whether the slot is held is for CanFinalize.
func (f *fleetLock) Permits(context.Context) (bool, error) { return f.open(), nil }

func (f *fleetLock) open() bool { return f.sched == nil || f.sched.open(f.now()) }

// giveBack releases the slot if there may be one. If that fails it is tried again at the next question.
func (f *fleetLock) giveBack(ctx context.Context) error {
	if !f.holding {
		return nil
	}
	return f.release(ctx)
}

func (f *fleetLock) release(ctx context.Context) error {
	if err := f.lock.SteadyState(ctx); err != nil {
		return fmt.Errorf("lock-manager steady-state failure: %w", err)
	}
	f.holding = false
	return nil
}

// refused reports whether the server certainly did not give a slot. After a lost reply or a failure of the server
// that is not known.
func refused(err error) bool {
	var reply *fleetlock.Error
	return errors.As(err, &reply) && reply.Status >= 400 && reply.Status < 500 && reply.Status != http.StatusRequestTimeout
}
