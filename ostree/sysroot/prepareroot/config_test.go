package prepareroot_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

// values are what tests compare of a configuration.
type values struct {
	composefs                              prepareroot.Tristate
	verity, signed, transient, transientRO bool
	readonly, transientEtc                 bool
	key                                    string
}

func valuesOf(t *testing.T, c *prepareroot.Config) values {
	t.Helper()
	readonly, err := c.Readonly()
	require.NoError(t, err)
	etc, err := c.TransientEtc()
	require.NoError(t, err)
	return values{c.Composefs, c.RequireVerity, c.Signed, c.RootTransient, c.RootTransientRO, readonly, etc, c.KeyPath}
}

func TestParseConfig(t *testing.T) {
	yes, maybe := prepareroot.Yes, prepareroot.Maybe
	for text, want := range map[string]values{
		"":                                                      {},
		"# nothing\n[other]\nkey=value\n":                       {},
		"[composefs]\nenabled=no\n":                             {},
		"[composefs]\nenabled=0\n":                              {},
		"[composefs]\nenabled=false\n":                          {},
		"[composefs]\nenabled=yes\n":                            {composefs: yes, readonly: true},
		"[composefs]\nenabled=1\n":                              {composefs: yes, readonly: true},
		"[composefs]\nenabled=true\n":                           {composefs: yes, readonly: true},
		"[composefs]\nenabled=maybe\n":                          {composefs: maybe},
		"[composefs]\nenabled=verity\n":                         {composefs: yes, verity: true, readonly: true},
		"[composefs]\nenabled = signed\n":                       {composefs: yes, verity: true, signed: true, readonly: true},
		"[composefs]\nkeypath=/k\n":                             {key: "/k"},
		"[sysroot]\nreadonly=true\n":                            {readonly: true},
		"[sysroot]\nreadonly=1\n":                               {readonly: true},
		"[etc]\ntransient=true\n":                               {transientEtc: true},
		"[root]\ntransient=true\n":                              {transient: true},
		"[root]\ntransient-ro=true\n":                           {transient: true, transientRO: true},
		"[sysroot]\nreadonly=false\n[composefs]\nenabled=yes\n": {composefs: yes},
	} {
		c, err := prepareroot.ParseConfig([]byte(text))
		require.NoError(t, err, "%q", text)
		require.Equal(t, want, valuesOf(t, c), "%q", text)
	}
}

func TestParseConfigErrors(t *testing.T) {
	for text, want := range map[string]string{
		"x\n":                                 "Key file contains line “x” which is not a key-value pair, group, or comment",
		"a=b\n":                               "Key file does not start with a group",
		"[composefs]\nenabled=Yes\n":          "Parsing rootfs config: Invalid tri-state value: Yes",
		"[composefs]\nenabled=\n":             "Parsing rootfs config: Invalid tri-state value: ",
		"[root]\ntransient=x\n":               "Parsing rootfs config: Key file contains key “transient” which has a value that cannot be interpreted.",
		"[root]\ntransient=1\ntransient-ro=1": "Parsing rootfs config: Cannot set both root.transient and root.transient-ro",
	} {
		_, err := prepareroot.ParseConfig([]byte(text))
		require.EqualError(t, err, want, "%q", text)
		_, syntax := errors.AsType[*prepareroot.SyntaxError](err)
		require.Equal(t, strings.HasPrefix(want, "Key file"), syntax, "%q", text)
	}
	c, err := prepareroot.ParseConfig([]byte("[sysroot]\nreadonly=x\n[etc]\ntransient=y\n"))
	require.NoError(t, err, "only read when it is needed")
	_, err = c.Readonly()
	require.ErrorContains(t, err, "Failed to parse sysroot.readonly value: ")
	_, err = c.TransientEtc()
	require.ErrorContains(t, err, "Failed to parse etc.transient value: ")
}

func TestApplyCmdline(t *testing.T) {
	for name, c := range map[string]struct {
		config, cmdline string
		want            values
	}{
		"nothing":         {"[composefs]\nenabled=yes\n", "quiet xostree.prepare-root.composefs=0", values{composefs: prepareroot.Yes, readonly: true}},
		"off":             {"[composefs]\nenabled=signed\n", "a ostree.prepare-root.composefs=no b", values{verity: true}},
		"on":              {"", "ostree.prepare-root.composefs=1", values{composefs: prepareroot.Yes, readonly: true}},
		"maybe":           {"[composefs]\nenabled=signed\n", "ostree.prepare-root.composefs=maybe", values{composefs: prepareroot.Maybe, verity: true}},
		"signed":          {"", "ostree.prepare-root.composefs=signed", values{composefs: prepareroot.Yes, verity: true, signed: true, readonly: true}},
		"the first one":   {"", "ostree.prepare-root.composefs=0 ostree.prepare-root.composefs=1", values{}},
		"no value at all": {"", "ostree.prepare-root.composefs", values{}},
	} {
		config, err := prepareroot.ParseConfig([]byte(c.config))
		require.NoError(t, err)
		require.NoError(t, config.ApplyCmdline(c.cmdline))
		require.Equal(t, c.want, valuesOf(t, config), name)
	}
	require.EqualError(t, new(prepareroot.Config).ApplyCmdline("ostree.prepare-root.composefs=verity"),
		"Parsing rootfs config: handling karg ostree.prepare-root.composefs: Invalid tri-state value: verity")
}

func TestLoadConfig(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text), Mode: 0o644} }
	const shipped, local = "usr/lib/ostree/prepare-root.conf", "etc/ostree/prepare-root.conf"
	load := func(files fstest.MapFS) (values, error) {
		c, err := prepareroot.LoadConfig(files)
		if err != nil {
			return values{}, err
		}
		return valuesOf(t, c), nil
	}
	v, err := load(fstest.MapFS{})
	require.NoError(t, err)
	require.Equal(t, values{}, v)
	v, err = load(fstest.MapFS{shipped: file("[sysroot]\nreadonly=true\n[composefs]\nenabled=yes\n"), local: file("[etc]\ntransient=true\n")})
	require.NoError(t, err)
	require.Equal(t, values{transientEtc: true}, v, "the whole file is replaced")
	v, err = load(fstest.MapFS{shipped: file("[composefs]\nenabled=bad\n"), local: file("")})
	require.NoError(t, err)
	require.Equal(t, values{}, v)
	_, err = load(fstest.MapFS{shipped: file("bad\n"), local: file("")})
	require.ErrorContains(t, err, "Key file contains line “bad”")
	_, err = load(fstest.MapFS{shipped: &fstest.MapFile{Mode: 0o755 | 1<<31}})
	require.ErrorContains(t, err, "not a regular file")
	_, err = load(fstest.MapFS{shipped: file(strings.Repeat("#\n", 1<<20))})
	require.ErrorContains(t, err, "larger than")
}

func TestParseTarget(t *testing.T) {
	for cmdline, want := range map[string]prepareroot.Target{
		"":                                     {},
		"quiet":                                {},
		"ostree":                               {},
		"xostree=/a ostree=/b":                 {Path: "/b"},
		"ostree=/a ostree=/b":                  {Path: "/a"},
		"  ostree=/a":                          {Path: "/a"},
		"ostree=":                              {},
		"ostree=/a androidboot.slot_suffix=_a": {Path: "/ostree/root.a", Android: true},
		"androidboot.x=1 androidboot.slot_suffix=_b": {Path: "/ostree/root.b", Android: true},
		"androidboot.x=1 ostree=/a":                  {Path: "/ostree/root.a", Android: true},
	} {
		got, err := prepareroot.ParseTarget(cmdline)
		require.NoError(t, err, cmdline)
		require.Equal(t, want, got, cmdline)
	}
	_, err := prepareroot.ParseTarget("androidboot.slot_suffix=a")
	require.EqualError(t, err, "androidboot.slot_suffix invalid: a")
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(""), "")
	f.Add([]byte("[sysroot]\nreadonly=true\n[root]\ntransient-ro=1\n[etc]\ntransient=0\n"), "ostree.prepare-root.composefs=maybe")
	f.Add([]byte("[composefs]\nenabled=signed\nkeypath=/etc/key\n"), "a ostree.prepare-root.composefs=signed ostree=/x")
	f.Add([]byte("[composefs]\nenabled=verity\n# x\n[root]\ntransient=x\n"), "androidboot.slot_suffix=_a")
	f.Fuzz(func(t *testing.T, data []byte, cmdline string) {
		_, _ = prepareroot.ParseTarget(cmdline)
		c, err := prepareroot.ParseConfig(data)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		if c.ApplyCmdline(cmdline) != nil {
			return
		}
		require.False(t, c.Signed && (c.Composefs != prepareroot.Yes || !c.NeedsVerity()), "a signed root that is not verified")
		require.False(t, c.RootTransientRO && !c.RootTransient)
		_, err = c.Readonly()
		_, err2 := c.TransientEtc()
		_ = errors.Join(err, err2)
	})
}
