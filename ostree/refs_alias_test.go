package ostree_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/stretchr/testify/require"
)

// An alias whose target is gone stops whatever lists refs, prune above all: what it stands for must not be deleted.
func TestDanglingAliasStopsPrune(t *testing.T) {
	r, commits := history(t, 2)
	require.NoError(t, r.SetAlias("alias", "main"))
	heads := filepath.Join(r.Path(), "refs/heads")
	require.NoError(t, os.Rename(filepath.Join(heads, "main"), filepath.Join(r.Path(), "main")))

	before := snapshot(t, r.Path())
	_, err := r.Prune(t.Context(), &ostree.PruneOptions{RefsOnly: true})
	require.EqualError(t, err, "Listing refs: openat(alias): No such file or directory")
	_, err = r.Refs("")
	require.Error(t, err)
	require.Equal(t, before, snapshot(t, r.Path()))
	require.Error(t, r.UpdateSummary(t.Context(), nil))

	require.NoError(t, os.Rename(filepath.Join(r.Path(), "main"), filepath.Join(heads, "main")))
	_, err = r.Prune(t.Context(), &ostree.PruneOptions{RefsOnly: true})
	require.NoError(t, err)
	requireComplete(t, r, commits[1])
}
