package container

import (
	"bytes"
	"context"
	"slices"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// content is a content object of a commit with the paths at which it appears.
type content struct {
	sum   object.Checksum
	paths []string // relative, as in the commit
}

// layerPlan is what goes into one layer.
type layerPlan struct {
	name       string // for the image's history
	components []string
	objects    []*content // sorted by checksum
}

// commitContents lists the content of a commit, sorted by checksum. The paths of an object are in the
// order of a walk that takes the files of a directory before its subdirectories.
func commitContents(ctx context.Context, r *ostree.Repo, c object.Checksum) ([]*content, error) {
	commit, err := r.LoadCommit(c)
	if err != nil {
		return nil, err
	}
	w := contentWalk{repo: r, found: map[object.Checksum]*content{}}
	if err := w.dir(ctx, commit.Tree, "", 0); err != nil {
		return nil, err
	}
	list := make([]*content, 0, len(w.found))
	for _, o := range w.found {
		list = append(list, o)
	}
	sortContents(list)
	return list, nil
}

func sortContents(list []*content) {
	slices.SortFunc(list, func(a, b *content) int { return bytes.Compare(a.sum[:], b.sum[:]) })
}

type contentWalk struct {
	repo  *ostree.Repo
	found map[object.Checksum]*content
}

func (w *contentWalk) dir(ctx context.Context, tree object.Checksum, path string, depth int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if depth > maxTreeDepth {
		return errTooDeep
	}
	dt, err := w.repo.LoadDirTree(tree)
	if err != nil {
		return err
	}
	for _, f := range dt.Files {
		o := w.found[f.Checksum]
		if o == nil {
			o = &content{sum: f.Checksum}
			w.found[f.Checksum] = o
		}
		o.paths = append(o.paths, join(path, f.Name))
	}
	for _, d := range dt.Dirs {
		if err := w.dir(ctx, d.Tree, join(path, d.Name), depth+1); err != nil {
			return err
		}
	}
	return nil
}
