package ostree_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

// TestInteropMatrix commits random trees with both programs, in all modes and with all kinds of options:
// the commits have the same checksum and consist of the same objects. Then each program verifies, pulls and
// checks out what the other one has made.
func TestInteropMatrix(t *testing.T) {
	testutil.Root(t)
	testutil.Tool(t, "ostree")
	seed := testutil.Seed(t)
	for i, mode := range modes {
		scene := newMatrixScene(t, mode, seed+uint64(i))
		for j, c := range matrixCases {
			if c.only != nil && !c.only(mode) {
				continue
			}
			t.Run(mode.String()+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				m := &matrixRun{t: t, scene: scene, c: c, rng: rand.New(rand.NewPCG(seed, uint64(100*i+j)))}
				m.run()
			})
		}
	}
}

// matrixScene is what the cases of one mode commit.
type matrixScene struct {
	mode                ostree.Mode
	tree, tar, policy   string
	statOverride, skip  string // files
	overridden, leftOut string // paths that they name
}

func newMatrixScene(t *testing.T, mode ostree.Mode, seed uint64) *matrixScene {
	dir := t.TempDir()
	s := &matrixScene{mode: mode, tree: filepath.Join(dir, "tree"), tar: filepath.Join(dir, "tree.tar"), policy: filepath.Join(dir, "policy"),
		statOverride: filepath.Join(dir, "override"), skip: filepath.Join(dir, "skip"), overridden: "/over/ridden", leftOut: "/left/out"}
	require.NoError(t, os.Mkdir(s.tree, 0o755))
	special := mode != ostree.ModeBareUserOnly
	testutil.RandomTree(t, s.tree, seed, &testutil.TreeOptions{Entries: 60, Xattrs: true, Owners: true, SpecialModes: special, HardLinks: true, MaxSize: 1 << 16})
	removeNonUTF8(t, s.tree)
	removeNames(t, s.tree, "\u0301") // libarchive composes what is decomposed
	dropEmptyXattrs(t, s.tree)       // which tar programs cannot represent
	write(t, s.tree, "over/ridden", "x", 0o640)
	write(t, s.tree, "left/out/f", "x", 0o644)
	write(t, s.tree, "left/in", "x", 0o644)
	write(t, s.tree, "usr/lib/modules/6.1.0/vmlinuz", strings.Repeat("kernel", 5000), 0o644)
	require.NoError(t, os.WriteFile(s.statOverride, []byte("73 /over/ridden\n=420 /left/in\n"), 0o644))
	require.NoError(t, os.WriteFile(s.skip, []byte(s.leftOut+"\n"), 0o644))
	testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "tar"), "-C", s.tree, "--xattrs", "--xattrs-include=user.*", "--format=pax",
		"--numeric-owner", "--sort=name", "-cf", s.tar, ".")
	writePolicy(t, s.policy)
	return s
}

// writePolicy makes a system root with an SELinux policy, as far as labelling needs one.
func writePolicy(t testing.TB, root string) {
	write(t, root, "etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=targeted\n", 0o644)
	write(t, root, "etc/selinux/targeted/policy/policy.31", "binary", 0o644)
	write(t, root, "etc/selinux/targeted/contexts/files/file_contexts", strings.Join([]string{
		"/.*\tsystem_u:object_r:default_t:s0", "/usr(/.*)?\tsystem_u:object_r:usr_t:s0", "/usr/lib/modules(/.*)?\tsystem_u:object_r:modules_object_t:s0",
		"/usr/lib/modules/[^/]+/vmlinuz\t--\tsystem_u:object_r:boot_t:s0", "/left/in\t<<none>>", "/over\t-d\tsystem_u:object_r:dir_t:s0",
		"/a[0-9]*.*\tsystem_u:object_r:a_t:s0", "/.*link.*\t-l\tsystem_u:object_r:link_t:s0", ""}, "\n"), 0o644)
}

// matrixCase is a set of options, for both programs.
type matrixCase struct {
	name string
	args func(s *matrixScene) []string
	// ours adds the same to what is committed by us; any of the functions may be nil.
	rules  func(t testing.TB, s *matrixScene, r *ostree.CommitRules)
	mod    func(t testing.TB, s *matrixScene, m *ostree.Modifier)
	commit func(o *ostree.CommitOptions)
	sizes  bool // --generate-sizes
	tar    bool // the archive instead of the directory
	config [2]string
	only   func(m ostree.Mode) bool
}

func fixedArgs(args ...string) func(*matrixScene) []string {
	return func(*matrixScene) []string { return args }
}

var matrixCases = []matrixCase{
	{name: "plain"},
	{name: "canonical permissions", args: fixedArgs("--canonical-permissions"), mod: func(_ testing.TB, _ *matrixScene, m *ostree.Modifier) { m.CanonicalPermissions = true }},
	{name: "no xattrs", args: fixedArgs("--no-xattrs"), mod: func(_ testing.TB, _ *matrixScene, m *ostree.Modifier) { m.NoXattrs = true }},
	{name: "owner", args: fixedArgs("--owner-uid=12", "--owner-gid=34"), rules: func(_ testing.TB, _ *matrixScene, r *ostree.CommitRules) {
		uid, gid := uint32(12), uint32(34)
		r.OwnerUID, r.OwnerGID = &uid, &gid
	}},
	{name: "read-only executables", args: fixedArgs("--mode-ro-executables"), rules: func(_ testing.TB, _ *matrixScene, r *ostree.CommitRules) { r.ROExecutables = true }},
	{name: "statoverride and skip-list", args: func(s *matrixScene) []string {
		return []string{"--statoverride=" + s.statOverride, "--skip-list=" + s.skip}
	},
		rules: func(t testing.TB, s *matrixScene, r *ostree.CommitRules) {
			f, err := os.Open(s.statOverride)
			require.NoError(t, err)
			defer f.Close()
			r.StatOverride, err = ostree.ParseStatOverride(f)
			require.NoError(t, err)
			g, err := os.Open(s.skip)
			require.NoError(t, err)
			defer g.Close()
			r.SkipList, err = ostree.ParseSkipList(g)
			require.NoError(t, err)
		}},
	{name: "tar", tar: true, args: func(s *matrixScene) []string { return []string{"--tree=tar=" + s.tar} }},
	{name: "tar with owner and canonical permissions", tar: true,
		args: func(s *matrixScene) []string { return []string{"--tree=tar=" + s.tar, "--canonical-permissions"} },
		mod:  func(_ testing.TB, _ *matrixScene, m *ostree.Modifier) { m.CanonicalPermissions = true }},
	{name: "sizes", args: fixedArgs("--generate-sizes"), sizes: true, only: func(m ostree.Mode) bool { return m == ostree.ModeArchive }},
	{name: "bootable", args: fixedArgs("--bootable", "--add-metadata-string=version=40.1"), commit: func(o *ostree.CommitOptions) {
		o.Bootable = true
		o.Metadata.Set("version", object.NewString("40.1"))
	}},
	{name: "metadata", args: fixedArgs("--add-metadata-string=b=text", "--add-metadata-string=a=ünïcödé", "--add-metadata=n=uint32 7", "--add-metadata=l=[<1>, <'x'>]",
		"--add-detached-metadata-string=d=e", "-s", "a subject", "-m", "a body\nof lines"),
		commit: func(o *ostree.CommitOptions) {
			o.Metadata.Set("b", object.NewString("text"))
			o.Metadata.Set("a", object.NewString("ünïcödé"))
			for _, kv := range [][2]string{{"n", "uint32 7"}, {"l", "[<1>, <'x'>]"}} {
				v, err := object.ParseVariant(kv[1], "")
				if err != nil {
					panic(err)
				}
				o.Metadata.Set(kv[0], v)
			}
			o.Detached = &object.Dict{}
			o.Detached.Set("d", object.NewString("e"))
			o.Subject, o.Body = "a subject", "a body\nof lines"
		}},
	{name: "bindings", args: fixedArgs("--bind-ref=zz", "--bind-ref=aa/b"), commit: func(o *ostree.CommitOptions) { o.Refs = append(o.Refs, "zz", "aa/b") }},
	{name: "no bindings", args: fixedArgs("--no-bindings"), commit: func(o *ostree.CommitOptions) { o.NoBindings = true }},
	{name: "collection", config: [2]string{"collection-id", "org.example.Matrix"}},
	{name: "without xattrs by configuration", config: [2]string{"disable-xattrs", "true"}},
	{name: "tar without xattrs", tar: true,
		args: func(s *matrixScene) []string { return []string{"--tree=tar=" + s.tar, "--no-xattrs"} },
		mod:  func(_ testing.TB, _ *matrixScene, m *ostree.Modifier) { m.NoXattrs = true }},
	{name: "tar with labels", tar: true, only: keepsXattrs,
		args: func(s *matrixScene) []string {
			return []string{"--tree=tar=" + s.tar, "--no-xattrs", "--selinux-policy=" + s.policy}
		},
		mod: func(t testing.TB, s *matrixScene, m *ostree.Modifier) { m.NoXattrs = true; labelled(t, s, m) }},
	// With other xattrs on the same file, the reference (before 2024.10) does not sort the label in.
	{name: "selinux", only: keepsXattrs, args: func(s *matrixScene) []string { return []string{"--selinux-policy=" + s.policy, "--no-xattrs"} },
		mod: func(t testing.TB, s *matrixScene, m *ostree.Modifier) { m.NoXattrs = true; labelled(t, s, m) }},
	{name: "selinux on canonical permissions", only: keepsXattrs,
		args: func(s *matrixScene) []string {
			return []string{"--selinux-policy=" + s.policy, "--canonical-permissions"}
		},
		mod: func(t testing.TB, s *matrixScene, m *ostree.Modifier) {
			m.CanonicalPermissions = true
			labelled(t, s, m)
		}},
	{name: "selinux without other xattrs by configuration", config: [2]string{"disable-xattrs", "true"},
		only: func(m ostree.Mode) bool { return m == ostree.ModeArchive || m == ostree.ModeBareUser },
		args: func(s *matrixScene) []string { return []string{"--selinux-policy=" + s.policy} }, mod: labelled},
}

func keepsXattrs(m ostree.Mode) bool { return m != ostree.ModeBareUserOnly }

func labelled(t testing.TB, s *matrixScene, m *ostree.Modifier) {
	var err error
	m.SELinux, err = ostree.LoadSELinuxPolicy(os.DirFS(s.policy), 0)
	require.NoError(t, err)
	require.NotNil(t, m.SELinux)
}

// matrixRun is one case in one mode.
type matrixRun struct {
	t     *testing.T
	scene *matrixScene
	c     matrixCase
	rng   *rand.Rand
}

func (m *matrixRun) tool(args ...string) string {
	m.t.Helper()
	return strings.TrimSpace(testutil.Run(m.t, &testutil.RunOptions{Must: true}, "ostree", args...).Stdout)
}

func (m *matrixRun) run() {
	t := m.t
	theirs, ours := m.repo(t.TempDir()+"/theirs"), m.repo(t.TempDir()+"/ours")
	m.alter(ours.Path())
	m.alter(theirs.Path())
	ours, theirs = m.reopen(ours), m.reopen(theirs)
	args := []string{"--repo=" + theirs.Path(), "commit", "-b", "main", "--timestamp=@1700000000"}
	if !m.c.tar {
		args = append(args, m.scene.tree)
	}
	if m.c.args != nil {
		args = append(args, m.c.args(m.scene)...)
	}
	want := m.tool(args...)
	commit := m.commit(ours)
	if want != commit.String() {
		require.Equal(t, m.tool("--repo="+theirs.Path(), "ls", "-RCX", "main"), m.tool("--repo="+ours.Path(), "ls", "-RCX", "main"))
		require.Equal(t, m.tool("--repo="+theirs.Path(), "show", "-B", "--raw", "main"), m.tool("--repo="+ours.Path(), "show", "-B", "--raw", "main"))
		require.Equal(t, want, commit.String())
	}
	require.Equal(t, objectsOf(t, theirs.Path()), objectsOf(t, ours.Path()))
	crossFsck(t, ours, theirs)
	m.summaries(ours, theirs)
	if m.c.config[0] != "disable-xattrs" { // the reference writes them all the same
		m.checkouts(ours, theirs, commit)
	}
	m.pulls(ours, theirs, commit)
}

func (m *matrixRun) repo(path string) *ostree.Repo { return initRepo(m.t, path, m.scene.mode) }

func (m *matrixRun) alter(repo string) {
	if m.c.config[0] != "" {
		m.tool("--repo="+repo, "config", "set", "core."+m.c.config[0], m.c.config[1])
	}
}

func (m *matrixRun) reopen(r *ostree.Repo) *ostree.Repo {
	r, err := ostree.Open(r.Path(), nil)
	require.NoError(m.t, err)
	m.t.Cleanup(func() { r.Close() })
	return r
}

func (m *matrixRun) commit(r *ostree.Repo) object.Checksum {
	t, ctx := m.t, m.t.Context()
	mod, rules := &ostree.Modifier{}, &ostree.CommitRules{}
	if m.c.rules != nil {
		m.c.rules(t, m.scene, rules)
		mod.Filter = rules.Filter
	}
	if m.c.mod != nil {
		m.c.mod(t, m.scene, mod)
	}
	txn, err := r.Begin(ctx, nil)
	require.NoError(t, err)
	defer txn.Abort()
	if m.c.sizes {
		txn.CollectSizes()
	}
	tree := ostree.NewTree()
	if m.c.tar {
		f, err := os.Open(m.scene.tar)
		require.NoError(t, err)
		defer f.Close()
		require.NoError(t, txn.AddTar(ctx, tree, f, mod, nil))
	} else {
		require.NoError(t, txn.AddDirectory(ctx, tree, m.scene.tree, mod))
	}
	root, meta, err := txn.WriteTree(tree)
	require.NoError(t, err)
	o := &ostree.CommitOptions{Refs: []string{"main"}, Time: time.Unix(1700000000, 0), Metadata: &object.Dict{}}
	if m.c.commit != nil {
		m.c.commit(o)
	}
	c, err := txn.WriteCommit(ctx, root, meta, o)
	require.NoError(t, err)
	require.NoError(t, txn.SetRef("main", c))
	_, err = txn.Commit(ctx)
	require.NoError(t, err)
	return c
}

// summaries are the same to the byte when their dates are. With a collection they come with a commit of
// their own, which has a date too; that has a test of its own.
func (m *matrixRun) summaries(ours, theirs *ostree.Repo) {
	if m.c.config[0] == "collection-id" {
		return
	}
	m.tool("--repo="+theirs.Path(), "summary", "-u")
	want := read(m.t, theirs.Path(), "summary")
	s, err := ostree.ParseSummary([]byte(want))
	require.NoError(m.t, err)
	require.NoError(m.t, ours.UpdateSummary(m.t.Context(), &ostree.SummaryOptions{Time: s.LastModified()}))
	require.Equal(m.t, want, read(m.t, ours.Path(), "summary"))
}

// checkouts by either program of the other's repository are the same.
func (m *matrixRun) checkouts(ours, theirs *ostree.Repo, commit object.Checksum) {
	t := m.t
	dir := filepath.Dir(ours.Path())
	for i, c := range []struct {
		args []string
		opts ostree.CheckoutOptions
	}{{nil, ostree.CheckoutOptions{}}, {[]string{"-U"}, ostree.CheckoutOptions{UserMode: true, UncompressedCache: true}}, {[]string{"-U", "-C"}, ostree.CheckoutOptions{UserMode: true, ForceCopy: true}}} {
		a, b := filepath.Join(dir, fmt.Sprint("a", i)), filepath.Join(dir, fmt.Sprint("b", i))
		m.tool(append([]string{"--repo=" + ours.Path(), "checkout", "main", a}, c.args...)...)
		require.NoError(t, theirs.Checkout(t.Context(), commit, b, &c.opts))
		testutil.SameTree(t, a, b, &testutil.SameOptions{Xattr: func(string) bool { return true }})
	}
	if m.c.name != "plain" || m.scene.mode == ostree.ModeBareUserOnly {
		return
	}
	testutil.SameTree(t, m.scene.tree, filepath.Join(dir, "a0"), nil)
}

// pulls by either program from the other's repository, on this host and over HTTP, into modes that can hold
// the commit.
func (m *matrixRun) pulls(ours, theirs *ostree.Repo, commit object.Checksum) {
	t := m.t
	into := []ostree.Mode{ostree.ModeArchive, ostree.ModeBareUser, ostree.ModeBare}
	if m.scene.mode == ostree.ModeBareUserOnly && !strings.Contains(m.c.name, "selinux") {
		into = append(into, ostree.ModeBareUserOnly)
	}
	mode := into[m.rng.IntN(len(into))]
	untrusted := m.rng.IntN(2) == 0
	t.Logf("pulling into %v, untrusted: %v", mode, untrusted)
	a, b := initRepo(t, t.TempDir()+"/a", mode), initRepo(t, t.TempDir()+"/b", mode)
	args := []string{"--repo=" + a.Path(), "pull-local", ours.Path(), "main"}
	if untrusted {
		args = append(args, "--untrusted")
	}
	m.tool(args...)
	_, err := b.PullLocal(t.Context(), theirs, &ostree.PullLocalOptions{Refs: []string{"main"}, Untrusted: untrusted})
	require.NoError(t, err)
	m.samePulled(a, b, commit)
	if m.scene.mode != ostree.ModeArchive {
		return
	}
	a, b = initRepo(t, t.TempDir()+"/a", mode), initRepo(t, t.TempDir()+"/b", mode)
	for _, r := range []*ostree.Repo{a, b} {
		from := ours
		if r == b {
			from = theirs
		}
		addRemote(t, r, "o", serve(t, from.Path()).URL)
	}
	m.tool("--repo="+a.Path(), "pull", "--mirror", "o", "main")
	_, err = b.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}, Mirror: true})
	require.NoError(t, err)
	m.samePulled(a, b, commit)
}

// crossFsck has the reference verify what is ours, and us what is theirs.
func crossFsck(t testing.TB, ours, theirs *ostree.Repo) {
	t.Helper()
	ostreeTool(t, "fsck", "-q", "--repo="+ours.Path())
	_, err := theirs.Fsck(t.Context(), nil)
	require.NoError(t, err)
}

func (m *matrixRun) samePulled(a, b *ostree.Repo, commit object.Checksum) {
	t := m.t
	for _, r := range []*ostree.Repo{a, b} {
		require.Equal(t, commit, resolve(t, r, "main"))
	}
	crossFsck(t, b, a)
	require.Equal(t, objectsOf(t, a.Path()), objectsOf(t, b.Path()))
	testutil.SameTree(t, filepath.Join(a.Path(), "objects"), filepath.Join(b.Path(), "objects"), &testutil.SameOptions{IgnoreModes: false})
}
