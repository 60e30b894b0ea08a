package command

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/nestos-dev/nestos/internal/clap"
	"github.com/nestos-dev/nestos/zincati/internal/logfmt"
	"github.com/nestos-dev/nestos/zincati/internal/notify"
	"github.com/nestos-dev/nestos/zincati/service"
)

// agent runs the service until the context ends, which is success.
func agent(ctx context.Context, p *Program, m *clap.Matches) error {
	log := slog.New(logfmt.New(p.Stderr, logfmt.Level(m.Count("v"))))
	if !p.runsAs("zincati") {
		return errors.New("update agent not running as `zincati` user")
	}
	if p.Guard != nil {
		guarded, done := p.Guard(ctx)
		defer done()
		ctx = guarded
	}
	watchdog, err := notify.WatchdogInterval(p.getenv("WATCHDOG_USEC"), p.getenv("WATCHDOG_PID"), os.Getpid())
	if err != nil {
		log.Warn(err.Error())
	}
	version := p.Version
	if version == "" {
		version = DefaultVersion
	}
	return service.Run(ctx, &service.Options{
		Version: version, NotifySocket: p.getenv("NOTIFY_SOCKET"), WatchdogInterval: watchdog,
		BusAddress: p.bus(), Getenv: p.getenv, Logger: log,
	})
}
