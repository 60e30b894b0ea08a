package compose_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree/compose"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
	"github.com/stretchr/testify/require"
)

func TestTree(t *testing.T) {
	w := newWorld(t)
	res := w.compose(minimal)
	require.True(t, res.Changed)
	require.Equal(t, "os/test", res.Ref)
	w.said("No previous commit for os/test")
	w.said("Installing 4 packages:\n  busybox-1-1." + compose.Machine() + " (test)\n")
	w.said("Input state hash: " + res.InputHash)
	w.said("os/test => " + res.Commit.String())
	repo := "--repo=" + w.path("repo")
	w.tool("ostree", repo, "fsck")
	out := w.tool("ostree", repo, "ls", "os/test")
	for _, line := range []string{"l00777 0 0      0 /home -> var/home", "l00777 0 0      0 /tmp -> sysroot/tmp", "l00777 0 0      0 /opt -> var/opt", "d00755 0 0      0 /var", "l00777 0 0      0 /bin -> usr/bin"} {
		require.Contains(t, out, line)
	}
	require.NotContains(t, out, "/etc")
	require.Equal(t, "'6.6.0-1'\n", w.tool("ostree", repo, "show", "--print-metadata-key=ostree.linux", "os/test"))
	require.Contains(t, w.tool("ostree", repo, "show", "--print-metadata-key=rpmostree.rpmdb.pkglist", "os/test"), "('kernel', '0', '6.6.0', '1', '"+compose.Machine()+"')")

	c := w.commit(res.Commit)
	require.Empty(t, c.Subject)
	require.Equal(t, uint64(epoch.Unix()), c.Timestamp)
	v, ok := c.Metadata.LookupType("rpmostree.rpmmd-repos", "aa{sv}")
	require.True(t, ok)
	stamp, ok := v.Child(0).LookupType("timestamp", "t")
	require.True(t, ok)
	require.Equal(t, uint64(epoch.Unix()), stamp.Uint64BE(), "numbers are big endian")
	require.Equal(t, uint64(epoch.Unix()), binary.BigEndian.Uint64(stamp.Bytes()))

	require.Contains(t, w.read(res.Commit, "usr/lib/tmpfiles.d/rpm-ostree-0-integration.conf"), "d /var/roothome 0700 root root -\n")
	require.Equal(t, "d /var/opt 0755 root root -\nd /var/usrlocal 0755 root root -\n", w.read(res.Commit, "usr/lib/tmpfiles.d/rpm-ostree-0-integration-opt-usrlocal.conf"))
	require.Contains(t, w.read(res.Commit, "usr/lib/tmpfiles.d/rpm-ostree-autovar.conf"), "d /var/log 0755 root root - -\n")
	require.Equal(t, "%_dbpath /usr/share/rpm\n", w.read(res.Commit, "usr/lib/rpm/macros.d/macros.rpm-ostree"))
	require.Equal(t, "../../share/rpm", w.link(res.Commit, "usr/lib/sysimage/rpm"))
	require.Equal(t, "../var/usrlocal", w.link(res.Commit, "usr/local"))
	require.Empty(t, w.read(res.Commit, "usr/etc/machine-id"))
	require.Contains(t, w.read(res.Commit, "usr/share/rpm-ostree/treefile.json"), `"ref": "os/test"`)
	require.True(t, w.exists(res.Commit, "usr/lib/modules/"+kver+"/modules.dep"), "depmod has run")
	require.False(t, w.exists(res.Commit, "usr/lib/modules/"+kver+"/initramfs.img"))
	base, err := pkglist.LoadBase(t.Context(), w.repo, res.Commit)
	require.NoError(t, err)
	require.Equal(t, res.Packages, base)
}

// TestCacheMayFillTheDisk looks at the setting of a repository that is made, and leaves one that is there as it is.
func TestCacheMayFillTheDisk(t *testing.T) {
	w := newWorld(t)
	w.compose(minimal)
	cache, err := ostree.Open(w.path("cache/pkgcache-repo"), nil)
	require.NoError(t, err)
	defer cache.Close()
	require.Zero(t, cache.Config().MinFreeSpacePercent)
	require.Zero(t, cache.Config().MinFreeSpaceBytes)
	config, err := cache.EditConfig()
	require.NoError(t, err)
	require.NoError(t, config.Set("core", "min-free-space-size", "900000TB"))
	require.NoError(t, cache.SetConfig(config))
	w.packages(&rpmtest.Spec{Name: "more"})
	_, err = w.try(strings.Replace(minimal, "[kernel]", "[kernel, more]", 1))
	require.ErrorContains(t, err, "min-free-space-size")
}

// TestRealRPM lets rpm judge a deployment.
func TestRealRPM(t *testing.T) {
	testutil.Root(t)
	testutil.Tool(t, "rpm")
	w := newWorldMode(t, ostree.ModeBare)
	res := w.compose(minimal)
	dir := w.path("sysroot")
	require.NoError(t, os.Mkdir(dir, 0o755))
	ctx := t.Context()
	require.NoError(t, sysroot.InitFS(ctx, dir, 1))
	s, err := sysroot.Open(dir, &sysroot.Options{MutableDeployments: true})
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.Load(ctx))
	require.NoError(t, s.InitStateroot(ctx, "test"))
	_, err = s.Repo().PullLocal(ctx, w.repo, &ostree.PullLocalOptions{Refs: []string{"os/test"}})
	require.NoError(t, err)
	d, err := s.DeployTree(ctx, "test", res.Commit, sysroot.NewOrigin("os/test"), nil, nil)
	require.NoError(t, err)
	require.NoError(t, s.SimpleWriteDeployment(ctx, "test", d, nil, 0))
	entries, err := filepath.Glob(dir + "/boot/loader/entries/*.conf")
	require.NoError(t, err)
	require.Len(t, entries, 1)

	root := s.DeploymentPath(d)
	for _, db := range []string{"/usr/share/rpm", "/usr/lib/sysimage/rpm-ostree-base-db", "/usr/lib/sysimage/rpm"} {
		out := w.tool("rpm", "--root", root, "--dbpath", db, "-qa")
		require.Len(t, strings.Fields(out), 4, out)
	}
	w.tool("rpm", "--root", root, "--dbpath", "/usr/share/rpm", "-V", "--nomtime", "busybox", "setup", "kernel")
}

func TestSameInputSameCommit(t *testing.T) {
	w := newWorld(t)
	w.packages(scripted())
	text := strings.Replace(minimal, "[kernel]", "[kernel, daemon]", 1)
	first := w.compose(text)
	other := func(o *compose.TreeOptions) {
		o.CacheDir = "" // unpacked anew
		o.WorkDir = w.path("config")
		repo, err := ostree.Init(w.path("repo2"), &ostree.InitOptions{Mode: ostree.ModeBareUser})
		require.NoError(t, err)
		t.Cleanup(func() { repo.Close() })
		o.Repo = repo
	}
	second := w.compose(text, other)
	require.Equal(t, first.Commit, second.Commit)
	left, err := filepath.Glob(w.path("config/rpm-ostree*"))
	require.NoError(t, err)
	require.Empty(t, left, "the temporary cache is deleted")
}

// scripted is a package with everything that scripts do.
func scripted() *rpmtest.Spec {
	return &rpmtest.Spec{
		Name: "daemon", Version: "2", Arch: compose.Machine(), Requires: []string{"busybox"},
		Files: []rpmtest.File{
			{Path: "/etc/daemon.conf", Content: []byte("a=1\n"), Flags: rpm.FileConfig},
			{Path: "/usr/bin/daemon", Mode: 0o4755, Content: []byte("x"), User: "svc", Group: "svc"},
			{Path: "/var/lib/daemon", Mode: 0o40750, User: "svc", Group: "svc"},
			{Path: "/opt/acme/bin/x", Mode: 0o755, Content: []byte("opt")},
			{Path: "/usr/share/doc/daemon/README", Content: []byte("doc"), Flags: rpm.FileDoc},
		},
		Scripts: map[rpm.ScriptKind]rpm.Script{
			rpm.ScriptPre:  {HasBody: true, Body: "grep -q svc /etc/passwd || echo svc:x:77:77::/:/bin/sh >> /etc/passwd\ngrep -q svc /etc/group || echo svc:x:77: >> /etc/group\n"},
			rpm.ScriptPost: {HasBody: true, Body: "sed -i s/a=1/a=2/ /etc/daemon.conf\n"},
		},
		Changelog: []rpmtest.Change{{Time: uint32(epoch.Unix()) - 86400, Author: "A <a@b> - 2-1", Text: "- new"}},
	}
}

func TestScriptsAndOwners(t *testing.T) {
	w := newWorld(t)
	w.packages(scripted())
	res := w.compose(strings.Replace(minimal, "[kernel]", "[kernel, daemon]", 1))
	require.Equal(t, "a=2\n", w.read(res.Commit, "usr/etc/daemon.conf"))
	out := w.tool("ostree", "--repo="+w.path("repo"), "ls", "os/test", "/usr/bin/daemon", "/usr/lib/opt/acme/bin/x")
	require.Contains(t, out, "-04755 77 77      1 /usr/bin/daemon")
	require.Contains(t, w.read(res.Commit, "usr/lib/tmpfiles.d/rpm-ostree-autovar.conf"), "d /var/lib/daemon 0750 svc svc - -\n")
	require.True(t, w.exists(res.Commit, "usr/share/doc/daemon/README"))
	w.fsck()
}

func TestNoApparentChanges(t *testing.T) {
	w := newWorld(t)
	touched := w.path("changed")
	withTouch := func(o *compose.TreeOptions) { o.TouchIfChanged = touched }
	first := w.compose(minimal, withTouch)
	st, err := os.Stat(touched)
	require.NoError(t, err)
	require.Equal(t, epoch.Unix(), st.ModTime().Unix())
	require.NoError(t, os.Remove(touched))

	res := w.compose(minimal, withTouch)
	require.False(t, res.Changed)
	require.True(t, res.Commit.IsZero())
	require.NoFileExists(t, touched)
	w.said("Previous commit: " + first.Commit.String())
	w.said("No apparent changes since previous commit; use --force-nocache to override")

	res = w.compose(minimal, func(o *compose.TreeOptions) { o.DryRun = true })
	w.said("No apparent changes since previous commit.")
	require.False(t, res.Changed)

	res = w.compose(minimal, func(o *compose.TreeOptions) { o.ForceNoCache = true })
	require.True(t, res.Changed)
	require.Equal(t, first.Commit, w.commit(res.Commit).Parent)

	// A new package, a change of the treefile, and one of a file of it are changes.
	w.packages(&rpmtest.Spec{Name: "setup", Version: "2", Requires: []string{"filesystem"}, Files: []rpmtest.File{
		{Path: "/etc/passwd", Content: []byte("root:x:0:0:root:/root:/bin/sh\nbin:x:1:1::/bin:/bin/false\n")}, {Path: "/etc/group", Content: []byte("root:x:0:\nbin:x:1:\nwheel:x:10:\n")}}})
	res = w.compose(minimal, withTouch, func(o *compose.TreeOptions) { o.DryRun = true })
	require.True(t, res.Changed)
	require.True(t, res.Commit.IsZero())
	w.said("--dry-run complete, updating --touch-if-changed=" + touched + "; exiting")
	require.FileExists(t, touched)
	one := w.compose(minimal)
	require.True(t, one.Changed)
	w.file("config/motd", "hello\n")
	two := w.compose(minimal + "add-files: [[motd, /etc/motd]]\n")
	w.file("config/motd", "bye\n")
	three := w.compose(minimal + "add-files: [[motd, /etc/motd]]\n")
	require.Len(t, map[string]bool{one.InputHash: true, two.InputHash: true, three.InputHash: true}, 3)
	require.Equal(t, "bye\n", w.read(three.Commit, "usr/etc/motd"))

	res = w.compose(minimal, func(o *compose.TreeOptions) { o.PreviousInputHash = one.InputHash })
	require.False(t, res.Changed, "--previous-inputhash")
}

func TestReports(t *testing.T) {
	w := newWorld(t)
	first := w.compose(minimal)
	w.packages(&rpmtest.Spec{Name: "extra", Epoch: "2", Version: "5"})
	text := strings.Replace(minimal, "[kernel]", "[kernel, extra]", 1)
	res := w.compose(text, func(o *compose.TreeOptions) {
		o.WriteCommitIDTo, o.WriteComposeJSONTo, o.WriteLockfileTo = w.path("id"), w.path("compose.json"), w.path("lock.json")
		o.Metadata = map[string]any{"version": "42", "flag": true, "number": 7.0, "list": []any{"a", "b"}}
	})
	id, err := os.ReadFile(w.path("id"))
	require.NoError(t, err)
	require.Equal(t, res.Commit.String(), string(id))
	w.said("Wrote commit: " + res.Commit.String())
	now, err := w.repo.ResolveRev("os/test")
	require.NoError(t, err)
	require.Equal(t, first.Commit, now, "--write-commitid-to writes no ref")

	m := w.json("compose.json")
	require.Equal(t, res.Commit.String(), m["ostree-commit"])
	require.Equal(t, "42", m["ostree-version"])
	require.Equal(t, "2023-11-14T22:13:20Z", m["ostree-timestamp"])
	require.Equal(t, w.commit(res.Commit).ContentChecksum().String(), m["ostree-content-checksum"])
	require.Equal(t, res.InputHash, m["rpm-ostree-inputhash"])
	require.Greater(t, m["ostree-n-content-total"], 0.0)
	require.Equal(t, []any{[]any{"extra", 0.0, map[string]any{"NewPackage": []any{"extra", "2:5-1", "noarch"}}}}, m["pkgdiff"])
	require.NotContains(t, m, "ref")

	repo := "--repo=" + w.path("repo")
	require.Equal(t, "true\n", w.tool("ostree", repo, "show", "--print-metadata-key=flag", res.Commit.String()))
	require.Equal(t, "int64 7\n", w.tool("ostree", repo, "show", "--print-metadata-key=number", res.Commit.String()))
	require.Equal(t, "[<'a'>, <'b'>]\n", w.tool("ostree", repo, "show", "--print-metadata-key=list", res.Commit.String()))

	lock, err := treefile.LoadLockfiles(os.DirFS(w.dir), "lock.json")
	require.NoError(t, err)
	require.Equal(t, "2:5-1.noarch", lock.Packages["extra"].EVRA)
	require.Contains(t, lock.Packages["extra"].Digest, "sha256:")
	require.Contains(t, lock.Repos, "test")
}

func TestLockfile(t *testing.T) {
	w := newWorld(t)
	w.packages(&rpmtest.Spec{Name: "extra", Version: "5"}, &rpmtest.Spec{Name: "extra", Version: "6"})
	text := strings.Replace(minimal, "[kernel]", "[kernel, extra]", 1)
	dry := func(o *compose.TreeOptions) { o.DryRun = true }
	has := func(res *compose.Result, name string) {
		t.Helper()
		var names []string
		for _, p := range res.Packages {
			names = append(names, p.String())
		}
		require.Contains(t, names, name)
	}
	has(w.compose(text, dry), "extra-6-1.noarch")
	lock := func(json string, strict bool) func(*compose.TreeOptions) {
		l, err := treefile.ParseLockfile(treefile.JSON, []byte(json))
		require.NoError(t, err)
		return func(o *compose.TreeOptions) { o.Lockfile, o.LockfileStrict = l, strict }
	}
	has(w.compose(text, dry, lock(`{"packages":{"extra":{"evra":"5-1.noarch"}}}`, false)), "extra-5-1.noarch")
	_, err := w.try(text, dry, lock(`{"packages":{"extra":{"evra":"5-1.noarch"}}}`, true))
	require.ErrorContains(t, err, "Packages not found: kernel")
	_, err = w.try(text, dry, lock(`{"packages":{"extra":{"evra":"7-1.noarch"}}}`, false))
	require.ErrorContains(t, err, "Couldn't find locked package 'extra-7-1.noarch'")
	_, err = w.try(text, dry, lock(`{"packages":{"extra":{"evra":"5-1.noarch","digest":"sha256:00"}}}`, false))
	require.ErrorContains(t, err, "Couldn't find locked package 'extra-5-1.noarch'")
}

func TestParents(t *testing.T) {
	w := newWorld(t)
	first := w.compose(minimal)
	force := func(o *compose.TreeOptions) { o.ForceNoCache = true }
	res := w.compose(minimal, force, func(o *compose.TreeOptions) { o.NoParent = true })
	require.True(t, w.commit(res.Commit).Parent.IsZero())
	res = w.compose(minimal, force, func(o *compose.TreeOptions) { o.Parent = first.Commit.String() })
	require.Equal(t, first.Commit, w.commit(res.Commit).Parent)
	res = w.compose(strings.Replace(minimal, "ref: os/test\n", "", 1), force, func(o *compose.TreeOptions) { o.PreviousCommit = "os/test" })
	require.Empty(t, res.Ref)
	require.Equal(t, first.Commit.IsZero(), res.Previous.IsZero())
	require.True(t, w.commit(res.Commit).Parent.IsZero())
}

func TestVersions(t *testing.T) {
	w := newWorld(t)
	text := minimal + "automatic-version-prefix: '10'\nmutate-os-release: '10'\n"
	force := func(o *compose.TreeOptions) { o.ForceNoCache = true }
	res := w.compose(text)
	require.Equal(t, "10", res.Version)
	require.Contains(t, w.read(res.Commit, "usr/lib/os-release"), "OSTREE_VERSION='10'\n")
	require.Equal(t, "../usr/lib/os-release", w.link(res.Commit, "usr/etc/os-release"))
	res = w.compose(text, force)
	require.Equal(t, "10.1", res.Version)
	require.Contains(t, w.read(res.Commit, "usr/lib/os-release"), "PRETTY_NAME=\"NestOS 10.1\"\n")
	require.Contains(t, w.read(res.Commit, "usr/lib/os-release"), "VERSION=\"10.1 (Test)\"\n")
	require.Equal(t, "10.8", w.compose(text, force, func(o *compose.TreeOptions) { o.PreviousVersion = "10.7" }).Version)
	require.Equal(t, "x", w.compose(text, force, func(o *compose.TreeOptions) { o.Metadata = map[string]any{"version": "x"} }).Version)
	require.Equal(t, "10-1", w.compose(text+"automatic-version-suffix: '-'\n", force, func(o *compose.TreeOptions) { o.PreviousVersion = "10" }).Version)
	w.compose(minimal+"mutate-os-release: '10'\n", force)
	w.said("Ignoring mutate-os-release: no commit version specified.")
}

func TestDownloadOnlyAndOffline(t *testing.T) {
	w := newWorld(t)
	_, err := w.try(minimal, func(o *compose.TreeOptions) { o.DownloadOnly, o.CacheDir = true, "" })
	require.EqualError(t, err, "--download-only can only be used with --cachedir")
	res := w.compose(minimal, func(o *compose.TreeOptions) { o.DownloadOnly = true })
	require.True(t, res.Changed)
	w.said("--dry-run complete; exiting")
	_, found, err := w.repo.ResolveRevOptional("os/test")
	require.NoError(t, err)
	require.False(t, found)
	require.NoError(t, os.RemoveAll(w.path("rpms")))
	res = w.compose(minimal, func(o *compose.TreeOptions) { o.CacheOnly = true })
	require.False(t, res.Commit.IsZero())
	w.fsck()
}

func TestCancelledLeavesNothing(t *testing.T) {
	w := newWorld(t)
	tf := w.load(minimal)
	ctx, cancel := context.WithCancel(t.Context())
	o := &compose.TreeOptions{Options: w.options(), Repo: w.repo}
	o.Message = func(l string) {
		if strings.HasPrefix(l, "Input state hash") {
			cancel()
		}
	}
	_, err := compose.Tree(ctx, tf, o)
	require.ErrorIs(t, err, context.Canceled)
	refs, err := w.repo.Refs("")
	require.NoError(t, err)
	require.Empty(t, refs)
	require.NoDirExists(t, w.path("cache/pkgcache-repo/extensions/rpmostree/private/commit"))
	require.NotEqual(t, object.Checksum{}, w.compose(minimal).Commit)
}

func TestCacheStaysSmall(t *testing.T) {
	w := newWorld(t)
	count := func() (n int) {
		require.NoError(t, filepath.WalkDir(w.path("cache/pkgcache-repo/objects"), func(_ string, d os.DirEntry, _ error) error {
			if !d.IsDir() {
				n++
			}
			return nil
		}))
		return n
	}
	w.compose(minimal)
	before := count()
	for i := range 3 {
		w.compose(minimal, func(o *compose.TreeOptions) { o.ForceNoCache, o.Epoch = true, epoch.Add(time.Duration(i)*time.Hour) })
	}
	require.Less(t, count(), before+10)
}

func TestParseMetadata(t *testing.T) {
	m, err := compose.ParseMetadata([]byte(`{"a": 9007199254740993, "b": {"c": null}}`))
	require.NoError(t, err)
	require.Equal(t, json.Number("9007199254740993"), m["a"])
	for text, want := range map[string]string{"[]": "metadata: not a JSON object", "{} x": "metadata: text behind the JSON object", "{": "metadata: unexpected EOF"} {
		_, err := compose.ParseMetadata([]byte(text))
		require.EqualError(t, err, want)
	}
	w := newWorld(t)
	w.compose(minimal, func(o *compose.TreeOptions) { o.Metadata = m })
	repo := "--repo=" + w.path("repo")
	require.Equal(t, "int64 9007199254740993\n", w.tool("ostree", repo, "show", "--print-metadata-key=a", "os/test"))
	require.Equal(t, "{'c': <@mv nothing>}\n", w.tool("ostree", repo, "show", "--print-metadata-key=b", "os/test"))
	_, err = w.try(minimal, func(o *compose.TreeOptions) { o.Metadata = map[string]any{"version": true} })
	require.EqualError(t, err, "commit metadata: version is no string")
}
