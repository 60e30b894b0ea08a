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
	"github.com/nestos-dev/nestos/internal/journal"
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
	// Nothing depends on its arrival.
	_ = journal.Send(p.path(journal.Socket),
		journal.Field{Name: "MESSAGE", Value: "Resolved OSTree target to: " + p.d.path},
		journal.Field{Name: "MESSAGE_ID", Value: deploymentMsgID},
		journal.Field{Name: "DEPLOYMENT_PATH", Value: p.d.rel},
		journal.Field{Name: "DEPLOYMENT_DEVICE", Value: strconv.FormatUint(p.d.device, 10)},
		journal.Field{Name: "DEPLOYMENT_INODE", Value: strconv.FormatUint(p.d.inode, 10)},
		journal.Field{Name: "SYSLOG_IDENTIFIER", Value: "ostree-prepare-root"})
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
