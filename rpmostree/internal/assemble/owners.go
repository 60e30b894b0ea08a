package assemble

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/internal/nameservice"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// owner is a file of a package that does not belong to root.
type owner struct {
	name     string // in the tree
	uid, gid uint32
	mode     uint32 // permission bits by the header
	link     bool
}

// owners resolves the users and groups that packages name for their files, now that the scripts which
// create them have run.
func owners(t *rootfs.Tree, names *nameservice.Names, packages []*Package) ([]owner, error) {
	var list []owner
	for _, p := range packages {
		pkg := p.Header.String(rpm.TagName)
		for i := range p.files {
			f := &p.files[i]
			if f.User == "root" && f.Group == "root" || p.skipped[i] {
				continue
			}
			o, ok, err := ownerOf(t, names, pkg, f)
			if err != nil {
				return nil, fmt.Errorf("While applying overrides for pkg %s: %w", pkg, err)
			}
			if ok {
				list = append(list, o)
			}
		}
	}
	return list, nil
}

func ownerOf(t *rootfs.Tree, names *nameservice.Names, pkg string, f *rpm.File) (o owner, ok bool, err error) {
	name, ok, err := place(t, pkg, f)
	if err != nil || !ok {
		return o, false, err
	}
	i, err := t.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return o, false, nil // ghosts, and documentation that was left out
	}
	if err != nil {
		return o, false, err
	}
	if i.Header.Mode&object.ModeTypeMask != f.Mode&rpm.ModeType {
		if f.IsGhost() {
			return o, false, nil
		}
		return o, false, fmt.Errorf("Inconsistent file type between RPM and checkout for file '%s' in package '%s'", f.Path, pkg)
	}
	o = owner{name: name, mode: f.Mode & 0o7777, link: f.IsSymlink()}
	if o.uid, ok = names.UID(f.User); !ok {
		return o, false, fmt.Errorf("Could not find user '%s' in passwd file", f.User)
	}
	if o.gid, ok = names.GID(f.Group); !ok {
		return o, false, fmt.Errorf("Could not find group '%s' in group file", f.Group)
	}
	return o, true, nil
}

// setOwners applies owners to the tree. Capabilities and set-id bits stay, which chown(2) would clear.
func setOwners(ctx context.Context, t *rootfs.Tree, list []owner) error {
	for _, o := range list {
		err := t.Modify(ctx, o.name, func(a *rootfs.Attr) {
			a.UID, a.GID = o.uid, o.gid
			if !o.link && o.mode&0o6000 != 0 {
				a.Mode = o.mode
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}
