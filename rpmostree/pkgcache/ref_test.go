package pkgcache_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/pkgcache"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/stretchr/testify/require"
)

func TestRefs(t *testing.T) {
	for nevra, want := range map[string]string{
		"foo-1.0-1.x86_64":             "rpmostree/pkg/foo/1.0-1.x86__64",
		"perl-4:5.16.3-291.el7.x86_64": "rpmostree/pkg/perl/4_3A5.16.3-291.el7.x86__64",
		"g++-1~rc1-1.noarch":           "rpmostree/pkg/g_2B_2B/1_7Erc1-1.noarch",
		"a_b-2^git-3.x86_64":           "rpmostree/pkg/a__b/2_5Egit-3.x86__64",
	} {
		n, err := rpm.ParseNEVRA(nevra)
		require.NoError(t, err)
		require.Equal(t, want, pkgcache.Ref(n))
		back, err := pkgcache.ParseRef(want)
		require.NoError(t, err)
		require.Equal(t, nevra, back)
	}
	for _, bad := range []string{"", "rpmostree/pkg/", "rpmostree/pkg/a", "rpmostree/pkg/a/b/c", "rpmostree/pkg/a_/1", "rpmostree/pkg/a/_G1", "other/a/1-1.x"} {
		_, err := pkgcache.ParseRef(bad)
		require.Error(t, err, bad)
	}
}

func TestTranslate(t *testing.T) {
	for path, want := range map[string]string{
		"/etc": "usr/etc", "./etc/d.conf": "usr/etc/d.conf", "/boot/vmlinuz": "usr/lib/ostree-boot/vmlinuz", "/opt/x/y": "usr/lib/opt/x/y",
		"/var/lib/alternatives/x": "usr/lib/alternatives/x", "/var/lib/vagrant": "usr/lib/vagrant",
		"/var/lib/selinux/targeted/active": "usr/etc/selinux/targeted/active", "/usr/local/bin/x": "usr/local/bin/x", "/bin": "bin", "/lib64/ld.so": "lib64/ld.so",
		"/var/lib/x": "tmpfiles", "/run/x": "tmpfiles", "/var/run/x": "tmpfiles",
		"/var/lib/rpm": "dropped", "/var/lib/selinux": "dropped", "/var": "dropped", "/run": "dropped", "/usr/etc/selinux/x.LOCK": "dropped", "/": "dropped",
		"/srv/x": "refused", "/etcx": "refused", ".": "dropped", "/.x": "refused", "./": "dropped", "/home": "refused", "/mydir": "refused",
	} {
		at, where, err := pkgcache.Translate("foo", path)
		got := at
		switch {
		case err != nil:
			require.Equal(t, fmt.Sprintf("Analyzing /%s: Unsupported path; see https://github.com/projectatomic/rpm-ostree/issues/233", strings.Trim(path, "/")), err.Error())
			got = "refused"
		case where == pkgcache.Tmpfiles:
			got = "tmpfiles"
		case where == pkgcache.Dropped:
			got = "dropped"
		}
		require.Equal(t, want, got, path)
	}
	_, where, err := pkgcache.Translate("filesystem", "/home")
	require.NoError(t, err)
	require.Equal(t, pkgcache.Dropped, where)
}
