package provision

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/nestos-dev/nestos/ignition/config"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/provision/internal/files"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"
	"github.com/nestos-dev/nestos/ignition/provision/internal/state"
	"github.com/nestos-dev/nestos/ignition/resource"
)

// ApplyOptions configure [Apply].
type ApplyOptions struct {
	// Root is what the config is applied to; empty is "/".
	Root string
	// IgnoreUnsupported skips what cannot be applied to a root that is not being
	// booted (kernel arguments, disks, file systems, users) instead of failing.
	IgnoreUnsupported bool
	// Offline fails on anything that needs the network.
	Offline bool
	// Version is the program's own, for the User-Agent header.
	Version string
	// Log receives Ignition's log; nil discards it.
	Logger *slog.Logger
	// Settings are the distribution's; nil is [DefaultSettings].
	Settings *Settings
	// Resource configures fetching.
	Resource resource.Options
	// Runner runs external programs; nil runs them for real.
	Runner Runner
}

// ErrNotContainer is that the system does not look like a container's root, where
// applying a config to what is running would be a second, partial first boot. Programs
// return it when [InContainer] says no; nothing in this package does. The text is that of
// ignition-apply.
var ErrNotContainer = errors.New("this tool is not designed to run on a host system; reprovision the machine instead")

// InContainer reports whether this process runs in a container: by variable, the value
// that the environment variable "container" has (systemd's convention), or by the files
// that Podman and Docker leave.
func InContainer(variable string) bool {
	if variable != "" {
		return true
	}
	for _, path := range []string{"/run/.containerenv", "/.dockerenv"} {
		if _, err := os.Stat(path); err == nil {
			return true
		}
	}
	return false
}

// Apply does what can be done of a config while an image is built: files,
// directories, links and units. It writes neither crypttab nor a result file, makes
// no users and relabels nothing. It does not ask whether it is in a container:
// [InContainer] does. Nil options are the zero value. A config that is not valid is a
// *[ConfigError]; without IgnoreUnsupported, one that has more than such entries is an error
// before anything is written.
func Apply(ctx context.Context, raw []byte, opt *ApplyOptions) error {
	a, err := newApply(opt)
	if err != nil {
		return err
	}
	doc, err := config.ParseDocument(raw)
	if doc != nil {
		a.engine.logReport(doc.Report)
	}
	if err != nil {
		if doc != nil && doc.Report.IsFatal() {
			err = &ConfigError{Report: doc.Report, Err: err}
		}
		return fmt.Errorf("couldn't parse config: %w", err)
	}
	if err := a.apply(ctx, doc.Config); err != nil {
		return fmt.Errorf("failed to apply: %w", err)
	}
	return nil
}

type applier struct {
	opt    ApplyOptions
	engine *Engine
}

func newApply(opt *ApplyOptions) (*applier, error) {
	a := &applier{}
	if opt != nil {
		a.opt = *opt
	}
	full := (&Options{
		Root: a.opt.Root, Logger: a.opt.Logger, Settings: a.opt.Settings, Runner: a.opt.Runner, Version: a.opt.Version,
	}).withDefaults()
	ropt := a.opt.Resource
	ropt.Logger, ropt.Version = a.opt.Logger, a.opt.Version
	fetcher, err := resource.New(&ropt)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFetcher, err)
	}
	fetcher.SetOffline(a.opt.Offline)
	a.engine = &Engine{opt: full, log: oplog.New(a.opt.Logger), fetcher: fetcher, state: &state.State{}}
	return a, nil
}

func (a *applier) apply(ctx context.Context, cfg types.Config) error {
	e := a.engine
	if err := e.fetcher.Configure(ctx, cfg.Ignition); err != nil {
		return err
	}
	cfg, err := e.render(ctx, cfg)
	if err != nil {
		return err
	}
	// What was merged may bring other settings for the fetching of contents.
	if err := e.fetcher.Configure(ctx, cfg.Ignition); err != nil {
		return err
	}
	rep := config.Validate(&cfg, config.Newest, &config.ValidateOptions{NoDuplicates: true})
	if rep.IsFatal() {
		e.logReport(rep)
		e.log.Crit("merging configs resulted in an invalid config")
		return &ConfigError{Report: rep, Err: config.ErrInvalid}
	}
	if a.opt.Offline && resource.ConfigNeedsNetwork(&cfg) {
		return resource.ErrNeedsNetwork
	}
	h := e.host(e.log)
	h.Container = true
	h.Settings = host.Settings(*e.opt.Settings)
	h.Settings.SELinuxRelabel, h.Settings.ResultFile = false, ""
	return files.Container(ctx, h, &cfg, files.ContainerOptions{
		IgnoreUnsupported: a.opt.IgnoreUnsupported,
		Offline:           a.opt.Offline,
	})
}
