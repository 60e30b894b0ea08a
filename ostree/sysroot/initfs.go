//go:build linux

package sysroot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree"
)

// InitFS makes the directory at path, which must exist, a physical root: boot, ostree/deploy and an
// empty system repository. Epoch 0 adds the top-level directories of a classic root, 1 is what new
// systems want, 2 also makes ostree accessible to root only. What is there already stays.
//
// The repository is of the mode for systems, [ostree.ModeBare], unless there is one of whatever mode already; for
// others see [InitFSMode].
func InitFS(ctx context.Context, path string, epoch int) error {
	return initFS(ctx, path, epoch, ostree.ModeBare, false)
}

// InitFSMode is [InitFS] with a system repository of the given mode: [ostree.ModeBareUser] keeps owners and modes of
// files beside them, so that it can be used without privileges. A repository of another mode that is there already is an
// error, and stays as it is.
func InitFSMode(ctx context.Context, path string, epoch int, mode ostree.Mode) error {
	return initFS(ctx, path, epoch, mode, true)
}

func initFS(ctx context.Context, path string, epoch int, mode ostree.Mode, strict bool) error {
	if epoch < 0 {
		return fmt.Errorf("Invalid epoch: %d", epoch)
	}
	root, err := confine.OpenRoot(path)
	if err != nil {
		return errno.New("opendir", path, err)
	}
	defer root.Close()
	dirs := []dirMode{{"boot", 0o755}}
	if epoch == 0 {
		dirs = append(dirs, dirMode{"dev", 0o755}, dirMode{"home", 0o755}, dirMode{"proc", 0o755}, dirMode{"run", 0o755}, dirMode{"sys", 0o755},
			dirMode{"root", 0o700}, dirMode{"tmp", 0o777 | fs.ModeSticky})
	}
	ostreeMode := fs.FileMode(0o755)
	if epoch == 2 {
		ostreeMode = 0o700
	}
	dirs = append(dirs, dirMode{"ostree", ostreeMode}, dirMode{"ostree/repo", 0o755}, dirMode{"ostree/deploy", 0o755})
	for _, d := range dirs {
		if err := alive(ctx); err != nil {
			return err
		}
		if err := ensureDir(root, d.name, d.mode); err != nil {
			return err
		}
	}
	return initRepo(root, path, mode, strict)
}

type dirMode struct {
	name string
	mode fs.FileMode
}

// ensureDir makes a directory unless something of the name is there.
func ensureDir(root *confine.Root, name string, mode fs.FileMode) error {
	err := root.Mkdir(name, mode)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return errno.New("mkdirat", name, err)
	}
	return nil
}

// initRepo makes ostree/repo a repository, if it is none. One that is there has to be of the mode if strict.
func initRepo(root *confine.Root, path string, mode ostree.Mode, strict bool) error {
	dir, err := root.Open("ostree/repo")
	if err != nil {
		return errno.New("opendir", "ostree/repo", err)
	}
	defer dir.Close()
	repo, err := ostree.Init(fdPath(dir), &ostree.InitOptions{Mode: mode})
	if err != nil {
		return fmt.Errorf("initializing %s: %w", filepath.Join(path, "ostree/repo"), err)
	}
	if is := repo.Mode(); strict && is != mode {
		err = fmt.Errorf("repository %s is of mode %s, not %s", filepath.Join(path, "ostree/repo"), is, mode)
	}
	return errors.Join(err, repo.Close())
}

// InitStateroot makes a stateroot: a group of deployments that share a /var. The repository and the
// directories of the sysroot are made if they are missing.
func (s *Sysroot) InitStateroot(ctx context.Context, name string) error {
	if err := validStateroot(name); err != nil {
		return err
	}
	if err := s.ensureWritable(); err != nil {
		return err
	}
	for _, d := range []string{"ostree", "ostree/repo", "ostree/deploy"} {
		if err := ensureDir(s.root, d, 0o755); err != nil {
			return err
		}
	}
	if err := initRepo(s.root, s.path, ostree.ModeBare, false); err != nil {
		return err
	}
	mode := 0o777 &^ umask()
	dir := stateDir(name)
	if err := s.root.Mkdir(dir, mode); err != nil {
		return fmt.Errorf("Creating %s: %s", dir, errno.Text(err))
	}
	if err := s.root.Mkdir(varDir(name), mode); err != nil {
		return fmt.Errorf("Creating %s: %s", varDir(name), errno.Text(err))
	}
	return s.touchDeploy()
}
