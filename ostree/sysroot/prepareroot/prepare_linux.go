package prepareroot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/keyfile"
	"github.com/nestos-dev/nestos/internal/mountapi"
)

// preparation is one run of [Prepare].
type preparation struct {
	*Options
	mounts   mountapi.Mounter
	config   *Config
	sysroot  string // the physical root, without links
	scratch  string // where the new root is built
	d        *deployment
	readonly bool // sysroot.readonly
	writable bool // the physical root is now
	mountVar bool
	booted   Booted
	undo     []func() // takes back what was done, last first
}

// Prepare turns the physical root that is mounted at opts.Sysroot into the root of
// the deployment that the kernel command line names, with the physical root below
// it at sysroot, and writes [BootedPath]. It changes the mounts of the calling
// process's namespace.
//
// The deployment, and everything that is mounted from it, is found below the
// physical root, whatever the links in it say. If Prepare fails before the physical
// root was replaced, the mounts and directories that it had made are gone again, so
// that it can be repeated.
func Prepare(ctx context.Context, opts *PrepareOptions) (*Booted, error) {
	if opts == nil {
		opts = &PrepareOptions{}
	}
	p := &preparation{Options: &opts.Options, mountVar: opts.MountVar, mounts: mountapi.Mounter{Legacy: opts.LegacyMounts}}
	sysroot := opts.Sysroot
	if sysroot == "" {
		sysroot = "/sysroot"
	}
	err := p.run(ctx, p.path(sysroot))
	if err != nil {
		for i := len(p.undo) - 1; i >= 0; i-- {
			p.undo[i]()
		}
		return nil, err
	}
	return &p.booted, nil
}

func (p *preparation) run(ctx context.Context, sysroot string) error {
	steps := []func() error{
		func() error { return p.loadConfig() },
		func() error { return p.resolve(sysroot) },
		p.makeState,
		p.decideReadonly,
		p.makeScratch,
		p.mountRoot,
		p.mountEtc,
		p.mountUsr,
		p.moveSysroot,
		p.mountStateVar,
		p.mountRootVar,
		p.writeBooted,
		p.replace,
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

func (p *preparation) loadConfig() error {
	if p.Cmdline == "" {
		cmdline, err := readCmdline(p.path("/proc/cmdline"))
		if err != nil {
			return err
		}
		p.Options = &Options{Root: p.Root, Cmdline: cmdline, LegacyMounts: p.LegacyMounts, Print: p.Print}
	}
	config, err := LoadConfig(os.DirFS(p.root()))
	if err != nil {
		if _, ok := errors.AsType[*SyntaxError](err); ok || errors.As(err, new(unix.Errno)) {
			return errno.Wrap("Failed to parse config", err)
		}
		return err
	}
	if err := config.ApplyCmdline(p.Cmdline); err != nil {
		return err
	}
	p.config = config
	p.readonly, err = config.Readonly()
	return err
}

func readCmdline(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", errno.Wrap("Failed to read kernel cmdline", err)
	}
	line, _, _ := strings.Cut(string(data), "\n")
	return line, nil
}

func (p *preparation) resolve(sysroot string) error {
	real, err := filepath.EvalSymlinks(sysroot)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		return errno.Wrap(fmt.Sprintf("realpath(%q)", sysroot), err)
	}
	p.sysroot = real
	target, err := ParseTarget(p.Cmdline)
	if err != nil {
		return errno.Wrap("Failed to determine ostree target", err)
	}
	if target.Path == "" {
		return errNoTarget
	}
	if p.d, err = resolveTarget(p.sysroot, target.Path); err != nil {
		return err
	}
	journalSend(p.path(journalSocket), [][2]string{
		{"MESSAGE", "Resolved OSTree target to: " + p.d.path},
		{"MESSAGE_ID", deploymentMsgID},
		{"DEPLOYMENT_PATH", p.d.rel},
		{"DEPLOYMENT_DEVICE", strconv.FormatUint(p.d.device, 10)},
		{"DEPLOYMENT_INODE", strconv.FormatUint(p.d.inode, 10)},
		{"SYSLOG_IDENTIFIER", "ostree-prepare-root"},
	})
	return nil
}

// makeState makes the directories below /run. That the private one must not exist
// keeps the preparation from being done twice.
func (p *preparation) makeState() error {
	run, private := p.path(runPath), p.path(privatePath)
	switch err := mkdir(run, 0o755); {
	case err == nil:
		p.undo = append(p.undo, func() { _ = os.Remove(run) })
	case !errors.Is(err, fs.ErrExist):
		return errno.Wrap(fmt.Sprintf("Failed to create %s", run), err)
	}
	if err := mkdir(private, 0); err != nil {
		return errno.Wrap(fmt.Sprintf("Failed to create %s", private), err)
	}
	p.undo = append(p.undo, func() { _ = os.RemoveAll(private) })
	return nil
}

// mkdir makes a directory with exactly the mode.
func mkdir(path string, mode uint32) error {
	if err := unix.Mkdir(path, mode); err != nil {
		return &fs.PathError{Op: "mkdir", Path: path, Err: err}
	}
	return unix.Chmod(path, mode)
}

func (p *preparation) decideReadonly() error {
	// With composefs nothing of the physical root is read before it is verified.
	if !p.readonly && p.config.Composefs != Yes {
		p.readonly = p.repoReadonly()
		if p.readonly {
			p.print("Found legacy sysroot.readonly flag, not configured in " + ConfigPath)
		}
	}
	p.booted.SysrootReadonly = p.readonly
	readonly, err := mountapi.IsReadOnly(p.sysroot)
	if err != nil {
		return err
	}
	p.writable = !readonly
	p.print(fmt.Sprintf("sysroot.readonly configuration value: %d (fs writable: %d)", bit(p.readonly), bit(p.writable)))
	return nil
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// repoReadonly is the switch where it was before there was a configuration file:
// in the repository. Without a readable repository it is off.
func (p *preparation) repoReadonly() bool {
	value, err := repoReadonly(p.sysroot)
	if err != nil {
		p.print(fmt.Sprintf("Failed to load %s/ostree/repo/config: %s", p.sysroot, errno.Text(err)))
	}
	return value
}

func repoReadonly(sysroot string) (bool, error) {
	r, err := confine.OpenRoot(sysroot)
	if err != nil {
		return false, err
	}
	defer r.Close()
	data, err := readSmall(r.FS(), "ostree/repo/config")
	if err != nil {
		return false, err
	}
	file, err := keyfile.Parse(data)
	if err != nil {
		return false, err
	}
	value, err := file.Bool("sysroot", "readonly")
	return err == nil && value, nil
}

func (p *preparation) makeScratch() error {
	// The kernel moves no mounts that are shared.
	if err := mountapi.Propagate("/", unix.MS_REC|unix.MS_PRIVATE); err != nil {
		return errno.Wrap("failed to make \"/\" private mount", err)
	}
	p.scratch = p.path(scratchPath)
	switch err := mkdir(p.scratch, 0o755); {
	case err == nil:
		p.undo = append(p.undo, func() { _ = os.Remove(p.scratch) })
	case !errors.Is(err, fs.ErrExist):
		return errno.Wrap(fmt.Sprintf("couldn't create temporary sysroot %s", p.scratch), err)
	}
	return nil
}

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
