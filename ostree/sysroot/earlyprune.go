//go:build linux

package sysroot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/humansize"
	"github.com/nestos-dev/nestos/ostree/sysroot/kernel"
)

// spareBytes must stay free in /boot beside the new kernels.
const spareBytes = 1 << 20

// earlyPrune makes room in a separate /boot that is too small for the old and the new kernels at once:
// deployments that the new list drops anyway go first, in a transaction of their own. The booted
// system stays bootable all the time. Where it does not help, the write fails later and changes nothing.
//
// After an intermediate list was written, the elements of list are exchanged for those that were read back.
func (t *transaction) earlyPrune(ctx context.Context, list []*Deployment) error {
	needed, err := t.wantsEarlyPrune()
	if err != nil || !needed {
		return err
	}
	if err := t.cleanBoot(); err != nil {
		return fmt.Errorf("Cleaning boot: %w", err)
	}
	boot, err := t.openDir("boot")
	if err != nil {
		return err
	}
	defer boot.Close()
	need, dropped, err := t.bootSizes(ctx, list)
	if err != nil {
		return err
	}
	fits := need == 0
	if !fits {
		if fits, err = spaceFor(boot, need+spareBytes); err != nil {
			return err
		}
	}
	if fits {
		t.journal("bootfs is sufficient for calculated new size: "+humansize.Format(uint64(need)), "")
		return nil
	}
	t.journal("bootfs requires additional space: "+humansize.Format(uint64(need)), "")
	t.journal("Size to prune from bootfs: "+humansize.Format(uint64(dropped)), "")
	if fits = need <= dropped; !fits {
		if fits, err = spaceFor(boot, need-dropped+spareBytes); err != nil {
			return err
		}
	}
	if !fits {
		t.journal("Disabling auto-prune optimization; insufficient space left in bootfs", "")
		return nil
	}
	t.journal("Insufficient space left in bootfs; updating bootloader in two steps", "")
	return t.dropFirst(ctx, list)
}

// wantsEarlyPrune tells whether /boot is a file system of its own, on a running system.
func (t *transaction) wantsEarlyPrune() (bool, error) {
	if t.Sysroot.opts.NoEarlyPrune || t.state.booted == nil {
		return false, nil
	}
	boot, err := t.root.Stat("boot")
	if err != nil {
		return false, errno.New("fstatat", "boot", err)
	}
	repo, err := t.root.Stat("ostree/repo")
	if err != nil {
		return false, errno.New("fstatat", "ostree/repo", err)
	}
	return idOf(boot).dev != idOf(repo).dev, nil
}

// bootSizes returns the bytes that the kernels of the new list still need in /boot, and how many of those
// there are no longer needed.
func (t *transaction) bootSizes(ctx context.Context, list []*Deployment) (need, dropped int64, err error) {
	boot, err := t.openDir("boot")
	if err != nil {
		return 0, 0, err
	}
	defer boot.Close()
	block, err := fsSpace(boot)
	if err != nil {
		return 0, 0, errno.Wrap("fstatvfs", err)
	}
	keep := map[string]bool{}
	for _, d := range list {
		if keep[d.bootDirName()] {
			continue
		}
		keep[d.bootDirName()] = true
		size, err := t.missingSize(ctx, d, block)
		if err != nil {
			return 0, 0, err
		}
		need += size
	}
	seen := map[string]bool{}
	for _, d := range t.state.list {
		name := d.bootDirName()
		if keep[name] || seen[name] {
			continue
		}
		seen[name] = true
		size, err := kernel.DirSize(ctx, boot, path.Join("ostree", name), block)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, 0, err
		}
		dropped += size
	}
	return need, dropped, nil
}

// missingSize is what a deployment's kernel takes if it is not in /boot yet.
func (t *transaction) missingSize(ctx context.Context, d *Deployment, block int64) (int64, error) {
	if _, err := t.root.Lstat(path.Join("boot/ostree", d.bootDirName())); err == nil {
		return 0, nil
	}
	root, err := t.root.Sub(d.Dir())
	if err != nil {
		return 0, errno.New("opendir", d.Dir(), err)
	}
	defer root.Close()
	layout, err := t.layoutOf(ctx, d, root)
	if err != nil {
		return 0, err
	}
	return layout.Size(ctx, root.Dir(), block)
}

// dropFirst writes a list of those current deployments whose kernels stay.
func (t *transaction) dropFirst(ctx context.Context, list []*Deployment) error {
	keep := map[string]bool{}
	for _, d := range list {
		keep[d.BootChecksum] = true
	}
	var first []*Deployment
	for _, d := range t.state.list {
		if keep[d.BootChecksum] || d == t.state.booted || d.Staged {
			first = append(first, d)
		}
	}
	if err := t.WriteDeployments(ctx, first, &WriteOptions{NoClean: true, noEarlyPrune: true}); err != nil {
		return err
	}
	t.bootVersion = t.state.bootVersion
	for i, d := range list {
		for _, read := range t.state.list {
			if d.same(read) && d.onDisk {
				list[i] = t.carryOver(d, read)
			}
		}
	}
	return t.cleanBoot()
}

// carryOver returns what was read back, with the kernel arguments that the new list wants.
func (t *transaction) carryOver(want, read *Deployment) *Deployment {
	if !neutralKargs(want).Equal(neutralKargs(read)) {
		return want
	}
	c := *read
	return &c
}
