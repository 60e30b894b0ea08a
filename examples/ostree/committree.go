package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// tree adds the sources one over the other and returns the root of the result.
func (c *commitRun) tree(rest []string) (root, meta object.Checksum, err error) {
	if c.o.sizes {
		c.txn.CollectSizes()
	}
	mod, rules, err := c.modifier()
	if err != nil {
		return root, meta, err
	}
	tree := ostree.NewTree()
	if c.o.base != "" {
		if err := c.overlayCommit(tree, c.o.base); err != nil {
			return root, meta, err
		}
		if err := c.policyFromBase(mod, tree); err != nil {
			return root, meta, err
		}
	}
	trees := c.o.trees
	if len(trees) == 0 {
		path := "."
		if len(rest) > 0 {
			path = rest[0]
		}
		trees = []string{"dir=" + path}
	}
	for i, t := range trees {
		if i == 0 && c.o.base == "" && c.o.selinuxFromBase {
			if err := c.policyFromTree(mod, t); err != nil {
				return root, meta, err
			}
		}
		if err := c.addTree(tree, t, mod); err != nil {
			return root, meta, err
		}
	}
	if err := c.checkMatched(rules); err != nil {
		return root, meta, err
	}
	return c.txn.WriteTree(tree)
}

func (c *commitRun) overlayCommit(tree *ostree.Tree, rev string) error {
	sum, err := c.repo.ResolveRev(rev)
	if err != nil {
		return err
	}
	t, err := c.repo.CommitTree(sum)
	if err != nil {
		return err
	}
	return tree.Overlay(t)
}

func (c *commitRun) addTree(tree *ostree.Tree, spec string, mod *ostree.Modifier) error {
	kind, arg, ok := strings.Cut(spec, "=")
	if !ok {
		return fmt.Errorf("Missing type in tree specification '%s'", spec)
	}
	switch kind {
	case "dir":
		return c.txn.AddDirectory(c.ctx, tree, arg, mod)
	case "ref":
		sum, err := c.repo.ResolveRev(arg)
		if err != nil {
			return err
		}
		return c.txn.AddCommit(c.ctx, tree, sum, mod)
	case "tar":
		return c.addTar(tree, arg, mod)
	}
	return fmt.Errorf("Invalid tree type specification '%s'", kind)
}

func (c *commitRun) addTar(tree *ostree.Tree, path string, mod *ostree.Modifier) error {
	opts := &ostree.TarOptions{AutocreateParents: c.o.tarAutocreate}
	if c.o.tarFilter != "" {
		var err error
		if opts.PathFilter, err = ostree.ParsePathFilter(c.o.tarFilter); err != nil {
			return err
		}
	}
	in := c.env.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("archive_read_open_filename: Failed to open '%s'", path)
		}
		defer f.Close()
		in = f
	}
	return c.txn.AddTar(c.ctx, tree, in, mod, opts)
}

func (c *commitRun) modifier() (*ostree.Modifier, *ostree.CommitRules, error) {
	o := c.o
	rules := &ostree.CommitRules{ROExecutables: o.roExecutables}
	if o.ownerUID >= 0 {
		rules.OwnerUID = new(uint32)
		*rules.OwnerUID = uint32(o.ownerUID)
	}
	if o.ownerGID >= 0 {
		rules.OwnerGID = new(uint32)
		*rules.OwnerGID = uint32(o.ownerGID)
	}
	err := withFile(o.statoverride, func(r io.Reader) (err error) {
		rules.StatOverride, err = ostree.ParseStatOverride(r)
		return err
	})
	if err == nil {
		err = withFile(o.skipList, func(r io.Reader) (err error) {
			rules.SkipList, err = ostree.ParseSkipList(r)
			return err
		})
	}
	if err != nil {
		return nil, nil, err
	}
	mod := &ostree.Modifier{CanonicalPermissions: o.canonical, NoXattrs: o.noXattrs, Consume: o.consume,
		DevinoCanonical: o.devinoCanonical}
	if *rules != (ostree.CommitRules{}) {
		mod.Filter = rules.Filter
	}
	if o.linkSpeedup || o.devinoCanonical {
		mod.Devino = ostree.NewDevinoCache()
		if err := c.repo.ScanDevino(c.ctx, mod.Devino); err != nil {
			return nil, nil, err
		}
	}
	if o.epoch != 0 && o.epoch != 1 {
		return nil, nil, fmt.Errorf("Unknown SELinux labeling epoch: %d", o.epoch)
	}
	if o.selinuxPolicy != "" {
		if mod.SELinux, err = loadPolicy(o.selinuxPolicy, o.epoch); err != nil {
			return nil, nil, err
		}
	}
	return mod, rules, nil
}

func withFile(path string, fn func(io.Reader) error) error {
	if path == "" {
		return nil
	}
	f, err := openFile(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return fn(f)
}

// policyFromBase loads the SELinux policy of the commit that is built upon.
func (c *commitRun) policyFromBase(mod *ostree.Modifier, _ *ostree.Tree) error {
	if !c.o.selinuxFromBase {
		return nil
	}
	return c.policyFromTree(mod, "ref="+c.o.base)
}

func (c *commitRun) policyFromTree(mod *ostree.Modifier, spec string) (err error) {
	kind, arg, _ := strings.Cut(spec, "=")
	switch kind {
	case "dir":
		mod.SELinux, err = loadPolicy(arg, c.o.epoch)
	case "ref":
		fsys, ferr := c.repo.FS(arg)
		if ferr != nil {
			return ferr
		}
		mod.SELinux, err = ostree.LoadSELinuxPolicy(fsys, c.o.epoch)
	default:
		return fmt.Errorf("cannot read a SELinux policy from a tree of type %s", kind)
	}
	return err
}

func (c *commitRun) checkMatched(rules *ostree.CommitRules) error {
	if s := rules.StatOverride; s != nil {
		for _, p := range s.Unmatched() {
			fmt.Fprintf(c.env.Stderr, "Unmatched statoverride path: %s\n", p)
		}
		if len(s.Unmatched()) > 0 {
			return errors.New("Unmatched statoverride paths")
		}
	}
	if s := rules.SkipList; s != nil {
		for _, p := range s.Unmatched() {
			fmt.Fprintf(c.env.Stderr, "Unmatched skip-list path: %s\n", p)
		}
		if len(s.Unmatched()) > 0 {
			return errors.New("Unmatched skip-list paths")
		}
	}
	return nil
}
