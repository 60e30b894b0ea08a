package disks

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/run"
)

// stage is the stage at work, with the log of the present part.
type stage struct {
	h       *host.Host
	cfg     *types.Config
	log     *oplog.Logger
	machine blockdev.Machine
	future  map[string]area // in a dry run: what devices will be
	image   bool            // devices that are not in future do not exist
}

func newStage(h *host.Host, cfg *types.Config) *stage {
	return &stage{h: h, cfg: cfg, log: h.Log, future: make(map[string]area), machine: blockdev.Machine{
		Sys: h.Settings.SysDir, Proc: h.Settings.ProcDir,
		// by-label lies in disk, which lies in the folder of all devices.
		Dev: filepath.Dir(filepath.Dir(filepath.Clean(h.Settings.DiskByLabelDir))),
	}}
}

// part is a copy of the stage that logs with another prefix.
func (s *stage) part(prefix string) *stage {
	p := *s
	p.log = s.h.Log.With(prefix)
	return &p
}

func nothing(cfg *types.Config) bool {
	st := &cfg.Storage
	return len(st.Disks) == 0 && len(st.Raid) == 0 && len(st.Luks) == 0 && len(st.Filesystems) == 0
}

// Disks runs the stage. Without anything configured it touches nothing. In a dry
// run it does nothing: use [PlanDisks].
func Disks(ctx context.Context, h *host.Host, cfg *types.Config) error {
	if nothing(cfg) {
		return nil
	}
	if h.DryRun {
		_, err := PlanDisks(ctx, h, cfg)
		return err
	}
	s := newStage(h, cfg)
	if err := s.part("createPartitions").partitions(ctx); err != nil {
		return fmt.Errorf("create partitions failed: %w", err)
	}
	if err := s.part("createRaids").raids(ctx); err != nil {
		return fmt.Errorf("failed to create raids: %w", err)
	}
	if err := s.part("createLuks").luks(ctx); err != nil {
		return fmt.Errorf("failed to create luks: %w", err)
	}
	if err := s.part("createFilesystems").filesystems(ctx); err != nil {
		return fmt.Errorf("failed to create filesystems: %w", err)
	}
	return nil
}

// PlanDisks tells what the stage would do, without changing, waiting or running
// anything. h.Predicted gets the devices that the steps would make.
func PlanDisks(ctx context.Context, h *host.Host, cfg *types.Config) (*plan.Plan, error) {
	if h.Predicted == nil {
		h.Predicted = make(map[string]bool)
	}
	return newStage(h, cfg).dryRun(ctx)
}

func (s *stage) dryRun(ctx context.Context) (*plan.Plan, error) {
	dry := *s.h
	dry.DryRun = true
	s.h = &dry
	p := new(plan.Plan)
	for _, part := range []struct {
		prefix string
		plan   func(*stage, context.Context, *plan.Plan) error
	}{
		{"createPartitions", (*stage).planPartitions},
		{"createRaids", (*stage).planRaids},
		{"createLuks", (*stage).planLuks},
		{"createFilesystems", (*stage).planFilesystems},
	} {
		if err := part.plan(s.part(part.prefix), ctx, p); err != nil {
			return nil, err
		}
	}
	for i := range p.Steps {
		p.Steps[i].Do = nil
	}
	return p, nil
}

// apply does a plan unless it holds a failure: then nothing of it is done.
func (s *stage) apply(ctx context.Context, p *plan.Plan) error {
	var errs []error
	for _, st := range p.Steps {
		if st.Verb == plan.Fail {
			errs = append(errs, &plan.StepError{Step: st, Err: st.Err})
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	return p.Apply(ctx)
}

// of names the entry of the config that an error is about.
func of(entry string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*plan.StepError](err); ok {
		return err
	}
	return &plan.StepError{Step: plan.Step{Entry: entry}, Err: err}
}

// fail is a step that ends the stage.
func fail(kind, name, entry string, err error) plan.Step {
	return plan.Step{Verb: plan.Fail, Kind: kind, Name: name, Entry: entry, Detail: err.Error(), Err: err}
}

// alias is the path under which programs know a device.
func (s *stage) alias(device string) string {
	if s.h.DryRun {
		return device
	}
	return filepath.Join(s.h.Settings.AliasDir, filepath.Clean(device))
}

// prepare waits for devices and makes their aliases.
func (s *stage) prepare(ctx context.Context, devices []device, what string) error {
	var paths []string
	for _, d := range devices {
		paths = append(paths, d.path)
	}
	if err := s.wait(ctx, paths, what); err != nil {
		if len(devices) == 1 { // of several, which one failed is only in the text
			err = of(devices[0].entry, err)
		}
		return err
	}
	for _, d := range devices {
		target, err := s.makeAlias(ctx, d.path)
		if err != nil {
			return of(d.entry, fmt.Errorf("failed to create device alias for %q: %w", d.path, err))
		}
		s.log.Info("created device alias for %q: %q -> %q", d.path, s.alias(d.path), target)
	}
	return nil
}

func (s *stage) wait(ctx context.Context, devices []string, what string) error {
	err := s.log.Op(fmt.Sprintf("waiting for devices %v", devices), func(*oplog.Logger) error {
		return s.h.Devices.Wait(ctx, devices)
	})
	if err != nil {
		return fmt.Errorf("failed to wait on %s devs: %w", what, err)
	}
	return nil
}

// How long a device that is said to be there may have no node.
const (
	resolveTime  = 30 * time.Second
	resolvePause = 10 * time.Millisecond
)

func (s *stage) makeAlias(ctx context.Context, dev string) (string, error) {
	target, err := resolve(ctx, dev)
	if err != nil {
		return "", err
	}
	alias := s.alias(dev)
	if err := os.Remove(alias); errors.Is(err, fs.ErrNotExist) {
		err = os.MkdirAll(filepath.Dir(alias), 0o750)
		if err != nil {
			return "", err
		}
	} else if err != nil {
		return "", err
	}
	return target, os.Symlink(target, alias)
}

func resolve(ctx context.Context, dev string) (string, error) {
	end := time.Now().Add(resolveTime)
	for {
		target, err := filepath.EvalSymlinks(dev)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return target, err
		}
		if time.Now().After(end) {
			return "", fmt.Errorf("failed to evaluate symlink after %v: %w", resolveTime, err)
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(resolvePause):
		}
	}
}

// settle lets the device manager see what was done: it triggers an event for the
// device itself and waits for that one.
func (s *stage) settle(ctx context.Context, log *oplog.Logger, alias, after string) error {
	node, err := filepath.EvalSymlinks(alias)
	if err == nil {
		_, err = log.Cmd(ctx, s.h.Run, "waiting for triggered uevent", run.Command("udevadm", "trigger", "--settle", node))
		if err != nil {
			err = fmt.Errorf("udevadm trigger failed: %w", err)
		}
	} else {
		err = fmt.Errorf("failed to resolve device alias %q: %w", alias, err)
	}
	if err != nil {
		return fmt.Errorf("failed to wait for udev on %q after %s: %w", alias, after, err)
	}
	return nil
}

func isTrue(p *bool) bool   { return p != nil && *p }
func empty(p *string) bool  { return p == nil || *p == "" }
func text(p *string) string { return value(p, "") }
func yes(p *bool) bool      { return p == nil || *p }
func quote(s string) string { return strconv.Quote(s) }
func entry(list string, i int) string {
	return fmt.Sprintf("$.storage.%s.%d", list, i)
}

func value[T any](p *T, absent T) T {
	if p == nil {
		return absent
	}
	return *p
}
