package butane

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Errors of local files.
var (
	errNoFilesDir = errors.New("local file paths are relative to a files directory that must be specified with -d/--files-dir")
	errEscape     = errors.New("local file path traverses outside the files directory")
	errTooLarge   = errors.New("local file is too large")
)

const defaultMaxLocalFile = 256 << 20

// localFiles is where local files and trees are read from. Paths that the methods
// take and give are full ones: resolve makes them.
type localFiles interface {
	resolve(name string) (string, error)
	open(full string) (fs.File, error)
	stat(full string) (fs.FileInfo, error)
	readLink(full string) (string, error)
	// walk visits root and all below it in lexical order, without following links.
	walk(root string, visit func(full, rel string, info fs.FileInfo, err error))
	Close() error
}

// files returns the local files of o, or nil if there are none.
func (o *Options) files() (localFiles, error) {
	switch {
	case o.Files != nil:
		return &fsFiles{fsys: o.Files}, nil
	case o.FilesDir == "":
		return nil, nil
	case o.ConfineLinks:
		root, err := os.OpenRoot(o.FilesDir)
		if err != nil {
			return nil, err
		}
		return &fsFiles{fsys: root.FS(), close: root.Close}, nil
	}
	abs, err := filepath.Abs(o.FilesDir)
	return &dirFiles{dir: o.FilesDir, abs: abs}, err
}

// dirFiles are the files below a directory, whose links lead anywhere.
type dirFiles struct{ dir, abs string }

func (d *dirFiles) resolve(name string) (string, error) {
	full := filepath.Join(d.dir, filepath.FromSlash(name))
	abs, err := filepath.Abs(full)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(d.abs, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return "", errEscape
	}
	return full, nil
}

func (d *dirFiles) open(full string) (fs.File, error)     { return os.Open(full) }
func (d *dirFiles) stat(full string) (fs.FileInfo, error) { return os.Stat(full) }
func (d *dirFiles) Close() error                          { return nil }

func (d *dirFiles) readLink(full string) (string, error) {
	target, err := os.Readlink(full)
	return filepath.ToSlash(target), err
}

func (d *dirFiles) walk(root string, visit func(full, rel string, info fs.FileInfo, err error)) {
	// The error is that of visit, which has none.
	_ = filepath.Walk(root, func(full string, info fs.FileInfo, err error) error {
		rel, relErr := filepath.Rel(root, full)
		if err == nil {
			err = relErr
		}
		visit(full, filepath.ToSlash(rel), info, err)
		return nil
	})
}

// fsFiles are the files of a file system, which says itself where links may lead.
type fsFiles struct {
	fsys  fs.FS
	close func() error
}

func (f *fsFiles) resolve(name string) (string, error) {
	full := path.Join(".", strings.TrimLeft(path.Clean(name), "/"))
	if !fs.ValidPath(full) {
		return "", errEscape
	}
	return full, nil
}

func (f *fsFiles) open(full string) (fs.File, error)     { return f.fsys.Open(full) }
func (f *fsFiles) stat(full string) (fs.FileInfo, error) { return fs.Stat(f.fsys, full) }
func (f *fsFiles) readLink(full string) (string, error)  { return fs.ReadLink(f.fsys, full) }

func (f *fsFiles) Close() error {
	if f.close == nil {
		return nil
	}
	return f.close()
}

func (f *fsFiles) walk(root string, visit func(full, rel string, info fs.FileInfo, err error)) {
	_ = fs.WalkDir(f.fsys, root, func(full string, d fs.DirEntry, err error) error {
		var info fs.FileInfo
		if err == nil {
			info, err = d.Info()
		}
		rel := strings.TrimPrefix(strings.TrimPrefix(full, root), "/")
		if root == "." {
			rel = full
		}
		visit(full, rel, info, err)
		return nil
	})
}

// readLocal reads a local file that a config names.
func (t *translation) readLocal(name string) ([]byte, error) {
	if t.files == nil {
		return nil, errNoFilesDir
	}
	full, err := t.files.resolve(name)
	if err != nil {
		return nil, err
	}
	return t.readFull(full)
}

// readFull reads a file by its resolved path, up to the limit of the options.
func (t *translation) readFull(full string) ([]byte, error) {
	f, err := t.files.open(full)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	limit := t.opt.MaxLocalFile
	if limit <= 0 {
		limit = defaultMaxLocalFile
	}
	var size int64
	if info, err := f.Stat(); err == nil {
		size = min(info.Size(), limit)
	}
	b := make([]byte, 0, size+512)
	for {
		n, err := f.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case int64(len(b)) > limit:
			return nil, fmt.Errorf("%w: %s has more than %d bytes", errTooLarge, full, limit)
		case err == io.EOF:
			return b, nil
		case err != nil:
			return nil, err
		case len(b) == cap(b):
			b = append(b, 0)[:len(b)]
		}
	}
}
