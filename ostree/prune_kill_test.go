package ostree_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

// TestPruneChild is not a test of its own: TestKilledPrune runs it in a process that it kills.
func TestPruneChild(t *testing.T) {
	repo := os.Getenv("NESTOS_PRUNE_REPO")
	if repo == "" {
		t.Skip("only runs as a child process")
	}
	r, err := ostree.Open(repo, nil)
	require.NoError(t, err)
	defer r.Close()
	fmt.Println("ready")
	_, err = r.Prune(t.Context(), &ostree.PruneOptions{RefsOnly: true, Depth: ptr(1)})
	require.NoError(t, err)
}

// A prune that is killed at any moment leaves a repository that both programs find whole: every commit
// that is still there has all its objects. The next prune finishes the work.
func TestKilledPrune(t *testing.T) {
	exe, err := os.Executable()
	require.NoError(t, err)
	runs := 30
	if testing.Short() {
		runs = 6
	}
	h := newBranches(t, ostree.ModeArchive, 5, 40, "a", "b")
	addOrphans(t, h.repo, 2000)
	require.NoError(t, h.repo.SetCommitState(h.branches["a"][3], ostree.CommitPartial))
	whole := copyRepo(t, h.repo.Path())
	_, err = prune(t, whole, &ostree.PruneOptions{RefsOnly: true, Depth: ptr(1)})
	require.NoError(t, err)
	want, before := objectsOf(t, whole), objectsOf(t, h.repo.Path())
	rng := rand.New(rand.NewPCG(testutil.Seed(t), 1))
	partly := 0
	for range runs {
		repo := copyRepo(t, h.repo.Path())
		child := exec.Command(exe, "-test.run=^TestPruneChild$")
		child.Env = append(os.Environ(), "NESTOS_PRUNE_REPO="+repo)
		out, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		_, err = bufio.NewReader(out).ReadString('\n')
		require.NoError(t, err)
		time.Sleep(time.Duration(rng.IntN(40_000)) * time.Microsecond)
		child.Process.Kill()
		child.Wait()
		left := objectsOf(t, repo)
		if len(left) < len(before) && len(left) > len(want) {
			partly++
		}
		r, err := ostree.Open(repo, nil)
		require.NoError(t, err)
		checkWhole(t, r)
		_, err = r.Fsck(t.Context(), nil)
		require.NoError(t, err)
		_, err = r.Prune(t.Context(), &ostree.PruneOptions{RefsOnly: true, Depth: ptr(1)})
		require.NoError(t, err)
		require.Equal(t, want, objectsOf(t, repo))
		r.Close()
		os.RemoveAll(repo)
	}
	t.Logf("%d of %d runs were killed while they deleted", partly, runs)
}

// Commits go on while another process prunes all history: nothing that a ref names is ever lost.
func TestConcurrentCommitAndPrune(t *testing.T) {
	r := newRepo(t, ostree.ModeBareUser)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	errs := make(chan error, 10)
	for w := range 2 {
		dir := t.TempDir()
		wg.Go(func() { errs <- commitUntil(ctx, r.Path(), dir, "branch"+itoa(w)) })
	}
	var prunes, pruned int
	wg.Go(func() {
		own, err := ostree.Open(r.Path(), nil)
		if err != nil {
			errs <- err
			return
		}
		defer own.Close()
		for ctx.Err() == nil {
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
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	require.NotZero(t, pruned)
	t.Logf("%d prunes deleted %d objects", prunes, pruned)
	checkWhole(t, r)
	refs, err := r.Refs("")
	require.NoError(t, err)
	require.Len(t, refs, 2)
	_, err = r.Fsck(t.Context(), nil)
	require.NoError(t, err)
}

// commitUntil commits a slowly changing tree again and again, through a handle of its own.
func commitUntil(ctx context.Context, path, dir, branch string) error {
	r, err := ostree.Open(path, nil)
	if err != nil {
		return err
	}
	defer r.Close()
	var parent object.Checksum
	for i := 0; ctx.Err() == nil; i++ {
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
