package main

import (
	"context"
	"errors"

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
			Refs: c.boundRefs(), Orphan: len(c.boundRefs()) == 0, NoBindings: c.o.noBindings, Bootable: c.o.bootable, Composefs: c.o.composefs, Detached: detached})
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
