package ostree_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

// An ordinary user can store files that nobody may write to.
func TestReadOnlyFilesInBareUser(t *testing.T) {
	repo, err := ostree.Init(t.TempDir(), &ostree.InitOptions{Mode: ostree.ModeBareUser})
	require.NoError(t, err)
	defer repo.Close()
	txn, err := repo.Begin(t.Context(), nil)
	require.NoError(t, err)
	defer txn.Abort()
	var sums []object.Checksum
	for _, mode := range []uint32{0, 0o444, 0o555, 0o4555} {
		h := &object.FileHeader{Mode: object.ModeRegular | mode}
		c, err := txn.WriteFile(t.Context(), nil, h, 4, bytes.NewReader([]byte("text")))
		require.NoError(t, err, fmt.Sprintf("%o", mode))
		sums = append(sums, c)
	}
	_, err = txn.Commit(t.Context())
	require.NoError(t, err)
	for _, c := range sums {
		require.NoError(t, repo.VerifyObject(t.Context(), object.Name{Checksum: c, Type: object.TypeFile}))
	}
}
