//go:build linux

package sysroot

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// SimpleFlags change which deployments [Sysroot.SimpleWriteDeployment] keeps.
type SimpleFlags uint

// The flags.
const (
	RetainAll      SimpleFlags = 1 << iota // keep every deployment
	NotDefault                             // the new deployment does not become the default
	NoClean                                // leave the cleanup to a later one
	RetainPending                          // keep those before the booted (or merge) deployment
	RetainRollback                         // keep those after it
)

// SimpleWriteDeployment puts a new deployment into the list by the standard policy: it comes first, and
// of the others those stay that are booted, that it was merged from, that are pinned, and those of other
// stateroots. Flags keep more.
//
// If it fails before the switch the new deployment is deleted.
func (s *Sysroot) SimpleWriteDeployment(ctx context.Context, stateroot string, new, merge *Deployment, flags SimpleFlags) error {
	if s.state == nil {
		return errNotLoaded
	}
	err := s.writeByPolicy(ctx, stateroot, new, merge, flags)
	if err != nil && s.state != nil && !slices.ContainsFunc(s.state.list, new.same) {
		s.discard(new)
	}
	return err
}

func (s *Sysroot) writeByPolicy(ctx context.Context, stateroot string, new, merge *Deployment, flags SimpleFlags) error {
	list := s.policyList(stateroot, new, merge, flags)
	return s.WriteDeployments(ctx, list, &WriteOptions{NoClean: flags&NoClean != 0})
}

// policyList builds the new list.
func (s *Sysroot) policyList(stateroot string, new, merge *Deployment, flags SimpleFlags) []*Deployment {
	booted := s.Booted()
	if stateroot == "" && booted != nil {
		stateroot = booted.Stateroot
	}
	if booted == nil && merge == nil && flags&(RetainPending|RetainRollback) != 0 {
		flags |= RetainAll
	}
	crossover := booted
	if crossover == nil {
		crossover = merge
	}
	var list []*Deployment
	added, crossed := false, false
	if flags&NotDefault == 0 {
		list, added = append(list, new), true
	}
	for _, d := range s.state.list {
		isMerge := merge != nil && d.same(merge)
		if crossover != nil && d.same(crossover) {
			crossed = true
		}
		keep := flags&RetainAll != 0 || d.Pinned() || d.Stateroot != stateroot || d == booted || isMerge ||
			flags&RetainPending != 0 && !crossed || flags&RetainRollback != 0 && crossed
		if keep && !d.same(new) {
			list = append(list, d)
		}
		if !added && crossover != nil && d.same(crossover) {
			list, added = append(list, new), true
		}
	}
	if !added {
		list = append(list, new)
	}
	return list
}

// at returns the deployment with an index.
func (s *Sysroot) at(index int) (*Deployment, error) {
	list := s.Deployments()
	if index < 0 || index >= len(list) {
		return nil, fmt.Errorf("Out of range deployment index %d, expected < %d", index, len(list))
	}
	return list[index], nil
}

// Undeploy removes the deployment with an index, which must not be booted, and returns it.
func (s *Sysroot) Undeploy(ctx context.Context, index int) (*Deployment, error) {
	d, err := s.at(index)
	if err != nil {
		return nil, err
	}
	if d == s.Booted() {
		return nil, fmt.Errorf("Cannot undeploy currently booted deployment %d", index)
	}
	list := slices.Delete(slices.Clone(s.state.list), index, index+1)
	return d, s.WriteDeployments(ctx, list, nil)
}

// SetDefault makes the deployment with an index the first of the list: a rollback, if the index is that
// of the previous one.
func (s *Sysroot) SetDefault(ctx context.Context, index int) error {
	d, err := s.at(index)
	if err != nil {
		return err
	}
	if d.Staged {
		return errors.New("Cannot set the staged deployment as default: it becomes the default at shutdown")
	}
	rest := slices.DeleteFunc(slices.Clone(s.state.list), func(o *Deployment) bool { return o == d })
	return s.WriteDeployments(ctx, append([]*Deployment{d}, rest...), nil)
}
