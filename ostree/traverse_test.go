package ostree_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

// branchHistory is a repository with branches of several commits each, oldest first.
type branchHistory struct {
	repo     *ostree.Repo
	branches map[string][]object.Checksum
	times    map[object.Checksum]int64
}

// newBranches commits a changing tree n times to each branch. Times mostly grow.
func newBranches(t testing.TB, mode ostree.Mode, seed uint64, n int, branches ...string) *branchHistory {
	t.Helper()
	h := &branchHistory{newRepo(t, mode), map[string][]object.Checksum{}, map[object.Checksum]int64{}}
	rng := rand.New(rand.NewPCG(seed, 7))
	for b, name := range branches {
		dir := t.TempDir()
		require.NoError(t, os.Chmod(dir, 0o755))
		now := int64(1_600_000_000 + 1000*b)
		for i := range n {
			for range 1 + rng.IntN(3) {
				sub := filepath.Join(dir, "d"+itoa(rng.IntN(4)), "e"+itoa(rng.IntN(3)))
				require.NoError(t, os.MkdirAll(sub, 0o755))
				require.NoError(t, os.WriteFile(filepath.Join(sub, "f"+itoa(rng.IntN(6))), []byte(itoa(rng.IntN(40))), 0o644))
			}
			if i == n/2 {
				os.Remove(filepath.Join(dir, "link"))
				require.NoError(t, os.Symlink("target"+name[:1], filepath.Join(dir, "link")))
			}
			now += int64(rng.IntN(100)) - 20
			opts := &ostree.CommitOptions{Subject: name + itoa(i), Refs: []string{name}, Time: time.Unix(now, 0)}
			if i > 0 {
				opts.Parent = h.branches[name][i-1]
			}
			c := commitDir(t, h.repo, dir, name, &ostree.Modifier{CanonicalPermissions: mode == ostree.ModeBareUserOnly, NoXattrs: true}, opts)
			h.branches[name] = append(h.branches[name], c)
			h.times[c] = now
		}
	}
	return h
}

func (h *branchHistory) tip(branch string) object.Checksum {
	list := h.branches[branch]
	return list[len(list)-1]
}

// reach is the plain way to do what Traverse does.
func reach(t testing.TB, r *ostree.Repo, c object.Checksum, out map[object.Name]bool) {
	commit, err := r.LoadCommit(c)
	require.NoError(t, err)
	out[object.Name{Checksum: c, Type: object.TypeCommit}] = true
	var walk func(tree, meta object.Checksum)
	walk = func(tree, meta object.Checksum) {
		out[object.Name{Checksum: tree, Type: object.TypeDirTree}] = true
		out[object.Name{Checksum: meta, Type: object.TypeDirMeta}] = true
		dt, err := r.LoadDirTree(tree)
		require.NoError(t, err)
		for _, f := range dt.Files {
			out[object.Name{Checksum: f.Checksum, Type: object.TypeFile}] = true
		}
		for _, d := range dt.Dirs {
			walk(d.Tree, d.Meta)
		}
	}
	walk(commit.Tree, commit.Meta)
}

func TestTraverseReachesExactlyWhatCommitsName(t *testing.T) {
	h := newBranches(t, ostree.ModeArchive, testutil.Seed(t), 5, "a", "b")
	for _, depth := range []int{0, 1, 3, -1} {
		want := map[object.Name]bool{}
		for _, list := range h.branches {
			for i, c := range list {
				if depth < 0 || len(list)-1-i <= depth {
					reach(t, h.repo, c, want)
				}
			}
		}
		set, err := h.repo.Traverse(t.Context(), []object.Checksum{h.tip("a"), h.tip("b")}, &ostree.TraverseOptions{Depth: depth})
		require.NoError(t, err)
		got := slices.Collect(set.All())
		require.Len(t, got, len(want))
		require.Equal(t, len(want), set.Len())
		require.True(t, slices.IsSortedFunc(got, object.Name.Compare))
		for _, n := range got {
			require.True(t, want[n] && set.Has(n), n.String())
		}
	}
	set, err := h.repo.Traverse(t.Context(), []object.Checksum{h.tip("a")}, &ostree.TraverseOptions{Depth: -1, CommitOnly: true})
	require.NoError(t, err)
	require.Equal(t, 5, set.Len())
}

// The deepest of the roots that reach a commit decides, whatever their order.
func TestTraverseDepthIsTheUnionOfAllRoots(t *testing.T) {
	h := newBranches(t, ostree.ModeArchive, 1, 6, "a")
	c := h.branches["a"]
	for _, roots := range [][]object.Checksum{{c[5], c[3]}, {c[3], c[5]}} {
		set, err := h.repo.Traverse(t.Context(), roots, &ostree.TraverseOptions{Depth: 2, CommitOnly: true})
		require.NoError(t, err)
		require.Equal(t, 5, set.Len()) // 5 4 3 and 3 2 1
		require.False(t, set.Has(object.Name{Checksum: c[0], Type: object.TypeCommit}))
	}
	list, err := h.repo.CommitsReachable(t.Context(), c[4], 2)
	require.NoError(t, err)
	require.Equal(t, []object.Checksum{c[4], c[3], c[2]}, list)
}

func TestTraverseAndIncompleteCommits(t *testing.T) {
	h := newBranches(t, ostree.ModeArchive, 1, 3, "a")
	c := h.branches["a"]
	commit, err := h.repo.LoadCommit(c[2])
	require.NoError(t, err)
	root := object.Name{Checksum: commit.Tree, Type: object.TypeDirTree}
	require.NoError(t, h.repo.DeleteObject(root))
	all := &ostree.TraverseOptions{Depth: -1}
	_, err = h.repo.Traverse(t.Context(), c[2:], all)
	require.ErrorIs(t, err, ostree.ErrNotFound)
	require.EqualError(t, err, "No such metadata object "+root.String())

	require.NoError(t, h.repo.SetCommitState(c[2], ostree.CommitPartial))
	set, err := h.repo.Traverse(t.Context(), c[2:], all)
	require.NoError(t, err)
	require.True(t, set.Has(root), "what is missing is still reachable")

	require.NoError(t, h.repo.DeleteObject(object.Name{Checksum: c[0], Type: object.TypeCommit}))
	set, err = h.repo.Traverse(t.Context(), c[1:2], all)
	require.NoError(t, err, "history ends where it was not fetched")
	require.False(t, set.Has(object.Name{Checksum: c[0], Type: object.TypeCommit}))
	_, err = h.repo.Traverse(t.Context(), c[:1], all)
	require.ErrorIs(t, err, ostree.ErrNotFound)

	loose := filepath.Join(h.repo.Path(), "objects", object.Name{Checksum: c[1], Type: object.TypeCommit}.LoosePath(true))
	flipByte(t, loose, 3)
	_, err = h.repo.Traverse(t.Context(), c[1:2], all)
	var bad *ostree.ChecksumError
	require.ErrorAs(t, err, &bad)
}

func TestCommitsContaining(t *testing.T) {
	h := newBranches(t, ostree.ModeBareUser, testutil.Seed(t), 4, "a", "b")
	all := slices.Concat(h.branches["a"], h.branches["b"])
	want := map[object.Name][]object.Checksum{}
	var names []object.Name
	for _, c := range all {
		objects := map[object.Name]bool{}
		reach(t, h.repo, c, objects)
		for n := range objects {
			if want[n] == nil {
				names = append(names, n)
			}
			want[n] = append(want[n], c)
		}
	}
	unused := object.Name{Checksum: object.Checksum{1}, Type: object.TypeFile}
	got, err := h.repo.CommitsContaining(t.Context(), all, append(names, unused))
	require.NoError(t, err)
	require.Equal(t, want, got)
}

// The set behaves like a map, also with names that share all of their checksum but the type.
func TestObjectSetIsASet(t *testing.T) {
	rng := rand.New(rand.NewPCG(testutil.Seed(t), 1))
	set, model := ostree.NewObjectSet(), map[object.Name]bool{}
	for range 20_000 {
		var n object.Name
		n.Checksum[0], n.Checksum[9], n.Checksum[31] = byte(rng.IntN(3)), byte(rng.IntN(256)), byte(rng.IntN(8))
		n.Type = object.Type(1 + rng.IntN(4))
		require.Equal(t, model[n], set.Has(n))
		require.Equal(t, !model[n], set.Add(n))
		model[n] = true
		if rng.IntN(5000) == 0 {
			require.Len(t, slices.Collect(set.All()), len(model))
		}
	}
	require.Equal(t, len(model), set.Len())
	for n := range set.All() {
		require.True(t, model[n])
	}
}

// flipByte damages a file in place.
func flipByte(t testing.TB, path string, at int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	defer f.Close()
	var b [1]byte
	_, err = f.ReadAt(b[:], at)
	require.NoError(t, err)
	b[0] ^= 0x20
	_, err = f.WriteAt(b[:], at)
	require.NoError(t, err)
}
