package container_test

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/stretchr/testify/require"
)

// TestPullChild is not a test of its own: TestPullKilled runs it in a process that it kills.
func TestPullChild(t *testing.T) {
	repo := os.Getenv("NESTOS_PULL_REPO")
	if repo == "" {
		t.Skip("only runs as a child process")
	}
	r, err := ostree.Open(repo, nil)
	require.NoError(t, err)
	defer r.Close()
	img, err := container.ParseImageReference(os.Getenv("NESTOS_PULL_IMAGE"))
	require.NoError(t, err)
	_, err = container.Pull(t.Context(), r, unverified(img), nil)
	require.NoError(t, err)
}

// A pull that is killed at any time leaves the image that was there before, or the new one, and a
// repository that both programs find whole.
func TestPullKilled(t *testing.T) {
	rng := rand.New(rand.NewPCG(testutil.Seed(t), 1))
	l, img := derivedImage(t)
	newest, err := container.Inspect(t.Context(), img, nil)
	require.NoError(t, err)
	old := baseLayout(t, nil)
	r := newRepo(t, ostree.ModeBareUser)
	first, err := container.Pull(t.Context(), r, unverified(old.save()), &container.PullOptions{Target: &img})
	require.NoError(t, err)
	require.NotEqual(t, newest.Digest, first.Digest)
	run := func(after time.Duration) {
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPullChild$")
		c.Env = append(os.Environ(), "NESTOS_PULL_REPO="+r.Path(), "NESTOS_PULL_IMAGE="+img.String())
		require.NoError(t, c.Start())
		timer := time.AfterFunc(after, func() { c.Process.Kill() })
		c.Wait()
		timer.Stop()
	}
	killed := 0
	for try := range 40 {
		run(time.Duration(rng.IntN(1+5*(try+1))) * time.Millisecond)
		now, err := container.LoadImage(r, img)
		require.NoError(t, err)
		if now.Digest == newest.Digest {
			break
		}
		killed++
		require.Equal(t, first.Digest, now.Digest)
		if try%8 == 0 {
			fsck(t, r)
		}
	}
	require.Positive(t, killed)
	run(time.Minute)
	now, err := container.LoadImage(r, img)
	require.NoError(t, err)
	require.Equal(t, newest.Digest, now.Digest)
	require.Len(t, now.Manifest.Layers, len(l.manifest.Layers))
	fsck(t, r)
	_, err = container.PruneLayers(t.Context(), r)
	require.NoError(t, err)
	require.Len(t, refNames(t, r), 1+len(l.manifest.Layers))
}
