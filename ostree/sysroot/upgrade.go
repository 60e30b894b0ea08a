//go:build linux

package sysroot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// UpgraderOptions adjust an [Upgrader].
type UpgraderOptions struct {
	// IgnoreUnconfigured goes on with an origin that says that the system must be configured first.
	IgnoreUnconfigured bool
	// Stage leaves the completion of the new deployment to the shutdown.
	Stage bool
}

// Upgrader brings a stateroot to the newest commit of what its origin follows: [Upgrader.Pull], then
// [Upgrader.Deploy].
type Upgrader struct {
	s         *Sysroot
	opts      UpgraderOptions
	stateroot string
	merge     *Deployment
	origin    *Origin
	new       object.Checksum
	deployed  *Deployment
}

// NewUpgrader starts an upgrade of a stateroot; an empty name means the booted one. The sysroot must be
// loaded, and locked for [Upgrader.Deploy].
func (s *Sysroot) NewUpgrader(stateroot string, opts *UpgraderOptions) (*Upgrader, error) {
	u := &Upgrader{s: s, stateroot: stateroot}
	if opts != nil {
		u.opts = *opts
	}
	if stateroot == "" {
		b := s.Booted()
		if b == nil {
			return nil, errors.New("Not currently booted into an OSTree system and no OS specified")
		}
		u.stateroot = b.Stateroot
	}
	if u.merge = s.MergeDeployment(u.stateroot); u.merge == nil {
		return nil, fmt.Errorf("No previous deployment for OS '%s'", u.stateroot)
	}
	if u.merge.Origin == nil {
		return nil, fmt.Errorf("No origin known for deployment %s", u.merge.Name())
	}
	u.origin = u.merge.Origin.Clone()
	return u, u.checkOrigin()
}

func (u *Upgrader) checkOrigin() error {
	if text, ok := u.origin.Value(originGroup, "unconfigured-state"); ok && !u.opts.IgnoreUnconfigured {
		return fmt.Errorf("origin unconfigured-state: %s", text)
	}
	if u.origin.Refspec() == "" {
		return errors.New("No origin/refspec in current deployment origin; cannot upgrade via ostree")
	}
	_, _, err := ostree.ParseRefspec(u.origin.Refspec())
	return err
}

// Origin returns a copy of the origin that the upgrade follows.
func (u *Upgrader) Origin() *Origin { return u.origin.Clone() }

// SetOrigin makes the upgrade follow another origin.
func (u *Upgrader) SetOrigin(o *Origin) error {
	old := u.origin
	u.origin = o.Clone()
	if err := u.checkOrigin(); err != nil {
		u.origin = old
		return err
	}
	return nil
}

// Stateroot returns the name of the stateroot.
func (u *Upgrader) Stateroot() string { return u.stateroot }

// Deployment returns the new deployment after [Upgrader.Deploy].
func (u *Upgrader) Deployment() *Deployment { return u.deployed }

// Commit returns the commit that the upgrade leads to, after [Upgrader.Pull].
func (u *Upgrader) Commit() object.Checksum { return u.new }

// UpgradePull adjusts [Upgrader.Pull].
type UpgradePull struct {
	// AllowOlder goes to a commit that is older than the present one.
	AllowOlder bool
	// OverrideCommit, a checksum, is taken instead of what the ref names; the ref is set to it.
	OverrideCommit string
	// NoPull takes what is in the repository already.
	NoPull bool
	// Pull are further options of the pull; refs and time checks are set by the upgrade.
	Pull ostree.PullOptions
	// OnPull is given the outcome of a pull.
	OnPull func(remote string, stats *ostree.PullStats)
}

// Pull finds out what the newest commit is, fetching it if its remote has one, and tells whether it differs
// from the merge deployment's. A commit that is older than that is an error, unless it is allowed. If the
// newest commit says that its branch ends and which one goes on (ostree.endoflife-rebase), that one is pulled,
// and followed from then on.
func (u *Upgrader) Pull(ctx context.Context, opts *UpgradePull) (changed bool, err error) {
	if opts == nil {
		opts = &UpgradePull{}
	}
	if opts.OverrideCommit != "" && !object.IsChecksum(opts.OverrideCommit) {
		return false, fmt.Errorf("Invalid rev %s", opts.OverrideCommit)
	}
	remote, ref, err := ostree.ParseRefspec(u.origin.Refspec())
	if err != nil {
		return false, err
	}
	override := opts.OverrideCommit
	if override == "" {
		if v, ok := u.origin.Value(originGroup, "override-commit"); ok {
			if !object.IsChecksum(v) {
				return false, fmt.Errorf("Invalid rev %s", v)
			}
			override = v
		}
	}
	want := ref
	if override != "" {
		want = override
	}
	if err := u.fetch(ctx, remote, want, opts); err != nil {
		return false, err
	}
	if u.new, err = u.resolve(ctx, remote, ref, override, opts); err != nil {
		return false, err
	}
	changed = u.new != u.merge.Commit
	if changed && !opts.AllowOlder {
		if err := u.checkTime(); err != nil {
			return false, err
		}
	}
	if override == "" {
		return changed, nil
	}
	return changed, u.s.repo.SetRefImmediate(joinRefspec(remote, ref), u.new)
}

// fetch pulls a ref or commit, if it comes from a remote.
func (u *Upgrader) fetch(ctx context.Context, remote, what string, opts *UpgradePull) error {
	if remote == "" || opts.NoPull {
		return nil
	}
	pull := opts.Pull
	pull.Refs = []string{what}
	if !opts.AllowOlder {
		pull.TimestampCheckFromRev = u.merge.Commit.String()
	}
	stats, err := u.s.repo.Pull(ctx, remote, &pull)
	if err == nil && opts.OnPull != nil {
		opts.OnPull(remote, stats)
	}
	return err
}

// resolve finds the commit, following the end of a branch to the next one.
func (u *Upgrader) resolve(ctx context.Context, remote, ref, override string, opts *UpgradePull) (object.Checksum, error) {
	repo := u.s.repo
	refspec := joinRefspec(remote, ref)
	if override != "" {
		c, err := object.ParseChecksum(override)
		if err == nil {
			_, err = repo.LoadCommit(c)
		}
		return c, err
	}
	c, err := repo.ResolveRev(refspec)
	if err != nil {
		return c, err
	}
	next, ok := u.s.commitString(c, object.KeyEndOfLifeRebase)
	if !ok {
		return c, nil
	}
	if err := ostree.ValidateRefName(next); err != nil {
		return c, fmt.Errorf("commit %s ends its branch: %w", c, err)
	}
	if err := u.fetch(ctx, remote, next, opts); err != nil {
		return c, err
	}
	refspec = joinRefspec(remote, next)
	if c, err = repo.ResolveRev(refspec); err != nil {
		return c, err
	}
	return c, u.origin.Set(originGroup, "refspec", refspec)
}

func joinRefspec(remote, ref string) string {
	if remote == "" {
		return ref
	}
	return remote + ":" + ref
}

// checkTime refuses to go back in time.
func (u *Upgrader) checkTime() error {
	old, err := u.s.repo.LoadCommit(u.merge.Commit)
	if err != nil {
		return err
	}
	c, err := u.s.repo.LoadCommit(u.new)
	if err != nil {
		return err
	}
	if c.Timestamp >= old.Timestamp {
		return nil
	}
	return fmt.Errorf("Upgrade target revision '%s' with timestamp '%s' is chronologically older than current revision '%s' with timestamp '%s'; use --allow-downgrade to permit",
		u.new, timeText(c.Timestamp), u.merge.Commit, timeText(old.Timestamp))
}

func timeText(seconds uint64) string {
	return time.Unix(int64(seconds), 0).UTC().Format("Mon Jan _2 15:04:05 2006")
}

// Deploy makes a deployment of the commit that [Upgrader.Pull] found and puts it into the list, or stages it.
func (u *Upgrader) Deploy(ctx context.Context) error {
	if u.new.IsZero() {
		return errors.New("nothing was pulled to be deployed")
	}
	s := u.s
	var err error
	if u.opts.Stage {
		u.deployed, err = s.StageTree(ctx, u.stateroot, u.new, u.origin, u.merge, nil)
		return err
	}
	if u.deployed, err = s.DeployTree(ctx, u.stateroot, u.new, u.origin, u.merge, nil); err != nil {
		return err
	}
	if err := s.SimpleWriteDeployment(ctx, u.stateroot, u.deployed, u.merge, 0); err != nil {
		return err
	}
	for _, d := range s.Deployments() {
		if d.same(u.deployed) {
			u.deployed = d
		}
	}
	return nil
}

// SwitchRefspec returns what a system that follows the refspec old follows after a switch to new: "REMOTE:" is
// the same ref of another remote, a ref alone one of the same remote.
func SwitchRefspec(old, new string) (string, error) {
	oldRemote, oldRef, err := ostree.ParseRefspec(old)
	if err != nil {
		return "", err
	}
	var remote, ref string
	if r, ok := strings.CutSuffix(new, ":"); ok {
		remote, ref = r, oldRef
		if err := ostree.ValidateRemoteName(remote); err != nil {
			return "", err
		}
	} else if remote, ref, err = ostree.ParseRefspec(new); err != nil {
		return "", err
	}
	if remote == "" {
		remote = oldRemote
	}
	refspec := joinRefspec(remote, ref)
	if refspec == old {
		return "", fmt.Errorf("Old and new refs are equal: %s", refspec)
	}
	return refspec, nil
}
