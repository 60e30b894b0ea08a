package order

import (
	"fmt"

	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

// Dep is a dependency, or something provided, with its colour: the word size (bit 0: 32, bit 1:
// 64) of the binaries that it was generated from, 0 for none.
type Dep struct {
	evr.Dep
	Color uint32
}

// File is a file of a package with its colour.
type File struct {
	Path  string // absolute
	Color uint32 // as in Dep
}

// Element is a package to be installed or to be removed. All lists are in the order of
// the package's header.
type Element struct {
	// Erase is false for an installation.
	Erase bool
	// NEVRA names the package in messages.
	NEVRA string

	// Provides and the dependencies, by kind. Order is what OrderWithRequires names.
	Provides, Requires, Recommends, Suggests []Dep
	Supplements, Enhances, Order             []Dep

	// Files are the package's files. Only those that a dependency names are looked at.
	Files []File
}

// color is that of the package as a whole.
func (e *Element) color() uint32 {
	var c uint32
	for _, d := range e.Provides {
		c |= d.Color
	}
	for _, d := range e.Requires {
		c |= d.Color
	}
	return c
}

// Options are the properties of the system. Nil means the defaults.
type Options struct {
	// Monochrome is for systems without multilib: colours are ignored. (rpm's
	// %_transaction_color is 0.)
	Monochrome bool
	// Prefer32 prefers 32 over 64 bits. (rpm's %_prefer_color is 1.)
	Prefer32 bool
	// ResolveDir returns the real directory (with a slash at the end, like its argument)
	// behind symbolic links, such that a dependency on /bin/sh is met by /usr/bin/sh. Nil
	// compares names only.
	ResolveDir func(dir string) string
}

func (o *Options) color() uint32 {
	if o.Monochrome {
		return 0
	}
	return 3
}

func (o *Options) preferred() uint32 {
	if o.Prefer32 {
		return 1
	}
	return 2
}

// Sort returns the indexes of the elements in the order of execution, each once. Neither missing dependencies
// nor cycles are errors. Nil options are those of the usual system.
func Sort(elements []Element, o *Options) ([]int, error) {
	if o == nil {
		o = new(Options)
	}
	s := &sorter{options: o, nodes: make([]node, len(elements)), sequence: make([]int, 0, len(elements))}
	for i := range elements {
		s.nodes[i] = node{index: i, element: &elements[i], color: elements[i].color()}
	}
	s.relate()
	s.findCycles()
	s.run(false)
	s.run(true)
	if len(s.sequence) != len(elements) {
		return nil, fmt.Errorf("ordering %d packages: only %d were reached", len(elements), len(s.sequence))
	}
	return s.sequence, nil
}

// node is an element in the graph.
type node struct {
	index   int
	element *Element
	color   uint32

	// successors need this node, needed are what it needs, both the newest last. A node may
	// occur several times.
	successors, needed []relation
	count              int // relations in needed that are not fulfilled yet
	waiting            int // number of successors, the node's rank in the queue

	next *node // in the queue

	// cycle is the number of the strongly connected component, 0 before it is known and
	// once the node is in the sequence, alone for a node outside of all cycles.
	cycle int
	low   int // of Tarjan's algorithm, later the distance within the cycle
}

const alone = 1

// relation is an edge; pre holds the flags that make it a pre-requirement.
type relation struct {
	to  *node
	pre evr.Flags
}

type sorter struct {
	options  *Options
	nodes    []node
	cycles   []cycle // those from index 2 on are in use
	sequence []int
}
