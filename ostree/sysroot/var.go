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
	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/journal"
	"github.com/nestos-dev/nestos/ostree"
)

// rootDir is a directory that names are confined to.
type rootDir = *confine.Root

// prepareVar fills a stateroot's /var from the first tree that is deployed: once something is in it, it
// belongs to the machine and no commit touches it again.
func (s *Sysroot) prepareVar(ctx context.Context, d *Deployment, root rootDir, policy *ostree.SELinuxPolicy) error {
	inTree, err := dirContent(root, "var")
	if err != nil || !inTree.exists {
		return err
	}
	name := varDir(d.Stateroot)
	if err := ensureDir(s.root, name, 0o777&^umask()); err != nil {
		return err
	}
	own, err := dirContent(s.root, name)
	if err != nil || !own.empty {
		return err
	}
	dir, err := s.openDir(stateDir(d.Stateroot))
	if err != nil {
		return err
	}
	defer dir.Close()
	err = s.repo.Checkout(ctx, d.Commit, "var", &ostree.CheckoutOptions{
		Dir:           dir,
		Subpath:       "/var",
		ForceCopy:     true,
		Overwrite:     ostree.OverwriteUnion,
		SELinux:       policy,
		SELinuxPrefix: "/var",
		UserMode:      os.Geteuid() != 0 && s.repo.Mode() == ostree.ModeBareUser,
	})
	if err != nil {
		return err
	}
	if _, err := root.Stat("usr/lib/tmpfiles.d"); err == nil {
		return nil
	}
	return s.legacyVar(d.Stateroot)
}

// legacyVar makes what every system needs in /var if the tree does not leave it to systemd-tmpfiles.
func (s *Sysroot) legacyVar(stateroot string) error {
	dir := varDir(stateroot)
	mask := umask()
	for _, d := range []dirMode{{"tmp", 0o777 | fs.ModeSticky}, {"lib", 0o777 &^ mask}, {"log", 0o777 &^ mask}} {
		if err := ensureDir(s.root, path.Join(dir, d.name), d.mode); err != nil {
			return err
		}
	}
	for _, l := range [][2]string{{"run", "../run"}, {"lock", "../run/lock"}} {
		err := s.root.Symlink(l[1], path.Join(dir, l[0]))
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return errno.New("symlinkat", path.Join(dir, l[0]), err)
		}
	}
	return nil
}

const (
	labeledStamp     = ".ostree-selabeled"
	relabelMessageID = "da679b08acd34504b789d96f818ea781"
)

// labelVar gives everything in a stateroot's /var its SELinux label, once.
func (s *Sysroot) labelVar(ctx context.Context, d *Deployment, policy *ostree.SELinuxPolicy) error {
	dir := varDir(d.Stateroot)
	stamp := path.Join(dir, labeledStamp)
	_, err := s.root.Lstat(stamp)
	if err == nil {
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return errno.New("fstatat", stamp, err)
	}
	text := fmt.Sprintf("Relabeling /var (no stamp file 'var/%s' found)", labeledStamp)
	s.message("%s", text)
	s.journal(text, relabelMessageID)
	if err := ensureDir(s.root, dir, 0o777&^umask()); err != nil {
		return err
	}
	if err := s.relabel(ctx, dir, "/var", policy); err != nil {
		return err
	}
	return s.replaceFile(stamp, nil, 0o644&^umask(), atomicfile.SyncData)
}

// loadPolicy reads the SELinux policy of a tree; nil if it has none.
func loadPolicy(root rootDir) (*ostree.SELinuxPolicy, error) {
	return ostree.LoadSELinuxPolicy(plainFS{root.FS()}, 0)
}

// plainFS opens files and directories only: nobody must wait for the writer of a FIFO in /etc.
type plainFS struct{ fs.FS }

func (f plainFS) Open(name string) (fs.File, error) {
	st, err := fs.Stat(f.FS, name)
	if err != nil {
		return nil, err
	}
	if t := st.Mode().Type(); t != 0 && t != fs.ModeDir {
		return nil, &fs.PathError{Op: "open", Path: name, Err: confine.ErrNotRegular}
	}
	return f.FS.Open(name)
}

func (f plainFS) Stat(name string) (fs.FileInfo, error)      { return fs.Stat(f.FS, name) }
func (f plainFS) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(f.FS, name) }

// relabel labels a tree as if it lay at prefix. Without a policy there is nothing to do.
func (s *Sysroot) relabel(ctx context.Context, name, prefix string, policy *ostree.SELinuxPolicy) error {
	if policy == nil {
		return nil
	}
	return fs.WalkDir(s.root.FS(), name, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := alive(ctx); err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(name, p)
		if err != nil {
			return err
		}
		return s.setLabel(p, path.Join(prefix, rel), info, policy)
	})
}

const selinuxXattr = "security.selinux"

// setLabel gives a file the label that the policy has for a path, if it has one.
func (s *Sysroot) setLabel(name, labelPath string, info fs.FileInfo, policy *ostree.SELinuxPolicy) error {
	label, err := policy.Label(labelPath, modeOf(info))
	if err != nil {
		return fmt.Errorf("Labeling %s: %w", labelPath, err)
	}
	if label == nil {
		return nil
	}
	if old, err := s.root.LGetXattr(name, selinuxXattr); err == nil && string(old) == string(label) {
		return nil
	}
	if err := s.root.LSetXattr(name, selinuxXattr, label); err != nil {
		return errno.New("lsetxattr", name, err)
	}
	return nil
}

// journal tells the system's journal of an event, if there is a journal and the event is one of the
// running system.
func (s *Sysroot) journal(text, id string, fields ...journal.Field) {
	socket := s.opts.Journal
	if socket == "" && !s.bootedRoot {
		return
	}
	all := append([]journal.Field{{Name: "MESSAGE", Value: text}, {Name: "PRIORITY", Value: "6"}, {Name: "SYSLOG_IDENTIFIER", Value: "ostree"}}, fields...)
	if id != "" {
		all = append(all, journal.Field{Name: "MESSAGE_ID", Value: id})
	}
	if err := journal.Send(socket, all...); err != nil {
		s.log.Debug("no journal", "error", err)
	}
}
