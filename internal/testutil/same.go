package testutil

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// SameOptions says what [SameTree] leaves out of the comparison. The zero
// value, and nil, compare names, types, modes, owners, attributes, contents,
// link targets and device numbers, but not times.
type SameOptions struct {
	// Times compares the modification times of everything but links too.
	Times bool
	// IgnoreModes leaves out the permission bits.
	IgnoreModes bool
	// IgnoreOwners leaves out uid and gid.
	IgnoreOwners bool
	// IgnoreXattrs leaves out all extended attributes.
	IgnoreXattrs bool
	// IgnoreRoot leaves out the properties of the two directories themselves.
	IgnoreRoot bool
	// Skip leaves out entries, and what is below them, by their path relative
	// to the root.
	Skip func(path string) bool
	// Xattr selects the attributes to compare by name; nil means all except
	// security.selinux, which the kernel may add by itself.
	Xattr func(name string) bool
}

// SameTree fails the test with a list of differences (the first thirty)
// unless the trees at a and b are equal.
func SameTree(t testing.TB, a, b string, opts *SameOptions) {
	t.Helper()
	diffs, err := DiffTree(a, b, opts)
	if err != nil {
		t.Fatal(err)
	}
	if len(diffs) == 0 {
		return
	}
	more := ""
	if n := len(diffs) - 30; n > 0 {
		diffs, more = diffs[:30], fmt.Sprintf("\n… and %d more", n)
	}
	t.Errorf("trees differ (%s, %s):\n%s%s", a, b, strings.Join(diffs, "\n"), more)
}

// DiffTree returns the differences between two trees, a line each, sorted by path.
func DiffTree(a, b string, opts *SameOptions) ([]string, error) {
	c := comparison{}
	if opts != nil {
		c.opts = *opts
	}
	if c.opts.Xattr == nil {
		c.opts.Xattr = func(name string) bool { return name != "security.selinux" }
	}
	if !c.opts.IgnoreRoot {
		if err := c.entry(a, b, "."); err != nil {
			return nil, err
		}
	}
	err := c.children(a, b, "")
	return c.diffs, err
}

type comparison struct {
	opts  SameOptions
	diffs []string
}

func (c *comparison) add(path, format string, args ...any) {
	c.diffs = append(c.diffs, fmt.Sprintf("%q: ", path)+fmt.Sprintf(format, args...))
}

func (c *comparison) children(a, b, rel string) error {
	as, err := names(filepath.Join(a, rel))
	if err != nil {
		return err
	}
	bs, err := names(filepath.Join(b, rel))
	if err != nil {
		return err
	}
	all := slices.Sorted(maps.Keys(as))
	for name := range bs {
		if !as[name] {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	for _, name := range all {
		path := filepath.Join(rel, name)
		switch {
		case c.opts.Skip != nil && c.opts.Skip(path):
		case !bs[name]:
			c.add(path, "only in the first")
		case !as[name]:
			c.add(path, "only in the second")
		default:
			if err := c.entry(a, b, path); err != nil {
				return err
			}
			if err := c.descend(a, b, path); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *comparison) descend(a, b, path string) error {
	for _, root := range []string{a, b} {
		info, err := os.Lstat(filepath.Join(root, path))
		if err != nil || !info.IsDir() {
			return err
		}
	}
	return c.children(a, b, path)
}

// entry compares one entry; the parents are known to be directories.
func (c *comparison) entry(a, b, path string) error {
	pa, pb := filepath.Join(a, path), filepath.Join(b, path)
	ia, err := os.Lstat(pa)
	if err != nil {
		return err
	}
	ib, err := os.Lstat(pb)
	if err != nil {
		return err
	}
	if ia.Mode().Type() != ib.Mode().Type() {
		c.add(path, "type %v, %v", ia.Mode().Type(), ib.Mode().Type())
		return nil
	}
	c.properties(path, ia, ib)
	if err := c.xattrs(path, pa, pb); err != nil {
		return err
	}
	switch {
	case ia.Mode().IsRegular():
		return c.content(path, pa, pb)
	case ia.Mode().Type() == fs.ModeSymlink:
		return c.target(path, pa, pb)
	}
	return nil
}

func (c *comparison) properties(path string, a, b fs.FileInfo) {
	if !c.opts.IgnoreModes && a.Mode() != b.Mode() {
		c.add(path, "mode %v, %v", a.Mode(), b.Mode())
	}
	if c.opts.Times && a.Mode().Type() != fs.ModeSymlink && !a.ModTime().Equal(b.ModTime()) {
		c.add(path, "modified %v, %v", a.ModTime(), b.ModTime())
	}
	ua, ga, da := owner(a)
	ub, gb, db := owner(b)
	if !c.opts.IgnoreOwners && (ua != ub || ga != gb) {
		c.add(path, "owner %d:%d, %d:%d", ua, ga, ub, gb)
	}
	if a.Mode()&fs.ModeDevice != 0 && da != db {
		c.add(path, "device %#x, %#x", da, db)
	}
}

func (c *comparison) xattrs(path, pa, pb string) error {
	if c.opts.IgnoreXattrs {
		return nil
	}
	xa, err := xattrs(pa)
	if err != nil {
		return err
	}
	xb, err := xattrs(pb)
	if err != nil {
		return err
	}
	skip := func(name, _ string) bool { return !c.opts.Xattr(name) }
	maps.DeleteFunc(xa, skip)
	maps.DeleteFunc(xb, skip)
	if !maps.Equal(xa, xb) {
		c.add(path, "attributes %q, %q", xa, xb)
	}
	return nil
}

func (c *comparison) target(path, pa, pb string) error {
	ta, err := os.Readlink(pa)
	if err != nil {
		return err
	}
	tb, err := os.Readlink(pb)
	if err != nil {
		return err
	}
	if ta != tb {
		c.add(path, "target %q, %q", ta, tb)
	}
	return nil
}

func (c *comparison) content(path, pa, pb string) error {
	fa, err := os.Open(pa)
	if err != nil {
		return err
	}
	defer fa.Close()
	fb, err := os.Open(pb)
	if err != nil {
		return err
	}
	defer fb.Close()
	at, same, err := sameBytes(fa, fb)
	if err == nil && !same {
		c.add(path, "content differs after %d bytes", at)
	}
	return err
}

// sameBytes returns the offset of the block in which two streams differ.
func sameBytes(a, b io.Reader) (int64, bool, error) {
	ba, bb := make([]byte, 32<<10), make([]byte, 32<<10)
	for at := int64(0); ; {
		na, erra := io.ReadFull(a, ba)
		nb, errb := io.ReadFull(b, bb)
		if !bytes.Equal(ba[:na], bb[:nb]) {
			return at, false, nil
		}
		at += int64(na)
		for _, err := range []error{erra, errb} {
			switch {
			case err == nil:
			case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
				return at, true, nil
			default:
				return at, false, err
			}
		}
	}
}

func names(dir string) (map[string]bool, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	set := make(map[string]bool, len(entries))
	for _, e := range entries {
		set[e.Name()] = true
	}
	return set, nil
}
