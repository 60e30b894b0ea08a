package systemd

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/nestos-dev/nestos/internal/confine"
)

// embedded has the files at their paths below "files".
//
//go:embed files
var embedded embed.FS

// DefaultUser is the user whose keys are updated where nobody names another.
const DefaultUser = "core"

// Options are what distributions choose when they build their package. The zero value and nil are fine.
type Options struct {
	// User is the instance of afterburn-sshkeys@.service that is enabled if none is named; empty is [DefaultUser].
	// It consists of ASCII letters, digits, ".", "_" and "-", and does not begin with "-".
	User string
	// NetworkKargs are the kernel arguments for the network in the initramfs where the cloud has none of its own,
	// such as "ip=auto". Empty leaves them to a drop-in, without which afterburn-network-kargs.service fails.
	// Quotes, backslashes and control characters are not allowed.
	NetworkKargs string
}

// File is one file of an installation.
type File struct {
	// Path is where it belongs, relative to the root: usr/lib/systemd/system/afterburn.service.
	Path string
	// Mode is 0644, or 0755 for scripts.
	Mode fs.FileMode
	// Data is the content.
	Data []byte
}

// Files returns all files in the order of their paths. The error tells which of the options cannot be used.
func Files(o *Options) ([]File, error) {
	edits, err := o.edits()
	if err != nil {
		return nil, err
	}
	var files []File
	err = fs.WalkDir(embedded, "files", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := embedded.ReadFile(name)
		f := File{Path: strings.TrimPrefix(name, "files/"), Mode: 0o644, Data: data}
		if path.Ext(name) == ".sh" {
			f.Mode = 0o755
		}
		for _, e := range edits {
			if e.file == path.Base(name) {
				f.Data = bytes.Replace(f.Data, []byte(e.line), []byte(e.with), 1)
			}
		}
		files = append(files, f)
		return err
	})
	if err != nil {
		panic(err) // the program was built without them
	}
	return files, nil
}

// edit replaces a line of a file.
type edit struct{ file, line, with string }

func (o *Options) edits() ([]edit, error) {
	var edits []edit
	if o == nil {
		return nil, nil
	}
	if o.User != "" {
		if !validUser(o.User) {
			return nil, fmt.Errorf("user name %q cannot be the instance of a unit", o.User)
		}
		edits = append(edits, edit{"afterburn-sshkeys@.service", "\nDefaultInstance=" + DefaultUser + "\n", "\nDefaultInstance=" + o.User + "\n"})
	}
	if o.NetworkKargs != "" {
		if !validKargs(o.NetworkKargs) {
			return nil, fmt.Errorf("kernel arguments %q cannot be quoted", o.NetworkKargs)
		}
		const line = "\nEnvironment=AFTERBURN_OPT_PROVIDER=--cmdline\n"
		// The inner quotes keep it one word where the unit has the variable without braces.
		value := strings.ReplaceAll(o.NetworkKargs, "%", "%%")
		edits = append(edits, edit{"afterburn-network-kargs.service", line, line + `Environment="AFTERBURN_NETWORK_KARGS_DEFAULT='` + value + "'\"\n"})
	}
	return edits, nil
}

func validUser(name string) bool {
	return name[0] != '-' && strings.IndexFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '_' && r != '-'
	}) < 0
}

func validKargs(kargs string) bool {
	return strings.IndexFunc(kargs, func(r rune) bool {
		return r < ' ' || r > '~' || r == '\'' || r == '"' || r == '\\'
	}) < 0
}

// Write writes all files below the directory dir, which is the root of an installation. Links that lie there do not
// lead out of dir. Files that are there are replaced.
func Write(dir string, o *Options) error {
	files, err := Files(o)
	if err != nil {
		return err
	}
	root, err := confine.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, f := range files {
		if err := root.MkdirAll(path.Dir(f.Path), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("creating the directory of %s: %w", f.Path, err)
		}
		if err := root.WriteFile(f.Path, f.Data, f.Mode); err != nil {
			return fmt.Errorf("writing %s: %w", f.Path, err)
		}
	}
	return nil
}
