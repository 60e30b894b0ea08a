package assemble

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/rpmostree/internal/nameservice"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
	"github.com/nestos-dev/nestos/rpmostree/internal/scripts"
	"github.com/nestos-dev/nestos/rpmostree/internal/workroot"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// ScriptOptions say how scripts and programs run.
type ScriptOptions struct {
	// Dir is where the tree is while they run: a directory on the file system of the repository.
	Dir string
	// Sandbox holds further binds and covers.
	Sandbox sandbox.Config
	// Run holds language, output, debugging; its callbacks are set here.
	Run scripts.RunOptions
	// Plan holds lists of scripts that do not run.
	Plan scripts.PlanOptions
	// Output receives what programs other than scripts print; nil discards it.
	Output io.Writer
	// SkipSanityCheck leaves out running /usr/bin/true.
	SkipSanityCheck bool
	// Scratch says that there is no base: a tree without /usr/bin/true is none that scripts have damaged.
	Scratch bool

	Progress progress.Reporter
	Logger   *slog.Logger
}

func (o *ScriptOptions) env() []string { return o.Run.Env() }

func (o *ScriptOptions) task(name, text string) *progress.Task {
	return progress.Start(o.Progress, progress.Event{Task: name, Text: text})
}

// checkScripts finds scripts that cannot run before anything is done.
func (x *Transaction) checkScripts() error {
	_, err := x.plan(x.Install, nil)
	return err
}

func (x *Transaction) plan(packages []*Package, files func(prefix string) ([]string, error)) (*scripts.Plan, error) {
	list := make([]*scripts.Package, len(packages))
	for i, p := range packages {
		list[i] = &scripts.Package{Header: p.Header, Update: p.Replaces}
	}
	opts := x.Scripts.Plan
	opts.Files = files
	return scripts.NewPlan(x.kept(), list, &opts)
}

// runScripts runs the scripts of new packages and gives files their owners. A tree that needs neither stays in memory.
func (x *Transaction) runScripts(ctx context.Context) (err error) {
	if !x.needsSession() {
		if err := x.checkAfterRemoval(ctx); err != nil {
			return err
		}
		return x.ownersInMemory(ctx)
	}
	before := x.Tree.Clone()
	leave, err := enter(x.Tree)
	if err != nil {
		return err
	}
	state, err := nameservice.Prepare(ctx, x.Tree, x.Local)
	if err != nil {
		return err
	}
	if err := x.session(ctx); err != nil {
		return err
	}
	names, err := nameservice.Load(x.Tree)
	if err != nil {
		return err
	}
	if err := x.keepNumbers(ctx, state); err != nil {
		return err
	}
	if err := state.Finish(ctx, x.Tree); err != nil {
		return err
	}
	if err := leave(); err != nil {
		return err
	}
	if err := restoreBaseDatabase(x.Tree, before); err != nil {
		return err
	}
	return x.applyOwners(ctx, names)
}

// restoreBaseDatabase undoes what scripts did to the database of the base, which tells for good what that had.
func restoreBaseDatabase(t, before *rootfs.Tree) error {
	had, err := before.Exists(pkglist.BaseDatabase)
	if err != nil || !had {
		return err
	}
	if err := t.MkdirAll(path.Dir(pkglist.BaseDatabase), rootfs.Attr{Mode: 0o755}); err != nil {
		return err
	}
	return t.Restore(pkglist.BaseDatabase, before)
}

// needsSession tells whether anything has to run.
func (x *Transaction) needsSession() bool {
	plan, err := x.plan(x.installed, nil)
	if err != nil || !plan.Empty() {
		return true
	}
	return x.hasSysusers()
}

// hasSysusers tells whether new packages bring users that systemd-sysusers creates.
func (x *Transaction) hasSysusers() bool {
	if x.Scripts.Run.Sysusers == scripts.SysusersNever {
		return false
	}
	for _, p := range x.installed {
		if slices.ContainsFunc(p.files, func(f rpm.File) bool { return strings.HasPrefix(f.Path, "/usr/lib/sysusers.d/") }) {
			return true
		}
	}
	return false
}

// ownersInMemory gives files their owners by the users that the tree has.
func (x *Transaction) ownersInMemory(ctx context.Context) error {
	names, err := nameservice.Load(x.Tree)
	if err != nil {
		return err
	}
	return x.applyOwners(ctx, names)
}

func (x *Transaction) applyOwners(ctx context.Context, names *nameservice.Names) error {
	list, err := owners(x.Tree, names, x.installed)
	if err != nil {
		return err
	}
	return setOwners(ctx, x.Tree, list)
}

// kinds are the texts of the steps.
var kinds = map[scripts.Kind]string{
	scripts.Pre: "Running pre scripts", scripts.Post: "Running post scripts", scripts.PostTrans: "Running posttrans scripts",
	scripts.TransFileTriggerIn: "Running posttrans triggers",
}

// session runs everything in one sandbox, and takes over what was changed.
func (x *Transaction) session(ctx context.Context) (err error) {
	covers, err := scripts.Covers(x.Tree.ReadFile)
	if err != nil {
		return err
	}
	config := x.Scripts.Sandbox
	config.Covers = slices.Concat(config.Covers, covers)
	root, err := workroot.Open(ctx, workroot.Config{Tree: x.Tree, Dir: x.Scripts.Dir, Sandbox: config, Logger: x.Scripts.Logger})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	w := &sessionFiles{tree: x.Tree, root: root}
	plan, err := x.plan(x.installed, func(prefix string) ([]string, error) { return w.list(ctx, prefix) })
	if err != nil {
		return err
	}
	run := x.Scripts.Run
	if !x.hasSysusers() {
		run.Sysusers = scripts.SysusersNever
	}
	var task *progress.Task
	end := func(err error) {
		if task != nil {
			task.End(err)
			task = nil
		}
	}
	run.Begin = func(k scripts.Kind) error {
		end(nil)
		task = x.Scripts.task("scripts", kinds[k])
		return nil
	}
	run.AfterPre = func(ctx context.Context) error { return x.ownersInSession(ctx, root) }
	err = plan.Run(ctx, root.Session, &run)
	end(err)
	if err != nil {
		return err
	}
	if err := x.keepAccounts(ctx, root); err != nil {
		return err
	}
	if err := x.sanityCheck(ctx, root); err != nil {
		return err
	}
	return root.Apply(ctx)
}

// ownersInSession gives the files their owners where later scripts see them. Only root can do that; for others
// the tree in memory, which counts, gets them afterwards.
func (x *Transaction) ownersInSession(ctx context.Context, root *workroot.Root) error {
	names, err := sessionNames(ctx, root)
	if err != nil {
		return err
	}
	// The tree has /etc in its place for scripts, the paths of packages are those of a commit.
	list, err := owners(x.Tree, names, x.installed)
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	attrs := make([]sandbox.Attrs, 0, len(list))
	for _, o := range list {
		i, err := x.Tree.Lstat(o.name)
		if err != nil {
			return err
		}
		a := sandbox.Attrs{Path: o.name, UID: int(o.uid), GID: int(o.gid), Mode: o.mode}
		for _, attr := range i.Header.Xattrs {
			if attr.Name == rpm.CapsXattr {
				a.Xattrs = append(a.Xattrs, sandbox.Xattr{Name: attr.Name, Value: attr.Value})
			}
		}
		attrs = append(attrs, a)
	}
	return root.Session.SetAttrs(ctx, attrs)
}

// sessionNames reads the users and groups that there are now.
func sessionNames(ctx context.Context, root *workroot.Root) (*nameservice.Names, error) {
	read := func(files ...string) (texts []string, err error) {
		for _, name := range files {
			f, err := root.Session.Open(ctx, name)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			text, err := io.ReadAll(io.LimitReader(f, rootfs.MaxReadFile))
			if err = errors.Join(err, f.Close()); err != nil {
				return nil, err
			}
			texts = append(texts, string(text))
		}
		return texts, nil
	}
	passwd, err := read("etc/passwd", "usr/lib/passwd")
	if err != nil {
		return nil, err
	}
	group, err := read("etc/group", "usr/lib/group")
	if err != nil {
		return nil, err
	}
	return nameservice.ParseNames(passwd, group), nil
}

// keepAccounts puts files into the tree that make the users again which scripts have made.
func (x *Transaction) keepAccounts(ctx context.Context, root *workroot.Root) error {
	fragments, err := scripts.Accounts(ctx, root.Session)
	if err != nil {
		return err
	}
	for _, f := range fragments {
		if err := x.Tree.MkdirAll("usr/lib/sysusers.d", rootfs.Attr{Mode: 0o755}); err != nil {
			return err
		}
		if err := x.Tree.WriteFile(ctx, f.Path, rootfs.Attr{Mode: 0o644}, f.Content); err != nil {
			return err
		}
	}
	return nil
}

// keepNumbers does that for all users in a tree that has them in /etc, with the numbers that files belong to.
func (x *Transaction) keepNumbers(ctx context.Context, state *nameservice.State) error {
	fragments, err := state.Added(x.Tree)
	if err != nil || x.Scripts.Scratch {
		return err // the users of a base are no additions
	}
	for _, f := range fragments {
		if err := x.Tree.MkdirAll("usr/lib/sysusers.d", rootfs.Attr{Mode: 0o755}); err != nil {
			return err
		}
		if err := x.Tree.WriteFile(ctx, "usr/lib/sysusers.d/"+f.Name, rootfs.Attr{Mode: 0o644}, []byte(f.Text)); err != nil {
			return err
		}
	}
	return nil
}

func (x *Transaction) sanityCheck(ctx context.Context, root *workroot.Root) error {
	if x.Scripts.SkipSanityCheck {
		return nil
	}
	if x.Scripts.Scratch {
		ok, err := x.Tree.Exists("usr/bin/true")
		if err != nil || !ok {
			return err
		}
	}
	return scripts.SanityCheck(ctx, root.Session)
}

// checkAfterRemoval runs the sanity check on a tree in which nothing had to run, but from which files are gone. A
// tree that files were only added to needs none: what was there is as it was.
func (x *Transaction) checkAfterRemoval(ctx context.Context) (err error) {
	if len(x.Remove) == 0 || x.Scripts.Scratch || x.Scripts.SkipSanityCheck {
		return nil
	}
	leave, err := enter(x.Tree)
	if err != nil {
		return err
	}
	root, err := workroot.Open(ctx, workroot.Config{Tree: x.Tree, Dir: x.Scripts.Dir, Sandbox: x.Scripts.Sandbox, Logger: x.Scripts.Logger})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	if err := scripts.SanityCheck(ctx, root.Session); err != nil {
		return err
	}
	return leave()
}

// sessionFiles lists the files of the tree with what scripts have changed.
type sessionFiles struct {
	tree *rootfs.Tree
	root *workroot.Root
}

// list returns the absolute paths of the files that begin with a prefix, sorted.
func (w *sessionFiles) list(ctx context.Context, prefix string) ([]string, error) {
	found := map[string]bool{}
	dir := strings.TrimPrefix(prefix, "/")
	dir = dir[:strings.LastIndexByte(dir, '/')+1]
	err := w.tree.Walk(strings.TrimSuffix(dir, "/"), func(name string, i *rootfs.Info) error {
		if !i.IsDir() && strings.HasPrefix("/"+name, prefix) {
			found["/"+name] = true
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for c, err := range w.root.Session.Changes(ctx) {
		if err != nil {
			return nil, fmt.Errorf("reading what scripts changed: %w", err)
		}
		name := "/" + c.Path
		switch c.Kind {
		case sandbox.Removed:
			maps.DeleteFunc(found, func(p string, _ bool) bool { return p == name || strings.HasPrefix(p, name+"/") })
		case sandbox.File, sandbox.Symlink:
			if strings.HasPrefix(name, prefix) {
				found[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}
