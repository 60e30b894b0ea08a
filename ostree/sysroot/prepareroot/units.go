package prepareroot

import (
	"embed"
	"errors"
	"io/fs"
	"os"
	"path"

	"github.com/nestos-dev/nestos/internal/confine"
)

//go:embed units
var embedded embed.FS

// File is one of the files that belong to the programs of this package.
type File struct {
	// Path is where it lies below a root.
	Path string
	// Mode are its permissions.
	Mode fs.FileMode
	// Data is its content.
	Data []byte
}

// UnitOptions say where [Units] and [WriteUnits] put files. The zero value, and
// nil, mean the usual places.
type UnitOptions struct {
	// UnitDir is the directory of systemd's units; empty means DefaultUnitDir.
	UnitDir string
	// NoDracut leaves out the dracut module.
	NoDracut bool
}

// Units returns the systemd units, the tmpfiles.d snippet and the dracut module that
// boot deployments, sorted by path. They expect the programs at
// /usr/lib/ostree/ostree-prepare-root, /usr/lib/ostree/ostree-remount and
// /usr/bin/ostree; the generator, which needs no unit, belongs to
// /usr/lib/systemd/system-generators.
func Units(opts *UnitOptions) []File {
	if opts == nil {
		opts = &UnitOptions{}
	}
	dir := opts.UnitDir
	if dir == "" {
		dir = DefaultUnitDir
	}
	file := func(to, name string, mode fs.FileMode) File {
		data, err := embedded.ReadFile("units/" + name)
		if err != nil {
			panic(err) // the program was built without it
		}
		return File{Path: path.Join(to, name)[1:], Mode: mode, Data: data}
	}
	var list []File
	if !opts.NoDracut {
		list = append(list, file("/usr/lib/dracut/modules.d/50ostree", "module-setup.sh", 0o755))
	}
	for _, unit := range []string{
		"ostree-boot-complete.service", "ostree-finalize-staged-hold.service", "ostree-finalize-staged.service",
		"ostree-prepare-root.service", "ostree-remount.service", "ostree-state-overlay@.service",
	} {
		list = append(list, file(path.Join("/", dir), unit, 0o644))
	}
	return append(list, file("/usr/lib/tmpfiles.d", "ostree-tmpfiles.conf", 0o644))
}

// WriteUnits writes the files of [Units] into a tree, for those who build images.
// Links in the tree do not lead out of it; files that are there are replaced.
func WriteUnits(root *os.File, opts *UnitOptions) error {
	r, err := confine.FromFile(root)
	if err != nil {
		return err
	}
	defer r.Close()
	for _, f := range Units(opts) {
		if err := r.MkdirAll(path.Dir(f.Path), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := r.WriteFile(f.Path, f.Data, f.Mode); err != nil {
			return err
		}
	}
	return nil
}
