//go:build unix

package files

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"
	"github.com/nestos-dev/nestos/ignition/provision/internal/passwd"
	"github.com/nestos-dev/nestos/ignition/provision/internal/tree"
	"github.com/nestos-dev/nestos/ignition/provision/internal/units"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
)

// Files does the stage. On success h.State has no LUKS keys any more.
func Files(ctx context.Context, h *host.Host, cfg *types.Config) error {
	s, err := newStage(h, cfg, false)
	if err != nil {
		return err
	}
	defer s.t.Close()
	defer s.stop()
	for _, p := range s.parts() {
		if err := s.do(ctx, p); err != nil {
			return err
		}
	}
	if err := s.t.Sync(); err != nil {
		return fmt.Errorf("writing to disk: %w", err)
	}
	return nil
}

// PlanFiles tells what [Files] would do, looking at the root but changing nothing and
// running no program. What earlier steps make is taken into account. Steps with the
// verb [plan.Fail] are where the stage would fail.
func PlanFiles(ctx context.Context, h *host.Host, cfg *types.Config) (*plan.Plan, error) {
	s, err := newStage(h, cfg, true)
	if err != nil {
		return nil, err
	}
	defer s.t.Close()
	s.ctx = ctx
	all := &plan.Plan{}
	for _, part := range s.parts() {
		p, err := part.plan()
		if err != nil {
			err = part.wrap(err)
			all.Add(plan.Step{Verb: plan.Fail, Kind: part.kind, Detail: err.Error(), Err: err})
			continue
		}
		for _, step := range p.Steps {
			step.Do = nil // the tree is closed by then
			all.Add(step)
		}
	}
	return all, nil
}

// stage is one run, or one dry run.
type stage struct {
	h   *host.Host
	cfg *types.Config
	t   *tree.Tree
	// guess is the tree with what earlier steps leave, in a dry run only.
	guess *tree.Forecast
	ctx   context.Context // of a dry run
	// writers of the parts so far
	writers []*writer
}

// stop gives up what writers fetch ahead.
func (s *stage) stop() {
	for _, w := range s.writers {
		w.ahead.stop()
	}
}

func newStage(h *host.Host, cfg *types.Config, dry bool) (*stage, error) {
	relabel := h.Settings.SELinuxRelabel && !h.Container
	if !relabel && !h.Container && !dry {
		h.Log.Debug("SELinux relabeling is off, skipping")
	}
	t, err := tree.Open(h.Root, tree.Options{Relabel: relabel, RemoveStale: !dry && !h.Container})
	if err != nil {
		return nil, fmt.Errorf("opening the root: %w", err)
	}
	s := &stage{h: h, cfg: cfg, t: t}
	s.protect()
	if !dry {
		return s, nil
	}
	s.guess = t.Forecast()
	for _, name := range slices.Sorted(maps.Keys(h.Predicted)) {
		if h.Predicted[name] && strings.HasPrefix(name, "/") && name != "/dev" && !strings.HasPrefix(name, "/dev/") {
			s.guess.Mount(name)
		}
	}
	return s, nil
}

// protect keeps files that the config names like temporary ones.
func (s *stage) protect() {
	st := &s.cfg.Storage
	for _, d := range st.Directories {
		s.t.Protect(d.Path)
	}
	for _, f := range slices.Concat(st.Files, s.h.State.ProviderOutputFiles) {
		s.t.Protect(f.Path)
	}
	for _, l := range st.Links {
		s.t.Protect(l.Path)
		if l.Target != nil {
			s.t.Protect(*l.Target)
		}
	}
	for _, u := range s.cfg.Systemd.Units {
		s.t.Protect(u.Name)
		for _, d := range u.Dropins {
			s.t.Protect(d.Name)
		}
	}
	for _, l := range st.Luks {
		s.t.Protect(l.Name)
	}
	s.t.Protect(s.h.Settings.ResultFile)
}

// part is a piece of the stage that is planned after the one before was applied.
type part struct {
	kind string // for a plan that cannot be made
	text string // put before errors
	plan func() (*plan.Plan, error)
}

func (p part) wrap(err error) error {
	if err == nil || p.text == "" {
		return err
	}
	return fmt.Errorf("%s: %w", p.text, err)
}

func (s *stage) parts() []part {
	all := []part{
		{"unit", "failed to create units", s.checkUnits},
		{"user", "failed to create users/groups", s.planPasswd},
		{"file", "failed to create files", s.planStorage},
		{"unit", "failed to create units", s.planUnits},
		{"crypttab", "creating crypttab entries", s.planCrypttab},
		{"key file", "creating cex volume key entries", s.planCex},
		{"file", "creating provider state files", s.planProvider},
		{"result file", "creating result file", s.planResult},
		{"relabel", "failed to handle relabeling", s.planRelabel},
	}
	if s.h.Container {
		return []part{all[0], all[2], all[3]}
	}
	return all
}

// do plans and applies a part. The steps look again when it is their turn: a failure
// that was foreseen may not happen, as programs ran in between.
func (s *stage) do(ctx context.Context, p part) error {
	s.t.Forget()
	steps, err := p.plan()
	if err == nil {
		err = applyAgain(ctx, steps)
	}
	if e, ok := errors.AsType[*plan.StepError](err); ok {
		e.Err = p.wrap(e.Err)
		return e
	}
	return p.wrap(err)
}

// applyAgain applies a plan, but for failures asks the steps themselves.
func applyAgain(ctx context.Context, p *plan.Plan) error {
	for i := range p.Steps {
		if step := &p.Steps[i]; step.Verb == plan.Fail && step.Do != nil {
			step.Verb, step.Err = plan.Change, nil
		}
	}
	return p.Apply(ctx)
}

// apply makes entries.
func (s *stage) apply(ctx context.Context, w *writer, entries []entry) error {
	defer w.ahead.stop()
	return applyAgain(ctx, w.plan(entries))
}

func (s *stage) checkUnits() (*plan.Plan, error) {
	return &plan.Plan{}, units.Check(&s.cfg.Systemd)
}

func (s *stage) planPasswd() (*plan.Plan, error) {
	p, err := passwd.Plan(s.h, s.t, s.guess, &s.cfg.Passwd)
	if err != nil || len(p.Steps) == 0 {
		return p, err
	}
	last := &p.Steps[len(p.Steps)-1]
	before := last.Do
	last.Do = func(ctx context.Context) error {
		if err := before(ctx); err != nil {
			return err
		}
		return passwd.NotePaths(s.t, &s.cfg.Passwd)
	}
	return p, nil
}

func (s *stage) planStorage() (*plan.Plan, error) {
	entries, err := s.configured()
	if err != nil {
		return nil, err
	}
	w := s.writer(s.h.Log.With("createFilesystemsFiles").With("createFiles"))
	w.text = "failed to create files"
	return w.plan(entries), nil
}

func (s *stage) planUnits() (*plan.Plan, error) {
	if units.Check(&s.cfg.Systemd) != nil {
		return &plan.Plan{}, nil // told already
	}
	return units.Plan(s.h, s.t, s.guess, &s.cfg.Systemd)
}
