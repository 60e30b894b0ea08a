//go:build unix

package files

import (
	"context"
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/internal/run"
)

// planRelabel returns the step that labels what the stage wrote.
func (s *stage) planRelabel() (*plan.Plan, error) {
	p := &plan.Plan{}
	if !s.h.Settings.SELinuxRelabel {
		return p, nil
	}
	if s.guess == nil {
		p.Add(plan.Step{Verb: plan.Run, Kind: "relabel", Name: "setfiles", Do: s.relabel})
		return p, nil
	}
	policy, err := s.t.Policy(s.h.Settings.RelabelDemanded)
	if err != nil {
		return nil, err
	}
	if policy != nil {
		p.Add(plan.Step{Verb: plan.Run, Kind: "relabel", Name: "setfiles", Detail: "what was written, policy " + policy.Name})
	}
	return p, nil
}

func (s *stage) relabel(ctx context.Context) error {
	paths, err := s.t.Labels()
	if err != nil || len(paths) == 0 {
		return err
	}
	policy, err := s.t.Policy(s.h.Settings.RelabelDemanded)
	if err != nil {
		return err
	}
	if policy == nil {
		s.h.Log.Info("no SELinux configuration in the root, not relabeling")
		return nil
	}
	c := run.Command("setfiles", "-vF0", "-r", s.t.Base(), policy.FileContexts, "-f", "-")
	c.Stdin = strings.NewReader(strings.Join(paths, "\x00") + "\x00")
	_, err = s.h.Log.Cmd(ctx, s.h.Run, fmt.Sprintf("relabeling %d patterns", len(paths)), c)
	return err
}
