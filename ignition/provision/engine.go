package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/ignition/config"
	"github.com/nestos-dev/nestos/ignition/config/merge"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/internal/systemdbus"
	"github.com/nestos-dev/nestos/ignition/platform"
	"github.com/nestos-dev/nestos/ignition/provision/internal/disks"
	"github.com/nestos-dev/nestos/ignition/provision/internal/files"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"

	"github.com/nestos-dev/nestos/ignition/provision/internal/state"
	"github.com/nestos-dev/nestos/ignition/resource"
)

// Engine runs stages. Make one with [New]; it is for one goroutine.
type Engine struct {
	opt      Options
	log      *oplog.Logger
	fetcher  *resource.Fetcher
	platform platform.Options
	state    *state.State
	origins  origins
}

// Errors of a run before its stage begins; the reference program's exit status is
// 3 for both, 1 for everything else.
var (
	// ErrFetcher is that fetching could not be set up.
	ErrFetcher = errors.New("failed to generate fetcher")
	// ErrState is that the state file of the earlier stages cannot be read.
	ErrState = errors.New("reading state")
)

// New checks the platform and prepares fetching. A failure of the latter is an
// [ErrFetcher].
func New(opt *Options) (*Engine, error) {
	e := &Engine{opt: opt.withDefaults()}
	if !platform.Known(e.opt.Platform) {
		return nil, fmt.Errorf("%s is not a valid platform", e.opt.Platform)
	}
	e.log = oplog.New(e.opt.Logger)
	ropt := e.opt.Resource
	ropt.Logger, ropt.Version = e.opt.Logger, e.opt.Version
	fetcher, err := resource.New(&ropt)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFetcher, err)
	}
	e.fetcher = fetcher
	e.platform = e.opt.PlatformOptions
	e.platform.Fetcher, e.platform.Logger = fetcher, e.opt.Logger
	if e.platform.Runner == nil {
		e.platform.Runner = e.opt.Runner
	}
	return e, nil
}

// Run runs one stage: it loads the state, gets the config (the fetch stages from
// its source, the others from the cache), does the stage, reports to the platform,
// and saves the state if all went well. A failure is a [*Failure] once the stage
// is known to be at fault, and the machine must not boot after any.
//
// In the stage fetch-offline, a config that needs the network is no failure: the
// file Options.NeedNet is made instead.
func (e *Engine) Run(ctx context.Context, stage Stage) error {
	if !stage.Known() {
		return fmt.Errorf("%s is not a valid stage", stage)
	}
	e.log.Info("Ignition %s", e.opt.Version)
	e.log.Info("Stage: %s", stage)
	st, err := state.Load(e.opt.StateFile)
	if err != nil {
		e.log.Crit("failed to load state: %s", err)
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	e.state = st

	runErr := e.run(ctx, stage)
	// The platform is told how it went; that it cannot be told is no failure.
	var told error
	if runErr != nil {
		told = errors.New(LogText(runErr))
	}
	if err := platform.Status(ctx, e.opt.Platform, &e.platform, string(stage), told); err != nil {
		e.log.Err("%s", err)
	}
	if runErr != nil {
		e.log.Crit("Ignition failed: %v", LogText(runErr))
		return runErr
	}
	if err := e.state.Save(e.opt.StateFile); err != nil {
		e.log.Crit("Ignition failed: %v", err)
		return fmt.Errorf("writing state: %w", err)
	}
	e.log.Info("Ignition finished successfully")
	return nil
}

func (e *Engine) run(ctx context.Context, stage Stage) error {
	base, err := e.baseConfig()
	if err != nil {
		e.log.Crit("failed to acquire system base config: %v", LogText(err))
		return e.failure(stage, nil, err)
	}
	e.state.FetchedConfigs = append(e.state.FetchedConfigs, state.FetchedConfig{Kind: "base", Source: "system"})
	e.fetcher.SetOffline(stage == StageFetchOffline)
	e.platform.Offline = stage == StageFetchOffline
	e.origins.eager = stage.fetches()

	err = platform.Init(ctx, e.opt.Platform, &e.platform)
	if e.offline(stage, err) {
		return e.signalNeedNet()
	}
	if err != nil {
		return e.failure(stage, nil, fmt.Errorf("initializing platform config: %w", err))
	}

	user, err := e.acquire(ctx, stage)
	if e.offline(stage, err) {
		return e.signalNeedNet()
	}
	if err != nil {
		e.log.Crit("failed to acquire config: %v", LogText(err))
		return e.failure(stage, nil, err)
	}

	full := merge.Merge(config.NewestEmpty(), merge.Merge(base, user))
	err = e.stage(ctx, stage, &full)
	if e.offline(stage, err) {
		err = e.signalNeedNet()
	}
	if err != nil {
		return e.failure(stage, &full, err)
	}
	e.log.With(string(stage)).Info("%s passed", stage)
	return nil
}

// offline reports that the stage that must do without network was told that it is needed.
func (e *Engine) offline(stage Stage, err error) bool {
	return stage == StageFetchOffline && errors.Is(err, resource.ErrNeedsNetwork)
}

func (e *Engine) stage(ctx context.Context, stage Stage, cfg *types.Config) error {
	h := e.host(e.log.With(string(stage)))
	ctx = resource.ContextWithLog(ctx, h.Log)
	switch stage {
	case StageFetchOffline:
		if resource.ConfigNeedsNetwork(cfg) {
			return resource.ErrNeedsNetwork
		}
		return nil
	case StageFetch:
		h.Log.Info("fetch complete")
		return nil
	case StageKargs:
		return files.Kargs(ctx, h, cfg)
	case StageDisks:
		return disks.Disks(ctx, h, cfg)
	case StageMount:
		return disks.Mount(ctx, h, cfg)
	case StageFiles:
		return files.Files(ctx, h, cfg)
	default:
		return disks.Umount(ctx, h, cfg)
	}
}

// host is the machine as the stages see it.
func (e *Engine) host(log *oplog.Logger) *host.Host {
	return &host.Host{
		Root:     e.opt.Root,
		Log:      log,
		Run:      runner(e.opt.Runner),
		Fetcher:  e.fetcher,
		Devices:  &systemdbus.Devices{Socket: e.opt.SystemdSocket},
		State:    e.state,
		Settings: host.Settings(*e.opt.Settings),

		SystemdSocket: e.opt.SystemdSocket,
	}
}

// signalNeedNet makes the flag file that brings the network up.
func (e *Engine) signalNeedNet() error {
	err := os.MkdirAll(filepath.Dir(e.opt.NeedNet), 0o755)
	if err == nil {
		err = os.WriteFile(e.opt.NeedNet, nil, 0o666)
	}
	if err != nil {
		e.log.Crit("failed to signal neednet: %v", err)
	}
	return err
}

// cachedConfig reads what a fetch stage wrote.
func (e *Engine) cachedConfig(ctx context.Context) (types.Config, error) {
	var cfg types.Config
	data, err := os.ReadFile(e.opt.ConfigCache)
	if err != nil {
		return cfg, err
	}
	if err := json.Unmarshal(data, &cfg); err != nil {
		e.log.Crit("failed to parse cached config: %v", err)
		return cfg, err
	}
	if err := e.fetcher.Configure(ctx, cfg.Ignition); err != nil {
		e.log.Crit("failed to update timeouts and CAs for fetcher: %v", err)
		return cfg, err
	}
	return cfg, nil
}

// DeleteConfig removes the config from the platform's metadata, where it may hold
// secrets, after a machine was provisioned. Few platforms can do that; the others
// return an error.
func (e *Engine) DeleteConfig(ctx context.Context) error {
	return platform.DeleteConfig(ctx, e.opt.Platform, &e.platform)
}
