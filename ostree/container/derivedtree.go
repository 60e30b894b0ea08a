package container

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// linkTarget finds the object that a hard link leads to.
func (d *derivedReader) linkTarget(root *ostree.Tree, e *derivedEntry) (object.Checksum, error) {
	if rest, ok := strings.CutPrefix(e.link, objectsPath+"/"); ok {
		if o := d.objects[e.link]; o != nil {
			return d.labelObject(o.sum, e.path)
		}
		dir, file, _ := strings.Cut(rest, "/")
		n, ok := object.ParseLoosePath(dir, file)
		if ok && n.Type == object.TypeFile {
			if found, err := d.repo.HasObject(n); found || err != nil {
				return n.Checksum, err
			}
		}
	} else if dir, name, err := lookupParent(root, e.link); err != nil {
		return object.Checksum{}, err
	} else if dir != nil {
		if sum, ok, err := dir.File(name); ok || err != nil {
			return sum, err
		}
	}
	return object.Checksum{}, fmt.Errorf("hard link %s to %s, which is not in the layer", limitText(e.path), limitText(e.link))
}

// labelObject gives a changed object the label of a path that leads to it.
func (d *derivedReader) labelObject(sum object.Checksum, p string) (object.Checksum, error) {
	if d.policy == nil || d.repo.Mode() == ostree.ModeBareUserOnly || d.repo.Config().DisableXattrs {
		return sum, nil
	}
	f, err := d.repo.LoadFile(sum)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := f.Header
	if h.Xattrs, err = withLabel(d.policy, h.Xattrs, p, h.Mode); err != nil {
		return sum, err
	}
	return d.pool.txn.WriteFile(d.pool.ctx, nil, &h, f.Size, f)
}

// tree builds the tree of the layer. Directories that the layer does not describe belong to root.
func (d *derivedReader) tree() (*ostree.Tree, error) {
	root := ostree.NewTree()
	meta, err := d.implied("")
	if err != nil {
		return nil, err
	}
	root.SetMeta(meta)
	for _, e := range d.entries {
		if err := d.build(root, e); err != nil {
			return nil, err
		}
	}
	return root, nil
}

func (d *derivedReader) build(root *ostree.Tree, e *derivedEntry) error {
	if e.path == "" {
		root.SetMeta(e.sum)
		return nil
	}
	sum := e.sum
	if e.kind == derivedLink {
		var err error
		if sum, err = d.linkTarget(root, e); err != nil {
			return err
		}
	}
	dir, name, err := d.parent(root, e.path)
	if err != nil {
		return err
	}
	if e.kind == derivedDir {
		sub, err := replaceDir(dir, name)
		if err == nil {
			sub.SetMeta(sum)
		}
		return err
	}
	return replaceFile(dir, name, sum)
}

// parent returns the directory of a path, made where it is missing.
func (d *derivedReader) parent(root *ostree.Tree, p string) (*ostree.Tree, string, error) {
	dir, at := root, 0
	for {
		i := strings.IndexByte(p[at:], '/')
		if i < 0 {
			return dir, p[at:], nil
		}
		sub, err := replaceDir(dir, p[at:at+i])
		if err != nil {
			return nil, "", err
		}
		if sub.Meta().IsZero() {
			meta, err := d.implied(p[:at+i])
			if err != nil {
				return nil, "", err
			}
			sub.SetMeta(meta)
		}
		dir, at = sub, at+i+1
	}
}

// implied is the dirmeta of a directory that only the paths below it name.
func (d *derivedReader) implied(p string) (object.Checksum, error) {
	m := &object.DirMeta{Mode: object.ModeDir | 0o755}
	var err error
	if d.repo.Mode() != ostree.ModeBareUserOnly && !d.repo.Config().DisableXattrs {
		if m.Xattrs, err = withLabel(d.policy, nil, p, m.Mode); err != nil {
			return object.Checksum{}, err
		}
	}
	return d.dirMeta(m)
}

// replaceDir returns a subdirectory; a file of that name gives way.
func replaceDir(dir *ostree.Tree, name string) (*ostree.Tree, error) {
	if _, isFile, err := dir.File(name); err != nil {
		return nil, err
	} else if isFile {
		if _, err := dir.Remove(name); err != nil {
			return nil, err
		}
	}
	return dir.EnsureDir(name)
}

// replaceFile sets a file; a directory of that name gives way.
func replaceFile(dir *ostree.Tree, name string, sum object.Checksum) error {
	if sub, err := dir.Dir(name); err != nil {
		return err
	} else if sub != nil {
		if _, err := dir.Remove(name); err != nil {
			return err
		}
	}
	return dir.SetFile(name, sum)
}

// lookupParent returns the directory that a path lies in, nil if there is none.
func lookupParent(root *ostree.Tree, p string) (*ostree.Tree, string, error) {
	dir, name := "", p
	if i := strings.LastIndexByte(p, '/'); i >= 0 {
		dir, name = p[:i], p[i+1:]
	}
	t, err := root.Lookup(dir)
	return t, name, err
}

// filteredCounts returns what was left out as an a{su}, sorted.
func filteredCounts(m map[string]uint32) object.Variant {
	entries := make([]gvariant.Value, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		entries = append(entries, gvariant.NewDictEntry(gvariant.NewString(k), gvariant.NewUint32(m[k])))
	}
	return gvariant.NewArray("{su}", entries...)
}
