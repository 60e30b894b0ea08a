//go:build linux

package sysroot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/journal"
	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/ostree/object"
)

const finalizeUnit = "ostree-finalize-staged.service"

// StageTree checks a commit out like [Sysroot.DeployTree], but leaves /etc and the boot configuration to
// the shutdown, when [Sysroot.FinalizeStaged] runs. The running system must have been booted from the
// sysroot, and the unit that does it must start: without it the deployment would be forgotten.
//
// The commit point is the state file in /run. An error after it is an [ErrInForce], and the end of ctx is ignored.
func (s *Sysroot) StageTree(ctx context.Context, stateroot string, commit object.Checksum, origin *Origin, merge *Deployment, opts *DeployOptions) (*Deployment, error) {
	d, err := s.stageTree(ctx, stateroot, commit, origin, merge, opts)
	if err != nil {
		return nil, fmt.Errorf("Staging deployment: %w", err)
	}
	return d, nil
}

func (s *Sysroot) stageTree(ctx context.Context, stateroot string, commit object.Checksum, origin *Origin, merge *Deployment, opts *DeployOptions) (*Deployment, error) {
	if opts == nil {
		opts = &DeployOptions{}
	}
	if s.Booted() == nil {
		return nil, fmt.Errorf("Cannot stage deployment: %w", ErrNotBooted)
	}
	if err := s.ensureWritable(); err != nil {
		return nil, err
	}
	if err := s.ClearSoftReboot(ctx); err != nil {
		return nil, err
	}
	if err := s.startFinalizer(ctx); err != nil {
		return nil, err
	}
	d, _, err := s.initialize(ctx, stateroot, commit, opts)
	if err != nil {
		return nil, fmt.Errorf("Initializing deployment: %w", err)
	}
	d.Origin = origin
	if err := s.writeNewOrigin(d); err != nil {
		return nil, err
	}
	if err := alive(ctx); err != nil {
		return nil, err
	}
	old := s.state.staged
	if err := s.writeNewStaged(d, merge, opts); err != nil {
		return nil, err
	}
	if err := s.afterStaging(context.WithoutCancel(ctx), d, old, opts); err != nil {
		return nil, inForce(err)
	}
	return s.Staged(), nil
}

// writeNewStaged makes a deployment the staged one: the commit point.
func (s *Sysroot) writeNewStaged(d, merge *Deployment, opts *DeployOptions) error {
	t := &staged{target: idOfDeployment(d), merge: idOfDeployment(merge), locked: opts.LockFinalization,
		overlayInitrds: d.OverlayInitrds, extra: extraKeys(d.Entry)}
	if opts.Kargs != nil {
		t.kargs = append([]string{}, opts.Kargs.Words()...)
	}
	if len(t.extra) == 0 && merge != nil {
		t.extra = extraKeys(merge.Entry)
	}
	return s.writeStaged(t)
}

// afterStaging deletes what was staged before, and makes the list that is loaded the new one, whatever fails.
func (s *Sysroot) afterStaging(ctx context.Context, d, old *Deployment, opts *DeployOptions) error {
	err := s.setLegacyLock(opts.LockFinalization)
	if err == nil && old != nil && !old.same(d) {
		err = s.removeDeployment(old)
	}
	if err := errors.Join(err, s.touchDeploy(), s.reload(ctx)); err != nil {
		return err
	}
	return s.PrepareCleanup(ctx)
}

// setLegacyLock makes or removes the file by which older releases know that finalization is locked.
func (s *Sysroot) setLegacyLock(locked bool) error {
	if !locked {
		return s.removeRun(stagedLockedName)
	}
	name := s.runPath(stagedLockedName)
	if err := atomicfile.WriteFile(name, nil, 0o640, &atomicfile.Options{Sync: atomicfile.SyncNone}); err != nil {
		return errno.New("openat", name, err)
	}
	return nil
}

// startFinalizer starts the unit whose stop, at shutdown, finalizes the staged deployment.
func (s *Sysroot) startFinalizer(ctx context.Context) error {
	if s.opts.NoFinalizeUnit {
		return nil
	}
	if _, err := run.Output(ctx, &run.Exec{}, "systemctl", "start", "--quiet", finalizeUnit); err != nil {
		return fmt.Errorf("Failed to start %s: %w", finalizeUnit, err)
	}
	return nil
}

// ErrNoStaged is returned where there must be a staged deployment.
var ErrNoStaged = errors.New("No staged deployment")

// LockFinalization says whether shutdown leaves the staged deployment alone, and tells whether that changed
// anything, also if it fails: changed with an error says that the state file has been written. Once it has been, the
// end of ctx is ignored.
func (s *Sysroot) LockFinalization(ctx context.Context, locked bool) (changed bool, err error) {
	d := s.Staged()
	if d == nil {
		return false, ErrNoStaged
	}
	if d.FinalizationLocked == locked {
		return false, nil
	}
	if err := alive(ctx); err != nil {
		return false, err
	}
	t := *d.stage
	t.locked = locked
	if err := s.writeStaged(&t); err != nil {
		return false, err
	}
	err = s.setLegacyLock(locked)
	if err == nil {
		err = s.touchDeploy()
	}
	return true, errors.Join(err, s.reload(ctx))
}

const (
	finalizingMessageID = "e8646cd63dff4625b77909a8e7a40994"
	maxFailure          = 64 << 10
)

// failureStamps is where the reason of a failed finalization may be. The second is for a /boot that is full or
// cannot be written, which may be the very reason.
var failureStamps = []string{"boot/ostree/finalize-failure.stamp", "ostree/finalize-failure.stamp"}

// FinalizeStaged completes the staged deployment, if there is one that is not locked: it merges /etc and
// writes the boot configuration. It is what the unit runs at shutdown. If it fails the reason stays in a
// file that [Sysroot.FinalizeFailure] reads, until a later finalization succeeds or [Sysroot.BootComplete]
// has reported it.
func (s *Sysroot) FinalizeStaged(ctx context.Context) error {
	err := s.finalizeStaged(ctx)
	if err != nil {
		if e := s.recordFailure(err); e != nil {
			s.log.Warn("the reason of the failure could not be stored", "error", e)
		}
		return err
	}
	return s.forgetFailure()
}

// forgetFailure removes the reason of a failure.
func (s *Sysroot) forgetFailure() error {
	for _, name := range failureStamps {
		// On a read-only /boot even removing nothing fails.
		if _, err := s.root.Lstat(name); isMissing(err) {
			continue
		}
		if err := s.root.Remove(name); err != nil && !isMissing(err) {
			return errno.New("unlinkat", name, err)
		}
	}
	return nil
}

func (s *Sysroot) finalizeStaged(ctx context.Context) error {
	if s.state == nil {
		return errNotLoaded
	}
	if s.state.stagedErr != nil {
		return s.state.stagedErr
	}
	d := s.Staged()
	switch {
	case d == nil:
		s.journal("No deployment staged for finalization or soft reboot", "")
		return nil
	case d.FinalizationLocked:
		s.journal("Not finalizing; deployment is locked for finalization", "")
		return nil
	}
	s.journal("Finalizing staged deployment", finalizingMessageID, journal.Field{Name: "OSTREE_OSNAME", Value: d.Stateroot},
		journal.Field{Name: "OSTREE_CHECKSUM", Value: d.Commit.String()}, journal.Field{Name: "OSTREE_DEPLOYSERIAL", Value: fmt.Sprint(d.Serial)})
	if err := s.ensureWritable(); err != nil {
		return err
	}
	merge, err := s.mergeOf(d)
	if err != nil {
		return err
	}
	// From here on it is either in the list at the next boot or garbage: it is never finalized twice.
	if err := s.removeRun(stagedName); err != nil {
		return err
	}
	if err := s.completeStaged(ctx, d, merge); err != nil {
		return err
	}
	if err := s.removeRun(stagedLockedName); err != nil {
		return err
	}
	return s.PrepareCleanup(ctx)
}

// mergeOf finds the deployment that a staged one was made from.
func (s *Sysroot) mergeOf(d *Deployment) (*Deployment, error) {
	if d.stage.merge == nil {
		return nil, nil
	}
	for _, o := range s.written() {
		if d.stage.merge.is(o) {
			return o, nil
		}
	}
	return nil, fmt.Errorf("Failed to find merge deployment %s for staged", d.stage.merge.name)
}

func (s *Sysroot) completeStaged(ctx context.Context, d, merge *Deployment) error {
	root, err := s.root.Sub(d.Dir())
	if err != nil {
		return errno.New("opendir", d.Dir(), err)
	}
	policy, err := loadPolicy(root)
	root.Close()
	if err != nil {
		return err
	}
	// It is an ordinary new deployment now.
	s.state.staged = nil
	s.state.list = slices.DeleteFunc(s.state.list, func(o *Deployment) bool { return o == d })
	d.Staged, d.stage = false, nil
	if err := s.finalize(ctx, d, merge, policy); err != nil {
		return fmt.Errorf("Finalizing deployment: %w", err)
	}
	return s.writeByPolicy(ctx, d.Stateroot, d, merge, NoClean)
}

// recordFailure keeps the reason of a failed finalization where the next boot finds it.
func (s *Sysroot) recordFailure(reason error) error {
	var errs []error
	for _, name := range failureStamps {
		err := s.root.MkdirAll(path.Dir(name), 0o755)
		if err == nil {
			err = s.replaceFile(name, []byte(reason.Error()), 0o644, atomicfile.SyncFull)
		}
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// FinalizeFailure returns why the last finalization failed; ok is false if it did not, or if it was reported.
func (s *Sysroot) FinalizeFailure() (text string, ok bool) {
	for _, name := range failureStamps {
		if b, err := s.readSmall(name, maxFailure); err == nil {
			return string(b), true
		}
	}
	return "", false
}

// HoldFinalize keeps /boot in use until ctx ends, so that an automounted one is not unmounted before the
// finalization.
func (s *Sysroot) HoldFinalize(ctx context.Context) error {
	dir, err := s.openDir("boot")
	if err != nil {
		return err
	}
	defer dir.Close()
	<-ctx.Done()
	return nil
}

// BootComplete is run once the system is up. It fails with the reason if the last finalization failed,
// having forgotten it; after a soft reboot it makes the new root the booted one.
func (s *Sysroot) BootComplete(ctx context.Context) error {
	if text, ok := s.FinalizeFailure(); ok {
		if err := s.ensureWritable(); err != nil {
			return err
		}
		if err := s.forgetFailure(); err != nil {
			return err
		}
		return fmt.Errorf("%s failed on previous boot: %s", finalizeUnit, text)
	}
	err := os.Rename(s.runPath("ostree/nextroot-booted"), s.runPath("ostree-booted"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errno.New("renameat", filepath.Join(s.run, "ostree-booted"), err)
	}
	return nil
}
