package container

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/nestos-dev/nestos/internal/decompress"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// UnencapsulateOptions adjust [Unencapsulate].
type UnencapsulateOptions struct {
	PullOptions
	// WriteRef is the ref ("REF" or "REMOTE:REF") to set to the commit; empty sets none.
	WriteRef string
}

// Unencapsulated is a commit that was taken out of an image.
type Unencapsulated struct {
	Commit object.Checksum
	// Image is the digest of the image's manifest.
	Image v1.Hash
	// Verified describes the commit's signatures for people, if the reference demands them.
	Verified string
}

// Unencapsulate takes the commit out of an image that [Encapsulate] made. No refs of layers and images are
// written; an image with layers on top of the commit is refused.
func Unencapsulate(ctx context.Context, r *ostree.Repo, ref Reference, opts *UnencapsulateOptions) (*Unencapsulated, error) {
	if opts == nil {
		opts = &UnencapsulateOptions{}
	}
	i := &Import{repo: r, ref: ref, img: ref.Image, opts: opts.PullOptions.orDefault()}
	defer i.Close()
	u, err := i.unencapsulate(ctx, opts.WriteRef)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ref, err)
	}
	return u, nil
}

func (i *Import) unencapsulate(ctx context.Context, ref string) (*Unencapsulated, error) {
	if err := i.checkPolicy(); err != nil {
		return nil, err
	}
	if err := i.inspect(ctx); err != nil {
		return nil, err
	}
	if err := i.plan(); err != nil {
		return nil, err
	}
	kinds, err := layerKinds(i.Image.Manifest, i.Image.Config)
	if err != nil {
		return nil, err
	}
	if !hasCommit(kinds) {
		return nil, errNoCommit
	}
	if n := derivedCount(kinds); n > 0 {
		return nil, fmt.Errorf("Image has %d non-ostree layers", n)
	}
	run, err := i.transaction(ctx, func(ctx context.Context, run *importRun) error {
		if err := run.commitLayers(ctx, false); err != nil {
			return err
		}
		if err := run.held.write(run.txn); err != nil || ref == "" {
			return err
		}
		return run.txn.SetRef(ref, run.base)
	})
	if err != nil {
		return nil, err
	}
	return &Unencapsulated{Commit: run.base, Image: i.Image.Digest, Verified: run.verified}, nil
}

// ImportTarOptions adjust [ImportTar].
type ImportTarOptions struct {
	// Remote is the OSTree remote whose configuration says how the commit must be signed; empty accepts
	// any commit.
	Remote string
	// WriteRef is the ref ("REF" or "REMOTE:REF") to set to the commit; empty sets none.
	WriteRef string
	// MaxSize bounds the uncompressed size in bytes; 0 means 64 GiB.
	MaxSize int64
}

// ImportTar reads a commit from the form that [WriteCommit] writes, plain or compressed with gzip or zstd.
// Every object is verified; nothing is visible if the stream ends early or lacks an object.
func ImportTar(ctx context.Context, r *ostree.Repo, src io.Reader, opts *ImportTarOptions) (object.Checksum, error) {
	o := ImportTarOptions{}
	if opts != nil {
		o = *opts
	}
	if o.MaxSize <= 0 {
		o.MaxSize = maxLayerSize
	}
	run := &importRun{Import: &Import{repo: r, ref: Reference{Remote: o.Remote}, opts: (&PullOptions{}).orDefault()}}
	i := run.Import
	if o.Remote != "" {
		i.ref.Verify = VerifyRemote
	}
	done, err := i.transaction(ctx, func(ctx context.Context, run *importRun) error {
		if err := run.readCommit(ctx, src, o.MaxSize); err != nil {
			return err
		}
		if err := run.finishCommit(ctx); err != nil {
			return err
		}
		if err := run.held.write(run.txn); err != nil || o.WriteRef == "" {
			return err
		}
		return run.txn.SetRef(o.WriteRef, run.base)
	})
	if err != nil {
		return object.Checksum{}, err
	}
	return done.base, nil
}

func (run *importRun) readCommit(ctx context.Context, src io.Reader, limit int64) error {
	z, _, err := decompress.NewReader(bufio.NewReader(src), &decompress.Options{MaxMemory: 128 << 20,
		Formats: []decompress.Format{decompress.Raw, decompress.Gzip, decompress.Zstd}})
	if err != nil {
		return err
	}
	defer z.Close()
	limited := &io.LimitedReader{R: z, N: limit + 1}
	o := newObjectReader(run.repo, run.pool, limit)
	o.whole = true
	if run.ref.Verify == VerifyRemote {
		o.verify = run.verify
	}
	err = o.read(ctx, limited)
	if err == nil {
		_, err = io.Copy(io.Discard, limited)
	}
	if limited.N <= 0 {
		err = errLayerSize
	}
	run.held = o.commit
	return err
}

// inspect opens the source of the image and reads its description.
func (i *Import) inspect(ctx context.Context) error {
	var err error
	if i.src, err = openSource(ctx, i.ref.Image, i.opts.Registry); err != nil {
		return err
	}
	if i.Image, err = inspect(ctx, i.src); err != nil {
		return err
	}
	if i.ref.Verify != VerifyPolicy {
		return nil
	}
	return i.opts.Policy.accept(ctx, i.ref.Image, i.Image, i.opts.Registry)
}

// checkPolicy refuses what a policy refuses without a look at the image.
func (i *Import) checkPolicy() error {
	if i.ref.Verify != VerifyPolicy {
		return nil
	}
	if i.opts.Policy == nil {
		return errors.New("no signature policy to verify the image with")
	}
	return i.opts.Policy.usable()
}
