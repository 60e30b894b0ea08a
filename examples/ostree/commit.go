package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// commitOptions are the options of the command, as they stand on the command line.
type commitOptions struct {
	parent, subject, body, bodyFile, branch, base string
	editor, orphan, noBindings                    bool
	bindRefs, trees                               []string
	metaStrings, meta, keepMeta, detached         []string
	ownerUID, ownerGID                            int
	canonical, bootable, roExecutables, noXattrs  bool
	selinuxPolicy                                 string
	selinuxFromBase                               bool
	epoch                                         int
	linkSpeedup, devinoCanonical                  bool
	tarAutocreate                                 bool
	tarFilter                                     string
	skipUnchanged, consume, table                 bool
	statoverride, skipList                        string
	gpgSign                                       []string
	gpgHome                                       string
	sign, signFiles                               []string
	signType                                      string
	sizes, composefs, disableFsync                bool
	fsync                                         *bool
	timestamp                                     string
}

func (o *commitOptions) table_() []cli.Option {
	return []cli.Option{
		{Long: "parent", Arg: "COMMIT", Help: "Parent commit checksum, or \"none\"", Value: cli.String(&o.parent)},
		{Long: "subject", Short: 's', Arg: "SUBJECT", Help: "One line subject", Value: cli.String(&o.subject)},
		{Long: "body", Short: 'm', Arg: "BODY", Help: "Full description", Value: cli.String(&o.body)},
		{Long: "body-file", Short: 'F', Arg: "FILE", Help: "Commit message from FILE path", Value: cli.Filename(&o.bodyFile)},
		{Long: "editor", Short: 'e', Help: "Use an editor to write the commit message", Value: cli.Bool(&o.editor)},
		{Long: "branch", Short: 'b', Arg: "BRANCH", Help: "Branch", Value: cli.String(&o.branch)},
		{Long: "orphan", Help: "Create a commit without writing a ref", Value: cli.Bool(&o.orphan)},
		{Long: "no-bindings", Help: "Do not write any ref bindings", Value: cli.Bool(&o.noBindings)},
		{Long: "bind-ref", Arg: "BRANCH", Help: "Add a ref to ref binding commit metadata", Value: cli.Strings(&o.bindRefs)},
		{Long: "base", Arg: "REV", Help: "Start from the given commit as a base (no modifiers apply)", Value: cli.String(&o.base)},
		{Long: "tree", Arg: "dir=PATH or tar=TARFILE or ref=COMMIT", Help: "Overlay the given argument as a tree", Value: cli.Filenames(&o.trees)},
		{Long: "add-metadata-string", Arg: "KEY=VALUE", Help: "Add a key/value pair to metadata", Value: cli.Strings(&o.metaStrings)},
		{Long: "add-metadata", Arg: "KEY=VALUE", Help: "Add a key/value pair to metadata, where the KEY is a string, and VALUE is in GVariant Text Format", Value: cli.Strings(&o.meta)},
		{Long: "keep-metadata", Arg: "KEY", Help: "Keep metadata KEY and its associated VALUE from parent", Value: cli.Strings(&o.keepMeta)},
		{Long: "add-detached-metadata-string", Arg: "KEY=VALUE", Help: "Add a key/value pair to detached metadata", Value: cli.Strings(&o.detached)},
		{Long: "owner-uid", Arg: "UID", Help: "Set file ownership user id", Value: cli.Int(&o.ownerUID)},
		{Long: "owner-gid", Arg: "GID", Help: "Set file ownership group id", Value: cli.Int(&o.ownerGID)},
		{Long: "canonical-permissions", Help: "Canonicalize permissions in the same way bare-user does for hardlinked files", Value: cli.Bool(&o.canonical)},
		{Long: "bootable", Help: "Flag this commit as a bootable OSTree (e.g. contains a Linux kernel)", Value: cli.Bool(&o.bootable)},
		{Long: "mode-ro-executables", Help: "Ensure executable files are not writable", Value: cli.Bool(&o.roExecutables)},
		{Long: "no-xattrs", Help: "Do not import extended attributes", Value: cli.Bool(&o.noXattrs)},
		{Long: "selinux-policy", Arg: "PATH", Help: "Set SELinux labels based on policy in root filesystem PATH (may be /)", Value: cli.Filename(&o.selinuxPolicy)},
		{Long: "selinux-policy-from-base", Short: 'P', Help: "Set SELinux labels based on first --tree argument", Value: cli.Bool(&o.selinuxFromBase)},
		{Long: "selinux-labeling-epoch", Arg: "VERSION", Help: "Configure SELinux label rules; 0 (default), or 1 (label /usr/etc as /etc)", Value: cli.Int(&o.epoch)},
		{Long: "link-checkout-speedup", Help: "Optimize for commits of trees composed of hardlinks into the repository", Value: cli.Bool(&o.linkSpeedup)},
		{Long: "devino-canonical", Short: 'I', Help: "Assume hardlinked objects are unmodified.  Implies --link-checkout-speedup", Value: cli.Bool(&o.devinoCanonical)},
		{Long: "tar-autocreate-parents", Help: "When loading tar archives, automatically create parent directories as needed", Value: cli.Bool(&o.tarAutocreate)},
		{Long: "tar-pathname-filter", Arg: "REGEX,REPLACEMENT", Help: "When loading tar archives, use REGEX,REPLACEMENT against path names", Value: cli.String(&o.tarFilter)},
		{Long: "skip-if-unchanged", Help: "If the contents are unchanged from previous commit, do nothing", Value: cli.Bool(&o.skipUnchanged)},
		{Long: "statoverride", Arg: "PATH", Help: "File containing list of modifications to make to permissions", Value: cli.Filename(&o.statoverride)},
		{Long: "skip-list", Arg: "PATH", Help: "File containing list of files to skip", Value: cli.Filename(&o.skipList)},
		{Long: "consume", Help: "Consume (delete) content after commit (for local directories)", Value: cli.Bool(&o.consume)},
		{Long: "table-output", Help: "Output more information in a KEY: VALUE format", Value: cli.Bool(&o.table)},
		{Long: "gpg-sign", Arg: "KEY-ID", Help: "GPG Key ID to sign the commit with", Value: cli.Strings(&o.gpgSign)},
		{Long: "gpg-homedir", Arg: "HOMEDIR", Help: "GPG Homedir to use when looking for keyrings", Value: cli.Filename(&o.gpgHome)},
		{Long: "sign-from-file", Arg: "PATH", Help: "Sign the commit with the key in PATH", Value: cli.Filenames(&o.signFiles)},
		{Long: "sign", Arg: "KEY_ID", Help: "Sign the commit with", Value: cli.Strings(&o.sign)},
		{Long: "sign-type", Arg: "NAME", Help: "Signature type to use (defaults to 'ed25519')", Value: cli.String(&o.signType)},
		{Long: "generate-sizes", Help: "Generate size information along with commit metadata", Value: cli.Bool(&o.sizes)},
		{Long: "generate-composefs-metadata", Help: "Generate composefs commit metadata", Value: cli.Bool(&o.composefs)},
		{Long: "disable-fsync", Help: "Do not invoke fsync()", Hidden: true, Value: cli.Bool(&o.disableFsync)},
		{Long: "fsync", Arg: "POLICY", Help: "Specify how to invoke fsync()", Value: boolValue(&o.fsync)},
		{Long: "timestamp", Arg: "TIMESTAMP", Help: "Override the timestamp of the commit", Value: cli.String(&o.timestamp)},
	}
}

// commitRun is one execution of the command.
type commitRun struct {
	*command
	o    *commitOptions
	repo *ostree.Repo
	txn  *ostree.Txn
}

func runCommit(ctx context.Context, env *cli.Env, args []string) error {
	o := &commitOptions{ownerUID: -1, ownerGID: -1}
	c := newCommand(ctx, env, "[PATH]", "Commit a new revision", o.table_()...)
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	return (&commitRun{command: c, o: o, repo: r}).run(rest)
}

func (c *commitRun) run(rest []string) error {
	if err := c.check(); err != nil {
		return err
	}
	when, err := c.timestamp()
	if err != nil {
		return err
	}
	parent, err := c.parentCommit()
	if err != nil {
		return err
	}
	metadata, err := c.metadata(parent)
	if err != nil {
		return err
	}
	var detached *object.Dict
	if len(c.o.detached) > 0 {
		if detached, err = stringDict(c.o.detached); err != nil {
			return err
		}
	}
	if err := c.message(); err != nil {
		return err
	}
	noFsync := c.o.disableFsync || c.o.fsync != nil && !*c.o.fsync
	if c.txn, err = c.repo.Begin(c.ctx, &ostree.TxnOptions{NoFsync: noFsync}); err != nil {
		return err
	}
	defer c.txn.Abort()
	root, meta, err := c.tree(rest)
	if err != nil {
		return err
	}
	commit := parent
	skip, err := c.unchanged(parent, root, meta)
	if err != nil {
		return err
	}
	if !skip {
		commit, err = c.txn.WriteCommit(c.ctx, root, meta, &ostree.CommitOptions{
			Parent: parent, Subject: c.o.subject, Body: c.o.body, Time: when, Metadata: metadata,
			Refs: c.boundRefs(), NoBindings: c.o.noBindings, Bootable: c.o.bootable, Composefs: c.o.composefs, Detached: detached})
		if err != nil {
			return err
		}
		if err := c.sign(commit); err != nil {
			return err
		}
		if c.o.branch != "" {
			if err := c.txn.SetRef(c.o.branch, commit); err != nil {
				return err
			}
		}
	}
	stats, err := c.txn.Commit(c.ctx)
	if err != nil {
		return err
	}
	c.print(commit, stats)
	return nil
}

func (c *commitRun) check() error {
	switch o := c.o; {
	case o.statoverride != "" && !isFile(o.statoverride):
		_, err := openFile(o.statoverride)
		return err
	case o.branch == "" && !o.orphan:
		return errors.New("A branch must be specified with --branch, or use --orphan")
	case o.canonical && o.ownerUID > 0:
		return errors.New("Cannot specify both --canonical-permissions and non-zero --owner-uid")
	case o.canonical && o.ownerGID > 0:
		return errors.New("Cannot specify both --canonical-permissions and non-zero --owner-gid")
	}
	return nil
}

// boundRefs are the refs that the commit records: the branch and the --bind-ref ones.
func (c *commitRun) boundRefs() []string {
	refs := slices.Clone(c.o.bindRefs)
	if c.o.branch != "" {
		refs = append(refs, c.o.branch)
	}
	return refs
}

func (c *commitRun) parentCommit() (p object.Checksum, err error) {
	switch {
	case c.o.parent == "none":
		return p, nil
	case c.o.parent != "":
		return object.ParseChecksum(c.o.parent)
	case c.o.orphan:
		return p, nil
	}
	p, _, err = c.repo.ResolveRevOptional(c.o.branch)
	return p, err
}

func stringDict(pairs []string) (*object.Dict, error) {
	d := &object.Dict{}
	for _, s := range pairs {
		key, value, err := splitKeyValue(s)
		if err != nil {
			return nil, err
		}
		d.Set(key, object.NewString(value))
	}
	return d, nil
}

// metadata puts together what the options ask for, in the order that is hashed.
func (c *commitRun) metadata(parent object.Checksum) (*object.Dict, error) {
	d, err := stringDict(c.o.metaStrings)
	if err != nil {
		return nil, err
	}
	for _, s := range c.o.meta {
		key, value, err := splitKeyValue(s)
		if err != nil {
			return nil, err
		}
		v, err := object.ParseVariant(value, "")
		if err != nil {
			return nil, fmt.Errorf("Parsing %s: %w", s, err)
		}
		d.Set(key, v)
	}
	if len(c.o.keepMeta) == 0 {
		return d, nil
	}
	if parent.IsZero() {
		return nil, errors.New("Either --branch or --parent must be specified when using --keep-metadata")
	}
	old, err := c.repo.LoadCommit(parent)
	if err != nil {
		return nil, err
	}
	for _, key := range c.o.keepMeta {
		v, ok := old.Metadata.Lookup(key)
		if !ok {
			return nil, fmt.Errorf("Missing metadata key '%s' from commit '%s'", key, parent)
		}
		d.Set(key, v)
	}
	return d, nil
}

func (c *commitRun) timestamp() (time.Time, error) {
	if s := c.o.timestamp; s != "" {
		t, err := parseDate(s)
		if err != nil {
			return t, fmt.Errorf("Could not parse '%s'", s)
		}
		return t, nil
	}
	epoch := c.env.Lookup("SOURCE_DATE_EPOCH")
	if epoch == "" {
		return time.Now(), nil
	}
	n, err := strconv.ParseInt(epoch, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return time.Time{}, errors.New("Parsing SOURCE_DATE_EPOCH: Numerical result out of range")
	case err != nil:
		return time.Time{}, errors.New("Failed to convert SOURCE_DATE_EPOCH")
	}
	return time.Unix(n, 0), nil
}

func (c *commitRun) message() error {
	if c.o.bodyFile != "" {
		b, err := os.ReadFile(c.o.bodyFile)
		if err != nil {
			_, err = openFile(c.o.bodyFile)
			return err
		}
		c.o.body = string(b)
	}
	if !c.o.editor {
		return nil
	}
	subject, body, err := editMessage(c.ctx, c.env, c.o.branch)
	c.o.subject, c.o.body = subject, body
	return err
}

func (c *commitRun) unchanged(parent, root, meta object.Checksum) (bool, error) {
	if !c.o.skipUnchanged || parent.IsZero() {
		return false, nil
	}
	old, err := c.repo.LoadCommit(parent)
	if err != nil {
		return false, err
	}
	return old.Tree == root && old.Meta == meta, nil
}

func (c *commitRun) print(commit object.Checksum, s ostree.TxnStats) {
	if !c.o.table {
		c.printf("%s\n", commit)
		return
	}
	c.printf("Commit: %s\nMetadata Total: %d\nMetadata Written: %d\nContent Total: %d\nContent Written: %d\nContent Cache Hits: %d\nContent Bytes Written: %d\n",
		commit, s.MetadataTotal, s.MetadataWritten, s.ContentTotal, s.ContentWritten, s.CacheHits, s.ContentBytesWritten)
}

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
