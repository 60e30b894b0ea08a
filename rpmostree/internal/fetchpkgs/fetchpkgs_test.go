package fetchpkgs_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree/goal"
	"github.com/nestos-dev/nestos/rpmostree/internal/fetchpkgs"
	"github.com/nestos-dev/nestos/rpmostree/pkgcache"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
	"github.com/stretchr/testify/require"
)

// bed is a repository of packages with a client and a cache.
type bed struct {
	t      *testing.T
	dir    string
	cache  *ostree.Repo
	client *rpmmd.Client
	lines  []string
}

func newBed(t *testing.T) *bed {
	t.Helper()
	b := &bed{t: t, dir: t.TempDir()}
	require.NoError(t, os.Mkdir(filepath.Join(b.dir, "rpms"), 0o755))
	var err error
	b.cache, err = ostree.Init(filepath.Join(b.dir, "cache"), &ostree.InitOptions{Mode: ostree.ModeBareUser})
	require.NoError(t, err)
	t.Cleanup(func() { b.cache.Close() })
	b.client, err = rpmmd.NewClient(&rpmmd.ClientOptions{CacheDir: filepath.Join(b.dir, "repomd")})
	require.NoError(t, err)
	t.Cleanup(b.client.Close)
	return b
}

// add puts a package into the repository, in place of what was there.
func (b *bed) add(s *rpmtest.Spec) {
	b.t.Helper()
	rpmtest.Write(b.t, filepath.Join(b.dir, "rpms"), s)
	_, err := rpmmd.CreateRepo(b.t.Context(), filepath.Join(b.dir, "rpms"), &rpmmd.CreateOptions{Time: time.Unix(1700000000, 0)})
	require.NoError(b.t, err)
}

// fetch brings what a name stands for into the cache.
func (b *bed) fetch(name string, change func(*rpmmd.RepoConfig, *fetchpkgs.Options)) ([]*pkgcache.Cached, error) {
	b.t.Helper()
	config := rpmmd.NewRepoConfig("test")
	config.BaseURL = []string{"file://" + filepath.Join(b.dir, "rpms")}
	o := &fetchpkgs.Options{Cache: b.cache, Message: func(l string) { b.lines = append(b.lines, l) }}
	if change != nil {
		change(config, o)
	}
	b.lines = nil
	set, err := fetchpkgs.Refresh(b.t.Context(), b.client, []*rpmmd.RepoConfig{config}, &rpmmd.RefreshOptions{Force: true, AllowOlder: true})
	require.NoError(b.t, err)
	g := goal.New(nil)
	require.NoError(b.t, set.AddTo(b.t.Context(), g, nil, o.Message))
	list, err := g.Match(b.t.Context(), name)
	require.NoError(b.t, err)
	require.NotEmpty(b.t, list)
	return set.Fetch(b.t.Context(), list, o)
}

func TestFetch(t *testing.T) {
	b := newBed(t)
	doc := rpmtest.File{Path: "/usr/share/doc/x", Content: []byte("d"), Flags: rpm.FileDoc}
	b.add(&rpmtest.Spec{Name: "x", Files: []rpmtest.File{doc}})
	first, err := b.fetch("x", nil)
	require.NoError(t, err)
	require.Len(t, first, 1)
	require.Contains(t, b.lines[0], "rpm-md repo 'test'; generated: 2023-11-14T22:13:20Z solvables: 1")
	require.Contains(t, b.lines[1], "Will download: 1 package (")
	again, err := b.fetch("x", nil)
	require.NoError(t, err)
	require.Equal(t, first[0].Commit, again[0].Commit)
	require.Len(t, b.lines, 1, "it is cached")
	bare, err := b.fetch("x", func(_ *rpmmd.RepoConfig, o *fetchpkgs.Options) { o.NoDocs = true })
	require.NoError(t, err)
	require.NotEqual(t, first[0].Commit, bare[0].Commit)
	require.True(t, bare[0].NoDocs)

	// The same version with other content is another package.
	b.add(&rpmtest.Spec{Name: "x", Files: []rpmtest.File{doc, {Path: "/usr/bin/x", Content: []byte("x")}}})
	rebuilt, err := b.fetch("x", nil)
	require.NoError(t, err)
	require.NotEqual(t, first[0].Repodata, rebuilt[0].Repodata)
	tree, err := b.cache.CommitFS(rebuilt[0].Commit)
	require.NoError(t, err)
	_, err = tree.Stat("usr/bin/x")
	require.NoError(t, err)
}

func TestUnsignedPackageOfASignedRepository(t *testing.T) {
	b := newBed(t)
	b.add(&rpmtest.Spec{Name: "x"})
	_, err := b.fetch("x", func(c *rpmmd.RepoConfig, _ *fetchpkgs.Options) { c.GPGCheck = true })
	require.ErrorContains(t, err, "importing RPMs: package x-1-1.noarch.rpm cannot be verified and repo test is GPG enabled")
	refs, err := b.cache.Refs("")
	require.NoError(t, err)
	require.Empty(t, refs)
	_, err = b.fetch("x", func(c *rpmmd.RepoConfig, _ *fetchpkgs.Options) {
		c.GPGCheck, c.GPGKey = true, []string{"file:///nonexistent/key"}
	})
	require.ErrorContains(t, err, "key of repository test: ")
}

func TestDownload(t *testing.T) {
	b := newBed(t)
	b.add(&rpmtest.Spec{Name: "x"})
	got, err := b.fetch("x", func(_ *rpmmd.RepoConfig, o *fetchpkgs.Options) { o.DownloadOnly = true })
	require.NoError(t, err)
	require.Empty(t, got)
	refs, err := b.cache.Refs("")
	require.NoError(t, err)
	require.Empty(t, refs)
}

func TestUnknownRepository(t *testing.T) {
	b := newBed(t)
	set := &fetchpkgs.Set{Client: b.client}
	_, err := set.Fetch(t.Context(), []goal.Package{{NEVRA: rpm.NEVRA{Name: "x", Version: "1", Release: "1", Arch: "noarch"}, Repo: "gone"}}, &fetchpkgs.Options{Cache: b.cache})
	require.ErrorContains(t, err, "package x-1-1.noarch is not in the cache, and there is no repository gone")
}
