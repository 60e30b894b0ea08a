package prepareroot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/mountapi"
)

// PrepareInit makes the deployment that the kernel command line names the root of a
// system without an initramfs, whose kernel mounted the physical root on / and
// started the caller as PID 1. The physical root is below the new one at sysroot
// afterwards. The caller then executes /sbin/init.
//
// Only what works without an initramfs is supported: a deployment mounted with
// binds, whose /sysroot is read-only where the repository's configuration says so.
// Composefs is not.
func PrepareInit(ctx context.Context, opts *Options) error {
	if opts == nil {
		opts = &Options{}
	}
	p := &preparation{Options: opts, mounts: mountapi.Mounter{Legacy: opts.LegacyMounts}, config: &Config{}, sysroot: "/"}
	unmountProc, err := p.ensureProc()
	if err != nil {
		return err
	}
	err = p.buildInit(ctx)
	if unmountProc {
		// The system is left as it was found.
		if e := unix.Unmount("/proc", 0); e != nil && err == nil {
			err = errno.Wrap("failed to umount proc from /proc", e)
		}
	}
	if err != nil {
		return err
	}
	return pivot(p.scratch)
}

func (p *preparation) ensureProc() (mounted bool, err error) {
	if _, err := os.Stat("/proc/cmdline"); !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_SILENT, ""); err != nil {
		return false, errno.Wrap("failed to mount proc on /proc", err)
	}
	return true, nil
}

func (p *preparation) buildInit(ctx context.Context) error {
	if p.Cmdline == "" {
		cmdline, err := readCmdline("/proc/cmdline")
		if err != nil {
			return err
		}
		p.Options = &Options{Cmdline: cmdline, LegacyMounts: p.LegacyMounts, Print: p.Print}
	}
	steps := []func() error{
		func() error { return p.resolve("/") },
		func() error { p.readonly = p.repoReadonly(); return nil },
		p.makeInitScratch,
		p.bindInit,
		p.stampReadonly,
		func() error { return mountBoot(p.mounts, "/", p.scratch) },
		p.mountEtc,
		p.mountInitUsr,
		p.mountStateVar,
		p.bindVar,
	}
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// makeInitScratch chooses where the new root is mounted: the usual place, or, where
// that cannot be made on a read-only file system, the deployment itself.
func (p *preparation) makeInitScratch() error {
	err := p.makeScratch()
	if errors.Is(err, unix.EROFS) {
		p.scratch, err = p.d.path, nil
	}
	return err
}

func (p *preparation) bindInit() error {
	if err := p.mounts.Bind(p.d.path, p.scratch, nil); err != nil {
		return errno.Wrap(fmt.Sprintf("failed to make initial bind mount %s", p.d.path), err)
	}
	return nil
}

// stampReadonly tells the running system that /sysroot is to stay read-only.
func (p *preparation) stampReadonly() error {
	if !p.readonly {
		return nil
	}
	f, err := os.OpenFile(readonlyStamp, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return errno.Wrap("failed to create "+readonlyStamp, err)
	}
	return f.Close()
}

// mountInitUsr is mountUsr for a root that nobody else will make writable before
// an overlay needs it.
func (p *preparation) mountInitUsr() error {
	p.writable = true
	if exists(filepath.Join(p.d.path, HotfixWork)) {
		if readonly, err := mountapi.IsReadOnly(p.scratch); err != nil {
			return err
		} else if readonly {
			if err := mountapi.Remount(p.scratch, false); err != nil {
				return errno.Wrap("failed to remount rootfs writable (for overlayfs)", err)
			}
		}
	}
	return p.mountUsr()
}

func (p *preparation) bindVar() error {
	source, err := p.stateVar()
	if err != nil {
		return errno.Wrap("failed to bind mount ../../var to var", err)
	}
	target, err := within(p.scratch, "var")
	if err == nil {
		err = p.mounts.Bind(source, target, nil)
	}
	if err != nil {
		return errno.Wrap("failed to bind mount ../../var to var", err)
	}
	return nil
}

// pivot exchanges the roots: the old one cannot be moved below the new one, which
// is mounted from within it.
func pivot(root string) error {
	if err := unix.Chdir(root); err != nil {
		return errno.Wrap("failed to chdir to "+root, err)
	}
	if err := unix.PivotRoot(".", "sysroot"); err != nil {
		return errno.Wrap("failed to pivot_root to deployment", err)
	}
	if err := unix.Chdir("/"); err != nil {
		return errno.Wrap("failed to chdir to /", err)
	}
	// Mounts below /var must not appear in the stateroot too.
	if err := mountapi.Propagate("/sysroot", unix.MS_PRIVATE); err != nil {
		return errno.Wrap("remounting 'sysroot' private", err)
	}
	return nil
}
