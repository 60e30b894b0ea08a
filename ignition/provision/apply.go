package provision

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/nestos-dev/nestos/ignition/config"
	"github.com/nestos-dev/nestos/ignition/config/merge"
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
	// booted (kernel arguments, disks, file systems, users) instead of failing. Each
	// section that is skipped is a warning in the log, and reported to Skipped.
	IgnoreUnsupported bool
	// Skipped is called for each section that IgnoreUnsupported skips, before anything
	// is written; nil is fine.
	Skipped func(Skipped)
	// BaseConfigs are fragments of the distribution to merge the config over, in order.
	BaseConfigs [][]byte
	// Offline fails on anything that needs the network.
	Offline bool
	// Version is the program's own, for the User-Agent header.
	Version string
	// Logger receives Ignition's log; nil discards it.
	Logger *slog.Logger
	// Settings are the distribution's; nil is [DefaultSettings].
	Settings *Settings
	// Resource configures fetching.
	Resource resource.Options
	// Runner runs external programs; nil runs them for real.
	Runner Runner
}

// Skipped is a section of a config that [Apply] left out.
type Skipped struct {
	// Section is the place in the config: "kernelArguments", "storage.disks",
	// "storage.raid", "storage.luks", "storage.filesystems", "passwd.groups" or
	// "passwd.users".
	Section string
	// Names are its entries: the arguments, devices or names.
	Names []string
}

// ErrUnsupported is wrapped by the errors of [Apply] about sections that only a booting
// machine can do.
var ErrUnsupported = files.ErrUnsupported

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
// *[ConfigError]; without IgnoreUnsupported, one that has more than such entries is an
// [ErrUnsupported] before anything is written. [PlanApply] tells what Apply would do.
//
// When it returns nil, what it wrote is durable: each file system that was written to is
// synchronized once, at the end.
func Apply(ctx context.Context, raw []byte, opt *ApplyOptions) error {
	a, err := newApply(opt)
	if err != nil {
		return err
	}
	doc, err := a.parse(raw)
	if err != nil {
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

func (a *applier) parse(raw []byte) (*config.Document, error) {
	doc, err := config.ParseDocument(raw)
	if doc != nil {
		a.engine.logReport(doc.Report)
	}
	if err != nil && doc != nil && doc.Report.IsFatal() {
		err = &ConfigError{Source: givenConfig, Report: doc.Report, Err: err}
	}
	return doc, err
}

func (a *applier) apply(ctx context.Context, cfg types.Config) error {
	cfg, err := a.render(ctx, cfg)
	if err != nil {
		return err
	}
	if a.opt.Offline && resource.ConfigNeedsNetwork(&cfg) {
		return resource.ErrNeedsNetwork
	}
	if a.opt.IgnoreUnsupported {
		for _, section := range files.Unsupported(&cfg) {
			a.skip(section)
		}
	}
	return files.Container(ctx, a.host(), &cfg, files.ContainerOptions{
		IgnoreUnsupported: a.opt.IgnoreUnsupported,
		Offline:           a.opt.Offline,
	})
}

// render makes the config complete and judges it.
func (a *applier) render(ctx context.Context, cfg types.Config) (types.Config, error) {
	e := a.engine
	base, err := mergeFragments(a.opt.BaseConfigs)
	if err != nil {
		return cfg, err
	}
	if err := e.fetcher.Configure(ctx, cfg.Ignition); err != nil {
		return cfg, err
	}
	if cfg, err = e.render(ctx, cfg); err != nil {
		return cfg, err
	}
	// What was merged may bring other settings for the fetching of contents.
	if err := e.fetcher.Configure(ctx, cfg.Ignition); err != nil {
		return cfg, err
	}
	rep := config.Validate(&cfg, config.Newest, &config.ValidateOptions{NoDuplicates: true})
	if rep.IsFatal() {
		e.logReport(rep)
		e.log.Crit("merging configs resulted in an invalid config")
		return cfg, &ConfigError{Report: rep, Err: config.ErrInvalid}
	}
	return merge.Merge(base, cfg), nil
}

// skip tells that a section is left out.
func (a *applier) skip(section files.Section) {
	skipped := Skipped{Section: section.Name}
	for _, step := range section.Steps {
		skipped.Names = append(skipped.Names, step.Name)
	}
	a.engine.log.Warning("skipping %s, which only a booting machine can do: %q", skipped.Section, skipped.Names)
	if a.opt.Skipped != nil {
		a.opt.Skipped(skipped)
	}
}

func (a *applier) host() *host.Host {
	h := a.engine.host(a.engine.log)
	h.Container = true
	h.Settings.SELinuxRelabel, h.Settings.ResultFile = false, ""
	return h
}
