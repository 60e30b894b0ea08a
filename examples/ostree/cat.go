package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

func runCat(ctx context.Context, env *cli.Env, args []string) error {
	c := newCommand(ctx, env, "COMMIT PATH...", "Concatenate contents of files")
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	if len(rest) < 2 {
		return c.usage("A COMMIT and at least one PATH argument are required")
	}
	commit, err := r.ResolveRev(rest[0])
	if err != nil {
		return err
	}
	for _, p := range rest[1:] {
		if err := c.cat(r, commit, p); err != nil {
			return err
		}
	}
	return nil
}

// cat copies a file of a commit, or the one that a symlink in its place leads to, to standard output.
func (c *command) cat(r *ostree.Repo, commit object.Checksum, name string) error {
	for range 40 {
		e, err := r.Lookup(c.ctx, commit, name)
		switch {
		case err != nil:
			return err
		case e.IsDir():
			return errors.New("Can't open directory")
		case e.Header.IsSymlink() && path.IsAbs(e.Header.Symlink):
			name = e.Header.Symlink
			continue
		case e.Header.IsSymlink():
			name = path.Join(path.Dir(e.Path), e.Header.Symlink)
			continue
		}
		f, err := r.LoadFile(e.Checksum)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(c.env.Stdout, f)
		return err
	}
	return fmt.Errorf("Too many levels of symbolic links: %s", name)
}
