package ostree_test

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/stretchr/testify/require"
)

// TestDeltaChild is not a test of its own: TestKilledDelta runs it in a process that it kills.
func TestDeltaChild(t *testing.T) {
	repo := os.Getenv("NESTOS_DELTA_REPO")
	if repo == "" {
		t.Skip("only runs as a child process")
	}
	r, err := ostree.Open(repo, nil)
	require.NoError(t, err)
	defer r.Close()
	to := resolve(t, r, "main")
	from := resolve(t, r, "main^")
	for i := 0; ; i++ {
		_, err := r.GenerateDelta(t.Context(), &ostree.DeltaOptions{From: from, To: to, MaxChunkSize: []int64{1000, 50_000}[i%2]})
		require.NoError(t, err)
	}
}

// A generation that is killed at any moment leaves the old delta or the new one, with all parts.
func TestKilledDelta(t *testing.T) {
	exe, err := os.Executable()
	require.NoError(t, err)
	src, from, to := versions(t, ostree.ModeArchive, testutil.Seed(t))
	_, err = src.GenerateDelta(t.Context(), &ostree.DeltaOptions{From: from, To: to})
	require.NoError(t, err)
	name := delta.Name{From: from, To: to}
	rng := rand.New(rand.NewPCG(testutil.Seed(t), 1))
	runs := 12
	if testing.Short() {
		runs = 3
	}
	for range runs {
		child := exec.Command(exe, "-test.run=^TestDeltaChild$")
		child.Env = append(os.Environ(), "NESTOS_DELTA_REPO="+src.Path())
		require.NoError(t, child.Start())
		time.Sleep(time.Duration(100+rng.IntN(400)) * time.Millisecond)
		require.NoError(t, child.Process.Kill())
		child.Wait()
		info, err := src.DeltaInfo(t.Context(), name.String()) // verifies all parts
		require.NoError(t, err)
		files := filesBelow(t, filepath.Join(src.Path(), "deltas", name.Dir()))
		require.Len(t, files, len(info.Parts)+1)
	}
}
