package ostree_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

// deltaServer serves a repository with a static delta from the first commit of its branch to the second.
func deltaServer(t testing.TB, opts ostree.DeltaOptions) (s *repoServer, r *ostree.Repo, from, to object.Checksum) {
	t.Helper()
	r, from, to = workedRepo(t, ostree.ModeArchive)
	opts.From, opts.To = from, to
	_, err := r.GenerateDelta(t.Context(), &opts)
	require.NoError(t, err)
	require.NoError(t, r.UpdateSummary(t.Context(), nil))
	return serve(t, r.Path()), r, from, to
}

// deltaClient is a repository that has the first commit and a remote.
func deltaClient(t testing.TB, s *repoServer, src *ostree.Repo, from object.Checksum, mode ostree.Mode) *ostree.Repo {
	t.Helper()
	r := clientWith(t, src, from, mode)
	addRemote(t, r, "o", s.URL)
	require.NoError(t, r.SetRefImmediate("o:ex/main", from))
	s.requests()
	return r
}

func pullDelta(t testing.TB, r *ostree.Repo, policy ostree.DeltaPolicy) (*ostree.PullStats, error) {
	t.Helper()
	return r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"ex/main"}, Deltas: policy})
}

func TestPullByDeltaFetchesNothingElse(t *testing.T) {
	s, src, from, to := deltaServer(t, ostree.DeltaOptions{})
	n := delta.Name{From: from, To: to}
	r := deltaClient(t, s, src, from, ostree.ModeBareUser)
	stats, err := pullDelta(t, r, ostree.DeltasRequired)
	require.NoError(t, err)
	require.Equal(t, 1, stats.DeltaParts)
	require.Contains(t, stats.Status(), "1 delta parts, 2 loose fetched")
	require.Equal(t, to, resolve(t, r, "o:ex/main"))
	requireComplete(t, r, to)

	commitmeta := object.Name{Checksum: to, Type: object.TypeCommitMeta}
	want := []string{"/summary.sig", "/summary", "/config", "/" + delta.IndexPath(to), "/" + n.SuperblockPath(),
		"/" + n.PartPath(0), "/objects/" + commitmeta.LoosePath(true)}
	got := s.requests()
	slices.Sort(want)
	slices.Sort(got)
	require.Equal(t, want, got)
}

func TestPullInlineDelta(t *testing.T) {
	s, src, from, to := deltaServer(t, ostree.DeltaOptions{Inline: true, BigEndian: true})
	r := deltaClient(t, s, src, from, ostree.ModeBareUser)
	_, err := pullDelta(t, r, ostree.DeltasRequired)
	require.NoError(t, err)
	requireComplete(t, r, to)
	for _, path := range s.requests() {
		require.NotContains(t, path, "/0")
	}
}

func TestPullDeltaDryRunChangesNothing(t *testing.T) {
	s, src, from, _ := deltaServer(t, ostree.DeltaOptions{})
	r := deltaClient(t, s, src, from, ostree.ModeBareUser)
	before := snapshot(t, r.Path(), "tmp")
	stats, err := r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"ex/main"}, Deltas: ostree.DeltasRequired, DryRun: true})
	require.NoError(t, err)
	require.Equal(t, "Delta update: 0/1 parts, 0 bytes/305 bytes, 150 bytes total uncompressed",
		strings.ReplaceAll(stats.Status(), "\u00a0", " "))
	require.Equal(t, before, snapshot(t, r.Path(), "tmp"))
}

// A commit whose metadata alone was pulled before is obtained by the delta as if it were not there.
func TestPullDeltaOntoPartialCommit(t *testing.T) {
	s, src, from, to := deltaServer(t, ostree.DeltaOptions{})
	r := deltaClient(t, s, src, from, ostree.ModeBareUser)
	_, err := r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"ex/main"}, CommitOnly: true})
	require.NoError(t, err)
	require.NoError(t, r.SetRefImmediate("o:ex/main", from))
	s.requests()
	_, err = pullDelta(t, r, ostree.DeltasRequired)
	require.NoError(t, err)
	requireComplete(t, r, to)
	for _, path := range s.requests() {
		if strings.HasPrefix(path, "/objects/") {
			require.Contains(t, path, ".commitmeta")
		}
	}
}

// The delta starts from whichever complete commit is the newest, not from one that is only partly there.
func TestPullDeltaNeedsCompleteSource(t *testing.T) {
	s, src, from, to := deltaServer(t, ostree.DeltaOptions{})
	r := deltaClient(t, s, src, from, ostree.ModeBareUser)
	require.NoError(t, r.SetCommitState(from, ostree.CommitPartial))
	_, err := pullDelta(t, r, ostree.DeltasRequired)
	require.EqualError(t, err, "Static deltas required, but none found for "+from.String()+" to "+to.String())
	stats, err := pullDelta(t, r, ostree.DeltasAllowed)
	require.NoError(t, err)
	require.Zero(t, stats.DeltaParts)
	requireComplete(t, r, to)
}

func TestPullFromScratchDelta(t *testing.T) {
	src, from, to := workedRepo(t, ostree.ModeArchive)
	_, err := src.GenerateDelta(t.Context(), &ostree.DeltaOptions{To: to})
	require.NoError(t, err)
	require.NoError(t, src.UpdateSummary(t.Context(), nil))
	s := serve(t, src.Path())

	fresh := newRepo(t, ostree.ModeBareUser)
	addRemote(t, fresh, "o", s.URL)
	stats, err := pullDelta(t, fresh, ostree.DeltasRequired)
	require.NoError(t, err)
	require.Equal(t, 1, stats.DeltaParts)
	requireComplete(t, fresh, to)

	// Who has an earlier commit of the branch has less to fetch as loose objects.
	r := deltaClient(t, s, src, from, ostree.ModeBareUser)
	stats, err = pullDelta(t, r, ostree.DeltasAllowed)
	require.NoError(t, err)
	require.Zero(t, stats.DeltaParts)
	requireComplete(t, r, to)
}

// A remote without summary and indexes may have a delta from the commit that the client has.
func TestPullUnlistedDelta(t *testing.T) {
	s, src, from, to := deltaServer(t, ostree.DeltaOptions{})
	require.NoError(t, os.Remove(filepath.Join(src.Path(), "summary")))
	r := deltaClient(t, s, src, from, ostree.ModeBareUser)
	_, err := pullDelta(t, r, ostree.DeltasRequired)
	require.EqualError(t, err, "Fetch configured to require static deltas, but no summary deltas or delta index found")
	stats, err := pullDelta(t, r, ostree.DeltasAllowed)
	require.NoError(t, err)
	require.Equal(t, 1, stats.DeltaParts)
	requireComplete(t, r, to)
}

func TestPullWithoutDeltas(t *testing.T) {
	s, src, from, to := deltaServer(t, ostree.DeltaOptions{})
	r := deltaClient(t, s, src, from, ostree.ModeBareUser)
	stats, err := pullDelta(t, r, ostree.DeltasDisabled)
	require.NoError(t, err)
	require.Zero(t, stats.DeltaParts)
	requireComplete(t, r, to)
	for _, path := range s.requests() {
		require.NotContains(t, path, "delta")
	}

	archive := clientWith(t, src, from, ostree.ModeArchive)
	addRemote(t, archive, "o", s.URL)
	_, err = pullDelta(t, archive, ostree.DeltasRequired)
	require.EqualError(t, err, "Can't use static deltas in an archive repo")
}

// What a delta leaves out is fetched as loose objects: the commit is complete in the end, or the pull fails.
func TestPullDeltaThatLeavesObjectsOut(t *testing.T) {
	src, from, to := workedRepo(t, ostree.ModeArchive)
	n := delta.Name{From: from, To: to}
	_, err := src.GenerateDelta(t.Context(), &ostree.DeltaOptions{From: from, To: to})
	require.NoError(t, err)
	path := filepath.Join(src.Path(), n.SuperblockPath())
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	super, err := delta.ParseSuperblock(data)
	require.NoError(t, err)
	super.Parts = nil
	require.NoError(t, os.WriteFile(path, super.Marshal(), 0o644))
	require.NoError(t, src.UpdateSummary(t.Context(), nil))
	s := serve(t, src.Path())

	r := deltaClient(t, s, src, from, ostree.ModeBareUser)
	stats, err := pullDelta(t, r, ostree.DeltasRequired)
	require.NoError(t, err)
	require.Equal(t, 1, stats.ContentFetched)
	requireComplete(t, r, to)

	r = deltaClient(t, s, src, from, ostree.ModeBareUser)
	s.setHook(func(w http.ResponseWriter, q *http.Request) bool {
		if strings.HasSuffix(q.URL.Path, ".filez") {
			http.NotFound(w, q)
			return true
		}
		return false
	})
	_, err = pullDelta(t, r, ostree.DeltasRequired)
	require.ErrorContains(t, err, ".filez: Server returned HTTP 404")
	require.Equal(t, from, resolve(t, r, "o:ex/main"))
}

// A delta that is not what the remote announced, or damaged, leaves the client as it was.
func TestPullDamagedDelta(t *testing.T) {
	s, src, from, to := deltaServer(t, ostree.DeltaOptions{})
	n := delta.Name{From: from, To: to}
	flip := func(path string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, q *http.Request) bool {
			if q.URL.Path != "/"+path {
				return false
			}
			data, _ := os.ReadFile(filepath.Join(src.Path(), path))
			data[len(data)/2] ^= 0x40
			_, _ = w.Write(data)
			return true
		}
	}
	for name, c := range map[string]struct {
		path, text string
	}{
		"superblock": {n.SuperblockPath(), "Invalid checksum for static delta " + n.String()},
		"part":       {n.PartPath(0), "static delta " + n.String() + ", part 0: Checksum mismatch in static delta part"},
	} {
		t.Run(name, func(t *testing.T) {
			s.setHook(flip(c.path))
			defer s.setHook(nil)
			r := deltaClient(t, s, src, from, ostree.ModeBareUser)
			_, err := pullDelta(t, r, ostree.DeltasAllowed)
			require.ErrorContains(t, err, c.text)
			require.Equal(t, from, resolve(t, r, "o:ex/main"))
			found, err := r.HasObject(object.Name{Checksum: to, Type: object.TypeCommit})
			require.NoError(t, err)
			require.False(t, found)
			fsckOurs(t, r)

			s.setHook(nil)
			_, err = pullDelta(t, r, ostree.DeltasRequired)
			require.NoError(t, err)
			requireComplete(t, r, to)
		})
	}
}

// Deltas of random trees made by either program serve the other's clients.
func TestPullDeltasBothWays(t *testing.T) {
	tool := testutil.Tool(t, "ostree")
	for seed := range uint64(4) {
		src, from, to := versions(t, ostree.ModeArchive, seed)
		for _, ours := range []bool{true, false} {
			if ours {
				_, err := src.GenerateDelta(t.Context(), &ostree.DeltaOptions{From: from, To: to})
				require.NoError(t, err)
			} else {
				testutil.Run(t, &testutil.RunOptions{Must: true}, tool, "static-delta", "generate", "--repo="+src.Path(),
					"--from="+from.String(), "--to="+to.String())
			}
			require.NoError(t, src.UpdateSummary(t.Context(), nil))
			s := serve(t, src.Path())
			for _, byUs := range []bool{true, false} {
				r := clientWith(t, src, from, ostree.ModeBareUser)
				addRemote(t, r, "o", s.URL)
				if byUs {
					_, err := r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{to.String()}, Deltas: ostree.DeltasRequired})
					require.NoError(t, err, "seed %d, made by us: %v", seed, ours)
				} else {
					ostreeTool(t, "pull", "--repo="+r.Path(), "--require-static-deltas", "o", to.String())
				}
				requireComplete(t, r, to)
				fsckReal(t, r.Path())
			}
			require.NoError(t, src.DeleteStaticDelta(delta.Name{From: from, To: to}))
		}
	}
}
