//go:build unix

package files

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/nestos-dev/nestos/ignition/provision/internal/tree"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/internal/run"
)

const (
	selinuxConfig = "/etc/selinux/config"
	fileContexts  = "contexts/files/file_contexts"
	maxConfig     = 1 << 20
)

// planRelabel returns the step that labels what the stage wrote.
func (s *stage) planRelabel() (*plan.Plan, error) {
	p := &plan.Plan{}
	if !s.h.Settings.SELinuxRelabel {
		return p, nil
	}
	if !s.dry {
		p.Add(plan.Step{Verb: plan.Run, Kind: "relabel", Name: "setfiles", Do: s.relabel})
		return p, nil
	}
	policy, err := s.policy()
	if err != nil {
		return nil, err
	}
	if policy != "" {
		p.Add(plan.Step{Verb: plan.Run, Kind: "relabel", Name: "setfiles", Detail: "what was written, policy " + policy})
	}
	return p, nil
}

func (s *stage) relabel(ctx context.Context) error {
	paths, err := s.t.Labels()
	if err != nil || len(paths) == 0 {
		return err
	}
	policy, err := s.policy()
	if err != nil {
		return err
	}
	if policy == "" {
		s.h.Log.Info("no SELinux configuration in the root, not relabeling")
		return nil
	}
	contexts, err := s.t.Resolve(path.Join("/etc/selinux", policy, fileContexts))
	if err != nil {
		return err
	}
	c := run.Command("setfiles", "-vF0", "-r", s.t.Base(), s.t.Path(contexts), "-f", "-")
	c.Stdin = strings.NewReader(strings.Join(paths, "\x00") + "\x00")
	_, err = s.h.Log.Cmd(ctx, s.h.Run, fmt.Sprintf("relabeling %d patterns", len(paths)), c)
	return err
}

// policy returns the name of the SELinux policy of the root; nothing if the root has
// no SELinux and none was demanded.
func (s *stage) policy() (string, error) {
	p, err := s.t.ResolveAll(selinuxConfig)
	if err != nil {
		return "", err
	}
	data, err := s.readSmall(p, maxConfig)
	if tree.Missing(err) && !s.h.Settings.RelabelDemanded {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("failed to open %s: %w", s.t.Path(p), err)
	}
	for line := range strings.SplitSeq(string(data), "\n") {
		policy, ok := strings.CutPrefix(strings.TrimSpace(line), "SELINUXTYPE=")
		if !ok {
			continue
		}
		if policy == "" || policy == "." || policy == ".." || strings.ContainsAny(policy, "/\x00") {
			return "", fmt.Errorf("invalid SELINUXTYPE value in %s", s.t.Path(p))
		}
		return policy, nil
	}
	return "", fmt.Errorf("didn't find SELINUXTYPE in %s", s.t.Path(p))
}
