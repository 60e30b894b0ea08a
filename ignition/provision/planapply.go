package provision

import (
	"context"
	"fmt"

	"github.com/nestos-dev/nestos/ignition/provision/internal/files"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/ignition/resource"
)

// PlanApply says what [Apply] would do with the same options, as [MakePlan] does for a boot.
// What Apply refuses, because only a booting machine can do it, is a step with the verb
// [plan.Fail], or [plan.Skip] with IgnoreUnsupported; Skipped is not called. Errors about the
// config are those of Apply. Contents of files are not fetched.
func PlanApply(ctx context.Context, raw []byte, opt *ApplyOptions) (*DryRun, error) {
	a, err := newApply(opt)
	if err != nil {
		return nil, err
	}
	root := a.engine.opt.Root
	if err := checkRoot(root); err != nil {
		return nil, err
	}
	doc, err := a.parse(raw)
	if err != nil {
		return nil, fmt.Errorf("couldn't parse config: %w", err)
	}
	cfg, err := a.render(ctx, doc.Config)
	if err != nil {
		return nil, fmt.Errorf("failed to apply: %w", err)
	}
	dry := &DryRun{Target: root, Findings: shown(doc.Report), Stages: []StagePlan{}, Live: true}
	for _, section := range files.Unsupported(&cfg) {
		dry.add(Stage(section.Stage), &plan.Plan{Steps: a.unsupported(section)})
	}
	if a.opt.Offline && resource.ConfigNeedsNetwork(&cfg) {
		err := resource.ErrNeedsNetwork
		dry.add(StageFiles, &plan.Plan{Steps: []plan.Step{{Verb: plan.Fail, Kind: "config", Detail: err.Error(), Err: err}}})
	}
	h := a.host()
	h.DryRun, h.Predicted = true, map[string]bool{}
	steps, err := files.PlanContainer(ctx, h, &cfg)
	if err != nil {
		return nil, fmt.Errorf("planning the stage %s: %w", StageFiles, err)
	}
	dry.add(StageFiles, steps)
	return dry, nil
}

// unsupported are the entries of a section as steps.
func (a *applier) unsupported(section files.Section) []plan.Step {
	for i := range section.Steps {
		s := &section.Steps[i]
		if a.opt.IgnoreUnsupported {
			s.Verb, s.Detail = plan.Skip, "only a booting machine can do it"
			continue
		}
		s.Verb, s.Detail, s.Err = plan.Fail, section.Reason, section.Err()
	}
	return section.Steps
}
