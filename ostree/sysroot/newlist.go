//go:build linux

package sysroot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/object"
)

var errNotLoaded = errors.New("the sysroot is not loaded")

// checkCurrent sees that the list is still the one that was loaded: a change that starts from an old one would
// undo what another process did meanwhile, and take the live boot version for the one that may be overwritten.
func (s *Sysroot) checkCurrent(ctx context.Context) error {
	st, err := s.root.Stat("ostree/deploy")
	if err != nil {
		return errno.New("fstatat", "ostree/deploy", err)
	}
	if s.state.changed.Equal(st.ModTime()) {
		return nil
	}
	l := &loader{Sysroot: s, next: &state{changed: st.ModTime()}}
	if err := l.run(ctx); err != nil {
		return fmt.Errorf("loading sysroot: %w", err)
	}
	now := l.next
	if now.bootVersion != s.state.bootVersion || now.subVersion != s.state.subVersion ||
		!slices.EqualFunc(now.list, s.state.list, func(a, b *Deployment) bool { return a.same(b) && a.Kargs().Equal(b.Kargs()) }) {
		return errors.New("the list of deployments was changed since it was loaded")
	}
	return nil
}

// copyList copies a new list: boot serials and entries are set as it is written, which must not show in the
// present list if that fails.
func copyList(list []*Deployment) ([]*Deployment, error) {
	out := make([]*Deployment, len(list))
	for i, d := range list {
		if d == nil {
			return nil, fmt.Errorf("the list of deployments has nothing at index %d", i)
		}
		if slices.ContainsFunc(out[:i], d.same) {
			return nil, fmt.Errorf("the list of deployments has %s twice", d.Name())
		}
		c := *d
		out[i] = &c
	}
	return out, nil
}

// check sees that every deployment of the new list is there, and the booted one in it.
func (t *transaction) check(list []*Deployment) error {
	booted, seen := t.state.booted, false
	for _, d := range list {
		st, err := t.root.Stat(d.Dir() + "/")
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("Unable to find expected deployment root: %s", t.DeploymentPath(d))
		}
		if err != nil {
			return errno.New("fstatat", d.Dir(), err)
		}
		if !st.IsDir() {
			return fmt.Errorf("Unable to find expected deployment root: %s", t.DeploymentPath(d))
		}
		if _, _, _, err := parseBootTarget("/" + d.bootLink(0)); err != nil {
			return fmt.Errorf("deployment %s has an invalid boot checksum '%s'", d.Name(), d.BootChecksum)
		}
		seen = seen || d.same(booted)
	}
	if booted != nil && !seen {
		return errors.New("Attempting to remove booted deployment")
	}
	return nil
}

// needsSwap tells whether /boot has to change. The title of an entry holds the commit's version, which
// is why that counts as well.
func needsSwap(s *Sysroot, old, new []*Deployment) bool {
	return !slices.EqualFunc(old, new, func(a, b *Deployment) bool {
		return a.BootChecksum == b.BootChecksum && a.Stateroot == b.Stateroot &&
			slices.Equal(a.OverlayInitrds, b.OverlayInitrds) &&
			plainKargs(a).Equal(plainKargs(b)) && s.versionOf(a) == s.versionOf(b)
	})
}

// plainKargs are kernel arguments that do not depend on the deployment's place.
func plainKargs(d *Deployment) *kargs.Args {
	k := d.Kargs()
	k.Set("ostree=")
	return k
}

// versionOf returns the version that a commit's metadata records.
func (s *Sysroot) versionOf(d *Deployment) string {
	v, _ := s.commitString(d.Commit, object.KeyVersion)
	return v
}

// commitString returns a text of a commit's metadata; none if the commit is not there any more.
func (s *Sysroot) commitString(c object.Checksum, key string) (string, bool) {
	commit, err := s.repo.LoadCommit(c)
	if err != nil {
		return "", false
	}
	v, ok := commit.Metadata.LookupType(key, "s")
	if !ok {
		return "", false
	}
	return v.Str(), true
}
