package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

type refsRun struct {
	*command
	repo *ostree.Repo

	del, list, alias, collections, force, revision, json bool
	create                                               string
}

func runRefs(ctx context.Context, env *cli.Env, args []string) error {
	c := &refsRun{}
	c.command = newCommand(ctx, env, "[PREFIX]", "List refs",
		cli.Option{Long: "delete", Help: "Delete refs which match PREFIX, rather than listing them", Value: cli.Bool(&c.del)},
		cli.Option{Long: "list", Help: "Do not remove the prefix from the refs", Value: cli.Bool(&c.list)},
		cli.Option{Long: "revision", Short: 'r', Help: "Show revisions in listing", Value: cli.Bool(&c.revision)},
		cli.Option{Long: "alias", Short: 'A', Help: "If used with --create, create an alias, otherwise just list aliases", Value: cli.Bool(&c.alias)},
		cli.Option{Long: "create", Arg: "NEWREF", Help: "Create a new ref for an existing commit", Value: cli.String(&c.create)},
		cli.Option{Long: "collections", Short: 'c', Help: "Enable listing collection IDs for refs", Value: cli.Bool(&c.collections)},
		cli.Option{Long: "force", Help: "Overwrite existing refs when creating", Value: cli.Bool(&c.force)},
		jsonOption(&c.json))
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	c.repo = r
	switch {
	case len(rest) == 0 && c.create != "":
		return c.usage("You must specify a revision when creating a new ref")
	case len(rest) == 0 && c.del:
		return c.usage("At least one PREFIX is required when deleting refs")
	case c.json && (c.create != "" || c.del):
		return errors.New("--json is for listings")
	case len(rest) == 0:
		rest = []string{""}
	}
	if c.json {
		return c.listJSON(rest)
	}
	for _, prefix := range rest {
		if err := c.one(prefix); err != nil {
			return err
		}
	}
	return nil
}

// one does what the options say for one argument.
func (c *refsRun) one(prefix string) error {
	switch {
	case c.create != "" && c.collections:
		return c.createCollectionRef(prefix)
	case c.create != "":
		return c.createRef(prefix)
	case c.del && c.collections:
		return c.deleteCollectionRefs(prefix)
	case c.del:
		return c.deleteRefs(prefix)
	}
	refs, err := c.find(prefix)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		switch {
		case c.collections:
			c.line(fmt.Sprintf("(%s, %s)", ref.Collection, ref.Name), ref)
		case c.alias:
			c.printf("%s -> %s\n", c.shown(ref, prefix), ref.Alias)
		default:
			c.line(c.shown(ref, prefix), ref)
		}
	}
	return nil
}

func (c *refsRun) line(name string, ref ostree.Ref) {
	if c.revision {
		name += "\t" + ref.Checksum.String()
	}
	c.printf("%s\n", name)
}

// find returns the refs, aliases, or refs of collections that a listing shows.
func (c *refsRun) find(prefix string) ([]ostree.Ref, error) {
	switch {
	case c.collections:
		return c.repo.CollectionRefs(prefix)
	case c.alias:
		return c.repo.Aliases(prefix)
	}
	return c.repo.Refs(prefix)
}

// shown is the ref without the directory that prefix names, unless --list or --alias was given.
func (c *refsRun) shown(ref ostree.Ref, prefix string) string {
	name := ref.Name
	if !c.list && !c.alias {
		_, dir, ok := strings.Cut(prefix, ":")
		if !ok {
			dir = prefix
		}
		if rest, ok := strings.CutPrefix(name, dir+"/"); ok {
			name = rest
		}
	}
	ref.Name = name
	return ref.Refspec()
}

func (c *refsRun) listJSON(prefixes []string) error {
	var all []ostree.Ref
	for _, p := range prefixes {
		refs, err := c.find(p)
		if err != nil {
			return err
		}
		all = append(all, refs...)
	}
	return jsonSlice(c.command, all)
}

// existing tells whether there is a ref of exactly that name.
func (c *refsRun) existing(refspec string) (bool, error) {
	refs, err := c.repo.Refs(refspec)
	return slices.ContainsFunc(refs, func(r ostree.Ref) bool { return r.Refspec() == refspec }), err
}

func (c *refsRun) createRef(rev string) error {
	remote, ref, err := ostree.ParseRefspec(c.create)
	if err != nil {
		return err
	}
	aliases, err := c.repo.Aliases("")
	if err != nil {
		return err
	}
	replaces := c.alias && slices.ContainsFunc(aliases, func(a ostree.Ref) bool { return a.Refspec() == c.create })
	found, err := c.existing(c.create)
	if err != nil {
		return err
	}
	if found && !replaces && !c.force {
		return fmt.Errorf("--create specified but ref %s already exists", c.create)
	}
	if c.alias {
		return c.createAlias(remote, ref, rev)
	}
	sum, err := c.repo.ResolveRev(rev)
	if err != nil {
		return err
	}
	return c.repo.SetRefImmediate(c.create, sum)
}

func (c *refsRun) createAlias(remote, ref, target string) error {
	if remote != "" {
		return fmt.Errorf("Cannot create alias to remote ref: %s", remote)
	}
	refs, err := c.repo.Refs("")
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(refs, func(r ostree.Ref) bool { return r.Refspec() == target }) {
		return fmt.Errorf("Cannot create alias to non-existent ref: %s", target)
	}
	return c.repo.SetAlias(ref, target)
}

func (c *refsRun) deleteRefs(prefix string) error {
	refs, err := c.repo.Refs(prefix)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		if err := c.repo.SetRefImmediate(ref.Refspec(), object.Checksum{}); err != nil {
			return err
		}
	}
	return nil
}

// createCollectionRef reads the name as COLLECTION:REF.
func (c *refsRun) createCollectionRef(rev string) error {
	collection, ref, err := ostree.ParseRefspec(c.create)
	if err != nil {
		return err
	}
	name := ostree.CollectionRef{Collection: collection, Ref: ref}
	_, found, err := c.repo.ReadCollectionRef(name)
	if err != nil {
		return err
	}
	if found && !c.force {
		return fmt.Errorf("--create specified but ref %s already exists", c.create)
	}
	sum, err := c.repo.ResolveRev(rev)
	if err != nil {
		return err
	}
	return c.repo.SetCollectionRefImmediate(name, sum)
}

func (c *refsRun) deleteCollectionRefs(match string) error {
	refs, err := c.repo.CollectionRefs(match)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		if err := c.repo.SetCollectionRefImmediate(ostree.CollectionRef{Collection: ref.Collection, Ref: ref.Name}, object.Checksum{}); err != nil {
			return err
		}
	}
	return nil
}
