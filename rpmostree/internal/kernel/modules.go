package kernel

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
)

// Indexed tells whether depmod has nothing to do: there are neither modules nor a list of those that are built in, or
// modules.dep, in both of its forms, is there and has exactly the modules that lie beside it.
func (k *Kernel) Indexed(t *rootfs.Tree) (bool, error) {
	modules, builtin, err := k.modules(t)
	if err != nil {
		return false, err
	}
	if len(modules) == 0 && !builtin {
		return true, nil
	}
	if ok, err := t.Exists(path.Join(k.Dir(), "modules.dep.bin")); err != nil || !ok {
		return false, err
	}
	text, err := t.ReadFile(path.Join(k.Dir(), "modules.dep"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var listed []string
	for line := range strings.Lines(string(text)) {
		name, _, _ := strings.Cut(line, ":")
		listed = append(listed, strings.TrimSpace(name))
	}
	slices.Sort(listed)
	return slices.Equal(modules, listed), nil
}

// modules lists the modules by their names in modules.dep, sorted, and tells whether others are built in.
func (k *Kernel) modules(t *rootfs.Tree) (list []string, builtin bool, err error) {
	dir, err := t.Resolve(k.Dir())
	if err != nil {
		return nil, false, err
	}
	err = t.Walk(dir, func(name string, i *rootfs.Info) error {
		switch name = strings.TrimPrefix(name, dir+"/"); {
		case i.IsDir():
		case isModule(name):
			list = append(list, name)
		case name == "modules.builtin":
			builtin = i.Size > 0
		}
		return nil
	})
	if err != nil {
		return nil, false, fmt.Errorf("looking for modules: %w", err)
	}
	slices.Sort(list)
	return list, builtin, nil
}

// isModule knows a module, which may be compressed, by its name.
func isModule(name string) bool {
	for _, suffix := range []string{".gz", ".xz", ".zst"} {
		name = strings.TrimSuffix(name, suffix)
	}
	return strings.HasSuffix(name, ".ko")
}
