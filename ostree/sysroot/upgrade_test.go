//go:build linux

package sysroot_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/stretchr/testify/require"
)

// TestSwitchRefspec combines what a system follows with what it shall follow.
func TestSwitchRefspec(t *testing.T) {
	for _, c := range [][3]string{
		{"origin:os/stable", "os/testing", "origin:os/testing"},
		{"origin:os/stable", "other:os/testing", "other:os/testing"},
		{"origin:os/stable", "other:", "other:os/stable"},
		{"os/stable", "os/testing", "os/testing"},
		{"os/stable", "origin:os/stable", "origin:os/stable"},
		{"os/stable", "origin:", "origin:os/stable"},
	} {
		got, err := sysroot.SwitchRefspec(c[0], c[1])
		require.NoError(t, err)
		require.Equal(t, c[2], got)
	}
	for _, c := range [][3]string{
		{"origin:os/stable", "os/stable", "Old and new refs are equal: origin:os/stable"},
		{"origin:os/stable", "origin:", "Old and new refs are equal: origin:os/stable"},
		{"origin:os/stable", "origin:os/stable", "Old and new refs are equal: origin:os/stable"},
		{"os/stable", "os/stable", "Old and new refs are equal: os/stable"},
		{"origin:os/stable", ":", ""},
		{"origin:os/stable", "", ""},
		{"origin:os/stable", "a:b:c", ""},
		{"origin:os/stable", "../x", ""},
	} {
		_, err := sysroot.SwitchRefspec(c[0], c[1])
		require.ErrorContains(t, err, c[2], c[1])
	}
}

// at commits a version of the tree to a ref at a time.
func (d *demo) at(ref string, version int, seconds int64, extra ...string) object.Checksum {
	d.t.Helper()
	ctx := d.t.Context()
	dir := filepath.Join(d.t.TempDir(), "tree")
	demoTree(d.t, dir, version)
	repo := d.s.Repo()
	txn, err := repo.Begin(ctx, nil)
	require.NoError(d.t, err)
	defer txn.Abort()
	tree := ostree.NewTree()
	require.NoError(d.t, txn.AddDirectory(ctx, tree, dir, &ostree.Modifier{NoXattrs: true}))
	root, meta, err := txn.WriteTree(tree)
	require.NoError(d.t, err)
	metadata := &object.Dict{}
	for i := 0; i < len(extra); i += 2 {
		metadata.Set(extra[i], object.NewString(extra[i+1]))
	}
	c, err := txn.WriteCommit(ctx, root, meta, &ostree.CommitOptions{Subject: ref, Time: time.Unix(seconds, 0), Metadata: metadata})
	require.NoError(d.t, err)
	require.NoError(d.t, txn.SetRef(ref, c))
	_, err = txn.Commit(ctx)
	require.NoError(d.t, err)
	return c
}

// follow makes a first deployment that follows a ref.
func (d *demo) follow(ref string, c object.Checksum) {
	d.t.Helper()
	dep, err := d.s.DeployTree(d.t.Context(), "demo", c, sysroot.NewOrigin(ref), nil, nil)
	require.NoError(d.t, err)
	require.NoError(d.t, d.s.SimpleWriteDeployment(d.t.Context(), "demo", dep, nil, 0))
}

func (d *demo) upgrader() *sysroot.Upgrader {
	d.t.Helper()
	u, err := d.s.NewUpgrader("demo", nil)
	require.NoError(d.t, err)
	return u
}

// TestUpgradeBackwards refuses a commit that is older, unless that is allowed.
func TestUpgradeBackwards(t *testing.T) {
	d := newLocal(t, "", nil)
	ctx := t.Context()
	d.follow("os", d.at("os", 1, 1700001000))
	new := d.s.Deployments()[0].Commit
	u := d.upgrader()
	changed, err := u.Pull(ctx, nil)
	require.NoError(t, err)
	require.False(t, changed)
	before := d.snapshot()
	old := d.at("os", 2, 1700000000)
	_, err = d.upgrader().Pull(ctx, nil)
	require.EqualError(t, err, "Upgrade target revision '"+old.String()+"' with timestamp 'Tue Nov 14 22:13:20 2023' is chronologically older than current revision '"+
		new.String()+"' with timestamp 'Tue Nov 14 22:30:00 2023'; use --allow-downgrade to permit")
	require.Equal(t, before, d.snapshot())
	u = d.upgrader()
	changed, err = u.Pull(ctx, &sysroot.UpgradePull{AllowOlder: true})
	require.NoError(t, err)
	require.True(t, changed)
	require.NoError(t, u.Deploy(ctx))
	require.Equal(t, old, u.Deployment().Commit)
	require.Same(t, d.s.Deployments()[0], u.Deployment())
	// The same time is not older.
	d.at("os", 3, 1700000000)
	changed, err = d.upgrader().Pull(ctx, nil)
	require.NoError(t, err)
	require.True(t, changed)
}

// TestUpgradeOverride takes a given commit, and forgets it with the next upgrade.
func TestUpgradeOverride(t *testing.T) {
	d := newLocal(t, "", nil)
	ctx := t.Context()
	c1 := d.at("os", 1, 1700000000)
	d.follow("os", c1)
	c2, c3 := d.at("keep", 2, 1700001000), d.at("os", 3, 1700002000)
	_, err := d.upgrader().Pull(ctx, &sysroot.UpgradePull{OverrideCommit: "xyz"})
	require.EqualError(t, err, "Invalid rev xyz")
	u := d.upgrader()
	o := u.Origin()
	require.NoError(t, o.Set("origin", "override-commit", "short"))
	require.NoError(t, u.SetOrigin(o))
	_, err = u.Pull(ctx, nil)
	require.EqualError(t, err, "Invalid rev short")
	require.NoError(t, o.Set("origin", "override-commit", c2.String()))
	require.NoError(t, o.Set("packages", "requested", "vim;"))
	require.NoError(t, u.SetOrigin(o))
	changed, err := u.Pull(ctx, nil)
	require.NoError(t, err)
	require.True(t, changed)
	require.NoError(t, u.Deploy(ctx))
	require.Equal(t, c2, d.s.Deployments()[0].Commit)
	require.Equal(t, "[origin]\nrefspec=os\noverride-commit="+c2.String()+"\n\n[packages]\nrequested=vim;\n", d.read(d.s.Deployments()[0].Dir()+".origin"))
	got, err := d.s.Repo().ResolveRev("os")
	require.NoError(t, err)
	require.Equal(t, c2, got)
	require.Equal(t, c3, d.at("os", 3, 1700002000), "the cleanup has deleted it")
	u = d.upgrader()
	o = u.Origin()
	o.RemoveTransient()
	require.NoError(t, u.SetOrigin(o))
	changed, err = u.Pull(ctx, nil)
	require.NoError(t, err)
	require.True(t, changed)
	require.NoError(t, u.Deploy(ctx))
	require.Equal(t, c3, d.s.Deployments()[0].Commit)
	require.Equal(t, "[origin]\nrefspec=os\n\n[packages]\nrequested=vim;\n", d.read(d.s.Deployments()[0].Dir()+".origin"))
	o.Remove("origin", "refspec")
	require.Error(t, u.SetOrigin(o))
	require.Equal(t, "os", u.Origin().Refspec(), "a bad origin is not taken")
}

// TestEndOfLife follows a branch that ended to the next one.
func TestEndOfLife(t *testing.T) {
	d := newLocal(t, "", nil)
	ctx := t.Context()
	d.follow("os", d.at("os", 1, 1700000000))
	c3 := d.at("next", 3, 1700002000)
	d.at("os", 2, 1700001000, object.KeyEndOfLifeRebase, "next")
	u := d.upgrader()
	changed, err := u.Pull(ctx, nil)
	require.NoError(t, err)
	require.True(t, changed)
	require.NoError(t, u.Deploy(ctx))
	require.Equal(t, c3, d.s.Deployments()[0].Commit)
	require.Equal(t, "next", d.s.Deployments()[0].Origin.Refspec())
	before := d.snapshot()
	for _, bad := range []string{"../x", "nothing", "a:b", ""} {
		d.at("next", 2, 1700003000, object.KeyEndOfLifeRebase, bad)
		_, err := d.upgrader().Pull(ctx, nil)
		require.Error(t, err, bad)
	}
	require.Equal(t, before, d.snapshot())
	require.Error(t, d.upgrader().Deploy(ctx), "nothing was pulled")
}

// TestInterruptedTransactions removes what transactions of an earlier boot left in the repository.
func TestInterruptedTransactions(t *testing.T) {
	d, _, _ := twoDeployments(t)
	old := filepath.Join(d.dir, "ostree/repo/tmp/staging-00000000-0000-0000-0000-000000000000-abcdef")
	require.NoError(t, os.MkdirAll(filepath.Join(old, "00"), 0o755))
	require.NoError(t, d.s.PrepareCleanup(t.Context()))
	require.NoDirExists(t, old)
}
