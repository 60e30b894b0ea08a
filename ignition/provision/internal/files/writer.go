//go:build unix

package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"
	"github.com/nestos-dev/nestos/ignition/provision/internal/tree"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/ignition/resource"
	"github.com/nestos-dev/nestos/internal/confine"
)

const defaultFileMode = 0o644

// writer makes entries in order.
type writer struct {
	t       *tree.Tree
	fetcher host.Fetcher
	log     *oplog.Logger
	ctx     context.Context // of a dry run
	guess   *tree.Forecast  // in a dry run, what earlier steps leave
	text    string          // put before errors
	// accounts that the stage makes, in a dry run; none in a container
	newUsers, newGroups map[string]bool

	entries []entry
	ahead   ahead
}

func (s *stage) writer(log *oplog.Logger) *writer {
	w := &writer{t: s.t, fetcher: s.h.Fetcher, log: log, ctx: s.ctx, guess: s.guess, newUsers: map[string]bool{}, newGroups: map[string]bool{}}
	if s.guess != nil && !s.h.Container {
		for _, u := range s.cfg.Passwd.Users {
			w.newUsers[u.Name] = u.ShouldExist == nil || *u.ShouldExist
		}
		for _, g := range s.cfg.Passwd.Groups {
			w.newGroups[g.Name] = g.ShouldExist == nil || *g.ShouldExist
		}
	}
	s.writers = append(s.writers, w)
	return w
}

// plan returns a step for each entry.
func (w *writer) plan(entries []entry) *plan.Plan {
	w.entries = entries
	p := &plan.Plan{}
	for i := range entries {
		step := w.step(&entries[i])
		step.Do = func(ctx context.Context) error { return w.do(ctx, i) }
		p.Add(step)
	}
	return p
}

func (w *writer) do(ctx context.Context, i int) error {
	e := &w.entries[i]
	w.schedule(ctx, i)
	var err error
	if w.ahead.jobs[i] == nil { // else it was noted before its directory was made
		err = w.t.Note(e.path)
	}
	if err != nil {
		err = fmt.Errorf("error relabeling paths for %s: %w", e.shown, err)
	} else if err = w.make(ctx, i); err != nil {
		err = fmt.Errorf("error creating %s: %w", e.shown, err)
	}
	if err != nil {
		w.ahead.stop()
		if w.text != "" {
			err = fmt.Errorf("%s: %w", w.text, err)
		}
	}
	return err
}

func (w *writer) make(ctx context.Context, i int) error {
	e := &w.entries[i]
	exists, there, err := w.look(e)
	if err != nil {
		return err
	}
	v := w.judge(e, exists, there)
	if v.err != nil {
		return v.err
	}
	switch e.kind {
	case directory:
		return w.directory(e, exists, there)
	case file:
		if exists && !e.overwrite {
			return w.reuse(ctx, e)
		}
		return w.file(ctx, i, exists && there.Directory())
	default:
		if v.note != "" {
			w.log.Info("%s", v.note)
			return nil
		}
		return w.link(e, exists && there.Directory())
	}
}

// see returns what the entries are judged by.
func (w *writer) see() tree.Sight {
	if w.guess != nil {
		return w.guess
	}
	return w.t
}

// look returns what is at an entry's path.
func (w *writer) look(e *entry) (exists bool, there tree.Info, err error) {
	there, err = w.see().Lstat(e.path)
	if err == nil || tree.Missing(err) {
		return err == nil, there, nil
	}
	if e.kind != file {
		err = fmt.Errorf("stat() failed on %s: %w", e.shown, err)
	}
	return false, there, err
}

// directory makes a directory or changes one that is there.
func (w *writer) directory(e *entry, exists bool, there tree.Info) error {
	p := e.shown
	if exists && e.overwrite {
		if err := w.t.Remove(e.path); err != nil {
			return fmt.Errorf("error removing existing file %s: %w", p, err)
		}
	}
	own, err := w.owner(e)
	if err != nil {
		return fmt.Errorf("error setting directory permissions for %s: %w", p, err)
	}
	f, err := w.t.Mkdir(e.path)
	if err != nil {
		return fmt.Errorf("failed to create directory %s: %w", p, err)
	}
	defer f.Close()
	if err := w.t.SetOwnerMode(f, own, e.mode); err != nil {
		return fmt.Errorf("error setting directory permissions for %s: %w", p, err)
	}
	return nil
}

// file makes a file, or replaces what is there.
func (w *writer) file(ctx context.Context, i int, wasDirectory bool) error {
	e := &w.entries[i]
	p := e.shown
	var f *tree.NewFile
	defer func() {
		if f != nil {
			f.Abort()
		}
	}()
	err := w.log.Op(fmt.Sprintf("writing file %q", p), func(log *oplog.Logger) (err error) {
		if f, err = w.fill(resource.ContextWithLog(ctx, log), i); err != nil && f != nil {
			log.Crit("Error fetching file %q: %v", p, err)
		}
		return err
	})
	if err == nil {
		err = w.appendTo(ctx, e, f.File, true)
	}
	if err != nil {
		return fmt.Errorf("failed to create file %q: %w", p, err)
	}
	own, err := w.owner(e)
	if err != nil {
		return fmt.Errorf("error setting file permissions for %s: %w", p, err)
	}
	if wasDirectory {
		if err := w.t.Remove(e.path); err != nil {
			return fmt.Errorf("error removing existing file %s: %w", p, err)
		}
	}
	mode := uint32(defaultFileMode)
	if e.mode != nil {
		mode = *e.mode
	}
	if err := f.Commit(own, mode); err != nil {
		return fmt.Errorf("failed to create file %q: %w", p, err)
	}
	return nil
}

// fill returns a new file with the entry's contents; with an error, too, if only
// the contents failed.
func (w *writer) fill(ctx context.Context, i int) (*tree.NewFile, error) {
	if f, err, ok := w.ahead.take(i); ok {
		return f, err
	}
	e := &w.entries[i]
	f, err := w.t.Create(e.path)
	if err != nil || e.contents == nil {
		return f, err
	}
	return f, w.fetch(ctx, *e.contents, f.File)
}

func (w *writer) fetch(ctx context.Context, b content, to io.Writer) error {
	if b.inline != nil {
		_, err := to.Write(b.inline)
		return err
	}
	if b.res.Source == nil || *b.res.Source == "" && isPlain(b.res) {
		return nil
	}
	return w.fetcher.Fetch(ctx, b.res, to)
}

// isPlain reports whether nothing has to be checked or decompressed.
func isPlain(r types.Resource) bool {
	return r.Verification.Hash == nil && (r.Compression == nil || *r.Compression == "")
}

// reuse keeps a regular file, adds to it and changes owner and mode.
func (w *writer) reuse(ctx context.Context, e *entry) error {
	p := e.shown
	if len(e.appends) == 0 && e.mode == nil && e.user == (owner{}) && e.group == (owner{}) {
		return nil
	}
	f, err := w.t.Existing(e.path)
	if errors.Is(err, confine.ErrNotRegular) {
		return fmt.Errorf("failed to create file %q: can only append to files: %q", p, p)
	}
	if err != nil {
		return fmt.Errorf("failed to create file %q: %w", p, err)
	}
	defer f.Close()
	if e.lines {
		if err := w.endLine(e); err != nil {
			return fmt.Errorf("failed to create file %q: %w", p, err)
		}
	}
	if err := w.appendTo(ctx, e, f, false); err != nil {
		return fmt.Errorf("failed to create file %q: %w", p, err)
	}
	own, err := w.owner(e)
	if err == nil {
		err = w.t.SetOwnerMode(f, own, e.mode)
	}
	if err != nil {
		return fmt.Errorf("error setting file permissions for %s: %w", p, err)
	}
	return nil
}

// appendTo adds the entry's appendices to a file. A file that is in its place already
// gets them only when they are complete.
func (w *writer) appendTo(ctx context.Context, e *entry, f *os.File, isNew bool) error {
	p := e.shown
	for _, a := range e.appends {
		err := w.log.Op(fmt.Sprintf("appending to file %q", p), func(log *oplog.Logger) (err error) {
			ctx := resource.ContextWithLog(ctx, log)
			if isNew || a.inline != nil {
				err = w.fetch(ctx, a, f)
			} else {
				err = w.appendComplete(ctx, e, a, f)
			}
			if err != nil {
				log.Crit("Error fetching file %q: %v", p, err)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// endLine has the first appendix end a last line that has no end.
func (w *writer) endLine(e *entry) error {
	open, err := w.t.Unfinished(e.path)
	if err == nil && open && len(e.appends) > 0 {
		e.appends[0].inline = append([]byte{'\n'}, e.appends[0].inline...)
	}
	return err
}

func (w *writer) appendComplete(ctx context.Context, e *entry, a content, f *os.File) error {
	scratch, err := w.t.Scratch(e.path)
	if err != nil {
		return err
	}
	defer scratch.Close()
	if err := w.fetch(ctx, a, scratch); err != nil {
		return err
	}
	if _, err := scratch.Seek(0, io.SeekStart); err != nil {
		return err
	}
	// One write if it is small, so that a kill leaves all of it or nothing.
	_, err = io.CopyBuffer(struct{ io.Writer }{f}, struct{ io.Reader }{scratch}, make([]byte, 256<<10))
	return err
}

// link makes a symbolic or hard link.
func (w *writer) link(e *entry, wasDirectory bool) error {
	p := e.shown
	if wasDirectory {
		if err := w.t.Remove(e.path); err != nil {
			return fmt.Errorf("error removing existing file %s: %w", p, err)
		}
	}
	err := w.log.Op(fmt.Sprintf("writing link %q -> %q", p, e.target), func(*oplog.Logger) error {
		if e.kind == hardlink {
			target, err := w.target(e)
			if err != nil {
				return err
			}
			return w.t.Link(target, e.path, e.overwrite)
		}
		own, err := w.owner(e)
		if err != nil {
			return fmt.Errorf("error setting permissions of %s: %w", p, err)
		}
		if err := w.t.Symlink(e.target, e.path, linkOwner(own), e.overwrite); err != nil {
			return fmt.Errorf("could not create symlink: %w", err)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("failed to create link %q: %w", p, err)
	}
	return nil
}

// linkOwner is root where nothing is said, also in set-group-id directories.
func linkOwner(own tree.Owner) tree.Owner {
	if os.Geteuid() != 0 {
		return own
	}
	return tree.Owner{UID: max(own.UID, 0), GID: max(own.GID, 0)}
}

// target resolves the target of a hard link, which starts at the root even if it is relative.
func (w *writer) target(e *entry) (string, error) {
	return w.see().Resolve(path.Join("/", e.target))
}

// owner returns the ids to set, -1 for those that stay.
func (w *writer) owner(e *entry) (tree.Owner, error) {
	own := tree.NoOwner()
	fail := func(err error) (tree.Owner, error) {
		return own, fmt.Errorf("failed to determine correct uid and gid for %s: %w", e.shown, err)
	}
	switch {
	case e.user.id != nil:
		own.UID = *e.user.id
	case e.user.name != nil && *e.user.name != "":
		u, err := w.t.Accounts().User(*e.user.name)
		if err != nil {
			return fail(fmt.Errorf("no such user %q: %w", *e.user.name, err))
		}
		own.UID = u.UID
	}
	switch {
	case e.group.id != nil:
		own.GID = *e.group.id
	case e.group.name != nil && *e.group.name != "":
		g, err := w.t.Accounts().Group(*e.group.name)
		if err != nil {
			return fail(fmt.Errorf("no such group %q: %w", *e.group.name, err))
		}
		own.GID = g.GID
	}
	return own, nil
}

// scheme names where contents come from, for plans.
func scheme(b content) string {
	if b.inline != nil || b.res.Source == nil || *b.res.Source == "" {
		return ""
	}
	name, _, _ := strings.Cut(*b.res.Source, ":")
	return name
}
