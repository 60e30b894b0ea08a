//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
)

// adminDeploy is one execution of the command.
type adminDeploy struct {
	*adminRun
	root *sysroot.Sysroot

	os, originFile                                  string
	noPrune, noMerge, stage, lock                   bool
	retain, retainPending, retainRollback, notFirst bool
	kargs                                           kargsOptions
	initrds                                         []string
}

// kargsOptions are those that say which kernel arguments a deployment gets.
type kargsOptions struct {
	procCmdline, none   bool
	set, append, delete []string
}

func runAdminDeploy(ctx context.Context, env *cli.Env, args []string) error {
	c := &adminDeploy{}
	c.adminRun = newAdmin(ctx, env, "REFSPEC", "Checkout revision REFSPEC as the new default deployment",
		osOption(&c.os),
		cli.Option{Long: "stateroot", Arg: "STATEROOT", Help: "Target the provided stateroot", Value: cli.String(&c.os)},
		cli.Option{Long: "origin-file", Arg: "FILENAME", Help: "Specify origin file", Value: cli.Filename(&c.originFile)},
		cli.Option{Long: "no-prune", Help: "Don't prune the repo when done", Value: cli.Bool(&c.noPrune)},
		cli.Option{Long: "no-merge", Help: "Do not apply configuration (/etc and kernel arguments) from booted deployment", Value: cli.Bool(&c.noMerge)},
		cli.Option{Long: "retain", Help: "Do not delete previous deployments", Value: cli.Bool(&c.retain)},
		cli.Option{Long: "stage", Help: "Complete deployment at OS shutdown", Value: cli.Bool(&c.stage)},
		cli.Option{Long: "lock-finalization", Help: "Prevent automatic deployment finalization on shutdown", Hidden: true, Value: cli.Bool(&c.lock)},
		cli.Option{Long: "retain-pending", Help: "Do not delete pending deployments", Value: cli.Bool(&c.retainPending)},
		cli.Option{Long: "retain-rollback", Help: "Do not delete rollback deployments", Value: cli.Bool(&c.retainRollback)},
		cli.Option{Long: "not-as-default", Help: "Append rather than prepend new deployment", Value: cli.Bool(&c.notFirst)},
		cli.Option{Long: "karg-proc-cmdline", Help: "Import current /proc/cmdline", Value: cli.Bool(&c.kargs.procCmdline)},
		cli.Option{Long: "karg", Arg: "NAME=VALUE", Help: "Set kernel argument, like root=/dev/sda1; this overrides any earlier argument with the same name", Value: cli.Strings(&c.kargs.set)},
		cli.Option{Long: "karg-append", Arg: "NAME=VALUE", Help: "Append kernel argument; useful with e.g. console= that can be used multiple times", Value: cli.Strings(&c.kargs.append)},
		cli.Option{Long: "karg-none", Help: "Do not import kernel arguments", Value: cli.Bool(&c.kargs.none)},
		cli.Option{Long: "karg-delete", Arg: "NAME=VALUE", Help: "Delete kernel argument if exists, can be used multiple times", Value: cli.Strings(&c.kargs.delete)},
		cli.Option{Long: "overlay-initrd", Arg: "FILE", Help: "Overlay iniramfs file", Value: cli.Filenames(&c.initrds)})
	s, rest, err := c.parseSysroot(args, adminSuperuser)
	if s == nil || err != nil {
		return err
	}
	defer s.Close()
	c.root = s
	if err := c.check(rest); err != nil {
		return err
	}
	return c.deploy(rest[0])
}

// check reports what cannot be asked for.
func (c *adminDeploy) check(rest []string) error {
	c.stage = c.stage || c.lock
	switch {
	case len(rest) == 0:
		return c.usage("REF/REV must be specified")
	case c.kargs.procCmdline && c.kargs.none:
		return c.usage("Can't specify both --karg-proc-cmdline and --karg-none")
	case c.kargs.none && len(c.kargs.delete) > 0:
		return c.usage("Can't specify both --karg-none and --karg-delete")
	case c.noMerge && len(c.kargs.delete) > 0:
		return c.usage("Can't specify both --no-merge and --karg-delete")
	}
	if err := requireOS(c.root, c.os); err != nil {
		return fmt.Errorf("Looking for booted deployment: %w", err)
	}
	if c.os == "" {
		c.os = c.root.Booted().Stateroot
	}
	return nil
}

func (c *adminDeploy) deploy(refspec string) error {
	origin, err := c.origin(refspec)
	if err != nil {
		return err
	}
	commit, err := c.root.Repo().ResolveRev(refspec)
	if err != nil {
		return err
	}
	// Left by attempts that failed.
	if err := c.root.PrepareCleanup(c.ctx); err != nil {
		return fmt.Errorf("Performing initial cleanup: %w", err)
	}
	var merge *sysroot.Deployment
	if !c.noMerge {
		merge = c.root.MergeDeployment(c.os)
	}
	o := &sysroot.DeployOptions{LockFinalization: c.lock}
	if o.Kargs, err = c.kargs.compute(merge); err != nil {
		return err
	}
	if o.OverlayInitrds, err = c.stageInitrds(); err != nil {
		return err
	}
	if err := c.write(commit, origin, merge, o); err != nil {
		return err
	}
	if c.noPrune || c.stage {
		return c.root.PrepareCleanup(c.ctx)
	}
	return c.root.Cleanup(c.ctx)
}

func (c *adminDeploy) origin(refspec string) (*sysroot.Origin, error) {
	if c.originFile == "" {
		return sysroot.NewOrigin(refspec), nil
	}
	text, err := readOriginFile(c.originFile)
	if err != nil {
		return nil, err
	}
	return sysroot.ParseOrigin(text)
}

// compute returns the kernel arguments that the options ask for; nil leaves them to the library, which takes those of
// the merge deployment.
func (o *kargsOptions) compute(merge *sysroot.Deployment) (*kargs.Args, error) {
	given := len(o.set)+len(o.append)+len(o.delete) > 0
	var k *kargs.Args
	switch {
	case o.none:
		k = kargs.Of()
	case o.procCmdline:
		var err error
		if k, err = procCmdline(); err != nil {
			return nil, err
		}
	case given && merge != nil:
		k = merge.Kargs()
	case given:
		k = kargs.Of()
	default:
		return nil, nil
	}
	for _, a := range o.set {
		k.Set(a)
	}
	for _, a := range o.append {
		k.Append(a)
	}
	for _, a := range o.delete {
		if err := k.DeleteIfPresent(a); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// procCmdline returns the arguments of the running kernel.
func procCmdline() (*kargs.Args, error) {
	f, err := openFile("/proc/cmdline")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	k := kargs.Of()
	k.Import(string(text))
	return k, nil
}

func (c *adminDeploy) stageInitrds() (checksums []string, err error) {
	for _, path := range c.initrds {
		f, err := openRegular(path)
		if err != nil {
			return nil, err
		}
		sum, err := c.root.StageOverlayInitrd(c.ctx, f)
		f.Close()
		if err != nil {
			return nil, err
		}
		checksums = append(checksums, sum)
	}
	return checksums, nil
}

// write makes the deployment and puts it into the list, now or at shutdown.
func (c *adminDeploy) write(commit object.Checksum, origin *sysroot.Origin, merge *sysroot.Deployment, o *sysroot.DeployOptions) error {
	switch {
	case c.stage && (c.retainPending || c.retainRollback):
		return errors.New("--stage cannot currently be combined with --retain arguments")
	case c.stage && c.notFirst:
		return errors.New("--stage cannot currently be combined with --not-as-default")
	case c.stage:
		_, err := c.root.StageTree(c.ctx, c.os, commit, origin, merge, o)
		return err
	}
	d, err := c.root.DeployTree(c.ctx, c.os, commit, origin, merge, o)
	if err != nil {
		return err
	}
	staged := c.root.Staged()
	if err := c.root.SimpleWriteDeployment(c.ctx, c.os, d, merge, c.simpleFlags()); err != nil {
		return err
	}
	c.tellDiscarded(c.root, staged)
	return nil
}

func (c *adminDeploy) simpleFlags() sysroot.SimpleFlags {
	flags := sysroot.NoClean
	if c.retain {
		flags |= sysroot.RetainAll
	}
	if c.retainPending {
		flags |= sysroot.RetainPending
	}
	if c.retainRollback {
		flags |= sysroot.RetainRollback
	}
	if c.notFirst {
		flags |= sysroot.NotDefault
	}
	return flags
}
