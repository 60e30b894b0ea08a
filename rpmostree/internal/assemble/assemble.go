package assemble

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/rpmostree/internal/nameservice"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb"
)

// Transaction is what is to be done to a tree.
type Transaction struct {
	// Tree is changed. Its root is that of a commit, with usr/etc.
	Tree *rootfs.Tree
	// Database is that of the tree.
	Database *Database
	// Install are new packages, Remove installed ones that go, also those that new ones replace.
	Install []*Package
	Remove  []rpmdb.Record
	// Local are the users of the system that the tree is made for.
	Local nameservice.Local
	// Time is that of the installation in the package database.
	Time time.Time
	// Multilib is set where programs of two word sizes are used together.
	Multilib bool
	// Scripts say how scripts run.
	Scripts ScriptOptions
	// Kernel says what is done about a new kernel; nil leaves kernels alone.
	Kernel *KernelOptions
	// Exclude, unless nil, tells which files of new packages are left out, directories aside. The database
	// has them as not installed.
	Exclude func(h *rpm.Header, f *rpm.File) bool
	// Unpacked, unless nil, is called when all files are in the tree, before anything runs.
	Unpacked func(context.Context) error

	Progress progress.Reporter
	Logger   *slog.Logger

	installed []*Package // Install in the order of the transaction
}

// Run does it. After an error the tree must not be used any more.
func (x *Transaction) Run(ctx context.Context) error {
	if x.Logger == nil {
		x.Logger = slog.New(slog.DiscardHandler)
	}
	for _, p := range x.Install {
		if err := p.load(); err != nil {
			return err
		}
	}
	if err := x.checkScripts(); err != nil {
		return err
	}
	oldKernel, err := x.removeKernel()
	if err != nil {
		return err
	}
	x.exclude()
	if err := x.files(); err != nil {
		return err
	}
	if x.Unpacked != nil {
		if err := x.Unpacked(ctx); err != nil {
			return err
		}
	}
	if err := x.runScripts(ctx); err != nil {
		return err
	}
	if err := mergeTmpfiles(ctx, x.Tree); err != nil {
		return err
	}
	if err := x.writeDatabase(ctx); err != nil {
		return err
	}
	return x.finishKernel(ctx, oldKernel)
}

// task reports a step.
func (x *Transaction) task(name, text string) *progress.Task {
	return progress.Start(x.Progress, progress.Event{Task: name, Text: text})
}

// files takes out the files of packages that go and puts in those of new ones.
func (x *Transaction) files() error {
	done := x.task("checkout", "Checking out packages")
	err := x.changeFiles()
	done.End(err)
	return err
}

func (x *Transaction) changeFiles() error {
	kept := x.kept()
	if len(x.Remove) > 0 {
		names, err := owned(x.Tree, kept)
		if err != nil {
			return err
		}
		if err := removeFiles(x.Tree, headersOf(x.Remove), names); err != nil {
			return err
		}
	}
	var err error
	if x.installed, err = sorted(x.Tree, x.Install, x.Remove); err != nil {
		return err
	}
	if err := preferColors(x.Tree, x.installed, kept); err != nil {
		return err
	}
	for _, force := range []bool{false, true} {
		for _, p := range x.installed {
			if p.ReplaceFiles == force {
				if err := x.unpack(p); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// exclude marks the files that are left out.
func (x *Transaction) exclude() {
	if x.Exclude == nil {
		return
	}
	for _, p := range x.Install {
		for i := range p.files {
			p.excluded[i] = !p.files[i].IsDir() && x.Exclude(p.Header, &p.files[i])
		}
	}
}

// kept are the headers of installed packages that stay.
func (x *Transaction) kept() []*rpm.Header {
	var headers []*rpm.Header
	for _, r := range x.Database.Set.Records() {
		gone := slices.ContainsFunc(x.Remove, func(o rpmdb.Record) bool { return o.Num == r.Num })
		if !gone {
			headers = append(headers, r.Header)
		}
	}
	return headers
}

const nsswitch = "usr/etc/nsswitch.conf"

// unpack puts the files of a package into the tree.
func (x *Transaction) unpack(p *Package) error {
	name := p.Header.String(rpm.TagName)
	opts := rootfs.OverlayOptions{}
	switch {
	case name == "setup":
		opts.Collision = rootfs.KeepOld
	case p.ReplaceFiles:
		opts.Collision = rootfs.Replace
	}
	skip := map[string]bool{}
	for i := range p.files {
		if p.skipped[i] || p.excluded[i] {
			at, ok, err := place(x.Tree, name, &p.files[i])
			if err != nil {
				return err
			}
			skip[at] = ok
		}
	}
	configured, err := x.Tree.Exists(nsswitch)
	if err != nil {
		return err
	}
	if configured {
		skip[nsswitch] = true
	}
	if len(skip) > 0 {
		opts.Skip = func(path string) bool {
			if skip[path] {
				return true
			}
			real, err := x.Tree.Resolve(path)
			return err == nil && skip[real]
		}
	}
	if err := x.Tree.OverlayCommit(p.Commit, opts); err != nil {
		return fmt.Errorf("Checkout %s: %w", p.nevra(), err)
	}
	return nil
}

func (x *Transaction) writeDatabase(ctx context.Context) error {
	done := x.task("rpmdb", "Writing rpmdb")
	err := x.changeDatabase(ctx)
	done.End(err)
	return err
}

func (x *Transaction) changeDatabase(ctx context.Context) error {
	for _, r := range x.Remove {
		x.Database.Set.Drop(r.Num)
	}
	if err := addRecords(x.Database.Set, x.installed, x.Time, x.Multilib); err != nil {
		return err
	}
	return x.Database.Write(ctx, x.Tree)
}

// kernelVersions are the versions of the kernels that packages have files for, by the directories of modules
// that they own a kernel in.
func kernelVersions(headers []*rpm.Header) ([]string, error) {
	var versions []string
	for _, h := range headers {
		paths, err := h.Paths()
		if err != nil {
			return nil, err
		}
		for _, p := range paths {
			if v, ok := kernelVersion(p); ok && !slices.Contains(versions, v) {
				versions = append(versions, v)
			}
		}
	}
	return versions, nil
}

func kernelVersion(path string) (string, bool) {
	path = strings.TrimPrefix(path, "/usr")
	if v, ok := strings.CutPrefix(path, "/boot/vmlinuz-"); ok && v != "" && !strings.Contains(v, "/") {
		return v, true
	}
	rest, ok := strings.CutPrefix(path, "/lib/modules/")
	v, file, found := strings.Cut(rest, "/")
	return v, ok && found && file == "vmlinuz"
}
