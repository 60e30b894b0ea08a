package disks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"
	"github.com/nestos-dev/nestos/ignition/provision/internal/tree"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/run"
)

// mounts are the file systems to mount, the outer ones first.
func (s *stage) mounts() []mount {
	var list []mount
	for i := range s.cfg.Storage.Filesystems {
		f := &s.cfg.Storage.Filesystems[i]
		if format := text(f.Format); !empty(f.Path) && format != "" && format != "swap" && format != formatNone {
			list = append(list, mount{stage: s, fs: f, path: path.Clean("/" + *f.Path), entry: entry("filesystems", i)})
		}
	}
	slices.SortStableFunc(list, func(a, b mount) int { return depth(a.path) - depth(b.path) })
	return list
}

func depth(p string) int { return len(components(p)) }

func components(p string) []string {
	return slices.DeleteFunc(strings.Split(p, "/"), func(c string) bool { return c == "" })
}

// mount is one file system to mount.
type mount struct {
	*stage
	fs    *types.Filesystem
	path  string // below the root, clean, with a leading slash
	entry string
}

// Mount mounts the file systems that have a path. It makes missing directories, and
// notes them in the state.
func Mount(ctx context.Context, h *host.Host, cfg *types.Config) error {
	s := newStage(h, cfg)
	for _, m := range s.mounts() {
		// What is below a mount point is known when it is mounted.
		p, err := m.plan()
		if err != nil {
			return of(m.entry, err)
		}
		if h.DryRun {
			continue
		}
		if err := s.apply(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// PlanMount tells what Mount would do. Directories below another mount point of the
// config count as missing. Mount points of file systems that will be new are noted in
// h.Predicted, by their paths in the root, as existing and empty.
func PlanMount(_ context.Context, h *host.Host, cfg *types.Config) (*plan.Plan, error) {
	if h.Predicted == nil {
		h.Predicted = make(map[string]bool)
	}
	dry := *h
	dry.DryRun = true
	s := newStage(&dry, cfg)
	p := new(plan.Plan)
	var mounted []string
	for _, m := range s.mounts() {
		if text(m.fs.Format) != formatVirtio {
			if _, err := s.find(m.fs.Device); err != nil {
				p.Add(fail("mount", m.path, m.entry, fmt.Errorf("%s: %w", m.fs.Device, err)))
				continue
			}
		}
		steps, err := m.plan()
		if err != nil {
			return nil, err
		}
		// The innermost mount point above this one is the last of the list.
		for _, outer := range slices.Backward(mounted) {
			if m.path != outer && strings.HasPrefix(m.path, strings.TrimSuffix(outer, "/")+"/") {
				steps = &plan.Plan{Steps: m.steps(missing(m.path, outer))}
				break
			}
		}
		p.Add(steps.Steps...)
		mounted = append(mounted, m.path)
		if h.Predicted[filepath.Clean(m.fs.Device)] {
			h.Predicted[m.path] = true
		}
	}
	for i := range p.Steps {
		p.Steps[i].Do = nil
	}
	return p, nil
}

// missing are the directories from below outer to p.
func missing(p, outer string) []string {
	var list []string
	for ; p != outer && p != "/"; p = path.Dir(p) {
		list = append(list, p)
	}
	slices.Reverse(list)
	return list
}

// plan looks at the path: all of it that exists must be directories, not links, or
// the hostile root could have us mount anywhere.
func (m *mount) plan() (*plan.Plan, error) {
	absent, err := m.check()
	var bad *componentError
	if errors.As(err, &bad) {
		return &plan.Plan{Steps: []plan.Step{fail("mount", m.path, m.entry, err)}}, nil
	}
	if err != nil {
		return nil, err
	}
	return &plan.Plan{Steps: m.steps(absent)}, nil
}

func (m *mount) steps(absent []string) []plan.Step {
	var steps []plan.Step
	for i, dir := range absent {
		steps = append(steps, plan.Step{Verb: plan.Create, Kind: "directory", Name: dir, Entry: m.entry, Do: func(ctx context.Context) error {
			if err := m.mkdir(dir); err != nil || i != len(absent)-1 {
				return err
			}
			return m.relabel(ctx, m.full(absent[0]))
		}})
	}
	return append(steps, plan.Step{
		Verb: plan.Mount, Kind: "filesystem", Name: m.path, Entry: m.entry, Do: m.do,
		Detail: fmt.Sprintf("%s from %s", text(m.fs.Format), m.fs.Device),
	})
}

func (m *mount) full(p string) string { return filepath.Join(m.h.Root, p) }

type componentError struct{ path, component string }

func (e *componentError) Error() string {
	return fmt.Sprintf("mount path %q contains non-directory component %q", e.path, e.component)
}

// check returns the directories that are missing.
func (m *mount) check() ([]string, error) {
	if err := checkReal(m.h.Root, m.full(m.path)); err != nil {
		return nil, err
	}
	root, err := confine.OpenRoot(m.h.Root)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	at := "/"
	var absent []string
	for _, c := range components(m.path) {
		at = path.Join(at, c)
		if len(absent) > 0 {
			absent = append(absent, at)
			continue
		}
		st, err := root.Lstat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			absent = append(absent, at)
		case err != nil:
			return nil, err
		case !st.IsDir():
			return nil, &componentError{m.full(m.path), m.full(at)}
		}
	}
	return absent, nil
}

// checkReal demands that the root itself is reached without links.
func checkReal(root, full string) error {
	at := "/"
	for _, c := range components(filepath.Clean(root)) {
		at = filepath.Join(at, c)
		st, err := os.Lstat(at)
		if err != nil {
			return err
		}
		if !st.IsDir() {
			return &componentError{full, at}
		}
	}
	return nil
}

func (m *mount) mkdir(dir string) error {
	root, err := confine.OpenRoot(m.h.Root)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.Mkdir(dir, 0o755); err != nil {
		return err
	}
	m.h.State.NotatedDirectories = append(m.h.State.NotatedDirectories, dir)
	return nil
}

func (m *mount) do(ctx context.Context) error {
	var words []string
	for _, o := range m.fs.MountOptions {
		words = append(words, string(o))
	}
	options, format, full := strings.Join(words, ","), text(m.fs.Format), m.full(m.path)
	what := fmt.Sprintf("mounting %q at %q with type %q and options %q", m.fs.Device, full, format, options)
	cmd := run.Command("mount", "-o", options, "-t", format, m.fs.Device, full)
	if _, err := m.log.Cmd(ctx, m.h.Run, what, cmd); err != nil {
		return err
	}
	if !m.h.Settings.SELinuxRelabel {
		return nil
	}
	fresh, err := m.isFresh()
	if err != nil {
		return fmt.Errorf("checking if mountpoint %s is empty: %w", full, err)
	}
	if fresh {
		return m.relabel(ctx, full)
	}
	return nil
}

// isFresh tells whether nothing but lost+found is in the file system.
func (m *mount) isFresh() (bool, error) {
	root, err := confine.OpenRoot(m.h.Root) // anew: it may have been mounted over
	if err != nil {
		return false, err
	}
	defer root.Close()
	dir, err := root.Open(m.path)
	if err != nil {
		return false, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return len(names) == 0 || len(names) == 1 && names[0] == "lost+found", nil
}

// relabel gives a path, and what is below it, the labels of the root's policy.
// A root without SELinux is left alone, unless relabelling was demanded.
func (s *stage) relabel(ctx context.Context, path string) error {
	if !s.h.Settings.SELinuxRelabel {
		return nil
	}
	t, err := tree.Open(s.h.Root, tree.Options{})
	if err != nil {
		return err
	}
	defer t.Close()
	policy, err := t.Policy(s.h.Settings.RelabelDemanded)
	if err != nil || policy == nil {
		return err
	}
	cmd := run.Command("setfiles", "-vF0", "-r", s.h.Root, policy.FileContexts, "-f", "-")
	cmd.Stdin = strings.NewReader(path + "\x00")
	_, err = s.log.Cmd(ctx, s.h.Run, "relabeling 1 patterns", cmd)
	return err
}

// Umount unmounts what Mount mounted, the inner ones first.
func Umount(ctx context.Context, h *host.Host, cfg *types.Config) error {
	p, err := PlanUmount(ctx, h, cfg)
	if err != nil || h.DryRun {
		return err
	}
	return newStage(h, cfg).apply(ctx, p)
}

// PlanUmount tells what Umount would do.
func PlanUmount(_ context.Context, h *host.Host, cfg *types.Config) (*plan.Plan, error) {
	s := newStage(h, cfg)
	list := s.mounts()
	slices.Reverse(list)
	p := new(plan.Plan)
	for _, m := range list {
		step := plan.Step{Verb: plan.Mount, Kind: "filesystem", Name: m.path, Detail: "unmount", Entry: m.entry}
		if !h.DryRun {
			step.Do = func(context.Context) error { return m.umount() }
		}
		p.Add(step)
	}
	return p, nil
}

func (m *mount) umount() error {
	full := m.full(m.path)
	return m.log.Op(fmt.Sprintf("umounting %q", full), func(*oplog.Logger) error {
		if _, err := m.check(); err != nil { // links were refused when mounting, too
			return err
		}
		return unmount(full)
	})
}
