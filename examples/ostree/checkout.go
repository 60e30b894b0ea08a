package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/ostree"
)

type checkoutRun struct {
	*command
	repo *ostree.Repo
	o    ostree.CheckoutOptions

	disableCache, union, unionAdd, unionIdentical bool
	fromStdin, composefs, composefsNoVerity       bool
	forceCopyEmpty                                bool
	fromFile, skipList, policy                    string
	fsync                                         *bool
}

func runCheckout(ctx context.Context, env *cli.Env, args []string) error {
	c := &checkoutRun{}
	c.command = newCommand(ctx, env, "COMMIT [DESTINATION]", "Check out a commit into a filesystem tree", c.table()...)
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	c.repo = r
	if len(rest) == 0 {
		return c.usage("COMMIT must be specified")
	}
	if err := c.check(); err != nil {
		return err
	}
	if err := c.prepare(); err != nil {
		return err
	}
	if c.fromStdin || c.fromFile != "" {
		return c.many(rest[0])
	}
	dest := rest[min(len(rest), 2)-1]
	commit, err := r.ResolveRev(rest[0])
	if err != nil {
		return err
	}
	if c.composefs || c.composefsNoVerity {
		return r.CheckoutComposefs(ctx, commit, dest, &ostree.ComposefsOptions{NoVerity: c.composefsNoVerity})
	}
	return r.Checkout(ctx, commit, dest, &c.o)
}

func (c *checkoutRun) table() []cli.Option {
	o := &c.o
	return []cli.Option{
		{Long: "user-mode", Short: 'U', Help: "Do not change file ownership or initialize extended attributes", Value: cli.Bool(&o.UserMode)},
		{Long: "disable-cache", Help: "Do not update or use the internal repository uncompressed object cache", Value: cli.Bool(&c.disableCache)},
		{Long: "subpath", Arg: "PATH", Help: "Checkout sub-directory PATH", Value: cli.Filename(&o.Subpath)},
		{Long: "union", Help: "Keep existing directories, overwrite existing files", Value: cli.Bool(&c.union)},
		{Long: "union-add", Help: "Keep existing files/directories, only add new", Value: cli.Bool(&c.unionAdd)},
		{Long: "union-identical", Help: "When layering checkouts, error out if a file would be replaced with a different version, but add new files and directories", Value: cli.Bool(&c.unionIdentical)},
		{Long: "whiteouts", Help: "Process 'whiteout' (Docker style) entries", Value: cli.Bool(&o.Whiteouts)},
		{Long: "process-passthrough-whiteouts", Help: "Enable overlayfs whiteout extraction into char 0:0 devices", Value: cli.Bool(&o.PassthroughWhiteouts)},
		{Long: "allow-noent", Help: "Do nothing if specified path does not exist", Value: cli.Bool(&o.AllowMissing)},
		{Long: "from-stdin", Help: "Process many checkouts from standard input", Value: cli.Bool(&c.fromStdin)},
		{Long: "from-file", Arg: "FILE", Help: "Process many checkouts from input file", Value: cli.Filename(&c.fromFile)},
		{Long: "fsync", Arg: "POLICY", Help: "Specify how to invoke fsync()", Value: boolValue(&c.fsync)},
		{Long: "require-hardlinks", Short: 'H', Help: "Do not fall back to full copies if hardlinking fails", Value: cli.Bool(&o.RequireHardlinks)},
		{Long: "force-copy-zerosized", Short: 'z', Help: "Do not hardlink zero-sized files", Value: cli.Bool(&c.forceCopyEmpty)}, // they never are
		{Long: "force-copy", Short: 'C', Help: "Never hardlink (but may reflink if available)", Value: cli.Bool(&o.ForceCopy)},
		{Long: "bareuseronly-dirs", Short: 'M', Help: "Suppress mode bits outside of 0775 for directories (suid, world writable, etc.)", Value: cli.Bool(&o.BareUserOnlyDirs)},
		{Long: "skip-list", Arg: "FILE", Help: "File containing list of files to skip", Value: cli.Filename(&c.skipList)},
		{Long: "selinux-policy", Arg: "PATH", Help: "Set SELinux labels based on policy in root filesystem PATH (may be /); implies --force-copy", Value: cli.Filename(&c.policy)},
		{Long: "selinux-prefix", Arg: "PREFIX", Help: "When setting SELinux labels, prefix all paths by PREFIX", Value: cli.String(&o.SELinuxPrefix)},
		{Long: "composefs", Help: "Only create a composefs blob", Value: cli.Bool(&c.composefs)},
		{Long: "composefs-noverity", Help: "Only create a composefs blob, and disable fsverity", Value: cli.Bool(&c.composefsNoVerity)},
	}
}

// check refuses options that exclude each other.
func (c *checkoutRun) check() error {
	o := &c.o
	special := c.disableCache || o.Whiteouts || o.RequireHardlinks || c.unionAdd || c.unionIdentical || o.ForceCopy || c.forceCopyEmpty ||
		o.BareUserOnlyDirs || c.skipList != "" || c.policy != "" || o.SELinuxPrefix != "" || o.PassthroughWhiteouts
	if c.policy != "" {
		o.ForceCopy = true
	}
	switch {
	case (c.composefs || c.composefsNoVerity) && (special || c.union || o.UserMode || o.Subpath != "" || c.fromStdin || c.fromFile != ""):
		return errors.New("Specified options are incompatible with --composefs")
	case c.union && c.unionAdd:
		return errors.New("Cannot specify both --union and --union-add")
	case c.union && c.unionIdentical:
		return errors.New("Cannot specify both --union and --union-identical")
	case c.unionAdd && c.unionIdentical:
		return errors.New("Cannot specify both --union-add and --union-identical")
	case o.RequireHardlinks && o.ForceCopy:
		return errors.New("Cannot specify both --require-hardlinks and --force-copy")
	case o.SELinuxPrefix != "" && c.policy == "":
		return errors.New("Cannot specify --selinux-prefix without --selinux-policy")
	case c.unionIdentical && !o.RequireHardlinks:
		return errors.New("--union-identical requires --require-hardlinks")
	}
	return nil
}

// prepare completes the options of the library's call.
func (c *checkoutRun) prepare() (err error) {
	o := &c.o
	switch {
	case c.union:
		o.Overwrite = ostree.OverwriteUnion
	case c.unionAdd:
		o.Overwrite = ostree.OverwriteAdd
	case c.unionIdentical:
		o.Overwrite = ostree.OverwriteIdentical
	}
	o.UncompressedCache = !c.disableCache
	o.Fsync = c.fsync != nil && *c.fsync
	if c.policy != "" {
		if o.SELinux, err = loadPolicy(c.policy, 0); err != nil {
			return err
		}
	}
	if c.skipList == "" {
		return nil
	}
	skip := map[string]bool{}
	err = withFile(c.skipList, func(r io.Reader) error {
		s := bufio.NewScanner(r)
		for s.Scan() {
			skip[s.Text()] = true
		}
		return s.Err()
	})
	o.Skip = func(path string) bool { return skip[path] }
	return err
}

// many reads pairs of a revision and a path, each ended by a NUL.
func (c *checkoutRun) many(dest string) error {
	in := c.env.Stdin
	if c.fromFile != "" {
		f, err := openFile(c.fromFile)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	words := strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00")
	if len(b) == 0 {
		words = nil
	}
	var sources []ostree.CheckoutSource
	for len(words) > 0 {
		if len(words) == 1 {
			return errors.New("Premature EOF in stream of commits and paths")
		}
		sum, err := c.repo.ResolveRev(words[0])
		if err != nil {
			return err
		}
		sources = append(sources, ostree.CheckoutSource{Commit: sum, Subpath: path.Clean(absolute(words[1]))})
		words = words[2:]
	}
	return c.repo.CheckoutAll(c.ctx, sources, dest, &c.o)
}

// loadPolicy reads the SELinux policy of a root file system.
func loadPolicy(path string, epoch int) (*ostree.SELinuxPolicy, error) {
	root, err := confine.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return ostree.LoadSELinuxPolicy(root.FS(), epoch)
}
