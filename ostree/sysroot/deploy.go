//go:build linux

package sysroot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strings"
	"syscall"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/fsflags"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot/kernel"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
	"golang.org/x/sync/errgroup"
)

// DeployOptions adjust a new deployment. Nil and the zero value inherit everything from the merge deployment.
type DeployOptions struct {
	// Kargs are the kernel arguments; nil means those of the merge deployment.
	Kargs *kargs.Args
	// OverlayInitrds are the checksums of initrds that [Sysroot.StageOverlayInitrd] stored.
	OverlayInitrds []string
	// LockFinalization keeps shutdown from finalizing a staged deployment until it is unlocked.
	LockFinalization bool
}

// kernelOf is what the check-out of a deployment found out.
type kernelOf struct{ layout *kernel.Layout }

// DeployTree checks a commit out as a new deployment of a stateroot, with the /etc of the merge deployment
// (which may be nil) merged in. The deployment is on disk then, but in no list: it boots after
// [Sysroot.SimpleWriteDeployment] or [Sysroot.WriteDeployments]; until then the next cleanup deletes it.
//
// The sysroot must be loaded and locked.
func (s *Sysroot) DeployTree(ctx context.Context, stateroot string, commit object.Checksum, origin *Origin, merge *Deployment, opts *DeployOptions) (*Deployment, error) {
	d, err := s.deployTree(ctx, stateroot, commit, origin, merge, opts)
	if err != nil {
		return nil, fmt.Errorf("Deploying tree: %w", withCapabilities(err))
	}
	return d, nil
}

// withCapabilities says what an ordinary user lacks where it was not allowed to make a file.
func withCapabilities(err error) error {
	if os.Geteuid() == 0 || !errors.Is(err, syscall.EPERM) {
		return err
	}
	return fmt.Errorf("%w (without root, CAP_CHOWN and CAP_FOWNER are missing to make files of other owners)", err)
}

func (s *Sysroot) deployTree(ctx context.Context, stateroot string, commit object.Checksum, origin *Origin, merge *Deployment, opts *DeployOptions) (*Deployment, error) {
	if err := s.ensureWritable(); err != nil {
		return nil, err
	}
	d, policy, err := s.initialize(ctx, stateroot, commit, opts)
	if err != nil {
		return nil, fmt.Errorf("Initializing deployment: %w", err)
	}
	d.Origin = origin
	if err := s.finalize(ctx, d, merge, policy); err != nil {
		s.discard(d)
		return nil, fmt.Errorf("Finalizing deployment: %w", err)
	}
	return d, nil
}

// discard deletes a new deployment that came to nothing, so that a failure leaves things as they were. The next
// cleanup would find it too.
func (s *Sysroot) discard(d *Deployment) {
	if err := s.removeDeployment(d); err != nil {
		s.log.Warn("a deployment that failed stays until the next cleanup", "deployment", d.Name(), "error", err)
	}
}

// initialize checks out a tree and finds its kernel: everything that does not need the merge deployment.
func (s *Sysroot) initialize(ctx context.Context, stateroot string, commit object.Checksum, opts *DeployOptions) (*Deployment, *ostree.SELinuxPolicy, error) {
	if s.state == nil {
		return nil, nil, errNotLoaded
	}
	if opts == nil {
		opts = &DeployOptions{}
	}
	for _, sum := range opts.OverlayInitrds {
		if !object.IsChecksum(sum) {
			return nil, nil, fmt.Errorf("Malformed overlay initrd checksum: %s", sum)
		}
	}
	if err := s.checkStateroot(stateroot); err != nil {
		return nil, nil, err
	}
	d := &Deployment{Index: -1, Stateroot: stateroot, Commit: commit, Entry: &bls.Entry{}, OverlayInitrds: opts.OverlayInitrds}
	if opts.Kargs != nil {
		if err := checkKargs(opts.Kargs); err != nil {
			return nil, nil, err
		}
		d.Entry.Set(bls.KeyOptions, opts.Kargs.String())
	}
	var err error
	if d.Serial, err = s.nextSerial(stateroot, commit); err != nil {
		return nil, nil, err
	}
	if err := s.checkoutTree(ctx, d); err != nil {
		s.discard(d)
		return nil, nil, fmt.Errorf("Checking out deployment tree: %w", err)
	}
	policy, err := s.populate(ctx, d)
	if err != nil {
		s.discard(d)
		return nil, nil, err
	}
	return d, policy, nil
}

// populate finds the kernel and makes /etc and /var.
func (s *Sysroot) populate(ctx context.Context, d *Deployment) (*ostree.SELinuxPolicy, error) {
	root, err := s.root.Sub(d.Dir())
	if err != nil {
		return nil, errno.New("opendir", d.Dir(), err)
	}
	defer root.Close()
	layout, err := kernel.Find(ctx, root.Dir(), &kernel.FindOptions{NoDTB: s.opts.NoDTB, Logger: s.log})
	if err != nil {
		return nil, err
	}
	d.kernel, d.BootChecksum = &kernelOf{layout}, layout.Checksum
	st, err := root.Stat(".")
	if err != nil {
		return nil, err
	}
	d.id = idOf(st)
	policy, err := loadPolicy(root)
	if err != nil {
		return nil, err
	}
	if err := s.prepareEtc(ctx, d, root, policy); err != nil {
		return nil, fmt.Errorf("Preparing /etc: %w", err)
	}
	if err := s.prepareVar(ctx, d, root, policy); err != nil {
		return nil, fmt.Errorf("Preparing deployment /var: %w", err)
	}
	return policy, nil
}

func (s *Sysroot) checkStateroot(name string) error {
	if err := validStateroot(name); err != nil {
		return err
	}
	st, err := s.root.Stat(stateDir(name))
	if errors.Is(err, fs.ErrNotExist) || err == nil && !st.IsDir() {
		return fmt.Errorf("No such stateroot: %s", name)
	}
	if err != nil {
		return errno.New("fstatat", stateDir(name), err)
	}
	for _, d := range []dirMode{{backingDir(name), 0o700}, {deployDir(name), 0o775 &^ umask()}} {
		if err := ensureDir(s.root, d.name, d.mode); err != nil {
			return err
		}
	}
	return nil
}

// nextSerial counts on from what is on disk, in the list or not.
func (s *Sysroot) nextSerial(stateroot string, commit object.Checksum) (int, error) {
	dirs, err := s.deploymentDirs(stateroot)
	if err != nil {
		return 0, err
	}
	serial := 0
	for _, d := range dirs {
		if d.Commit == commit {
			serial = max(serial, d.Serial+1)
		}
	}
	return serial, nil
}

// deploymentDirs lists the deployments of a stateroot that are on disk. Only identity is filled in.
func (s *Sysroot) deploymentDirs(stateroot string) ([]*Deployment, error) {
	entries, err := s.root.ReadDir(deployDir(stateroot))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, errno.New("opendir", deployDir(stateroot), err)
	}
	var out []*Deployment
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		c, serial, err := parseDeployName(e.Name())
		if err != nil {
			return nil, err
		}
		out = append(out, &Deployment{Stateroot: stateroot, Commit: c, Serial: serial})
	}
	return out, nil
}

// checkoutTree makes the deployment's directory: hard links to the repository's objects, and the
// image that the initramfs mounts where the system wants composefs.
func (s *Sysroot) checkoutTree(ctx context.Context, d *Deployment) error {
	parent, err := s.openDir(deployDir(d.Stateroot))
	if err != nil {
		return err
	}
	defer parent.Close()
	mode := s.repo.Mode()
	opts := &ostree.CheckoutOptions{
		Dir:                  parent,
		PassthroughWhiteouts: true,
		// Without root only what belongs to the caller can be made.
		UserMode: os.Geteuid() != 0 && mode == ostree.ModeBareUser,
	}
	if err := s.removeTree(d.Dir()); err != nil {
		return err
	}
	if err := s.repo.Checkout(ctx, d.Commit, d.Name(), opts); err != nil {
		return err
	}
	return s.writeComposefs(ctx, d)
}

const composefsName = ".ostree.cfs"

// writeComposefs writes the composefs image of the tree. What is in it depends on the tree's configuration:
// digests of all files if the initramfs is going to check them, else only those that are known.
func (s *Sysroot) writeComposefs(ctx context.Context, d *Deployment) error {
	root, err := s.root.Sub(d.Dir())
	if err != nil {
		return errno.New("opendir", d.Dir(), err)
	}
	defer root.Close()
	config, err := prepareroot.LoadConfig(root.FS())
	if syntax := (*prepareroot.SyntaxError)(nil); errors.As(err, &syntax) {
		return fmt.Errorf("Parsing prepare-root config: %w", err)
	}
	if err != nil {
		return fmt.Errorf("Reading rootfs config: %w", err)
	}
	verity := config.NeedsVerity()
	if verity && s.repo.Config().FsVerity == ostree.TristateNo {
		s.log.Warn("the tree demands fs-verity, which the repository does not switch on: it is not going to boot", "deployment", d.Name())
	}
	opts := &ostree.ComposefsOptions{MeasuredOnly: !verity, NoFsync: true}
	return s.repo.CheckoutComposefs(ctx, d.Commit, path.Join(fdPath(root.Dir()), composefsName), opts)
}

// prepareEtc copies /usr/etc to /etc.
func (s *Sysroot) prepareEtc(ctx context.Context, d *Deployment, root rootDir, policy *ostree.SELinuxPolicy) error {
	etc, err := dirContent(root, "etc")
	if err != nil {
		return err
	}
	usrEtc, err := dirContent(root, "usr/etc")
	if err != nil {
		return err
	}
	switch {
	case usrEtc.exists && etc.exists && !etc.empty:
		return errors.New("Tree contains both /etc and /usr/etc")
	case usrEtc.exists:
		if etc.exists {
			if err := root.Remove("etc"); err != nil {
				return errno.New("unlinkat", "etc", err)
			}
		}
	case etc.exists && !etc.empty:
		// The defaults must be in /usr/etc, or there is nothing to merge changes against.
		return errors.New("No such file or directory: /usr/etc")
	default:
		return nil
	}
	return s.repo.Checkout(ctx, d.Commit, "etc", &ostree.CheckoutOptions{
		Dir:           root.Dir(),
		Subpath:       "/usr/etc",
		ForceCopy:     true,
		SELinux:       policy,
		SELinuxPrefix: "/etc",
		UserMode:      os.Geteuid() != 0 && s.repo.Mode() == ostree.ModeBareUser,
	})
}

// content tells what is at a name that should be a directory.
type content struct{ exists, empty bool }

func dirContent(root rootDir, name string) (content, error) {
	st, err := root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return content{}, nil
	}
	if err != nil {
		return content{}, errno.New("fstatat", name, err)
	}
	if !st.IsDir() {
		return content{exists: true}, nil
	}
	entries, err := root.ReadDir(name)
	if err != nil {
		return content{}, errno.New("opendir", name, err)
	}
	return content{true, len(entries) == 0}, nil
}

// removeTree removes a directory that may be marked immutable.
func (s *Sysroot) removeTree(name string) error {
	st, err := s.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return errno.New("fstatat", name, err)
	}
	if st.IsDir() {
		if err := s.setImmutable(name, false); err != nil {
			return err
		}
	}
	err = s.removeAll(name)
	if errors.Is(err, fs.ErrPermission) && os.Geteuid() == 0 {
		// Somebody marked files of it, in /etc perhaps.
		s.clearFlags(name)
		err = s.removeAll(name)
	}
	if err != nil {
		return errno.New("unlinkat", name, err)
	}
	return nil
}

// removeAll is RemoveAll that keeps all processors busy: a deployment has as many entries as the system has files.
func (s *Sysroot) removeAll(name string) error {
	const enough = 64 // branches, so that none is too large
	branches := []string{name}
	for depth := 0; depth < 5 && len(branches) > 0 && len(branches) < enough; depth++ {
		var next []string
		for _, b := range branches {
			entries, err := s.root.ReadDir(b)
			if err != nil {
				continue // what it is shows in the end
			}
			for _, e := range entries {
				if e.IsDir() {
					next = append(next, path.Join(b, e.Name()))
				}
			}
		}
		branches = next
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, b := range branches {
		g.Go(func() error { return s.root.RemoveAll(b) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return s.root.RemoveAll(name)
}

// clearFlags makes everything below a directory removable, as far as it can.
func (s *Sysroot) clearFlags(name string) {
	fs.WalkDir(s.root.FS(), name, func(p string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() && !e.Type().IsRegular() {
			return nil
		}
		f, err := s.root.OpenFile(p, syscall.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
		if err != nil {
			return nil
		}
		defer f.Close()
		if err := fsflags.SetRemovable(f); err != nil {
			s.log.Debug("flags stay", "path", p, "error", err)
		}
		return nil
	})
}

// writeNewOrigin writes the origin of a deployment that no list names yet; the switch makes it durable.
func (s *Sysroot) writeNewOrigin(d *Deployment) error {
	return s.writeOrigin(d, atomicfile.SyncNone)
}

// originFileOf tells which deployment an origin file belongs to.
func originFileOf(name string) (string, bool) { return strings.CutSuffix(name, ".origin") }
