package nameservice_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree/internal/nameservice"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs/rootfstest"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { os.Exit(testutil.MainInMemory(m)) }

// newTree is a tree with etc, usr/lib and files.
func newTree(t *testing.T, files map[string]string) *rootfs.Tree {
	t.Helper()
	tree, _ := rootfstest.New(t, ostree.ModeBareUser)
	for _, dir := range []string{"etc", "usr/lib"} {
		require.NoError(t, tree.MkdirAll(dir, rootfs.Attr{Mode: 0o755}))
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		put(t, tree, name, files[name])
	}
	return tree
}

func modeOf(name string) uint32 {
	switch {
	case !strings.HasSuffix(name, "shadow"):
		return 0o644
	case os.Geteuid() == 0:
		return 0
	}
	return 0o600
}

func put(t *testing.T, tree *rootfs.Tree, name, text string) {
	t.Helper()
	require.NoError(t, tree.WriteFile(t.Context(), name, rootfs.Attr{Mode: modeOf(name), GID: 3}, []byte(text)))
}

func get(t *testing.T, tree *rootfs.Tree, name string) string {
	t.Helper()
	b, err := tree.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "absent"
	}
	require.NoError(t, err)
	i, err := tree.Lstat(name)
	require.NoError(t, err)
	require.Equal(t, modeOf(name), i.Header.Mode&0o7777, name)
	require.Equal(t, uint32(3), i.Header.GID, name)
	return string(b)
}

// add appends an entry, as useradd does.
func add(t *testing.T, tree *rootfs.Tree, name, line string) {
	t.Helper()
	text, err := tree.ReadFile(name)
	if !errors.Is(err, fs.ErrNotExist) {
		require.NoError(t, err)
	}
	put(t, tree, name, string(text)+line)
}

const (
	root   = "root:x:0:0::/root:/bin/sh\n"
	bin    = "bin:x:1:1::/:/sbin/nologin\n"
	chrony = "chrony:x:990:990::/:/sbin/nologin\n"
	core   = "core:x:1000:1000::/home/core:/bin/sh\n"
)

func altfiles() map[string]string {
	return map[string]string{
		"usr/lib/passwd": bin, "usr/lib/group": "bin:x:1:\n",
		"etc/passwd": root, "etc/group": "root:x:0:\n", "etc/shadow": "root:!locked:19000:0:99999:7:::\n",
		"etc/gshadow": "root:::\n", "etc/subuid": "old:1:1\n",
		"etc/.pwd.lock": "", "etc/passwd-": "stale", "etc/gshadow-": "stale",
	}
}

func TestAltfiles(t *testing.T) {
	tree := newTree(t, altfiles())
	local := nameservice.Local{Passwd: root + core, Group: "root:x:0:\nwheel:x:10:core"}
	state, err := nameservice.Prepare(t.Context(), tree, local)
	require.NoError(t, err)
	require.Equal(t, bin, get(t, tree, "etc/passwd"), "scripts edit the vendor's users")
	require.Equal(t, bin+root+core, get(t, tree, "usr/lib/passwd"), "and see the local ones")
	require.Equal(t, "bin:x:1:\nroot:x:0:\nwheel:x:10:core\n", get(t, tree, "usr/lib/group"))
	for _, gone := range []string{"etc/.pwd.lock", "etc/passwd-", "etc/gshadow-"} {
		require.Equal(t, "absent", get(t, tree, gone), gone)
	}

	add(t, tree, "etc/passwd", chrony)
	add(t, tree, "etc/group", "chrony:x:990:\n")
	add(t, tree, "etc/shadow", "chrony:!:20000::::::\n")
	add(t, tree, "etc/subgid", "chrony:1:1\n")
	put(t, tree, "etc/passwd-", "backup")
	put(t, tree, "etc/.pwd.lock", "")
	names, err := nameservice.Load(tree)
	require.NoError(t, err)
	uid, ok := names.UID("chrony")
	require.True(t, ok)
	require.Equal(t, uint32(990), uid)
	uid, ok = names.UID("core")
	require.True(t, ok, "a file may belong to a local user")
	require.Equal(t, uint32(1000), uid)

	require.NoError(t, state.Finish(t.Context(), tree))
	for name, want := range map[string]string{
		"usr/lib/passwd": bin + chrony, "usr/lib/group": "bin:x:1:\nchrony:x:990:\n",
		"etc/passwd": root, "etc/group": "root:x:0:\n", "etc/shadow": "root:!locked::0:99999:7:::\n", "etc/gshadow": "root:::\n",
		"etc/subuid": "old:1:1\n", "etc/subgid": "absent", "etc/passwd-": "absent", "etc/.pwd.lock": "absent",
	} {
		require.Equal(t, want, get(t, tree, name), name)
	}
}

// Whatever scripts do, local users get neither into the commit nor twice into what scripts see, and a
// second layering on the same base gives the same files.
func TestLocalUsersStayLocal(t *testing.T) {
	for name, script := range map[string]func(*rootfs.Tree) error{
		"nothing":     func(*rootfs.Tree) error { return nil },
		"removes etc": func(tree *rootfs.Tree) error { return errors.Join(tree.Remove("etc/passwd"), tree.Remove("etc/group")) },
		"removes vendor": func(tree *rootfs.Tree) error {
			return errors.Join(tree.Remove("usr/lib/passwd"), tree.Remove("usr/lib/group"))
		},
		"removes shadows": func(tree *rootfs.Tree) error {
			return errors.Join(tree.Remove("etc/shadow"), tree.Remove("etc/gshadow"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			tree := newTree(t, altfiles())
			before := map[string]string{}
			for _, f := range []string{"usr/lib/passwd", "usr/lib/group", "etc/passwd", "etc/group", "etc/gshadow"} {
				before[f] = get(t, tree, f)
			}
			for range 2 {
				// bin is the administrator's as well, with another number.
				local := nameservice.Local{Passwd: "bin:x:77:77::/:/bin/sh\n" + core + core, Group: "wheel:x:10:core\n"}
				state, err := nameservice.Prepare(t.Context(), tree, local)
				require.NoError(t, err)
				require.Equal(t, bin+core, get(t, tree, "usr/lib/passwd"))
				require.NoError(t, script(tree))
				require.NoError(t, state.Finish(t.Context(), tree))
				for f, text := range before {
					require.Equal(t, text, get(t, tree, f), f)
				}
			}
		})
	}
}

func TestMissingFilesAndNewlines(t *testing.T) {
	// Only users are the vendor's; groups are in etc. Nothing ends with a newline.
	tree := newTree(t, map[string]string{"usr/lib/passwd": strings.TrimSpace(bin), "etc/group": "root:x:0:", "etc/gshadow": "root:::"})
	state, err := nameservice.Prepare(t.Context(), tree, nameservice.Local{Passwd: strings.TrimSpace(core), Group: "wheel:x:10:"})
	require.NoError(t, err)
	require.Equal(t, bin, get(t, tree, "etc/passwd"), "a line can be appended")
	require.Equal(t, bin+core, get(t, tree, "usr/lib/passwd"))
	require.Equal(t, "root:x:0:", get(t, tree, "etc/group"))
	require.Equal(t, "absent", get(t, tree, "usr/lib/group"))
	put(t, tree, "etc/passwd", bin+strings.TrimSpace(chrony))
	put(t, tree, "etc/group", "root:x:0:\nchrony:x:990:\n")
	put(t, tree, "etc/gshadow", "root:::\nchrony:!::\n")
	require.NoError(t, state.Finish(t.Context(), tree))
	require.Equal(t, bin+chrony, get(t, tree, "usr/lib/passwd"))
	require.Equal(t, "absent", get(t, tree, "etc/passwd"), "it was not there before")
	require.Equal(t, "root:x:0:\nchrony:x:990:\n", get(t, tree, "etc/group"))
	require.Equal(t, "root:::\nchrony:!::\n", get(t, tree, "etc/gshadow"))

	empty := newTree(t, nil)
	state, err = nameservice.Prepare(t.Context(), empty, nameservice.Local{Passwd: core})
	require.NoError(t, err)
	require.NoError(t, state.Finish(t.Context(), empty))
	names, err := empty.Names("etc")
	require.NoError(t, err)
	require.Empty(t, names)
}

func TestEverythingInEtc(t *testing.T) {
	tree := newTree(t, map[string]string{
		"etc/passwd": root + bin, "etc/group": "root:x:0:\n", "etc/shadow": "root:*:1:::::: \nbin:!!:2::::::\nuser:$6$x:3::::::\n", "etc/shadow-": "x",
	})
	state, err := nameservice.Prepare(t.Context(), tree, nameservice.Local{Passwd: core})
	require.NoError(t, err)
	require.Equal(t, root+bin, get(t, tree, "etc/passwd"))
	add(t, tree, "etc/passwd", chrony)
	add(t, tree, "etc/shadow", "chrony:!:20000::::::\n")
	add(t, tree, "etc/subuid", "chrony:1:1\n")
	require.NoError(t, state.Finish(t.Context(), tree))
	require.Equal(t, root+bin+chrony, get(t, tree, "etc/passwd"))
	require.Equal(t, "root:*::::::: \nbin:!!:::::::\nuser:$6$x:3::::::\nchrony:!:::::::\n", get(t, tree, "etc/shadow"))
	require.Equal(t, "chrony:1:1\n", get(t, tree, "etc/subuid"))
	require.Equal(t, "absent", get(t, tree, "usr/lib/passwd"))
	require.Equal(t, "absent", get(t, tree, "etc/shadow-"))
}

func TestNames(t *testing.T) {
	n := nameservice.ParseNames(
		[]string{"root:x:5:5\n# bin:x:3:3\nbin:x:1:1\n+::::::\nbad:x:y:1\nnegative:x:-1:1\nhuge:x:4294967296:1\nshort:x\n:x:4:4\n  blank:x:7:7", "bin:x:2:2\nlast:x:4294967294:1"},
		[]string{"wheel:x:10:a,b\n"},
	)
	for user, want := range map[string]uint32{"root": 5, "bin": 1, "last": 4294967294, "blank": 7} {
		uid, ok := n.UID(user)
		require.True(t, ok, user)
		require.Equal(t, want, uid, user)
	}
	for _, user := range []string{"+", "bad", "negative", "huge", "short", "", "# bin", "wheel"} {
		_, ok := n.UID(user)
		require.False(t, ok, user)
	}
	gid, ok := n.GID("wheel")
	require.True(t, ok)
	require.Equal(t, uint32(10), gid)
	gid, ok = n.GID("root")
	require.True(t, ok, "root needs no entry")
	require.Zero(t, gid)

	// A commit has its users in usr/etc, behind none in etc; links are followed.
	tree := newTree(t, map[string]string{"usr/lib/passwd": "a:x:3:3\nb:x:4:4\n", "etc/group": "g:x:1:\n"})
	require.NoError(t, tree.MkdirAll("usr/etc", rootfs.Attr{Mode: 0o755}))
	put(t, tree, "usr/etc/real", "a:x:2:2\n")
	require.NoError(t, tree.Symlink(t.Context(), path.Join("usr/etc", "passwd"), "real", rootfs.Attr{}))
	n, err := nameservice.Load(tree)
	require.NoError(t, err)
	a, _ := n.UID("a")
	b, _ := n.UID("b")
	g, _ := n.GID("g")
	require.Equal(t, []uint32{2, 4, 1}, []uint32{a, b, g})
}
