package rpmostree

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree/origin"
)

// KargsChange edits kernel arguments.
type KargsChange struct {
	// Append adds arguments, AppendIfMissing those that are not there exactly so.
	Append, AppendIfMissing []string
	// Delete removes "KEY" or "KEY=VALUE", which must be there; DeleteIfPresent need not be.
	Delete, DeleteIfPresent []string
	// Replace is "KEY=NEW" for an argument with one value, or "KEY=OLD=NEW".
	Replace []string
	// Final, unless empty, is the whole new command line, and Existing what it was made from: if that is not
	// the present one any more the change is refused.
	Final, Existing string
	// ImportCmdline takes the arguments of the running kernel, Cmdline, as the start.
	ImportCmdline bool
	Cmdline       string
	// Index is the deployment to start from, -1 the first of the stateroot.
	Index int
	// LockFinalization keeps shutdown from finalizing the new deployment until it is unlocked.
	LockFinalization bool
}

// ErrKargsUnchanged is returned by SetKargs when an editor left the arguments as they were.
var ErrKargsUnchanged = errors.New("The kernel arguments remained the same")

// Kargs returns the kernel arguments of a deployment, as its boot entry has them; index -1 is the first of
// the stateroot.
func (s *System) Kargs(ctx context.Context, index int) (string, error) {
	d, err := s.deploymentAt(index)
	if err != nil {
		return "", err
	}
	return d.Kargs().String(), nil
}

func (s *System) deploymentAt(index int) (*sysroot.Deployment, error) {
	if index < 0 {
		return s.current()
	}
	list := s.root.Deployments()
	if index >= len(list) {
		return nil, fmt.Errorf("Out of range deployment index %d, expected < %d", index, len(list))
	}
	return list[index], nil
}

// SetKargs makes a deployment of the same commit and origin with other kernel arguments. Changed is false if
// nothing would change.
func (s *System) SetKargs(ctx context.Context, c *KargsChange) (changed bool, err error) {
	ctx, done, err := s.change(ctx, "kargs")
	if err != nil {
		return false, err
	}
	defer done(&err)
	d, err := s.deploymentAt(c.Index)
	if err != nil {
		return false, err
	}
	before := d.Kargs()
	args := before.Clone()
	if c.ImportCmdline {
		args = kargs.Parse(strings.TrimSpace(c.Cmdline))
	}
	if c.Final != "" {
		if c.Existing != "" && strings.TrimSpace(c.Existing) != before.String() {
			return false, fmt.Errorf("Conflict: bootloader configuration changed. Saved kernel arguments: \n%s", c.Final)
		}
		args = kargs.Parse(strings.TrimSpace(c.Final))
		if args.String() == before.String() {
			return false, ErrKargsUnchanged
		}
	}
	if err := c.edit(args); err != nil {
		return false, err
	}
	if args.String() == before.String() {
		return false, nil
	}
	return true, s.redeploy(ctx, d, args, c.LockFinalization)
}

func (c *KargsChange) edit(args *kargs.Args) error {
	for _, a := range c.Delete {
		if err := args.Delete(a); err != nil {
			return err
		}
	}
	for _, a := range c.DeleteIfPresent {
		if err := args.DeleteIfPresent(a); err != nil {
			return err
		}
	}
	for _, a := range c.Replace {
		if err := args.Replace(a); err != nil {
			return err
		}
	}
	for _, a := range c.Append {
		args.Append(a)
	}
	for _, a := range c.AppendIfMissing {
		args.AppendExactIfMissing(a)
	}
	return nil
}

// redeploy makes a deployment like another one with other kernel arguments.
func (s *System) redeploy(ctx context.Context, d *sysroot.Deployment, args *kargs.Args, locked bool) (err error) {
	text := "Deploying"
	if s.IsBooted() {
		text = "Staging deployment"
	}
	task := progress.Start(s.opts.Progress, progress.Event{Task: "deploy", Text: text})
	defer func() { task.End(err) }()
	opts := &sysroot.DeployOptions{Kargs: args, OverlayInitrds: d.OverlayInitrds, LockFinalization: locked}
	var o *sysroot.Origin
	if d.Origin != nil {
		parsed, err := origin.FromSysroot(d.Origin)
		if err != nil {
			return err
		}
		if o, err = parsed.Sysroot(); err != nil {
			return err
		}
	}
	merge := s.root.MergeDeployment(d.Stateroot)
	if s.IsBooted() {
		n, err := s.stage(ctx, d.Stateroot, d.Commit, o, merge, opts)
		if err != nil {
			return err
		}
		task.End(nil)
		s.noteDeployment(context.WithoutCancel(ctx), n)
		return s.cleanAfter(ctx)
	}
	n, err := s.root.DeployTree(ctx, d.Stateroot, d.Commit, o, merge, opts)
	if err != nil {
		return err
	}
	if err := s.root.SimpleWriteDeployment(ctx, d.Stateroot, n, merge, sysroot.NoClean); err != nil {
		return err
	}
	task.End(nil)
	return s.cleanAfter(ctx)
}
