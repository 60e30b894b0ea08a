package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

type lsRun struct {
	*command
	repo   *ostree.Repo
	commit object.Checksum
	out    *bufio.Writer
	array  *jsonArray

	dirOnly, recursive, checksum, xattrs, nul, json bool
}

func runLs(ctx context.Context, env *cli.Env, args []string) error {
	c := &lsRun{}
	c.command = newCommand(ctx, env, "COMMIT [PATH...]", "List file paths",
		cli.Option{Long: "dironly", Short: 'd', Help: "Do not recurse into directory arguments", Value: cli.Bool(&c.dirOnly)},
		cli.Option{Long: "recursive", Short: 'R', Help: "Print directories recursively", Value: cli.Bool(&c.recursive)},
		cli.Option{Long: "checksum", Short: 'C', Help: "Print checksum", Value: cli.Bool(&c.checksum)},
		cli.Option{Long: "xattrs", Short: 'X', Help: "Print extended attributes", Value: cli.Bool(&c.xattrs)},
		cli.Option{Long: "nul-filenames-only", Help: "Print only filenames, NUL separated", Value: cli.Bool(&c.nul)},
		jsonOption(&c.json))
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	c.repo = r
	if len(rest) == 0 {
		return c.usage("An COMMIT argument is required")
	}
	if c.commit, err = r.ResolveRev(rest[0]); err != nil {
		return err
	}
	if err := c.checkRoot(); err != nil {
		return err
	}
	if len(rest) == 1 {
		rest = append(rest, "/")
	}
	if c.json {
		c.array = newJSONArray(env.Stdout)
	} else {
		c.out = bufio.NewWriterSize(env.Stdout, 64<<10)
	}
	for _, path := range rest[1:] {
		if err = c.list(path); err != nil {
			break
		}
	}
	if c.json {
		c.array.close()
	} else {
		c.out.Flush()
	}
	return err
}

// checkRoot sees that there is anything to list, before something is printed.
func (c *lsRun) checkRoot() error {
	commit, err := c.repo.LoadCommit(c.commit)
	if err != nil {
		return err
	}
	_, err = c.repo.LoadDirTree(commit.Tree)
	return err
}

func (c *lsRun) list(path string) error {
	opts := &ostree.WalkOptions{Depth: 1, NoHeaders: c.nul}
	switch {
	case c.dirOnly:
		opts.Depth = -1
	case c.recursive:
		opts.Depth = 0
	}
	started := false
	for e, err := range c.repo.Walk(c.ctx, c.commit, path, opts) {
		if err != nil && !started {
			return fmt.Errorf("Inspecting path '%s': %w", absolute(path), err)
		}
		if err == nil {
			started = true
			err = c.entry(e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func absolute(path string) string {
	if strings.HasPrefix(path, "/") {
		return path
	}
	return "/" + path
}

func (c *lsRun) entry(e *ostree.TreeEntry) error {
	switch {
	case c.json:
		return c.array.add(describeEntry(e))
	case c.nul:
		c.out.WriteString(e.Path)
		return c.out.WriteByte(0)
	}
	h := &e.Header
	fmt.Fprintf(c.out, "%c0%04o %d %d %6d ", entryType(e)[0], h.Mode&object.ModePerm, h.UID, h.GID, e.Size)
	if c.checksum {
		fmt.Fprintf(c.out, "%s ", e.Checksum)
		if e.IsDir() {
			fmt.Fprintf(c.out, "%s ", e.Meta)
		}
	}
	if c.xattrs {
		c.out.WriteString(ostree.XattrsText(h.Xattrs) + " ")
	}
	c.out.WriteString(e.Path)
	if h.IsSymlink() {
		c.out.WriteString(" -> " + h.Symlink)
	}
	return c.out.WriteByte('\n')
}

// entryType is "-", "d" or "l", followed by the name of the type.
func entryType(e *ostree.TreeEntry) string {
	switch {
	case e.IsDir():
		return "directory"
	case e.Header.IsSymlink():
		return "link"
	}
	return "-file"
}

// entryJSON is one element of what ls --json prints.
type entryJSON struct {
	Path     string          `json:"path"`
	Type     string          `json:"type"` // "file", "directory" or "symlink"
	Mode     string          `json:"mode"` // octal, permission bits only
	UID      uint32          `json:"uid"`
	GID      uint32          `json:"gid"`
	Size     int64           `json:"size"`             // in bytes; 0 unless a file
	Checksum object.Checksum `json:"checksum"`         // of the content object, or of the dirtree
	Meta     string          `json:"meta,omitempty"`   // checksum of the dirmeta
	Target   string          `json:"target,omitempty"` // of a symlink
	Xattrs   []xattrJSON     `json:"xattrs"`
}

func describeEntry(e *ostree.TreeEntry) entryJSON {
	j := entryJSON{Path: e.Path, Type: "file", Mode: fmt.Sprintf("%04o", e.Header.Mode&object.ModePerm), UID: e.Header.UID, GID: e.Header.GID,
		Size: e.Size, Checksum: e.Checksum, Target: e.Header.Symlink, Xattrs: xattrsJSON(e.Header.Xattrs)}
	switch {
	case e.IsDir():
		j.Type, j.Meta = "directory", e.Meta.String()
	case e.Header.IsSymlink():
		j.Type = "symlink"
	}
	return j
}
