package provision

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"syscall"

	"github.com/nestos-dev/nestos/ignition/config"
	"github.com/nestos-dev/nestos/ignition/config/merge"
	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/provision/internal/disks"
	"github.com/nestos-dev/nestos/ignition/provision/internal/files"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"
	"github.com/nestos-dev/nestos/ignition/provision/internal/state"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/ignition/resource"
)

// PlanOptions configure [MakePlan].
type PlanOptions struct {
	// Root is the directory that would be provisioned; empty is "/", unless there is an
	// Image.
	Root string
	// Image is a disk image, which stands for the machine's disk. Root is empty then.
	Image string
	// Device is the disk that Image stands for; empty is the only disk of the config.
	Device string
	// BaseConfigs are fragments of the distribution to merge the config over, in order.
	BaseConfigs [][]byte
	// Offline fails when other configs have to come over the network. Contents of
	// files are never fetched.
	Offline bool
	// Version is the program's own, for the User-Agent header.
	Version string
	// Logger receives Ignition's log; nil discards it.
	Logger *slog.Logger
	// Settings are the distribution's; nil is [DefaultSettings].
	Settings *Settings
	// Resource configures fetching.
	Resource resource.Options
	// Runner runs external programs that only look; nil runs them for real.
	Runner Runner
}

// StagePlan is what one stage would do.
type StagePlan struct {
	// Stage is the stage.
	Stage Stage `json:"stage"`
	// Steps are in the order in which they would be done.
	Steps []plan.Step `json:"steps"`
}

// DryRun is what provisioning would do. It has no secrets.
type DryRun struct {
	// Target is what was looked at: the root or the image.
	Target string `json:"target"`
	// Findings are the warnings about the config.
	Findings []string `json:"findings,omitempty"`
	// Stages are the stages that have something to do, in order.
	Stages []StagePlan `json:"stages"`
	// Destroys is set when data that exists now would be lost.
	Destroys bool `json:"destroys"`
	// Fails is set when a stage would fail: the machine would not boot.
	Fails bool `json:"fails"`
	// Live is set if this is what [Apply] would do, and no boot.
	Live bool `json:"live,omitempty"`
}

// MakePlan says what provisioning a root or a disk image with a config would do:
// what is created, changed, formatted, destroyed, and where it would fail. The
// stages make the same plans before they apply them; here nothing is applied, and
// nothing on the machine or in the target is touched. Configs that are referred to
// are fetched, contents of files are not.
//
// What depends on a device that an earlier step makes is predicted. File systems
// in a disk image are recognized but not read, so its files are all "create".
//
// A boot is what is planned. [PlanApply] is for [Apply].
func MakePlan(ctx context.Context, raw []byte, opt *PlanOptions) (*DryRun, error) {
	var o PlanOptions
	if opt != nil {
		o = *opt
	}
	target, err := o.target()
	if err != nil {
		return nil, err
	}
	p, err := newPlanner(&o)
	if err != nil {
		return nil, err
	}
	cfg, findings, err := p.config(ctx, raw)
	if err != nil {
		return nil, err
	}
	dry := &DryRun{Target: target, Findings: findings, Stages: []StagePlan{}}
	if o.Image == "" {
		err = p.root(ctx, &cfg, dry)
	} else {
		err = p.image(ctx, &cfg, dry)
	}
	return dry, err
}

// target completes and checks the options that say what to look at.
func (o *PlanOptions) target() (string, error) {
	switch {
	case o.Image != "" && o.Root != "":
		return "", errors.New("a plan is for a root or for an image, not for both")
	case o.Image == "" && o.Device != "":
		return "", errors.New("a device stands for an image, but there is none")
	case o.Image != "":
		if info, err := os.Stat(o.Image); err != nil {
			return "", err
		} else if info.IsDir() {
			return "", &fs.PathError{Op: "reading image", Path: o.Image, Err: syscall.EISDIR}
		}
		return o.Image, nil
	}
	if o.Root == "" {
		o.Root = "/"
	}
	return o.Root, checkRoot(o.Root)
}

func checkRoot(root string) error {
	info, err := os.Stat(root)
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "opening root", Path: root, Err: syscall.ENOTDIR}
	}
	return err
}

type planner struct {
	opt    *PlanOptions
	engine *Engine
}

func newPlanner(o *PlanOptions) (*planner, error) {
	full := (&Options{Root: o.Root, Logger: o.Logger, Settings: o.Settings, Runner: o.Runner, Version: o.Version}).withDefaults()
	ropt := o.Resource
	ropt.Logger, ropt.Version = o.Logger, o.Version
	fetcher, err := resource.New(&ropt)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFetcher, err)
	}
	fetcher.SetOffline(o.Offline)
	e := &Engine{opt: full, log: oplog.New(o.Logger), fetcher: fetcher, state: &state.State{}}
	return &planner{opt: o, engine: e}, nil
}

// config parses and renders as the fetch stage does.
func (p *planner) config(ctx context.Context, raw []byte) (types.Config, []string, error) {
	base, err := mergeFragments(p.opt.BaseConfigs)
	if err != nil {
		return base, nil, err
	}
	doc, err := config.ParseDocument(raw)
	if errors.Is(err, config.ErrEmpty) {
		return base, nil, nil
	}
	if err != nil {
		return base, nil, configError(givenConfig, doc, err)
	}
	findings := shown(doc.Report)
	if err := p.engine.fetcher.Configure(ctx, doc.Config.Ignition); err != nil {
		return base, nil, err
	}
	cfg, err := p.engine.render(ctx, doc.Config)
	if err != nil {
		return base, nil, err
	}
	rep := config.Validate(&cfg, config.Newest, &config.ValidateOptions{NoDuplicates: true})
	if rep.IsFatal() {
		return base, nil, &ConfigError{Report: rep, Err: config.ErrInvalid}
	}
	return merge.Merge(base, cfg), findings, nil
}

func shown(r report.Report) []string {
	var lines []string
	for _, entry := range r.Entries {
		lines = append(lines, entry.String())
	}
	return lines
}

// mergeFragments merges configs of the distribution.
func mergeFragments(fragments [][]byte) (types.Config, error) {
	base := config.NewestEmpty()
	for i, fragment := range fragments {
		doc, err := config.ParseDocument(fragment)
		if err != nil {
			return base, configError(fmt.Sprintf("base config %d", i+1), doc, err)
		}
		base = merge.Merge(base, doc.Config)
	}
	return base, nil
}

func configError(source string, doc *config.Document, err error) error {
	if doc != nil && doc.Report.IsFatal() {
		return &ConfigError{Source: source, Report: doc.Report, Err: err}
	}
	return fmt.Errorf("%s: %w", source, err)
}

func (p *planner) host() *host.Host {
	h := p.engine.host(p.engine.log)
	h.DryRun, h.Predicted = true, map[string]bool{}
	return h
}

// root plans all stages with the devices of this machine and the files of a directory.
func (p *planner) root(ctx context.Context, cfg *types.Config, dry *DryRun) error {
	h := p.host()
	parts := []struct {
		stage Stage
		make  func(context.Context, *host.Host, *types.Config) (*plan.Plan, error)
	}{
		{StageKargs, files.PlanKargs},
		{StageDisks, disks.PlanDisks},
		{StageMount, disks.PlanMount},
		{StageFiles, files.PlanFiles},
	}
	for _, part := range parts {
		steps, err := part.make(ctx, h, cfg)
		if err != nil {
			return fmt.Errorf("planning the stage %s: %w", part.stage, err)
		}
		dry.add(part.stage, steps)
	}
	return nil
}

// image plans the disks stage with a disk image, and the others without a look at
// the file systems in it.
func (p *planner) image(ctx context.Context, cfg *types.Config, dry *DryRun) error {
	empty, err := os.MkdirTemp("", "ignition-plan-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(empty)
	h := p.host()
	h.Root = empty
	steps, err := files.PlanKargs(ctx, h, cfg)
	if err != nil {
		return fmt.Errorf("planning the stage %s: %w", StageKargs, err)
	}
	dry.add(StageKargs, steps)
	if steps, err = disks.PlanImage(ctx, h, cfg, p.opt.Image, p.opt.Device); err != nil {
		return fmt.Errorf("planning the stage %s: %w", StageDisks, err)
	}
	dry.add(StageDisks, steps)
	if steps, err = disks.PlanMount(ctx, h, cfg); err != nil {
		return fmt.Errorf("planning the stage %s: %w", StageMount, err)
	}
	dry.add(StageMount, steps)
	if steps, err = files.PlanFiles(ctx, h, cfg); err != nil {
		return fmt.Errorf("planning the stage %s: %w", StageFiles, err)
	}
	dry.add(StageFiles, steps)
	return nil
}

func (d *DryRun) add(stage Stage, p *plan.Plan) {
	if p == nil || len(p.Steps) == 0 {
		return
	}
	if n := len(d.Stages); n > 0 && d.Stages[n-1].Stage == stage {
		d.Stages[n-1].Steps = append(d.Stages[n-1].Steps, p.Steps...)
	} else {
		d.Stages = append(d.Stages, StagePlan{Stage: stage, Steps: p.Steps})
	}
	d.Destroys = d.Destroys || p.Destroys()
	for _, s := range p.Steps {
		d.Fails = d.Fails || s.Verb == plan.Fail
	}
}
