package ostree_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

var killCases = map[string]killCase{
	"commit to archive":              commitKill(ostree.ModeArchive, nil),
	"commit to bare":                 commitKill(ostree.ModeBare, nil),
	"commit to bare-user":            commitKill(ostree.ModeBareUser, nil),
	"commit to bare-user-only":       commitKill(ostree.ModeBareUserOnly, nil),
	"commit without fsync":           commitKill(ostree.ModeBareUser, &ostree.TxnOptions{NoFsync: true}),
	"commit with per-object fsync":   commitKill(ostree.ModeArchive, &ostree.TxnOptions{PerObjectFsync: true}),
	"commit that consumes":           consumeKill(),
	"pull into archive":              pullKill(ostree.ModeArchive, &ostree.PullOptions{Mirror: true}),
	"pull into bare-user":            pullKill(ostree.ModeBareUser, &ostree.PullOptions{Refs: []string{"main", "b/c"}, Depth: -1}),
	"pull without fsync":             pullKill(ostree.ModeBare, &ostree.PullOptions{Refs: []string{"main", "b/c"}, NoFsync: true}),
	"local pull with conversion":     pullLocalKill(ostree.ModeArchive, ostree.ModeBareUserOnly),
	"local pull with links":          pullLocalKill(ostree.ModeBareUser, ostree.ModeBareUser),
	"prune":                          pruneKill(ostree.ModeArchive, ostree.PruneOptions{RefsOnly: true, Depth: ptr(0)}),
	"prune of bare-user":             pruneKill(ostree.ModeBareUser, ostree.PruneOptions{RefsOnly: true, Depth: ptr(1)}),
	"prune with tombstone":           pruneTombstoneKill(),
	"refs":                           refsKill(),
	"refs of a transaction":          refsTxnKill(),
	"summary":                        summaryKill(),
	"settings":                       settingsKill(),
	"init":                           initKill(),
	"fsck that deletes":              fsckKill(),
	"checkout with links":            checkoutKill(ostree.ModeBareUser, ostree.CheckoutOptions{UserMode: true}),
	"checkout of copies":             checkoutKill(ostree.ModeArchive, ostree.CheckoutOptions{UserMode: true}),
	"checkout through the cache":     checkoutKill(ostree.ModeArchive, ostree.CheckoutOptions{UserMode: true, UncompressedCache: true}),
	"checkout that adds":             checkoutOverKill(ostree.CheckoutOptions{UserMode: true, Overwrite: ostree.OverwriteAdd}),
	"checkout as a union":            checkoutOverKill(ostree.CheckoutOptions{UserMode: true, Overwrite: ostree.OverwriteUnion}),
	"composefs image":                composefsKill(),
	"detached metadata and tar tree": tarKill(),
	"static delta":                   deltaKill(),
	"pull by delta":                  pullDeltaKill(),
}

func openIn(t testing.TB, dir string) *ostree.Repo {
	t.Helper()
	r, err := ostree.Open(filepath.Join(dir, "repo"), nil)
	require.NoError(t, err)
	t.Cleanup(func() { r.Close() })
	return r
}

// sceneTree makes a small directory with everything that files can be.
func sceneTree(t testing.TB, dir string, generation int) {
	t.Helper()
	for _, d := range []string{dir, dir + "/sub", dir + "/sub/deep", dir + "/empty"} {
		require.NoError(t, os.MkdirAll(d, 0o755))
		require.NoError(t, os.Chmod(d, 0o755))
	}
	write(t, dir, "same", "same content\n", 0o644)
	write(t, dir, "sub/changing", fmt.Sprintf("generation %d\n", generation), 0o644)
	write(t, dir, "sub/deep/exec", strings.Repeat("#!/bin/sh\n", 500), 0o755)
	write(t, dir, "zero", "", 0o644)
	os.Remove(dir + "/link")
	require.NoError(t, os.Symlink(fmt.Sprintf("target%d", generation), dir+"/link"))
}

// sceneRepo makes dir/repo with two branches, of two commits and of one.
func sceneRepo(t testing.TB, dir string, mode ostree.Mode) {
	t.Helper()
	r := initRepo(t, filepath.Join(dir, "repo"), mode)
	tree := filepath.Join(dir, "scenery")
	var parent object.Checksum
	for i := range 2 {
		sceneTree(t, tree, i)
		parent = commitDir(t, r, tree, "main", sceneRules, &ostree.CommitOptions{Parent: parent, Refs: []string{"main"}, Time: time.Unix(1_700_000_000+int64(i), 0)})
	}
	sceneTree(t, tree, 7)
	commitDir(t, r, tree, "b/c", sceneRules, &ostree.CommitOptions{Refs: []string{"b/c"}, Time: time.Unix(1_700_000_010, 0)})
	require.NoError(t, os.RemoveAll(tree))
	require.NoError(t, r.Close())
}

var sceneRules = &ostree.Modifier{CanonicalPermissions: true, NoXattrs: true}

func commitKill(mode ostree.Mode, opts *ostree.TxnOptions) killCase {
	return killCase{
		prepare: func(t testing.TB, dir string) *repoServer {
			sceneRepo(t, dir, mode)
			sceneTree(t, filepath.Join(dir, "tree"), 99)
			return nil
		},
		run: func(t testing.TB, dir, _ string) { commitScene(t, dir, opts, nil) },
	}
}

func commitScene(t testing.TB, dir string, opts *ostree.TxnOptions, mod *ostree.Modifier) {
	r, ctx := openIn(t, dir), t.Context()
	txn, err := r.Begin(ctx, opts)
	require.NoError(t, err)
	defer txn.Abort()
	tree := ostree.NewTree()
	require.NoError(t, txn.AddDirectory(ctx, tree, filepath.Join(dir, "tree"), mod))
	root, meta, err := txn.WriteTree(tree)
	require.NoError(t, err)
	c, err := txn.WriteCommit(ctx, root, meta, &ostree.CommitOptions{Refs: []string{"main", "new/one", "x"}, Time: time.Unix(1_700_000_100, 0)})
	require.NoError(t, err)
	for _, ref := range []string{"main", "new/one", "o:x"} {
		require.NoError(t, txn.SetRef(ref, c))
	}
	_, err = txn.Commit(ctx)
	require.NoError(t, err)
	require.NoError(t, r.Close())
}

// consumeKill: until the commit has its refs the source must be whole, and what is repeated is the commit;
// after that only the source remains to be removed.
func consumeKill() killCase {
	done := func(t testing.TB, dir string) bool { return refFiles(t, dir)["remotes/o/x"] != "" }
	k := commitKill(ostree.ModeBareUserOnly, nil)
	mod := &ostree.Modifier{Consume: true}
	k.run = func(t testing.TB, dir, _ string) { commitScene(t, dir, nil, mod) }
	k.again = func(t testing.TB, dir, url string) {
		if !done(t, dir) {
			k.run(t, dir, url)
		}
		require.NoError(t, os.RemoveAll(filepath.Join(dir, "tree")))
	}
	k.after = func(t testing.TB, dir string) {
		if done(t, dir) {
			return
		}
		for _, f := range []string{"same", "sub/changing", "sub/deep/exec", "zero", "link"} {
			_, err := os.Lstat(filepath.Join(dir, "tree", f))
			require.NoError(t, err, "the source is gone before the commit is there")
		}
	}
	return k
}

func pullKill(mode ostree.Mode, opts *ostree.PullOptions) killCase {
	return killCase{
		prepare: func(t testing.TB, dir string) *repoServer {
			src := t.TempDir()
			sceneRepo(t, src, ostree.ModeArchive)
			from := openIn(t, src)
			require.NoError(t, from.UpdateSummary(t.Context(), &ostree.SummaryOptions{Time: time.Unix(1_700_000_050, 0)}))
			r := initRepo(t, filepath.Join(dir, "repo"), mode)
			require.NoError(t, r.AddRemote("o", "http://unused/", &ostree.RemoteAddOptions{Settings: [][2]string{{"gpg-verify", "false"}}}))
			s := serve(t, from.Path())
			s.setHook(func(http.ResponseWriter, *http.Request) bool { return false })
			return s
		},
		run: func(t testing.TB, dir, url string) {
			o := *opts
			o.URL = url
			_, err := openIn(t, dir).Pull(t.Context(), "o", &o)
			require.NoError(t, err)
		},
		private: []string{"repo/tmp/cache"},
	}
}

func pullLocalKill(from, to ostree.Mode) killCase {
	return killCase{
		prepare: func(t testing.TB, dir string) *repoServer {
			initRepo(t, filepath.Join(dir, "repo"), to).Close()
			src := filepath.Join(dir, "from")
			require.NoError(t, os.Mkdir(src, 0o755))
			sceneRepo(t, src, from)
			return nil
		},
		run: func(t testing.TB, dir, _ string) {
			_, err := openIn(t, dir).PullLocal(t.Context(), openIn(t, filepath.Join(dir, "from")), &ostree.PullLocalOptions{Remote: "o", Depth: 1})
			require.NoError(t, err)
		},
		private: []string{"from/repo/.lock"},
	}
}

func checkoutKill(mode ostree.Mode, opts ostree.CheckoutOptions) killCase {
	k := killCase{
		prepare: func(t testing.TB, dir string) *repoServer { sceneRepo(t, dir, mode); return nil },
		run: func(t testing.TB, dir, _ string) {
			r := openIn(t, dir)
			require.NoError(t, r.Checkout(t.Context(), resolve(t, r, "main"), filepath.Join(dir, "out"), &opts))
		},
	}
	k.again = func(t testing.TB, dir, url string) {
		require.NoError(t, os.RemoveAll(filepath.Join(dir, "out")))
		k.run(t, dir, url)
	}
	return k
}

// checkoutOverKill goes over what the killed run has left. Directories that exist are not changed, so
// their permissions are those of unfinished ones from the beginning.
func checkoutOverKill(opts ostree.CheckoutOptions) killCase {
	return killCase{
		prepare: func(t testing.TB, dir string) *repoServer {
			r := initRepo(t, filepath.Join(dir, "repo"), ostree.ModeArchive)
			tree := filepath.Join(t.TempDir(), "tree")
			sceneTree(t, tree, 1)
			for _, d := range []string{tree, tree + "/sub", tree + "/sub/deep", tree + "/empty"} {
				require.NoError(t, os.Chmod(d, 0o700))
			}
			commitDir(t, r, tree, "main", nil, nil)
			require.NoError(t, os.MkdirAll(filepath.Join(dir, "out/sub"), 0o700))
			write(t, dir, "out/same", "an older one", 0o644)
			write(t, dir, "out/sub/changing", "an older one", 0o644)
			return nil
		},
		run: func(t testing.TB, dir, _ string) {
			r := openIn(t, dir)
			require.NoError(t, r.Checkout(t.Context(), resolve(t, r, "main"), filepath.Join(dir, "out"), &opts))
			cleanScene(t, r)
		},
	}
}

func tarKill() killCase {
	return killCase{
		prepare: func(t testing.TB, dir string) *repoServer {
			sceneRepo(t, dir, ostree.ModeBareUserOnly)
			tree := filepath.Join(t.TempDir(), "tree")
			sceneTree(t, tree, 3)
			testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "tar"), "-C", tree, "-cf", filepath.Join(dir, "tree.tar"), ".")
			return nil
		},
		run: func(t testing.TB, dir, _ string) {
			r, ctx := openIn(t, dir), t.Context()
			f, err := os.Open(filepath.Join(dir, "tree.tar"))
			require.NoError(t, err)
			defer f.Close()
			txn, err := r.Begin(ctx, nil)
			require.NoError(t, err)
			defer txn.Abort()
			tree := ostree.NewTree()
			require.NoError(t, txn.AddTar(ctx, tree, f, nil, nil))
			root, meta, err := txn.WriteTree(tree)
			require.NoError(t, err)
			c, err := txn.WriteCommit(ctx, root, meta, &ostree.CommitOptions{Time: time.Unix(1_700_000_200, 0), Detached: detachedNote()})
			require.NoError(t, err)
			require.NoError(t, txn.SetRef("main", c))
			_, err = txn.Commit(ctx)
			require.NoError(t, err)
		},
	}
}

func pullDeltaKill() killCase {
	return killCase{
		prepare: func(t testing.TB, dir string) *repoServer {
			src := t.TempDir()
			sceneRepo(t, src, ostree.ModeArchive)
			from := openIn(t, src)
			to := resolve(t, from, "main")
			commit, err := from.LoadCommit(to)
			require.NoError(t, err)
			_, err = from.GenerateDelta(t.Context(), &ostree.DeltaOptions{From: commit.Parent, To: to})
			require.NoError(t, err)
			require.NoError(t, from.UpdateSummary(t.Context(), nil))
			r := initRepo(t, filepath.Join(dir, "repo"), ostree.ModeBareUser)
			require.NoError(t, r.AddRemote("o", "http://unused/", &ostree.RemoteAddOptions{Settings: [][2]string{{"gpg-verify", "false"}}}))
			_, err = r.PullLocal(t.Context(), from, &ostree.PullLocalOptions{Refs: []string{commit.Parent.String()}})
			require.NoError(t, err)
			return serve(t, from.Path())
		},
		run: func(t testing.TB, dir, url string) {
			_, err := openIn(t, dir).Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}, URL: url})
			require.NoError(t, err)
		},
		private: []string{"repo/tmp/cache"},
	}
}
