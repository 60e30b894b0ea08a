package compose

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// ImageOptions adjust [Image].
type ImageOptions struct {
	// Tree are the options of the composition. Its Repo may be nil: the commit then lives in the image alone, and
	// there is no previous commit.
	Tree TreeOptions
	// Encapsulate are those of the image; see [ContainerEncapsulate].
	Encapsulate container.EncapsulateOptions
}

// Image composes a tree and makes a container image of it: "rpm-ostree compose image". If nothing has changed there is
// no image, and the digest is zero.
func Image(ctx context.Context, tf *treefile.Treefile, dest container.ImageReference, o *ImageOptions) (digest v1.Hash, res *Result, err error) {
	if o == nil {
		o = &ImageOptions{}
	}
	tree := o.Tree
	if err := tree.checkMain(); err != nil {
		return digest, nil, err
	}
	if tree.Repo == nil {
		c := composer{opts: &tree.Options}
		dir, err := os.MkdirTemp(c.tempBase(), "rpm-ostree-image.")
		if err != nil {
			return digest, nil, err
		}
		defer os.RemoveAll(dir)
		if tree.Repo, err = newCacheRepo(filepath.Join(dir, "repo"), ostree.Options{Logger: tree.Options.Logger}); err != nil {
			return digest, nil, err
		}
		defer tree.Repo.Close()
	}
	res, err = Tree(ctx, tf, &tree)
	if err != nil || res.Commit.IsZero() {
		return digest, res, err
	}
	digest, err = ContainerEncapsulate(ctx, tree.Repo, res.Commit.String(), dest, &o.Encapsulate)
	return digest, res, err
}

// ContainerEncapsulate makes a container image of a composed commit, with the packages distributed over layers such that
// most of them stay the same from build to build: "rpm-ostree compose container-encapsulate". Unless o.Contents is set
// it is that of [ContentMeta]. The hash of the input is copied to the labels. It returns the digest of the manifest.
func ContainerEncapsulate(ctx context.Context, repo *ostree.Repo, rev string, dest container.ImageReference, o *container.EncapsulateOptions) (v1.Hash, error) {
	if o == nil {
		o = &container.EncapsulateOptions{}
	}
	if repo == nil {
		return v1.Hash{}, errors.New("a repository is required")
	}
	commit, err := repo.ResolveRev(rev)
	if err != nil {
		return v1.Hash{}, err
	}
	opts := *o
	if opts.Contents == nil {
		if opts.Contents, err = ContentMeta(ctx, repo, commit); err != nil {
			return v1.Hash{}, err
		}
	}
	if !slices.Contains(opts.CopyMeta, keyInputHash) && !slices.Contains(opts.CopyMetaOpt, keyInputHash) {
		opts.CopyMetaOpt = append(slices.Clone(opts.CopyMetaOpt), keyInputHash)
	}
	return container.Encapsulate(ctx, repo, commit.String(), dest, &opts)
}
