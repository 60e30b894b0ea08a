//go:build linux

package sysroot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/mountapi"
	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
	"golang.org/x/sys/unix"
)

// CanSoftReboot tells whether a deployment can replace the running user space while the kernel goes on:
// its kernel and arguments must be those that run.
func (s *Sysroot) CanSoftReboot(d *Deployment) bool {
	booted := s.Booted()
	if booted == nil || d.BootChecksum != booted.BootChecksum {
		return false
	}
	if d.Entry == nil {
		return true
	}
	if _, ok := d.Entry.Get(bls.KeyOptions); !ok {
		return true // a staged one that inherits them
	}
	return neutralKargs(d).Equal(neutralKargs(booted))
}

// firstNamespace is the mount namespace of PID 1, which the whole system sees.
const firstNamespace = "/proc/1/ns/mnt"

// PrepareSoftReboot mounts a deployment at /run/nextroot, where "systemctl soft-reboot" looks for the next
// root. A deployment that is staged, but not this one, is dropped.
func (s *Sysroot) PrepareSoftReboot(ctx context.Context, d *Deployment) error {
	if d.same(s.Booted()) {
		return fmt.Errorf("Cannot prepare for soft-reboot currently booted deployment %d", d.Index)
	}
	if err := s.prepareSoftReboot(ctx, d); err != nil {
		return fmt.Errorf("Preparing /run/nextroot for a soft-reboot: %w", err)
	}
	if err := s.touchDeploy(); err != nil {
		return err
	}
	return s.reload(ctx)
}

func (s *Sysroot) prepareSoftReboot(ctx context.Context, d *Deployment) error {
	if !s.CanSoftReboot(d) {
		return errors.New("Cannot soft-reboot to deployment with different kernel state")
	}
	if err := s.ClearSoftReboot(ctx); err != nil {
		return err
	}
	if err := s.startFinalizer(ctx); err != nil {
		return err
	}
	if staged := s.Staged(); staged != nil && staged != d {
		if err := s.dropStaged(staged); err != nil {
			return err
		}
	}
	err := mountapi.In(firstNamespace, func() error {
		_, err := prepareroot.PrepareNextRoot(ctx, &prepareroot.NextRootOptions{Deployment: d.Dir()})
		return err
	})
	if err != nil {
		if !s.opts.KeepNextRoot {
			s.unmountNextRoot(ctx)
		}
		return err
	}
	return nil
}

// ClearSoftReboot undoes [Sysroot.PrepareSoftReboot]; it does nothing if nothing was prepared.
func (s *Sysroot) ClearSoftReboot(ctx context.Context) error {
	name := s.runPath("ostree/nextroot-booted")
	if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := s.unmountNextRoot(ctx); err != nil {
		return err
	}
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errno.New("unlinkat", name, err)
	}
	if s.state != nil {
		s.state.nextRoot = nil
		for _, d := range s.state.list {
			d.SoftRebootTarget = false
		}
	}
	return nil
}

// unmountNextRoot unmounts the next root for everybody.
func (s *Sysroot) unmountNextRoot(ctx context.Context) error {
	return mountapi.In(firstNamespace, func() error { return prepareroot.ResetNextRoot(ctx, nil) })
}

// dropSoftReboot forgets the next root if its deployment is not in the new list.
func (t *transaction) dropSoftReboot(ctx context.Context, list []*Deployment) error {
	if t.state.nextRoot == nil {
		return nil
	}
	for _, d := range list {
		if d.SoftRebootTarget {
			return nil
		}
	}
	return t.ClearSoftReboot(ctx)
}

// KexecLoad loads the kernel of a deployment, with its initramfs and arguments, so that "systemctl kexec" or
// a reboot starts it without the firmware.
func (s *Sysroot) KexecLoad(ctx context.Context, d *Deployment) error {
	if d.Entry == nil {
		return fmt.Errorf("deployment %s has no boot entry", d.Name())
	}
	kernel, err := s.openBootFile(d.Entry.Value(bls.KeyLinux))
	if err != nil {
		return err
	}
	defer kernel.Close()
	initrd, flags := -1, unix.KEXEC_FILE_NO_INITRAMFS
	if name, ok := d.Entry.Get(bls.KeyInitrd); ok {
		f, err := s.openBootFile(name)
		if err != nil {
			return err
		}
		defer f.Close()
		initrd, flags = int(f.Fd()), 0
	}
	if err := unix.KexecFileLoad(int(kernel.Fd()), initrd, d.Entry.Value(bls.KeyOptions), flags); err != nil {
		return errno.Wrap("kexec_file_load", err)
	}
	return nil
}

// openBootFile opens a file by its path in a boot entry.
func (s *Sysroot) openBootFile(name string) (*os.File, error) {
	if !strings.HasPrefix(name, "/boot/") {
		name = path.Join("/boot", name)
	}
	f, err := s.root.Open(name)
	if err != nil {
		return nil, errno.New("openat", name, err)
	}
	return f, nil
}
