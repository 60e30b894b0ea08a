//go:build linux

package sysroot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"syscall"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/fsflags"
	"github.com/nestos-dev/nestos/internal/journal"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/sysroot/etcmerge"
)

const etcMergeMessageID = "d3863baec13e4449ab0384684a8af3a7"

// finalize completes a checked out deployment: kernel arguments and /etc from the merge deployment,
// labels, the origin file. For a staged deployment this happens at shutdown, so that the last changes of
// /etc are in it.
func (s *Sysroot) finalize(ctx context.Context, d, merge *Deployment, policy *ostree.SELinuxPolicy) error {
	inheritKargs(d, merge)
	if merge != nil {
		if err := s.mergeEtc(ctx, d, merge); err != nil {
			return err
		}
		if err := s.refreshPolicy(ctx, d); err != nil {
			return err
		}
	}
	if err := s.removeUpdatedStamps(d); err != nil {
		return err
	}
	if err := s.labelVar(ctx, d, policy); err != nil {
		return err
	}
	if err := s.makeBacking(d, policy); err != nil {
		return err
	}
	if err := s.writeNewOrigin(d); err != nil {
		return err
	}
	if s.opts.MutableDeployments {
		return nil
	}
	return s.setImmutable(d.Dir(), true)
}

// inheritKargs gives a deployment without kernel arguments those of the merge deployment.
func inheritKargs(d, merge *Deployment) {
	if merge == nil || merge.Entry == nil {
		return
	}
	if _, ok := d.Entry.Get(bls.KeyOptions); ok {
		return
	}
	if options, ok := merge.Entry.Get(bls.KeyOptions); ok {
		d.Entry.Set(bls.KeyOptions, options)
	}
}

// etcDirs are the directories that a merge works on.
type etcDirs struct{ original, modified, target *os.File }

func (e *etcDirs) close() {
	for _, f := range []*os.File{e.original, e.modified, e.target} {
		if f != nil {
			f.Close()
		}
	}
}

func (s *Sysroot) openEtc(merge, d *Deployment) (*etcDirs, error) {
	e := &etcDirs{}
	var err error
	if e.original, err = s.openDir(path.Join(merge.Dir(), "usr/etc")); err == nil {
		if e.modified, err = s.openDir(path.Join(merge.Dir(), "etc")); err == nil && d != nil {
			e.target, err = s.openDir(path.Join(d.Dir(), "etc"))
		}
	}
	if err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

func (s *Sysroot) mergeEtc(ctx context.Context, d, merge *Deployment) error {
	if st, err := s.root.Lstat(path.Join(d.Dir(), "usr/etc")); errors.Is(err, fs.ErrNotExist) || err == nil && !st.IsDir() {
		return fmt.Errorf("During /etc merge: %w", errno.New("opendir", path.Join(d.Dir(), "usr/etc"), syscall.ENOENT))
	}
	dirs, err := s.openEtc(merge, d)
	if err != nil {
		return fmt.Errorf("During /etc merge: %w", err)
	}
	defer dirs.close()
	opts := s.etcOptions()
	opts.Compared = s.reportEtc
	result, err := etcmerge.Merge(ctx, dirs.original, dirs.modified, dirs.target, opts)
	if err != nil {
		return err
	}
	for _, name := range result.Ignored {
		s.journal(etcmerge.IgnoredMessage(name), "")
	}
	return nil
}

func (s *Sysroot) reportEtc(c *etcmerge.Changes) {
	s.message("%s", c.Summary())
	s.journal(c.Summary(), etcMergeMessageID,
		journal.Field{Name: "ETC_N_MODIFIED", Value: strconv.Itoa(len(c.Modified))},
		journal.Field{Name: "ETC_N_REMOVED", Value: strconv.Itoa(len(c.Removed))},
		journal.Field{Name: "ETC_N_ADDED", Value: strconv.Itoa(len(c.Added))})
}

func (s *Sysroot) etcOptions() *etcmerge.Options {
	return &etcmerge.Options{NoXattrs: s.opts.NoXattrs, Logger: s.log}
}

// EtcDiff returns what the administrator changed in a deployment's /etc.
func (s *Sysroot) EtcDiff(ctx context.Context, d *Deployment) (*etcmerge.Changes, error) {
	dirs, err := s.openEtc(d, nil)
	if err != nil {
		return nil, err
	}
	defer dirs.close()
	return etcmerge.Compare(ctx, dirs.original, dirs.modified)
}

// PlanEtcMerge tells what merging the /etc of one deployment into another would do, and lists all
// conflicts that would make it fail. Nothing is changed.
func (s *Sysroot) PlanEtcMerge(ctx context.Context, merge, d *Deployment) (*etcmerge.Outlook, error) {
	if merge == nil || d == nil {
		return nil, errors.New("planning a merge of /etc needs two deployments")
	}
	dirs, err := s.openEtc(merge, d)
	if err != nil {
		return nil, err
	}
	defer dirs.close()
	return etcmerge.Plan(ctx, dirs.original, dirs.modified, dirs.target, s.etcOptions())
}

// removeUpdatedStamps makes systemd's ConditionNeedsUpdate= true at the next boot.
func (s *Sysroot) removeUpdatedStamps(d *Deployment) error {
	if err := s.root.Remove(path.Join(d.Dir(), "etc/.updated")); err != nil && !isMissing(err) {
		return errno.New("unlinkat", "etc/.updated", err)
	}
	if b := s.Booted(); b != nil && b.Stateroot == d.Stateroot {
		// Where /var is not mounted yet there is no stamp that matters.
		if err := os.Remove("/var/.updated"); err != nil && !isMissing(err) && !errors.Is(err, errReadOnly) {
			return errno.New("unlinkat", "/var/.updated", err)
		}
		return nil
	}
	if err := s.root.Remove(path.Join(varDir(d.Stateroot), ".updated")); err != nil && !isMissing(err) {
		return errno.New("unlinkat", "var/.updated", err)
	}
	return nil
}

// isMissing tells that something is not there, or cannot be since what should hold it is no directory.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNotDir)
}

// makeBacking makes the directories that a transient root keeps its changes in.
func (s *Sysroot) makeBacking(d *Deployment, policy *ostree.SELinuxPolicy) error {
	root, err := s.root.Stat(d.Dir())
	if err != nil {
		return errno.New("fstatat", d.Dir(), err)
	}
	return s.makeOverlayDirs(d, "root-transient", root.Mode().Perm(), "/", policy)
}

// makeOverlayDirs makes an upper and a work directory below the backing directory of a deployment.
func (s *Sysroot) makeOverlayDirs(d *Deployment, name string, upperMode fs.FileMode, label string, policy *ostree.SELinuxPolicy) error {
	dir := path.Join(d.backingDir(), name)
	upper := path.Join(dir, "upper")
	for _, m := range []dirMode{{backingDir(d.Stateroot), 0o700}, {d.backingDir(), 0o700}, {dir, 0o700}, {path.Join(dir, "work"), 0o700}, {upper, upperMode}} {
		if err := ensureDir(s.root, m.name, m.mode); err != nil {
			return err
		}
	}
	if policy == nil {
		return nil
	}
	st, err := s.root.Lstat(upper)
	if err != nil {
		return errno.New("fstatat", upper, err)
	}
	return s.setLabel(upper, label, st, policy)
}

// setImmutable sets or clears the flag that keeps even root from making entries in a deployment's
// directory. Where the flag does not exist, or must not be set, deployments do without.
func (s *Sysroot) setImmutable(name string, immutable bool) error {
	if s.noFlags {
		return nil
	}
	dir, err := s.openDir(name)
	if err != nil {
		return err
	}
	defer dir.Close()
	err = fsflags.SetImmutable(dir, immutable)
	switch {
	case errors.Is(err, fs.ErrPermission):
		s.noFlags = true
		return nil
	case errors.Is(err, errors.ErrUnsupported):
		return nil
	}
	return err
}

// SetMutable clears the immutable flag of a deployment's directory, or sets it.
func (s *Sysroot) SetMutable(d *Deployment, mutable bool) error {
	if err := s.ensureWritable(); err != nil {
		return err
	}
	return s.setImmutable(d.Dir(), !mutable)
}
