package pkgcache_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/pkgcache"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/stretchr/testify/require"
)

// entry describes a file of a commit.
func entry(t *testing.T, repo *ostree.Repo, c object.Checksum, name string) *ostree.TreeEntry {
	t.Helper()
	tree, err := repo.CommitFS(c)
	require.NoError(t, err)
	i, err := tree.Lstat(name)
	require.NoError(t, err)
	return i.Sys().(*ostree.TreeEntry)
}

func readFile(t *testing.T, repo *ostree.Repo, c object.Checksum, name string) string {
	t.Helper()
	tree, err := repo.CommitFS(c)
	require.NoError(t, err)
	b, err := tree.ReadFile(name)
	require.NoError(t, err)
	return string(b)
}

func conf(t *testing.T, spec *rpmtest.Spec) string {
	t.Helper()
	repo := newRepo(t)
	got, err := importSpec(t, repo, spec, nil)
	require.NoError(t, err)
	return readFile(t, repo, got.Commit, "usr/lib/rpm-ostree/tmpfiles.d/"+spec.Name+".conf")
}

func TestTmpfilesLines(t *testing.T) {
	const dir = rpm.ModeDir | 0o755
	require.Equal(t, `L /opt/A - - - - ../../usr/lib/opt/A
L '/opt/a b' - - - - ../../usr/lib/opt/a b
L /opt/zz - - - - ../../usr/lib/opt/zz
L /var/lib/alternatives - - - - ../../usr/lib/alternatives
L /var/lib/vagrant - - - - ../../usr/lib/vagrant
d /run/d 0755 root root - -
d /run/x 1777 u g - -
d '/var/+plus' 0755 root root - -
d '/var/100%%' 0755 root root - -
d '/var/back\\slash' 0755 root root - -
d '/var/it'\''s' 0755 root root - -
L /var/lib/link - - - - ../50%% of it's
d /var/lib/ok-1.2_3:4=5 0700 root root - -
d /run/old 0755 root root - -
d '/var/tab	here' 0755 root root - -
`, conf(t, &rpmtest.Spec{Name: "p", Files: []rpmtest.File{
		{Path: "/opt/a b/1", Content: []byte("x")}, {Path: "/opt/a b/2", Content: []byte("x")}, {Path: "/opt/zz", Mode: dir}, {Path: "/opt/A", LinkTo: "zz"},
		{Path: "/run/d", Mode: dir}, {Path: "/run/x", Mode: rpm.ModeDir | 0o1777, User: "u", Group: "g"},
		{Path: "/var/+plus", Mode: dir}, {Path: "/var/100%", Mode: dir}, {Path: `/var/back\slash`, Mode: dir}, {Path: "/var/it's", Mode: dir}, {Path: "/var/tab\there", Mode: dir},
		{Path: "/var/lib/alternatives", Mode: dir}, {Path: "/var/lib/link", LinkTo: "../50% of it's"}, {Path: "/var/lib/ok-1.2_3:4=5", Mode: rpm.ModeDir | 0o700},
		{Path: "/var/lib/rpm", Mode: dir}, {Path: "/var/lib/seed", Content: []byte("x")}, {Path: "/var/lib/vagrant", Mode: dir}, {Path: "/var/run/old", Mode: dir},
	}}))
}

func TestTmpfilesRefuses(t *testing.T) {
	for _, path := range []string{"/var/new\nline", "/run/a\rb", "/opt/a\nb/c"} {
		_, err := importSpec(t, newRepo(t), &rpmtest.Spec{Name: "p", Files: []rpmtest.File{{Path: path, Mode: rpm.ModeDir | 0o755}}}, nil)
		require.ErrorContains(t, err, "not supported", path)
	}
}

// systemd-tmpfiles makes what the package has.
func TestTmpfilesOfSystemd(t *testing.T) {
	tool := testutil.Tool(t, "systemd-tmpfiles")
	testutil.Root(t)
	spec := &rpmtest.Spec{Name: "p"}
	names := []string{"plain", "with space", "it's", `a"b`, "100%", "%b", `back\slash`, `\x41`, "tab\there", "#x", "~", "é", "a;b", "$(x)", "*"}
	for _, n := range names {
		spec.Files = append(spec.Files, rpmtest.File{Path: "/var/d/" + n, Mode: rpm.ModeDir | 0o750}, rpmtest.File{Path: "/run/l/" + n, LinkTo: n + " 5% 'x'\n"})
	}
	root := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(root, "etc"), 0o755))
	file := filepath.Join(root, "p.conf")
	require.NoError(t, os.WriteFile(file, []byte(conf(t, spec)), 0o644))
	out, err := exec.Command(tool, "--create", "--root="+root, file).CombinedOutput()
	require.NoError(t, err, string(out))
	for _, n := range names {
		i, err := os.Lstat(filepath.Join(root, "var/d", n))
		require.NoError(t, err, "%s", out)
		require.Equal(t, os.ModeDir|0o750, i.Mode())
		target, err := os.Readlink(filepath.Join(root, "run/l", n))
		require.NoError(t, err)
		require.Equal(t, n+" 5% 'x'\n", target)
	}
}

// The members of a set of hard links go to different places, and some of them nowhere.
func TestHardLinks(t *testing.T) {
	const doc, license = rpm.FileDoc, rpm.FileDoc | rpm.FileLicense
	for name, c := range map[string]struct {
		files []rpmtest.File
		opts  pkgcache.ImportOptions
		kept  string // names of one object
		gone  string
	}{
		"translated": {[]rpmtest.File{{Path: "/etc/a"}, {Path: "/opt/x/a"}, {Path: "/usr/share/a"}, {Path: "/boot/a"}}, pkgcache.ImportOptions{},
			"usr/etc/a usr/lib/opt/x/a usr/share/a usr/lib/ostree-boot/a", ""},
		"content with a document": {[]rpmtest.File{{Path: "/usr/a"}, {Path: "/usr/share/doc/z", Flags: doc}}, pkgcache.ImportOptions{NoDocs: true}, "usr/a", "usr/share/doc/z"},
		"documents around":        {[]rpmtest.File{{Path: "/usr/a", Flags: doc}, {Path: "/usr/b", Flags: license}, {Path: "/usr/c"}, {Path: "/usr/d", Flags: doc}}, pkgcache.ImportOptions{NoDocs: true}, "usr/b usr/c", "usr/a usr/d"},
		"with documents":          {[]rpmtest.File{{Path: "/usr/a", Flags: doc}, {Path: "/usr/b"}}, pkgcache.ImportOptions{}, "usr/a usr/b", ""},
		"content in var":          {[]rpmtest.File{{Path: "/usr/a"}, {Path: "/usr/b"}, {Path: "/var/lib/z"}}, pkgcache.ImportOptions{}, "usr/a usr/b", "var"},
		"nothing is kept":         {[]rpmtest.File{{Path: "/run/a"}, {Path: "/var/a"}, {Path: "/var/lib/rpm/a"}}, pkgcache.ImportOptions{}, "", "var run usr/lib/rpm"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := &rpmtest.Spec{Name: "p", Files: c.files}
			var flags []uint32
			for i := range spec.Files {
				flags = append(flags, uint32(spec.Files[i].Flags))
				spec.Files[i].Mode = 0o664
				if i == 0 {
					spec.Files[i].Content = []byte("shared")
				} else {
					spec.Files[i].HardLink = spec.Files[0].Path
				}
			}
			// Links are made with the flags of the file that they are links to.
			spec.Header = func(b *rpm.HeaderBuilder) { b.SetUint32s(rpm.TagFileFlags, flags...) }
			repo := newRepo(t)
			got, err := importSpec(t, repo, spec, &c.opts)
			require.NoError(t, err)
			objects := map[object.Checksum]bool{}
			for _, n := range strings.Fields(c.kept) {
				require.Equal(t, "shared", readFile(t, repo, got.Commit, n))
				objects[entry(t, repo, got.Commit, n).Checksum] = true
			}
			require.Len(t, objects, min(len(c.kept), 1))
			tree, err := repo.CommitFS(got.Commit)
			require.NoError(t, err)
			for _, n := range strings.Fields(c.gone) {
				_, err := tree.Lstat(n)
				require.ErrorIs(t, err, os.ErrNotExist, n)
			}
		})
	}
}

func TestAttributes(t *testing.T) {
	spec := &rpmtest.Spec{
		Name: "p", Files: []rpmtest.File{
			{Path: "/usr/bin/a", Mode: 0o775, Content: []byte("a")}, {Path: "/usr/bin/b", Mode: 0o6755, Content: []byte("b"), Caps: "="},
			{Path: "/usr/share/c", Mode: 0o664, Content: []byte("c"), User: "u"}, {Path: "/usr/share/chk", LinkTo: "../..//sbin/chkconfig"}, {Path: "/usr/share/other", LinkTo: "a//b"},
		},
		Header: func(b *rpm.HeaderBuilder) {
			b.SetStrings(rpm.TagFileSignatures, "030204aabbccddee", strings.Repeat("00", 9), "", "", "")
			b.SetUint32s(rpm.TagFileSignatureLength, 9)
		},
	}
	repo := newRepo(t)
	plain, err := importSpec(t, repo, spec, nil)
	require.NoError(t, err)
	e := entry(t, repo, plain.Commit, "usr/bin/a")
	require.Equal(t, uint32(0o100775), e.Header.Mode)
	require.Empty(t, e.Header.Xattrs)
	require.Equal(t, "../../sbin/chkconfig", entry(t, repo, plain.Commit, "usr/share/chk").Header.Symlink)
	require.Equal(t, "a//b", entry(t, repo, plain.Commit, "usr/share/other").Header.Symlink)

	testutil.Root(t) // to write files that their owner may not write to
	signed, err := importSpec(t, repo, spec, &pkgcache.ImportOptions{IMA: true, ReadOnlyExecutables: true})
	require.NoError(t, err)
	for name, want := range map[string]struct {
		mode uint32
		ima  string
	}{"usr/bin/a": {0o100555, "\x03\x02\x04\xaa\xbb\xcc\xdd\xee"}, "usr/bin/b": {0o106555, ""}, "usr/share/c": {0o100664, ""}} {
		e := entry(t, repo, signed.Commit, name)
		require.Equal(t, want.mode, e.Header.Mode, name)
		require.Zero(t, e.Header.UID)
		ima, _ := e.Header.Xattrs.Get("security.ima")
		require.Equal(t, want.ima, string(ima), name)
	}
}

// byPath labels files with their path.
type byPath struct{ prefix string }

func (p byPath) Lookup(path string, mode uint32) (string, bool, error) {
	if strings.HasSuffix(path, "/none") {
		return "", false, nil
	}
	return fmt.Sprintf("%s%s:%o", p.prefix, path, mode&0o170000), true, nil
}

func TestRelabel(t *testing.T) {
	spec := &rpmtest.Spec{Name: "p", Files: []rpmtest.File{
		{Path: "/etc/a", Content: []byte("x")}, {Path: "/usr/share/a", HardLink: "/etc/a"}, {Path: "/usr/share/none", Content: []byte("n")},
		{Path: "/usr/share/link", LinkTo: "a"}, {Path: "/usr/bin/c", Mode: 0o755, Content: []byte("c"), Caps: "cap_kill=ep"}, {Path: "/var/lib/p", Mode: rpm.ModeDir | 0o700},
	}}
	repo := newRepo(t)
	one, two := &ostree.SELinuxPolicy{Policy: byPath{"one"}}, &ostree.SELinuxPolicy{Policy: byPath{"two"}}
	options := func(p *ostree.SELinuxPolicy, sum string) *pkgcache.ImportOptions {
		return &pkgcache.ImportOptions{Policy: p, PolicyChecksum: sum, RepoID: "r", RepoTime: 7, Repodata: "sha256:aa", NoDocs: true}
	}
	fresh := func(p *ostree.SELinuxPolicy, sum string) object.Checksum {
		got, err := importSpec(t, newRepo(t), spec, options(p, sum))
		require.NoError(t, err)
		return got.Commit
	}
	got, err := importSpec(t, repo, spec, options(one, "1111"))
	require.NoError(t, err)
	label, _ := entry(t, repo, got.Commit, "usr/share/a").Header.Xattrs.Get("security.selinux")
	require.Equal(t, "one/usr/share/a:100000\x00", string(label), "each name has its own label")
	c, err := pkgcache.Load(repo, got.Ref)
	require.NoError(t, err)
	require.Equal(t, "1111", c.Policy)

	txn, err := repo.Begin(t.Context(), nil)
	require.NoError(t, err)
	defer txn.Abort()
	for _, step := range []struct {
		policy *ostree.SELinuxPolicy
		sum    string
	}{{two, "2222"}, {nil, ""}, {one, "1111"}} {
		commit, err := pkgcache.Relabel(t.Context(), txn, repo, got.Commit, step.policy, step.sum)
		require.NoError(t, err)
		require.Equal(t, fresh(step.policy, step.sum), commit, "as if imported with policy %q", step.sum)
	}
}

// A package whose payload is not what its header says leaves nothing behind.
func TestLies(t *testing.T) {
	files := []rpmtest.File{{Path: "/usr/share/a", Content: []byte("aaaa")}, {Path: "/usr/share/b", Content: []byte("bbbb")}, {Path: "/usr/share/z", Flags: rpm.FileGhost}}
	rename := func(names ...string) func(*rpm.HeaderBuilder) {
		return func(b *rpm.HeaderBuilder) { b.SetStrings(rpm.TagBasenames, names...) }
	}
	for name, c := range map[string]struct {
		header func(*rpm.HeaderBuilder)
		file   func([]byte) []byte
		err    string
	}{
		"unknown name": {header: rename("a", "c", "z"), err: "usr/share/b"},
		"name twice":   {header: rename("a", "a", "z"), err: "usr/share/b"},
		"file missing": {header: func(b *rpm.HeaderBuilder) { b.SetUint32s(rpm.TagFileFlags, 0, 0, 0) }, err: "usr/share/z"},
		"wrong digest": {header: func(b *rpm.HeaderBuilder) {
			b.SetStrings(rpm.TagFileDigests, strings.Repeat("0", 64), strings.Repeat("0", 64), "")
		}, err: "digest"},
		"wrong size":    {header: func(b *rpm.HeaderBuilder) { b.SetUint32s(rpm.TagFileSizes, 4, 5, 0) }, err: "usr/share/b"},
		"other payload": {header: func(b *rpm.HeaderBuilder) { b.SetStrings(rpm.TagPayloadDigest, strings.Repeat("0", 64)) }, err: "digest"},
		"truncated":     {file: func(b []byte) []byte { return b[:len(b)-12] }, err: "EOF"},
		"path upwards":  {header: func(b *rpm.HeaderBuilder) { b.SetStrings(rpm.TagDirnames, "/usr/share/../../etc/") }, err: ""},
		"bad name":      {header: func(b *rpm.HeaderBuilder) { b.SetString(rpm.TagName, "../../x") }, err: "../../x"},
	} {
		t.Run(name, func(t *testing.T) {
			repo := newRepo(t)
			spec := &rpmtest.Spec{Name: "p", Files: files, Header: c.header}
			file := rpmtest.Write(t, t.TempDir(), spec)
			if c.file != nil {
				b, err := os.ReadFile(file)
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(file, c.file(b), 0o644))
			}
			err := importFile(t, repo, file)
			require.ErrorContains(t, err, c.err)
			refs, err := repo.Refs("")
			require.NoError(t, err)
			require.Empty(t, refs)
			names, err := filepath.Glob(filepath.Join(repo.Path(), "objects/*/*"))
			require.NoError(t, err)
			require.Empty(t, names)
		})
	}
}

// Links of a package do not lead its files to other places.
func TestLinksLeadNowhere(t *testing.T) {
	for name, files := range map[string][]rpmtest.File{
		"file":                 {{Path: "/usr/a", LinkTo: "/var"}, {Path: "/usr/a/x", Content: []byte("x")}},
		"relative":             {{Path: "/usr/a", LinkTo: "../etc"}, {Path: "/usr/a/x", Content: []byte("x")}, {Path: "/etc/y", Content: []byte("y")}},
		"link":                 {{Path: "/usr/a", LinkTo: "share"}, {Path: "/usr/a/x", LinkTo: "y"}},
		"directory":            {{Path: "/usr/a", LinkTo: "share"}, {Path: "/usr/a/x", Mode: rpm.ModeDir | 0o755}},
		"hard link":            {{Path: "/usr/0", Content: []byte("x")}, {Path: "/usr/a", LinkTo: "share"}, {Path: "/usr/a/x", HardLink: "/usr/0"}},
		"file, then directory": {{Path: "/usr/a", Content: []byte("x")}, {Path: "/usr/a/", Mode: rpm.ModeDir | 0o755}},
	} {
		t.Run(name, func(t *testing.T) {
			files = append(files, rpmtest.File{Path: "/usr/share", Mode: rpm.ModeDir | 0o755})
			_, err := importSpec(t, newRepo(t), &rpmtest.Spec{Name: "p", Files: files}, nil)
			require.Error(t, err)
		})
	}
}

func importFile(t *testing.T, repo *ostree.Repo, file string) error {
	t.Helper()
	p, err := rpm.Open(file)
	if err != nil {
		return err
	}
	defer p.Close()
	txn, err := repo.Begin(t.Context(), nil)
	require.NoError(t, err)
	defer txn.Abort()
	_, err = pkgcache.Import(t.Context(), txn, repo, p, nil)
	return err
}
