package ostree_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

// indexesOf parses all delta indexes. The reference program lists deltas in the order of a hash table, which in case
// of collisions is that of the directory.
func indexesOf(t testing.TB, r *ostree.Repo) map[object.Checksum]map[delta.Name]object.Checksum {
	t.Helper()
	list, err := r.DeltaIndexes()
	require.NoError(t, err)
	out := map[object.Checksum]map[delta.Name]object.Checksum{}
	for _, to := range list {
		deltas, err := r.DeltaIndex(to)
		require.NoError(t, err)
		out[to] = map[delta.Name]object.Checksum{}
		for _, d := range deltas {
			out[to][d.Name] = d.Superblock
		}
	}
	return out
}

// Indexes and the summary list what the reference program would list.
func TestReindexEqualsReference(t *testing.T) {
	h := newBranches(t, ostree.ModeArchive, 1, 4, "a")
	path, c := h.repo.Path(), h.branches["a"]
	for _, n := range []delta.Name{{To: c[1]}, {From: c[0], To: c[1]}, {From: c[1], To: c[2]}, {From: c[0], To: c[2]}, {To: c[2]}, {From: c[3], To: c[2]}} {
		_, err := h.repo.GenerateDelta(t.Context(), &ostree.DeltaOptions{From: n.From, To: n.To})
		require.NoError(t, err)
	}
	indexes := filepath.Join(path, "delta-indexes")
	check := func() {
		t.Helper()
		ours, sizes := indexesOf(t, h.repo), map[string]int{}
		for name, b := range filesBelow(t, indexes) {
			sizes[name] = len(b)
		}
		require.NoError(t, os.RemoveAll(indexes))
		ostreeTool(t, "--repo="+path, "static-delta", "reindex")
		require.Equal(t, indexesOf(t, h.repo), ours)
		for name, b := range filesBelow(t, indexes) {
			require.Equal(t, len(b), sizes[name])
		}
	}
	require.False(t, h.repo.Config().IndexedDeltas)
	require.NoError(t, h.repo.ReindexDeltas(t.Context(), nil))
	require.True(t, h.repo.Config().IndexedDeltas)
	require.Len(t, filesBelow(t, indexes), 2)
	check()
	list, err := h.repo.DeltaIndex(c[2])
	require.NoError(t, err)
	require.Len(t, list, 4)
	_, err = h.repo.DeltaIndex(c[0])
	require.ErrorIs(t, err, ostree.ErrNotFound)

	// What vanishes from the disk vanishes from the indexes; what changes is listed anew.
	require.NoError(t, os.RemoveAll(filepath.Join(path, "deltas", delta.Name{To: c[1]}.Dir())))
	require.NoError(t, os.RemoveAll(filepath.Join(path, "deltas", delta.Name{From: c[0], To: c[1]}.Dir())))
	_, err = h.repo.GenerateDelta(t.Context(), &ostree.DeltaOptions{From: c[1], To: c[2], Inline: true})
	require.NoError(t, err)
	before := filesBelow(t, indexes)
	require.NoError(t, h.repo.ReindexDeltas(t.Context(), &ostree.ReindexOptions{To: c[1]}))
	require.Len(t, filesBelow(t, indexes), 1)
	for name, b := range filesBelow(t, indexes) {
		require.Equal(t, before[name], b, "another commit's index")
	}
	require.NoError(t, h.repo.UpdateSummary(t.Context(), nil))
	check()

	summary := ostreeTool(t, "--repo="+path, "summary", "-v")
	b, err := os.ReadFile(filepath.Join(path, delta.Name{From: c[1], To: c[2]}.SuperblockPath()))
	require.NoError(t, err)
	require.Contains(t, summary, c[1].String()+"-"+c[2].String())
	sum := object.Sum(b)
	require.Contains(t, summary, fmt.Sprintf("0x%02x, 0x%02x, 0x%02x", sum[1], sum[2], sum[3]))
}

// The reference program pulls with our deltas, over HTTP and from a directory.
func TestReferencePullsOurDeltas(t *testing.T) {
	tool := testutil.Tool(t, "ostree")
	src, from, to := versions(t, ostree.ModeArchive, testutil.Seed(t))
	server := serve(t, src.Path())
	must := &testutil.RunOptions{Must: true}
	for _, o := range []ostree.DeltaOptions{{}, {BigEndian: true, MaxChunkSize: 50_000}, {Inline: true}} {
		require.NoError(t, os.RemoveAll(filepath.Join(src.Path(), "deltas")))
		for _, from := range []object.Checksum{{}, from} {
			o.From, o.To = from, to
			_, err := src.GenerateDelta(t.Context(), &o)
			require.NoError(t, err)
		}
		require.NoError(t, src.UpdateSummary(t.Context(), nil))
		for _, have := range []object.Checksum{{}, from} {
			for _, local := range []bool{false, true} {
				client := clientWith(t, src, have, ostree.ModeBareUser)
				repo := "--repo=" + client.Path()
				server.requests()
				if local {
					testutil.Run(t, must, tool, repo, "pull-local", "--require-static-deltas", src.Path(), "main")
				} else {
					testutil.Run(t, must, tool, repo, "remote", "add", "--no-gpg-verify", "o", server.URL)
					testutil.Run(t, must, tool, repo, "pull", "--require-static-deltas", "o", "main")
					require.Contains(t, server.requests(), "/"+delta.Name{From: have, To: to}.SuperblockPath())
				}
				requireComplete(t, client, to)
				fsckReal(t, client.Path())
			}
		}
	}
}
