package compose_test

import (
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/compose"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/stretchr/testify/require"
)

// policy is a package with a small SELinux policy.
func policy(version string) *rpmtest.Spec {
	contexts := `/.*	system_u:object_r:default_t:s0
/etc(/.*)?	system_u:object_r:etc_t:s0
/usr(/.*)?	system_u:object_r:usr_t:s0
/usr/bin(/.*)?	system_u:object_r:bin` + version + `_t:s0
/opt/secret	--	system_u:object_r:secret_t:s0
`
	return &rpmtest.Spec{Name: "selinux-policy", Version: version, Files: []rpmtest.File{
		{Path: "/etc/selinux/config", Content: []byte("SELINUX=enforcing\nSELINUXTYPE=targeted\n")},
		{Path: "/etc/selinux/targeted/policy/policy.33", Content: []byte("binary " + version)},
		{Path: "/etc/selinux/targeted/contexts/files/file_contexts", Content: []byte(contexts)},
		{Path: "/etc/selinux/targeted/contexts/files/file_contexts.subs_dist", Content: []byte("/var/home /home\n")},
		{Path: "/opt/secret", Content: []byte("s")},
	}}
}

func TestSELinux(t *testing.T) {
	w := newWorld(t)
	w.packages(policy("1"))
	text := strings.Replace(with("selinux-policy", ""), "selinux: false\n", "", 1)
	label := func(res *compose.Result, name string) string {
		t.Helper()
		out := w.tool("ostree", "--repo="+w.path("repo"), "ls", "-X", res.Commit.String(), name)
		return out[strings.Index(out, "{"):]
	}
	res := w.compose(text)
	require.Contains(t, label(res, "/usr/bin/busybox"), "bin1_t")
	require.Contains(t, label(res, "/usr/etc/passwd"), "etc_t", "the tree's own substitutions count")
	require.Contains(t, label(res, "/usr/lib/opt/secret"), "secret_t")
	require.Contains(t, label(res, "/usr/share/rpm/rpmdb.sqlite"), "usr_t")
	subs := w.read(res.Commit, "usr/etc/selinux/targeted/contexts/files/file_contexts.subs_dist")
	require.Contains(t, subs, "# /var/home /home\n")
	require.Contains(t, subs, "\n/home /var/home\n")
	w.tool("ostree", "--repo="+w.path("repo"), "fsck")

	// Another policy labels everything anew, whatever labels the packages have in the cache.
	w.packages(policy("2"))
	res = w.compose(text)
	require.Contains(t, label(res, "/usr/bin/busybox"), "bin2_t")
	again := w.compose(text, func(o *compose.TreeOptions) { o.ForceNoCache = true })
	require.Equal(t, w.commit(res.Commit).ContentChecksum(), w.commit(again.Commit).ContentChecksum())
	fresh := w.compose(text, func(o *compose.TreeOptions) { o.ForceNoCache, o.CacheDir = true, "" })
	require.Equal(t, w.commit(res.Commit).ContentChecksum(), w.commit(fresh.Commit).ContentChecksum())

	res = w.compose(text + "selinux-label-version: 1\n")
	_, ok := w.commit(res.Commit).Metadata.LookupType("ostree.selinux-label-version", "u")
	require.True(t, ok)
	require.Contains(t, label(res, "/usr/etc/passwd"), "etc_t")

	res = w.compose(text, func(o *compose.TreeOptions) { o.DisableSELinux, o.ForceNoCache = true, true })
	require.NotContains(t, label2(w, res), "security.selinux")
}

func label2(w *world, res *compose.Result) string {
	return w.tool("ostree", "--repo="+w.path("repo"), "ls", "-R", "-X", res.Commit.String())
}
