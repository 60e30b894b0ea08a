package rpmostree

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nestos-dev/nestos/ostree/sysroot"
)

// Rollback makes the deployment before the present one the first, and tells which: "CHECKSUM.SERIAL". On a running
// system that is the one after the booted one, or the booted one if another is pending; elsewhere the first
// two of the stateroot change places.
func (s *System) Rollback(ctx context.Context) (name string, err error) {
	ctx, done, err := s.change(ctx, "rollback")
	if err != nil {
		return "", err
	}
	defer done(&err)
	if s.root.Staged() != nil {
		return "", errors.New("Staged deployment (remove with cleanup -p)")
	}
	target, err := s.rollbackTarget()
	if err != nil {
		return "", err
	}
	name = target.Name()
	s.message(fmt.Sprintf("Moving '%s' to be first deployment", name))
	list := slices.Clone(s.root.Deployments())
	i := slices.Index(list, target)
	list = append([]*sysroot.Deployment{target}, slices.Delete(list, i, i+1)...)
	if err := s.root.WriteDeployments(ctx, list, &sysroot.WriteOptions{NoClean: true}); err != nil {
		return "", err
	}
	return name, s.cleanAfter(ctx)
}

func (s *System) rollbackTarget() (*sysroot.Deployment, error) {
	stateroot, err := s.Stateroot()
	if err != nil {
		return nil, err
	}
	if booted := s.root.Booted(); booted != nil {
		pending, rollback := s.root.Pending(stateroot)
		switch {
		case pending != nil:
			return booted, nil // undo what was prepared
		case rollback != nil:
			return rollback, nil
		}
		return nil, errors.New("No rollback deployment found")
	}
	var own []*sysroot.Deployment
	for _, d := range s.root.Deployments() {
		if d.Stateroot == stateroot {
			own = append(own, d)
		}
	}
	if len(own) < 2 {
		return nil, errors.New("No rollback deployment found")
	}
	return own[1], nil
}

// FinalizeOptions guard [System.FinalizeDeployment]. Nil and the zero value are refused: a checksum has to be given, or its
// absence allowed.
type FinalizeOptions struct {
	// Checksum is the base commit that the staged deployment must have; for one without layers its commit.
	Checksum string
	// AllowMissingChecksum allows to give none, AllowUnlocked that finalization was not held back.
	AllowMissingChecksum, AllowUnlocked bool
	// Reboot, if it is set, asks for the reboot once the deployment is unlocked. If it fails the deployment is locked
	// again: a later reboot for another reason must not finalize what could not be finalized when it was wanted.
	Reboot func(ctx context.Context) error
}

// FinalizeDeployment lets the staged deployment, whose finalization was held back, be finalized at shutdown. Without
// [FinalizeOptions.Reboot] the caller reboots.
func (s *System) FinalizeDeployment(ctx context.Context, o *FinalizeOptions) error {
	if o == nil {
		o = &FinalizeOptions{}
	}
	if err := s.unlockStaged(ctx, o); err != nil || o.Reboot == nil {
		return err
	}
	err := o.Reboot(ctx)
	if err == nil {
		return nil
	}
	ctx = context.WithoutCancel(ctx) // the end of the wish to reboot is a reason to lock again, too
	if lockErr := s.lock(ctx); lockErr != nil {
		return errors.Join(err, lockErr)
	}
	defer s.unlock()
	if s.root.Staged() != nil {
		_, lockErr := s.root.LockFinalization(ctx, true)
		return errors.Join(err, lockErr)
	}
	return err
}

// unlockStaged is FinalizeDeployment without the reboot.
func (s *System) unlockStaged(ctx context.Context, o *FinalizeOptions) (err error) {
	ctx, done, err := s.change(ctx, "finalize-deployment")
	if err != nil {
		return err
	}
	defer done(&err)
	if !s.IsBooted() {
		return ErrNotBooted
	}
	staged := s.root.Staged()
	if staged == nil {
		return errors.New("No pending staged deployment found")
	}
	if o.Checksum == "" && !o.AllowMissingChecksum {
		return errors.New("Missing expected checksum")
	}
	if o.Checksum != "" {
		have, err := s.stagedIdentity(staged)
		if err != nil {
			return err
		}
		if have != o.Checksum {
			return fmt.Errorf("Expected staged base checksum %s, but found %s", o.Checksum, have)
		}
	}
	if !staged.FinalizationLocked {
		if o.AllowUnlocked {
			return nil
		}
		return errors.New("Staged deployment already unlocked")
	}
	_, err = s.root.LockFinalization(ctx, false)
	return err
}

// stagedIdentity is the base of a deployment: the digest of a container image, or a commit.
func (s *System) stagedIdentity(d *sysroot.Deployment) (string, error) {
	base, _, err := BaseCommit(s.Repo(), d.Commit)
	if err != nil {
		return "", err
	}
	if digest := s.imageDigest(base); digest != "" {
		return digest, nil
	}
	return base.String(), nil
}
