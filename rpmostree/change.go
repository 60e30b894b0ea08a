package rpmostree

import (
	"context"
	"errors"
	"fmt"

	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree/origin"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
)

// Change is what one transaction changes: where the base comes from, which packages are on it, how the
// initramfs is made. What is not named stays.
type Change struct {
	// Refspec, unless empty, is a new base to follow, in any of the forms of [origin.ResolveRefspec].
	Refspec string
	// Revision, unless empty, pins the base to a version or a checksum of its branch.
	Revision string
	// Upgrade goes to the newest base, and gives up a pin.
	Upgrade bool
	// CustomURL and CustomDescription tell who manages a new base.
	CustomURL, CustomDescription string
	// SkipPurge keeps the old ref after a change of base.
	SkipPurge bool
	// SkipBranchCheck takes a checksum that is not in the history of the branch.
	SkipBranchCheck bool
	// AllowDowngrade lets the base become older.
	AllowDowngrade bool
	// NoPullBase takes what is in the repository as the newest.
	NoPullBase bool

	// Install and Uninstall are requests: names, NEVRAs, capabilities ("name >= 1"), paths of files.
	Install, Uninstall []string
	// InstallFiles are paths of package files; those of InstallReplacing may replace files of other packages.
	InstallFiles, InstallReplacing []string
	// UninstallAll removes all requests first.
	UninstallAll bool

	// OverrideRemove names packages of the base to leave out, OverrideReplaceFiles package files to put in the
	// place of those of the base, OverrideReplace packages to take from a repository.
	OverrideRemove       []string
	OverrideReplaceFiles []string
	OverrideReplace      []origin.RepoReplace
	// OverrideReset gives overrides up, by name or NEVRA; OverrideResetAll all of them.
	OverrideReset    []string
	OverrideResetAll bool

	// Initramfs, unless nil, says whether the initramfs is made on this machine.
	Initramfs *Initramfs
	// InitramfsEtc, unless nil, changes the files of /etc that accompany the initramfs.
	InitramfsEtc *InitramfsEtc
	// ResetInitramfs gives up everything about the initramfs.
	ResetInitramfs bool

	// Edit, unless nil, changes the origin further, after all of the above.
	Edit func(o *origin.Origin) error

	// Idempotent makes it no error that a request is there already, or not there any more.
	Idempotent bool
	// AllowInactive allows requests for what the base has.
	AllowInactive bool
	// CacheOnly works with what was downloaded before.
	CacheOnly bool
	// DryRun stops when it is known what would be done; DownloadOnly when everything is fetched.
	DryRun, DownloadOnly bool
	// LockFinalization keeps shutdown from finalizing the new deployment until it is unlocked.
	LockFinalization bool
}

// Initramfs says whether the initramfs is made on this machine, with which arguments of dracut.
type Initramfs struct {
	Regenerate bool     // make it here; false: use that of the base
	Args       []string // further arguments of dracut
}

// InitramfsEtc changes the files below /etc that accompany the initramfs.
type InitramfsEtc struct {
	Track, Untrack []string // absolute paths to add and to remove
	UntrackAll     bool
	ForceSync      bool // makes the image anew although the list stays
}

// Outcome is what a transaction came to.
type Outcome struct {
	// Changed says that there is a new deployment (or, in a dry run, would be).
	Changed bool
	// Deployment is the new one.
	Deployment *sysroot.Deployment
	// Commit is what it has, or would have if that is known.
	Commit object.Checksum
	// From and To are the packages of the deployment that the operation started from, and the new ones.
	From, To []pkglist.Package
	// Sources are the repositories that new packages come from, by the text of the package.
	Sources map[string]string
	// Pinned says that an upgrade had nothing to do because the base is pinned to a commit.
	Pinned bool
}

// Diff tells how the packages change.
func (o *Outcome) Diff() pkglist.Diff { return pkglist.Compare(o.From, o.To) }

// ErrLockLayering is returned for changes of packages and of the initramfs where the configuration forbids them.
var ErrLockLayering = errors.New("Cannot operate; `LockLayering=true` in configuration.")

// packages tells whether a change asks for packages other than those of the base.
func (c *Change) packages() bool {
	return len(c.Install)+len(c.InstallFiles)+len(c.InstallReplacing)+len(c.OverrideRemove)+len(c.OverrideReplaceFiles)+len(c.OverrideReplace) > 0
}

// layering tells whether a change concerns more than the base.
func (c *Change) layering() bool { return c.packages() || c.Initramfs != nil || c.InitramfsEtc != nil }

// withoutTree tells whether a change ends before a tree is made.
func (c *Change) withoutTree() bool { return c.DryRun || c.DownloadOnly }

func (c *Change) check() error {
	switch {
	case c.SkipPurge && c.Refspec == "":
		return errors.New("Can't specify skip-purge if not setting a new refspec")
	case c.NoPullBase && (c.Refspec != "" || c.Revision != "") && !c.CacheOnly:
		return errors.New("Can't specify no-pull-base if setting a new refspec or revision")
	case c.CacheOnly && c.DownloadOnly:
		return errors.New("Can't specify cache-only and download-only")
	case c.DryRun && c.DownloadOnly:
		return errors.New("Can't specify dry-run and download-only")
	case c.OverrideResetAll && len(c.OverrideRemove)+len(c.OverrideReplaceFiles)+len(c.OverrideReplace)+len(c.OverrideReset) > 0 && !c.UninstallAll:
		return errors.New("Can't specify no-overrides if setting override modifiers")
	}
	return nil
}

// Apply makes a new deployment with a change, next to the present ones. Whatever fails before the list of
// deployments is written leaves them, their origins and the boot entries as they were; whatever fails after it is a
// [sysroot.ErrInForce], and the end of ctx is ignored then. Where packages are layered, also
// by earlier changes, the program must have called [Main]; it is [ErrNoMain] otherwise.
func (s *System) Apply(ctx context.Context, c *Change) (out *Outcome, err error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	locked := c.layering() || len(c.Uninstall)+len(c.OverrideReset) > 0 || c.UninstallAll || c.OverrideResetAll || c.ResetInitramfs
	if locked && s.opts.Config.LockLayering {
		return nil, ErrLockLayering
	}
	if c.packages() && !c.withoutTree() {
		if err := CheckMain(); err != nil {
			return nil, err
		}
	}
	ctx, done, err := s.change(ctx, "update")
	if err != nil {
		return nil, err
	}
	defer done(&err)
	t := &transaction{sys: s, change: c}
	out, err = t.run(ctx)
	if err != nil {
		return nil, errors.Join(err, t.abandon(ctx))
	}
	return out, nil
}

// transaction is the state of one Apply.
type transaction struct {
	sys    *System
	change *Change

	from   *sysroot.Deployment
	old    *origin.Origin // of from
	origin *origin.Origin // edited
	base   object.Checksum
	locals []*localPackage // that the change brought
}

// run is the life of an operation.
func (t *transaction) run(ctx context.Context) (*Outcome, error) {
	var err error
	if t.from, err = t.sys.current(); err != nil {
		return nil, err
	}
	if t.old, err = origin.FromSysroot(t.from.Origin); err != nil {
		return nil, err
	}
	t.origin = t.old.Clone()
	if t.base, _, err = BaseCommit(t.sys.Repo(), t.from.Commit); err != nil {
		return nil, err
	}
	if err := t.edit(ctx); err != nil {
		return nil, err
	}
	if t.needsLayering() && !t.change.withoutTree() {
		// Not only after the downloads.
		if err := CheckMain(); err != nil {
			return nil, err
		}
	}
	if pinned, err := t.findBase(ctx); err != nil || pinned {
		return &Outcome{Pinned: true}, err
	}
	return t.deployable(ctx)
}

// edit applies the change to the origin.
func (t *transaction) edit(ctx context.Context) error {
	c, o := t.change, t.origin
	if c.Refspec != "" {
		refspec, err := origin.ResolveRefspec(c.Refspec, o.Base())
		if err != nil {
			return err
		}
		if err := o.Rebase(refspec, c.CustomURL, c.CustomDescription); err != nil {
			return err
		}
	}
	if c.UninstallAll {
		o.RemoveAllPackages()
	}
	if c.OverrideResetAll {
		o.ResetAllOverrides()
	}
	if c.ResetInitramfs {
		o.ResetInitramfs()
	}
	if len(c.OverrideReset) > 0 {
		if err := o.ResetOverrides(c.OverrideReset...); err != nil {
			return err
		}
	}
	if _, err := o.RemovePackages(c.Uninstall, c.Idempotent); err != nil {
		return err
	}
	if _, err := o.AddPackages(c.Install, c.Idempotent); err != nil {
		return err
	}
	if err := t.addFiles(ctx); err != nil {
		return err
	}
	if err := t.addOverrides(ctx); err != nil {
		return err
	}
	if err := t.editInitramfs(); err != nil {
		return err
	}
	if c.Edit != nil {
		return c.Edit(o)
	}
	return nil
}

func (t *transaction) editInitramfs() error {
	if i := t.change.Initramfs; i != nil {
		if err := t.origin.SetInitramfs(i.Regenerate, i.Args...); err != nil {
			return err
		}
	}
	if e := t.change.InitramfsEtc; e != nil {
		if e.UntrackAll {
			t.origin.UntrackAllInitramfsEtc()
		}
		t.origin.UntrackInitramfsEtc(e.Untrack...)
		if _, err := t.origin.TrackInitramfsEtc(e.Track...); err != nil {
			return err
		}
	}
	if t.origin.RegenerateInitramfs && len(t.origin.InitramfsEtc) > 0 {
		return errors.New("initramfs regeneration and /etc overlay not compatible; use dracut arg -I instead")
	}
	return nil
}

// findBase settles which commit is the base: the present one, or what the origin leads to after a pull.
func (t *transaction) findBase(ctx context.Context) (pinned bool, err error) {
	c, o := t.change, t.origin
	if !c.Upgrade && c.Refspec == "" && c.Revision == "" {
		return false, nil
	}
	if c.Upgrade {
		if err := o.CheckConfigured(); err != nil {
			return false, err
		}
		o.OverrideCommit = ""
		if o.Kind() == origin.KindChecksum && c.Refspec == "" && !t.layeringChanged() {
			return true, nil
		}
	}
	if c.Revision != "" {
		if o.Kind() == origin.KindContainer {
			err = followImage(o, c.Revision)
		} else {
			o.OverrideCommit, err = t.sys.lookupRevision(ctx, o, c.Revision, c)
		}
		if err != nil {
			return false, err
		}
	}
	if !c.NoPullBase && !c.CacheOnly {
		if err := t.sys.pullBase(ctx, o); err != nil {
			return false, err
		}
	}
	b, err := t.sys.resolveBase(o)
	if err != nil {
		return false, err
	}
	if !c.AllowDowngrade {
		if err := checkAge(t.sys.Repo(), t.base, b.commit); err != nil {
			return false, err
		}
	}
	t.base = b.commit
	return false, nil
}

// layeringChanged tells whether the origin differs in more than its base.
func (t *transaction) layeringChanged() bool {
	c := t.change
	return c.layering() || len(c.Uninstall)+len(c.OverrideReset) > 0 || c.UninstallAll || c.OverrideResetAll || c.ResetInitramfs || c.Edit != nil
}

// abandon removes what a transaction that failed left in the repository.
func (t *transaction) abandon(ctx context.Context) error {
	if err := t.sys.dropTmpRef(ctx); err != nil {
		return fmt.Errorf("cleaning up: %w", err)
	}
	return nil
}
