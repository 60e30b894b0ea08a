//go:build unix

package files

import (
	"context"
	"fmt"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/internal/run"
)

// Kargs calls the distribution's helper for kernel arguments, which may reboot and not
// return. Without arguments in the config it does nothing.
func Kargs(ctx context.Context, h *host.Host, cfg *types.Config) error {
	p, err := PlanKargs(ctx, h, cfg)
	if err != nil {
		return err
	}
	return p.Apply(ctx)
}

// PlanKargs tells what [Kargs] would do. Which arguments the machine has already is
// only known to the helper.
func PlanKargs(_ context.Context, h *host.Host, cfg *types.Config) (*plan.Plan, error) {
	var args []string
	p := &plan.Plan{}
	for i, a := range cfg.KernelArguments.ShouldExist {
		args = append(args, "--should-exist", string(a))
		p.Add(plan.Step{
			Verb: plan.Run, Kind: "kernel argument", Name: string(a), Detail: "appended, if it is missing",
			Entry: fmt.Sprintf("$.kernelArguments.shouldExist.%d", i),
		})
	}
	for i, a := range cfg.KernelArguments.ShouldNotExist {
		args = append(args, "--should-not-exist", string(a))
		p.Add(plan.Step{
			Verb: plan.Run, Kind: "kernel argument", Name: string(a), Detail: "removed, if it is there",
			Entry: fmt.Sprintf("$.kernelArguments.shouldNotExist.%d", i),
		})
	}
	if len(args) == 0 {
		return p, nil
	}
	// All of them in one call, so that there is one reboot at most.
	p.Steps[len(p.Steps)-1].Do = func(ctx context.Context) error {
		c := run.Command(h.Settings.KargsHelper, args...)
		if _, err := h.Log.Cmd(ctx, h.Run, "updating kernel arguments", c); err != nil {
			return fmt.Errorf("failed adding kernel arguments: %w", err)
		}
		return nil
	}
	return p, nil
}
