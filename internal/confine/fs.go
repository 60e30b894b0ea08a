//go:build unix

package confine

import "io/fs"

// FS returns the tree as a file system for package io/fs. It implements
// fs.StatFS, fs.ReadDirFS, fs.ReadFileFS and fs.ReadLinkFS, and links are
// resolved inside the root.
func (r *Root) FS() fs.FS { return rootFS{r} }

type rootFS struct{ root *Root }

var (
	_ fs.StatFS     = rootFS{}
	_ fs.ReadDirFS  = rootFS{}
	_ fs.ReadFileFS = rootFS{}
	_ fs.ReadLinkFS = rootFS{}
)

// Open implements fs.FS.
func (f rootFS) Open(name string) (fs.File, error) {
	if err := valid("open", name); err != nil {
		return nil, err
	}
	file, err := f.root.Open(name)
	if err != nil {
		return nil, err // not a nil *os.File in the interface
	}
	info, err := file.Stat()
	if err != nil || !info.IsDir() {
		return file, err
	}
	return &dirFile{File: file, root: f.root, name: name}, nil
}

// Stat implements fs.StatFS.
func (f rootFS) Stat(name string) (fs.FileInfo, error) {
	if err := valid("stat", name); err != nil {
		return nil, err
	}
	return f.root.Stat(name)
}

// Lstat implements fs.ReadLinkFS.
func (f rootFS) Lstat(name string) (fs.FileInfo, error) {
	if err := valid("lstat", name); err != nil {
		return nil, err
	}
	return f.root.Lstat(name)
}

// ReadLink implements fs.ReadLinkFS.
func (f rootFS) ReadLink(name string) (string, error) {
	if err := valid("readlink", name); err != nil {
		return "", err
	}
	return f.root.Readlink(name)
}

// ReadDir implements fs.ReadDirFS.
func (f rootFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := valid("readdir", name); err != nil {
		return nil, err
	}
	return f.root.ReadDir(name)
}

// ReadFile implements fs.ReadFileFS.
func (f rootFS) ReadFile(name string) ([]byte, error) {
	if err := valid("read", name); err != nil {
		return nil, err
	}
	return f.root.ReadFile(name)
}

func valid(op, name string) error {
	if !fs.ValidPath(name) {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	return nil
}

// dirFile is an open directory whose entries know their place in the root.
type dirFile struct {
	fs.File
	root *Root
	name string
}

// ReadDir implements fs.ReadDirFile.
func (d *dirFile) ReadDir(n int) ([]fs.DirEntry, error) {
	list, err := d.File.(fs.ReadDirFile).ReadDir(n)
	for i, e := range list {
		list[i] = dirEntry{e, d.root, d.name + "/" + e.Name()}
	}
	return list, err
}
