package dracut

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/confine"
)

//go:embed files
var embedded embed.FS

// The usual places of the files.
const (
	// DefaultModuleDir is the dracut module, with the program.
	DefaultModuleDir = "/usr/lib/dracut/modules.d/30ignition"
	// DefaultUnitDir has the units of the real root.
	DefaultUnitDir = "/usr/lib/systemd/system"
	// DefaultLibexecDir has the programs that only units and image builders call.
	DefaultLibexecDir = "/usr/libexec"
	// DefaultGRUBDir is where the snippets lie from which bootupd makes grub.cfg.
	DefaultGRUBDir = "/usr/lib/bootupd/grub2-static/configs.d"
)

// A File is one of the files of this package: a regular one or, if Target is
// set, a symbolic link.
type File struct {
	// Path is where it lies below a root, without a leading slash.
	Path string
	// Mode are the permissions of a regular file.
	Mode fs.FileMode
	// Data is its content.
	Data []byte
	// Target is the target of a link.
	Target string
}

// Options say where [Files] puts files and which. The zero value, and nil, mean
// all of them at the usual places.
type Options struct {
	// ModuleDir is the directory of the dracut module; empty means
	// DefaultModuleDir. Its parent must be dracut's modules.d.
	ModuleDir string
	// UnitDir is the directory of the real root's units; empty means DefaultUnitDir.
	UnitDir string
	// LibexecDir is the directory that the units call their programs in; empty
	// means DefaultLibexecDir. The texts of the units follow it.
	LibexecDir string
	// GRUBDir is the directory for the GRUB snippet; empty means DefaultGRUBDir.
	GRUBDir string
	// KargsHelper is the program that changes kernel arguments, for the initramfs.
	// Nil means one that refuses to. See [KargsHelperName] for how it is called.
	KargsHelper []byte
	// NoDracut leaves out the dracut module.
	NoDracut bool
	// NoSystem leaves out what belongs to the real root: its units, the links that
	// enable them, and the names of the programs they call.
	NoSystem bool
	// NoGRUB leaves out the GRUB snippet.
	NoGRUB bool
}

// KargsHelperName is the name of the program that the kargs stage calls, with
// any number of the options "--should-exist ARG" and "--should-not-exist ARG".
// It must append each missing argument and remove each present one; if it
// changed something it must reboot and not return.
const KargsHelperName = "ignition-kargs-helper"

// module are the files of the dracut module.
var module = []string{
	"99-xx-ignition-systemd-cryptsetup.rules",
	"ignition-cex.key",
	"ignition-complete.target",
	"ignition-disks.service",
	"ignition-diskful-subsequent.target",
	"ignition-diskful.target",
	"ignition-fetch-offline.service",
	"ignition-fetch.service",
	"ignition-files.service",
	"ignition-kargs-helper.sh",
	"ignition-kargs.service",
	"ignition-luks.conf",
	"ignition-mount.service",
	"ignition-remount-sysroot.service",
	"ignition-subsequent.target",
	"module-setup.sh",
}

// Files returns the files, sorted by path. They expect Ignition's program, which
// is not among them, as "ignition" in the directory of the dracut module; its
// other names are links to it.
func Files(opts *Options) []File {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	o.ModuleDir = clean(o.ModuleDir, DefaultModuleDir)
	o.UnitDir = clean(o.UnitDir, DefaultUnitDir)
	o.LibexecDir = clean(o.LibexecDir, DefaultLibexecDir)
	o.GRUBDir = clean(o.GRUBDir, DefaultGRUBDir)

	var list []File
	if !o.NoDracut {
		list = append(list, o.moduleFiles()...)
	}
	if !o.NoSystem {
		list = append(list, o.systemFiles()...)
	}
	if !o.NoGRUB {
		list = append(list, embeddedFile("grub/05_ignition.cfg", o.GRUBDir))
	}
	slices.SortFunc(list, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return list
}

func (o *Options) moduleFiles() []File {
	var list []File
	for _, name := range module {
		f := embeddedFile("module/"+name, o.ModuleDir)
		if name == "ignition-kargs-helper.sh" && o.KargsHelper != nil {
			f.Data = slices.Clone(o.KargsHelper)
		}
		list = append(list, f)
	}
	return append(list, File{Path: path.Join(o.ModuleDir, GeneratorName), Target: "ignition"})
}

// systemFiles are the units of the real root. They are enabled by links below
// /usr, which an administrator can only mask: what removes secrets and the stamp
// file must not depend on whether an image was built with presets.
func (o *Options) systemFiles() []File {
	var list []File
	for unit, target := range map[string]string{
		"ignition-delete-config.service":      "sysinit.target",
		"ignition-firstboot-complete.service": "multi-user.target",
	} {
		f := embeddedFile("system/"+unit, o.UnitDir)
		f.Data = []byte(strings.ReplaceAll(string(f.Data), DefaultLibexecDir+"/", "/"+o.LibexecDir+"/"))
		list = append(list, f, File{Path: path.Join(o.UnitDir, target+".wants", unit), Target: "../" + unit})
	}
	for _, name := range []string{"ignition-apply", "ignition-rmcfg", FirstBootCompleteName} {
		list = append(list, File{Path: path.Join(o.LibexecDir, name), Target: "/" + path.Join(o.ModuleDir, "ignition")})
	}
	return list
}

// clean returns a directory without slashes around it.
func clean(dir, otherwise string) string {
	if dir == "" {
		dir = otherwise
	}
	return path.Clean("/" + dir)[1:]
}

func embeddedFile(name, dir string) File {
	data, err := embedded.ReadFile("files/" + name)
	if err != nil {
		panic(err) // the program was built without it
	}
	mode := fs.FileMode(0o644)
	if path.Ext(name) == ".sh" {
		mode = 0o755
	}
	return File{Path: path.Join(dir, path.Base(name)), Mode: mode, Data: data}
}

// WriteFiles writes the files of [Files] below the directory dir, for those who
// build images. Links that lie there do not lead out of dir. Files and links
// that are there are replaced; a directory in the place of one is an error.
func WriteFiles(dir string, opts *Options) error {
	root, err := confine.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, f := range Files(opts) {
		if err := write(root, &f); err != nil {
			return fmt.Errorf("writing %s: %w", f.Path, err)
		}
	}
	return nil
}

func write(root *confine.Root, f *File) error {
	if err := root.MkdirAll(path.Dir(f.Path), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if f.Target == "" {
		return root.WriteFile(f.Path, f.Data, f.Mode)
	}
	if old, err := root.Readlink(f.Path); err == nil && old == f.Target {
		return nil
	}
	if info, err := root.Lstat(f.Path); err == nil && info.IsDir() {
		return &os.PathError{Op: "symlink", Path: f.Path, Err: fs.ErrExist}
	} else if err == nil {
		if err := root.Remove(f.Path); err != nil {
			return err
		}
	}
	return root.Symlink(f.Target, f.Path)
}
