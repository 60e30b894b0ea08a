package workroot_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
	"github.com/nestos-dev/nestos/rpmostree/internal/workroot"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(testutil.MainInMemory(m))
}

const capability = "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// world is a tree of busybox with things to change.
type world struct {
	t    *testing.T
	dir  string
	repo *ostree.Repo
	tree *rootfs.Tree
}

func newWorld(t *testing.T, mode ostree.Mode) *world {
	t.Helper()
	ctx := t.Context()
	box, err := os.ReadFile(testutil.Tool(t, "busybox"))
	require.NoError(t, err)
	w := &world{t: t, dir: t.TempDir()}
	w.repo, err = ostree.Init(filepath.Join(w.dir, "repo"), &ostree.InitOptions{Mode: mode})
	require.NoError(t, err)
	t.Cleanup(func() { w.repo.Close() })
	txn, err := w.repo.Begin(ctx, nil)
	require.NoError(t, err)
	t.Cleanup(func() { txn.Abort() })
	w.tree = rootfs.New(w.repo)
	w.tree.Begin(txn)
	for _, dir := range []string{"usr/bin", "usr/lib", "usr/share/dir/sub", "usr/share/swap", "etc", "var"} {
		require.NoError(t, w.tree.MkdirAll(dir, rootfs.Attr{Mode: 0o755}))
	}
	require.NoError(t, w.tree.WriteFile(ctx, "usr/bin/busybox", rootfs.Attr{Mode: 0o755}, box))
	for _, name := range strings.Fields("sh true cat mkdir rm echo chmod ln mv chown touch rmdir mkfifo") {
		require.NoError(t, w.tree.Symlink(ctx, "usr/bin/"+name, "busybox", rootfs.Attr{}))
	}
	for link, target := range map[string]string{"bin": "usr/bin", "lib": "usr/lib", "usr/share/link": "dir"} {
		require.NoError(t, w.tree.Symlink(ctx, link, target, rootfs.Attr{}))
	}
	for name, a := range map[string]rootfs.Attr{
		"usr/share/file": {Mode: 0o644}, "usr/share/dir/one": {Mode: 0o644}, "usr/share/dir/sub/two": {Mode: 0o644}, "usr/share/swap/a": {Mode: 0o644},
		"usr/share/owned": {Mode: 0o640, UID: 7, GID: 8}, "usr/share/suid": {Mode: 0o4755, UID: 7}, "etc/conf": {Mode: 0o600},
		"usr/share/capable":   {Mode: 0o755, Xattrs: object.Xattrs{}.With("security.capability", []byte(capability)).With("user.note", []byte("n"))},
		"usr/share/rewritten": {Mode: 0o755, Xattrs: object.Xattrs{}.With("security.capability", []byte(capability)).With("user.note", []byte("n"))},
	} {
		require.NoError(t, w.tree.WriteFile(ctx, name, a, []byte(name)))
	}
	return w
}

// describe lists what is in the tree below /usr/share and /etc, with contents.
func describe(t *testing.T, tree *rootfs.Tree) string {
	t.Helper()
	var b strings.Builder
	for _, top := range []string{"etc", "usr/share"} {
		require.NoError(t, tree.Walk(top, func(name string, i *rootfs.Info) error {
			h := i.Header
			fmt.Fprintf(&b, "%s %o %d:%d", name, h.Mode, h.UID, h.GID)
			for _, x := range h.Xattrs {
				fmt.Fprintf(&b, " %s", x.Name)
			}
			switch {
			case i.IsSymlink():
				b.WriteString(" -> " + h.Symlink)
			case i.IsRegular():
				text, err := tree.ReadFile(name)
				if err != nil {
					return err
				}
				fmt.Fprintf(&b, " %q", text)
			}
			b.WriteByte('\n')
			return nil
		}))
	}
	return b.String()
}

// run runs a script in the tree and takes over what it changed.
func (w *world) run(c workroot.Config, script string, attrs ...sandbox.Attrs) error {
	w.t.Helper()
	ctx := w.t.Context()
	c.Tree = w.tree
	if c.Dir == "" {
		c.Dir = filepath.Join(w.dir, "repo", "work")
	}
	root, err := workroot.Open(ctx, c)
	require.NoError(w.t, err)
	defer func() {
		require.NoError(w.t, root.Close())
		require.NoDirExists(w.t, c.Dir)
	}()
	var out bytes.Buffer
	err = root.Session.Run(ctx, &sandbox.Cmd{Argv: []string{"/bin/sh", "-e"}, Script: []byte(script), Output: &out})
	require.NoError(w.t, err, out.String())
	require.NoError(w.t, root.Session.SetAttrs(ctx, attrs))
	err = root.Apply(ctx)
	report, fsck := w.repo.Fsck(ctx, nil)
	require.NoError(w.t, fsck)
	require.Empty(w.t, report.Findings, "no object may change")
	return err
}

// change is one script, and what is different in the tree afterwards: lines of describe that go and come.
type change struct {
	name, script string
	attrs        []sandbox.Attrs
	gone, come   []string
}

var changes = []change{
	{name: "nothing", script: "cat /etc/conf"},
	{name: "written in place", script: "echo more >> /usr/share/file",
		gone: []string{`usr/share/file 100644 0:0 "usr/share/file"`}, come: []string{`usr/share/file 100644 0:0 "usr/share/filemore\n"`}},
	{name: "directory by file", script: "rm -r /usr/share/dir; echo x > /usr/share/dir",
		gone: []string{"usr/share/dir 40755 0:0", `usr/share/dir/one 100644 0:0 "usr/share/dir/one"`, "usr/share/dir/sub 40755 0:0", `usr/share/dir/sub/two 100644 0:0 "usr/share/dir/sub/two"`},
		come: []string{`usr/share/dir 100644 0:0 "x\n"`}},
	{name: "file by directory", script: "rm /usr/share/file; mkdir -m 700 /usr/share/file; echo x > /usr/share/file/in",
		gone: []string{`usr/share/file 100644 0:0 "usr/share/file"`}, come: []string{"usr/share/file 40700 0:0", `usr/share/file/in 100644 0:0 "x\n"`}},
	{name: "directory made anew", script: "rm -r /usr/share/dir; mkdir /usr/share/dir; echo x > /usr/share/dir/one",
		gone: []string{`usr/share/dir/one 100644 0:0 "usr/share/dir/one"`, "usr/share/dir/sub 40755 0:0", `usr/share/dir/sub/two 100644 0:0 "usr/share/dir/sub/two"`},
		come: []string{`usr/share/dir/one 100644 0:0 "x\n"`}},
	{name: "directory by link", script: "rm -r /usr/share/swap; ln -s dir /usr/share/swap",
		gone: []string{"usr/share/swap 40755 0:0", `usr/share/swap/a 100644 0:0 "usr/share/swap/a"`}, come: []string{"usr/share/swap 120777 0:0 -> dir"}},
	{name: "link by directory", script: "rm /usr/share/link; mkdir /usr/share/link; echo x > /usr/share/link/one",
		gone: []string{"usr/share/link 120777 0:0 -> dir"}, come: []string{"usr/share/link 40755 0:0", `usr/share/link/one 100644 0:0 "x\n"`}},
	{name: "link by file", script: "rm /usr/share/link; echo x > /usr/share/link",
		gone: []string{"usr/share/link 120777 0:0 -> dir"}, come: []string{`usr/share/link 100644 0:0 "x\n"`}},
	{name: "link by link", script: "rm /usr/share/link; ln -s swap /usr/share/link",
		gone: []string{"usr/share/link 120777 0:0 -> dir"}, come: []string{"usr/share/link 120777 0:0 -> swap"}},
	{name: "directories exchanged", script: "cd /usr/share; mv dir x; mv swap dir; mv x swap",
		gone: []string{`usr/share/dir/one 100644 0:0 "usr/share/dir/one"`, "usr/share/dir/sub 40755 0:0", `usr/share/dir/sub/two 100644 0:0 "usr/share/dir/sub/two"`, `usr/share/swap/a 100644 0:0 "usr/share/swap/a"`},
		come: []string{`usr/share/dir/a 100644 0:0 "usr/share/swap/a"`, `usr/share/swap/one 100644 0:0 "usr/share/dir/one"`, "usr/share/swap/sub 40755 0:0", `usr/share/swap/sub/two 100644 0:0 "usr/share/dir/sub/two"`}},
	{name: "hard links", script: "cd /usr/share; ln file again; ln dir/one dir/sub/one; echo y > new; ln new new2; rm file",
		gone: []string{`usr/share/file 100644 0:0 "usr/share/file"`},
		come: []string{`usr/share/again 100644 0:0 "usr/share/file"`, `usr/share/dir/sub/one 100644 0:0 "usr/share/dir/one"`, `usr/share/new 100644 0:0 "y\n"`, `usr/share/new2 100644 0:0 "y\n"`}},
	{name: "unreadable", script: "echo s > /etc/secret; chmod 200 /etc/secret; mkdir /etc/d; chmod 500 /etc/d",
		come: []string{`etc/d 40500 0:0`, `etc/secret 100200 0:0 "s\n"`}},
	{name: "owner given", script: "chown 5:6 /usr/share/file; mkdir /usr/share/mine; chown 5:6 /usr/share/mine",
		gone: []string{`usr/share/file 100644 0:0 "usr/share/file"`}, come: []string{`usr/share/file 100644 5:6 "usr/share/file"`, "usr/share/mine 40755 5:6"}},
	{name: "owner stays", script: "echo x >> /usr/share/owned; chmod 600 /usr/share/owned",
		gone: []string{`usr/share/owned 100640 7:8 "usr/share/owned"`}, come: []string{`usr/share/owned 100600 7:8 "usr/share/ownedx\n"`}},
	{name: "replaced", script: "cd /etc; echo new > tmp; chmod 600 tmp; mv tmp conf",
		gone: []string{`etc/conf 100600 0:0 "etc/conf"`}, come: []string{`etc/conf 100600 0:0 "new\n"`}},
	{name: "mode of a directory", script: "chmod 1777 /usr/share/dir",
		gone: []string{"usr/share/dir 40755 0:0"}, come: []string{"usr/share/dir 41777 0:0"}},
	{name: "capabilities stay", script: "chmod 700 /usr/share/capable",
		gone: []string{`usr/share/capable 100755 0:0 security.capability user.note "usr/share/capable"`}, come: []string{`usr/share/capable 100700 0:0 security.capability user.note "usr/share/capable"`}},
	{name: "capabilities go with the content", script: "echo x >> /usr/share/rewritten",
		gone: []string{`usr/share/rewritten 100755 0:0 security.capability user.note "usr/share/rewritten"`}, come: []string{`usr/share/rewritten 100755 0:0 user.note "usr/share/rewrittenx\n"`}},
	{name: "capabilities given", script: "true",
		attrs: []sandbox.Attrs{{Path: "usr/share/file", Mode: 0o755, Xattrs: []sandbox.Xattr{{Name: "security.capability", Value: []byte(capability)}}}},
		gone:  []string{`usr/share/file 100644 0:0 "usr/share/file"`}, come: []string{`usr/share/file 100755 0:0 security.capability "usr/share/file"`}},
	{name: "etc and usr removed from", script: "rm /etc/conf /usr/share/link; rm -r /usr/share/dir/sub",
		gone: []string{`etc/conf 100600 0:0 "etc/conf"`, "usr/share/dir/sub 40755 0:0", `usr/share/dir/sub/two 100644 0:0 "usr/share/dir/sub/two"`, "usr/share/link 120777 0:0 -> dir"}},
}

func TestApply(t *testing.T) {
	modes := []ostree.Mode{ostree.ModeBareUser}
	if os.Geteuid() == 0 {
		modes = append(modes, ostree.ModeBare)
	}
	for _, mode := range modes {
		for _, full := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s copy=%t", mode, full), func(t *testing.T) {
				w := newWorld(t, mode)
				start := w.tree.Clone()
				before := describe(t, w.tree)
				for _, c := range changes {
					w.tree = start.Clone()
					require.NoError(t, w.run(workroot.Config{Copy: full}, c.script, c.attrs...), c.name)
					gone, come := difference(before, describe(t, w.tree))
					require.Equal(t, c.gone, gone, c.name)
					require.Equal(t, c.come, come, c.name)
				}
				w.tree = start.Clone()
				require.ErrorContains(t, w.run(workroot.Config{Copy: full}, "mkfifo /etc/fifo"), "cannot be part of an image")
			})
		}
	}
}

func difference(before, after string) (gone, come []string) {
	count := map[string]int{}
	for line := range strings.Lines(after) {
		count[line]++
	}
	for line := range strings.Lines(before) {
		if count[line]--; count[line] < 0 {
			gone = append(gone, strings.TrimSuffix(line, "\n"))
		}
	}
	for line := range strings.Lines(after) {
		if count[line] > 0 {
			come = append(come, strings.TrimSuffix(line, "\n"))
		}
	}
	return gone, come
}

// TestOnOverlay works where overlays cannot be stacked further: the directory itself is on one.
func TestOnOverlay(t *testing.T) {
	testutil.Root(t)
	dir := t.TempDir()
	for _, d := range []string{"lower", "upper", "work", "merged"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, d), 0o755))
	}
	merged := filepath.Join(dir, "merged")
	require.NoError(t, unix.Mount("overlay", merged, "overlay", 0, fmt.Sprintf("lowerdir=%[1]s/lower,upperdir=%[1]s/upper,workdir=%[1]s/work", dir)))
	t.Cleanup(func() { require.NoError(t, unix.Unmount(merged, unix.MNT_DETACH)) })
	w := newWorld(t, ostree.ModeBareUser)
	require.NoError(t, w.run(workroot.Config{Dir: filepath.Join(merged, "work")}, "echo more >> /usr/share/owned; rm -r /usr/share/dir; echo x > /usr/share/dir"))
	after := describe(t, w.tree)
	require.Contains(t, after, `usr/share/owned 100640 7:8 "usr/share/ownedmore\n"`)
	require.Contains(t, after, `usr/share/dir 100644 0:0 "x\n"`)
}

func TestOpenRefuses(t *testing.T) {
	repo, err := ostree.Init(t.TempDir(), &ostree.InitOptions{Mode: ostree.ModeArchive})
	require.NoError(t, err)
	defer repo.Close()
	dir := filepath.Join(t.TempDir(), "work")
	_, err = workroot.Open(t.Context(), workroot.Config{Tree: rootfs.New(repo), Dir: dir})
	require.ErrorContains(t, err, "not supported")
	require.NoDirExists(t, dir)
}
