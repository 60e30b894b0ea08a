package assemble

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
	"github.com/nestos-dev/nestos/rpmostree/internal/scripts"
	"github.com/nestos-dev/nestos/rpmostree/internal/workroot"
)

// enter gives a tree the form that scripts expect: /etc where it is on a booted system, and what they need in /var.
// The function that it returns makes it that of a commit again.
func enter(t *rootfs.Tree) (leave func() error, err error) {
	before := t.Clone()
	moved, err := t.Exists("usr/etc")
	if err != nil {
		return nil, err
	}
	if moved {
		// A commit has no /etc; an empty one would be in the way.
		if err := removeEmptyEtc(t); err != nil {
			return nil, err
		}
		if err := t.Rename("usr/etc", "etc"); err != nil {
			return nil, fmt.Errorf("preparing /etc: %w", err)
		}
		if err := t.Symlink(context.Background(), "usr/etc", "../etc", rootfs.Attr{}); err != nil {
			return nil, err
		}
	}
	if err := makeVar(t); err != nil {
		return nil, err
	}
	return func() error {
		if moved {
			if err := t.Rename("etc", "usr/etc"); err != nil {
				return fmt.Errorf("restoring usr/etc: %w", err)
			}
		}
		return t.Restore("var", before)
	}, nil
}

// Enter gives a tree the form that programs of it expect, with /etc in its place. The function that it returns
// makes it that of a commit again.
func Enter(t *rootfs.Tree) (leave func() error, err error) { return enter(t) }

func removeEmptyEtc(t *rootfs.Tree) error {
	err := t.Remove("etc")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// compatibility are directories of /var that lie below /usr in images; packages know them by their old names.
var compatibility = []struct{ link, dir string }{
	{"var/lib/alternatives", "usr/lib/alternatives"},
	{"var/lib/vagrant", "usr/lib/vagrant"},
}

func makeVar(t *rootfs.Tree) error {
	for _, d := range []struct {
		name string
		mode uint32
	}{{"var/lib", 0o755}, {"var/lib/rpm-state", 0o755}, {"var/tmp", 0o1777}} {
		if err := t.MkdirAll(d.name, rootfs.Attr{Mode: 0o755}); err != nil {
			return err
		}
		if err := t.Modify(context.Background(), d.name, func(a *rootfs.Attr) { a.Mode = d.mode }); err != nil {
			return err
		}
	}
	for _, c := range compatibility {
		present, err := t.Exists(c.link)
		if err != nil {
			return err
		}
		wanted, err := t.Exists(c.dir)
		if err != nil {
			return err
		}
		if wanted && !present {
			if err := t.Symlink(context.Background(), c.link, "../../"+c.dir, rootfs.Attr{}); err != nil {
				return err
			}
		}
	}
	return nil
}

// tool runs a program of the tree.
func (o *ScriptOptions) tool(ctx context.Context, root *workroot.Root, name string, args ...string) error {
	out := scripts.LineWriter(o.Output, name+": ")
	err := root.Session.Run(ctx, &sandbox.Cmd{Argv: append([]string{name}, args...), Env: append(o.env(), "DRACUT_NO_MKNOD=1"), Output: out})
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("running %s: %w", name, err)
	}
	return nil
}
