package rpmostree_test

import (
	"testing"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/nestos-dev/nestos/rpmostree/internal/systemtest"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/stretchr/testify/require"
)

// policyPackage is a policy that gives all files of /usr/share one type.
func policyPackage(version, typ string) *rpmtest.Spec {
	contexts := "/.*	system_u:object_r:default_t:s0\n/usr/share(/.*)?	system_u:object_r:" + typ + ":s0\n/usr/etc(/.*)?	system_u:object_r:etc_t:s0\n"
	return &rpmtest.Spec{Name: "selinux-policy-demo", Version: version, Files: []rpmtest.File{
		{Path: "/etc/selinux/config", Content: []byte("SELINUX=enforcing\nSELINUXTYPE=demo\n")},
		{Path: "/etc/selinux/demo/contexts/files/file_contexts", Content: []byte(contexts)},
		{Path: "/etc/selinux/demo/policy/policy.33", Content: []byte("policy " + version)},
	}}
}

func label(t *testing.T, s *session, name string) string {
	t.Helper()
	tree, err := s.Repo().CommitFS(s.Sysroot().Deployments()[0].Commit)
	require.NoError(t, err)
	i, err := tree.Stat(name)
	require.NoError(t, err)
	value, _ := i.Sys().(*ostree.TreeEntry).Header.Xattrs.Get("security.selinux")
	return string(value)
}

func TestLabels(t *testing.T) {
	ctx := t.Context()
	w := systemtest.New(t, ostree.ModeBareUser, policyPackage("1", "usr_t"))
	w.Publish(&rpmtest.Spec{
		Name: "foo", Files: []rpmtest.File{{Path: "/usr/share/foo", Content: []byte("x")}, {Path: "/etc/foo", Content: []byte("x")}},
		Scripts: map[rpm.ScriptKind]rpm.Script{rpm.ScriptPost: {HasBody: true, Body: "echo > /usr/share/made\necho changed > /etc/foo\n"}},
	})
	s := open(t, w)
	_, err := s.Apply(ctx, &rpmostree.Change{Install: []string{"foo"}})
	require.NoError(t, err)
	for name, typ := range map[string]string{"usr/share/foo": "usr_t", "usr/share/made": "usr_t", "usr/etc/foo": "etc_t", "usr/share/rpm/rpmdb.sqlite": "usr_t"} {
		require.Equal(t, "system_u:object_r:"+typ+":s0\x00", label(t, s, name), name)
	}
	w.Base("2.0", policyPackage("2", "new_t"))
	_, err = s.Apply(ctx, &rpmostree.Change{Upgrade: true})
	require.NoError(t, err)
	require.Equal(t, "system_u:object_r:new_t:s0\x00", label(t, s, "usr/share/foo"))
	fsck(t, s.Repo())
}
