//go:build linux

package sysroot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/composefs/fsverity"
	"github.com/nestos-dev/nestos/ostree/sysroot/bootloader"
)

// NoPolicyError reports that a deployment cannot be labeled because it has no SELinux policy. For most callers
// that is nothing to fail for.
type NoPolicyError struct{ Deployment string }

// Error returns the reference program's text.
func (e *NoPolicyError) Error() string {
	return fmt.Sprintf("No SELinux policy found in deployment '%s'", e.Deployment)
}

// EnsureLabeled gives what lies below a path of the first deployment its SELinux labels again, as if it lay at
// prefix; with empty arguments all of the deployment.
func (s *Sysroot) EnsureLabeled(ctx context.Context, subpath, prefix string) error {
	list := s.Deployments()
	if len(list) == 0 {
		return fmt.Errorf("No deployments")
	}
	d := list[0]
	root, err := s.root.Sub(d.Dir())
	if err != nil {
		return errno.New("opendir", d.Dir(), err)
	}
	defer root.Close()
	policy, err := loadPolicy(root)
	if err != nil {
		return err
	}
	if policy == nil {
		return &NoPolicyError{Deployment: s.DeploymentPath(d)}
	}
	if p, ok := policy.Policy.(interface{ Name() string }); ok {
		s.message("Relabeling using policy '%s'", p.Name())
	}
	if prefix == "" {
		prefix = "/"
	}
	return s.relabel(ctx, path.Join(d.Dir(), subpath), prefix, policy)
}

// seal switches fs-verity on, if it is not already.
func seal(f *os.File, required bool) error {
	err := fsverity.Enable(int(f.Fd()))
	if err != nil && (!required || errors.Is(err, fs.ErrExist)) {
		return nil
	}
	return err
}

// request describes the new list to a boot loader's backend.
func (s *Sysroot) request(list []*Deployment, bootVersion int) *bootloader.Request {
	o := &s.opts.Loader
	r := &bootloader.Request{
		Sysroot:      s.root.Dir(),
		Path:         s.path,
		BootVersion:  bootVersion,
		BootPrefix:   s.repo.Config().Sysroot.BootPrefix,
		Booted:       s.state.booted != nil,
		Grub2Exec:    o.Grub2Exec,
		Grub2Verbose: o.Grub2Verbose,
		Stdout:       o.Stdout,
		Stderr:       o.Stderr,
		Runner:       o.Runner,
		Logger:       s.log,
	}
	for _, d := range list {
		r.Entries = append(r.Entries, bootloader.Entry{Config: d.Entry, Deployment: d.Dir()})
	}
	return r
}

// WriteGrub2 writes the menu entries of a boot version, 0 or 1, in the language of GRUB: what the
// script of grub-mkconfig inserts into grub.cfg.
func (s *Sysroot) WriteGrub2(w io.Writer, bootVersion int, opts *bootloader.Grub2Options) error {
	files, err := bls.ReadDir(s.root.FS(), fmt.Sprintf("boot/loader.%d/entries", bootVersion))
	if err != nil {
		return err
	}
	entries := make([]*bls.Entry, len(files))
	for i, f := range files {
		entries[i] = f.Entry
	}
	return bootloader.WriteGrub2(w, entries, opts)
}

// completeBootloader runs the tool of a boot loader that has to run after each change, if a killed run did not get
// to it: what the boot loader knows may be the old kernels, which must not be deleted before.
func (s *Sysroot) completeBootloader(ctx context.Context) error {
	backend, err := s.backend()
	if err != nil || backend == nil || len(s.state.list) == 0 {
		return err
	}
	return backend.PostSync(ctx, s.request(s.written(), s.state.bootVersion))
}

// backend is the boot loader that is configured, or that the system has; nil if there is none.
func (s *Sysroot) backend() (bootloader.Backend, error) {
	return bootloader.Select(s.root.Dir(), bootloader.Kind(s.repo.Config().Sysroot.Bootloader))
}
