//go:build unix

package files

import (
	"fmt"
	"path"

	"github.com/nestos-dev/nestos/ignition/provision/internal/tree"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
)

// verdict is what happens to an entry.
type verdict struct {
	verb     plan.Verb
	destroys bool
	note     string // what is logged when nothing is done
	err      error
}

// judge decides by what is at the entry's path.
func (w *writer) judge(e *entry, exists bool, there tree.Info) verdict {
	if !exists {
		return verdict{verb: plan.Create}
	}
	if e.overwrite {
		return verdict{verb: plan.Change, destroys: true}
	}
	switch e.kind {
	case directory:
		if !there.Directory() {
			return failure("error creating directory %s: A non-directory already exists and overwrite is false", e.shown)
		}
		return verdict{verb: e.attributes(there)}
	case file:
		return judgeFile(e, there)
	case hardlink:
		return w.judgeHardlink(e, there)
	default:
		return w.judgeSymlink(e, there)
	}
}

func failure(format string, args ...any) verdict {
	return verdict{verb: plan.Fail, err: fmt.Errorf(format, args...)}
}

func judgeFile(e *entry, there tree.Info) verdict {
	switch {
	case !there.Regular():
		return failure("error creating file %q: A non regular file exists there already and overwrite is false", e.shown)
	case e.contents != nil:
		return failure("error creating file %q: A file exists there already and overwrite is false", e.shown)
	case len(e.appends) > 0:
		return verdict{verb: plan.Append}
	default:
		return verdict{verb: e.attributes(there)}
	}
}

func (w *writer) judgeSymlink(e *entry, there tree.Info) verdict {
	if !there.Symlink() {
		return failure("error creating symlink %s: a non-symlink already exists at that path and overwrite is false", e.shown)
	}
	target, err := w.see().Readlink(e.path)
	if err != nil {
		return failure("error reading link at %s: %w", e.shown, err)
	}
	if path.Clean(target) != path.Clean(e.target) {
		return failure("error creating symlink %s: a symlink exists at that path but points to %s, not %s and overwrite is false",
			e.shown, target, e.target)
	}
	return verdict{verb: plan.Keep, note: fmt.Sprintf("Symlink %s to %s already exists, doing nothing", e.shown, e.target)}
}

func (w *writer) judgeHardlink(e *entry, there tree.Info) verdict {
	target, err := w.target(e)
	if err != nil {
		return failure("error resolving target path of hard link %s: %w", e.shown, err)
	}
	other, err := w.see().Lstat(target)
	if err != nil {
		return failure("error creating hard link %s: target does not exist or stat() returned an err: %w", e.shown, err)
	}
	if !there.Same(other) {
		return failure("error creating hard link %s: a file already exists at that path but is not the target and overwrite is false", e.shown)
	}
	return verdict{verb: plan.Keep, note: fmt.Sprintf("Hardlink %s to %s already exists, doing nothing", e.shown, e.target)}
}

// attributes tells whether owner or mode change. An owner given by name counts as a change.
func (e *entry) attributes(there tree.Info) plan.Verb {
	changes := e.mode != nil && *e.mode&0o7777 != there.Mode&0o7777 ||
		e.user.id != nil && *e.user.id != there.UID || e.group.id != nil && *e.group.id != there.GID ||
		e.user.id == nil && e.user.name != nil || e.group.id == nil && e.group.name != nil
	if changes {
		return plan.Change
	}
	return plan.Keep
}
