package ostree_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

// An object of unknown length takes as much of the free-space budget as it is long: thousands of small ones must not
// be refused on a disk with room for them.
func TestArchivedObjectsTakeTheirSizeOfTheBudget(t *testing.T) {
	src, _ := history(t, 1)
	r := newRepo(t, ostree.ModeArchive)
	txn, err := r.Begin(t.Context(), nil)
	require.NoError(t, err)
	defer txn.Abort()
	before, limited := txn.AvailableBytes()
	require.True(t, limited)
	n := 0
	for name, err := range src.Objects(t.Context()) {
		require.NoError(t, err)
		if name.Type != object.TypeFile {
			continue
		}
		data, err := os.ReadFile(filepath.Join(src.Path(), "objects", name.LoosePath(true)))
		require.NoError(t, err)
		require.NoError(t, txn.WriteArchived(t.Context(), name.Checksum, bytes.NewReader(data)))
		n++
	}
	after, _ := txn.AvailableBytes()
	require.Positive(t, n)
	require.LessOrEqual(t, before-after, int64(n)*64<<10)
	require.Positive(t, before-after)
}
