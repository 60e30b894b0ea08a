package treefile_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

func TestNextVersion(t *testing.T) {
	now := time.Date(2019, 7, 4, 3, 5, 9, 0, time.FixedZone("x", 7200))
	for _, c := range []struct{ prefix, suffix, last, want string }{
		{"10", "", "", "10"}, {"10", "", "9", "10"}, {"10", "", "11", "10"}, {"10", "", "xyz", "10"},
		{"10", "", "101.1", "10"}, {"10", "", "10001", "10"}, {"10", "", "10x.1", "10"},
		{"10", "", "10", "10.1"}, {"10", "", "10.3", "10.4"}, {"10", "", "10.1.5", "10.2"}, {"10", "", "10.", "10.1"}, {"10", "", "10.x", "10.1"},
		{"10.1", "", "10.1.5", "10.1.6"}, {"10.1", "", "10.1.2x", "10.1.3"}, {"10.1", "", "10.12", "10.1"},
		{"10.1", "", "10.2", "10.1"}, {"10.1", "", "10.1x", "10.1"},
		{"10", "-", "10", "10-1"}, {"10", "-", "10-1", "10-2"}, {"10", "-", "10.1", "10"},
		{"10", "", "10.18446744073709551615", "10.18446744073709551616"},
		{"22.<date:%Y>", "", "", "22.2019.0"}, {"22.<date:%Y>", "", "22.2018.7", "22.2019.0"},
		{"22.<date:%Y>", "", "22.2019", "22.2019.0"}, {"22.<date:%Y>", "", "22.2019.0", "22.2019.1"},
		{"22.<date:%Y>", "", "22.20191", "22.2019.0"}, {"22.<date:%Y>.1", "", "22.2019.1.0", "22.2019.1.1"},
		{"<date:%Y%m%d>", "", "20190704.9", "20190704.10"}, {"<date:%Y%m%d%H%M>", "", "", "201907040105.0"},
	} {
		got, warnings, err := treefile.NextVersion(c.prefix, c.suffix, c.last, now)
		require.NoError(t, err)
		assert.Empty(t, warnings)
		assert.Equal(t, c.want, got, "%+v", c)
	}
	got, warnings, err := treefile.NextVersion("1<foo:bar>", "", "", now)
	require.NoError(t, err)
	assert.Equal(t, "1<foo:bar>", got)
	assert.Equal(t, []string{"ignoring unknown tag foo"}, warnings)
	_, _, err = treefile.NextVersion("<date:%Q>", "", "", now)
	assert.ErrorContains(t, err, "not supported")
	_, _, err = treefile.NextVersion("<date:%>", "", "", now)
	assert.ErrorContains(t, err, "ends after %")
	_, _, err = yaml(t, "ref: a\n").NextVersion("", now)
	assert.EqualError(t, err, "Member 'automatic-version-prefix' not found")
	got, _, err = yaml(t, "automatic-version-prefix: '1'\nautomatic-version-suffix: '-'\n").NextVersion("1-4", now)
	require.NoError(t, err)
	assert.Equal(t, "1-5", got)
}

func TestDateFormats(t *testing.T) {
	now := time.Date(2024, 12, 30, 0, 5, 9, 0, time.UTC) // Monday of week 1 of 2025
	for format, want := range map[string]string{
		"%a %A %b %B %h": "Mon Monday Dec December Dec", "%C%y %d %e %D %F": "2024 30 30 12/30/24 2024-12-30",
		"%g %G %V %u %w": "25 2025 01 1 1", "%H %I %k %l %M %S %j": "00 12  0 12 05 09 365", "%p %P %R %T": "AM am 00:05 00:05:09",
		"%s %z %Z %%%n%t": "1735517109 +0000 UTC %\n\t", "%-H %_M %-j %0e %Oy": "0  5 365 30 24", "%r": "12:05:09 AM",
	} {
		got, _, err := treefile.NextVersion("<date:"+format+">", "", "", now)
		require.NoError(t, err)
		assert.Equal(t, want+".0", got, format)
	}
}

func TestMutateOSRelease(t *testing.T) {
	in := "NAME=Example\nVERSION=\"22 (Twenty Two)\"\n\nVERSION_ID=22\nPRETTY_NAME=\"Example 22\"\n"
	want := "NAME=Example\nVERSION=\"22.7 (Twenty Two)\"\nVERSION_ID=22\nPRETTY_NAME=\"Example 22.7\"\nOSTREE_VERSION='22.7'\n"
	assert.Equal(t, want, treefile.MutateOSRelease(in, "22", "22.7"))
	assert.Equal(t, "OSTREE_VERSION='it'\\''s'\n", treefile.MutateOSRelease("", "", "it's"))
}

func TestAddAltfiles(t *testing.T) {
	for in, want := range map[string]string{
		"passwd: files sss\ngroup:  files\nhosts: files dns\n": "passwd: files altfiles sss\ngroup:  files altfiles\nhosts: files dns\n",
		"passwd:     sss files systemd":                        "passwd:     sss files altfiles systemd",
		"passwd: files altfiles\n":                             "passwd: files altfiles\n",
		"passwd: altfiles files\n":                             "passwd: altfiles files\n",
		"passwd: sss\n# group: files\npasswd:\n":               "passwd: sss\n# group: files\npasswd:\n",
	} {
		got := treefile.AddAltfiles(in)
		assert.Equal(t, want, got)
		assert.Equal(t, got, treefile.AddAltfiles(got), "once is enough")
	}
}

const passwdFile = `root:x:0:0:root:/root:/bin/bash

+userA
-userB
daemon:x:1:2:daemon:/usr/sbin:/usr/sbin/nologin
# Dummy comment
someuser:x:1000:1001:Foo BAR,,,:/home/foobar:/bin/bash
`

func TestParsePasswd(t *testing.T) {
	users, err := treefile.ParsePasswd([]byte(passwdFile))
	require.NoError(t, err)
	require.Len(t, users, 3)
	assert.Equal(t, treefile.User{"someuser", "x", 1000, 1001, "Foo BAR,,,", "/home/foobar", "/bin/bash"}, users[2])
	assert.Equal(t, "root:x:0:0:root:/root:/bin/bash\n", string(treefile.FormatUsers(users[:1])))
	etc, lib := treefile.SplitUsers(users)
	assert.Equal(t, users[:1], etc)
	assert.Equal(t, users[1:], lib)
	assert.Equal(t, "daemon:*::0:99999:7:::\n", string(treefile.ShadowFor(users[1:2])))
	for _, bad := range []string{"a", "a:x:b:1:::", "a:x:1:-1:::", "a:x:4294967296:1:::", "a:x:1:1::"} {
		_, err := treefile.ParsePasswd([]byte("root:x:0:0:::\n" + bad + "\n"))
		assert.EqualError(t, err, "failed to parse passwd entry at line 2, content: "+bad)
	}
}

func TestParseGroup(t *testing.T) {
	groups, err := treefile.ParseGroup([]byte("+a\n\nroot:x:0:\nwheel:x:10:a,b\nadm:x:4:\n"))
	require.NoError(t, err)
	require.Len(t, groups, 3)
	assert.Equal(t, treefile.Group{"wheel", "x", 10, []string{"a", "b"}}, groups[1])
	assert.Equal(t, "root:x:0:\nwheel:x:10:a,b\nadm:x:4:\n", string(treefile.FormatGroups(groups)))
	etc, lib := treefile.SplitGroups(groups, []string{"wheel"})
	assert.Equal(t, groups[:2], etc)
	assert.Equal(t, groups[1:], lib)
	assert.Equal(t, "wheel:::\n", string(treefile.GShadowFor(groups[1:2])))
	_, err = treefile.ParseGroup([]byte("a:x\n"))
	assert.EqualError(t, err, "failed to parse group entry at line 1, content: a:x")
}

func TestCheckUsers(t *testing.T) {
	inUse := func(uid uint32) (bool, error) {
		if uid == 99 {
			return false, errors.New("cannot look")
		}
		return uid == 7, nil
	}
	ids := func(pairs ...uint32) map[string]treefile.IDs {
		m := map[string]treefile.IDs{}
		for i := 0; i+1 < len(pairs); i += 2 {
			m[string(rune('a'+i/2))] = treefile.IDs{UID: pairs[i], GID: pairs[i+1]}
		}
		return m
	}
	for _, c := range []struct {
		name          string
		expected, now map[string]treefile.IDs
		ignore        treefile.Set
		notes         []string
		err           string
	}{
		{name: "equal", expected: ids(1, 1), now: ids(1, 1)},
		{name: "new", expected: ids(1, 1), now: ids(1, 1, 2, 2, 3, 3), notes: []string{"New passwd entries: b, c"}},
		{name: "uid", expected: ids(1, 1), now: ids(2, 1), err: "passwd UID changed: a (1 to 2)"},
		{name: "gid", expected: ids(1, 1), now: ids(1, 5), err: "passwd GID changed: a (1 to 5)"},
		{name: "gone", expected: ids(7, 7), err: "User missing from new passwd file: a"},
		{name: "gone, unused", expected: ids(8, 7), notes: []string{"Unused user removed from new passwd file: a"}},
		{name: "gone, ignored", expected: ids(7, 7), ignore: treefile.NewSet("a"), notes: []string{"Ignored user missing from new passwd file: a"}},
		{name: "gone, all ignored", expected: ids(7, 7), ignore: treefile.NewSet("*"), notes: []string{"Ignored user missing from new passwd file: a"}},
		{name: "error", expected: ids(99, 99), err: "cannot look"},
	} {
		notes, err := treefile.CheckUsers(c.expected, c.now, c.ignore, inUse)
		if c.err != "" {
			assert.EqualError(t, err, c.err, c.name)
			continue
		}
		require.NoError(t, err, c.name)
		assert.Equal(t, c.notes, notes, c.name)
	}
}

func TestCheckGroups(t *testing.T) {
	used := func(gid uint32) (bool, error) { return gid == 7, nil }
	notes, err := treefile.CheckGroups(map[string]uint32{"a": 1, "gone": 8, "ig": 7}, map[string]uint32{"a": 1, "n": 2}, treefile.NewSet("ig"), used)
	require.NoError(t, err)
	assert.Equal(t, []string{"Unused group removed from new group file: gone", "Ignored group missing from new group file: ig", "New group entries: n"}, notes)
	_, err = treefile.CheckGroups(map[string]uint32{"a": 7}, nil, nil, used)
	assert.EqualError(t, err, "Group missing from new group file: a")
	_, err = treefile.CheckGroups(map[string]uint32{"a": 1}, map[string]uint32{"a": 2}, nil, used)
	assert.EqualError(t, err, "group GID changed: a (1 to 2)")
}

func TestExpectedAndInitialAccounts(t *testing.T) {
	users, err := treefile.ParsePasswd([]byte(passwdFile))
	require.NoError(t, err)
	previous := &treefile.Accounts{Users: append(users, users[0]), Groups: []treefile.Group{{Name: "g", GID: 4}}}

	tf := yaml(t, "ref: a\n")
	got, err := tf.ExpectedUsers(users)
	require.NoError(t, err)
	assert.Equal(t, treefile.UserIDs(users), got)
	acc, err := tf.InitialAccounts(previous)
	require.NoError(t, err)
	assert.Equal(t, &treefile.Accounts{Users: users, Groups: previous.Groups}, acc)
	acc, err = tf.InitialAccounts(nil)
	require.NoError(t, err)
	assert.Nil(t, acc)

	tf = yaml(t, "preserve-passwd: false\ncheck-passwd: {type: none}\ncheck-groups: {type: data, entries: {x: 3}}\n")
	got, err = tf.ExpectedUsers(users)
	require.NoError(t, err)
	assert.Empty(t, got)
	groups, err := tf.ExpectedGroups(nil)
	require.NoError(t, err)
	assert.Equal(t, map[string]uint32{"x": 3}, groups)
	acc, err = tf.InitialAccounts(previous)
	require.NoError(t, err)
	assert.Nil(t, acc)

	content := map[string]string{"p": "u:x:5:5:::\nu:x:6:6:::\n", "g": "g:x:5:\n", "main.yaml": "check-passwd: {type: file, filename: p}\ncheck-groups: {type: file, filename: g}\n"}
	acc, err = load(t, content).InitialAccounts(previous)
	require.NoError(t, err)
	assert.Equal(t, &treefile.Accounts{Users: []treefile.User{{"u", "x", 5, 5, "", "", ""}}, Groups: []treefile.Group{{"g", "x", 5, nil}}, FromFile: true}, acc)
	content["main.yaml"] = "check-passwd: {type: file, filename: p}\n"
	_, err = load(t, content).InitialAccounts(previous)
	assert.EqualError(t, err, "configured to migrate passwd data from JSON, and group data from commit")
	content["main.yaml"] = "check-groups: {type: file, filename: g}\n"
	_, err = load(t, content).InitialAccounts(previous)
	assert.EqualError(t, err, "configured to migrate passwd data from commit, and group data from JSON")
}

const lockText = `{"metadata": {"generated": "2024-05-01T10:20:30.5Z", "rpmmd_repos": {"r": {"generated": "2024-04-30T00:00:00+02:00"}}},
 "packages": {"foo": {"evra": "1.0-1.noarch", "digest": "sha256:deadcafe"}, "bar": {"evra": "0:0.8-15.x86_64", "metadata": {"a": true}}, "baz": {"evr": "2:2.1-1"}},
 "source-packages": {"boo": "3.2-5"}}`

func TestLockfile(t *testing.T) {
	l, err := treefile.ParseLockfile(treefile.JSON, []byte(lockText))
	require.NoError(t, err)
	locked, err := l.Locked()
	require.NoError(t, err)
	assert.Equal(t, []treefile.LockedPackage{
		{"bar", "0:0.8-15", "x86_64", ""}, {"baz", "2:2.1-1", "", ""}, {"foo", "1.0-1", "noarch", "sha256:deadcafe"}, {"boo", "3.2-5", "src", ""},
	}, locked)
	assert.True(t, locked[0].Matches("0.8-15", "x86_64"))
	assert.False(t, locked[0].Matches("0.8-15", "i686"))
	assert.True(t, locked[1].Matches("2:2.1-1", "anything"))
	assert.False(t, locked[1].Matches("2.1-1", "anything"))
	assert.True(t, locked[1].MatchesDigest("sha256:00"))
	assert.False(t, locked[2].MatchesDigest("sha256:00"))
	assert.EqualError(t, locked[2].NotFound(1, 1), "Couldn't find locked package 'foo-1.0-1.noarch' with checksum sha256:deadcafe (pkgs matching NEVRA: 1; mismatched checksums: 1)")
	assert.EqualError(t, locked[1].NotFound(0, 0), "Couldn't find locked package 'baz-2:2.1-1' (pkgs matching NEVRA: 0; mismatched checksums: 0)")

	b, err := l.JSON()
	require.NoError(t, err)
	again, err := treefile.ParseLockfile(treefile.JSON, b)
	require.NoError(t, err)
	c, err := again.JSON()
	require.NoError(t, err)
	assert.Equal(t, string(b), string(c))
}

func TestWriteLockfile(t *testing.T) {
	at := time.Date(2024, 5, 1, 10, 20, 30, 999, time.UTC)
	l := &treefile.Lockfile{Generated: at, Repos: map[string]time.Time{"r": time.Unix(0, 0)}}
	l.Lock(treefile.LockedPackage{Name: "foo", EVR: "1-1", Arch: "noarch", Digest: "sha256:aa"})
	l.Lock(treefile.LockedPackage{Name: "bar", EVR: "1:1-1", Arch: "x86_64"})
	b, err := l.JSON()
	require.NoError(t, err)
	assert.Equal(t, `{
  "packages": {
    "bar": {
      "evra": "1:1-1.x86_64",
      "digest": null
    },
    "foo": {
      "evra": "1-1.noarch",
      "digest": "sha256:aa"
    }
  },
  "metadata": {
    "generated": "2024-05-01T10:20:30Z",
    "rpmmd_repos": {
      "r": {
        "generated": "1970-01-01T00:00:00Z"
      }
    }
  }
}`, string(b))
}

func TestLockfilesOverrideEachOther(t *testing.T) {
	fsys := files(map[string]string{
		"base.lock.json":     lockText,
		"override.lock.yaml": "packages:\n  foo: {evra: 2.0-2.noarch}\nsource-packages: {boo: 9-9}\nmetadata: null\n",
		"empty.json":         `{"metadata": {}}`,
		"bad.json":           `{"packages": {}, "unknown-field": true}`,
		"noarch.json":        `{"packages": {"a": {"evra": "1"}}}`,
	})
	l, err := treefile.LoadLockfiles(fsys, "base.lock.json", "override.lock.yaml")
	require.NoError(t, err)
	assert.Equal(t, treefile.PackageLock{EVRA: "2.0-2.noarch"}, l.Packages["foo"])
	assert.Len(t, l.Packages, 3)
	assert.Equal(t, "9-9", l.SourcePackages["boo"])
	_, err = treefile.LoadLockfiles(fsys, "base.lock.json", "empty.json")
	assert.EqualError(t, err, "Key 'packages' not found in empty.json")
	_, err = treefile.LoadLockfiles(fsys, "bad.json")
	assert.EqualError(t, err, "Parsing bad.json: unknown field `unknown-field`, expected one of `metadata`, `packages`, `source-packages` at line 1 column 18")
	l, err = treefile.LoadLockfiles(fsys, "noarch.json")
	require.NoError(t, err)
	_, err = l.Locked()
	assert.EqualError(t, err, "package a has malformed evra: 1")
	for in, want := range map[string]string{
		`{"packages": {"a": {}}}`: "packages.a: either evr or evra is expected", `{"packages": {"a": {"evr": "1", "evra": "1.x"}}}`: "either evr or evra",
		`{"packages": {"a": {"evr": "1", "x": 1}}}`: "unknown field `x`", `{"packages": {"a": {"evr": ""}}}`: "empty version",
		`{"metadata": {"generated": "now"}}`: "not a time", `{"metadata": {"rpmmd_repos": {"r": {}}}}`: "missing field `generated`",
		`{"metadata": {"x": 1}}`: "metadata: unknown field `x`",
	} {
		_, err := treefile.ParseLockfile(treefile.JSON, []byte(in))
		assert.ErrorContains(t, err, want, in)
	}
}

func TestExtensions(t *testing.T) {
	base := map[string]string{"systemd": "246.9-3", "foobar": "1.2-3"}
	text := []byte(`repos: [baserepo]
extensions:
  bazboo: {packages: [bazboo], repos: [bazboo-repo], architectures: [x86_64]}
  dodo: {packages: [dodo, dada], architectures: [s390x]}
  ext: {packages: [foobar-ext], match-base-evr: foobar, kind: os-extension, repos: [ext-repo]}
  devel: {packages: [foobar, foobar-devel], match-base-evr: foobar, kind: development}
`)
	x, err := treefile.ParseExtensions(text, "x86_64", base)
	require.NoError(t, err)
	assert.Equal(t, []string{"bazboo", "foobar-ext-1.2-3"}, x.PackagesOf(treefile.OSExtension))
	assert.Equal(t, []string{"foobar-1.2-3", "foobar-devel-1.2-3"}, x.PackagesOf(treefile.Development))
	assert.Equal(t, []string{"baserepo", "bazboo-repo", "ext-repo"}, x.Repos)
	b, err := x.JSON()
	require.NoError(t, err)
	assert.JSONEq(t, `{"extensions": {"bazboo": {"packages": ["bazboo"], "architectures": ["x86_64"], "kind": "os-extension"},
		"devel": {"packages": ["foobar-1.2-3", "foobar-devel-1.2-3"], "match-base-evr": "foobar", "kind": "development"},
		"ext": {"packages": ["foobar-ext-1.2-3"], "match-base-evr": "foobar", "kind": "os-extension"}}, "repos": ["baserepo", "bazboo-repo", "ext-repo"]}`, string(b))
	x, err = treefile.ParseExtensions(text, "s390x", base)
	require.NoError(t, err)
	assert.Equal(t, []string{"dada", "dodo", "foobar-ext-1.2-3"}, x.PackagesOf(treefile.OSExtension))

	tf := x.Treefile(yaml(t, "ref: r\nrepos: [a]\nreleasever: 9\npackages: [p]\n"))
	assert.Equal(t, []string{"a", "baserepo", "ext-repo"}, tf.Repos)
	assert.Equal(t, treefile.Set{"dada", "dodo", "foobar-ext-1.2-3"}, tf.Packages)
	assert.Equal(t, "9", tf.ReleaseVersion())
	assert.Empty(t, tf.RefName())

	for in, want := range map[string]string{
		"extensions: {a: {packages: [foobar]}}\n":                  "package foobar already present in base",
		"extensions: {a: {packages: [x], match-base-evr: nope}}\n": "couldn't find base package nope",
		"extensions: {a: {packages: [x], kind: other}}\n":          "extensions.a.kind: unknown variant `other`, expected one of `os-extension`, `development`",
		"extensions: {a: {kind: development}}\n":                   "extensions.a: missing field `packages`",
		"repos: [a]\n":                                             "missing field `extensions`",
		"extensions: {}\nmodules: {enable: [x]}\n":                 "modules are not supported",
	} {
		_, err := treefile.ParseExtensions([]byte(in), "x86_64", base)
		assert.ErrorContains(t, err, want, in)
	}
}
