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

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

// UnlockDeployment makes /usr of the booted deployment writable, by an overlay: until the next reboot
// (UnlockedDevelopment), the same but read-only until it is remounted (UnlockedTransient), or for
// good (UnlockedHotfix). Before a hotfix the deployment is cloned, so that there is a way back.
func (s *Sysroot) UnlockDeployment(ctx context.Context, d *Deployment, state Unlocked) error {
	if d.Unlocked != UnlockedNone {
		return fmt.Errorf("Deployment is already in unlocked state: %s", d.Unlocked)
	}
	if d != s.Booted() {
		return fmt.Errorf("Cannot unlock deployment %s: %w", d.Name(), ErrNotBooted)
	}
	if err := s.ensureWritable(); err != nil {
		return err
	}
	var err error
	switch state {
	case UnlockedHotfix:
		err = s.unlockHotfix(ctx, d)
	case UnlockedDevelopment, UnlockedTransient:
		err = s.unlockTransient(ctx, d, state)
	default:
		err = fmt.Errorf("cannot unlock to state %s", state)
	}
	if err != nil {
		return err
	}
	if err := s.touchDeploy(); err != nil {
		return err
	}
	return s.reload(ctx)
}

// unlockHotfix keeps the changes in the deployment's own directory, where the initramfs finds them.
func (s *Sysroot) unlockHotfix(ctx context.Context, d *Deployment) error {
	args := d.Kargs()
	clone, err := s.DeployTree(ctx, d.Stateroot, d.Commit, d.Origin, d, &DeployOptions{Kargs: args})
	if err != nil {
		return fmt.Errorf("Creating clone deployment: %w", err)
	}
	if err := s.SimpleWriteDeployment(ctx, d.Stateroot, clone, d, NotDefault); err != nil {
		return err
	}
	d = s.Booted()
	if err := s.setImmutable(d.Dir(), false); err != nil {
		return err
	}
	usr, err := s.root.Stat(path.Join(d.Dir(), "usr"))
	if err != nil {
		return errno.New("fstatat", "usr", err)
	}
	for _, name := range []string{prepareroot.HotfixUpper, prepareroot.HotfixWork} {
		if err := ensureDir(s.root, path.Join(d.Dir(), name), usr.Mode().Perm()); err != nil {
			return err
		}
	}
	dir := s.DeploymentPath(d)
	err = s.mountUsr(ctx, filepath.Join(dir, "usr"), filepath.Join(dir, prepareroot.HotfixUpper), filepath.Join(dir, prepareroot.HotfixWork), false)
	if err != nil {
		return err
	}
	o := NewOrigin("")
	o.Remove(originGroup, "refspec")
	if d.Origin != nil {
		o = d.Origin.Clone()
	}
	if err := o.Set(originGroup, "unlocked", "hotfix"); err != nil {
		return err
	}
	return s.SetOrigin(d, o)
}

// unlockTransient keeps the changes in the backing directory, which the next unlock empties.
func (s *Sysroot) unlockTransient(ctx context.Context, d *Deployment, state Unlocked) error {
	dir := path.Join(d.backingDir(), "usr-transient")
	if err := s.root.RemoveAll(dir); err != nil {
		return errno.New("unlinkat", dir, err)
	}
	usr, err := s.root.Stat(path.Join(d.Dir(), "usr"))
	if err != nil {
		return errno.New("fstatat", "usr", err)
	}
	root, err := s.root.Sub(d.Dir())
	if err != nil {
		return errno.New("opendir", d.Dir(), err)
	}
	policy, err := loadPolicy(root)
	root.Close()
	if err != nil {
		return err
	}
	if err := s.makeOverlayDirs(d, "usr-transient", usr.Mode().Perm(), "/usr", policy); err != nil {
		return err
	}
	base := filepath.Join(s.path, dir)
	err = s.mountUsr(ctx, "/usr", filepath.Join(base, "upper"), filepath.Join(base, "work"), state == UnlockedTransient)
	if err != nil {
		return err
	}
	flag := s.unlockFlag(d, state)
	if err := os.MkdirAll(filepath.Dir(flag), 0o755); err != nil {
		return errno.New("mkdirat", filepath.Dir(flag), err)
	}
	return atomicfile.WriteFile(flag, nil, 0o644, &atomicfile.Options{Sync: atomicfile.SyncNone})
}

// mountUsr mounts the overlay. The namespace of [EnterNamespace] shares its mounts with that of the system, where it
// appears too; but the layers must be this one's, as /sysroot may be read-only there.
func (s *Sysroot) mountUsr(ctx context.Context, lower, upper, work string, readOnly bool) error {
	return prepareroot.MountUsrOverlay(ctx, &prepareroot.UsrOverlay{Lower: lower, Upper: upper, Work: work, ReadOnly: readOnly})
}

// PostCopy makes good what a copy of a sysroot by files loses: fs-verity of objects and images, if the
// repository wants it.
func (s *Sysroot) PostCopy(ctx context.Context) error {
	if s.state == nil {
		return errNotLoaded
	}
	if s.repo.Config().FsVerity == ostree.TristateNo {
		return nil
	}
	if err := s.ensureWritable(); err != nil {
		return err
	}
	if err := s.repo.EnableVerity(ctx); err != nil {
		return err
	}
	required := s.repo.Config().FsVerity == ostree.TristateYes
	for _, d := range s.Deployments() {
		name := path.Join(d.Dir(), composefsName)
		f, err := s.root.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return errno.New("openat", name, err)
		}
		err = seal(f, required)
		f.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
