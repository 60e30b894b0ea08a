//go:build unix

package files

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/provision/internal/tree"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
)

// kind is what an entry makes.
type kind int

const (
	directory kind = iota
	file
	symlink
	hardlink
)

func (k kind) String() string {
	switch k {
	case directory:
		return "directory"
	case file:
		return "file"
	default:
		return "link"
	}
}

// content is where bytes come from: a resource, or memory.
type content struct {
	res    types.Resource
	inline []byte
}

// entry is a directory, file or link to make.
type entry struct {
	kind kind
	path string // resolved
	// shown is the path with the root, for messages.
	shown string
	// where is the place in the config, empty for what the config implies.
	where string

	overwrite   bool
	user, group owner
	mode        *uint32
	contents    *content // nil: what is there stays
	appends     []content
	lines       bool   // appends are inline, and lines of their own
	target      string // of a link, as configured
}

// owner is a user or a group, by id or by name, or neither.
type owner struct {
	id   *int
	name *string
}

func nodeEntry(k kind, n types.Node, mode *int) entry {
	e := entry{kind: k, overwrite: n.Overwrite != nil && *n.Overwrite}
	e.user = owner{n.User.ID, n.User.Name}
	e.group = owner{n.Group.ID, n.Group.Name}
	if mode != nil {
		e.mode = new(uint32(*mode))
	}
	return e
}

func fileEntry(f types.File) entry {
	e := nodeEntry(file, f.Node, f.Mode)
	if f.Contents.Source != nil {
		e.contents = &content{res: f.Contents}
	}
	for _, a := range f.Append {
		e.appends = append(e.appends, content{res: a})
	}
	return e
}

// configured returns the entries of the config in the order of their making.
func (s *stage) configured() ([]entry, error) {
	c := collector{t: s.t, seen: map[string]string{}}
	st := &s.cfg.Storage
	for i, d := range st.Directories {
		c.add(nodeEntry(directory, d.Node, d.Mode), d.Path, fmt.Sprintf("$.storage.directories.%d", i))
	}
	for i, f := range st.Files {
		c.add(fileEntry(f), f.Path, fmt.Sprintf("$.storage.files.%d", i))
	}
	for i, l := range st.Links {
		k := symlink
		if l.Hard != nil && *l.Hard {
			k = hardlink
		}
		e := nodeEntry(k, l.Node, nil)
		if l.Target != nil {
			e.target = *l.Target
		}
		c.add(e, l.Path, fmt.Sprintf("$.storage.links.%d", i))
	}
	if c.err != nil {
		return nil, c.err
	}
	slices.SortStableFunc(c.entries, func(a, b entry) int {
		if a.kind == hardlink || b.kind == hardlink {
			return cmp.Compare(btoi(a.kind == hardlink), btoi(b.kind == hardlink))
		}
		return cmp.Compare(tree.Depth(a.path), tree.Depth(b.path))
	})
	return c.entries, nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// collector resolves paths; no two entries may be in one place.
type collector struct {
	t       *tree.Tree
	entries []entry
	seen    map[string]string // configured path by resolved path
	err     error
}

func (c *collector) add(e entry, configured, where string) {
	if c.err != nil {
		return
	}
	var err error
	if e.path, err = c.t.Resolve(configured); err != nil {
		c.err = &plan.StepError{Step: plan.Step{Entry: where}, Err: err}
		return
	}
	if other, ok := c.seen[e.path]; ok {
		err := fmt.Errorf("%s at %s resolved to %s after symlink chasing, but another entry with path %s also resolves there",
			e.kind, configured, c.t.Path(e.path), other)
		c.err = &plan.StepError{Step: plan.Step{Entry: where}, Err: err}
		return
	}
	c.seen[e.path] = configured
	e.where, e.shown = where, c.t.Path(e.path)
	c.entries = append(c.entries, e)
}
