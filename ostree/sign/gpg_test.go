package sign_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/sign"
	"github.com/stretchr/testify/require"
)

const installedTests = "/usr/libexec/installed-tests/libostree"

// installed returns a file of the reference's installed test data.
func installed(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(installedTests, name)
	if _, err := os.Stat(path); err != nil {
		testutil.Missing(t, "%s is not installed", path)
	}
	return path
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

func ring(t testing.TB, path string) *sign.Keyring {
	t.Helper()
	r, err := sign.ParseKeyring(read(t, path))
	require.NoError(t, err)
	return r
}

// The reference's own verification data: one good signature, then an expired key, a revoked
// key, an unknown key and an expired signature.
func TestVerifyInstalledData(t *testing.T) {
	keys := ring(t, installed(t, "gpg-verify-data/pubring.gpg"))
	data := read(t, installed(t, "gpg-verify-data/lgpl2"))
	blobs := [][]byte{read(t, installed(t, "gpg-verify-data/lgpl2.sig"))}
	result, err := keys.Verify(data, blobs, nil)
	require.NoError(t, err)
	require.NoError(t, result.Require())
	require.Equal(t, 1, result.Valid())
	want := []sign.Status{sign.StatusValid, sign.StatusExpiredKey, sign.StatusRevokedKey, sign.StatusMissingKey, sign.StatusExpiredSignature}
	require.Len(t, result.Signatures, len(want))
	for i, s := range result.Signatures {
		require.Equal(t, want[i], s.Status, "signature %d: %v", i, s.Reason)
		require.Equal(t, "RSA", s.Algorithm)
		require.Equal(t, "SHA1", s.Hash)
		if s.Status != sign.StatusMissingKey {
			require.Equal(t, "J. Random User", s.UserName)
			require.Equal(t, "testcase@redhat.com", s.UserEmail)
		}
	}
	require.Equal(t, int64(1426782201), result.Signatures[1].KeyExpires.Unix())
	require.Equal(t, 2, result.Lookup(keys, "68dcc2db4bec5811c2573590bd9d2a44b7f541a6"))
	require.Equal(t, 2, result.Lookup(keys, "b7f541a6"))
	require.Equal(t, -1, result.Lookup(keys, "CAFEBABECAFEBABECAFEBABECAFEBABECAFEBABE"))
}

func TestRequireTellsWhy(t *testing.T) {
	keys := ring(t, installed(t, "gpg-verify-data/pubring.gpg"))
	data := read(t, installed(t, "gpg-verify-data/lgpl2"))
	for name, tc := range map[string]struct {
		file string
		err  error
		text string
	}{
		"expired key":       {"lgpl2.sig1", sign.ErrExpiredKey, "Key expired Thu Mar 19 16:23:21 2015"},
		"revoked key":       {"lgpl2.sig2", sign.ErrRevokedKey, "\nKey revoked"},
		"missing key":       {"lgpl2.sig3", sign.ErrMissingKey, "\nCan't check signature: public key not found"},
		"expired signature": {"lgpl2.sig4", sign.ErrExpiredSignature, `Expired signature from "J. Random User <testcase@redhat.com>"`},
	} {
		t.Run(name, func(t *testing.T) {
			useUTC(t)
			result, err := keys.Verify(data, [][]byte{read(t, installed(t, "gpg-verify-data/"+tc.file))}, nil)
			require.NoError(t, err)
			err = result.Require()
			require.ErrorIs(t, err, tc.err)
			require.ErrorContains(t, err, tc.text)
			var verify *sign.VerifyError
			require.True(t, errors.As(err, &verify))
		})
	}
	t.Run("other data", func(t *testing.T) {
		result, err := keys.Verify([]byte("other"), [][]byte{read(t, installed(t, "gpg-verify-data/lgpl2.sig0"))}, nil)
		require.NoError(t, err)
		require.ErrorIs(t, result.Require(), sign.ErrBadSignature)
		require.ErrorContains(t, result.Require(), `BAD signature from "J. Random User <testcase@redhat.com>"`)
	})
	t.Run("no signatures", func(t *testing.T) {
		_, err := keys.Verify(data, nil, nil)
		require.ErrorIs(t, err, sign.ErrNoSignature)
	})
	t.Run("garbage", func(t *testing.T) {
		_, err := keys.Verify(data, [][]byte{[]byte("borkborkbork\n")}, nil)
		require.ErrorIs(t, err, sign.ErrNoData)
	})
}

// Time decides: before it expired the key was good.
func TestVerifyAtAnEarlierTime(t *testing.T) {
	keys := ring(t, installed(t, "gpg-verify-data/pubring.gpg"))
	data := read(t, installed(t, "gpg-verify-data/lgpl2"))
	sig := read(t, installed(t, "gpg-verify-data/lgpl2.sig1"))
	result, err := keys.Verify(data, [][]byte{sig}, &sign.VerifyOptions{Now: time.Unix(1426782190, 0)})
	require.NoError(t, err)
	require.NoError(t, result.Require())
}

func useUTC(t testing.TB) {
	old := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = old })
}
