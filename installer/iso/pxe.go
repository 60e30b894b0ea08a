package iso

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// PXEFiles returns the files for booting over the network: kernel, initramfs and root file
// system.
func (i *Image) PXEFiles() ([]Entry, error) {
	dir, err := i.fsys.Lookup(pxeDir)
	if err != nil {
		return nil, i.unrecognized(err)
	}
	var files []Entry
	for entry, err := range i.fsys.List(dir) {
		if err != nil {
			return nil, err
		}
		if !entry.Dir {
			files = append(files, entry)
		}
	}
	return files, nil
}

// ExtractPXE writes the files for booting over the network to a directory, which is made if
// it does not exist. Their names are that of the image without its extension, a dash, and
// the name in the image in lower case. Existing files are not replaced: that is
// fs.ErrExist. note, which may be nil, is called with the path of each file before it is
// written. Files before one that fails stay.
func (i *Image) ExtractPXE(ctx context.Context, dir string, note func(path string)) error {
	files, err := i.PXEFiles()
	if err != nil {
		return err
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return at(syscall.EEXIST, "creating %s", dir)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return at(err, "creating %s", dir)
	}
	for _, file := range files {
		path := join(dir, stem(i.path)+"-"+strings.ToLower(file.Name))
		if note != nil {
			note(path)
		}
		if err := i.extract(ctx, file, path); err != nil {
			return err
		}
	}
	return nil
}

// extract writes a file of the image to a new file.
func (i *Image) extract(ctx context.Context, entry Entry, path string) error {
	content, err := i.fsys.Open(entry)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return at(err, "opening %s", path)
	}
	err = i.copyRange(ctx, file, entry.Offset(), content.Size())
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		os.Remove(path) // what there is of it is of no use
		return at(err, "copying %s", path)
	}
	return nil
}

// stem returns the name of a file without its extension.
func stem(path string) string {
	if path == "" {
		return "image"
	}
	name := filepath.Base(path)
	if n := strings.LastIndexByte(name, '.'); n > 0 {
		return name[:n]
	}
	return name
}

// join adds a name to a directory without cleaning its path, as users want to see the path
// that they gave.
func join(dir, name string) string {
	if dir == "" || strings.HasSuffix(dir, "/") {
		return dir + name
	}
	return dir + "/" + name
}
