package compose_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTree(t *testing.T) {
	w := newWorld(t)
	res := w.compose(minimal)
	require.True(t, res.Changed)
	require.Equal(t, "os/test", res.Ref)
	w.tool("ostree", "--repo="+w.path("repo"), "fsck")
	out := w.tool("ostree", "--repo="+w.path("repo"), "ls", "os/test")
	t.Log(out)
	t.Log(w.tool("ostree", "--repo="+w.path("repo"), "show", "--raw", "os/test"))
}
