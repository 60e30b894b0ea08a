package ostree_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

func pruneKill(mode ostree.Mode, opts ostree.PruneOptions) killCase {
	return killCase{
		prepare: func(t testing.TB, dir string) *repoServer {
			h := newBranches(t, mode, 5, 4, "x", "y")
			require.NoError(t, h.repo.SetCommitState(h.branches["x"][1], ostree.CommitPartial))
			addOrphans(t, h.repo, 5)
			testutil.CopyTree(t, h.repo.Path(), filepath.Join(dir, "repo"))
			return nil
		},
		run: func(t testing.TB, dir, _ string) {
			_, err := openIn(t, dir).Prune(t.Context(), &opts)
			require.NoError(t, err)
		},
	}
}

// pruneTombstoneKill: what is asked for by name cannot be asked for again when it is gone.
func pruneTombstoneKill() killCase {
	oldest := func(t testing.TB, r *ostree.Repo) (object.Checksum, bool) {
		commit, err := r.LoadCommit(resolve(t, r, "main"))
		require.NoError(t, err)
		has, err := r.HasObject(object.Name{Checksum: commit.Parent, Type: object.TypeCommit})
		require.NoError(t, err)
		return commit.Parent, has
	}
	return killCase{
		prepare: func(t testing.TB, dir string) *repoServer { sceneRepo(t, dir, ostree.ModeArchive); return nil },
		run: func(t testing.TB, dir, _ string) {
			r := openIn(t, dir)
			o := &ostree.PruneOptions{}
			if c, has := oldest(t, r); has {
				o.DeleteCommit = c.String()
			}
			_, err := r.Prune(t.Context(), o)
			require.NoError(t, err)
		},
	}
}

func refsKill() killCase {
	return killCase{
		prepare: func(t testing.TB, dir string) *repoServer {
			sceneRepo(t, dir, ostree.ModeArchive)
			r := openIn(t, dir)
			require.NoError(t, r.SetRefImmediate("gone", resolve(t, r, "main")))
			require.NoError(t, r.SetRefImmediate("dir/sub", resolve(t, r, "main")))
			return nil
		},
		run: func(t testing.TB, dir, _ string) {
			r := openIn(t, dir)
			c := resolve(t, r, "main")
			require.NoError(t, r.SetRefImmediate("new/ref", c))
			require.NoError(t, r.SetRefImmediate("o:new/ref", c))
			require.NoError(t, r.SetRefImmediate("b/c", c))
			require.NoError(t, r.SetRefImmediate("gone", object.Checksum{}))
			if _, found, err := r.ResolveRevOptional("dir/sub"); found || err != nil {
				require.NoError(t, r.SetRefImmediate("dir/sub", object.Checksum{}))
			}
			require.NoError(t, r.SetRefImmediate("dir", c))
			require.NoError(t, r.SetAlias("alias", "main"))
			require.NoError(t, r.SetAlias("alias", "b/c"))
			require.NoError(t, r.SetCollectionRefImmediate(ostree.CollectionRef{Collection: "org.example.C", Ref: "m"}, c))
			cleanScene(t, r)
		},
	}
}

// refsTxnKill exchanges a ref for another one: at no time neither of them is there.
func refsTxnKill() killCase {
	return killCase{
		prepare: func(t testing.TB, dir string) *repoServer {
			sceneRepo(t, dir, ostree.ModeArchive)
			r := openIn(t, dir)
			require.NoError(t, r.SetRefImmediate("aaa/old", resolve(t, r, "main")))
			return nil
		},
		run: func(t testing.TB, dir, _ string) {
			r := openIn(t, dir)
			txn, err := r.Begin(t.Context(), nil)
			require.NoError(t, err)
			require.NoError(t, txn.SetRef("aaa/old", object.Checksum{}))
			require.NoError(t, txn.SetRef("zzz/new", resolve(t, r, "main")))
			_, err = txn.Commit(t.Context())
			require.NoError(t, err)
		},
		after: func(t testing.TB, dir string) {
			refs := refFiles(t, dir)
			require.NotEmpty(t, refs["heads/aaa/old"]+refs["heads/zzz/new"])
		},
	}
}

// cleanScene ends in a transaction, as it is transactions that tidy up.
func cleanScene(t testing.TB, r *ostree.Repo) {
	txn, err := r.Begin(t.Context(), nil)
	require.NoError(t, err)
	_, err = txn.Commit(t.Context())
	require.NoError(t, err)
}

func summaryKill() killCase {
	return killCase{
		prepare: func(t testing.TB, dir string) *repoServer {
			sceneRepo(t, dir, ostree.ModeArchive)
			r := openIn(t, dir)
			require.NoError(t, r.UpdateSummary(t.Context(), &ostree.SummaryOptions{Time: time.Unix(1_700_000_050, 0)}))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "repo/summary.sig"), nil, 0o644))
			return nil
		},
		run: func(t testing.TB, dir, _ string) {
			r := openIn(t, dir)
			require.NoError(t, r.UpdateSummary(t.Context(), &ostree.SummaryOptions{Time: time.Unix(1_700_000_060, 0)}))
			cleanScene(t, r)
		},
		after: func(t testing.TB, dir string) {
			s, err := openIn(t, dir).Summary()
			require.NoError(t, err)
			require.Len(t, s.Refs(), 2)
		},
	}
}

func settingsKill() killCase {
	return killCase{
		prepare: func(t testing.TB, dir string) *repoServer {
			sceneRepo(t, dir, ostree.ModeArchive)
			require.NoError(t, openIn(t, dir).AddRemote("old", "http://old/", nil))
			return nil
		},
		run: func(t testing.TB, dir, _ string) {
			r := openIn(t, dir)
			require.NoError(t, r.AddRemote("o", "http://host/", &ostree.RemoteAddOptions{IfNotExists: true}))
			require.NoError(t, r.DeleteRemote("old", &ostree.DeleteRemoteOptions{IfExists: true}))
			c, err := r.EditConfig()
			require.NoError(t, err)
			require.NoError(t, c.Set("core", "min-free-space-percent", "1"))
			require.NoError(t, r.SetConfig(c))
			require.NoError(t, r.AddCookie("o", "host", "/", "n", "v"))
			require.NoError(t, r.SetCommitState(resolve(t, r, "main"), ostree.CommitPartial))
			require.NoError(t, r.WriteDetachedMetadata(resolve(t, r, "b/c"), detachedNote()))
			cleanScene(t, r)
		},
		private: []string{"repo/o.cookies.txt"}, // with the time it was made
	}
}

func detachedNote() *object.Dict {
	var d object.Dict
	d.Set("note", object.NewString("x"))
	return &d
}

func initKill() killCase {
	return killCase{
		prepare: func(testing.TB, string) *repoServer { return nil },
		run: func(t testing.TB, dir, _ string) {
			r, err := ostree.Init(filepath.Join(dir, "repo"), &ostree.InitOptions{Mode: ostree.ModeBareUser, CollectionID: "org.example.C"})
			require.NoError(t, err)
			require.Equal(t, ostree.ModeBareUser, r.Mode())
			cleanScene(t, r)
			require.NoError(t, r.Close())
		},
	}
}

// fsckKill: when the damaged object is gone, the commits that used it are marked, or the next run does that.
func fsckKill() killCase {
	return killCase{
		damaged: true,
		prepare: func(t testing.TB, dir string) *repoServer {
			s := newSpecimen(t, ostree.ModeArchive)
			testutil.CopyTree(t, s.path, filepath.Join(dir, "repo"))
			r := openIn(t, dir)
			require.NoError(t, r.SetRefImmediate("damaged", s.tip.Checksum))
			flipByte(t, s.at(filepath.Join(dir, "repo"), s.file), 18)
			return nil
		},
		run: func(t testing.TB, dir, _ string) {
			r := openIn(t, dir)
			_, err := r.Fsck(t.Context(), &ostree.FsckOptions{Delete: true})
			var partial *ostree.PartialCommitsError
			if err == nil || !strings.Contains(err.Error(), "corruption") {
				require.ErrorAs(t, err, &partial)
			}
			cleanScene(t, r)
		},
	}
}

func composefsKill() killCase {
	return killCase{
		prepare: func(t testing.TB, dir string) *repoServer {
			sceneRepo(t, dir, ostree.ModeBareUser)
			write(t, dir, "out/image", "an older one", 0o644)
			return nil
		},
		run: func(t testing.TB, dir, _ string) {
			r := openIn(t, dir)
			require.NoError(t, r.CheckoutComposefs(t.Context(), resolve(t, r, "main"), filepath.Join(dir, "out/image"), nil))
			require.NoError(t, r.CheckoutComposefs(t.Context(), resolve(t, r, "b/c"), filepath.Join(dir, "out/other"), nil))
			cleanScene(t, r)
		},
	}
}

// deltaKill replaces one delta, adds another, and removes a third.
func deltaKill() killCase {
	names := func(t testing.TB, r *ostree.Repo) (from, to object.Checksum) {
		to = resolve(t, r, "main")
		commit, err := r.LoadCommit(to)
		require.NoError(t, err)
		return commit.Parent, to
	}
	generate := func(t testing.TB, r *ostree.Repo, from, to object.Checksum, when int64) {
		_, err := r.GenerateDelta(t.Context(), &ostree.DeltaOptions{From: from, To: to, Time: time.Unix(when, 0)})
		require.NoError(t, err)
	}
	return killCase{
		prepare: func(t testing.TB, dir string) *repoServer {
			sceneRepo(t, dir, ostree.ModeArchive)
			r := openIn(t, dir)
			from, to := names(t, r)
			generate(t, r, from, to, 1_700_000_000)
			generate(t, r, object.Checksum{}, from, 1_700_000_000)
			require.NoError(t, r.ReindexDeltas(t.Context(), nil))
			return nil
		},
		run: func(t testing.TB, dir, _ string) {
			r := openIn(t, dir)
			from, to := names(t, r)
			generate(t, r, from, to, 1_700_000_500)
			generate(t, r, object.Checksum{}, to, 1_700_000_500)
			err := r.DeleteStaticDelta(delta.Name{To: from})
			var missing *ostree.DeltaNotFoundError
			if err != nil {
				require.ErrorAs(t, err, &missing)
			}
			require.NoError(t, r.ReindexDeltas(t.Context(), nil))
			_, err = r.Prune(t.Context(), nil)
			require.NoError(t, err)
		},
		after: func(t testing.TB, dir string) {
			r := openIn(t, dir)
			list, err := r.StaticDeltas()
			require.NoError(t, err)
			for _, n := range list {
				_, err := r.DeltaInfo(t.Context(), n.String())
				require.NoError(t, err, "a delta that is listed is whole")
			}
		},
	}
}
