package rpmmd

import (
	"context"
	"io"
)

// node is an element of one of the smaller documents.
type node struct {
	name     string // without prefix
	attrs    []nodeAttr
	text     string // character data of a leaf
	children []node
}

type nodeAttr struct{ name, value string }

func (n *node) attr(name string) string {
	for _, a := range n.attrs {
		if a.name == name {
			return a.value
		}
	}
	return ""
}

// child returns the first child of a name, or an empty node.
func (n *node) child(name string) *node {
	for i := range n.children {
		if n.children[i].name == name {
			return &n.children[i]
		}
	}
	return &node{}
}

const (
	// maxTree bounds a unit that is read as a tree; the largest updates, those of whole
	// desktops, have about one megabyte.
	maxTree = 16 << 20
	// maxNodes keeps a unit of tiny elements from taking much more memory than its bytes.
	maxNodes = 400_000
	maxDepth = 64
)

// parseTrees reads a document whose root is one of roots, and calls sink for the root (without
// children) and then for each child of it.
func parseTrees(ctx context.Context, r io.Reader, limit int, roots []string, sink func(root bool, n *node) error) error {
	s := newScanner(r, limit)
	var (
		current  node
		rootName string
	)
	unit := func() (done bool, err error) {
		if rootName == "" {
			k, err := s.root(roots...)
			if err != nil {
				return false, err
			}
			rootName = string(s.local)
			current = node{name: rootName, attrs: s.nodeAttrs()}
			if k == kindEmpty {
				return true, sink(true, &current)
			}
			return false, nil
		}
		switch k := s.tag(); k {
		case kindStart, kindEmpty:
			budget := maxNodes
			current, err = s.tree(k, 1, &budget)
			return false, err
		case kindEnd:
			return true, s.closes(rootName)
		default:
			return false, s.failure(k)
		}
	}
	first := true
	return s.run(ctx, unit, func() error {
		isRoot := first
		first = false
		return sink(isRoot, &current)
	})
}

func (s *scanner) nodeAttrs() []nodeAttr {
	if len(s.attrs) == 0 {
		return nil
	}
	list := make([]nodeAttr, len(s.attrs))
	for i, a := range s.attrs {
		list[i] = nodeAttr{string(a.name), string(a.value)}
	}
	return list
}

// tree reads the element whose start tag was read last.
func (s *scanner) tree(k kind, depth int, budget *int) (node, error) {
	n := node{name: string(s.local), attrs: s.nodeAttrs()}
	if *budget -= 1 + len(n.attrs); *budget < 0 || depth > maxDepth {
		return n, s.errorf("too many elements, or too deep")
	}
	if k == kindEmpty {
		return n, nil
	}
	full := s.name
	for {
		text, k := s.piece()
		switch k {
		case kindStart, kindEmpty:
			c, err := s.tree(k, depth+1, budget)
			if err != nil {
				return n, err
			}
			n.children = append(n.children, c)
			s.scratch = s.scratch[:0] // trees hold copies
		case kindEnd:
			if string(s.name) != string(full) {
				return n, s.errorf("<%s> is closed by </%s>", quoted(full), quoted(s.name))
			}
			if len(n.children) == 0 {
				n.text = string(text)
			}
			return n, nil
		default:
			return n, s.failure(k)
		}
	}
}
