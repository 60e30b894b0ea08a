package compose_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/rpmostree/compose"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
	"github.com/stretchr/testify/require"
)

// withoutMain is the directory of a world for a process that does not call Main.
const withoutMain = "NESTOS_TEST_WITHOUT_MAIN"

// TestWithoutMain composes in a program that does not call Main: it must learn so before anything is downloaded.
func TestWithoutMain(t *testing.T) {
	if dir := os.Getenv(withoutMain); dir != "" {
		composeWithoutMain(t, dir)
		return
	}
	w := newWorld(t)
	w.load(minimal)
	require.NoError(t, os.Mkdir(w.path("tree"), 0o755))
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe, "-test.run=^TestWithoutMain$")
	cmd.Env = append(os.Environ(), withoutMain+"="+w.dir)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
}

func composeWithoutMain(t *testing.T, dir string) {
	ctx := t.Context()
	w := &world{t: t, dir: dir}
	repo, err := ostree.Open(w.path("repo"), nil)
	require.NoError(t, err)
	defer repo.Close()
	w.repo = repo
	tf, err := treefile.LoadCompose(os.DirFS(w.path("config")), "tree.yaml", &treefile.Options{Arch: compose.Machine()})
	require.NoError(t, err)
	o := &compose.TreeOptions{Options: w.options(), Repo: repo}
	require.ErrorContains(t, compose.ErrNoMain, "compose.Main")
	for name, call := range map[string]func() error{
		"tree":        func() error { _, err := compose.Tree(ctx, tf, o); return err },
		"install":     func() error { _, err := compose.Install(ctx, tf, w.path("installed"), o); return err },
		"rootfs":      func() error { _, err := compose.Rootfs(ctx, tf, w.path("rootfs"), o); return err },
		"postprocess": func() error { return compose.Postprocess(ctx, nil, w.path("tree"), &o.Options) },
		"commit":      func() error { _, err := compose.Commit(ctx, tf, w.path("tree"), o); return err },
		"image": func() error {
			dest := container.ImageReference{Transport: container.TransportOCI, Name: w.path("image")}
			_, _, err := compose.Image(ctx, tf, dest, &compose.ImageOptions{Tree: *o})
			return err
		},
	} {
		require.ErrorIs(t, call(), compose.ErrNoMain, name)
		require.Empty(t, w.lines, name)
		cached, err := os.ReadDir(w.path("cache"))
		require.NoError(t, err)
		require.Empty(t, cached, name)
	}
	o.DryRun = true
	_, err = compose.Tree(ctx, tf, o)
	require.NoError(t, err, "what makes no tree runs no scripts")
}

func TestWithoutOptions(t *testing.T) {
	ctx := t.Context()
	w := newWorld(t)
	tf := w.load(minimal)
	_, err := compose.Tree(ctx, tf, nil)
	require.EqualError(t, err, "a repository is required")
	_, err = compose.Commit(ctx, tf, w.dir, nil)
	require.EqualError(t, err, "a repository is required")
	_, err = compose.Extensions(ctx, tf, nil, nil)
	require.EqualError(t, err, "an output directory is required")
	_, err = compose.Install(ctx, w.load("packages: [none]\nselinux: false\n"), w.path("dest"), nil)
	require.EqualError(t, err, "No enabled repositories")
}
