package ostree_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

// addOrphans leaves objects behind that no commit needs, as an aborted commit does.
func addOrphans(t testing.TB, r *ostree.Repo, n int) {
	t.Helper()
	txn, err := r.Begin(t.Context(), nil)
	require.NoError(t, err)
	defer txn.Abort()
	dir := t.TempDir()
	for i := range n {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "orphan"+itoa(i)), []byte("orphan "+itoa(i)), 0o644))
	}
	tree := ostree.NewTree()
	require.NoError(t, txn.AddDirectory(t.Context(), tree, dir, &ostree.Modifier{CanonicalPermissions: true, NoXattrs: true}))
	_, _, err = txn.WriteTree(tree)
	require.NoError(t, err)
	_, err = txn.Commit(t.Context())
	require.NoError(t, err)
}

func prune(t testing.TB, repo string, opts *ostree.PruneOptions) (*ostree.PruneStats, error) {
	t.Helper()
	r, err := ostree.Open(repo, nil)
	require.NoError(t, err)
	defer r.Close()
	return r.Prune(t.Context(), opts)
}

func ptr[T any](v T) *T { return &v }

// The objects that remain, and the counts that are told, are those of the reference for every
// combination of options on a random history; then each program finds the other's result whole.
func TestPruneLeavesWhatTheReferenceLeaves(t *testing.T) {
	tool := testutil.Tool(t, "ostree")
	testutil.Root(t)
	seed := testutil.Seed(t)
	for i, mode := range modes {
		h := newBranches(t, mode, seed+uint64(i), 6, "x", "y", "z/w")
		addOrphans(t, h.repo, 5)
		require.NoError(t, h.repo.SetRefImmediate("o:x", h.tip("x")))
		require.NoError(t, h.repo.SetRefImmediate("gone", object.Checksum{1}))
		require.NoError(t, h.repo.SetCommitState(h.branches["y"][2], ostree.CommitPartial))
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		middle := h.times[h.branches["x"][rng.IntN(6)]]
		when := time.Unix(middle, 0)
		date := fmt.Sprintf("--keep-younger-than=@%d", middle)
		cases := []struct {
			args []string
			opts ostree.PruneOptions
		}{
			{nil, ostree.PruneOptions{}},
			{[]string{"--no-prune", "--refs-only", "--depth=1"}, ostree.PruneOptions{NoPrune: true, RefsOnly: true, Depth: ptr(1)}},
			{[]string{"--depth=0"}, ostree.PruneOptions{Depth: ptr(0)}},
			{[]string{"--refs-only"}, ostree.PruneOptions{RefsOnly: true}},
			{[]string{"--refs-only", "--depth=0"}, ostree.PruneOptions{RefsOnly: true, Depth: ptr(0)}},
			{[]string{"--refs-only", "--depth=3"}, ostree.PruneOptions{RefsOnly: true, Depth: ptr(3)}},
			{[]string{"--refs-only", "--depth=2", "--commit-only"}, ostree.PruneOptions{RefsOnly: true, Depth: ptr(2), CommitOnly: true}},
			{[]string{"--commit-only"}, ostree.PruneOptions{CommitOnly: true}},
			{[]string{date}, ostree.PruneOptions{KeepYoungerThan: when}},
			{[]string{date, "--commit-only"}, ostree.PruneOptions{KeepYoungerThan: when, CommitOnly: true}},
			{[]string{date, "--retain-branch-depth=y=2", "--retain-branch-depth=z/w=-1"},
				ostree.PruneOptions{KeepYoungerThan: when, RetainBranchDepth: map[string]int{"y": 2, "z/w": -1}}},
			{[]string{date, "--only-branch=y"}, ostree.PruneOptions{KeepYoungerThan: when, OnlyBranches: []string{"y"}}},
			{[]string{"--depth=1", "--retain-branch-depth=y=3"}, ostree.PruneOptions{Depth: ptr(1), RetainBranchDepth: map[string]int{"y": 3}}},
			// The reference takes a branch's depth 0 for none at all; so it is told the rest.
			{[]string{"--depth=0", "--retain-branch-depth=x=1", "--retain-branch-depth=o:x=1", "--retain-branch-depth=z/w=1", "--retain-branch-depth=gone=1"},
				ostree.PruneOptions{Depth: ptr(1), RetainBranchDepth: map[string]int{"y": 0}}},
			{[]string{"--depth=0", "--only-branch=y", "--only-branch=z/w"}, ostree.PruneOptions{Depth: ptr(0), OnlyBranches: []string{"y", "z/w"}}},
			{[]string{"--depth=0", "--only-branch=y", "--retain-branch-depth=y=1"},
				ostree.PruneOptions{Depth: ptr(0), OnlyBranches: []string{"y"}, RetainBranchDepth: map[string]int{"y": 1}}},
			{[]string{"--delete-commit=" + h.branches["y"][3].String()}, ostree.PruneOptions{DeleteCommit: h.branches["y"][3].String()}},
			{[]string{"--delete-commit=" + h.branches["x"][0].String(), "--refs-only", "--depth=1"},
				ostree.PruneOptions{DeleteCommit: h.branches["x"][0].String(), RefsOnly: true, Depth: ptr(1)}},
		}
		for _, c := range cases {
			t.Run(fmt.Sprintf("%s/%v", mode, c.args), func(t *testing.T) {
				t.Parallel()
				theirs, ours := copyRepo(t, h.repo.Path()), copyRepo(t, h.repo.Path())
				res := testutil.Run(t, &testutil.RunOptions{Must: true}, tool, append([]string{"--repo=" + theirs, "prune"}, c.args...)...)
				stats, err := prune(t, ours, &c.opts)
				require.NoError(t, err)
				require.Equal(t, res.Stdout, pruneText(stats, &c.opts))
				require.Equal(t, objectsOf(t, theirs), objectsOf(t, ours))
				testutil.SameTree(t, filepath.Join(theirs, "state"), filepath.Join(ours, "state"), nil)
				for _, repo := range []string{theirs, ours} {
					require.NoError(t, os.Remove(filepath.Join(repo, "refs/heads/gone")))
				}
				require.Zero(t, ourFsck(t, theirs, ostree.FsckOptions{}).Exit)
				testutil.Run(t, &testutil.RunOptions{Must: true}, tool, "--repo="+ours, "fsck", "-q")
			})
		}
	}
}

// pruneText prints statistics as the reference does.
func pruneText(s *ostree.PruneStats, o *ostree.PruneOptions) string {
	kind, verb := "", "Deleted %d objects, %s freed\n"
	if o.CommitOnly {
		kind = " (commit only)"
	}
	if o.NoPrune {
		verb = "Would delete: %d objects, freeing %s\n"
	}
	text := fmt.Sprintf("Total%s objects: %d\n", kind, s.Objects)
	if s.Pruned == 0 {
		return text + "No unreachable objects\n"
	}
	return text + fmt.Sprintf(verb, s.Pruned, formatSize(s.Freed))
}

func TestPruneDeleteCommit(t *testing.T) {
	h := newBranches(t, ostree.ModeArchive, 1, 3, "a")
	require.NoError(t, h.repo.SetCollectionRefImmediate(ostree.CollectionRef{Collection: "org.example.C", Ref: "m"}, h.branches["a"][1]))
	path := h.repo.Path()
	for _, c := range []struct{ commit, want string }{
		{h.tip("a").String(), "Commit '" + h.tip("a").String() + "' is referenced by 'a'"},
		{h.branches["a"][1].String(), "Commit '" + h.branches["a"][1].String() + "' is referenced by (org.example.C, m)"},
		{"nope", "Deleting object nope.commit: unlinkat(no/pe.commit): No such file or directory"},
		{strings.Repeat("0", 64), "Deleting object " + strings.Repeat("0", 64) + ".commit: unlinkat(00/" + strings.Repeat("0", 62) + ".commit): No such file or directory"},
	} {
		_, err := prune(t, path, &ostree.PruneOptions{DeleteCommit: c.commit})
		require.EqualError(t, err, c.want)
	}
	_, err := prune(t, path, &ostree.PruneOptions{DeleteCommit: "nope", NoPrune: true})
	require.ErrorIs(t, err, ostree.ErrDeleteAndNoPrune)
	_, err = prune(t, path, &ostree.PruneOptions{StaticDeltasOnly: true})
	require.ErrorIs(t, err, ostree.ErrDeltasOnlyNeedsCommit)
	_, err = prune(t, path, &ostree.PruneOptions{OnlyBranches: []string{"BACON"}})
	require.EqualError(t, err, "Refspec 'BACON' not found")

	oldest := h.branches["a"][0]
	_, err = prune(t, path, &ostree.PruneOptions{DeleteCommit: oldest.String()})
	require.NoError(t, err)
	config, err := os.ReadFile(filepath.Join(path, "config"))
	require.NoError(t, err)
	require.Contains(t, string(config), "tombstone-commits=true")
	tombstone := object.Name{Checksum: oldest, Type: object.TypeTombstoneCommit}
	require.FileExists(t, filepath.Join(path, "objects", tombstone.LoosePath(true)))
}

func TestParseBranchDepth(t *testing.T) {
	b, d, err := ostree.ParseBranchDepth("x/y=-1")
	require.NoError(t, err)
	require.Equal(t, "x/y", b)
	require.Equal(t, -1, d)
	for text, want := range map[string]string{
		"stable=BACON":        "Invalid depth BACON",
		"x":                   "Invalid value x, must specify BRANCH=DEPTH",
		"x=":                  "Invalid depth ",
		"x=99999999999999999": "Out of range depth 99999999999999999",
	} {
		_, _, err := ostree.ParseBranchDepth(text)
		require.EqualError(t, err, want)
	}
}

// Refs of other collections are not forgotten when branches are pruned by rule.
func TestPruneByBranchKeepsMirroredRefs(t *testing.T) {
	h := newBranches(t, ostree.ModeArchive, 1, 4, "a", "b")
	mirror := ostree.CollectionRef{Collection: "org.example.C", Ref: "m"}
	require.NoError(t, h.repo.SetCollectionRefImmediate(mirror, h.tip("b")))
	require.NoError(t, h.repo.SetRefImmediate("b", object.Checksum{}))
	for _, o := range []*ostree.PruneOptions{
		{RefsOnly: true, Depth: ptr(0)},
		{Depth: ptr(0), OnlyBranches: []string{"a"}},
		{KeepYoungerThan: time.Now()},
	} {
		repo := copyRepo(t, h.repo.Path())
		_, err := prune(t, repo, o)
		require.NoError(t, err)
		require.Zero(t, ourFsck(t, repo, ostree.FsckOptions{}).Exit)
	}
}

func TestPruneKeepUnreferencedYoungerThan(t *testing.T) {
	h := newBranches(t, ostree.ModeArchive, 1, 5, "a", "b")
	require.NoError(t, h.repo.SetRefImmediate("b", object.Checksum{}))
	limit := h.times[h.branches["b"][3]]
	_, err := h.repo.Prune(t.Context(), &ostree.PruneOptions{Depth: ptr(1), KeepUnreferencedYoungerThan: time.Unix(limit, 0)})
	require.NoError(t, err)
	want := map[object.Checksum]bool{h.branches["a"][3]: true, h.branches["a"][4]: true}
	for c, when := range h.times {
		if when >= limit {
			want[c] = true
		}
	}
	got, err := h.repo.Commits(t.Context())
	require.NoError(t, err)
	require.ElementsMatch(t, slices.Collect(maps.Keys(want)), got)
}

// A directory that cannot be read hides what is needed below it: nothing at all is deleted then.
func TestPruneStopsBeforeDeletingWhenDirectoriesAreDamaged(t *testing.T) {
	for _, do := range []func(testing.TB, *specimen, string){
		removeObject(theLeaf), flipObject(theLeaf, 4), truncateObject(theLeaf, 0), flipObject(theTip, 90),
	} {
		s := newSpecimen(t, ostree.ModeArchive)
		r, err := ostree.Open(s.path, nil)
		require.NoError(t, err)
		addOrphans(t, r, 3)
		r.Close()
		do(t, s, s.path)
		before := objectsOf(t, s.path)
		_, err = prune(t, s.path, nil)
		require.Error(t, err)
		require.Equal(t, before, objectsOf(t, s.path))
	}
}

func TestPruneWithParentRepository(t *testing.T) {
	tool := testutil.Tool(t, "ostree")
	s := newSpecimen(t, ostree.ModeArchive)
	r := newRepo(t, ostree.ModeArchive)
	c, err := r.EditConfig()
	require.NoError(t, err)
	require.NoError(t, c.Set("core", "parent", s.path))
	require.NoError(t, r.SetConfig(c))
	r, err = ostree.Open(r.Path(), nil)
	require.NoError(t, err)
	defer r.Close()
	require.NoError(t, r.SetRefImmediate("x", s.tip.Checksum))
	addOrphans(t, r, 2)
	before := objectsOf(t, s.path)
	theirs := copyRepo(t, r.Path())
	res := testutil.Run(t, &testutil.RunOptions{Must: true}, tool, "--repo="+theirs, "prune", "--refs-only")
	stats, err := r.Prune(t.Context(), &ostree.PruneOptions{RefsOnly: true})
	require.NoError(t, err)
	require.Equal(t, res.Stdout, pruneText(stats, &ostree.PruneOptions{}))
	// The directory of the orphans has the properties of one in the commit.
	shared := "/objects/" + s.dirMeta.LoosePath(true)
	require.Equal(t, map[string]int64{shared: 12}, objectsOf(t, r.Path()))
	require.Equal(t, stats.Objects-1, stats.Pruned)
	require.Equal(t, before, objectsOf(t, s.path))
}

func TestPruneForgetsSummariesOfUnknownRemotes(t *testing.T) {
	r := newRepo(t, ostree.ModeArchive)
	c, err := r.EditConfig()
	require.NoError(t, err)
	require.NoError(t, c.Set(`remote "known"`, "url", "http://localhost/"))
	require.NoError(t, r.SetConfig(c))
	cache := filepath.Join(r.Path(), "tmp/cache/summaries")
	require.NoError(t, os.MkdirAll(cache, 0o755))
	for _, f := range []string{"known", "known.sig", "old", "old.sig"} {
		require.NoError(t, os.WriteFile(filepath.Join(cache, f), nil, 0o644))
	}
	_, err = r.Prune(t.Context(), &ostree.PruneOptions{NoPrune: true})
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(cache, "old"))
	_, err = r.Prune(t.Context(), nil)
	require.NoError(t, err)
	left, err := os.ReadDir(cache)
	require.NoError(t, err)
	require.Len(t, left, 2)
	require.Equal(t, "known", left[0].Name())
}

func TestPrunePayloadLinks(t *testing.T) {
	tool := testutil.Tool(t, "ostree")
	for _, threshold := range []string{"", "3", "300"} {
		t.Run("threshold="+threshold, func(t *testing.T) {
			s := newSpecimen(t, ostree.ModeBareUser)
			link := object.Name{Checksum: object.Checksum{0xab, 1}, Type: object.TypePayloadLink}
			path := filepath.Join(s.path, "objects", link.LoosePath(false))
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.Symlink("../"+s.file.LoosePath(false), path))
			if threshold != "" {
				testutil.Run(t, &testutil.RunOptions{Must: true}, tool, "--repo="+s.path, "config", "set", "core.payload-link-threshold", threshold)
			}
			theirs := copyRepo(t, s.path)
			res := testutil.Run(t, &testutil.RunOptions{Must: true}, tool, "--repo="+theirs, "prune")
			stats, err := prune(t, s.path, nil)
			require.NoError(t, err)
			require.Equal(t, res.Stdout, pruneText(stats, &ostree.PruneOptions{}))
			require.Equal(t, objectsOf(t, theirs), objectsOf(t, s.path))
		})
	}
}

// In bare-split-xattrs repositories the xattrs go with the files that used them.
func TestPruneSplitXattrs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "repo")
	opts := ostree.Options{WriteBareSplitXattrs: true}
	r, err := ostree.Init(path, &ostree.InitOptions{Mode: ostree.ModeBareSplitXattrs, Options: opts})
	require.NoError(t, err)
	defer r.Close()
	a, b := object.Checksum{0x11}, object.Checksum{0x22}
	write := func(c object.Checksum, t2 object.Type) string {
		p := filepath.Join(path, "objects", object.Name{Checksum: c, Type: t2}.LoosePath(false))
		require.NoError(t, os.MkdirAll(filepath.Dir(p), 0o755))
		require.NoError(t, os.WriteFile(p, nil, 0o644))
		return p
	}
	write(a, object.TypeFile)
	xattrs := write(b, object.TypeFileXattrs)
	link := filepath.Join(path, "objects", object.Name{Checksum: a, Type: object.TypeFileXattrsLink}.LoosePath(false))
	require.NoError(t, os.Link(xattrs, link))
	stats, err := r.Prune(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, 1, stats.Pruned)
	_, err = r.Prune(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, objectsOf(t, path))
}

// fakeDelta stores files that look like a static delta with its index.
func fakeDelta(t testing.TB, repo string, n delta.Name) {
	t.Helper()
	for _, f := range []string{"superblock", "0", "1"} {
		p := filepath.Join(repo, "deltas", n.Dir(), f)
		require.NoError(t, os.MkdirAll(filepath.Dir(p), 0o755))
		require.NoError(t, os.WriteFile(p, []byte(f), 0o644))
	}
	p := filepath.Join(repo, delta.IndexPath(n.To))
	require.NoError(t, os.MkdirAll(filepath.Dir(p), 0o755))
	var list object.Dict
	if b, err := os.ReadFile(p); err == nil {
		list = deltaIndex(b)
	}
	list.Set(n.String(), object.NewByteArray(make([]byte, 32)))
	var index object.Dict
	index.Set("ostree.static-deltas", list.Value())
	require.NoError(t, os.WriteFile(p, index.Value().Bytes(), 0o644))
}

func TestPruneStaticDeltas(t *testing.T) {
	h := newBranches(t, ostree.ModeArchive, 1, 3, "a")
	c := h.branches["a"]
	path := h.repo.Path()
	names := []delta.Name{{To: c[0]}, {From: c[0], To: c[1]}, {To: c[1]}, {From: c[1], To: c[2]}, {From: object.Checksum{9}, To: c[2]}}
	for _, n := range names {
		fakeDelta(t, path, n)
	}
	has := func(want ...delta.Name) {
		t.Helper()
		got, err := h.repo.StaticDeltas()
		require.NoError(t, err)
		require.ElementsMatch(t, want, got)
		for _, n := range names {
			if _, err := os.Stat(filepath.Join(path, "deltas", n.Dir())); !slices.Contains(want, n) {
				require.ErrorIs(t, err, os.ErrNotExist)
			}
		}
	}
	has(names...)
	_, err := h.repo.Prune(t.Context(), nil)
	require.NoError(t, err)
	has(names...)

	require.NoError(t, h.repo.DeleteStaticDelta(names[1]))
	has(names[0], names[2], names[3], names[4])
	b, err := os.ReadFile(filepath.Join(path, delta.IndexPath(c[1])))
	require.NoError(t, err)
	left := deltaIndex(b)
	require.Equal(t, []string{names[2].String()}, left.Keys())
	require.EqualError(t, h.repo.DeleteStaticDelta(names[1]), "Can't find delta "+names[1].String())

	_, err = h.repo.Prune(t.Context(), &ostree.PruneOptions{StaticDeltasOnly: true, DeleteCommit: c[1].String()})
	require.NoError(t, err)
	has(names[0], names[3], names[4])
	require.NoFileExists(t, filepath.Join(path, delta.IndexPath(c[1])))

	// What a killed deletion left has no superblock.
	require.NoError(t, os.Remove(filepath.Join(path, names[0].SuperblockPath())))
	stats, err := h.repo.Prune(t.Context(), &ostree.PruneOptions{RefsOnly: true, Depth: ptr(0)})
	require.NoError(t, err)
	require.Len(t, stats.Deltas, 1)
	has(names[3], names[4])
	indexes, err := h.repo.DeltaIndexes()
	require.NoError(t, err)
	require.Equal(t, []object.Checksum{c[2]}, indexes)
}

// The reference lists and deletes the same deltas.
func TestStaticDeltasInterop(t *testing.T) {
	tool := testutil.Tool(t, "ostree")
	h := newBranches(t, ostree.ModeArchive, 1, 3, "a")
	path := "--repo=" + h.repo.Path()
	for _, args := range [][]string{{"--empty", "a"}, {"a"}, {"a^"}} {
		testutil.Run(t, &testutil.RunOptions{Must: true}, tool, append([]string{path, "static-delta", "generate"}, args...)...)
	}
	list := func() []string {
		return strings.Fields(testutil.Run(t, &testutil.RunOptions{Must: true}, tool, path, "static-delta", "list").Stdout)
	}
	got, err := h.repo.StaticDeltas()
	require.NoError(t, err)
	var texts []string
	for _, n := range got {
		texts = append(texts, n.String())
	}
	require.Len(t, texts, 3)
	require.ElementsMatch(t, list(), texts)
	require.NoError(t, h.repo.DeleteStaticDelta(got[0]))
	require.ElementsMatch(t, list(), texts[1:])
}
