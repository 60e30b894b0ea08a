package ostree_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

// Commits go on while another process prunes all history: nothing that a ref names is ever lost.
func TestConcurrentCommitAndPrune(t *testing.T) {
	t.Parallel()
	r := newRepo(t, ostree.ModeBareUser)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	var wg, commits sync.WaitGroup
	errs := make(chan error, 10)
	for w := range 2 {
		dir := t.TempDir()
		commits.Go(func() { errs <- commitUntil(ctx, r.Path(), dir, "branch"+itoa(w)) })
	}
	var prunes, pruned int
	wg.Go(func() {
		own, err := ostree.Open(r.Path(), nil)
		if err != nil {
			errs <- err
			return
		}
		defer own.Close()
		for last := false; !last; {
			if last = ctx.Err() != nil; last { // there is surely something to prune then
				commits.Wait()
			}
			s, err := own.Prune(context.Background(), &ostree.PruneOptions{RefsOnly: true, Depth: ptr(0)})
			if err != nil {
				errs <- err
				return
			}
			prunes++
			pruned += s.Pruned
			time.Sleep(time.Millisecond)
		}
	})
	commits.Wait()
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	require.NotZero(t, pruned)
	t.Logf("%d prunes deleted %d objects", prunes, pruned)
	wholeRepo(t, r.Path())
	refs, err := r.Refs("")
	require.NoError(t, err)
	require.Len(t, refs, 2)
}

// commitUntil commits a slowly changing tree again and again, through a handle of its own.
func commitUntil(ctx context.Context, path, dir, branch string) error {
	r, err := ostree.Open(path, nil)
	if err != nil {
		return err
	}
	defer r.Close()
	var parent object.Checksum
	for i := 0; i < 2 || ctx.Err() == nil; i++ {
		name := filepath.Join(dir, "f"+itoa(i%20))
		if err := os.WriteFile(name, []byte(branch+itoa(i)), 0o644); err != nil {
			return err
		}
		c, err := commitOnce(r, dir, branch, parent)
		if err != nil {
			return fmt.Errorf("commit %d: %w", i, err)
		}
		parent = c
	}
	return nil
}

func commitOnce(r *ostree.Repo, dir, branch string, parent object.Checksum) (c object.Checksum, err error) {
	ctx := context.Background()
	txn, err := r.Begin(ctx, &ostree.TxnOptions{NoFsync: true})
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, txn.Abort()) }()
	tree := ostree.NewTree()
	if err := txn.AddDirectory(ctx, tree, dir, nil); err != nil {
		return c, err
	}
	root, meta, err := txn.WriteTree(tree)
	if err != nil {
		return c, err
	}
	if c, err = txn.WriteCommit(ctx, root, meta, &ostree.CommitOptions{Parent: parent, Refs: []string{branch}}); err != nil {
		return c, err
	}
	if err := txn.SetRef(branch, c); err != nil {
		return c, err
	}
	_, err = txn.Commit(ctx)
	return c, err
}
