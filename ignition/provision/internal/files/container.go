//go:build unix

package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
)

// ContainerOptions adjust [Container].
type ContainerOptions struct {
	// IgnoreUnsupported skips the sections that cannot be applied.
	IgnoreUnsupported bool
	// Offline makes anything that needs the network an error.
	Offline bool
}

// ErrOffline is the error of resources that need the network.
var ErrOffline = errors.New("resource requires networking")

// ErrUnsupported is wrapped by errors about what only a booting machine can do.
var ErrUnsupported = errors.New("config has what only a booting machine can do")

// unsupportedError has the reference's text.
type unsupportedError struct{ text string }

func (e *unsupportedError) Error() string { return e.text }
func (e *unsupportedError) Unwrap() error { return ErrUnsupported }

// Container applies to a container's root what can be applied there: directories,
// files, links and units. Other sections are errors, unless they are to be ignored.
func Container(ctx context.Context, h *host.Host, cfg *types.Config, opt ContainerOptions) error {
	if missing := Unsupported(cfg); len(missing) > 0 && !opt.IgnoreUnsupported {
		return missing[0].Err()
	}
	in := *h
	in.Container = true
	if opt.Offline {
		in.Fetcher = offline{h.Fetcher}
	}
	if err := Files(ctx, &in, cfg); err != nil {
		return fmt.Errorf("running stage 'files': %w", err)
	}
	return nil
}

// PlanContainer tells what [Container] would do with the sections that it applies.
func PlanContainer(ctx context.Context, h *host.Host, cfg *types.Config) (*plan.Plan, error) {
	in := *h
	in.Container = true
	return PlanFiles(ctx, &in, cfg)
}

// Section is a part of a config that only a booting machine can do.
type Section struct {
	// Name is the place in the config, as in "storage.disks".
	Name string
	// Stage is the stage that does it.
	Stage string
	// Reason is why not, in the reference's words.
	Reason string
	// Steps are its entries, with Kind, Name and Entry.
	Steps []plan.Step
}

// Err is the error of a config that has the section.
func (s *Section) Err() error {
	return &unsupportedError{fmt.Sprintf("running stage '%s': %s", s.Stage, s.Reason)}
}

// Unsupported returns, in the order of the stages, what [Container] cannot apply.
func Unsupported(cfg *types.Config) []Section {
	var all []Section
	args := Section{Name: "kernelArguments", Stage: "kargs", Reason: "cannot apply kargs modifications live"}
	args.Steps = append(entries(cfg.KernelArguments.ShouldExist, "kernel argument", "kernelArguments.shouldExist", argument),
		entries(cfg.KernelArguments.ShouldNotExist, "kernel argument", "kernelArguments.shouldNotExist", argument)...)
	add := func(stage, reason, name string, steps []plan.Step) {
		all = append(all, Section{Name: name, Stage: stage, Reason: reason, Steps: steps})
	}
	all = append(all, args)
	const (
		disk   = "cannot apply disk modifications live"
		passwd = "cannot apply passwd live"
	)
	st := &cfg.Storage
	add("disks", disk, "storage.disks", entries(st.Disks, "partition table", "storage.disks", func(d types.Disk) string { return d.Device }))
	add("disks", disk, "storage.raid", entries(st.Raid, "raid", "storage.raid", func(r types.Raid) string { return r.Name }))
	add("disks", disk, "storage.luks", entries(st.Luks, "luks", "storage.luks", func(l types.Luks) string { return l.Name }))
	add("disks", disk, "storage.filesystems", entries(st.Filesystems, "filesystem", "storage.filesystems", func(f types.Filesystem) string { return f.Device }))
	add("files", passwd, "passwd.groups", entries(cfg.Passwd.Groups, "group", "passwd.groups", func(g types.PasswdGroup) string { return g.Name }))
	add("files", passwd, "passwd.users", entries(cfg.Passwd.Users, "user", "passwd.users", func(u types.PasswdUser) string { return u.Name }))
	return slices.DeleteFunc(all, func(s Section) bool { return len(s.Steps) == 0 })
}

func argument(a types.KernelArgument) string { return string(a) }

func entries[T any](list []T, kind, where string, name func(T) string) []plan.Step {
	var steps []plan.Step
	for i, e := range list {
		steps = append(steps, plan.Step{Kind: kind, Name: name(e), Entry: fmt.Sprintf("$.%s.%d", where, i)})
	}
	return steps
}

// offline is a fetcher that has data URLs only.
type offline struct{ host.Fetcher }

// Fetch implements [host.Fetcher].
func (o offline) Fetch(ctx context.Context, res types.Resource, w io.Writer) error {
	if s := scheme(content{res: res}); s != "" && s != "data" {
		return ErrOffline
	}
	return o.Fetcher.Fetch(ctx, res, w)
}
