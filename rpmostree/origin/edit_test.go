package origin_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/rpmostree/origin"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

func local(nevra string) origin.Local { return origin.Local{SHA256: sumA, NEVRA: nevra} }

func TestAddPackages(t *testing.T) {
	base := func() *origin.Origin {
		return &origin.Origin{
			Refspec:           "a:b",
			Packages:          treefile.NewSet("foobar-1.0-1.x86_64"),
			Local:             origin.Locals{local("bazboo-1.0-1.x86_64")},
			LocalFileOverride: origin.Locals{local("dodo-1.0-1.x86_64")},
		}
	}
	for request, want := range map[string]string{
		"foobar-1.0-1.x86_64": "Package/capability 'foobar-1.0-1.x86_64' is already requested",
		"bazboo-1.0-1.x86_64": "Package 'bazboo-1.0-1.x86_64' is already layered",
		"dodo-1.0-1.x86_64":   "Package 'dodo-1.0-1.x86_64' is already layered",
	} {
		add := map[string]func(o *origin.Origin, idempotent bool) (bool, error){
			"request": func(o *origin.Origin, i bool) (bool, error) { return o.AddPackages([]string{"new", request}, i) },
			"local": func(o *origin.Origin, i bool) (bool, error) {
				return o.AddLocalPackages([]origin.Local{local("n-1-1.noarch"), local(request)}, false, i)
			},
			"fileoverride": func(o *origin.Origin, i bool) (bool, error) {
				return o.AddLocalPackages([]origin.Local{local("n-1-1.noarch"), local(request)}, true, i)
			},
		}
		for kind, f := range add {
			o := base()
			_, err := f(o, false)
			assert.EqualError(t, err, want, kind)
			assert.Equal(t, base(), o, "an error changes nothing")
			changed, err := f(o, true)
			require.NoError(t, err)
			assert.True(t, changed)
			changed, err = f(o, true)
			require.NoError(t, err)
			assert.False(t, changed, "all are there now")
		}
	}
}

func TestRemovePackages(t *testing.T) {
	o := &origin.Origin{
		Refspec:           "a:b",
		Packages:          treefile.NewSet("regular", "/usr/bin/htop", "foo >= 2"),
		Local:             origin.Locals{local("local1-1.0-1.x86_64"), local("local2-1.0-1.x86_64")},
		LocalFileOverride: origin.Locals{local("over1-1.0-1.x86_64"), local("over2-4:1.0-1.x86_64")},
	}
	before := o.Clone()
	_, err := o.RemovePackages([]string{"regular", "nope"}, false)
	assert.EqualError(t, err, "Package/capability 'nope' is not currently requested")
	assert.Equal(t, before, o)
	changed, err := o.RemovePackages([]string{"regular", "/usr/bin/htop", "foo >= 2", "local1-1.0-1.x86_64", "local2", "over1-1.0-1.x86_64", "over2"}, false)
	require.NoError(t, err)
	assert.True(t, changed)
	assert.False(t, o.HasPackages())
	changed, err = o.RemovePackages([]string{"regular"}, true)
	require.NoError(t, err)
	assert.False(t, changed)
}

func TestOverrides(t *testing.T) {
	o := &origin.Origin{Refspec: "a:b"}
	require.NoError(t, o.AddOverrideRemove("nano", "telnet"))
	assert.EqualError(t, o.AddOverrideRemove("vim", "nano"), "Override already exists for package 'nano'")
	assert.Equal(t, treefile.Set{"nano", "telnet"}, o.OverrideRemove, "an error changes nothing")
	require.NoError(t, o.AddOverrideReplaceLocal(local("bash-5-1.x86_64")))
	assert.EqualError(t, o.AddOverrideReplaceLocal(local("bash-5-1.x86_64")), "Override already exists for package 'bash-5-1.x86_64'")
	assert.True(t, o.AddOverrideReplace("testing", "kernel", "systemd"))
	assert.EqualError(t, o.AddOverrideRemove("kernel"), "Override already exists for package 'kernel'")

	assert.EqualError(t, o.ResetOverrides("nano", "nope"), "No overrides for package 'nope'")
	assert.True(t, o.OverrideRemove.Contains("nano"))
	require.NoError(t, o.ResetOverrides("nano", "telnet-1-1.x86_64", "bash", "kernel"))
	assert.Equal(t, []origin.RepoReplace{{"testing", treefile.Set{"systemd"}}}, o.OverrideReplace)
	require.NoError(t, o.ResetOverrides("systemd"))
	assert.False(t, o.HasPackages())
	assert.False(t, o.ResetAllOverrides())
	require.NoError(t, o.AddOverrideRemove("x"))
	assert.True(t, o.ResetAllOverrides())
}

func TestAddOverrideReplaceTakesFromOthers(t *testing.T) {
	o := &origin.Origin{Refspec: "a:b"}
	assert.True(t, o.AddOverrideReplace("foobar", "foo", "bar"))
	assert.True(t, o.AddOverrideReplace("other", "foo", "new"))
	want := []origin.RepoReplace{{"foobar", treefile.Set{"bar"}}, {"other", treefile.Set{"foo", "new"}}}
	assert.Equal(t, want, o.OverrideReplace)
	assert.False(t, o.AddOverrideReplace("other", "foo", "new"))
	assert.True(t, o.AddOverrideReplace("other", "bar"))
	assert.Equal(t, []origin.RepoReplace{{"other", treefile.Set{"foo", "new"}}, {"other", treefile.Set{"bar"}}}, o.OverrideReplace)
}

func TestInitramfs(t *testing.T) {
	o := &origin.Origin{Refspec: "a:b"}
	assert.EqualError(t, o.SetInitramfs(false), "initramfs regeneration state is already disabled")
	require.NoError(t, o.SetInitramfs(true, "-a", "40foo"))
	assert.EqualError(t, o.SetInitramfs(true), "initramfs regeneration state is already enabled")
	assert.Equal(t, []string{"-a", "40foo"}, o.InitramfsArgs)
	require.NoError(t, o.SetInitramfs(false))
	assert.Nil(t, o.InitramfsArgs)

	for _, bad := range []string{"/usr/x", "etc/x", "/etc", "/etc/../usr/x"} {
		_, err := o.TrackInitramfsEtc("/etc/a", bad)
		assert.EqualError(t, err, "Path outside /etc forbidden: "+bad)
	}
	changed, err := o.TrackInitramfsEtc("/etc/b", "/etc/a")
	require.NoError(t, err)
	assert.True(t, changed)
	changed, err = o.TrackInitramfsEtc("/etc/a")
	require.NoError(t, err)
	assert.False(t, changed)
	assert.False(t, o.UntrackInitramfsEtc("/etc/x"))
	assert.True(t, o.UntrackInitramfsEtc("/etc/a"))
	assert.True(t, o.UntrackAllInitramfsEtc())
	assert.False(t, o.UntrackAllInitramfsEtc())
	require.NoError(t, o.SetInitramfs(true))
	assert.True(t, o.ResetInitramfs())
	assert.False(t, o.ResetInitramfs())
}

func TestRebase(t *testing.T) {
	o := parse(t, complexOrigin)
	o.UnconfiguredState = "register"
	assert.EqualError(t, o.Rebase(o.Refspec, "", ""), "Old and new refs are equal: fedora:fedora/34/x86_64/silverblue")
	require.NoError(t, o.Rebase("ostree-unverified-registry:quay.io/x:1", "", ""))
	assert.Equal(t, origin.KindContainer, o.Kind())
	assert.Empty(t, o.OverrideCommit)
	assert.NoError(t, o.CheckConfigured())
	assert.True(t, o.Packages.Contains("fish"))
	out := text(t, o)
	assert.Contains(t, out, "[origin]\nsomeone-else=1\ncontainer-image-reference=ostree-unverified-registry:quay.io/x:1\n")
	assert.NotContains(t, out, "refspec")
	assert.EqualError(t, o.Rebase("ostree-unverified-registry:quay.io/x:1", "", ""),
		"Old and new refs are equal: ostree-unverified-registry:quay.io/x:1")

	assert.EqualError(t, o.Rebase(pin, "https://x", ""), "Invalid custom-origin")
	require.NoError(t, o.Rebase(pin, "https://x", "Managed by MegaCorp, Inc."))
	assert.Equal(t, origin.KindChecksum, o.Kind())
	assert.Contains(t, text(t, o), "custom-url=https://x\ncustom-description=Managed by MegaCorp, Inc.\n")
	require.NoError(t, o.Rebase("a:b", "", ""))
	assert.NotContains(t, text(t, o), "custom-")
}

func TestMatchBasePackage(t *testing.T) {
	base := []origin.BasePackage{{"a", "a-1-1.noarch"}, {"kernel", "kernel-1-1.x86_64"}, {"kernel", "kernel-2-1.x86_64"}}
	p, err := origin.MatchBasePackage(base, "a")
	require.NoError(t, err)
	assert.Equal(t, "a", p.Name)
	p, err = origin.MatchBasePackage(base, "kernel-2-1.x86_64")
	require.NoError(t, err)
	assert.Equal(t, "kernel", p.Name)
	_, err = origin.MatchBasePackage(base, "kernel")
	assert.EqualError(t, err, `Multiple packages match "kernel"`)
	_, err = origin.MatchBasePackage(base, "z")
	assert.EqualError(t, err, `Package "z" not found`)
}

func TestLocalNames(t *testing.T) {
	for nevra, name := range map[string]string{
		"foobar-1.0-1.x86_64": "foobar", "dodo-0:1.0-1.aarch64": "dodo", "python3-x-y-2:1.0-1.mips": "python3-x-y",
	} {
		l, err := origin.ParseLocal(sumA + ":" + nevra)
		require.NoError(t, err)
		assert.Equal(t, name, l.Name())
		assert.Equal(t, sumA+":"+nevra, l.String())
	}
	for _, bad := range []string{"invalid", "a-1.noarch", "-1-1.noarch", "a-1-1", "a-1-1.", "a--1.x", "a-1-.x"} {
		_, err := origin.ParseLocal(sumA + ":" + bad)
		assert.EqualError(t, err, "Invalid NEVRA in "+sumA+":"+bad)
	}
}
