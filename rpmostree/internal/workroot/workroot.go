// Package workroot puts a tree that is being assembled on a disk for a while, so that programs can run in
// it, and takes what they changed back into the tree.
package workroot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
)

// Config says where and how.
type Config struct {
	Tree *rootfs.Tree
	// Dir is a directory for the files, on the file system of the repository so that they can be hard
	// links to objects. What it holds is deleted before and afterwards.
	Dir string
	// Sandbox gives Covers, Binds and whatever else but Root, Upper and ReadWrite.
	Sandbox sandbox.Config
	// Copy gives programs a full copy of the tree, as it is done in any case where overlay file systems are not
	// possible.
	Copy bool
	// Log is told what is noteworthy; nil discards it.
	Logger *slog.Logger
}

// Root is a tree on disk with a sandbox in it.
type Root struct {
	// Session runs programs.
	Session *sandbox.Session

	cfg   Config
	plain *snapshot // of a private copy, where overlays are not possible
}

// Open checks the tree out and starts a sandbox in it. The tree must not be changed until Apply.
func Open(ctx context.Context, cfg Config) (*Root, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	r := &Root{cfg: cfg}
	if err := Remove(ctx, cfg.Dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, err
	}
	if err := r.start(ctx); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func (r *Root) start(ctx context.Context) error {
	if !r.cfg.Copy {
		if err := r.openOverlay(ctx); !errors.Is(err, sandbox.ErrNoOverlay) {
			return err
		}
	}
	return r.openCopy(ctx)
}

// openOverlay works on hard links to objects, which stay as they are.
func (r *Root) openOverlay(ctx context.Context) error {
	if err := r.checkout(ctx, false); err != nil {
		return err
	}
	var err error
	r.Session, err = sandbox.Start(ctx, r.sandboxConfig(false))
	return err
}

func (r *Root) path() string  { return filepath.Join(r.cfg.Dir, "root") }
func (r *Root) upper() string { return filepath.Join(r.cfg.Dir, "upper") }

func (r *Root) sandboxConfig(readWrite bool) *sandbox.Config {
	c := r.cfg.Sandbox
	c.Root, c.Upper, c.ReadWrite = r.path(), r.upper(), readWrite
	return &c
}

// openCopy works without overlays: on a copy that belongs to nobody else.
func (r *Root) openCopy(ctx context.Context) error {
	r.cfg.Logger.Info("scripts get a full copy of the tree", "forced", r.cfg.Copy)
	if err := os.RemoveAll(r.path()); err != nil {
		return err
	}
	if err := r.checkout(ctx, true); err != nil {
		return err
	}
	var err error
	if r.plain, err = takeSnapshot(ctx, r.path()); err != nil {
		return err
	}
	if r.Session, err = sandbox.Start(ctx, r.sandboxConfig(true)); err != nil {
		return err
	}
	r.plain.describe = r.Session.Lstat
	return nil
}

func (r *Root) checkout(ctx context.Context, private bool) error {
	repo := r.cfg.Tree.Repo()
	opts := &ostree.CheckoutOptions{ForceCopy: private}
	switch repo.Mode() {
	case ostree.ModeBare:
	case ostree.ModeBareUser:
		opts.UserMode = true
	default:
		return fmt.Errorf("running programs in a tree of a repository of mode %s is not supported; use bare or bare-user", repo.Mode())
	}
	tree, meta, err := r.cfg.Tree.Store()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.upper(), 0o700); err != nil {
		return err
	}
	return repo.CheckoutTree(ctx, tree, meta, r.path(), opts)
}

// Close ends the sandbox and deletes the files.
func (r *Root) Close() error {
	var err error
	if r.Session != nil {
		err = r.Session.Close()
		r.Session = nil
	}
	return errors.Join(err, Remove(context.Background(), r.cfg.Dir))
}

// Remove deletes the directory of a root, also one that a killed process left behind.
func Remove(ctx context.Context, dir string) error {
	if err := sandbox.Remove(ctx, filepath.Join(dir, "upper")); err != nil {
		return err
	}
	return os.RemoveAll(dir)
}
