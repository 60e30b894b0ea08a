package zincati

import (
	"fmt"
	"log/slog"
	"time"
)

// levelTrace is below slog's lowest level, as the reference's.
const levelTrace = slog.LevelDebug - 4

func seconds(d time.Duration) string { return fmt.Sprintf("%d seconds", int64(d/time.Second)) }

// status tells the service manager; a failure is one line of the log each time.
func (a *Agent) status(text string) {
	if err := a.cfg.Notifier.Status(text); err != nil {
		a.cfg.Logger.Error(err.Error(), "target", "zincati::utils")
	}
}

type noMeter struct{}

func (noMeter) Inc(string, ...string)          {}
func (noMeter) Set(string, float64, ...string) {}

type noNotifier struct{}

func (noNotifier) Ready() error        { return nil }
func (noNotifier) Status(string) error { return nil }
func (noNotifier) Watchdog() error     { return nil }
