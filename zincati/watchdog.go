package zincati

import (
	"sync"
	"time"
)

// maxTick is how long a tick may take outside of rpm-ostree before the agent counts as stuck: it has a handful of
// exchanges with servers and programs at most, each of which is given up after five minutes.
const maxTick = 30 * time.Minute

// lifeSign knows whether the state machine still moves.
type lifeSign struct {
	mu     sync.Mutex
	driver bool      // rpm-ostree runs, which may take any time
	until  time.Time // when the present phase has to be over
}

func (l *lifeSign) phase(driver bool, limit time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.driver, l.until = driver, time.Now().Add(limit)
}

// ticking begins a tick, waiting a pause, driving a run of rpm-ostree.
func (l *lifeSign) ticking()                { l.phase(false, maxTick) }
func (l *lifeSign) waiting(d time.Duration) { l.phase(false, min(d, 1<<62)+maxTick) }
func (l *lifeSign) driving()                { l.phase(true, 0) }

// alive reports whether the present phase is not overdue.
func (l *lifeSign) alive() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.driver || time.Now().Before(l.until)
}

// startWatchdog sends signs of life twice in each interval as long as the state machine moves.
func (a *Agent) startWatchdog() (stop func()) {
	a.life.ticking()
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		t := time.NewTicker(max(a.cfg.WatchdogInterval/2, time.Millisecond))
		defer t.Stop()
		for {
			select {
			case <-done:
				return
			case <-t.C:
				if a.life.alive() {
					_ = a.cfg.Notifier.Watchdog() // an error was logged when READY=1 met it
				}
			}
		}
	})
	return func() { close(done); wg.Wait() }
}
