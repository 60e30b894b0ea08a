package rpmostree_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/nestos-dev/nestos/rpmostree/internal/systemtest"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/stretchr/testify/require"
)

// withoutMain is the sysroot for a process that does not call Main.
const withoutMain = "NESTOS_TEST_WITHOUT_MAIN"

// TestWithoutMain has a program that does not call Main try to layer: it must learn so before anything is downloaded.
func TestWithoutMain(t *testing.T) {
	if dir := os.Getenv(withoutMain); dir != "" {
		layerWithoutMain(t, dir)
		return
	}
	w := systemtest.New(t, ostree.ModeBareUser)
	foo := rpmtest.Spec{Name: "foo", Files: []rpmtest.File{{Path: "/usr/bin/foo", Mode: 0o755, Content: []byte("foo")}}}
	w.Publish(&foo)
	inChild := func() {
		t.Helper()
		exe, err := os.Executable()
		require.NoError(t, err)
		cmd := exec.Command(exe, "-test.run=^TestWithoutMain$")
		cmd.Env = append(os.Environ(), withoutMain+"="+w.Sysroot)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	inChild()
	s := open(t, w)
	_, err := s.Apply(t.Context(), &rpmostree.Change{Install: []string{"foo"}})
	require.NoError(t, err)
	w.Base("2.0")
	inChild() // where foo is layered already
}

func layerWithoutMain(t *testing.T, dir string) {
	require.ErrorIs(t, rpmostree.CheckMain(), rpmostree.ErrNoMain)
	require.ErrorContains(t, rpmostree.ErrNoMain, "rpmostree.Main")
	w := &systemtest.World{T: t, Sysroot: dir}
	s := open(t, w)
	before := s.Sysroot().Deployments()
	origin, err := s.Deployments(t.Context())
	require.NoError(t, err, "looking needs nothing")
	change := &rpmostree.Change{Install: []string{"foo"}}
	if len(origin[0].Texts("requested-packages")) > 0 {
		change = &rpmostree.Change{Upgrade: true}
	}
	s.lines = nil
	_, err = s.Apply(t.Context(), change)
	require.ErrorIs(t, err, rpmostree.ErrNoMain)
	require.Empty(t, s.lines, "nothing was begun")
	require.Equal(t, before, s.Sysroot().Deployments())
	change.DryRun = true
	_, err = s.Apply(t.Context(), change)
	require.NoError(t, err, "what makes no tree runs no scripts")
}
