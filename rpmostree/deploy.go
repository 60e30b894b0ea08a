package rpmostree

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree/internal/kernel"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/origin"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
)

// deployable makes the commit, and a deployment of it unless that would change nothing.
func (t *transaction) deployable(ctx context.Context) (*Outcome, error) {
	out := &Outcome{Commit: t.base}
	var err error
	if out.From, err = packagesOf(ctx, t.sys, t.from.Commit); err != nil {
		return nil, err
	}
	if t.needsLayering() {
		if err := t.layer(ctx, out); err != nil {
			return nil, err
		}
	} else if out.To, err = packagesOf(ctx, t.sys, t.base); err != nil {
		return nil, err
	}
	same, err := t.sameAsBefore(out.Commit)
	if err != nil {
		return nil, err
	}
	out.Changed = !same
	if same && t.change.LockFinalization && !t.change.DryRun && !t.change.DownloadOnly {
		if err := t.lockAgain(ctx); err != nil {
			return nil, err
		}
	}
	if same || t.change.DryRun || t.change.DownloadOnly {
		return out, t.sys.dropTmpRef(ctx)
	}
	if out.Deployment, err = t.deploy(ctx, out.Commit); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx)
	t.sys.noteDeployment(ctx, out.Deployment)
	if err := t.purgeOldRef(ctx); err != nil {
		return nil, inForce(err)
	}
	return out, t.sys.cleanAfter(ctx)
}

// cleanAfter is clean after a change that is in force, when it is too late to cancel.
func (s *System) cleanAfter(ctx context.Context) error {
	if err := s.clean(context.WithoutCancel(ctx)); err != nil {
		return inForce(err)
	}
	return nil
}

func inForce(err error) error { return fmt.Errorf("%w: %w", sysroot.ErrInForce, err) }

// stage makes a deployment the staged one. If it is to be held back, what it replaces must not be finalized meanwhile,
// either; that is undone if it stays.
func (s *System) stage(ctx context.Context, stateroot string, commit object.Checksum, o *sysroot.Origin, merge *sysroot.Deployment, opts *sysroot.DeployOptions) (d *sysroot.Deployment, err error) {
	held := false
	if opts.LockFinalization && s.root.Staged() != nil {
		held, err = s.root.LockFinalization(ctx, true)
	}
	if err == nil {
		d, err = s.root.StageTree(ctx, stateroot, commit, o, merge, opts)
	}
	if err != nil && held && !errors.Is(err, sysroot.ErrInForce) {
		_, unlockErr := s.root.LockFinalization(context.WithoutCancel(ctx), false)
		err = errors.Join(err, unlockErr)
	}
	return d, err
}

// lockAgain holds back what is already staged. It was unlocked when whoever unlocked it did not get as far as the
// reboot; to whoever asks now it must be as if it was staged now.
func (t *transaction) lockAgain(ctx context.Context) error {
	root := t.sys.root
	if staged := root.Staged(); staged == nil || staged != t.from {
		return nil
	}
	_, err := root.LockFinalization(ctx, true)
	return err
}

// needsLayering tells whether the commit to deploy is not the base itself. Files that only accompany the
// initramfs do not change the commit.
func (t *transaction) needsLayering() bool {
	return t.origin.HasPackages() || t.origin.RegenerateInitramfs || t.origin.Cliwrap
}

// packagesOf lists the packages of a commit; one without database has none.
func packagesOf(ctx context.Context, s *System, c object.Checksum) ([]pkglist.Package, error) {
	list, err := pkglist.Load(ctx, s.Repo(), c)
	if errors.Is(err, pkglist.ErrNoDatabase) {
		return nil, nil
	}
	return list, err
}

// sameAsBefore tells whether the result is the deployment that the operation started from.
func (t *transaction) sameAsBefore(commit object.Checksum) (bool, error) {
	if commit != t.from.Commit {
		return false, nil
	}
	if e := t.change.InitramfsEtc; e != nil && e.ForceSync {
		return false, nil
	}
	a, err := t.old.Bytes()
	if err != nil {
		return false, err
	}
	b, err := t.origin.Bytes()
	return string(a) == string(b), err
}

// deploy puts the commit at the first place of the list: at once, or on the running system at shutdown.
func (t *transaction) deploy(ctx context.Context, commit object.Checksum) (d *sysroot.Deployment, err error) {
	root := t.sys.root
	staged := t.sys.IsBooted()
	text := "Deploying"
	if staged {
		text = "Staging deployment"
	}
	task := progress.Start(t.sys.opts.Progress, progress.Event{Task: "deploy", Text: text})
	defer func() { task.End(err) }()
	o, err := t.origin.Sysroot()
	if err != nil {
		return nil, err
	}
	opts := &sysroot.DeployOptions{Kargs: t.from.Kargs(), LockFinalization: t.change.LockFinalization}
	if opts.OverlayInitrds, err = t.overlayInitrds(ctx, commit); err != nil {
		return nil, err
	}
	stateroot := t.from.Stateroot
	merge := root.MergeDeployment(stateroot)
	if staged {
		return t.sys.stage(ctx, stateroot, commit, o, merge, opts)
	}
	if d, err = root.DeployTree(ctx, stateroot, commit, o, merge, opts); err != nil {
		return nil, err
	}
	return d, root.SimpleWriteDeployment(ctx, stateroot, d, merge, sysroot.NoClean)
}

// overlayInitrds stores the image with files of /etc that is loaded beside the initramfs.
func (t *transaction) overlayInitrds(ctx context.Context, commit object.Checksum) ([]string, error) {
	if len(t.origin.InitramfsEtc) == 0 {
		return nil, nil
	}
	if err := t.hasInitramfs(commit); err != nil {
		return nil, err
	}
	if err := t.sys.prepareWorkdir(); err != nil {
		return nil, err
	}
	merge := t.sys.root.MergeDeployment(t.from.Stateroot)
	r, w := io.Pipe()
	go func() {
		w.CloseWithError(writeEtcArchive(w, t.sys.root.DeploymentPath(merge), t.origin.InitramfsEtc))
	}()
	sum, err := t.sys.root.StageOverlayInitrd(ctx, r)
	r.Close()
	if err != nil {
		return nil, fmt.Errorf("initramfs overlay: %w", err)
	}
	return []string{sum}, nil
}

// hasInitramfs refuses trees whose boot entries have no initramfs that an image could accompany.
func (t *transaction) hasInitramfs(commit object.Checksum) error {
	tree, err := rootfs.FromCommit(t.sys.Repo(), commit)
	if err != nil {
		return err
	}
	k, err := kernel.Find(tree)
	if err != nil {
		return err
	}
	ok, err := tree.Exists(k.Initramfs())
	if err == nil && !ok {
		err = errors.New("initramfs-etc is not supported for trees without initramfs")
	}
	return err
}

// purgeOldRef deletes the ref of a base that is not followed any more.
func (t *transaction) purgeOldRef(ctx context.Context) error {
	if t.change.Refspec == "" || t.change.SkipPurge || t.old.Kind() != origin.KindOstree || t.old.Refspec == t.origin.Refspec {
		return nil
	}
	for _, d := range t.sys.root.Deployments() {
		if d.Name() == t.from.Name() || d.Origin == nil {
			continue
		}
		if o, err := origin.FromSysroot(d.Origin); err == nil && o.Refspec == t.old.Refspec {
			return nil // another deployment follows it
		}
	}
	return t.sys.setRef(ctx, t.old.Refspec, object.Checksum{})
}

// setRef sets or, with the zero checksum, deletes a ref.
func (s *System) setRef(ctx context.Context, refspec string, c object.Checksum) error {
	txn, err := s.Repo().Begin(ctx, nil)
	if err != nil {
		return err
	}
	defer txn.Abort()
	if err := txn.SetRef(refspec, c); err != nil {
		return err
	}
	_, err = txn.Commit(ctx)
	return err
}

// dropTmpRef deletes the ref that protects a base while an operation works on it.
func (s *System) dropTmpRef(ctx context.Context) error {
	_, found, err := s.Repo().ResolveRevOptional(tmpBaseRef)
	if err != nil || !found {
		return err
	}
	return s.setRef(context.WithoutCancel(ctx), tmpBaseRef, object.Checksum{})
}
