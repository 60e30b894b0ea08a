package ostree_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// printed is what a run of fsck shows, with what may differ between programs taken out: progress, and
// the order of commits within a line and of the lines that mark them.
type printed struct {
	Out, Err string
	Exit     int
	State    []string
	Objects  map[string]int64
}

// boundCommit: which of several commits is looked at first differs.
var boundCommit = regexp.MustCompile(`(in bindings for commit )[0-9a-f]{64}`)

var commitsIn = regexp.MustCompile(`(?i)(in commits )([0-9a-f, ]+)(: )`)

func normalize(out, errs string, exit int, t testing.TB, repo string) printed {
	errs = boundCommit.ReplaceAllString(errs, "${1}(the first one)")
	errs = commitsIn.ReplaceAllStringFunc(errs, func(s string) string {
		m := commitsIn.FindStringSubmatch(s)
		list := strings.Split(m[2], ", ")
		slices.Sort(list)
		return m[1] + strings.Join(list, ", ") + m[3]
	})
	lines := strings.SplitAfter(errs, "\n")
	marking := func(s string) bool { return strings.HasPrefix(s, "Marking commit") }
	for i := 0; i < len(lines); i++ {
		j := i
		for j < len(lines) && marking(lines[j]) {
			j++
		}
		slices.Sort(lines[i:j])
		i = max(i, j-1)
	}
	p := printed{Err: strings.Join(lines, ""), Exit: exit, Objects: objectsOf(t, repo)}
	for l := range strings.Lines(out) {
		if !strings.HasPrefix(l, "fsck objects (") {
			p.Out += l
		}
	}
	marks, _ := os.ReadDir(filepath.Join(repo, "state"))
	for _, m := range marks {
		b, err := os.ReadFile(filepath.Join(repo, "state", m.Name()))
		require.NoError(t, err)
		p.State = append(p.State, m.Name()+"="+string(b))
	}
	return p
}

func ourFsck(t testing.TB, repo string, opts ostree.FsckOptions) printed {
	t.Helper()
	r, err := ostree.Open(repo, nil)
	require.NoError(t, err)
	defer r.Close()
	var out, errs strings.Builder
	done := 0
	opts.Report = func(e ostree.FsckEvent) {
		switch e.Kind {
		case ostree.FsckProblem:
			errs.WriteString(e.Text + "\n")
		case ostree.FsckProgress:
			require.Greater(t, e.Done, done)
			done = e.Done
		default:
			out.WriteString(e.Text + "\n")
		}
	}
	exit := 0
	if _, err := r.Fsck(t.Context(), &opts); err != nil {
		exit = 1
		errs.WriteString("error: " + err.Error() + "\n")
	}
	return normalize(out.String(), errs.String(), exit, t, repo)
}

func realFsck(t testing.TB, tool, repo string, args ...string) printed {
	t.Helper()
	res := testutil.Run(t, nil, tool, append([]string{"--repo=" + repo, "fsck"}, args...)...)
	return normalize(res.Stdout, res.Stderr, res.Exit, t, repo)
}

func copyRepo(t testing.TB, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	testutil.CopyTree(t, from, to)
	return to
}

// specimen is a small repository with two commits on main and the names of some of its objects.
type specimen struct {
	path                            string
	mode                            ostree.Mode
	tip, parent                     object.Name
	file, link, tree, leaf, dirMeta object.Name
}

func newSpecimen(t testing.TB, mode ostree.Mode) *specimen {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "t")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "d", "e"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "d", "f"), []byte("hello\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "d", "e", "g"), []byte("world\n"), 0o644))
	require.NoError(t, os.Symlink("f", filepath.Join(dir, "d", "l")))
	require.NoError(t, os.Chmod(dir, 0o755))
	r := newRepo(t, mode)
	rules := &ostree.Modifier{CanonicalPermissions: true, NoXattrs: true}
	s := &specimen{path: r.Path(), mode: mode}
	first := commitDir(t, r, dir, "main", rules, nil)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "d", "n"), []byte("x\n"), 0o644))
	second := commitDir(t, r, dir, "main", rules, &ostree.CommitOptions{Parent: first, Refs: []string{"main"}})
	s.tip, s.parent = object.Name{Checksum: second, Type: object.TypeCommit}, object.Name{Checksum: first, Type: object.TypeCommit}
	commit, err := r.LoadCommit(second)
	require.NoError(t, err)
	root, err := r.LoadDirTree(commit.Tree)
	require.NoError(t, err)
	d, err := r.LoadDirTree(root.Dirs[0].Tree)
	require.NoError(t, err)
	s.tree = object.Name{Checksum: root.Dirs[0].Tree, Type: object.TypeDirTree}
	s.leaf = object.Name{Checksum: d.Dirs[0].Tree, Type: object.TypeDirTree}
	s.dirMeta = object.Name{Checksum: d.Dirs[0].Meta, Type: object.TypeDirMeta}
	s.file = object.Name{Checksum: d.Files[0].Checksum, Type: object.TypeFile}
	s.link = object.Name{Checksum: d.Files[1].Checksum, Type: object.TypeFile}
	return s
}

// at returns the path of an object in a copy of the specimen.
func (s *specimen) at(repo string, n object.Name) string {
	return filepath.Join(repo, "objects", n.LoosePath(s.mode == ostree.ModeArchive))
}

// damage is a way to break a copy of a specimen.
type damage struct {
	name string
	refs bool          // concerns commits or refs
	only []ostree.Mode // nil: all
	do   func(t testing.TB, s *specimen, repo string)
}

func removeObject(n func(*specimen) object.Name) func(testing.TB, *specimen, string) {
	return func(t testing.TB, s *specimen, repo string) { require.NoError(t, os.Remove(s.at(repo, n(s)))) }
}

func flipObject(n func(*specimen) object.Name, at int64) func(testing.TB, *specimen, string) {
	return func(t testing.TB, s *specimen, repo string) { flipByte(t, s.at(repo, n(s)), at) }
}

func truncateObject(n func(*specimen) object.Name, size int64) func(testing.TB, *specimen, string) {
	return func(t testing.TB, s *specimen, repo string) { require.NoError(t, os.Truncate(s.at(repo, n(s)), size)) }
}

func replaceFile(make func(path string) error) func(testing.TB, *specimen, string) {
	return func(t testing.TB, s *specimen, repo string) {
		path := s.at(repo, s.file)
		require.NoError(t, os.Remove(path))
		require.NoError(t, make(path))
	}
}

func writeAt(n func(*specimen) object.Name, at int64, b ...byte) func(testing.TB, *specimen, string) {
	return func(t testing.TB, s *specimen, repo string) {
		f, err := os.OpenFile(s.at(repo, n(s)), os.O_WRONLY, 0)
		require.NoError(t, err)
		defer f.Close()
		_, err = f.WriteAt(b, at)
		require.NoError(t, err)
	}
}

var (
	archiveOnly = []ostree.Mode{ostree.ModeArchive}
	rawOnly     = []ostree.Mode{ostree.ModeBareUser, ostree.ModeBareUserOnly, ostree.ModeBare}
	userOnly    = []ostree.Mode{ostree.ModeBareUser}

	theFile    = func(s *specimen) object.Name { return s.file }
	theLink    = func(s *specimen) object.Name { return s.link }
	theTip     = func(s *specimen) object.Name { return s.tip }
	theParent  = func(s *specimen) object.Name { return s.parent }
	theLeaf    = func(s *specimen) object.Name { return s.leaf }
	theDirMeta = func(s *specimen) object.Name { return s.dirMeta }
)

// damages are those that both programs describe alike.
var damages = []damage{
	{"none", true, nil, func(testing.TB, *specimen, string) {}},
	{"missing file", true, nil, removeObject(theFile)},
	{"missing symlink", false, nil, removeObject(theLink)},
	{"missing dirmeta", true, nil, removeObject(theDirMeta)},
	{"missing commit of a ref", true, nil, removeObject(theTip)},
	{"missing parent", true, nil, removeObject(theParent)},
	{"dirtree with another name in it", false, nil, flipObject(theLeaf, 0)},
	{"dirtree with a slash in a name", false, nil, writeAt(theLeaf, 0, '/')},
	{"empty dirtree", false, nil, truncateObject(theLeaf, 0)},
	{"truncated dirmeta", false, nil, truncateObject(theDirMeta, 5)},
	{"dirmeta with another owner", false, nil, flipObject(theDirMeta, 2)},
	{"dirmeta of a file", false, nil, writeAt(theDirMeta, 10, 0x81)},
	{"commit of a ref with another time", true, nil, flipObject(theTip, 90)},
	{"empty filez", false, archiveOnly, func(t testing.TB, s *specimen, repo string) {
		require.NoError(t, os.Truncate(s.at(repo, s.file), 20)) // the header does not fit
	}},
	{"filez without a header", false, archiveOnly, writeAt(theFile, 0, 0, 0, 0, 0)},
	{"filez with a huge header", false, archiveOnly, writeAt(theFile, 0, 0, 0, 0xff, 0xff)},
	{"filez with another owner", false, archiveOnly, flipObject(theFile, 18)},
	{"filez of a device", false, archiveOnly, writeAt(theFile, 28, 0, 0, 0, 1)},
	{"filez with other mode bits", false, archiveOnly, writeAt(theFile, 25, 1)},
	{"other content", false, rawOnly, flipObject(theFile, 1)},
	{"shorter content", false, rawOnly, truncateObject(theFile, 2)},
	{"no content", false, rawOnly, truncateObject(theFile, 0)},
	{"mode", false, []ostree.Mode{ostree.ModeBare, ostree.ModeBareUserOnly, ostree.ModeBareUser}, func(t testing.TB, s *specimen, repo string) {
		require.NoError(t, os.Chmod(s.at(repo, s.file), 0o600))
	}},
	{"setuid", false, rawOnly, func(t testing.TB, s *specimen, repo string) {
		require.NoError(t, os.Chmod(s.at(repo, s.file), 0o755|os.ModeSetuid))
	}},
	{"owner", false, rawOnly, func(t testing.TB, s *specimen, repo string) {
		require.NoError(t, os.Chown(s.at(repo, s.file), 5, 6))
	}},
	{"xattr", false, rawOnly, func(t testing.TB, s *specimen, repo string) {
		require.NoError(t, unix.Setxattr(s.at(repo, s.file), "user.x", []byte("y"), 0))
	}},
	{"other link target", false, []ostree.Mode{ostree.ModeBare, ostree.ModeBareUserOnly}, func(t testing.TB, s *specimen, repo string) {
		require.NoError(t, os.Remove(s.at(repo, s.link)))
		require.NoError(t, os.Symlink("ff", s.at(repo, s.link)))
	}},
	{"directory for a file", false, rawOnly, replaceFile(func(p string) error { return os.Mkdir(p, 0o755) })},
	{"fifo for a file", false, rawOnly, replaceFile(func(p string) error { return unix.Mkfifo(p, 0o644) })},
	{"device for a file", false, rawOnly, replaceFile(func(p string) error { return unix.Mknod(p, unix.S_IFCHR|0o644, 1<<8|3) })},
	{"no ostreemeta", false, userOnly, func(t testing.TB, s *specimen, repo string) {
		require.NoError(t, unix.Removexattr(s.at(repo, s.file), "user.ostreemeta"))
	}},
	{"ostreemeta with another owner", false, userOnly, func(t testing.TB, s *specimen, repo string) {
		require.NoError(t, unix.Setxattr(s.at(repo, s.file), "user.ostreemeta", []byte("\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x81\xa4"), 0))
	}},
	{"partial commit", true, nil, func(t testing.TB, s *specimen, repo string) {
		require.NoError(t, os.WriteFile(filepath.Join(repo, "state", s.tip.Checksum.String()+".commitpartial"), nil, 0o644))
		require.NoError(t, os.Remove(s.at(repo, s.leaf)))
		require.NoError(t, os.WriteFile(filepath.Join(repo, "state", s.parent.Checksum.String()+".commitpartial"), nil, 0o644))
	}},
	{"commit damaged earlier", true, nil, func(t testing.TB, s *specimen, repo string) {
		require.NoError(t, os.WriteFile(filepath.Join(repo, "state", s.tip.Checksum.String()+".commitpartial"), []byte("f"), 0o644))
	}},
	{"remote ref to a missing commit", true, nil, func(t testing.TB, s *specimen, repo string) {
		moveRef(t, repo, "refs/remotes/o/x")
		require.NoError(t, os.Remove(s.at(repo, s.tip)))
	}},
	{"mirrored ref to a missing commit", true, nil, func(t testing.TB, s *specimen, repo string) {
		moveRef(t, repo, "refs/mirrors/org.example.C/x")
		require.NoError(t, os.Remove(s.at(repo, s.tip)))
	}},
	{"unbound ref", true, nil, func(t testing.TB, s *specimen, repo string) {
		require.NoError(t, os.WriteFile(filepath.Join(repo, "refs/heads/other"), []byte(s.tip.Checksum.String()+"\n"), 0o644))
	}},
	{"ref bound but gone", true, nil, func(t testing.TB, s *specimen, repo string) {
		require.NoError(t, os.Remove(filepath.Join(repo, "refs/heads/main")))
	}},
	{"not an object", false, nil, func(t testing.TB, s *specimen, repo string) {
		require.NoError(t, os.WriteFile(filepath.Join(repo, "objects", "junk"), nil, 0o644))
		require.NoError(t, os.WriteFile(s.at(repo, s.tip)+"x", nil, 0o644))
		require.NoError(t, os.Mkdir(filepath.Join(repo, "objects", "zz"), 0o755))
	}},
}

func moveRef(t testing.TB, repo, to string) {
	require.NoError(t, os.MkdirAll(filepath.Join(repo, filepath.Dir(to)), 0o755))
	require.NoError(t, os.Rename(filepath.Join(repo, "refs/heads/main"), filepath.Join(repo, to)))
}

// Both programs say the same about every damage, mark and delete the same, and end alike; and so they do
// in the second run, that finds what the first one left.
func TestFsckSaysWhatTheReferenceSays(t *testing.T) {
	tool := testutil.Tool(t, "ostree")
	testutil.Root(t)
	runs := []struct {
		args []string
		opts ostree.FsckOptions
		refs bool // only looks at commits and refs in another way
	}{
		{nil, ostree.FsckOptions{}, false},
		{[]string{"--all"}, ostree.FsckOptions{All: true}, false},
		{[]string{"--delete"}, ostree.FsckOptions{Delete: true}, false},
		{[]string{"--add-tombstones"}, ostree.FsckOptions{AddTombstones: true}, true},
		{[]string{"--verify-bindings"}, ostree.FsckOptions{VerifyBindings: true}, true},
		{[]string{"--verify-bindings", "--verify-back-refs"}, ostree.FsckOptions{VerifyBackRefs: true}, true},
	}
	for _, mode := range modes {
		s := newSpecimen(t, mode)
		for _, d := range damages {
			if d.only != nil && !slices.Contains(d.only, mode) {
				continue
			}
			for _, run := range runs {
				if run.refs && !d.refs {
					continue
				}
				// Metadata and its damages are the same in all modes.
				if d.only == nil && !d.refs && run.args != nil && mode != ostree.ModeArchive {
					continue
				}
				// A commit that is damaged misleads the reference into walking whatever it names.
				if run.opts.All && strings.Contains(d.name, "another time") {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%v", mode, d.name, run.args), func(t *testing.T) {
					t.Parallel()
					theirs, ours := copyRepo(t, s.path), copyRepo(t, s.path)
					d.do(t, s, theirs)
					d.do(t, s, ours)
					require.Equal(t, realFsck(t, tool, theirs, run.args...), ourFsck(t, ours, run.opts))
					require.Equal(t, realFsck(t, tool, theirs), ourFsck(t, ours, ostree.FsckOptions{}))
				})
			}
		}
	}
}

// What the reference cannot cope with is found, named and repaired all the same.
func TestFsckBeyondTheReference(t *testing.T) {
	s := newSpecimen(t, ostree.ModeArchive)
	both := []object.Checksum{s.tip.Checksum, s.parent.Checksum}
	slices.SortFunc(both, object.Checksum.Compare)
	list := both[0].String() + ", " + both[1].String()
	cases := []struct {
		name string
		do   func(testing.TB, *specimen, string)
		opts ostree.FsckOptions
		want string
	}{
		{"missing dirtree", removeObject(theLeaf), ostree.FsckOptions{},
			"Object missing in commits " + list + ": " + s.leaf.String() + "\nMarking commit as partial: " + both[0].String() +
				"\nMarking commit as partial: " + both[1].String() + "\nerror: No such metadata object " + s.leaf.String() + "\n"},
		{"missing dirtree, all", removeObject(theLeaf), ostree.FsckOptions{All: true},
			"Object missing in commits " + list + ": " + s.leaf.String() + "\nMarking commit as partial: " + both[0].String() +
				"\nMarking commit as partial: " + both[1].String() + "\nerror: Repository corruption encountered\n"},
		{"empty parent", truncateObject(theParent, 0), ostree.FsckOptions{},
			"error: In commits " + s.parent.Checksum.String() + ": fsck " + s.parent.String() + ": Corrupted commit object; checksum expected='" +
				s.parent.Checksum.String() + "' actual='e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'\n"},
		{"damaged dirtree with lost children", writeAt(theLeaf, 5, 'z', 'z'), ostree.FsckOptions{}, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			repo := copyRepo(t, s.path)
			c.do(t, s, repo)
			got := ourFsck(t, repo, c.opts)
			require.Equal(t, 1, got.Exit)
			if c.want != "" {
				require.Equal(t, c.want, got.Err)
			} else {
				require.NotContains(t, got.Err, "missing", "children of a damaged directory are not known")
				require.Contains(t, got.Err, "Corrupted dirtree object")
			}
		})
	}
}

// Several damages: with All everything is found, in order; else up to the first damaged one. The
// report and the messages do not depend on scheduling.
func TestFsckFindsEverythingInOrder(t *testing.T) {
	h := newBranches(t, ostree.ModeBareUser, 3, 6, "a", "b")
	var files []object.Name
	for n, err := range h.repo.Objects(t.Context()) {
		require.NoError(t, err)
		if n.Type == object.TypeFile {
			files = append(files, n)
		}
	}
	want := map[object.Name]bool{} // true: missing
	for i, n := range files {
		path := filepath.Join(h.repo.Path(), "objects", n.LoosePath(false))
		switch {
		case i%3 == 1:
			require.NoError(t, os.Remove(path))
			want[n] = true
		case i%3 == 2:
			require.NoError(t, os.WriteFile(path, []byte("other content"), 0o644))
			want[n] = false
		}
	}
	var first *ostree.FsckReport
	for range 3 {
		repo, err := ostree.Open(copyRepo(t, h.repo.Path()), nil)
		require.NoError(t, err)
		defer repo.Close()
		report, err := repo.Fsck(t.Context(), &ostree.FsckOptions{All: true})
		require.ErrorIs(t, err, ostree.ErrRepositoryCorrupt)
		require.Len(t, report.Findings, len(want))
		require.True(t, slices.IsSortedFunc(report.Findings, func(a, b ostree.FsckFinding) int { return a.Object.Compare(b.Object) }))
		for _, f := range report.Findings {
			missing, known := want[f.Object]
			require.True(t, known)
			require.Equal(t, missing, errors.Is(f.Err, ostree.ErrNotFound))
			require.NotEmpty(t, f.Commits)
		}
		if first == nil {
			first = report
		}
		require.Equal(t, len(first.Marked), len(report.Marked))
		require.Equal(t, first.Marked, report.Marked)
	}
	stopped, err := h.repo.Fsck(t.Context(), nil)
	require.Error(t, err)
	require.NotErrorIs(t, err, ostree.ErrRepositoryCorrupt)
	last := len(stopped.Findings) - 1
	for i, f := range stopped.Findings {
		require.Equal(t, first.Findings[i].Object, f.Object)
		require.Equal(t, i < last, want[f.Object], "only the last one is damaged, the others are missing")
	}
}

func TestFsckWithParentRepository(t *testing.T) {
	tool := testutil.Tool(t, "ostree")
	s := newSpecimen(t, ostree.ModeArchive)
	child := filepath.Join(t.TempDir(), "child")
	r := initRepo(t, child, ostree.ModeArchive)
	c, err := r.EditConfig()
	require.NoError(t, err)
	require.NoError(t, c.Set("core", "parent", s.path))
	require.NoError(t, r.SetConfig(c))
	require.Equal(t, realFsck(t, tool, child), ourFsck(t, child, ostree.FsckOptions{}))
	require.NoError(t, os.Remove(s.at(s.path, s.file)))
	theirs := copyRepo(t, child)
	require.Equal(t, realFsck(t, tool, theirs), ourFsck(t, child, ostree.FsckOptions{}))
	require.Contains(t, ourFsck(t, child, ostree.FsckOptions{}).Err, "2 partial commits from fsck-detected corruption")
}

func TestVerifyObject(t *testing.T) {
	s := newSpecimen(t, ostree.ModeArchive)
	r, err := ostree.Open(s.path, nil)
	require.NoError(t, err)
	defer r.Close()
	for n, err := range r.Objects(t.Context()) {
		require.NoError(t, err)
		require.NoError(t, r.VerifyObject(t.Context(), n))
	}
	flipByte(t, s.at(s.path, s.file), 18)
	var bad *ostree.ChecksumError
	require.ErrorAs(t, r.VerifyObject(t.Context(), s.file), &bad)
	require.Equal(t, s.file, bad.Name)
	require.NoError(t, os.Remove(s.at(s.path, s.leaf)))
	require.ErrorIs(t, r.VerifyObject(t.Context(), s.leaf), ostree.ErrNotFound)
}

func TestFsckRefusesToDeleteDuringATransaction(t *testing.T) {
	r := newRepo(t, ostree.ModeArchive)
	txn, err := r.Begin(t.Context(), nil)
	require.NoError(t, err)
	defer txn.Abort()
	_, err = r.Fsck(t.Context(), &ostree.FsckOptions{Delete: true})
	require.ErrorIs(t, err, ostree.ErrTransactionRunning)
	_, err = r.Prune(t.Context(), nil)
	require.ErrorIs(t, err, ostree.ErrTransactionRunning)
}
