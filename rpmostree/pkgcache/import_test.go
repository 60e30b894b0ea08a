package pkgcache_test

import (
	"os"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree/pkgcache"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { os.Exit(testutil.MainInMemory(m)) }

func newRepo(t testing.TB) *ostree.Repo {
	repo, err := ostree.Init(t.TempDir(), &ostree.InitOptions{Mode: ostree.ModeBareUser})
	require.NoError(t, err)
	t.Cleanup(func() { repo.Close() })
	return repo
}

func importSpec(t testing.TB, repo *ostree.Repo, spec *rpmtest.Spec, opts *pkgcache.ImportOptions) (*pkgcache.Imported, error) {
	p, err := rpm.Open(rpmtest.Write(t, t.TempDir(), spec))
	require.NoError(t, err)
	defer p.Close()
	txn, err := repo.Begin(t.Context(), nil)
	require.NoError(t, err)
	defer txn.Abort()
	got, err := pkgcache.Import(t.Context(), txn, repo, p, opts)
	if err != nil {
		return nil, err
	}
	require.NoError(t, txn.SetRef(got.Ref, got.Commit))
	_, err = txn.Commit(t.Context())
	require.NoError(t, err)
	return got, nil
}

func TestImport(t *testing.T) {
	repo := newRepo(t)
	spec := &rpmtest.Spec{Name: "d", Files: []rpmtest.File{
		{Path: "/etc/d.conf", Content: []byte("conf"), User: "d"},
		{Path: "/opt/acme/bin/x", Mode: 0o755, Content: []byte("x")},
		{Path: "/run/d", Mode: 0o40755},
		{Path: "/usr/bin/ping", Mode: 0o4755, Content: []byte("p"), Caps: "cap_net_raw=ep"},
		{Path: "/usr/share/doc/d", Content: []byte("doc"), Flags: rpm.FileDoc},
		{Path: "/usr/share/doc/LICENSE", Content: []byte("mit"), Flags: rpm.FileDoc | rpm.FileLicense},
		{Path: "/usr/share/one", Content: []byte("same")}, {Path: "/usr/share/two", HardLink: "/usr/share/one"},
		{Path: "/usr/share/ghost", Flags: rpm.FileGhost},
		{Path: "/usr/share/locked", Mode: 0o40555},
		{Path: "/var/lib/d", Mode: 0o40750, User: "d", Group: "d"},
		{Path: "/var/lib/d/link", LinkTo: "/usr/share/d"},
		{Path: "/var/lib/d/seed", Content: []byte("dropped")},
	}}
	got, err := importSpec(t, repo, spec, &pkgcache.ImportOptions{NoDocs: true, RepoID: "r", RepoTime: 5, Repodata: "sha256:aa"})
	require.NoError(t, err)
	tree, err := repo.CommitFS(got.Commit)
	require.NoError(t, err)
	conf, err := tree.ReadFile("usr/lib/rpm-ostree/tmpfiles.d/d.conf")
	require.NoError(t, err)
	require.Equal(t, "L /opt/acme - - - - ../../usr/lib/opt/acme\nd /run/d 0755 root root - -\nd /var/lib/d 0750 d d - -\nL /var/lib/d/link - - - - /usr/share/d\n", string(conf))
	for name, want := range map[string]bool{
		"usr/etc/d.conf": true, "usr/lib/opt/acme/bin/x": true, "usr/share/doc/d": false, "usr/share/doc/LICENSE": true,
		"usr/share/ghost": false, "var": false, "run": false, "opt": false, "etc": false, "usr/share/two": true,
	} {
		_, err := tree.Lstat(name)
		require.Equal(t, want, err == nil, name)
	}
	entry := func(name string) *ostree.TreeEntry {
		i, err := tree.Stat(name)
		require.NoError(t, err)
		return i.Sys().(*ostree.TreeEntry)
	}
	require.Equal(t, entry("usr/share/one").Checksum, entry("usr/share/two").Checksum)
	require.Equal(t, uint32(0), entry("usr/etc/d.conf").Header.UID)
	require.Equal(t, uint32(0o40755), entry("usr/share/locked").Header.Mode, "directories can be written to")
	caps, _ := entry("usr/bin/ping").Header.Xattrs.Get("security.capability")
	require.Equal(t, "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", string(caps))

	c, err := pkgcache.Load(repo, got.Ref)
	require.NoError(t, err)
	require.Equal(t, got.HeaderSHA256, c.HeaderSHA256)
	require.Equal(t, "sha256:aa", c.Repodata)
	require.True(t, c.NoDocs)
	require.Equal(t, "d-1-1.noarch", c.Headers.NEVRA().String())
	again, err := importSpec(t, newRepo(t), spec, &pkgcache.ImportOptions{NoDocs: true, RepoID: "r", RepoTime: 5, Repodata: "sha256:aa"})
	require.NoError(t, err)
	require.Equal(t, got.Commit, again.Commit, "the same package gives the same commit")
	report, err := repo.Fsck(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
}

func TestImportRefuses(t *testing.T) {
	repo := newRepo(t)
	for _, c := range []struct {
		spec rpmtest.Spec
		text string
	}{
		{rpmtest.Spec{Name: "srv", Files: []rpmtest.File{{Path: "/srv/x"}}}, "Importing package 'srv-1-1.noarch': Analyzing /srv/x: Unsupported path"},
		{rpmtest.Spec{Name: "dev", Files: []rpmtest.File{{Path: "/usr/null", Mode: 0o20666, Rdev: 0x103}}}, "not supported in images"},
		{rpmtest.Spec{Name: "src", Source: true, Files: []rpmtest.File{{Path: "src.spec"}}}, "source packages cannot be installed"},
	} {
		_, err := importSpec(t, repo, &c.spec, nil)
		require.ErrorContains(t, err, c.text)
	}
	_, err := pkgcache.Load(repo, "rpmostree/pkg/none/1-1.noarch")
	require.ErrorIs(t, err, ostree.ErrNotFound)
}
