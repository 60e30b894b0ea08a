package butane

import (
	"io/fs"
	"path"

	"github.com/nestos-dev/nestos/ignition/butane/internal/schema"
	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// trees adds the files of local directories. It goes on after errors.
func (t *translation) trees() {
	if len(t.src.Storage.Trees) == 0 {
		return
	}
	n := newNodes(&t.cfg.Storage)
	for i := range t.src.Storage.Trees {
		at := report.Path{"storage", "trees", i}
		if t.files == nil {
			t.fail(at, errNoFilesDir.Error())
			return
		}
		w := treeWalk{translation: t, nodes: n, tree: &t.src.Storage.Trees[i], at: at}
		w.run()
	}
}

// treeWalk adds one tree.
type treeWalk struct {
	*translation
	nodes *nodes
	tree  *schema.Tree
	at    report.Path
}

func (w *treeWalk) run() {
	root, err := w.files.resolve(w.tree.Local)
	if err != nil {
		w.fail(w.at, err.Error())
		return
	}
	info, err := w.files.stat(root)
	if err != nil {
		w.fail(w.at, err.Error())
		return
	}
	if !info.IsDir() {
		w.fail(w.at, "root of tree must be a directory")
		return
	}
	base := "/"
	if !isEmpty(w.tree.Path) {
		base = *w.tree.Path
	}
	w.files.walk(root, func(full, rel string, info fs.FileInfo, err error) {
		if err != nil {
			w.fail(w.at, err.Error())
			return
		}
		w.visit(full, path.Join(base, rel), info.Mode())
	})
}

func (w *treeWalk) visit(full, dest string, mode fs.FileMode) {
	switch {
	case mode.IsDir():
		w.directory(dest)
	case mode.IsRegular():
		w.file(full, dest, mode)
	case mode.Type() == fs.ModeSymlink:
		w.link(full, dest)
	default:
		w.fail(w.at, "trees may only contain files, directories, and symlinks")
	}
}

func (w *treeWalk) node(dest string) types.Node {
	return node(dest, w.tree.User, w.tree.Group, nil)
}

// directory adds a directory if there is something to say of it.
func (w *treeWalk) directory(dest string) {
	if w.tree.DirMode == nil && w.tree.User == (schema.NodeUser{}) && w.tree.Group == (schema.NodeGroup{}) {
		return
	}
	if w.nodes.exists(dest) {
		w.fail(w.at, errNodeExists)
		return
	}
	mode := w.tree.DirMode
	if mode == nil {
		mode = ptr(0o755)
	}
	w.addDirectory(w.nodes, types.Directory{Node: w.node(dest), DirectoryEmbedded1: types.DirectoryEmbedded1{Mode: mode}}, w.at)
}

func (w *treeWalk) file(full, dest string, perm fs.FileMode) {
	i, found := w.nodes.find(files, dest)
	if found && !isEmpty(w.nodes.storage.Files[i].Contents.Source) || !found && w.nodes.exists(dest) {
		w.fail(w.at, errNodeExists)
		return
	}
	if !found {
		i = w.addFile(w.nodes, types.File{Node: w.node(dest)}, w.at)
	}
	contents, err := w.readFull(full)
	if err != nil {
		w.fail(w.at, err.Error())
		return
	}
	mode := 0o644
	if perm&0o111 != 0 {
		mode = 0o755
	}
	if w.tree.FileMode != nil {
		mode = *w.tree.FileMode
	}
	w.fill(w.nodes, i, contents, mode, w.at, w.at)
}

func (w *treeWalk) link(full, dest string) {
	i, found := w.nodes.find(links, dest)
	if found && !isEmpty(w.nodes.storage.Links[i].Target) || !found && w.nodes.exists(dest) {
		w.fail(w.at, errNodeExists)
		return
	}
	if !found {
		i = w.addLink(w.nodes, types.Link{Node: w.node(dest)}, w.at)
	}
	target, err := w.files.readLink(full)
	if err != nil {
		w.fail(w.at, err.Error())
		return
	}
	w.nodes.storage.Links[i].Target = &target
	w.origins.set(report.Path{"storage", "links", i, "target"}, w.at)
}
