package rpmostree_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/nestos-dev/nestos/rpmostree/internal/systemtest"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/stretchr/testify/require"
)

func TestRollbackAndKargs(t *testing.T) {
	w := systemtest.New(t, ostree.ModeBareUser)
	w.Publish(&rpmtest.Spec{Name: "foo", Files: []rpmtest.File{{Path: "/usr/bin/foo", Content: []byte("x")}}})
	s := open(t, w)
	_, err := s.Rollback(t.Context())
	require.ErrorContains(t, err, "No rollback deployment found")
	_, err = s.Apply(t.Context(), &rpmostree.Change{Install: []string{"foo"}})
	require.NoError(t, err)
	layered := s.Sysroot().Deployments()[0].Commit
	changed, err := s.SetKargs(t.Context(), &rpmostree.KargsChange{Append: []string{"debug"}, Delete: []string{"quiet"}, AppendIfMissing: []string{"debug"}, Index: -1})
	require.NoError(t, err)
	require.True(t, changed)
	line, err := s.Kargs(t.Context(), -1)
	require.NoError(t, err)
	require.Regexp(t, `^root=UUID=x ostree=/ostree/boot\.1/demo/[0-9a-f]{64}/0 debug$`, line)
	require.Equal(t, layered, s.Sysroot().Deployments()[0].Commit)
	changed, err = s.SetKargs(t.Context(), &rpmostree.KargsChange{AppendIfMissing: []string{"debug"}, Index: -1})
	require.NoError(t, err)
	require.False(t, changed)
	name, err := s.Rollback(t.Context())
	require.NoError(t, err)
	require.Contains(t, s.lines, "Moving '"+name+"' to be first deployment")
	require.Len(t, s.Sysroot().Deployments(), 2)
	require.NoError(t, s.Cleanup(t.Context(), &rpmostree.CleanupOptions{Pending: true}))
	require.Contains(t, s.lines, "Deployments unchanged.")
	require.NoError(t, s.Cleanup(t.Context(), &rpmostree.CleanupOptions{Rollback: true, Base: true}))
	require.Len(t, s.Sysroot().Deployments(), 1)
	require.ErrorIs(t, s.Cleanup(t.Context(), &rpmostree.CleanupOptions{}), rpmostree.ErrNoCleanupOption)
	require.ErrorIs(t, s.Cleanup(t.Context(), nil), rpmostree.ErrNoCleanupOption)
	require.ErrorIs(t, s.FinalizeDeployment(t.Context(), nil), rpmostree.ErrNotBooted)
	fsck(t, s.Repo())
}

func TestRebaseKeepsLayers(t *testing.T) {
	ctx := t.Context()
	w := systemtest.New(t, ostree.ModeBareUser)
	w.Publish(&rpmtest.Spec{Name: "foo", Files: []rpmtest.File{{Path: "/usr/bin/foo", Content: []byte("x")}}})
	s := open(t, w)
	_, err := s.Apply(ctx, &rpmostree.Change{Install: []string{"foo"}})
	require.NoError(t, err)
	next := w.Base("2.0")
	txn, err := s.Repo().Begin(ctx, nil)
	require.NoError(t, err)
	require.NoError(t, txn.SetRef("demo/2/x86_64/stable", next))
	_, err = txn.Commit(ctx)
	require.NoError(t, err)
	_, err = s.Apply(ctx, &rpmostree.Change{Refspec: systemtest.Branch})
	require.ErrorContains(t, err, "Old and new refs are equal")
	out, err := s.Apply(ctx, &rpmostree.Change{Refspec: ":demo/2/x86_64/stable", AllowDowngrade: true})
	require.NoError(t, err)
	require.True(t, out.Changed)
	list, err := s.Deployments(ctx)
	require.NoError(t, err)
	require.Equal(t, "demo/2/x86_64/stable", list[0].Text("origin"))
	require.Equal(t, "2.0", list[0].Text("version"))
	require.Equal(t, []string{"foo"}, list[0].Texts("packages"))
	require.Equal(t, next, list[0].Base)
	_, found, err := s.Repo().ResolveRevOptional(systemtest.Branch)
	require.NoError(t, err)
	require.False(t, found, "the old ref is purged")
}

func TestDeployVersion(t *testing.T) {
	ctx := t.Context()
	w := systemtest.New(t, ostree.ModeBareUser)
	s := open(t, w)
	first := s.Sysroot().Deployments()[0].Commit
	second := w.Base("2.0")
	w.Base("3.0")
	out, err := s.Apply(ctx, &rpmostree.Change{Revision: "2.0", AllowDowngrade: true})
	require.NoError(t, err)
	require.Equal(t, second, out.Commit)
	_, err = s.Apply(ctx, &rpmostree.Change{Revision: "1.0"})
	require.ErrorContains(t, err, "is chronologically older than current revision")
	out, err = s.Apply(ctx, &rpmostree.Change{Revision: "revision=" + first.String(), AllowDowngrade: true})
	require.NoError(t, err)
	require.Equal(t, first, out.Commit)
	_, err = s.Apply(ctx, &rpmostree.Change{Revision: "9"})
	require.ErrorContains(t, err, "Version 9 not found in "+systemtest.Branch)
	_, err = s.Apply(ctx, &rpmostree.Change{Revision: object.Checksum{1}.String()})
	require.ErrorContains(t, err, "not found in "+systemtest.Branch)
	out, err = s.Apply(ctx, &rpmostree.Change{Upgrade: true})
	require.NoError(t, err)
	require.True(t, out.Changed)
}

func TestKernelOverride(t *testing.T) {
	ctx := t.Context()
	w := systemtest.New(t, ostree.ModeBareUser)
	s := open(t, w)
	kernel := w.File(systemtest.Kernel("6.2.0", "second"))
	_, err := s.Apply(ctx, &rpmostree.Change{InstallFiles: []string{kernel}})
	require.ErrorContains(t, err, "cannot install both kernel-6.2.0-1.x86_64 from @commandline and kernel-6.1.0-1.x86_64 from @System")
	_, err = s.Apply(ctx, &rpmostree.Change{OverrideReplaceFiles: []string{kernel}})
	require.NoError(t, err, s.out.String())
	require.Equal(t, "second", text(t, s, "usr/lib/modules/6.2.0/vmlinuz"))
	d := s.Sysroot().Deployments()[0]
	_, err = os.Stat(filepath.Join(s.Sysroot().DeploymentPath(d), "usr/lib/modules/6.1.0"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NotEqual(t, d.BootChecksum, s.Sysroot().Deployments()[1].BootChecksum)
}

func TestDryRunAndDownloadOnly(t *testing.T) {
	ctx := t.Context()
	w := systemtest.New(t, ostree.ModeBareUser)
	w.Publish(&rpmtest.Spec{Name: "foo", Files: []rpmtest.File{{Path: "/usr/bin/foo", Content: []byte("x")}}})
	s := open(t, w)
	before := state(t, w)
	out, err := s.Apply(ctx, &rpmostree.Change{Install: []string{"foo"}, DryRun: true})
	require.NoError(t, err)
	require.True(t, out.Changed)
	require.Equal(t, "1 added", out.Diff().Summary())
	require.Equal(t, before, state(t, w))
	_, err = s.Apply(ctx, &rpmostree.Change{Install: []string{"foo"}, DownloadOnly: true})
	require.NoError(t, err)
	require.Equal(t, before, state(t, w))
	moved := w.Packages + ".away"
	require.NoError(t, os.Rename(w.Packages, moved))
	_, err = s.Apply(ctx, &rpmostree.Change{Install: []string{"foo"}, CacheOnly: true})
	require.NoError(t, err)
	require.Equal(t, "x", text(t, s, "usr/bin/foo"))
	require.NoError(t, os.Rename(moved, w.Packages))
	out, err = s.Apply(ctx, &rpmostree.Change{Upgrade: true})
	require.NoError(t, err)
	require.False(t, out.Changed, "where packages came from makes no difference")
}

func TestUsersAcrossUpgrades(t *testing.T) {
	ctx := t.Context()
	w := systemtest.New(t, ostree.ModeBareUser)
	w.Publish(&rpmtest.Spec{
		Name: "svc", Files: []rpmtest.File{{Path: "/usr/share/svc", Mode: 0o640, Content: []byte("x"), User: "svc", Group: "svc"}},
		Scripts: map[rpm.ScriptKind]rpm.Script{rpm.ScriptPre: {HasBody: true, Body: "grep -q svc /etc/passwd || { echo svc:x:500:500::/:/bin/sh >> /etc/passwd; echo svc:x:500: >> /etc/group; }\n"}},
	})
	s := open(t, w)
	for i := range 2 {
		change := &rpmostree.Change{Install: []string{"svc"}}
		if i == 1 {
			w.Base("2.0")
			change = &rpmostree.Change{Upgrade: true}
		}
		_, err := s.Apply(ctx, change)
		require.NoError(t, err)
		tree, err := s.Repo().CommitFS(s.Sysroot().Deployments()[0].Commit)
		require.NoError(t, err)
		info, err := tree.Stat("usr/share/svc")
		require.NoError(t, err)
		require.Equal(t, uint32(500), info.Sys().(*ostree.TreeEntry).Header.UID)
	}
}
