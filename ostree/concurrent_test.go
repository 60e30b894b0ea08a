package ostree_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
	"github.com/stretchr/testify/require"
)

// TestReadBesideTransactions looks for objects while transactions of the same handle come and go: what is not there
// is not found, without an error, and what was written is found at every moment, however it moves.
func TestReadBesideTransactions(t *testing.T) {
	t.Parallel()
	for _, mode := range []ostree.Mode{ostree.ModeBareUserOnly, ostree.ModeArchive} {
		r := newRepo(t, mode)
		var last atomic.Pointer[[2]object.Checksum] // a file and a symlink
		var stop atomic.Bool
		var readers sync.WaitGroup
		for range 3 {
			readers.Go(func() {
				for !stop.Load() {
					if ok, err := r.HasObject(object.Name{Checksum: object.Checksum{9}, Type: object.TypeFile}); ok || err != nil {
						t.Error(ok, err)
						return
					}
					both := last.Load()
					if both == nil {
						continue
					}
					for _, c := range both {
						f, err := r.LoadFile(c)
						if err != nil {
							t.Error(err)
							return
						}
						_, err = io.Copy(io.Discard, f)
						f.Close()
						if err != nil {
							t.Error(err)
							return
						}
					}
				}
			})
		}
		for i := range 60 {
			txn, err := r.Begin(t.Context(), nil)
			require.NoError(t, err)
			text := fmt.Appendf(nil, "%d", i)
			file, err := txn.WriteFile(t.Context(), nil, &object.FileHeader{Mode: object.ModeRegular | 0o644}, int64(len(text)), &onceReader{text})
			require.NoError(t, err)
			link, err := txn.WriteFile(t.Context(), nil, &object.FileHeader{Mode: object.ModeSymlink | 0o777, Symlink: string(text)}, 0, nil)
			require.NoError(t, err)
			last.Store(&[2]object.Checksum{file, link})
			time.Sleep(time.Millisecond)
			_, err = txn.Commit(t.Context())
			require.NoError(t, err)
		}
		stop.Store(true)
		readers.Wait()
	}
}

type onceReader struct{ b []byte }

func (o *onceReader) Read(p []byte) (int, error) {
	if len(o.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, o.b)
	o.b = o.b[n:]
	return n, nil
}

// TestHandleIsShared does at the same time, on one handle, all that may be done so. The race detector makes it sharper.
func TestHandleIsShared(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dir := t.TempDir()
	r, commits := history(t, 2)
	public, secret, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	require.NoError(t, r.SignCommit(ctx, commits[1], sign.Ed25519{}, secret))
	require.NoError(t, r.UpdateSummary(ctx, nil))
	other := newRepo(t, ostree.ModeArchive)
	never := -1 // prune keeps all ancestors
	tree := filepath.Join(dir, "tree")
	write(t, tree, "f", "x", 0o644)

	deadline := time.Now().Add(1500 * time.Millisecond)
	var all sync.WaitGroup
	loop := func(name string, step func(i int) error) {
		all.Go(func() {
			done := 0
			for i := 0; time.Now().Before(deadline) || done == 0 && !t.Failed(); i++ {
				switch err := step(i); {
				case errors.Is(err, ostree.ErrTransactionRunning):
					time.Sleep(time.Millisecond)
				case err != nil:
					t.Errorf("%s: %v", name, err)
					return
				default:
					done++
				}
			}
		})
	}
	loop("commit", func(i int) error {
		txn, err := r.Begin(ctx, nil)
		defer txn.Abort()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(tree, "f"), fmt.Append(nil, i), 0o644); err != nil {
			return err
		}
		tr := ostree.NewTree()
		if err := txn.AddDirectory(ctx, tr, tree, &ostree.Modifier{CanonicalPermissions: true}); err != nil {
			return err
		}
		root, meta, err := txn.WriteTree(tr)
		if err != nil {
			return err
		}
		c, err := txn.WriteCommit(ctx, root, meta, &ostree.CommitOptions{Refs: []string{"loop"}})
		if err != nil {
			return err
		}
		if i%4 == 3 {
			return txn.Abort()
		}
		if err := txn.SetRef("loop", c); err != nil {
			return err
		}
		_, err = txn.Commit(ctx)
		return err
	})
	loop("read", func(i int) error {
		if _, err := r.ResolveRev("main"); err != nil {
			return err
		}
		c, err := r.LoadCommit(commits[i%2])
		if err != nil {
			return err
		}
		if c.Tree.IsZero() || r.Mode() != ostree.ModeArchive || r.Config().Mode != ostree.ModeArchive || r.CollectionID() != "" {
			return errors.New("another repository")
		}
		if _, err := r.Refs(""); err != nil {
			return err
		}
		return r.Checkout(ctx, commits[i%2], fmt.Sprintf("%s/out%d", dir, i), &ostree.CheckoutOptions{UserMode: true})
	})
	loop("prune", func(int) error {
		_, err := r.Prune(ctx, &ostree.PruneOptions{RefsOnly: true, Depth: &never})
		return err
	})
	checker, err := ostree.Open(r.Path(), nil) // its lock keeps the prune away
	require.NoError(t, err)
	defer checker.Close()
	loop("fsck", func(int) error {
		_, err := checker.Fsck(ctx, nil)
		return err
	})
	for _, name := range []string{"one", "two"} {
		loop("remote "+name, func(i int) error {
			o := &ostree.RemoteAddOptions{GPGVerify: new(false), Force: true}
			if err := r.AddRemote(name, fmt.Sprintf("http://h/%d", i), o); err != nil {
				return err
			}
			if err := r.AddCookie("both", "host", "/"+name, "n", "v"); err != nil {
				return err
			}
			if _, err := r.RemoteNames(); err != nil {
				return err
			}
			m, err := r.Remote(name) // which the other goroutine must not have lost
			if err != nil {
				return err
			}
			_, err = m.URL()
			return err
		})
	}
	loop("summary", func(int) error { return r.UpdateSummary(ctx, nil) })
	loop("sign", func(i int) error {
		if err := r.SignCommit(ctx, commits[0], sign.Ed25519{}, secret); err != nil {
			return err
		}
		_, err := r.VerifyCommit(commits[0], sign.Ed25519{}, &sign.Keys{Trusted: [][]byte{public}})
		if err != nil || i%8 != 7 {
			return err
		}
		_, err = r.DeleteSignatures(commits[0], sign.Ed25519{}, [][]byte{public})
		return err
	})
	loop("pull from it", func(int) error {
		_, err := other.PullLocal(ctx, r, &ostree.PullLocalOptions{Refs: []string{"main"}})
		return err
	})
	loop("pull from itself", func(int) error {
		_, err := r.PullLocal(ctx, r, &ostree.PullLocalOptions{Refs: []string{"main"}, Remote: "self"})
		return err
	})
	all.Wait()
	cookies, err := r.Cookies("both")
	require.NoError(t, err)
	paths := map[string]bool{}
	for _, c := range cookies {
		paths[c.Path] = true
	}
	require.Equal(t, map[string]bool{"/one": true, "/two": true}, paths)
	_, err = r.Fsck(ctx, nil)
	require.NoError(t, err)
}

// TestConfigBesideReaders replaces the configuration under everything that reads it.
func TestConfigBesideReaders(t *testing.T) {
	t.Parallel()
	r, commits := history(t, 1)
	var stop atomic.Bool
	var all sync.WaitGroup
	all.Go(func() {
		for range 50 {
			if err := r.SetConfig(r.Config()); err != nil {
				t.Error(err)
			}
		}
		stop.Store(true)
	})
	all.Go(func() {
		for !stop.Load() {
			_, err := r.LoadCommit(commits[0])
			txn, err2 := r.Begin(t.Context(), nil)
			if err := errors.Join(err, err2, txn.Abort()); err != nil || r.Mode() != ostree.ModeArchive || r.CollectionID() != "" {
				t.Error(err, r.Mode(), r.CollectionID())
			}
		}
	})
	all.Wait()
}

// TestSignaturesAddUp signs in several goroutines, and within a transaction that others end: none gets lost.
func TestSignaturesAddUp(t *testing.T) {
	t.Parallel()
	r, commits := history(t, 1)
	var keys [][]byte
	var all sync.WaitGroup
	sign1 := func() {
		public, secret, err := ed25519.GenerateKey(nil)
		require.NoError(t, err)
		keys = append(keys, public)
		all.Go(func() {
			if err := r.SignCommit(context.Background(), commits[0], sign.Ed25519{}, secret); err != nil {
				t.Error(err)
			}
		})
	}
	for range 10 {
		txn, err := r.Begin(t.Context(), nil)
		require.NoError(t, err)
		sign1()
		sign1()
		_, err = txn.Commit(t.Context())
		require.NoError(t, err)
	}
	all.Wait()
	for _, k := range keys {
		_, err := r.VerifyCommit(commits[0], sign.Ed25519{}, &sign.Keys{Trusted: [][]byte{k}})
		require.NoError(t, err)
	}
}

// TestPruneExcludesTransactions of its handle, and is excluded by them.
func TestPruneExcludesTransactions(t *testing.T) {
	t.Parallel()
	r, _ := history(t, 1)
	txn, err := r.Begin(t.Context(), nil)
	require.NoError(t, err)
	_, err = r.Prune(t.Context(), nil)
	require.ErrorIs(t, err, ostree.ErrTransactionRunning)
	_, err = r.Prune(t.Context(), &ostree.PruneOptions{NoPrune: true})
	require.NoError(t, err)
	_, err = r.Fsck(t.Context(), &ostree.FsckOptions{Delete: true})
	require.ErrorIs(t, err, ostree.ErrTransactionRunning)
	require.NoError(t, txn.Abort())

	// Another process keeps the prune waiting while the handle asks for a transaction.
	elsewhere, err := ostree.Open(r.Path(), nil)
	require.NoError(t, err)
	defer elsewhere.Close()
	unlock, err := elsewhere.LockShared(t.Context())
	require.NoError(t, err)
	pruned := make(chan error)
	go func() {
		for {
			if _, err := r.Prune(context.Background(), nil); !errors.Is(err, ostree.ErrTransactionRunning) {
				pruned <- err
				return
			}
		}
	}()
	require.Eventually(t, func() bool {
		txn, err := r.Begin(t.Context(), nil)
		txn.Abort()
		return errors.Is(err, ostree.ErrTransactionRunning)
	}, 10*time.Second, time.Millisecond)
	unlock()
	require.NoError(t, <-pruned)
	txn, err = r.Begin(t.Context(), nil)
	require.NoError(t, err)
	require.NoError(t, txn.Abort())
}
