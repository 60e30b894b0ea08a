package compose_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree/compose"
	"github.com/stretchr/testify/require"
)

const rootlessDir = "NESTOS_COMPOSE_ROOTLESS"

// TestRootlessChild is what TestRootless runs as another user.
func TestRootlessChild(t *testing.T) {
	dir := os.Getenv(rootlessDir)
	if dir == "" {
		t.Skip("only run by TestRootless")
	}
	require.NotZero(t, os.Geteuid())
	w := &world{t: t, dir: dir}
	repo, err := ostree.Init(w.path("user-repo"), &ostree.InitOptions{Mode: ostree.ModeArchive})
	require.NoError(t, err)
	defer repo.Close()
	w.repo = repo
	res := w.compose(rootlessText, func(o *compose.TreeOptions) { o.CacheDir = w.path("user-cache") })
	require.NoError(t, os.WriteFile(w.path("result"), []byte(res.Commit.String()), 0o644))
	w.fsck()
}

var rootlessText = with("daemon", "postprocess: [\"#!/bin/sh\\necho x > /usr/share/x\\n\"]\n")

// TestRootless composes as an ordinary user, and gets what root gets.
func TestRootless(t *testing.T) {
	testutil.Root(t)
	setpriv := testutil.Tool(t, "setpriv")
	w := newWorld(t)
	w.packages(scripted())
	want := w.compose(rootlessText)

	binary := w.path("compose.test")
	self, err := os.Executable()
	require.NoError(t, err)
	code, err := os.ReadFile(self)
	require.NoError(t, err)
	testutil.WriteProgram(t, binary, code)
	require.NoError(t, os.Chmod(w.dir, 0o777))
	for dir := filepath.Dir(w.dir); dir != "/"; dir = filepath.Dir(dir) {
		st, err := os.Stat(dir)
		require.NoError(t, err)
		if st.Mode()&0o005 != 0o005 {
			require.NoError(t, os.Chmod(dir, st.Mode()|0o055))
		}
	}
	cmd := exec.Command(setpriv, "--reuid=1000", "--regid=1000", "--clear-groups", binary, "-test.run=^TestRootlessChild$", "-test.v")
	cmd.Env = append(os.Environ(), rootlessDir+"="+w.dir, "HOME="+w.dir)
	require.NoError(t, exec.Command("chown", "-R", "1000:1000", w.path("config")).Run())
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	got, err := os.ReadFile(w.path("result"))
	require.NoError(t, err)
	require.Equal(t, want.Commit.String(), string(got))
}
