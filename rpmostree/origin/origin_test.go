package origin_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/rpmostree/origin"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

const (
	sumA = "6d0f8e0000000000000000000000000000000000000000000000000000000a9a"
	sumB = "648ab3ff4d4b708ea180269297de5fa3e972f4481d47b7879c6329272e474d68"
	pin  = "41af286dc0b172ed2f1ca934fd2278de4a1192302ffa07087cea2682e7d372e3"
)

// complex has everything, lists out of order, and things of others.
const complexOrigin = `# Written by hand.
[origin]
baserefspec=fedora:fedora/34/x86_64/silverblue
override-commit=` + pin + `
someone-else=1

[rpmostree]
regenerate-initramfs=true
initramfs-args=-I;/etc/foobar.conf;
initramfs-etc=/etc/cmdline.d/foobar.conf;

[packages]
requested=libvirt;fish;
requested-local=` + sumA + `:foo-1.2-3.x86_64;

[modules]
enable=foo:2.0;bar:rolling;

[overrides]
remove=docker;
replace-local=` + sumB + `:rpm-ostree-2021.1-2.fc33.x86_64;` + sumA + `:libs-2:1-2.noarch;
replace=repo=foobar,systemd;repo=bazboo,kernel,kernel-core;

[other "group"]
x=y
`

func parse(t *testing.T, text string) *origin.Origin {
	t.Helper()
	o, err := origin.Parse([]byte(text))
	require.NoError(t, err)
	return o
}

func text(t *testing.T, o *origin.Origin) string {
	t.Helper()
	b, err := o.Bytes()
	require.NoError(t, err)
	return string(b)
}

func TestParseReadsEveryKey(t *testing.T) {
	o := parse(t, complexOrigin)
	assert.Equal(t, "fedora:fedora/34/x86_64/silverblue", o.Refspec)
	assert.Equal(t, pin, o.OverrideCommit)
	assert.Equal(t, treefile.Set{"fish", "libvirt"}, o.Packages)
	assert.Equal(t, origin.Locals{{sumA, "foo-1.2-3.x86_64"}}, o.Local)
	assert.Equal(t, treefile.Set{"docker"}, o.OverrideRemove)
	assert.Equal(t, origin.Locals{{sumA, "libs-2:1-2.noarch"}, {sumB, "rpm-ostree-2021.1-2.fc33.x86_64"}}, o.OverrideReplaceLocal)
	assert.Equal(t, []origin.RepoReplace{{"foobar", treefile.Set{"systemd"}}, {"bazboo", treefile.Set{"kernel", "kernel-core"}}}, o.OverrideReplace)
	assert.True(t, o.RegenerateInitramfs)
	assert.Equal(t, []string{"-I", "/etc/foobar.conf"}, o.InitramfsArgs)
	assert.Equal(t, treefile.Set{"/etc/cmdline.d/foobar.conf"}, o.InitramfsEtc)
	assert.True(t, o.MayRequireLocalAssembly())

	o = parse(t, "[origin]\nrefspec=r:x\nunconfigured-state=register first\ncustom-url=https://a\ncustom-description=Managed\n"+
		"[packages]\nrequested-local-fileoverride="+sumA+":a-1-1.noarch;\n[rpmostree]\nex-cliwrap=true\n")
	assert.Equal(t, "register first", o.UnconfiguredState)
	assert.EqualError(t, o.CheckConfigured(), "origin unconfigured-state: register first")
	assert.Equal(t, "https://a", o.CustomURL)
	assert.Equal(t, "Managed", o.CustomDescription)
	assert.True(t, o.LocalFileOverride.Contains("a-1-1.noarch"))
	assert.True(t, o.Cliwrap)
}

func TestWhatIsNotChangedKeepsItsBytes(t *testing.T) {
	assert.Equal(t, complexOrigin, text(t, parse(t, complexOrigin)))
}

func TestTransientGroupIsNotWritten(t *testing.T) {
	in := "[origin]\nrefspec=a:b\n\n[libostree-transient]\npinned=true\n"
	assert.NotContains(t, text(t, parse(t, in)), "transient")
}

func TestEditsKeepWhatOthersWrote(t *testing.T) {
	o := parse(t, complexOrigin)
	changed, err := o.AddPackages([]string{"bash", "zsh"}, false)
	require.NoError(t, err)
	assert.True(t, changed)
	want := strings.Replace(complexOrigin, "requested=libvirt;fish;", "requested=bash;fish;libvirt;zsh;", 1)
	assert.Equal(t, want, text(t, o))
}

func TestKeyOfBaseFollowsAssembly(t *testing.T) {
	o, err := origin.New("ostree://nest:os/stable")
	require.NoError(t, err)
	assert.Equal(t, "[origin]\nrefspec=nest:os/stable\n", text(t, o))
	assert.False(t, o.MayRequireLocalAssembly())

	_, err = o.AddPackages([]string{"vim", "git"}, false)
	require.NoError(t, err)
	layered := "[origin]\nbaserefspec=nest:os/stable\n\n[packages]\nrequested=git;vim;\n"
	assert.Equal(t, layered, text(t, o))

	o = parse(t, layered)
	assert.True(t, o.RemoveAllPackages())
	assert.False(t, o.RemoveAllPackages())
	assert.Equal(t, "[origin]\nrefspec=nest:os/stable\n", text(t, o))
}

func TestMayRequireLocalAssembly(t *testing.T) {
	for name, set := range map[string]func(o *origin.Origin){
		"packages":      func(o *origin.Origin) { o.Packages = treefile.NewSet("a") },
		"local":         func(o *origin.Origin) { o.Local = origin.Locals{{sumA, "a-1-1.noarch"}} },
		"fileoverride":  func(o *origin.Origin) { o.LocalFileOverride = origin.Locals{{sumA, "a-1-1.noarch"}} },
		"remove":        func(o *origin.Origin) { o.OverrideRemove = treefile.NewSet("a") },
		"replace-local": func(o *origin.Origin) { o.OverrideReplaceLocal = origin.Locals{{sumA, "a-1-1.noarch"}} },
		"replace":       func(o *origin.Origin) { o.AddOverrideReplace("r", "a") },
		"initramfs":     func(o *origin.Origin) { o.RegenerateInitramfs = true },
		"initramfs-etc": func(o *origin.Origin) { o.InitramfsEtc = treefile.NewSet("/etc/a") },
		"cliwrap":       func(o *origin.Origin) { o.Cliwrap = true },
	} {
		o, err := origin.New("a:b")
		require.NoError(t, err)
		set(o)
		assert.True(t, o.MayRequireLocalAssembly(), name)
		assert.Contains(t, text(t, o), "baserefspec=a:b", name)
	}
	o := parse(t, "[origin]\nrefspec=a:b\n[rpmostree]\ninitramfs-args=-I;\n")
	assert.False(t, o.MayRequireLocalAssembly(), "arguments alone do nothing")
}

func TestParseErrors(t *testing.T) {
	for in, want := range map[string]string{
		"[origin]\n": "Failed to find refspec/baserefspec/container-image-reference in origin",
		"":           "Failed to find refspec/baserefspec/container-image-reference in origin",
		"[origin]\nrefspec=a\ncontainer-image-reference=ostree-unverified-registry:x\n": "Found both refspec/baserefspec and container-image-reference",
		"[origin]\nrefspec=a\n[packages]\nrequested-local=abc;\n":                       "packages.requested-local: Missing : in abc",
		"[origin]\nrefspec=a\n[packages]\nrequested-local=abc:x-1-1.noarch;\n":          "packages.requested-local: Invalid SHA-256 in abc:x-1-1.noarch",
		"[origin]\nrefspec=a\n[overrides]\nreplace=copr=x,y;\n":                         "Invalid override source: copr=x",
		"[origin]\nrefspec=a\n[rpmostree]\nex-cliwrap=maybe\n":                          "key “ex-cliwrap” which has a value that cannot be interpreted",
	} {
		_, err := origin.Parse([]byte(in))
		assert.ErrorContains(t, err, want, in)
	}
	_, err := (&origin.Origin{}).Bytes()
	assert.ErrorIs(t, err, origin.ErrNoBase)
}

func TestClassify(t *testing.T) {
	for in, want := range map[string]struct {
		kind origin.Kind
		text string
	}{
		"fedora:fedora/35/x86_64":                {origin.KindOstree, "fedora:fedora/35/x86_64"},
		"ostree://fedora:fedora/35":              {origin.KindOstree, "fedora:fedora/35"},
		"os/stable":                              {origin.KindOstree, "os/stable"},
		pin:                                      {origin.KindChecksum, pin},
		strings.ToUpper(pin):                     {origin.KindOstree, strings.ToUpper(pin)},
		"ostree-unverified-registry:quay.io/x/y": {origin.KindContainer, "ostree-unverified-registry:quay.io/x/y"},
		"ostree-unverified-image:docker://quay.io/x":  {origin.KindContainer, "ostree-unverified-image:docker://quay.io/x"},
		"ostree-image-signed:oci:/x":                  {origin.KindContainer, "ostree-image-signed:oci:/x"},
		"ostree-remote-image:r:registry:quay.io/x":    {origin.KindContainer, "ostree-remote-image:r:registry:quay.io/x"},
		"ostree-remote-registry:r:quay.io/x":          {origin.KindContainer, "ostree-remote-registry:r:quay.io/x"},
		"docker://quay.io/x":                          {origin.KindOstree, "docker://quay.io/x"},
		"ostree-unverified-image:carrierpigeon:inner": {origin.KindOstree, "ostree-unverified-image:carrierpigeon:inner"},
	} {
		kind, text := origin.Classify(in)
		assert.Equal(t, want.kind, kind, in)
		assert.Equal(t, want.text, text, in)
	}
}

func TestResolveRefspec(t *testing.T) {
	for _, c := range []struct{ in, current, want, err string }{
		{in: "r:b", current: "old:x", want: "r:b"},
		{in: "r:", current: "old:x", want: "r:x"},
		{in: "b", current: "old:x", want: "old:b"},
		{in: "b", current: "x", want: "b"},
		{in: ":b", current: "old:x", want: "b"},
		{in: ":" + pin, current: "old:x", want: pin},
		{in: pin, current: "old:x", want: pin},
		{in: "b", current: pin, want: "b"},
		{in: "r:", current: pin, err: "Could not determine default ref to pull."},
		{in: "ostree-unverified-registry:x", current: "old:x", want: "ostree-unverified-registry:x"},
		{in: "b", current: "ostree-unverified-registry:x", want: "b"},
		{in: "", current: "a:b", err: "Invalid refspec"},
	} {
		got, err := origin.ResolveRefspec(c.in, c.current)
		if c.err != "" {
			assert.ErrorContains(t, err, c.err, c.in)
			continue
		}
		require.NoError(t, err, c.in)
		assert.Equal(t, c.want, got, c.in)
	}
}

func TestTreefileAndBack(t *testing.T) {
	for _, in := range []string{complexOrigin, "[origin]\nrefspec=a:b\n",
		"[origin]\ncontainer-image-reference=ostree-unverified-registry:quay.io/x\n"} {
		o := parse(t, in)
		tf := o.Treefile()
		back, err := origin.FromTreefile(tf)
		require.NoError(t, err)
		assert.Equal(t, tf.Config, back.Treefile().Config)
		d1, err := o.Digest()
		require.NoError(t, err)
		d2, err := back.Digest()
		require.NoError(t, err)
		assert.Equal(t, d1, d2)
		// With the file behind it nothing is lost either.
		require.NoError(t, o.SetTreefile(tf))
		assert.Equal(t, in, text(t, o))
		again := parse(t, text(t, back))
		assert.Equal(t, tf.Config, again.Treefile().Config)
	}
}

func TestDigestFollowsContent(t *testing.T) {
	a := parse(t, "[origin]\nbaserefspec=a:b\n[packages]\nrequested=x;y\n")
	b := parse(t, "[packages]\nrequested=y;x;\n[origin]\nrefspec=a:b\n")
	da, err := a.Digest()
	require.NoError(t, err)
	db, err := b.Digest()
	require.NoError(t, err)
	assert.Equal(t, da, db, "order does not count")
	_, err = b.AddPackages([]string{"z"}, false)
	require.NoError(t, err)
	db, err = b.Digest()
	require.NoError(t, err)
	assert.NotEqual(t, da, db)
}

func TestMergeTreefile(t *testing.T) {
	o := parse(t, "[origin]\nrefspec=a:b\n")
	tf, err := treefile.Parse(treefile.YAML, []byte("packages: [vim git]\nbase-refspec: other:ref\noverride-remove: [nano]\n"), nil)
	require.NoError(t, err)
	changed, err := o.MergeTreefile(tf)
	require.NoError(t, err)
	assert.True(t, changed)
	assert.Equal(t, "[origin]\nbaserefspec=a:b\n\n[packages]\nrequested=git;vim;\n\n[overrides]\nremove=nano;\n", text(t, o))
	changed, err = o.MergeTreefile(tf)
	require.NoError(t, err)
	assert.False(t, changed)

	tf, err = treefile.Parse(treefile.YAML, []byte("ref: x\n"), nil)
	require.NoError(t, err)
	_, err = o.MergeTreefile(tf)
	assert.ErrorContains(t, err, "the following base fields are not supported:\n{\n  \"ref\": \"x\"\n}")
	tf, err = treefile.Parse(treefile.YAML, []byte("repo-packages: [{repo: r, packages: [a]}]\n"), nil)
	require.NoError(t, err)
	_, err = o.MergeTreefile(tf)
	assert.ErrorContains(t, err, "not supported")
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(complexOrigin))
	f.Add([]byte("[origin]\nrefspec=a:b\n[libostree-transient]\npinned=1\n"))
	f.Add([]byte("[origin]\ncontainer-image-reference=ostree-unverified-registry:x\n[packages]\nrequested=a\\;b;c\n"))
	f.Add([]byte("[origin]\nrefspec=a\\sb\n[overrides]\nreplace=repo=a,b,,c;repo=a;\n"))
	f.Add([]byte("[origin]\nrefspec=0\n[overrides]\nreplace=repo=0"))
	f.Fuzz(func(t *testing.T, in []byte) {
		o, err := origin.Parse(in)
		if err != nil {
			return
		}
		out, err := o.Bytes()
		require.NoError(t, err)
		again, err := origin.Parse(out)
		require.NoError(t, err, "%s", out)
		require.Equal(t, o.Treefile().Config, again.Treefile().Config)
		twice, err := again.Bytes()
		require.NoError(t, err)
		require.Equal(t, string(out), string(twice))
		// A file made of the content alone says the same.
		fresh, err := origin.FromTreefile(o.Treefile())
		if err != nil {
			return
		}
		b, err := fresh.Bytes()
		require.NoError(t, err)
		last, err := origin.Parse(b)
		require.NoError(t, err, "%s", b)
		require.Equal(t, fresh.Treefile().Config, last.Treefile().Config)
	})
}
