package live

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"text/template"

	"github.com/nestos-dev/nestos/installer/config"
	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/internal/bootfile"
)

//go:embed files
var embedded embed.FS

// The places of the files, below the root of a live system.
const (
	unitsDir     = "usr/lib/systemd/system"
	generatorDir = "usr/lib/systemd/system-generators"
	libexecDir   = "usr/libexec"
	shareDir     = "usr/share"
)

// File is one of the files of a live system that installs by itself.
type File struct {
	// Path is where it lies below the root, without a leading slash.
	Path string
	// Mode are its permissions.
	Mode fs.FileMode
	// Data is its content.
	Data []byte
}

// Options adjust the files. The zero value, and nil, are right for a usual image.
type Options struct {
	// Program is the path of the installer in the live system; empty means
	// /usr/bin/nestos-installer, with the name that the flavour has. It must not hold
	// blanks or quotes.
	Program string
}

// units are templates and what their names have behind that of the program.
var units = []struct{ template, suffix string }{
	{"pre.target", "-pre.target"},
	{"disable-device-auto-activation.service", "-disable-device-auto-activation.service"},
	{"installer.service", ".service"},
	{"installer.target", ".target"},
	{"post.target", "-post.target"},
	{"reboot.service", "-reboot.service"},
	{"secure-ipl-reboot.service", "-secure-ipl-reboot.service"},
	{"noreboot.service", "-noreboot.service"},
}

// stubs are programs that call the installer: their directories, the ends of their names
// and the command. Units call the installer itself; two of them are there for the units of
// others that know the programs of the reference implementation.
var stubs = []struct{ dir, suffix, command string }{
	{generatorDir, "-generator", "generator"},
	{libexecDir, "-service", "service"},
	{libexecDir, "-disable-device-auto-activation", "disable-device-auto-activation"},
}

// names are what templates need to know of a flavour.
type names struct {
	Program     string // of units
	Path        string // of the program
	Command     string // of a stub
	Product     string
	ConfigDir   string
	Inst        string // begins kernel arguments: "nestos.inst"
	RebootStamp string
	SecureIPL   []string // kernel arguments, any of them counts
}

// Files returns the files of a live system, sorted by path: units, generator, an example of
// a config file. The installer itself is not among them.
func Files(f *flavour.Flavour, opts *Options) []File {
	n := names{
		Program: f.Program, Path: "/usr/bin/" + f.Program, Product: f.Product, ConfigDir: f.ConfigDir,
		Inst: f.Name + ".inst", RebootStamp: "/" + rebootStamp(f), SecureIPL: secureIPLKargs(f),
	}
	if opts != nil && opts.Program != "" {
		n.Path = opts.Program
	}
	list := []File{{Path: path.Join(shareDir, f.Program, "example-config.yaml"), Mode: 0o644, Data: config.ExampleConfig()}}
	for _, unit := range units {
		list = append(list, File{Path: path.Join(unitsDir, f.Unit(unit.suffix)), Mode: 0o644, Data: n.render(unit.template)})
	}
	for _, stub := range stubs {
		n.Command = stub.command
		list = append(list, File{Path: path.Join(stub.dir, f.Program+stub.suffix), Mode: 0o755, Data: n.render("stub.sh")})
	}
	slices.SortFunc(list, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return list
}

// render fills a template. All of them are part of the program, and are tested.
func (n names) render(name string) []byte {
	var out bytes.Buffer
	t := template.Must(template.ParseFS(embedded, "files/"+name))
	if err := t.Execute(&out, n); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// WriteFiles writes the files below a root, for those who build images. Links in the tree
// do not lead out of it. What is there is replaced.
func WriteFiles(root *os.Root, f *flavour.Flavour, opts *Options) error {
	tree, err := bootfile.Root(root)
	if err != nil {
		return err
	}
	defer tree.Close()
	for _, file := range Files(f, opts) {
		if err := tree.MkdirAll(path.Dir(file.Path), 0o755); err != nil {
			return fmt.Errorf("making the directory of %s: %w", file.Path, err)
		}
		if err := tree.WriteFile(file.Path, file.Data, file.Mode); err != nil {
			return fmt.Errorf("writing %s: %w", file.Path, err)
		}
	}
	return nil
}

// rebootStamp is the file that the generator makes if the system is to reboot.
func rebootStamp(f *flavour.Flavour) string { return "run/" + f.Program + "-reboot" }
