//go:build linux

package sysroot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/fsfreeze"
	"github.com/nestos-dev/nestos/internal/journal"
	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/sysroot/bootloader"
)

// WriteOptions adjust [Sysroot.WriteDeployments].
type WriteOptions struct {
	// NoClean leaves what is no longer needed to a later [Sysroot.Cleanup].
	NoClean bool
	// noEarlyPrune is set when the list is only an intermediate one, to make room.
	noEarlyPrune bool
}

// ErrInForce is what the error of a change wraps that has passed its commit point: the system is changed, but what
// follows, as the removal of what is no longer needed, failed. The next cleanup makes up for it.
var ErrInForce = errors.New("the change is in force, but completing it failed")

func inForce(err error) error { return fmt.Errorf("%w: %w", ErrInForce, err) }

const transactionMessageID = "dd440e3e549083b63d0efc7dc15255f1"

// WriteDeployments makes list the new list of deployments: the only way to change what can be booted.
// The deployments come from [Sysroot.Deployments] and [Sysroot.DeployTree]; the first one boots by
// default. The booted one must be among them. A staged deployment stays staged if it is the first,
// and is deleted otherwise. A list that somebody else has changed since it was loaded is not overwritten.
//
// If the kernels, arguments, versions and stateroots are the same as before, position by position, /boot is
// not touched: new links in ostree/boot.N.M, a sync, and the rename of the link ostree/boot.N, which is
// the commit point. Otherwise kernels and entries of the other boot version are written, with its own
// links; everything is forced to its final place on the disk, past any journal, since boot loaders
// replay none; then boot/loader is exchanged with a link to the new version. That is the commit point.
// It is forced to its place too, and the old link, which until then exists under another name so that its
// inode cannot be freed before the directory is written, goes.
//
// Before the commit point an error or a kill leaves the old list, after it the new one. What is left over
// is removed by the next cleanup. An error after the commit point is an [ErrInForce]; the end of ctx is none then, it
// is ignored.
func (s *Sysroot) WriteDeployments(ctx context.Context, list []*Deployment, opts *WriteOptions) error {
	if opts == nil {
		opts = &WriteOptions{}
	}
	if s.state == nil {
		return errNotLoaded
	}
	if err := s.ensureWritable(); err != nil {
		return err
	}
	if err := s.checkLoader(); err != nil {
		return err
	}
	if err := s.checkCurrent(ctx); err != nil {
		return err
	}
	if err := ensureDir(s.root, "boot", 0o755); err != nil {
		return err
	}
	list, err := copyList(list)
	if err != nil {
		return err
	}
	t := &transaction{Sysroot: s, opts: opts, bootVersion: s.state.bootVersion}
	if err := t.run(ctx, list); err != nil {
		if (t.committed || t.stagedGone) && s.state != nil {
			// What was loaded is not true any more, and working on with it would take the live version for the other.
			err = errors.Join(err, s.reload(ctx))
		}
		if t.committed {
			err = inForce(err)
		}
		return err
	}
	return nil
}

// transaction is one change of the list.
type transaction struct {
	*Sysroot
	opts        *WriteOptions
	bootVersion int // that of the new list
	subVersion  int
	swap        bool
	stagedGone  bool
	committed   bool // the new list is live
	backend     bootloader.Backend
}

func (t *transaction) run(ctx context.Context, list []*Deployment) error {
	if err := t.check(list); err != nil {
		return err
	}
	if !t.opts.noEarlyPrune {
		if err := t.earlyPrune(ctx, list); err != nil {
			return err
		}
	}
	if err := t.dropSoftReboot(ctx, list); err != nil {
		return err
	}
	if err := alive(ctx); err != nil {
		return err
	}
	list, err := t.setStagedAside(list)
	if err != nil {
		return err
	}
	if t.stagedGone {
		ctx = context.WithoutCancel(ctx) // half of the change has happened
	}
	current := t.written()
	t.swap = needsSwap(t.Sysroot, current, list)
	if !t.swap && slices.EqualFunc(current, list, func(a, b *Deployment) bool { return a.same(b) && !b.edited }) {
		return t.nothingToDo(ctx)
	}
	assignBootSerials(list)
	if t.swap {
		err = t.swapBootVersion(ctx, list)
	} else {
		err = t.swapSubVersion(list)
	}
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	t.report(len(list), len(list)-len(current))
	if err := t.touchDeploy(); err != nil {
		return err
	}
	if err := t.reload(ctx); err != nil {
		return err
	}
	if t.opts.NoClean {
		return nil
	}
	if err := t.cleanup(ctx, true); err != nil {
		return fmt.Errorf("Performing final cleanup: %w", err)
	}
	return nil
}

// written is the current list without the staged deployment: what the boot entries say.
func (s *Sysroot) written() []*Deployment {
	return slices.DeleteFunc(slices.Clone(s.state.list), func(d *Deployment) bool { return d.Staged })
}

// setStagedAside takes the staged deployment out of the list. If it is not the first of it, it is dropped.
func (t *transaction) setStagedAside(list []*Deployment) ([]*Deployment, error) {
	staged := t.state.staged
	if staged == nil {
		return list, nil
	}
	if len(list) > 0 && list[0].same(staged) {
		return list[1:], nil
	}
	t.stagedGone = true
	list = slices.DeleteFunc(slices.Clone(list), staged.same)
	return list, t.dropStaged(staged)
}

// dropStaged forgets a staged deployment and deletes it. The state file goes first: a finalization must
// never find half a deployment.
func (s *Sysroot) dropStaged(d *Deployment) error {
	if err := s.removeRun(stagedName); err != nil {
		return err
	}
	if err := s.removeDeployment(d); err != nil {
		return err
	}
	return s.removeRun(stagedLockedName)
}

func (t *transaction) nothingToDo(ctx context.Context) error {
	if !t.stagedGone {
		return nil
	}
	t.committed = true // there was nothing else to change
	if err := t.touchDeploy(); err != nil {
		return err
	}
	if err := t.reload(ctx); err != nil || t.opts.NoClean {
		return err
	}
	return t.cleanup(ctx, true)
}

// assignBootSerials numbers the deployments that share a kernel, whatever their stateroot.
func assignBootSerials(list []*Deployment) {
	next := map[string]int{}
	for _, d := range list {
		d.BootSerial = next[d.BootChecksum]
		next[d.BootChecksum]++
	}
}

// swapSubVersion is the change that leaves /boot alone.
func (t *transaction) swapSubVersion(list []*Deployment) error {
	t.subVersion = 1 - t.state.subVersion
	if err := t.makeLinks(list); err != nil {
		return err
	}
	if err := t.syncAll(); err != nil {
		return err
	}
	if err := t.swapLink(); err != nil {
		return err
	}
	t.committed = true
	// The cleanup must not reach the disk before it.
	if err := t.root.SyncDir("ostree"); err != nil {
		return errno.New("fsync", "ostree", err)
	}
	return nil
}

// swapBootVersion is the change that writes kernels and entries.
func (t *transaction) swapBootVersion(ctx context.Context, list []*Deployment) error {
	t.bootVersion = 1 - t.bootVersion
	if err := t.writeBootVersion(ctx, list); err != nil {
		return err
	}
	request, err := t.callBackend(ctx, list)
	if err != nil {
		return err
	}
	if err := t.prepareLoaderLink(); err != nil {
		return fmt.Errorf("Preparing final bootloader swap: %w", err)
	}
	if err := t.syncAll(); err != nil {
		return err
	}
	if err := t.exchangeLoader(); err != nil {
		return fmt.Errorf("Final bootloader swap: %w", err)
	}
	if t.backend == nil {
		return nil
	}
	return t.backend.PostSync(context.WithoutCancel(ctx), request)
}

func (t *transaction) writeBootVersion(ctx context.Context, list []*Deployment) error {
	dir := fmt.Sprintf("boot/loader.%d/entries", t.bootVersion)
	if err := t.root.RemoveAll(dir); err != nil {
		return errno.New("unlinkat", dir, err)
	}
	if err := t.root.MkdirAll(dir, 0o755); err != nil {
		return errno.New("mkdirat", dir, err)
	}
	for i, d := range list {
		if err := alive(ctx); err != nil {
			return err
		}
		if err := t.installKernel(ctx, d, list, i); err != nil {
			return fmt.Errorf("Installing kernel: %w", err)
		}
	}
	sub, err := t.readSubVersion(t.bootVersion)
	if err != nil {
		return err
	}
	t.subVersion = 1 - sub
	if err := t.makeLinks(list); err != nil {
		return err
	}
	return t.swapLink()
}

// swapLink makes ostree/boot.N lead to the links that were made.
func (t *transaction) swapLink() error {
	err := t.setLink("ostree", fmt.Sprintf("boot.%d", t.bootVersion), fmt.Sprintf("boot.%d.%d", t.bootVersion, t.subVersion))
	if err != nil {
		return fmt.Errorf("Swapping new version bootlinks: %w", err)
	}
	return nil
}

// makeLinks makes the links that "ostree=" arguments name, ostree/boot.N.M/STATEROOT/CHECKSUM/SERIAL.
// Nothing leads to the directory yet.
func (t *transaction) makeLinks(list []*Deployment) error {
	if err := t.fillLinks(list); err != nil {
		return fmt.Errorf("Creating new current bootlinks: %w", err)
	}
	return nil
}

func (t *transaction) fillLinks(list []*Deployment) error {
	dir := fmt.Sprintf("ostree/boot.%d.%d", t.bootVersion, t.subVersion)
	if err := t.root.RemoveAll(dir); err != nil {
		return errno.New("unlinkat", dir, err)
	}
	if err := t.root.Mkdir(dir, 0o755); err != nil {
		return errno.New("mkdirat", dir, err)
	}
	for _, d := range list {
		parent := path.Join(dir, d.Stateroot, d.BootChecksum)
		if err := t.root.MkdirAll(parent, 0o755); err != nil {
			return errno.New("mkdirat", parent, err)
		}
		link := path.Join(parent, strconv.Itoa(d.BootSerial))
		target := path.Join("../../..", "deploy", d.Stateroot, "deploy", d.Name())
		if err := t.root.Symlink(target, link); err != nil {
			return errno.New("symlinkat", link, err)
		}
	}
	return nil
}

// setLink replaces a link in one step. Nothing is forced to the disk.
func (s *Sysroot) setLink(dir, name, target string) error {
	tmp, dest := path.Join(dir, name+".tmp"), path.Join(dir, name)
	if err := s.root.RemoveAll(tmp); err != nil {
		return errno.New("unlinkat", tmp, err)
	}
	if err := s.root.Symlink(target, tmp); err != nil {
		return errno.New("symlinkat", tmp, err)
	}
	if err := s.root.Rename(tmp, dest); err != nil {
		return errno.New("renameat", dest, err)
	}
	return nil
}

// prepareLoaderLink makes boot/loader.tmp, which the commit point puts in place of boot/loader.
func (t *transaction) prepareLoaderLink() error {
	// So that paths with /boot and without are right, whichever file system the boot loader starts from.
	err := t.root.Symlink(".", "boot/boot")
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return errno.New("symlinkat", "boot/boot", err)
	}
	return t.setLink("boot", "loader.tmp", fmt.Sprintf("loader.%d", t.bootVersion))
}

// exchangeLoader is the commit point of a boot configuration.
func (t *transaction) exchangeLoader() error {
	const link, tmp = "boot/loader", "boot/loader.tmp"
	err := t.root.Exchange(link, tmp)
	if err != nil {
		// There is none yet, or the file system cannot exchange.
		if err := t.root.Rename(tmp, link); err != nil {
			return errno.New("renameat", link, err)
		}
	}
	t.committed = true
	if err := t.flushBoot(); err != nil {
		return err
	}
	if err := t.root.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errno.New("unlinkat", tmp, err)
	}
	return nil
}

// syncAll forces everything to its place on the disk.
func (t *transaction) syncAll() error {
	if err := t.fullSync(); err != nil {
		return fmt.Errorf("Full sync: %w", err)
	}
	return nil
}

func (t *transaction) fullSync() error {
	if !t.Sysroot.opts.SkipSync {
		dir, err := t.openDir("ostree/repo")
		if err != nil {
			return err
		}
		err = syncFS(dir)
		dir.Close()
		if err != nil {
			return errno.Wrap("syncfs", err)
		}
	}
	return t.flushBoot()
}

// flushBoot brings /boot to a state that a reader without a journal sees.
func (s *Sysroot) flushBoot() error {
	dir, err := s.openDir("boot")
	if err != nil {
		return err
	}
	defer dir.Close()
	return fsfreeze.Flush(dir, &fsfreeze.Options{TestFreeze: s.opts.TestFreeze, TestOutput: s.opts.TestOutput})
}

// callBackend lets the boot loader's backend write its own configuration.
func (t *transaction) callBackend(ctx context.Context, list []*Deployment) (*bootloader.Request, error) {
	backend, err := t.Sysroot.backend()
	if err != nil || backend == nil {
		return nil, err
	}
	t.backend = backend
	request := t.request(list, t.bootVersion)
	return request, backend.Write(ctx, request)
}

// report tells what was done.
func (t *transaction) report(n, change int) {
	name, atomic := "none", false
	if t.backend != nil {
		name, atomic = t.backend.Name(), t.backend.Atomic()
	}
	word, swap, config := "Bootloader updated", "no", name
	if !t.swap || atomic {
		word = "Transaction complete"
	}
	if t.swap {
		swap = "yes"
	}
	sub := t.subVersion
	text := fmt.Sprintf("%s; bootconfig swap: %s; bootversion: boot.%d.%d, deployment count change: %d", word, swap, t.bootVersion, sub, change)
	t.message("%s", text)
	yes := map[bool]string{true: "yes", false: "no"}
	t.journal(text, transactionMessageID, journal.Field{Name: "OSTREE_BOOTLOADER", Value: name},
		journal.Field{Name: "OSTREE_BOOTLOADER_CONFIG", Value: config}, journal.Field{Name: "OSTREE_BOOTLOADER_ATOMIC", Value: yes[atomic]},
		journal.Field{Name: "OSTREE_DID_BOOTSWAP", Value: yes[t.swap]}, journal.Field{Name: "OSTREE_N_DEPLOYMENTS", Value: strconv.Itoa(n)})
}

// entryName is the name of the file of entry i of n.
func (s *Sysroot) entryName(d *Deployment, i, n int) string {
	name := bls.Name{Number: uint64(n - i)}
	if s.opts.OldEntryNames {
		name.Stateroot = d.Stateroot
	}
	tries := s.repo.Config().Sysroot.BootCountingTries
	switch {
	case d.onDisk:
		name.Tries = d.Tries.Rewritten()
	case tries > 0:
		name.Tries = bls.Tries{Left: uint64(tries)}
	}
	return name.String()
}
