//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/sign"
	"github.com/nestos-dev/nestos/rpmostree/compose"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

func (p *program) compose(ctx context.Context, env *cli.Env, args []string) error {
	var quiet bool
	return (&cli.App{
		Name: "compose", Summary: "Commands to compose a tree", Column: 24,
		Commands: []cli.Command{
			{Name: "tree", Help: "Process a \"treefile\"; install packages and commit the result to an OSTree repository", Run: p.composeTree},
			{Name: "install", Help: "Install packages into a target path", Run: p.composeInstall},
			{Name: "postprocess", Help: "Perform final postprocessing on an installation root", Run: p.composePostprocess},
			{Name: "commit", Help: "Commit a target path to an OSTree repository", Run: p.composeCommit},
			{Name: "extensions", Help: "Download RPM packages guaranteed to depsolve with a base OSTree", Run: p.composeExtensions},
			{Name: "container-encapsulate", Help: "Generate a reproducible \"chunked\" container image (using RPM data) from an OSTree commit", Run: p.composeEncapsulate},
			{Name: "image", Help: "Generate a reproducible \"chunked\" container image (using RPM data) from a treefile", Run: p.composeImage},
			{Name: "rootfs", Help: "Generate a root filesystem tree from a treefile", Run: p.composeRootfs},
			{Name: "build-chunked-oci", Hidden: true, Run: absent("compose build-chunked-oci")},
			{Name: "commit-to-container-rootfs", Hidden: true, Run: absent("compose commit-to-container-rootfs")},
			{Name: "treefile-apply", Hidden: true, Run: absent("compose treefile-apply")},
		},
		Options: []cli.Option{versionOption(env), quietOption(&quiet)},
	}).Run(ctx, env, args)
}

// composeRun is the frame that the compose commands share.
type composeRun struct {
	*command
	opts      compose.Options
	tree      compose.TreeOptions
	repo      string
	layerRepo string
	locks     []string
	strings   []string // metadata KEY=VALUE
	json      string   // file with metadata
	printOnly bool
	unified   bool

	opened []io.Closer
}

func (p *program) newCompose(ctx context.Context, env *cli.Env, params, summary string) *composeRun {
	return &composeRun{command: p.command(ctx, env, params, summary)}
}

func text(long, arg string, p *string, help string) cli.Option {
	return cli.Option{Long: long, Arg: arg, Help: help, Value: cli.String(p)}
}

func texts(long, arg string, p *[]string, help string) cli.Option {
	return cli.Option{Long: long, Arg: arg, Help: help, Value: cli.Strings(p)}
}

// installOptions are the options about where packages come from.
func (c *composeRun) installOptions() {
	o, t := &c.opts, &c.tree
	c.add(
		hiddenFlag("unified-core", &c.unified, "Use new \"unified core\" codepath"),
		text("cachedir", "CACHEDIR", &o.CacheDir, "Cached state"),
		text("workdir", "WORKDIR", &o.WorkDir, "Working directory"),
		text("source-root", "PATH", &o.SourceRoot, "Rootfs to use for resolving releasever if unset"),
		flag("force-nocache", 0, &t.ForceNoCache, "Always create a new OSTree commit, even if nothing appears to have changed"),
		flag("cache-only", 0, &o.CacheOnly, "Assume cache is present, do not attempt to update it"),
		flag("download-only", 0, &t.DownloadOnly, "Like --dry-run, but download and import RPMs as well; requires --cachedir"),
		flag("download-only-rpms", 0, &t.DownloadOnlyRPMs, "Like --dry-run, but download RPMs as well; requires --cachedir"),
		text("proxy", "PROXY", &o.Proxy, "HTTP proxy"),
		flag("dry-run", 'n', &t.DryRun, "Just print the transaction and exit"),
		flag("print-only", 0, &c.printOnly, "Just expand any includes and print treefile"),
		flag("disable-selinux", 0, &o.DisableSELinux, "Disable SELinux labeling, even if manifest enables it"),
		text("touch-if-changed", "FILE", &t.TouchIfChanged, "Update the modification time on FILE if a new commit was created"),
		text("previous-commit", "COMMIT", &t.PreviousCommit, "Use this commit for change detection"),
		text("previous-inputhash", "DIGEST", &t.PreviousInputHash, "Use this input hash for change detection"),
		text("previous-version", "VERSION", &t.PreviousVersion, "Use this version number for automatic version numbering"),
		text("layer-repo", "REPO", &c.layerRepo, "Path to OSTree repository for ostree-layers and ostree-override-layers"),
		text("ex-write-lockfile-to", "FILE", &t.WriteLockfileTo, "Write lockfile to FILE"),
		texts("ex-lockfile", "FILE", &c.locks, "Read lockfile from FILE"),
		flag("ex-lockfile-strict", 0, &o.LockfileStrict, "With --ex-lockfile, only allow installing locked packages"))
}

// commitOptions are the options about the commit.
func (c *composeRun) commitOptions() {
	t := &c.tree
	c.add(
		texts("add-metadata-string", "KEY=VALUE", &c.strings, "Append given key and value (in string format) to metadata"),
		text("add-metadata-from-json", "JSON", &c.json, "Parse the given JSON file as object, convert to GVariant, append to OSTree commit"),
		text("write-commitid-to", "FILE", &t.WriteCommitIDTo, "File to write the composed commitid to instead of updating the ref"),
		text("write-composejson-to", "FILE", &t.WriteComposeJSONTo, "Write JSON to FILE containing information about the compose run"),
		flag("no-parent", 0, &t.NoParent, "Always commit without a parent"),
		text("parent", "REV", &t.Parent, "Commit with specific parent"))
}

func (c *composeRun) repoOption(help string) {
	c.add(cli.Option{Long: "repo", Short: 'r', Arg: "REPO", Help: help, Value: cli.Filename(&c.repo)})
}

func (c *composeRun) close() {
	for _, o := range c.opened {
		o.Close()
	}
}

// prepare fills in what the options mean.
func (c *composeRun) prepare() error {
	o := &c.opts
	r := c.progress()
	o.Files = os.DirFS("/")
	o.ProxyEnv, o.Lang, o.ScriptDebug = c.env.Lookup, c.env.Lookup("LANG"), c.env.Lookup("RPMOSTREE_SCRIPT_DEBUG")
	if o.ScriptDebug != "" {
		o.Terminal, _ = c.env.Stdin.(*os.File)
	}
	o.SkipSanityCheck = c.env.Lookup("RPMOSTREE_SKIP_SANITYCHECK") != ""
	o.ScriptOutput, o.Message, o.Progress = r.scripts(), r.message, r
	o.Logger = slog.New(slog.NewTextHandler(c.env.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if epoch := c.env.Lookup("SOURCE_DATE_EPOCH"); epoch != "" {
		n, err := strconv.ParseUint(epoch, 10, 62)
		if err != nil {
			return fmt.Errorf("invalid SOURCE_DATE_EPOCH %q", epoch)
		}
		o.Epoch = time.Unix(int64(n), 0)
	}
	if err := c.readLocks(); err != nil {
		return err
	}
	return c.prepareTree()
}

func (c *composeRun) readLocks() (err error) {
	if len(c.locks) == 0 {
		return nil
	}
	names := make([]string, len(c.locks))
	for i, l := range c.locks {
		if names[i], err = rooted(l); err != nil {
			return err
		}
	}
	c.opts.Lockfile, err = treefile.LoadLockfiles(c.opts.Files, names...)
	return err
}

// rooted is the name of a file in the file system that begins at "/".
func rooted(name string) (string, error) {
	path, err := filepath.Abs(name)
	return strings.TrimPrefix(path, "/"), err
}

func (c *composeRun) prepareTree() (err error) {
	t := &c.tree
	t.Options = c.opts
	t.GPGHome = sign.DefaultHome(c.env.Lookup("GNUPGHOME"), c.env.Lookup("HOME"))
	if c.repo != "" {
		if t.Repo, err = c.openRepo(c.repo); err != nil {
			return err
		}
	}
	if c.layerRepo != "" {
		if t.LayerRepo, err = c.openRepo(c.layerRepo); err != nil {
			return err
		}
	}
	t.Metadata, err = c.metadata()
	return err
}

func (c *composeRun) openRepo(path string) (*ostree.Repo, error) {
	r, err := ostree.Open(path, nil)
	if err == nil {
		c.opened = append(c.opened, r)
	}
	return r, err
}

// metadata are the additions to the commit's.
func (c *composeRun) metadata() (map[string]any, error) {
	md := map[string]any{}
	if c.json != "" {
		f, err := os.Open(c.json)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		d := json.NewDecoder(f)
		d.UseNumber()
		if err := d.Decode(&md); err != nil {
			return nil, fmt.Errorf("%s: %w", c.json, err)
		}
	}
	for _, s := range c.strings {
		key, value, ok := strings.Cut(s, "=")
		if !ok {
			return nil, fmt.Errorf("Invalid KEY=VALUE string '%s'", s)
		}
		md[key] = value
	}
	return md, nil
}

func (c *composeRun) treefile(name string) (*treefile.Treefile, error) {
	name, err := rooted(name)
	if err != nil {
		return nil, err
	}
	return treefile.LoadCompose(os.DirFS("/"), name, &treefile.Options{Arch: compose.Machine(), Prefix: "/"})
}

// print prints the flattened treefile, if that is all there is to do.
func (c *composeRun) print(tf *treefile.Treefile) (done bool, err error) {
	if !c.printOnly {
		return false, nil
	}
	data, err := compose.Print(tf)
	if err == nil {
		c.printf("%s\n", data)
	}
	return true, err
}

func (p *program) composeTree(ctx context.Context, env *cli.Env, args []string) error {
	c := p.newCompose(ctx, env, "TREEFILE", "Process a \"treefile\"; install packages and commit the result to an OSTree repository")
	c.repoOption("Path to OSTree repository")
	c.installOptions()
	c.commitOptions()
	rest, done, err := c.parse(args)
	if done || err != nil {
		return err
	}
	if len(rest) != 1 {
		return c.usage("TREEFILE must be specified")
	}
	tf, err := c.treefile(rest[0])
	if err != nil {
		return err
	}
	if done, err := c.print(tf); done || err != nil {
		return err
	}
	if c.repo == "" {
		return c.usage("--repo must be specified")
	}
	defer c.close()
	if err := c.prepare(); err != nil {
		return err
	}
	return c.transact(func(ctx context.Context) error {
		_, err := compose.Tree(ctx, tf, &c.tree)
		return err
	})
}

func (p *program) composeInstall(ctx context.Context, env *cli.Env, args []string) error {
	var postprocess bool
	c := p.newCompose(ctx, env, "TREEFILE DESTDIR", "Install packages into a target path")
	c.repoOption("Path to OSTree repository")
	c.installOptions()
	c.add(flag("postprocess", 0, &postprocess, "Also run default postprocessing"))
	rest, done, err := c.parse(args)
	if done || err != nil {
		return err
	}
	if len(rest) == 0 || len(rest) < 2 && !c.printOnly || len(rest) > 2 {
		return c.usage("TREEFILE and DESTDIR must be specified")
	}
	tf, err := c.treefile(rest[0])
	if err != nil {
		return err
	}
	if done, err := c.print(tf); done || err != nil {
		return err
	}
	defer c.close()
	if err := c.prepare(); err != nil {
		return err
	}
	return c.transact(func(ctx context.Context) error {
		res, err := compose.Install(ctx, tf, rest[1], &c.tree)
		if err != nil || !postprocess || !res.Changed {
			return err
		}
		return compose.Postprocess(ctx, tf, filepath.Join(rest[1], "rootfs"), &c.opts)
	})
}

func (p *program) composePostprocess(ctx context.Context, env *cli.Env, args []string) error {
	c := p.newCompose(ctx, env, "ROOTFS [TREEFILE]", "Perform final postprocessing on an installation root")
	rest, done, err := c.parse(args)
	if done || err != nil {
		return err
	}
	if len(rest) == 0 || len(rest) > 2 {
		return c.usage("ROOTFS must be specified")
	}
	var tf *treefile.Treefile
	if len(rest) == 2 {
		if tf, err = c.treefile(rest[1]); err != nil {
			return err
		}
	}
	if err := c.prepare(); err != nil {
		return err
	}
	return c.transact(func(ctx context.Context) error { return compose.Postprocess(ctx, tf, rest[0], &c.opts) })
}

func (p *program) composeCommit(ctx context.Context, env *cli.Env, args []string) error {
	c := p.newCompose(ctx, env, "TREEFILE ROOTFS", "Commit a target path to an OSTree repository")
	c.repoOption("Path to OSTree repository")
	c.commitOptions()
	c.add(hiddenFlag("unified-core", &c.unified, "Use new \"unified core\" codepath"))
	rest, done, err := c.parse(args)
	if done || err != nil {
		return err
	}
	switch {
	case len(rest) != 2:
		return c.usage("TREEFILE and ROOTFS must be specified")
	case c.repo == "":
		return c.usage("--repo must be specified")
	}
	tf, err := c.treefile(rest[0])
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.prepare(); err != nil {
		return err
	}
	return c.transact(func(ctx context.Context) error {
		_, err := compose.Commit(ctx, tf, rest[1], &c.tree)
		return err
	})
}

func (p *program) composeRootfs(ctx context.Context, env *cli.Env, args []string) error {
	var rw string
	c := p.newCompose(ctx, env, "MANIFEST DEST", "Generate a root filesystem tree from a treefile")
	c.add(
		text("cachedir", "CACHEDIR", &c.opts.CacheDir, "Directory to use for caching downloaded packages and other data"),
		text("source-root", "PATH", &c.opts.SourceRoot, "Source root for package system configuration"),
		text("source-root-rw", "PATH", &rw, "Source root for package system configuration"),
		texts("lockfile", "FILE", &c.locks, "JSON-formatted lockfile; can be specified multiple times"))
	rest, done, err := c.parse(args)
	switch {
	case done || err != nil:
		return err
	case len(rest) != 2:
		return c.usage("MANIFEST and DEST must be specified")
	case rw != "" && c.opts.SourceRoot != "":
		return errors.New("Cannot specify both --source-root and --source-root-rw")
	case rw != "":
		c.opts.SourceRoot = rw
	}
	tf, err := c.treefile(rest[0])
	if err != nil {
		return err
	}
	if err := c.prepare(); err != nil {
		return err
	}
	return c.transact(func(ctx context.Context) error {
		_, err := compose.Rootfs(ctx, tf, rest[1], &c.tree)
		return err
	})
}

func (p *program) composeExtensions(ctx context.Context, env *cli.Env, args []string) error {
	var base, rootfs, output, touch string
	c := p.newCompose(ctx, env, "TREEFILE EXTYAML", "Download RPM packages guaranteed to depsolve with a base OSTree")
	c.repoOption("Path to OSTree repository to use")
	c.add(
		hiddenFlag("unified-core", &c.unified, "Use new \"unified core\" codepath"),
		text("layer-repo", "REPO", &c.layerRepo, "Path to OSTree repository for ostree-layers and ostree-override-layers"),
		text("output-dir", "PATH", &output, "Path to extensions output directory"),
		text("base-rev", "REV", &base, "Base OSTree revision"),
		text("rootfs", "PATH", &rootfs, "Path to already present rootfs"),
		text("cachedir", "CACHEDIR", &c.opts.CacheDir, "Path to cached repo metadata and RPMs"),
		text("touch-if-changed", "FILE", &touch, "Update the modification time on FILE if new extensions were downloaded"))
	rest, done, err := c.parse(args)
	switch {
	case done || err != nil:
		return err
	case len(rest) != 2:
		return c.usage("TREEFILE and EXTYAML must be specified")
	case output == "":
		return c.usage("--output-dir must be specified")
	}
	tf, err := c.treefile(rest[0])
	if err != nil {
		return err
	}
	list, err := os.ReadFile(rest[1])
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.prepare(); err != nil {
		return err
	}
	o := &compose.ExtensionsOptions{Options: c.opts, Repo: c.tree.Repo, BaseRev: base, RootFS: rootfs, OutputDir: output, TouchIfChanged: touch}
	return c.transact(func(ctx context.Context) error {
		_, err := compose.Extensions(ctx, tf, list, o)
		return err
	})
}
