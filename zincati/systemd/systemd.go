package systemd

import (
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

// File is one file of an installation.
type File struct {
	// Path is where it belongs, relative to the root: usr/lib/systemd/system/zincati.service.
	Path string
	// Mode is 0644, or 0755 for programs.
	Mode fs.FileMode
	// Data is the content.
	Data []byte
}

// Files returns all files in the order of their paths.
func Files() []File {
	var files []File
	err := fs.WalkDir(embedded, "files", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := embedded.ReadFile(name)
		f := File{Path: strings.TrimPrefix(name, "files/"), Mode: 0o644, Data: data}
		if strings.HasPrefix(f.Path, "usr/bin/") {
			f.Mode = 0o755
		}
		files = append(files, f)
		return err
	})
	if err != nil {
		panic(err) // the program was built without them
	}
	return files
}

// Write writes all files below the directory dir, which is the root of an installation. Links that lie there do not
// lead out of dir. Files that are there are replaced.
func Write(dir string) error {
	root, err := confine.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, f := range Files() {
		if err := root.MkdirAll(path.Dir(f.Path), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("creating the directory of %s: %w", f.Path, err)
		}
		if err := root.WriteFile(f.Path, f.Data, f.Mode); err != nil {
			return fmt.Errorf("writing %s: %w", f.Path, err)
		}
	}
	return nil
}
