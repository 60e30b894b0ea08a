package prepareroot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/mountapi"
)

// nextRoot is one run of [PrepareNextRoot].
type nextRoot struct {
	*Options
	mounts  mountapi.Mounter
	sysroot string
	config  *Config
	d       *deployment
	target  string
	booted  Booted
}

// PrepareNextRoot mounts the root of a deployment at [NextRootPath], where systemd's
// soft reboot takes it from, and announces it in [NextRootBootedPath]. It must run
// in the mount namespace of PID 1. The deployment must use composefs; its own
// configuration counts, and the kernel command line of the running system.
//
// If it fails, what it mounted is unmounted.
func PrepareNextRoot(ctx context.Context, opts *NextRootOptions) (*Booted, error) {
	n := &nextRoot{Options: &opts.Options, mounts: mountapi.Mounter{Legacy: opts.LegacyMounts}, target: opts.path(NextRootPath)}
	if err := n.open(opts); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(n.target, 0o755); err != nil {
		return nil, errno.New("mkdirat", n.target, err)
	}
	if err := n.build(ctx); err != nil {
		return nil, errors.Join(err, n.unmount())
	}
	return &n.booted, nil
}

func (n *nextRoot) open(opts *NextRootOptions) error {
	sysroot, err := sysrootPath(opts)
	if err != nil {
		return err
	}
	n.sysroot = sysroot
	r, err := confine.OpenRoot(sysroot)
	if err != nil {
		return errno.New("opendir", sysroot, err)
	}
	defer r.Close()
	rel := opts.Deployment
	if inside, ok := strings.CutPrefix(rel, sysroot+"/"); ok {
		rel = inside
	}
	if n.d, err = openDeployment(r, sysroot, rel); err != nil {
		return errno.New("opendir", rel, err)
	}
	tree, err := r.Sub(n.d.rel)
	if err != nil {
		return errno.New("opendir", rel, err)
	}
	defer tree.Close()
	if n.config, err = LoadConfig(tree.FS()); err != nil {
		return err
	}
	cmdline := n.Cmdline
	if cmdline == "" {
		if cmdline, err = readCmdline(n.path("/proc/cmdline")); err != nil {
			return err
		}
	}
	if err := n.config.ApplyCmdline(cmdline); err != nil {
		return err
	}
	if n.config.Composefs != Yes {
		return errors.New("soft reboot not supported without composefs")
	}
	return nil
}

func sysrootPath(opts *NextRootOptions) (string, error) {
	name := opts.Sysroot
	if name == "" {
		name = "/sysroot"
	}
	real, err := filepath.EvalSymlinks(opts.path(name))
	return real, errno.New("realpath", name, err)
}

func (n *nextRoot) build(ctx context.Context) error {
	n.booted.Device, n.booted.Inode = n.d.device, n.d.inode
	n.booted.RootTransient, n.booted.RootTransientRO = n.config.RootTransient, n.config.RootTransientRO
	n.booted.SysrootReadonly = true
	// The new root holds on to the mount that its layers are on. If that were the
	// one at /sysroot, systemd could not unmount it; so it is a copy that goes away.
	if err := n.mounts.Bind(n.sysroot, n.sysroot, nil); err != nil {
		return errno.Wrap(fmt.Sprintf("failed to MS_BIND '%s'", n.sysroot), err)
	}
	err := n.mountLayers(ctx)
	if detachErr := mountapi.Detach(n.sysroot); detachErr != nil {
		err = errors.Join(err, fmt.Errorf("failed to MS_DETACH '%s': %w", n.sysroot, detachErr))
	}
	if err != nil {
		return err
	}
	sysroot, err := within(n.target, "sysroot")
	if err == nil {
		err = n.mounts.Bind(n.sysroot, sysroot, &mountapi.BindOptions{ReadOnly: true})
	}
	if err != nil {
		return errno.Wrap("mounting sysroot", err)
	}
	return writeState(n.path(NextRootBootedPath), &n.booted)
}

func (n *nextRoot) mountLayers(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := &rootfs{Options: n.Options, mounts: n.mounts, config: n.config, sysroot: n.sysroot, d: n.d, booted: &n.booted}
	if err := c.mount(n.target); err != nil {
		return errno.Wrap("failed to mount composefs", err)
	}
	if err := mountBoot(n.mounts, n.sysroot, n.target); err != nil {
		return err
	}
	dir, err := mountEtc(n.Options, n.mounts, n.config, n.d, n.target)
	n.booted.TransientEtc = dir
	return err
}

// mountBoot mounts the physical root's boot, if it is a directory of that file
// system: then it has the link that is the boot loader's switch.
func mountBoot(mounts mountapi.Mounter, sysroot, target string) error {
	source, err := within(sysroot, "boot")
	if err != nil || !isLink(filepath.Join(source, "loader")) || !isDir(filepath.Join(target, "boot")) {
		return nil
	}
	if err := mounts.Bind(source, filepath.Join(target, "boot"), nil); err != nil {
		return errno.Wrap("failed to bind mount /boot", err)
	}
	return nil
}

// ResetNextRoot undoes what [PrepareNextRoot] did. Where nothing was prepared it
// does nothing.
func ResetNextRoot(_ context.Context, opts *NextRootOptions) error {
	if opts == nil {
		opts = &NextRootOptions{}
	}
	n := &nextRoot{Options: &opts.Options, target: opts.path(NextRootPath)}
	if data, err := os.ReadFile(n.path(NextRootBootedPath)); err == nil {
		if b, err := ParseBooted(data); err == nil {
			n.booted = *b // names the layers of /etc
		}
	}
	if err := os.Remove(n.path(NextRootBootedPath)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errno.New("unlinkat", NextRootBootedPath, err)
	}
	return n.unmount()
}

// unmount takes everything off the mount point, and with it the directories of a
// transient /etc and root of the failed attempt.
func (n *nextRoot) unmount() error {
	for {
		switch err := mountapi.Detach(n.target); {
		case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOENT):
			if n.booted.TransientEtc != "" {
				return os.RemoveAll(n.path(n.booted.TransientEtc))
			}
			return nil
		case err != nil:
			return errno.Wrap("unmounting "+n.target, err)
		}
	}
}
