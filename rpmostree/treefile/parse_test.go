package treefile_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

var x86 = &treefile.Options{Arch: "x86_64"}

const prelude = `ref: "exampleos/x86_64/blah"
metadata:
  name: example
  deeper: {answer: 42, ratio: 1.50, reasons: [because, universe], nothing: null}
repos: [baserepo]
repovars: {foobar: bazboo}
lockfile-repos: [lockrepo]
ostree-layers: [foo]
ostree-override-layers: [bar]
exclude-packages: [mypkg]
platform-module: platform:f36
packages:
 - foo bar
 - baz
 - corge 'quuz >= 1.0'
packages-x86_64: [grub2 grub2-tools]
packages-s390x: [zipl]
repo-packages: [{repo: baserepo, packages: [blah bloo]}]
`

func yaml(t *testing.T, text string) *treefile.Treefile {
	t.Helper()
	tf, err := treefile.Parse(treefile.YAML, []byte(text), x86)
	require.NoError(t, err)
	return tf
}

func TestParse(t *testing.T) {
	tf := yaml(t, prelude)
	assert.Equal(t, "exampleos/x86_64/blah", tf.RefName())
	assert.Equal(t, treefile.Set{"bar", "baz", "corge", "foo", "grub2", "grub2-tools", "quuz >= 1.0"}, tf.Packages)
	assert.Equal(t, []treefile.RepoPackages{{Repo: "baserepo", Packages: treefile.Set{"blah", "bloo"}}}, tf.RepoPackages)
	assert.Equal(t, map[string]string{"foobar": "bazboo"}, tf.Repovars)
	assert.Equal(t, json.Number("1.5"), tf.Metadata["deeper"].(map[string]any)["ratio"])
	assert.Equal(t, []string{"foo", "bar"}, tf.Layers())

	tf, err := treefile.Parse(treefile.YAML, []byte(prelude), nil)
	require.NoError(t, err)
	assert.Len(t, tf.Packages, 5, "no architecture, no lists for one")
}

func TestParseJSONIgnoresUnknownKeys(t *testing.T) {
	tf, err := treefile.Parse(treefile.JSON, []byte(`{"ref": "exampleos/${basearch}/blah", "comment-packages": "why", "comment": 1, "comment": 2,
		"packages": ["foo", "bar"], "packages-x86_64": ["grub2"], "packages-s390x": ["zipl"]}`), x86)
	require.NoError(t, err)
	assert.Equal(t, "exampleos/x86_64/blah", tf.RefName())
	assert.Equal(t, treefile.Set{"bar", "foo", "grub2"}, tf.Packages)
	assert.Equal(t, map[string]any{"comment-packages": "why", "comment": json.Number("2")}, tf.Extra)
}

func TestDefaults(t *testing.T) {
	tf := yaml(t, "packages: []\n")
	assert.True(t, tf.WantRecommends())
	assert.True(t, tf.WantDocumentation())
	assert.True(t, tf.UseSELinux())
	assert.True(t, tf.HasMachineID())
	assert.True(t, tf.DropDevices())
	assert.False(t, tf.TmpIsDirectory())
	assert.False(t, tf.LabelEtcAsEtc())
	assert.Equal(t, treefile.BootNew, tf.BootLocationOrDefault())
	assert.Equal(t, treefile.OptVar, tf.OptUsrLocalOrDefault())
	assert.Equal(t, treefile.MetadataInline, tf.RepoMetadataTarget())
	assert.Empty(t, tf.RefName())
	assert.Empty(t, tf.InstallLangsMacro())
}

func TestEveryKeyOfCompositions(t *testing.T) {
	tf := yaml(t, `edition: "2014"
ref: r
metadata: {}
basearch: x86_64
variables: {a: 1}
repovars: {b: c}
rojig: {name: n, summary: s, license: l}
repos: [a]
lockfile-repos: [b]
selinux: true
selinux-label-version: 1
ignore-devices: true
ima: false
gpg-key: k
bootstrap_packages: [boot]
ostree-layers: [l]
ostree-override-layers: [m]
exclude-packages: [x]
platform-module: p
container: false
recommends: false
documentation: false
install-langs: [en_US, fr_FR]
initramfs-args: [-I]
no-initramfs: true
readonly-executables: true
boot-location: modules
tmp-is-dir: true
opt-usrlocal: stateoverlay
units: [a.service]
default-target: multi-user.target
machineid-compat: true
releasever: 36
automatic-version-prefix: "36"
automatic-version-suffix: "-"
mutate-os-release: "36"
etc-group-members: [wheel]
preserve-passwd: false
check-passwd: {type: data, entries: {bin: 1, adm: [3, 4], foo: [2]}}
check-groups: {type: data, entries: {bin: 1}}
ignore-removed-users: [u]
ignore-removed-groups: ["*"]
sysusers: compose-forced
postprocess: ["#!/bin/sh\ntrue\n"]
remove-files: [/usr/share/doc]
remove-from-packages: [[cpio, "/usr/share/.*"]]
add-commit-metadata: {k: v}
repo-metadata: detached
advisories-metadata: disabled
rpmdb: b-d-b
rpmdb-normalize: true
container-cmd: [/bin/sh]
cliwrap: true
cliwrap-binaries: [kernel-install]
`)
	assert.Equal(t, treefile.Set{"boot"}, tf.Packages)
	assert.Equal(t, "en_US:fr_FR", tf.InstallLangsMacro())
	assert.Equal(t, treefile.OptStateOverlay, tf.OptUsrLocalOrDefault())
	assert.Equal(t, treefile.RPMDBBDB, *tf.RPMDB)
	assert.Equal(t, "36", tf.ReleaseVersion())
	assert.True(t, tf.ForceSysusers())
	assert.True(t, tf.SkipInitramfs())
	assert.True(t, tf.WantReadonlyExecutables())
	assert.True(t, tf.NormalizeRPMDB())
	assert.Equal(t, treefile.MetadataDetached, tf.RepoMetadataTarget())
	assert.Equal(t, treefile.MetadataDisabled, tf.AdvisoriesTarget())
	assert.Equal(t, map[string]treefile.IDs{"bin": {1, 1}, "adm": {3, 4}, "foo": {2, 2}}, tf.CheckPasswd.Entries)
	re, err := tf.RemovePatterns("cpio")
	require.NoError(t, err)
	require.Len(t, re, 1)
	assert.True(t, re[0].MatchString("/usr/share/doc/cpio/README"))
	assert.Equal(t, []string{"cliwrap", "cliwrap-binaries"}, tf.Unsupported())
	assert.Equal(t, []string{
		"warning: initramfs-args is deprecated, use /etc/dracut.conf.d",
		"warning: cliwrap is deprecated and slated for removal",
		"NOTICE: treefile key `lockfile-repos` is experimental and subject to change",
	}, tf.Warnings())
	assert.Equal(t, []string{`warning: boot-location: "new" is deprecated, use boot-location: modules`}, yaml(t, "ref: a").Warnings())
	assert.Equal(t, []string{"boot-location: kernel-install", "ignore-devices: false", "ima", "rpmdb: host"},
		yaml(t, "boot-location: kernel-install\nignore-devices: false\nima: true\nrpmdb: host\n").Unsupported())
}

func TestParseErrors(t *testing.T) {
	for in, want := range map[string]string{
		"ref: a\nzig: 1\nbar: 2\n":                     "Unknown fields: bar, zig at line 2 column 1",
		"ref: a\nrepos: []\nref: b\n":                  "duplicate field `ref` at line 3 column 1",
		"variables:\n  a: 1\n  a: 2\n":                 "variables: duplicate field `a` at line 3 column 3",
		"ref: 5\n":                                     "ref: invalid type: integer `5`, expected a string at line 1 column 6",
		"selinux: yes\n":                               "selinux: invalid type: string \"yes\", expected a boolean at line 1 column 10",
		"repos: a\n":                                   "repos: invalid type: string \"a\", expected a sequence at line 1 column 8",
		"packages:\n  - [a]\n":                         "packages[0]: invalid type: sequence, expected a string at line 2 column 5",
		"units: [~]\n":                                 "units[0]: invalid type: null, expected a value at line 1 column 9",
		"edition: 2024\n":                              "edition: invalid type: integer `2024`, expected a string",
		"boot-location: both\n":                        "boot-location: unknown variant `both`, expected one of `new`, `modules`, `kernel-install`",
		"boot_location: legacy\n":                      "boot_location: unknown variant `legacy`",
		"selinux-label-version: -1\n":                  "invalid value: integer `-1`, expected u32",
		"rojig: {name: a}\n":                           "rojig: missing field `license`",
		"custom: {}\n":                                 "custom: missing field `url`",
		"repo-packages: [{repo: a}]\n":                 "repo-packages[0]: missing field `packages`",
		"packages-hal9000: true\n":                     "Invalid field packages-hal9000: expected array of strings",
		"packages-hal9000: [12, 34]\n":                 "Invalid field packages-hal9000: expected array of strings",
		"install_langs: [klingon]\n":                   "Unknown fields: install_langs",
		"modules: {enable: [x]}\n":                     "Unknown fields: modules",
		"basearch: s390x\n":                            "Invalid basearch s390x on x86_64: cross-composes are not supported",
		"variables: {releasever: x}\n":                 "cannot define reserved variable 'releasever'",
		"variables: {basearch: x}\n":                   "cannot define reserved variable 'basearch'",
		"variables: {a: [1]}\n":                        "variables.a: invalid type: sequence",
		"variables: {a: 'x${b}'}\n":                    "variable value 'x${b}' contains forbidden character '$'",
		"gpg-key: foo\ngpg_key: bar\n":                 "Cannot use new and legacy forms of gpg_key",
		"boot-location: new\nboot_location: modules\n": "Cannot use new and legacy forms of boot_location",
		"default-target: a\ndefault_target: b\n":       "Cannot use new and legacy forms of default_target",
		"automatic-version-prefix: a\nautomatic_version_prefix: b\n": "Cannot use new and legacy forms of automatic_version_prefix",
		"packages: [\"foo 'bar\"]\n":                                 "Missing terminating quote: foo 'bar",
		"automatic-version-suffix: ab\n":                             "Invalid automatic-version-suffix, must be exactly one ASCII character: ab",
		"automatic-version-suffix: é\n":                              "Invalid automatic-version-suffix, must be exactly one ASCII character: é",
		"add-files: [[a, /var/b]]\n":                                 "Unsupported path in add-files: /var/b",
		"add-files: [[a, /usr/local/b]]\n":                           "Unsupported path in add-files: /usr/local/b",
		"add-files: [[a, /usr/../var/b]]\n":                          "Unsupported path in add-files: /usr/../var/b",
		"add-files: [[a]]\n":                                         "add-files[0]: invalid length 1, expected a tuple of size 2",
		"remove-from-packages: [[]]\n":                               "remove-from-packages[0]: invalid length 0",
		"check-passwd: {type: other}\n":                              "check-passwd.type: unknown variant `other`",
		"check-passwd: {}\n":                                         "check-passwd: missing field `type`",
		"check-passwd: {type: file}\n":                               "check-passwd: missing field `filename`",
		"check-passwd: {type: data, entries: {a: [1, 2, 3]}}\n":      "check-passwd.entries.a: invalid length 3",
		"check-groups: {type: data, entries: {a: [1, 2]}}\n":         "check-groups: a has two ids",
		"check-groups: {type: data, entries: {a: 4294967295}}\n":     "expected an id",
		"include: a.yaml\n":                                          "include is not supported in a treefile that is not a file",
		"a: &a [*a]\n":                                               "value contains itself",
		"":                                                           "EOF while parsing a value",
		"[]\n":                                                       "invalid type: sequence, expected a map",
		"ref: a\n---\nref: b\n":                                      "a single document is expected",
		"ref: [a\n":                                                  " at line ",
		"metadata: " + strings.Repeat("[", 200) + strings.Repeat("]", 200): "recursion limit exceeded",
	} {
		_, err := treefile.Parse(treefile.YAML, []byte(in), x86)
		assert.ErrorContains(t, err, want, clipped(in))
	}
}

func clipped(s string) string { return s[:min(len(s), 60)] }

func TestParseErrorsOfJSON(t *testing.T) {
	for in, want := range map[string]string{
		"{\n \"ref\": \"a\",\n \"ref\": \"b\"}": "duplicate field `ref` at line 3 column 2",
		"{\n \"ref\": 5}":                       "ref: invalid type: integer `5`, expected a string at line 2 column 9",
		"{\"ref\": \"a\"} x":                    "trailing characters at line 1 column 14",
		"{\"ref\": \"a\",\n}":                   "at line 2 column",
		"{\"ref\":":                             "EOF while parsing a value at line 1",
		"":                                      "EOF while parsing a value",
		"{\"metadata\": {\"a\": 1e999}}":        "number out of range",
		strings.Repeat("[", 200):                "recursion limit exceeded",
	} {
		_, err := treefile.Parse(treefile.JSON, []byte(in), x86)
		assert.ErrorContains(t, err, want, clipped(in))
	}
}

func TestUnknownFieldsAreListed(t *testing.T) {
	_, err := treefile.Parse(treefile.YAML, []byte("b: 1\nref: x\na: 2\n"), x86)
	var unknown *treefile.UnknownFieldsError
	require.ErrorAs(t, err, &unknown)
	assert.Equal(t, []treefile.UnknownField{{"a", 3, 1}, {"b", 1, 1}}, unknown.Fields)
	var syntax *treefile.SyntaxError
	_, err = treefile.Parse(treefile.YAML, []byte("rojig:\n  name: [x]\n"), x86)
	require.ErrorAs(t, err, &syntax)
	assert.Equal(t, treefile.SyntaxError{Key: "rojig.name", Text: syntax.Text, Line: 2, Column: 9}, *syntax)
}

func TestAliasesCannotBlowUp(t *testing.T) {
	var b strings.Builder
	b.WriteString("metadata:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 20; i++ {
		prev, next := string(rune('a'+i-1))+"0", string(rune('a'+i))+"0"
		b.WriteString("  " + next + ": &" + next + " [" + strings.TrimSuffix(strings.Repeat("*"+prev+", ", 10), ", ") + "]\n")
	}
	_, err := treefile.Parse(treefile.YAML, []byte(b.String()), x86)
	assert.ErrorContains(t, err, "document is too large")
	// Sharing as such is fine.
	tf := yaml(t, "repos: &r [a]\nlockfile-repos: *r\n")
	assert.Equal(t, tf.Repos, tf.LockfileRepos)
}

func TestScalarsOfYAML(t *testing.T) {
	tf := yaml(t, "metadata: {a: yes, b: 010, c: 1_000, d: 0x10, e: .5, f: 1e3, g: 2024-01-01, h: -0, i: .inf, j: 12:30, k: 18446744073709551616, l: !!str 5, m: 3.}\n")
	b, err := json.Marshal(tf.Metadata)
	require.NoError(t, err)
	assert.JSONEq(t, `{"a":"yes","b":"010","c":"1_000","d":16,"e":0.5,"f":1000.0,"g":"2024-01-01","h":0,"i":null,"j":"12:30","k":1.8446744073709552e19,"l":"5","m":3.0}`, string(b))
	assert.Contains(t, string(b), `"f":1000.0`)
}

func TestLegacySpellings(t *testing.T) {
	tf := yaml(t, "gpg_key: foo\nboot_location: new\ndefault_target: bar\nautomatic_version_prefix: baz\nbootstrap_packages: [a b]\n")
	assert.Equal(t, "foo", *tf.GPGKey)
	assert.Equal(t, treefile.BootNew, *tf.BootLocation)
	assert.Equal(t, "bar", *tf.DefaultTarget)
	assert.Equal(t, "baz", *tf.AutomaticVersionPrefix)
	assert.Equal(t, treefile.Set{"a", "b"}, tf.Packages)
	b, err := tf.JSON()
	require.NoError(t, err)
	assert.Contains(t, string(b), `"gpg-key": "foo"`)
	assert.NotContains(t, string(b), "gpg_key")
}

func TestImpliedValues(t *testing.T) {
	tf := yaml(t, "container: true\nselinux: true\n")
	assert.Equal(t, treefile.BootModules, tf.BootLocationOrDefault())
	assert.False(t, tf.UseSELinux())
	assert.True(t, tf.TmpIsDirectory())
	assert.False(t, *tf.PreservePasswd)
	assert.Equal(t, treefile.CheckNone, tf.CheckPasswd.Type)
	assert.Equal(t, treefile.CheckNone, tf.CheckGroups.Type)
	tf = yaml(t, "edition: \"2024\"\nboot-location: new\n")
	assert.Equal(t, treefile.BootModules, tf.BootLocationOrDefault())
	assert.True(t, tf.TmpIsDirectory())
	assert.False(t, yaml(t, "edition: \"2014\"\n").TmpIsDirectory())
}

func TestVariables(t *testing.T) {
	tf := yaml(t, `variables: {foo: bar, baz: 5, boo: false}
ref: "exampleos/${basearch}/${releasever}/${foo}/${baz}/${boo}/${unknown}/$foo/${${foo}/${foo"
releasever: "30"
automatic-version-prefix: ${releasever}
mutate-os-release: ${releasever}
platform-module: p-${foo}
rojig: {name: "n-${foo}", summary: "s-${baz}", license: "${foo}", description: "d-${boo}"}
metadata: {a: "${foo}", b: {c: "${foo}"}}
add-commit-metadata: {a: "${releasever}", n: 1}
gpg-key: ${foo}
`)
	assert.Equal(t, "exampleos/x86_64/30/bar/5/false/${unknown}/$foo/${bar/${foo", tf.RefName())
	assert.Equal(t, "30", *tf.AutomaticVersionPrefix)
	assert.Equal(t, "30", *tf.MutateOSRelease)
	assert.Equal(t, "p-bar", *tf.PlatformModule)
	assert.Equal(t, "n-bar", tf.Rojig.Name)
	assert.Equal(t, "s-5", tf.Rojig.Summary)
	assert.Equal(t, "${foo}", tf.Rojig.License)
	assert.Equal(t, "d-false", *tf.Rojig.Description)
	assert.Equal(t, "bar", tf.Metadata["a"])
	assert.Equal(t, map[string]any{"c": "${foo}"}, tf.Metadata["b"], "only at the top")
	assert.Equal(t, "30", tf.AddCommitMetadata["a"])
	assert.Equal(t, "${foo}", *tf.GPGKey, "not a text in which variables count")
	assert.Equal(t, "${releasever}", *yaml(t, "automatic_version_prefix: ${releasever}\n").AutomaticVersionPrefix)
}

func TestSubstitutionIsLimited(t *testing.T) {
	text := "variables: {v: " + strings.Repeat("x", 100000) + "}\nref: \"" + strings.Repeat("${v}", 1000) + "\"\n"
	_, err := treefile.Parse(treefile.YAML, []byte(text), nil)
	assert.ErrorContains(t, err, "longer than")
}

func TestRefNameFallsBackToRojig(t *testing.T) {
	assert.Equal(t, "n", yaml(t, "rojig: {name: n, summary: s, license: l}\n").RefName())
	assert.Equal(t, "r", yaml(t, "ref: r\nrojig: {name: n, summary: s, license: l}\n").RefName())
}

func TestSplitPackages(t *testing.T) {
	for in, want := range map[string][]string{
		"'foobar >= 1.0'":                                  {"foobar >= 1.0"},
		"'foobar >= 1.0' 'quuz < 0.5' 'corge > 2'":         {"foobar >= 1.0", "quuz < 0.5", "corge > 2"},
		"foobar quuz\tcorge\n":                             {"foobar", "quuz", "corge"},
		"corge 'foobar >= 1.1' baz-package 'quuz < 0.0.1'": {"corge", "foobar >= 1.1", "baz-package", "quuz < 0.0.1"},
		"foobar >= 1.0 quuz":                               {"foobar", ">=", "1.0", "quuz"},
		"é'ü x'":                                           {"é", "ü x"},
		"":                                                 nil,
	} {
		got, err := treefile.SplitPackages(in)
		require.NoError(t, err)
		assert.Equal(t, want, got, in)
	}
	for _, in := range []string{"foobar >= 1.0'", "'foobar >= 1.0 baz-package", "'foobar >= 1.0' quuz' corge"} {
		_, err := treefile.SplitPackages(in)
		assert.EqualError(t, err, "Missing terminating quote: "+in)
	}
}

func TestRepos(t *testing.T) {
	tf := yaml(t, prelude)
	tf.EnableRepos("update,fedora")
	assert.Equal(t, []string{"baserepo", "update", "fedora"}, tf.Repos)
	assert.NoError(t, tf.DisableRepos("*"))
	assert.EqualError(t, tf.DisableRepos("testing"), `Invalid --disablerepo="testing" value, currently only '*' is supported`)
}
