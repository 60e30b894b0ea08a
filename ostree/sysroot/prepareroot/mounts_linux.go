package prepareroot

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/mountapi"
)

func (p *preparation) mountRoot() error {
	p.booted.Device, p.booted.Inode = p.d.device, p.d.inode
	p.booted.RootTransient, p.booted.RootTransientRO = p.config.RootTransient, p.config.RootTransientRO
	c := &rootfs{Options: p.Options, mounts: p.mounts, config: p.config, sysroot: p.sysroot, d: p.d, booted: &p.booted}
	if err := c.mount(p.scratch); err != nil {
		return errno.Wrap("Failed to mount composefs", err)
	}
	if !p.booted.Composefs {
		if p.config.RootTransient {
			return errors.New("Must enable composefs with root.transient")
		}
		p.print("Using legacy ostree bind mount for /")
		if err := p.mounts.Bind(p.d.path, p.scratch, nil); err != nil {
			return errno.Wrap(fmt.Sprintf("failed to make initial bind mount %s", p.d.path), err)
		}
	}
	p.undo = append(p.undo, func() { _ = mountapi.Detach(p.scratch) })
	return nil
}

func (p *preparation) mountEtc() error {
	if !p.readonly && !p.booted.Composefs {
		return nil
	}
	dir, err := mountEtc(p.Options, p.mounts, p.config, p.d, p.scratch)
	if dir != "" {
		p.undo = append(p.undo, func() { _ = os.RemoveAll(p.path(dir)) })
	}
	if err != nil {
		return errno.Wrap("Failed to mount etc", err)
	}
	p.booted.TransientEtc = dir
	return nil
}

// mountEtc mounts the deployment's /etc, or a fresh one with layers in the
// directory that it returns, on the etc of the tree at target.
func mountEtc(o *Options, mounts mountapi.Mounter, config *Config, d *deployment, target string) (string, error) {
	transient, err := config.TransientEtc()
	if err != nil {
		return "", err
	}
	etc, err := within(target, "etc")
	if err != nil {
		return "", errno.Wrap(fmt.Sprintf("failed to prepare /etc bind-mount at %s/etc", target), err)
	}
	if !transient {
		source, err := within(d.path, "etc")
		if err == nil {
			err = mounts.Bind(source, etc, &mountapi.BindOptions{Writable: true})
		}
		if err != nil {
			return "", errno.Wrap(fmt.Sprintf("failed to prepare /etc bind-mount at %s", etc), err)
		}
		return "", nil
	}
	lower, err := within(target, "usr/etc")
	if err != nil {
		return "", errno.Wrap("failed to mount transient etc overlayfs", err)
	}
	// The name is new for every root, as a soft reboot replaces one that is in use.
	layers, err := os.MkdirTemp(o.path(runPath), "transient-etc.")
	if err != nil {
		return "", errno.Wrap("failed to create transient etc tempdir", err)
	}
	dir := filepath.Join(runPath, filepath.Base(layers))
	for _, name := range []string{"upper", "work"} {
		if err := mkdir(filepath.Join(layers, name), 0o755); err != nil {
			return dir, errno.Wrap(fmt.Sprintf("Failed to create dir %s", filepath.Join(layers, name)), err)
		}
	}
	overlay := &mountapi.Overlay{Lower: []string{lower}, Upper: filepath.Join(layers, "upper"), Work: filepath.Join(layers, "work")}
	if err := mounts.Overlay(overlay, etc); err != nil {
		return dir, errno.Wrap("failed to mount transient etc overlayfs", err)
	}
	return dir, nil
}

// mountUsr makes /usr read-only, or writable where the deployment has a hotfix.
// Signed images are what they are signed as: no hotfix there.
func (p *preparation) mountUsr() error {
	hotfix := exists(filepath.Join(p.d.path, HotfixWork)) && (!p.booted.Composefs || !p.config.Signed)
	if !hotfix && p.booted.Composefs {
		return nil
	}
	usr, err := within(p.scratch, "usr")
	if err != nil {
		return errno.Wrap("failed to bind mount (class:readonly) /usr", err)
	}
	if !hotfix {
		if err := p.mounts.Bind(usr, usr, &mountapi.BindOptions{ReadOnly: true}); err != nil {
			return errno.Wrap("failed to bind mount (class:readonly) /usr", err)
		}
		return nil
	}
	if err := mountHotfix(p.mounts, p.d, usr, !p.writable); err != nil {
		return errno.Wrap("failed to mount /usr overlayfs", err)
	}
	return nil
}

func mountHotfix(mounts mountapi.Mounter, d *deployment, usr string, readonly bool) error {
	upper, err := within(d.path, HotfixUpper)
	if err != nil {
		return err
	}
	work, err := within(d.path, HotfixWork)
	if err != nil {
		return err
	}
	return mounts.Overlay(&mountapi.Overlay{Lower: []string{usr}, Upper: upper, Work: work, ReadOnly: readonly}, usr)
}

// moveSysroot makes the physical root visible below the new root and nowhere
// else. It is not moved: the new root is built on it, and systemd could not unmount
// the cycle that comes of that.
func (p *preparation) moveSysroot() error {
	target, err := within(p.scratch, "sysroot")
	if err == nil {
		err = p.mounts.Bind(p.sysroot, target, &mountapi.BindOptions{Recursive: true})
	}
	if err != nil {
		return errno.Wrap(fmt.Sprintf("failed to MS_BIND '%s' to 'sysroot'", p.sysroot), err)
	}
	if err := mountapi.Detach(p.sysroot); err != nil {
		return errno.Wrap(fmt.Sprintf("failed to MS_DETACH '%s'", p.sysroot), err)
	}
	p.undo = nil // the way back is gone
	r, err := confine.OpenRoot(target)
	if err != nil {
		return err
	}
	defer r.Close()
	d, err := openDeployment(r, target, p.d.rel)
	if err != nil {
		return errno.Wrap(fmt.Sprintf("realpath(%s) failed", filepath.Join(target, p.d.rel)), err)
	}
	p.d = d
	return nil
}

// mountStateVar keeps the stateroot's var writable below a read-only /sysroot.
func (p *preparation) mountStateVar() error {
	if !p.readonly {
		return nil
	}
	path, err := p.stateVar()
	if err == nil {
		err = p.mounts.Bind(path, path, &mountapi.BindOptions{Writable: true})
	}
	if err != nil {
		return errno.Wrap(fmt.Sprintf("failed to prepare /var bind-mount at %s", p.d.stateVar()), err)
	}
	return nil
}

func (p *preparation) stateVar() (string, error) {
	root := strings.TrimSuffix(p.d.path, p.d.rel)
	if root == "" {
		root = "/"
	}
	return within(root, p.d.stateVar())
}

// mountRootVar mounts the stateroot's var as /var where no unit will. What is
// mounted below /sysroot appears below /var, but not the other way round.
func (p *preparation) mountRootVar() error {
	if !p.mountVar && !exists(p.path(MountVarPath)) {
		return nil
	}
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
	if err := mountapi.Propagate(target, unix.MS_SLAVE); err != nil {
		return errno.Wrap("failed to change /var to slave mount", err)
	}
	if err := mountapi.Propagate(target, unix.MS_SHARED); err != nil {
		return errno.Wrap("failed to change /var to slave+shared mount", err)
	}
	return nil
}

func (p *preparation) writeBooted() error {
	return writeState(p.path(BootedPath), &p.booted)
}

// replace puts the new root where the physical one was.
func (p *preparation) replace() error {
	if err := p.mounts.Move(p.scratch, p.sysroot); err != nil {
		return errno.Wrap(fmt.Sprintf("failed to MS_MOVE %s to %s", p.scratch, p.sysroot), err)
	}
	if err := os.Remove(p.scratch); err != nil {
		return errno.Wrap(fmt.Sprintf("couldn't remove temporary sysroot %s", p.scratch), err)
	}
	if !p.readonly {
		return nil
	}
	path, err := within(p.sysroot, "sysroot")
	if err == nil {
		err = p.mounts.SetReadOnly(path, true)
	}
	if err != nil {
		return errno.Wrap("failed to make /sysroot read-only", err)
	}
	return nil
}
