package treefile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
)

// ClientDir is where declarative client treefiles are, relative to the root of a system.
const ClientDir = "etc/rpm-ostree/origin.d"

// LoadClientDir reads the treefiles NAME.yaml in a directory and merges them; later ones, by name, win
// over earlier ones. files are the names of those that were read, for removal afterwards. A directory
// that does not exist is an empty one.
func LoadClientDir(fsys fs.FS, dir string, opts *Options) (t *Treefile, files []string, err error) {
	dir = resolve(".", dir)
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	t = New(&Config{})
	for _, e := range entries { // sorted by name
		if path.Ext(e.Name()) != ".yaml" {
			continue
		}
		name := path.Join(dir, e.Name())
		next, err := LoadClient(fsys, name, opts)
		if err != nil {
			return nil, nil, err
		}
		if len(next.finalize) > 0 {
			return nil, nil, fmt.Errorf("%s: finalize.d is not supported in client treefiles", name)
		}
		Merge(&next.Config, &t.Config)
		t = New(&next.Config)
		files = append(files, name)
	}
	return t, slices.Clip(files), nil
}
