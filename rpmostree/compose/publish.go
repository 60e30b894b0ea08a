package compose

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// commit writes the commit, and everything that tells of it.
func (t *treeRun) commit(ctx context.Context, txn *ostree.Txn, b *build) (err error) {
	task := t.task("commit", "Writing OSTree commit")
	defer func() { task.End(err) }()
	parent, err := t.parent()
	if err != nil {
		return err
	}
	md, err := t.metadata(ctx, b)
	if err != nil {
		return err
	}
	tree, meta, err := b.tree.Store()
	if err != nil {
		return err
	}
	opts := &ostree.CommitOptions{
		Parent: parent, Time: t.now, Metadata: md.inline, Detached: md.detached, NoBindings: true,
		Bootable: !t.tf.IsContainer(), Composefs: t.o.Composefs,
	}
	if t.res.Commit, err = txn.WriteCommit(ctx, tree, meta, opts); err != nil {
		return err
	}
	if t.res.Stats, err = txn.Commit(ctx); err != nil {
		return err
	}
	if err := t.publish(ctx); err != nil {
		return err
	}
	if err := t.trimCache(ctx); err != nil {
		return err
	}
	return t.report(ctx)
}

// parent is the parent of the new commit.
func (t *treeRun) parent() (object.Checksum, error) {
	if t.o.Parent != "" {
		return t.o.Repo.ResolveRev(t.o.Parent)
	}
	if ref := t.tf.RefName(); ref != "" && !t.o.NoParent {
		sum, _, err := t.o.Repo.ResolveRevOptional(ref)
		return sum, err
	}
	return object.Checksum{}, nil
}

// metadata completes the metadata of the commit.
func (t *treeRun) metadata(ctx context.Context, b *build) (*commitMetadata, error) {
	tree, err := b.tree.FS()
	if err != nil {
		return nil, err
	}
	headers, err := pkglist.Headers(ctx, tree)
	if err != nil {
		return nil, err
	}
	t.res.Packages = pkglist.FromHeaders(headers)
	t.md[pkglist.Key] = pkglist.Variant(t.res.Packages)
	if t.res.InputHash != "" {
		t.md[keyInputHash] = gvariant.NewString(t.res.InputHash)
	}
	if _, given := t.md[keyRepos]; !given && t.states != nil {
		t.place(t.tf.RepoMetadataTarget(), keyRepos, reposVariant(t.states))
	}
	if len(t.security) > 0 {
		t.place(t.tf.AdvisoriesTarget(), keyAdvisories, advisoriesVariant(t.security))
	}
	if args := t.tf.InitramfsArgs; args != nil {
		t.md[keyInitramfsArgs] = gvariant.NewStrings(args)
	}
	if cmd := t.tf.ContainerCmd; cmd != nil {
		t.md[keyContainerCmd] = gvariant.NewStrings(cmd)
	}
	if t.useSELinux() && t.labelEpoch() > 0 {
		t.md[keyLabelVersion] = gvariant.NewUint32(uint32(t.labelEpoch()))
	}
	md := &commitMetadata{inline: bigEndian(t.md)}
	if len(t.detached) > 0 {
		md.detached = bigEndian(t.detached)
	}
	return md, nil
}

// place puts a value where the treefile wants its kind.
func (t *treeRun) place(where treefile.MetadataTarget, key string, v gvariant.Value) {
	switch where {
	case treefile.MetadataInline:
		t.md[key] = v
	case treefile.MetadataDetached:
		t.detached[key] = v
	}
}

// publish brings the commit into the repository of the caller, signs it and writes the ref.
func (t *treeRun) publish(ctx context.Context) error {
	if _, err := t.o.Repo.PullLocal(ctx, t.repo, &ostree.PullLocalOptions{Refs: []string{t.res.Commit.String()}, NoVerifyBindings: true, Progress: t.opts.Progress}); err != nil {
		return err
	}
	if key := t.tf.GPGKey; key != nil && *key != "" {
		home := t.o.GPGHome
		if home == nil {
			dir, err := os.UserHomeDir()
			if err != nil {
				return fmt.Errorf("gpg-key: %w", err)
			}
			home = sign.DefaultHome("", dir)
		}
		if err := t.o.Repo.SignCommitGPG(ctx, t.res.Commit, home, *key); err != nil {
			return fmt.Errorf("gpg-key: %w", err)
		}
	}
	if ref := t.tf.RefName(); ref != "" && t.o.WriteCommitIDTo == "" {
		if err := t.o.Repo.SetRefImmediate(ref, t.res.Commit); err != nil {
			return err
		}
		t.res.Ref = ref
		t.message("%s => %s", ref, t.res.Commit)
		return nil
	}
	t.message("Wrote commit: %s", t.res.Commit)
	return nil
}

// lastRef keeps the last commit that was made with a cache in it, so that the next one has few new objects.
const lastRef = "rpmostree/compose/last"

// trimCache deletes objects that only older commits had.
func (t *treeRun) trimCache(ctx context.Context) error {
	if t.temp {
		return nil
	}
	if err := t.repo.SetRefImmediate(lastRef, t.res.Commit); err != nil {
		return err
	}
	var history int
	_, err := t.repo.Prune(ctx, &ostree.PruneOptions{RefsOnly: true, Depth: &history})
	return err
}

// report writes the files that tell of the commit.
func (t *treeRun) report(ctx context.Context) error {
	if err := t.composeJSON(ctx); err != nil {
		return err
	}
	if t.o.WriteCommitIDTo != "" {
		if err := writeFile(t.o.WriteCommitIDTo, []byte(t.res.Commit.String())); err != nil {
			return fmt.Errorf("While writing to '%s': %w", t.o.WriteCommitIDTo, err)
		}
	}
	return touch(t.o.TouchIfChanged, t.now)
}

func writeFile(name string, text []byte) error { return atomicfile.WriteFile(name, text, 0o644, nil) }

// touch sets the modification time of a file, and makes it if it is missing. No name is no file.
func touch(name string, at time.Time) error {
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("Updating '%s': %w", name, err)
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Chtimes(name, at, at)
}
