package layertest_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree/origin"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
)

// run runs the program on the world's system.
func (w *world) run(args ...string) *result {
	w.t.Helper()
	return w.runEnv(nil, args...)
}

func (w *world) runEnv(env []string, args ...string) *result {
	w.t.Helper()
	o := runOptions{uid: w.uid, env: append([]string{
		"SOURCE_DATE_EPOCH=1700000000", "LC_ALL=C.UTF-8", "OSTREE_SYSROOT_DEBUG=mutable-deployments", "RPMOSTREE_SUPPRESS_REQUIRES_ROOT_CHECK=1"}, env...)}
	r := execute(w.t, o, program(w.t), w.withSysroot(args)...)
	if r.exit == exitLeftover {
		w.t.Errorf("processes were left: %v", r)
	}
	return r
}

// withSysroot adds the option that names the system, behind the words of the command.
func (w *world) withSysroot(args []string) []string {
	n := 1
	if slices.Contains([]string{"override", "db", "ex"}, args[0]) {
		n = 2
	}
	return slices.Concat(args[:n], []string{"--sysroot=" + w.sysroot}, args[n:])
}

// ok runs a command that must succeed, and checks the system after it.
func (w *world) ok(args ...string) *result {
	w.t.Helper()
	r := w.run(args...)
	require.Zero(w.t, r.exit, r)
	w.checkSystem()
	return r
}

// fails runs a command that must fail with a text and leave everything as it was.
func (w *world) fails(text string, args ...string) *result {
	w.t.Helper()
	before := w.snapshot()
	r := w.run(args...)
	if r.exit != 1 {
		w.t.Errorf("exit status %d, want 1: %v", r.exit, r)
	}
	if !strings.HasPrefix(r.stderr, "error: ") && !strings.Contains(r.stderr, "\nerror: ") {
		w.t.Errorf("no error is told: %v", r)
	}
	if !strings.Contains(r.stderr, text) {
		w.t.Errorf("%q is not told: %v", text, r)
	}
	if d := diff(before, w.snapshot()); len(d) > 0 {
		w.t.Errorf("a failure changed the system: %v\n%s", r, strings.Join(d, "\n"))
	}
	w.checkSystem()
	return r
}

// unchanged runs a command that must find nothing to do.
func (w *world) unchanged(args ...string) {
	w.t.Helper()
	before := w.snapshot()
	r := w.run(append(args, "--unchanged-exit-77")...)
	require.Equal(w.t, 77, r.exit, r)
	if d := diff(before, w.snapshot()); len(d) > 0 {
		w.t.Errorf("something changed: %v\n%s", r, strings.Join(d, "\n"))
	}
}

// snapshot is everything of the system that only a success may change.
func (w *world) snapshot() map[string]string {
	w.t.Helper()
	s, err := take(w.sysroot, func(path string) bool {
		return path == "ostree/repo/objects" || path == "ostree/repo/.lock" || path == "ostree/lock" || path == "ostree/repo/tmp/cache" || path == "ostree/repo/state" ||
			strings.HasPrefix(path, "ostree/repo/refs/heads/rpmostree/pkg") || strings.HasPrefix(path, "ostree/repo/tmp/staging-") ||
			strings.HasPrefix(path, "ostree/deploy/"+stateroot+"/var/cache/rpm-ostree")
	})
	require.NoError(w.t, err)
	// Whether these directories exist says nothing.
	for path, line := range s {
		if strings.HasPrefix(line, "4") && (strings.HasPrefix(path, "ostree/repo/extensions") || strings.HasPrefix(path, "ostree/repo/refs/heads/rpmostree") ||
			path == "ostree/deploy/"+stateroot+"/var/cache") {
			delete(s, path)
		}
	}
	return s
}

// take describes what is below a directory, by path.
func take(root string, skip func(path string) bool) (map[string]string, error) {
	s := map[string]string{}
	err := filepath.WalkDir(root, func(full string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		path, err := filepath.Rel(root, full)
		if err != nil {
			return err
		}
		if skip != nil && skip(path) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		var st unix.Stat_t
		if err := unix.Lstat(full, &st); err != nil {
			return err
		}
		line := fmt.Sprintf("%o %d:%d", st.Mode, st.Uid, st.Gid)
		switch st.Mode & unix.S_IFMT {
		case unix.S_IFREG:
			data, err := os.ReadFile(full)
			if err != nil {
				return err
			}
			line += fmt.Sprintf(" %d %x", len(data), sha256.Sum256(data))
		case unix.S_IFLNK:
			target, err := os.Readlink(full)
			if err != nil {
				return err
			}
			line += " -> " + target
		}
		s[path] = line + xattrs(full)
		return nil
	})
	return s, err
}

func xattrs(full string) string {
	buf := make([]byte, 4096)
	n, err := unix.Llistxattr(full, buf)
	if err != nil || n == 0 {
		return ""
	}
	var found []string
	for name := range strings.SplitSeq(strings.TrimRight(string(buf[:n]), "\x00"), "\x00") {
		value := make([]byte, 4096)
		if n, err := unix.Lgetxattr(full, name, value); err == nil && name != "security.selinux" {
			found = append(found, fmt.Sprintf(" %s=%q", name, value[:n]))
		}
	}
	slices.Sort(found)
	return strings.Join(found, "")
}

func diff(a, b map[string]string) (out []string) {
	all := maps.Clone(a)
	maps.Copy(all, b)
	for _, path := range slices.Sorted(maps.Keys(all)) {
		if len(out) == 20 {
			return append(out, "…")
		}
		switch {
		case a[path] == "":
			out = append(out, fmt.Sprintf("new: %q: %s", path, b[path]))
		case b[path] == "":
			out = append(out, fmt.Sprintf("gone: %q: %s", path, a[path]))
		case a[path] != b[path]:
			out = append(out, fmt.Sprintf("changed: %q: %s, was %s", path, b[path], a[path]))
		}
	}
	return out
}

// deployments are the deployments in boot order.
func (w *world) deployments() []*sysroot.Deployment {
	w.t.Helper()
	s := w.open()
	defer s.Close()
	require.NoError(w.t, s.Load(w.t.Context()))
	return s.Deployments()
}

// first is the first deployment's commit.
func (w *world) first() object.Checksum {
	w.t.Helper()
	return w.deployments()[0].Commit
}

func (w *world) deploymentDir(d *sysroot.Deployment) string {
	return filepath.Join(w.sysroot, "ostree/deploy", d.Stateroot, "deploy", fmt.Sprintf("%s.%d", d.Commit, d.Serial))
}

// checkSystem checks what must hold after every command. The real ostree checks the repository at the end of each test.
func (w *world) checkSystem() {
	w.t.Helper()
	report, err := w.repo().Fsck(w.t.Context(), nil)
	require.NoError(w.t, err)
	require.Empty(w.t, report.Findings)
	for _, name := range []string{"ostree/repo/extensions/rpmostree/private/commit", "ostree/repo/refs/heads/rpmostree/base/tmp"} {
		if _, err := os.Lstat(filepath.Join(w.sysroot, name)); err == nil {
			w.t.Errorf("%s was left", name)
		}
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	require.NoError(w.t, err)
	if strings.Contains(string(mounts), w.dir) {
		w.t.Errorf("something is mounted below %s:\n%s", w.dir, mounts)
	}
	w.checkBases()
	entries, err := filepath.Glob(w.sysroot + "/boot/loader/entries/*.conf")
	require.NoError(w.t, err)
	list := w.deployments()
	if len(entries) != len(list) {
		w.t.Errorf("%d boot entries for %d deployments", len(entries), len(list))
	}
	for _, e := range entries {
		if err := w.checkEntry(e); err != nil {
			w.t.Errorf("%s: %v", e, err)
		}
	}
}

var bootLink = regexp.MustCompile(`(?m)^options .*\bostree=(\S+)`)

// checkEntry tells whether an entry of the boot loader leads to a kernel and a deployment.
func (w *world) checkEntry(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if key == "linux" || key == "initrd" {
			name := strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(value), "/boot"), "/")
			if _, err := os.Stat(filepath.Join(w.sysroot, "boot", name)); err != nil {
				return err
			}
		}
	}
	m := bootLink.FindStringSubmatch(string(text))
	if m == nil {
		return fmt.Errorf("no ostree= in %s", text)
	}
	_, err = os.Stat(filepath.Join(w.sysroot, m[1], "usr/lib/os-release"))
	return err
}

// fsck lets the real ostree check the repository.
func (w *world) fsck() {
	w.t.Helper()
	if r := testutil.Run(w.t, nil, testutil.Tool(w.t, "ostree"), "fsck", "--quiet", "--repo="+w.sysroot+"/ostree/repo"); r.Exit != 0 {
		w.t.Errorf("fsck: %v", r)
	}
}

// checkBases compares the refs of bases with the deployments.
func (w *world) checkBases() {
	w.t.Helper()
	var want, got []string
	for _, d := range w.deployments() {
		if c := w.commit(d.Commit); has(c, "rpmostree.clientlayer") {
			want = append(want, c.Parent.String())
		}
	}
	for i := 0; ; i++ {
		text, err := os.ReadFile(fmt.Sprintf("%s/ostree/repo/refs/heads/rpmostree/base/%d", w.sysroot, i))
		if err != nil {
			break
		}
		got = append(got, strings.TrimSpace(string(text)))
	}
	require.Equal(w.t, want, got, "rpmostree/base/N")
}

func (w *world) commit(c object.Checksum) *object.Commit {
	w.t.Helper()
	commit, err := w.repo().LoadCommit(c)
	require.NoError(w.t, err)
	return commit
}

func has(c *object.Commit, key string) bool {
	_, ok := c.Metadata.Lookup(key)
	return ok
}

// meta prints a value of the metadata of the first deployment's commit in GVariant's text form.
func (w *world) meta(key string) string {
	w.t.Helper()
	v, ok := w.commit(w.first()).Metadata.Lookup(key)
	require.True(w.t, ok, key)
	return ostree.VariantText(v, false)
}

// tree is the tree of the first deployment's commit.
func (w *world) tree() *ostree.CommitFS {
	w.t.Helper()
	tree, err := w.repo().CommitFS(w.first())
	require.NoError(w.t, err)
	return tree
}

// text is a file of the first deployment's commit.
func (w *world) text(name string) string {
	w.t.Helper()
	b, err := w.tree().ReadFile(name)
	require.NoError(w.t, err)
	return string(b)
}

// missing tells that a path must not exist in the first deployment's commit.
func (w *world) missing(names ...string) {
	w.t.Helper()
	for _, name := range names {
		_, err := w.tree().Lstat(name)
		require.ErrorIs(w.t, err, fs.ErrNotExist, name)
	}
}

// header describes a path of the first deployment's commit: mode, owner and attributes.
func (w *world) header(name string) object.FileHeader {
	w.t.Helper()
	i, err := w.tree().Lstat(name)
	require.NoError(w.t, err)
	return i.Sys().(*ostree.TreeEntry).Header
}

func (w *world) mode(name string) string {
	w.t.Helper()
	h := w.header(name)
	return fmt.Sprintf("%o %d:%d", h.Mode, h.UID, h.GID)
}

// origin is the origin of the first deployment.
func (w *world) origin() *origin.Origin {
	w.t.Helper()
	o, err := origin.FromSysroot(w.deployments()[0].Origin)
	require.NoError(w.t, err)
	return o
}

// originText is the origin file of the first deployment.
func (w *world) originText() string {
	w.t.Helper()
	text, err := os.ReadFile(w.deploymentDir(w.deployments()[0]) + ".origin")
	require.NoError(w.t, err)
	return string(text)
}

// pkgRefs are the refs of the package cache.
func (w *world) pkgRefs() (list []string) {
	w.t.Helper()
	refs, err := w.repo().Refs("rpmostree/pkg")
	require.NoError(w.t, err)
	for _, r := range refs {
		list = append(list, strings.TrimPrefix(r.Name, "rpmostree/pkg/"))
	}
	return list
}

// layered are the NEVRAs that the first deployment has on top of its base, and "-NEVRA" for what is missing.
func (w *world) layered() (list []string) {
	w.t.Helper()
	c := w.first()
	after, err := pkglist.Load(w.t.Context(), w.repo(), c)
	require.NoError(w.t, err)
	before := after
	if commit := w.commit(c); has(commit, "rpmostree.clientlayer") {
		before, err = pkglist.Load(w.t.Context(), w.repo(), commit.Parent)
		require.NoError(w.t, err)
	}
	for _, p := range after {
		if !slices.Contains(before, p) {
			list = append(list, p.String())
		}
	}
	for _, p := range before {
		if !slices.Contains(after, p) {
			list = append(list, "-"+p.String())
		}
	}
	return list
}

// checkout is a copy of the first deployment's tree, made by the real ostree.
func (w *world) checkout() string {
	w.t.Helper()
	dir := filepath.Join(w.t.TempDir(), "tree")
	testutil.Run(w.t, &testutil.RunOptions{Must: true}, testutil.Tool(w.t, "ostree"), "checkout", "-C", "--repo="+w.sysroot+"/ostree/repo", w.first().String(), dir)
	return dir
}

// explained are complaints of rpm -V that layering always causes.
var explained = []*regexp.Regexp{
	regexp.MustCompile(`^missing .* /(var|run)/`), // made at boot
	regexp.MustCompile(`^missing .* /(etc|opt)\b`),
	regexp.MustCompile(` /boot/`),
}

// rpmCheck lets the real rpm judge the first deployment, and returns what it complains about.
func (w *world) rpmCheck() []string {
	w.t.Helper()
	dir := w.checkout()
	rpm := testutil.Tool(w.t, "rpm")
	query := func(db string) []string {
		r := testutil.Run(w.t, &testutil.RunOptions{Must: true}, rpm, "--root", dir, "--dbpath", db, "-qa", "--qf", `%{name}-%|epoch?{%{epoch}:}:{}|%{version}-%{release}.%{arch}\n`)
		list := strings.Fields(r.Stdout)
		slices.Sort(list)
		return list
	}
	names := func(list []pkglist.Package) (out []string) {
		for _, p := range list {
			out = append(out, p.String())
		}
		slices.Sort(out)
		return out
	}
	c := w.first()
	list, err := pkglist.Load(w.t.Context(), w.repo(), c)
	require.NoError(w.t, err)
	require.Equal(w.t, names(list), query("/usr/share/rpm"), "packages of the metadata and of rpm")
	base := c
	if commit := w.commit(c); has(commit, "rpmostree.clientlayer") {
		base = commit.Parent
	}
	list, err = pkglist.Load(w.t.Context(), w.repo(), base)
	require.NoError(w.t, err)
	require.Equal(w.t, names(list), query("/usr/lib/sysimage/rpm-ostree-base-db"), "packages of the base")
	r := testutil.Run(w.t, nil, testutil.Tool(w.t, "rpmdb"), "--root", dir, "--dbpath", "/usr/share/rpm", "--verifydb")
	require.Zero(w.t, r.Exit, r)
	require.NoError(w.t, os.Rename(dir+"/usr/etc", dir+"/etc"))
	r = testutil.Run(w.t, nil, rpm, "--root", dir, "--dbpath", "/usr/share/rpm", "-Va", "--nomtime")
	var out []string
	for line := range strings.Lines(r.Stdout + r.Stderr) {
		line = strings.TrimRight(line, "\n")
		if !slices.ContainsFunc(explained, func(x *regexp.Regexp) bool { return x.MatchString(line) }) {
			out = append(out, line)
		}
	}
	return out
}

// rpmOK is rpmCheck without complaints.
func (w *world) rpmOK() {
	w.t.Helper()
	require.Empty(w.t, w.rpmCheck())
}
