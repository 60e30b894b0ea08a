package compose_test

import (
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/compose"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/stretchr/testify/require"
)

// altfiles is the package with the name service module.
func altfiles() *rpmtest.Spec {
	return &rpmtest.Spec{Name: "nss-altfiles", Files: []rpmtest.File{{Path: "/usr/lib64/libnss_altfiles.so.2", Mode: 0o755, Content: []byte("so")}}}
}

func TestUsersStayInEtcWithoutAltfiles(t *testing.T) {
	w := newWorld(t)
	res := w.compose(minimal)
	require.Contains(t, w.read(res.Commit, "usr/etc/passwd"), "bin:x:1:1")
	require.False(t, w.exists(res.Commit, "usr/lib/passwd"))
	require.Contains(t, w.read(res.Commit, "usr/etc/nsswitch.conf"), "passwd: files\n")
}

func TestUsersMoveWithAltfiles(t *testing.T) {
	w := newWorld(t)
	w.packages(altfiles(), scripted())
	text := with("nss-altfiles daemon", "etc-group-members: [wheel]\n")
	res := w.compose(text)
	require.Equal(t, "root:x:0:0:root:/root:/bin/sh\n", w.read(res.Commit, "usr/etc/passwd"))
	require.Equal(t, "bin:x:1:1::/bin:/bin/false\nsvc:x:77:77::/:/bin/sh\n", w.read(res.Commit, "usr/lib/passwd"))
	require.Equal(t, "root:x:0:\nwheel:x:10:\n", w.read(res.Commit, "usr/etc/group"))
	require.Equal(t, "bin:x:1:\nwheel:x:10:\nsvc:x:77:\n", w.read(res.Commit, "usr/lib/group"))
	require.Contains(t, w.read(res.Commit, "usr/etc/nsswitch.conf"), "passwd: files altfiles\ngroup: files altfiles\n")
	w.said("Migrating /usr/etc/passwd to /usr/lib/")
	// The users of the previous commit are those of the next, to which the same happens.
	again := w.compose(text, func(o *compose.TreeOptions) { o.ForceNoCache, o.NoParent = true, true })
	require.Equal(t, w.read(res.Commit, "usr/lib/passwd"), w.read(again.Commit, "usr/lib/passwd"))
	// Groups that are in both places come first then.
	require.Equal(t, "wheel:x:10:\nbin:x:1:\nsvc:x:77:\n", w.read(again.Commit, "usr/lib/group"))
	third := w.compose(text, func(o *compose.TreeOptions) { o.ForceNoCache = true })
	require.Equal(t, w.commit(again.Commit).Tree, w.commit(third.Commit).Tree)
}

// movable is scripted with another number of its user.
func movable(uid string) *rpmtest.Spec {
	s := scripted()
	s.Version = uid
	s.Scripts = map[rpm.ScriptKind]rpm.Script{rpm.ScriptPre: {HasBody: true, Body: strings.ReplaceAll(s.Scripts[rpm.ScriptPre].Body, "77", uid)}}
	return s
}

func TestChecksOfAccounts(t *testing.T) {
	w := newWorld(t)
	w.packages(movable("77"))
	text := with("daemon", "")
	w.compose(text)
	w.packages(movable("88"))
	// Its number is kept, since users of the previous commit come first.
	res := w.compose(text)
	require.Contains(t, w.read(res.Commit, "usr/etc/passwd"), "svc:x:77:77")
	_, err := w.try(text + "preserve-passwd: false\n")
	require.EqualError(t, err, "passwd UID changed: svc (77 to 88)")
	_, err = w.try(text + "preserve-passwd: false\ncheck-passwd: {type: none}\n")
	require.EqualError(t, err, "group GID changed: svc (77 to 88)")
	_, err = w.try(text + "check-passwd: {type: data, entries: {bin: 1, svc: [99, 77]}}\n")
	require.EqualError(t, err, "passwd UID changed: svc (99 to 77)")
	w.compose(text + "preserve-passwd: false\ncheck-passwd: {type: data, entries: {bin: 1, gone: 500}}\ncheck-groups: {type: none}\n")
	w.said("Unused user removed from new passwd file: gone")
	w.said("New passwd entries: svc")
	_, err = w.try(text + "check-passwd: {type: data, entries: {gone: 88}}\n")
	require.EqualError(t, err, "User missing from new passwd file: gone")
	w.compose(text + "check-passwd: {type: data, entries: {gone: 88, svc: 88, bin: 1}}\nignore-removed-users: [gone]\n")
	w.said("Ignored user missing from new passwd file: gone")
	_, err = w.try(text + "check-groups: {type: data, entries: {gone: 88}}\n")
	require.EqualError(t, err, "Group missing from new group file: gone")

	w.file("config/passwd", "root:x:0:0:root:/root:/bin/sh\nbin:x:1:1::/bin:/bin/false\nsvc:x:55:55::/:/bin/sh\n")
	w.file("config/group", "root:x:0:\nbin:x:1:\nwheel:x:10:\nsvc:x:55:\n")
	res = w.compose(text + "check-passwd: {type: file, filename: passwd}\ncheck-groups: {type: file, filename: group}\n")
	require.Contains(t, w.read(res.Commit, "usr/etc/passwd"), "svc:x:55:55")
	require.Contains(t, w.read(res.Commit, "usr/etc/shadow"), "svc:*::0:99999:7:::\n")
	require.Contains(t, w.tool("ostree", "--repo="+w.path("repo"), "ls", "os/test", "/usr/bin/daemon"), "-04755 55 55")
}
