package container

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/keyfile"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// mergeTree writes the tree of all layers together.
func (run *importRun) mergeTree(ctx context.Context) (tree, meta object.Checksum, err error) {
	root := ostree.NewTree()
	if run.commit != nil {
		root = run.repo.Tree(run.commit.Tree, run.commit.Meta)
	}
	for _, l := range run.layers {
		if err := overlayLayer(root, run.repo.Tree(l.tree, l.meta), 0); err != nil {
			return tree, meta, err
		}
	}
	if len(run.layers) > 0 {
		if err := removeInjected(run.repo, root); err != nil {
			return tree, meta, err
		}
	}
	if tree, meta, err = run.txn.WriteTree(root); err != nil {
		return tree, meta, err
	}
	return run.relabel(ctx, tree, meta)
}

func (run *importRun) mergeCommit(ctx context.Context, tree, meta object.Checksum) (object.Checksum, error) {
	md, err := run.Image.metadata(run.filtered)
	if err != nil {
		return object.Checksum{}, err
	}
	return run.txn.WriteCommit(ctx, tree, meta, &ostree.CommitOptions{Time: run.timestamp(), Metadata: md, NoBindings: true, Composefs: run.opts.Composefs})
}

// timestamp is the time at which the image was made, else that of the commit inside: not of the import,
// so that all machines get the same commit.
func (run *importRun) timestamp() time.Time {
	if t := run.Image.Config.Created.Time; t.Unix() > 0 {
		return t
	}
	if run.commit == nil {
		return time.Unix(0, 0)
	}
	return time.Unix(int64(run.commit.Timestamp), 0)
}

// overlayLayer puts a layer on top of a tree. First the layer's whiteouts act on what was there: ".wh.NAME"
// removes NAME, ".wh..wh..opq" everything in its directory. Then files and directories replace each other;
// a directory that exists keeps its owner, mode and attributes, as in a checkout on top of it.
func overlayLayer(dst, layer *ostree.Tree, depth int) error {
	if depth > maxTreeDepth {
		return errTooDeep
	}
	files, dirs, err := layer.Names()
	if err != nil {
		return err
	}
	if err := applyWhiteouts(dst, files, layer.Meta()); err != nil {
		return err
	}
	if dst.Meta().IsZero() {
		dst.SetMeta(layer.Meta())
	}
	for _, name := range files {
		if strings.HasPrefix(name, whiteoutPrefix) {
			continue
		}
		sum, _, err := layer.File(name)
		if err != nil {
			return err
		}
		if err := replaceFile(dst, name, sum); err != nil {
			return err
		}
	}
	for _, name := range dirs {
		from, err := layer.Dir(name)
		if err != nil {
			return err
		}
		to, err := replaceDir(dst, name)
		if err != nil {
			return err
		}
		if err := overlayLayer(to, from, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func applyWhiteouts(dst *ostree.Tree, files []string, meta object.Checksum) error {
	for _, name := range files {
		hidden, ok := strings.CutPrefix(name, whiteoutPrefix)
		switch {
		case name == whiteoutOpaque:
			if err := emptyTree(dst); err != nil {
				return err
			}
			dst.SetMeta(meta)
		case !ok || strings.HasPrefix(name, whiteoutMeta):
			// an ordinary file, or one for the storage of some container engine
		default:
			if _, err := dst.Remove(hidden); err != nil {
				return err
			}
		}
	}
	return nil
}

func emptyTree(t *ostree.Tree) error {
	files, dirs, err := t.Names()
	if err != nil {
		return err
	}
	for _, list := range [][]string{files, dirs} {
		for _, name := range list {
			if _, err := t.Remove(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// injected are files that container engines mount while an image is built, and leave behind empty.
var injected = []string{"hostname", "resolv.conf"}

func removeInjected(r *ostree.Repo, root *ostree.Tree) error {
	etc, err := root.Lookup("usr/etc")
	if etc == nil || err != nil {
		return err
	}
	for _, name := range injected {
		sum, ok, err := etc.File(name)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		h, size, err := r.StatFile(sum)
		if err != nil {
			return err
		}
		if !h.IsSymlink() && size == 0 {
			if _, err := etc.Remove(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// relabel labels the whole tree anew if the layers have brought another SELinux policy than that of the
// base, which the base and the layers are labelled by.
func (run *importRun) relabel(ctx context.Context, tree, meta object.Checksum) (object.Checksum, object.Checksum, error) {
	if len(run.layers) == 0 || run.repo.Mode() == ostree.ModeBareUserOnly {
		return tree, meta, nil
	}
	merged := run.repo.TreeFS(tree, meta)
	before := object.Checksum{}
	if run.commit != nil {
		var err error
		if before, err = policyTree(run.repo.TreeFS(run.commit.Tree, run.commit.Meta)); err != nil {
			return tree, meta, err
		}
	}
	if after, err := policyTree(merged); err != nil || after == before {
		return tree, meta, err
	}
	policy, err := ostree.LoadSELinuxPolicy(merged, 0)
	if policy == nil || err != nil {
		return tree, meta, err
	}
	t := ostree.NewTree()
	if err := run.txn.AddTree(ctx, t, tree, meta, &ostree.Modifier{SELinux: policy}); err != nil {
		return tree, meta, err
	}
	return run.txn.WriteTree(t)
}

// policyTree identifies the SELinux policy of a tree; zero if there is none.
func policyTree(f *ostree.CommitFS) (object.Checksum, error) {
	st, err := f.Stat("usr/etc/selinux")
	if errors.Is(err, fs.ErrNotExist) {
		return object.Checksum{}, nil
	}
	if err != nil {
		return object.Checksum{}, err
	}
	return st.Sys().(*ostree.TreeEntry).Checksum, nil
}

// transientRoot tells whether a system mounts its root such that any top-level directory may be there.
func transientRoot(f fs.FS) (bool, error) {
	for _, p := range []string{"etc/ostree/prepare-root.conf", "usr/lib/ostree/prepare-root.conf"} {
		b, err := fs.ReadFile(f, p)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return false, err
		}
		k, err := keyfile.Parse(b)
		if err != nil {
			return false, fmt.Errorf("Parsing %s: %w", p, err)
		}
		if transient, err := k.Bool("root", "transient"); err == nil && transient {
			return true, nil
		}
		switch v, _ := k.String("composefs", "enabled"); v {
		case "yes", "true", "1", "signed", "verity":
			return true, nil
		}
		return false, nil
	}
	return false, nil
}
