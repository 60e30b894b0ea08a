package ostree_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/stretchr/testify/require"
)

// TestCommitChild is not a test of its own: TestKilledCommit runs it in a process that it kills.
func TestCommitChild(t *testing.T) {
	repo := os.Getenv("NESTOS_COMMIT_REPO")
	if repo == "" {
		t.Skip("only runs as a child process")
	}
	r, err := ostree.Open(repo, nil)
	require.NoError(t, err)
	defer r.Close()
	for i := 0; ; i++ {
		commitDir(t, r, os.Getenv("NESTOS_COMMIT_DIR"), fmt.Sprintf("b/%d", i%3), nil, nil)
	}
}

// A commit that is killed at any moment leaves a repository that both programs find whole; staged
// objects are taken up by the next run, and nothing of the dead run stays behind.
func TestKilledCommit(t *testing.T) {
	exe, err := os.Executable()
	require.NoError(t, err)
	runs := 25
	if testing.Short() {
		runs = 5
	}
	for _, mode := range []ostree.Mode{ostree.ModeArchive, ostree.ModeBareUser} {
		t.Run(mode.String(), func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "tree")
			require.NoError(t, os.Mkdir(dir, 0o755))
			r := newRepo(t, mode)
			rng := rand.New(rand.NewPCG(testutil.Seed(t), 1))
			for i := range runs {
				sub := filepath.Join(dir, fmt.Sprintf("gen%d", i))
				require.NoError(t, os.Mkdir(sub, 0o755))
				testutil.RandomTree(t, sub, uint64(i), &testutil.TreeOptions{Entries: 60, Readable: true})
				removeNonUTF8(t, dir)
				child := exec.Command(exe, "-test.run=^TestCommitChild$")
				child.Env = append(os.Environ(), "NESTOS_COMMIT_REPO="+r.Path(), "NESTOS_COMMIT_DIR="+dir)
				require.NoError(t, child.Start())
				time.Sleep(time.Duration(10+rng.IntN(150)) * time.Millisecond)
				require.NoError(t, child.Process.Kill())
				child.Wait()
				checkWhole(t, r)
			}
			commitDir(t, r, dir, "final", nil, nil)
			checkWhole(t, r)
			names, err := os.ReadDir(filepath.Join(r.Path(), "tmp"))
			require.NoError(t, err)
			for _, n := range names {
				require.NotContains(t, n.Name(), "staging-", "leftover of a killed run")
			}
		})
	}
}

// checkWhole verifies that every ref names a complete commit, by the real program where there is one.
func checkWhole(t *testing.T, r *ostree.Repo) {
	t.Helper()
	refs, err := r.Refs("")
	require.NoError(t, err)
	for _, ref := range refs {
		_, err := r.LoadCommit(ref.Checksum)
		require.NoError(t, err)
	}
	tool, err := exec.LookPath("ostree")
	if err != nil {
		if testutil.CI() {
			testutil.Tool(t, "ostree")
		}
		return
	}
	res := testutil.Run(t, nil, tool, "--repo="+r.Path(), "fsck", "-q")
	require.Zero(t, res.Exit, strings.TrimSpace(res.String()))
}
