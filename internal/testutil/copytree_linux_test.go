package testutil_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestCopyTree(t *testing.T) {
	from := t.TempDir()
	testutil.RandomTree(t, from, testutil.Seed(t), everything(t, from))
	require.NoError(t, unix.Mkfifo(from+"/fifo", 0o640))
	require.NoError(t, os.WriteFile(from+"/one", []byte("1"), 0o600))
	require.NoError(t, os.Link(from+"/one", from+"/two"))
	to := t.TempDir() + "/copy"
	testutil.CopyTree(t, from, to)
	testutil.SameTree(t, from, to, &testutil.SameOptions{Times: true})
	a, err := os.Stat(to + "/one")
	require.NoError(t, err)
	b, err := os.Stat(to + "/two")
	require.NoError(t, err)
	require.True(t, os.SameFile(a, b))
}
