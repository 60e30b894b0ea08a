package compose_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/compose"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/stretchr/testify/require"
)

func TestExtensions(t *testing.T) {
	w := newWorld(t)
	w.compose(minimal)
	w.packages(
		&rpmtest.Spec{Name: "tool", Requires: []string{"libtool", "busybox"}}, &rpmtest.Spec{Name: "libtool", Version: "3"},
		&rpmtest.Spec{Name: "kernel-devel", Version: "6.6.0", Requires: []string{"compiler"}}, &rpmtest.Spec{Name: "kernel-devel", Version: "6.7.0"},
		&rpmtest.Spec{Name: "greedy", Requires: []string{"setup >= 9"}}, &rpmtest.Spec{Name: "setup", Version: "9"},
	)
	tf := w.load(minimal)
	o := &compose.ExtensionsOptions{Options: w.options(), Repo: w.repo, OutputDir: w.path("ext"), TouchIfChanged: w.path("changed")}
	text := `
extensions:
  tools: {packages: [tool]}
  devel: {packages: [kernel-devel], kind: development, match-base-evr: kernel}
  arm: {packages: [nothing], architectures: [sparc]}
`
	res, err := compose.Extensions(t.Context(), tf, []byte(text), o)
	require.NoError(t, err)
	require.True(t, res.Changed)
	files, err := filepath.Glob(w.path("ext/[a-z]*"))
	require.NoError(t, err)
	var names []string
	for _, f := range files {
		names = append(names, filepath.Base(f))
	}
	require.Equal(t, []string{"extensions.json", "kernel-devel-6.6.0-1.noarch.rpm", "libtool-3-1.noarch.rpm", "tool-1-1.noarch.rpm"}, names)
	require.FileExists(t, w.path("changed"))
	require.FileExists(t, w.path("ext/.rpm-ostree-state-chksum"))
	require.Contains(t, w.json("ext/extensions.json")["extensions"], "devel")
	require.NotContains(t, w.json("ext/extensions.json")["extensions"], "arm")
	w.createRepo("ext")

	w.lines = nil
	require.NoError(t, os.Remove(w.path("changed")))
	res, err = compose.Extensions(t.Context(), tf, []byte(text), o)
	require.NoError(t, err)
	require.False(t, res.Changed)
	w.said("No change.")
	require.NoFileExists(t, w.path("changed"))

	_, err = compose.Extensions(t.Context(), tf, []byte("extensions: {x: {packages: [busybox]}}\n"), o)
	require.EqualError(t, err, "package busybox already present in base")
	_, err = compose.Extensions(t.Context(), tf, []byte("extensions: {x: {packages: [greedy]}}\n"), o)
	require.Error(t, err)
	_, err = compose.Extensions(t.Context(), tf, []byte("extensions: {x: {packages: [missing], kind: development}}\n"), o)
	require.EqualError(t, err, "Packages not found: missing")
	o.Repo = nil
	_, err = compose.Extensions(t.Context(), tf, []byte(text), o)
	require.EqualError(t, err, "--base-rev or --rootfs must be specified")
}
