package disks

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/run"
)

// raids makes the arrays. An array that exists is made anew: that is the contract.
func (s *stage) raids(ctx context.Context) error {
	if len(s.cfg.Storage.Raid) == 0 {
		return nil
	}
	var devices []device
	for i := range s.cfg.Storage.Raid {
		devices = append(devices, s.members(i)...)
	}
	if err := s.prepare(ctx, devices, "raids"); err != nil {
		return err
	}
	for i := range s.cfg.Storage.Raid {
		if err := s.checkMembers(i); err != nil {
			return err
		}
	}
	p := new(plan.Plan)
	for i := range s.cfg.Storage.Raid {
		p.Add(s.raidStep(i))
	}
	return s.apply(ctx, p)
}

func (s *stage) members(i int) []device {
	var list []device
	for _, d := range s.cfg.Storage.Raid[i].Devices {
		list = append(list, device{string(d), entry("raid", i)})
	}
	return list
}

// checkMembers refuses an array that has a device twice. Of two arrays mdadm is the
// judge: they may lie in one container.
func (s *stage) checkMembers(i int) error {
	members := s.members(i)
	twins := s.twins(members)
	for j, d := range members {
		if err := twins.err(j); err != nil {
			return of(d.entry, err)
		}
	}
	return nil
}

func (s *stage) planRaids(_ context.Context, p *plan.Plan) error {
	var made []string
	for i := range s.cfg.Storage.Raid {
		step := s.raidStep(i)
		for _, d := range s.cfg.Storage.Raid[i].Devices {
			res, err := s.probe(string(d))
			switch {
			case unknown(err):
				step = plan.Step{Verb: plan.Run, Kind: "raid", Name: step.Name, Entry: step.Entry, Detail: fmt.Sprintf("%s: %v", d, err)}
			case err != nil:
				step = fail("raid", step.Name, step.Entry, fmt.Errorf("%s: %w", d, err))
			default:
				step.Destroys = step.Destroys || holds(res)
				continue
			}
			break
		}
		if err := s.checkMembers(i); err != nil && step.Verb == plan.Format {
			step = fail("raid", step.Name, step.Entry, err)
		}
		p.Add(step)
		if step.Verb == plan.Format {
			made = append(made, step.Name)
		}
	}
	// All members are waited for before the first array is made.
	for _, device := range made {
		if err := s.predict(area{}, arrayNames(device)...); err != nil {
			return err
		}
	}
	return nil
}

// holds tells whether making something new would lose something.
func holds(res *blockdev.Result) bool { return res.Type != "" || res.Table != "" }

func arrayNames(device string) []string {
	return []string{device, "/dev/disk/by-id/md-name-any:" + strings.TrimPrefix(device, "/dev/md/")}
}

// arrayDevice is where the array appears.
func arrayDevice(name string) string {
	if strings.HasPrefix(name, "/dev") {
		return name
	}
	return "/dev/md/" + name
}

func (s *stage) raidStep(i int) plan.Step {
	r := &s.cfg.Storage.Raid[i]
	device := arrayDevice(r.Name)
	detail := fmt.Sprintf("%s of %d devices", text(r.Level), len(r.Devices))
	return plan.Step{
		Verb: plan.Format, Kind: "raid", Name: device, Entry: entry("raid", i), Detail: detail,
		Do: func(ctx context.Context) error {
			cmd := run.Command("mdadm", s.mdadmArgs(r)...)
			if _, err := s.log.Cmd(ctx, s.h.Run, fmt.Sprintf("creating %q", r.Name), cmd); err != nil {
				return fmt.Errorf("mdadm failed: %w", err)
			}
			return s.wait(ctx, []string{device}, "raids")
		},
	}
}

func (s *stage) mdadmArgs(r *types.Raid) []string {
	spares := value(r.Spares, 0)
	args := []string{
		"--create", r.Name, "--force", "--run", "--homehost", "any",
		"--level", text(r.Level), "--raid-devices", strconv.Itoa(len(r.Devices) - spares),
	}
	if spares > 0 {
		args = append(args, "--spare-devices", strconv.Itoa(spares))
	}
	for _, o := range r.Options {
		args = append(args, string(o))
	}
	for _, d := range r.Devices {
		args = append(args, s.alias(string(d)))
	}
	return args
}
