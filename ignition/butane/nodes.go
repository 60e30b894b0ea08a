package butane

import (
	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

const errNodeExists = "matching filesystem node has existing contents or different type"

// nodeKind is a list of storage.
type nodeKind string

const (
	files       nodeKind = "files"
	directories nodeKind = "directories"
	links       nodeKind = "links"
)

// nodes finds files, directories and links by path while trees and quadlets add to them.
type nodes struct {
	storage *types.Storage
	indices map[nodeKind]map[string]int
}

func newNodes(s *types.Storage) *nodes {
	n := &nodes{storage: s, indices: map[nodeKind]map[string]int{files: {}, directories: {}, links: {}}}
	for i := range s.Files {
		n.indices[files][s.Files[i].Path] = i
	}
	for i := range s.Directories {
		n.indices[directories][s.Directories[i].Path] = i
	}
	for i := range s.Links {
		n.indices[links][s.Links[i].Path] = i
	}
	return n
}

func (n *nodes) exists(path string) bool {
	for _, m := range n.indices {
		if _, found := m[path]; found {
			return true
		}
	}
	return false
}

func (n *nodes) find(kind nodeKind, path string) (int, bool) {
	i, found := n.indices[kind][path]
	return i, found
}

// add registers the entry at the end of its list and records its origin; the first
// of a list made the list, too.
func (t *translation) addNode(n *nodes, kind nodeKind, path string, index int, from report.Path, value any) {
	n.indices[kind][path] = index
	list := report.Path{"storage", string(kind)}
	t.origins.setTree(list.Append(index), from, value)
	if index == 0 {
		t.origins.set(list, from)
	}
}

func (t *translation) addFile(n *nodes, f types.File, from report.Path) int {
	i := len(n.storage.Files)
	n.storage.Files = append(n.storage.Files, f)
	t.addNode(n, files, f.Path, i, from, f)
	return i
}

func (t *translation) addDirectory(n *nodes, d types.Directory, from report.Path) int {
	i := len(n.storage.Directories)
	n.storage.Directories = append(n.storage.Directories, d)
	t.addNode(n, directories, d.Path, i, from, d)
	return i
}

func (t *translation) addLink(n *nodes, l types.Link, from report.Path) int {
	i := len(n.storage.Links)
	n.storage.Links = append(n.storage.Links, l)
	t.addNode(n, links, l.Path, i, from, l)
	return i
}

// fill gives the file at an index its contents, and a mode unless it has one. The
// contents come from one place of the source, the rest from another.
func (t *translation) fill(n *nodes, index int, contents []byte, mode int, contentsFrom, from report.Path) {
	f := &n.storage.Files[index]
	at := report.Path{"storage", "files", index}
	t.embed(&f.Contents, contents)
	in := at.Append("contents")
	t.origins.set(in.Append("source"), contentsFrom)
	if f.Contents.Compression != nil {
		t.origins.set(in.Append("compression"), from)
	}
	t.origins.set(in, contentsFrom)
	if f.Mode == nil {
		f.Mode = ptr(mode)
		t.origins.set(at.Append("mode"), from)
	}
}
