//go:build unix

package etcmerge

import (
	"context"
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// Changes are the differences of one directory from another. Paths are relative, each list is in the order of
// the paths' bytes.
type Changes struct {
	// Modified is in both, with another owner, mode, content or kind.
	Modified []string
	// Removed is only in the first; of a directory only itself is listed.
	Removed []string
	// Added is only in the second, with all that is below added directories.
	Added []string
}

// Summary is the line that libostree reports before it applies the changes.
func (c *Changes) Summary() string {
	return fmt.Sprintf("Copying /etc changes: %d modified, %d removed, %d added", len(c.Modified), len(c.Removed), len(c.Added))
}

// Lines returns the changes as "ostree admin config-diff" prints them, such as "M    hosts".
func (c *Changes) Lines() []string {
	var lines []string
	for _, part := range []struct {
		letter string
		paths  []string
	}{{"M", c.Modified}, {"D", c.Removed}, {"A", c.Added}} {
		for _, p := range part.paths {
			lines = append(lines, part.letter+"    "+p)
		}
	}
	return lines
}

// Compare lists how modified differs from orig. The properties of the two directories themselves are not
// compared.
func Compare(ctx context.Context, orig, modified *os.File) (*Changes, error) {
	c := &comparer{ctx: ctx}
	o, err := reopen(orig)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	m, err := reopen(modified)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	if err := c.dirs(o, m, ""); err != nil {
		return nil, err
	}
	for _, list := range []([]string){c.out.Modified, c.out.Removed, c.out.Added} {
		slices.Sort(list)
	}
	return &c.out, nil
}

type comparer struct {
	ctx  context.Context
	out  Changes
	bufs [2][]byte
}

// dirs compares the entries of two open directories at the given path ("" or ending in a slash).
func (c *comparer) dirs(o, m *os.File, path string) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	oNames, err := o.Readdirnames(-1)
	if err != nil {
		return readdirError(path, err)
	}
	mNames, err := m.Readdirnames(-1)
	if err != nil {
		return readdirError(path, err)
	}
	inM := make(map[string]bool, len(mNames))
	for _, name := range mNames {
		inM[name] = true
	}
	for _, name := range oNames {
		if !inM[name] {
			c.out.Removed = append(c.out.Removed, path+name)
			continue
		}
		delete(inM, name)
		if err := c.entry(o, m, path, name); err != nil {
			return err
		}
	}
	for name := range inM {
		if err := c.added(m, path, name); err != nil {
			return err
		}
	}
	return nil
}

// entry compares a name that is in both directories.
func (c *comparer) entry(o, m *os.File, path, name string) error {
	oStat, err := lstatAt(o, name)
	if err != nil {
		return opError("fstatat", path+name, err)
	}
	mStat, err := lstatAt(m, name)
	if err != nil {
		return opError("fstatat", path+name, err)
	}
	same, err := c.same(o, m, name, oStat, mStat)
	if err != nil {
		return opError("open", path+name, err)
	}
	if !same {
		c.out.Modified = append(c.out.Modified, path+name)
	}
	if kind(oStat) != unix.S_IFDIR || kind(mStat) != unix.S_IFDIR {
		return nil
	}
	oDir, err := openDirAt(o, name)
	if err != nil {
		return opError("opendir", path+name, err)
	}
	defer oDir.Close()
	mDir, err := openDirAt(m, name)
	if err != nil {
		return opError("opendir", path+name, err)
	}
	defer mDir.Close()
	return c.dirs(oDir, mDir, path+name+"/")
}

// added lists a new entry and what is below it.
func (c *comparer) added(m *os.File, path, name string) error {
	c.out.Added = append(c.out.Added, path+name)
	stat, err := lstatAt(m, name)
	if err != nil {
		return opError("fstatat", path+name, err)
	}
	if kind(stat) != unix.S_IFDIR {
		return nil
	}
	if err := c.ctx.Err(); err != nil {
		return err
	}
	dir, err := openDirAt(m, name)
	if err != nil {
		return opError("opendir", path+name, err)
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return readdirError(path+name, err)
	}
	for _, child := range names {
		if err := c.added(dir, path+name+"/", child); err != nil {
			return err
		}
	}
	return nil
}
