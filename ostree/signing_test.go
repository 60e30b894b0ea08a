package ostree_test

import (
	"crypto/ed25519"
	"testing"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/sign"
	"github.com/stretchr/testify/require"
)

// TestDeleteSignatures removes those of the keys that are named, and needs some.
func TestDeleteSignatures(t *testing.T) {
	t.Parallel()
	r, commits := history(t, 1)
	e := sign.Ed25519{}
	var public [][]byte
	_, err := r.DeleteSignatures(commits[0], e, [][]byte{make([]byte, ed25519.PublicKeySize)})
	require.ErrorIs(t, err, ostree.ErrNoSignatures)
	for range 2 {
		key, secret, err := ed25519.GenerateKey(nil)
		require.NoError(t, err)
		require.NoError(t, r.SignCommit(t.Context(), commits[0], e, secret))
		public = append(public, key)
	}
	for _, none := range [][][]byte{nil, {}} {
		n, err := r.DeleteSignatures(commits[0], e, none)
		require.EqualError(t, err, "Need at least one public key to delete signatures of")
		require.Zero(t, n)
	}
	verify := func(key []byte) error {
		_, err := r.VerifyCommit(commits[0], e, &sign.Keys{Trusted: [][]byte{key}})
		return err
	}
	n, err := r.DeleteSignatures(commits[0], e, public[:1])
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Error(t, verify(public[0]))
	require.NoError(t, verify(public[1]))
}

// TestInitKeepsMode opens a repository of another mode, as "ostree init" does.
func TestInitKeepsMode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, mode := range []ostree.Mode{ostree.ModeArchive, ostree.ModeBare} {
		r, err := ostree.Init(dir, &ostree.InitOptions{Mode: mode})
		require.NoError(t, err)
		require.Equal(t, ostree.ModeArchive, r.Mode())
		require.NoError(t, r.Close())
	}
}
