package assemble

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nestos-dev/nestos/rpmostree/internal/kernel"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
	"github.com/nestos-dev/nestos/rpmostree/internal/workroot"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// KernelOptions say how a kernel is brought to its place.
type KernelOptions struct {
	// Initramfs has one made by the tree's dracut; DracutArgs are its further arguments.
	Initramfs  bool
	DracutArgs []string
	// Regenerate makes the initramfs anew although the kernel did not change.
	Regenerate bool
	// HostEtc, unless empty, is a directory of the host whose files the initramfs is made with in place of
	// the tree's /etc.
	HostEtc string
	// BootCopies gives kernel and initramfs second names below usr/lib/ostree-boot.
	BootCopies bool
	// Reproducible asks dracut for equal bytes at each run.
	Reproducible bool
}

// removeKernel deletes what belongs to the kernels of packages that go, and tells their versions.
func (x *Transaction) removeKernel() ([]string, error) {
	gone, err := kernelVersions(headersOf(x.Remove))
	if err != nil || x.Kernel == nil {
		return nil, err
	}
	for _, v := range gone {
		if err := kernel.Remove(x.Tree, v); err != nil {
			return nil, fmt.Errorf("removing kernel %s: %w", v, err)
		}
	}
	return gone, nil
}

// finishKernel places a new kernel and makes its initramfs.
func (x *Transaction) finishKernel(ctx context.Context, gone []string) error {
	if x.Kernel == nil {
		return nil
	}
	var headers []*rpm.Header
	for _, p := range x.installed {
		headers = append(headers, p.Header)
	}
	added, err := kernelVersions(headers)
	if err != nil {
		return err
	}
	if len(added) == 0 && len(gone) == 0 && !x.Kernel.Regenerate {
		return nil
	}
	return FinishKernel(ctx, x.Tree, x.Kernel, x.Scripts)
}

// FinishKernel places the kernel of a tree, lists its modules and makes an initramfs. Programs of the tree run for that
// only if there is something to do for them: not with packages that bring both the list and an initramfs.
func FinishKernel(ctx context.Context, t *rootfs.Tree, o *KernelOptions, scripts ScriptOptions) (err error) {
	k, err := kernel.Find(t)
	if err != nil {
		return err
	}
	if err := k.Place(ctx, t); err != nil {
		return err
	}
	made, err := t.Exists(k.Initramfs())
	if err != nil {
		return err
	}
	opts := *o
	// Some packages bring an initramfs for any machine with their kernel.
	opts.Initramfs = o.Initramfs && (!made || o.Regenerate)
	o = &opts
	indexed, err := k.Indexed(t)
	if err != nil {
		return err
	}
	if o.Initramfs || !indexed {
		if err := runKernelTools(ctx, t, k, o, scripts); err != nil {
			return err
		}
	}
	if o.Initramfs {
		if err := k.AppendNodes(ctx, t); err != nil {
			return err
		}
	}
	if o.BootCopies {
		return k.CopyToBoot(t)
	}
	return nil
}

// runKernelTools runs depmod and dracut of the tree.
func runKernelTools(ctx context.Context, t *rootfs.Tree, k *kernel.Kernel, o *KernelOptions, scripts ScriptOptions) (err error) {
	task := scripts.task("initramfs", "Generating initramfs")
	defer func() { task.End(err) }()
	leave, err := enter(t)
	if err != nil {
		return err
	}
	if o.Initramfs {
		// dracut replaces the file only if it can: a new one has no attributes of an old one.
		if err := t.RemoveAll(k.Initramfs()); err != nil {
			return err
		}
	}
	config := scripts.Sandbox
	config.Covers = slices.Clone(config.Covers)
	if o.HostEtc != "" {
		config.Binds = append(slices.Clone(config.Binds), sandbox.Bind{Source: o.HostEtc, Target: "etc"})
	}
	root, err := workroot.Open(ctx, workroot.Config{Tree: t, Dir: scripts.Dir, Sandbox: config, Logger: scripts.Logger})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	if err := scripts.tool(ctx, root, "depmod", "-a", k.Version); err != nil {
		return err
	}
	if o.Initramfs {
		args := k.DracutArgs(o.DracutArgs, o.Reproducible)
		if err := scripts.tool(ctx, root, args[0], args[1:]...); err != nil {
			return err
		}
	}
	if err := root.Apply(ctx); err != nil {
		return err
	}
	if o.Initramfs {
		err := t.Modify(ctx, k.Initramfs(), func(a *rootfs.Attr) { a.Mode, a.UID, a.GID = 0o644, 0, 0 })
		if err != nil {
			return fmt.Errorf("dracut made no initramfs: %w", err)
		}
	}
	return leave()
}
