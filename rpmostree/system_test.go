package rpmostree_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/nestos-dev/nestos/rpmostree/internal/systemtest"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	if os.Getenv(withoutMain) == "" {
		rpmostree.Main()
	}
	os.Exit(testutil.MainInMemory(m))
}

// session is an opened system with what it said.
type session struct {
	*rpmostree.System
	lines []string
	out   bytes.Buffer
}

func open(t *testing.T, w *systemtest.World) *session {
	t.Helper()
	s := &session{}
	var err error
	s.System, err = rpmostree.Open(t.Context(), w.Sysroot, &rpmostree.Options{
		Message: func(l string) { s.lines = append(s.lines, l) }, ScriptOutput: &s.out, Epoch: systemtest.Epoch, Machine: "x86_64",
		Sysroot: sysroot.Options{SkipSync: true, MutableDeployments: true},
	})
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func text(t *testing.T, s *session, name string) string {
	t.Helper()
	fs, err := s.Repo().CommitFS(s.Sysroot().Deployments()[0].Commit)
	require.NoError(t, err)
	b, err := fs.ReadFile(name)
	require.NoError(t, err)
	return string(b)
}

func TestInstallUpgradeUninstall(t *testing.T) {
	for _, mode := range systemtest.Modes() {
		t.Run(fmt.Sprint(mode), func(t *testing.T) {
			w := systemtest.New(t, mode)
			w.Publish(
				&rpmtest.Spec{Name: "foo", Requires: []string{"libfoo >= 1"}, Files: []rpmtest.File{{Path: "/usr/bin/foo", Mode: 0o755, Content: []byte("foo")}}},
				&rpmtest.Spec{Name: "libfoo", Version: "2", Files: []rpmtest.File{{Path: "/usr/lib/libfoo", Content: []byte("2")}}},
			)
			s := open(t, w)
			base := s.Sysroot().Deployments()[0].Commit
			out, err := s.Apply(t.Context(), &rpmostree.Change{Install: []string{"foo"}})
			require.NoError(t, err)
			require.True(t, out.Changed)
			require.Len(t, s.Sysroot().Deployments(), 2)
			require.Equal(t, "foo", text(t, s, "usr/bin/foo"))
			require.Equal(t, "2", text(t, s, "usr/lib/libfoo"))
			var diff bytes.Buffer
			require.NoError(t, out.Diff().WriteBlock(&diff))
			require.Equal(t, "Added:\n  foo-1-1.noarch\n  libfoo-2-1.noarch\n", diff.String())
			layered, isLayered, err := rpmostree.BaseCommit(s.Repo(), s.Sysroot().Deployments()[0].Commit)
			require.NoError(t, err)
			require.True(t, isLayered)
			require.Equal(t, base, layered)
			for _, ref := range []string{"rpmostree/base/0", "rpmostree/pkg/foo/1-1.noarch", "rpmostree/pkg/libfoo/2-1.noarch"} {
				_, err := s.Repo().ResolveRev(ref)
				require.NoError(t, err, ref)
			}
			_, err = s.Apply(t.Context(), &rpmostree.Change{Install: []string{"foo"}})
			require.ErrorContains(t, err, "Package/capability 'foo' is already requested")
			out, err = s.Apply(t.Context(), &rpmostree.Change{Install: []string{"foo"}, Idempotent: true})
			require.NoError(t, err)
			require.False(t, out.Changed)
			out, err = s.Apply(t.Context(), &rpmostree.Change{Upgrade: true})
			require.NoError(t, err)
			require.False(t, out.Changed)

			next := w.Base("2.0", &rpmtest.Spec{Name: "libfoo", Version: "3", Files: []rpmtest.File{{Path: "/usr/lib/libfoo", Content: []byte("3")}}})
			out, err = s.Apply(t.Context(), &rpmostree.Change{Upgrade: true})
			require.NoError(t, err)
			require.True(t, out.Changed)
			require.Equal(t, "3", text(t, s, "usr/lib/libfoo"))
			require.Equal(t, "foo", text(t, s, "usr/bin/foo"))
			out, err = s.Apply(t.Context(), &rpmostree.Change{Uninstall: []string{"foo"}})
			require.NoError(t, err)
			require.Equal(t, next, out.Commit)
			fsck(t, s.Repo())
		})
	}
}

func fsck(t *testing.T, repo *ostree.Repo) {
	t.Helper()
	report, err := repo.Fsck(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
}

func TestOverrides(t *testing.T) {
	w := systemtest.New(t, ostree.ModeBareUser,
		&rpmtest.Spec{Name: "telnet", Epoch: "1", Version: "0.17", Files: []rpmtest.File{{Path: "/usr/bin/telnet", Content: []byte("t")}}},
		&rpmtest.Spec{Name: "tool", Version: "1", Files: []rpmtest.File{{Path: "/usr/bin/tool", Content: []byte("1")}}},
	)
	s := open(t, w)
	newTool := w.File(&rpmtest.Spec{Name: "tool", Version: "2", Files: []rpmtest.File{{Path: "/usr/bin/tool", Content: []byte("2")}}})
	_, err := s.Apply(t.Context(), &rpmostree.Change{OverrideRemove: []string{"telnet"}, OverrideReplaceFiles: []string{newTool}})
	require.NoError(t, err, s.lines)
	require.Equal(t, "2", text(t, s, "usr/bin/tool"))
	_, err = s.Apply(t.Context(), &rpmostree.Change{OverrideReset: []string{"tool"}})
	require.NoError(t, err)
	require.Equal(t, "1", text(t, s, "usr/bin/tool"))
	list, err := s.Deployments(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"telnet"}, list[0].Texts("requested-base-removals"))
	_, err = s.Apply(t.Context(), &rpmostree.Change{OverrideRemove: []string{"nothing"}})
	require.ErrorContains(t, err, `Package "nothing" not found`)
	_, err = s.Apply(t.Context(), &rpmostree.Change{OverrideResetAll: true})
	require.NoError(t, err)
}

func TestFailureChangesNothing(t *testing.T) {
	w := systemtest.New(t, ostree.ModeBareUser)
	w.Publish(&rpmtest.Spec{Name: "bad", Scripts: map[rpm.ScriptKind]rpm.Script{rpm.ScriptPost: {HasBody: true, Body: "exit 1"}}},
		&rpmtest.Spec{Name: "unsat", Requires: []string{"nowhere"}})
	s := open(t, w)
	before := state(t, w)
	_, err := s.Apply(t.Context(), &rpmostree.Change{Install: []string{"bad"}})
	require.ErrorContains(t, err, "Running %post for bad: bwrap(/bin/sh): Child process exited with code 1")
	_, err = s.Apply(t.Context(), &rpmostree.Change{Install: []string{"unsat"}})
	require.ErrorContains(t, err, "nothing provides nowhere needed by unsat-1-1.noarch from extra")
	_, err = s.Apply(t.Context(), &rpmostree.Change{Install: []string{"nosuch", "nor"}})
	require.ErrorContains(t, err, "Packages not found: nor, nosuch")
	require.Equal(t, before, state(t, w))
}

// state is what must not change when an operation fails.
func state(t *testing.T, w *systemtest.World) string {
	t.Helper()
	var b strings.Builder
	for _, dir := range []string{"boot/loader/entries", "ostree/deploy/demo/deploy", "ostree/repo/refs/heads/rpmostree/base", "ostree/repo/extensions/rpmostree/private"} {
		entries, err := os.ReadDir(w.Sysroot + "/" + dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			fmt.Fprintln(&b, dir, e.Name())
		}
	}
	return b.String()
}
