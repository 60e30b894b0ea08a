package treefile_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// files makes a file system; a name that ends in "*" is executable.
func files(content map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range content {
		f := &fstest.MapFile{Data: []byte(text), Mode: 0o644}
		if n := len(name) - 1; name[n] == '*' {
			name, f.Mode = name[:n], 0o755
		}
		m[name] = f
	}
	return m
}

func load(t *testing.T, content map[string]string) *treefile.Treefile {
	t.Helper()
	tf, err := treefile.LoadCompose(files(content), "main.yaml", x86)
	require.NoError(t, err)
	return tf
}

func TestMergeOrder(t *testing.T) {
	tf := load(t, map[string]string{
		"main.yaml": "include: [a.yaml, b.yaml]\nunits: [main]\nref: main\npackages: [main]\n" +
			"add-commit-metadata: {k: main, m: main}\ncontainer-cmd: [main]\n" +
			"conditional-include: [{if: 'basearch == \"x86_64\"', include: {units: [inline], ref: inline}}]\n",
		"a.yaml":     "include: sub/c.yaml\nunits: [a]\nref: a\npackages: [a]\nadd-commit-metadata: {k: a, a: a}\ncontainer-cmd: [a]\ndefault-target: a\n",
		"b.yaml":     "units: [b]\npackages: [b]\nadd-commit-metadata: {a: b, b: b}\ndefault-target: b\nignore-removed-users: [x]\n",
		"sub/c.yaml": "units: [c]\npackages: [c]\nignore-removed-users: [y]\nreleasever: 7\n",
	})
	assert.Equal(t, []string{"b", "c", "a", "inline", "main"}, tf.Units)
	assert.Equal(t, treefile.Set{"a", "b", "c", "main"}, tf.Packages)
	assert.Equal(t, treefile.Set{"x", "y"}, tf.IgnoreRemovedUsers)
	assert.Equal(t, "main", *tf.Ref)
	assert.Equal(t, "a", *tf.DefaultTarget)
	assert.Equal(t, map[string]any{"k": "main", "m": "main", "a": "a", "b": "b"}, tf.AddCommitMetadata)
	assert.Equal(t, []string{"main"}, tf.ContainerCmd)
	assert.Equal(t, "7", tf.ReleaseVersion())
}

func TestRepoPackagesOfLaterEntriesWin(t *testing.T) {
	tf := load(t, map[string]string{
		"main.yaml": "include: inc.yaml\nrepo-packages: [{repo: baserepo, packages: [blah bloo]}]\n",
		"inc.yaml":  "repo-packages:\n- {repo: foo, packages: [qwert]}\n- {repo: foob, packages: [blah]}\n- {repo: foo2, packages: [qwert]}\n",
	})
	assert.Equal(t, []treefile.RepoPackages{{"foo2", treefile.Set{"qwert"}}, {"baserepo", treefile.Set{"blah", "bloo"}}}, tf.RepoPackages)
}

func TestArchIncludes(t *testing.T) {
	content := map[string]string{
		"main.yaml": "arch-include: {x86_64: [x86.yaml], s390x: missing.yaml}\npackages: [main]\n",
		"x86.yaml":  "packages: [x86]\n",
	}
	assert.Equal(t, treefile.Set{"main", "x86"}, load(t, content).Packages)
	tf, err := treefile.Load(files(content), "main.yaml", nil)
	require.NoError(t, err)
	assert.Equal(t, treefile.Set{"main"}, tf.Packages)
}

func TestConditions(t *testing.T) {
	for cond, want := range map[string]any{
		`basearch == "x86_64"`: true, `basearch == "s390x"`: false, `basearch != "s390x"`: true,
		`releasever < 35`: false, `releasever > 35`: false, `releasever <= 35`: true, `releasever == 35`: true,
		`releasever != 35`: false, `releasever >= 35`: true, `n==5`: true, `n > 4`: true,
		`yes == true`: true, `yes != true`: false, `no == false`: true, `no != false`: false,
		`empty == ""`: true, `s == "do do"`: true, `  s == "do do"  `: true,
		`["n == 5", "empty == \"\"", "no == false"]`: true, `["n == 5", "empty == \"x\""]`: false,
		`garbage`: "invalid condition: garbage", `5`: "invalid type: integer", `n garbage true`: "expected one of ==, !=, >, >=, <, <= but got garbage",
		`n == garbage`: "invalid condition: n == garbage", `s > 8`: "s is not same type as 8", `yes <= 5`: "yes is not same type as 5",
		`s > "asd"`: "invalid op for values 'do do' and 'asd'", `yes > true`: "invalid op for values 'true' and 'true'",
		`nope > "asd"`: "undefined variable 'nope'", `n == 99999999999999999999`: "number too large",
		`["n == 4", "nope == 1"]`: "undefined variable 'nope'", `{a: b}`: "expected a condition",
	} {
		if cond[0] != '[' && cond[0] != '5' && cond[0] != '{' {
			cond = "'" + cond + "'"
		}
		tf, err := treefile.Load(files(map[string]string{
			"main.yaml": "releasever: 35\nvariables: {n: 5, no: false, yes: true, empty: '', s: 'do do'}\n" +
				"conditional-include:\n- if: " + cond + "\n  include: [inc.yaml]\n",
			"inc.yaml": "packages: [inc]\n",
		}), "main.yaml", x86)
		if text, ok := want.(string); ok {
			assert.ErrorContains(t, err, text, cond)
			continue
		}
		require.NoError(t, err, cond)
		assert.Equal(t, want, tf.Packages.Contains("inc"), cond)
	}
}

func TestConditionsSeeVariablesOfOuterFilesFirst(t *testing.T) {
	tf := load(t, map[string]string{
		"main.yaml":   "variables: {v: main}\ninclude: nested.yaml\nref: ${v}-${w}\n",
		"nested.yaml": "variables: {v: nested, w: nested}\nconditional-include:\n- {if: 'v == \"main\"', include: deep.yaml}\n- {if: 'v == \"nested\"', include: missing.yaml}\n",
		"deep.yaml":   "packages: [deep]\nconditional-include: [{if: 'w == \"nested\"', include: deeper.yaml}]\n",
		"deeper.yaml": "packages: [deeper]\n",
	})
	assert.Equal(t, treefile.Set{"deep", "deeper"}, tf.Packages)
	assert.Equal(t, "main-nested", tf.RefName())
}

func TestInlinedTreefiles(t *testing.T) {
	main := func(inline string) map[string]string {
		return map[string]string{"main.yaml": "releasever: \"35\"\nconditional-include: [{if: 'releasever == \"35\"', include: " + inline + "}]\n", "f": ""}
	}
	assert.Equal(t, treefile.Set{"a", "b"}, load(t, main("{packages: [a b]}")).Packages)
	for inline, want := range map[string]string{
		"{include: x}":                              "include is not supported in an inlined treefile",
		"{postprocess-script: f}":                   "postprocess-script is not supported in an inlined treefile",
		"{add-files: [[f, /etc/f]]}":                "add-files is not supported in an inlined treefile",
		"{variables: {a: 1}}":                       "variables is not supported in an inlined treefile",
		"{check-passwd: {type: file, filename: f}}": "check-passwd of type file is not supported in an inlined treefile",
		"{conditional-include: []}":                 "conditional-include is not supported in an inlined treefile",
		"{nope: 1}":                                 "Unknown fields: nope",
		"5":                                         "expected a string or a sequence",
	} {
		_, err := treefile.Load(files(main(inline)), "main.yaml", x86)
		assert.ErrorContains(t, err, want, inline)
	}
}

func TestIncludeErrors(t *testing.T) {
	_, err := treefile.Load(files(map[string]string{"main.yaml": "include: a.yaml", "a.yaml": "include: ../main.yaml"}), "main.yaml", &treefile.Options{Prefix: "/"})
	assert.EqualError(t, err, "Include loop detected; /main.yaml was already included")
	_, err = treefile.Load(files(map[string]string{"main.yaml": "include: [a.yaml, b.yaml]", "a.yaml": "include: b.yaml", "b.yaml": "ref: x"}), "main.yaml", nil)
	assert.EqualError(t, err, "Include loop detected; b.yaml was already included")
	_, err = treefile.Load(files(map[string]string{"main.yaml": "include: nope.yaml"}), "main.yaml", nil)
	assert.ErrorContains(t, err, `Can't open file "nope.yaml" for reading`)
	_, err = treefile.Load(files(map[string]string{"main.yaml": "include: d", "d/x": ""}), "main.yaml", nil)
	assert.ErrorContains(t, err, "not a regular file")
	_, err = treefile.Load(files(map[string]string{"main.yaml": "include: a.yaml", "a.yaml": "x: y"}), "main.yaml", nil)
	assert.EqualError(t, err, "Parsing a.yaml: Unknown fields: x at line 1 column 1")

	deep := map[string]string{}
	for i := range 52 {
		deep[fmt.Sprintf("%d.yaml", i)] = fmt.Sprintf("include: %d.yaml\n", i+1)
	}
	deep["52.yaml"] = "ref: x\n"
	_, err = treefile.Load(files(deep), "0.yaml", nil)
	assert.EqualError(t, err, "Reached maximum include depth 50")
	deep["50.yaml"] = "ref: x\n"
	_, err = treefile.Load(files(deep), "0.yaml", nil)
	assert.NoError(t, err)
}

func TestLinkIsTheSameFile(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.yaml"), []byte("ref: x\n"), 0o644))
	require.NoError(t, os.Symlink("a.yaml", filepath.Join(dir, "b.yaml")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.yaml"), []byte("include: [a.yaml, b.yaml]\n"), 0o644))
	_, err := treefile.Load(os.DirFS(dir), "main.yaml", nil)
	assert.EqualError(t, err, "Include loop detected; b.yaml was already included")
}

func TestComposeAndClient(t *testing.T) {
	for text, want := range map[string]string{
		"repovars: {releasever: x}\n": `Treefile repo var "releasever" invalid; use "releasever" field instead`,
		"repovars: {basearch: x}\n":   `Treefile repo var "basearch" invalid; it is automatically filled in`,
		"selinux-label-version: 2\n":  "Invalid selinux-label-version: 2",
		"base-refspec: somebaseref\n": "the following derivation fields are not supported:\n{\n  \"base-refspec\": \"somebaseref\"\n}",
	} {
		_, err := treefile.LoadCompose(files(map[string]string{"main.yaml": text}), "main.yaml", x86)
		assert.EqualError(t, err, want)
	}
	_, err := treefile.LoadClient(files(map[string]string{"main.yaml": "ref: a\nrepos: [b]\n"}), "main.yaml", x86)
	assert.EqualError(t, err, "the following base fields are not supported:\n{\n  \"ref\": \"a\",\n  \"basearch\": \"x86_64\",\n  \"repos\": [\n    \"b\"\n  ]\n}")
	tf, err := treefile.LoadClient(files(map[string]string{"main.yaml": "releasever: 1\nrepos: [b]\npackages: [x]\n"}), "main.yaml", x86)
	require.NoError(t, err)
	assert.NoError(t, tf.ErrorIfNotContainer())
	tf, err = treefile.Parse(treefile.JSON, []byte(`{"override-commit": "x", "override-remove": ["y"]}`), nil)
	require.NoError(t, err)
	assert.EqualError(t, tf.ErrorIfNotContainer(), "the following non-container derivation fields are not supported:\n{\n  \"override-commit\": \"x\"\n}")
	tf, err = treefile.Parse(treefile.JSON, []byte(`{"pakages": ["y"]}`), nil)
	require.NoError(t, err)
	assert.ErrorContains(t, tf.ErrorIfBase(), "\"pakages\": [")
}

func TestClientDir(t *testing.T) {
	fsys := files(map[string]string{
		"etc/rpm-ostree/origin.d/10-a.yaml": "packages: [a]\noverride-commit: one\nex-override-replace: [{from: {repo: r}, packages: [x y]}]\n",
		"etc/rpm-ostree/origin.d/20-b.yaml": "packages: [b]\noverride-commit: two\nex-override-replace: [{from: {repo: s}, packages: [x]}]\n",
		"etc/rpm-ostree/origin.d/README":    "not one",
	})
	tf, names, err := treefile.LoadClientDir(fsys, treefile.ClientDir, x86)
	require.NoError(t, err)
	assert.Equal(t, []string{"etc/rpm-ostree/origin.d/10-a.yaml", "etc/rpm-ostree/origin.d/20-b.yaml"}, names)
	assert.Equal(t, treefile.Set{"a", "b"}, tf.Packages)
	assert.Equal(t, "two", *tf.OverrideCommit)
	assert.Equal(t, []treefile.RepoReplace{{treefile.ReplaceFrom{Repo: "r"}, treefile.Set{"y"}}, {treefile.ReplaceFrom{Repo: "s"}, treefile.Set{"x"}}}, tf.OverrideReplace)
	tf, names, err = treefile.LoadClientDir(fsys, "nope", x86)
	require.NoError(t, err)
	assert.Empty(t, names)
	assert.Nil(t, tf.Packages)
	fsys["etc/rpm-ostree/origin.d/30.yaml"] = &fstest.MapFile{Data: []byte("ref: a\n")}
	_, _, err = treefile.LoadClientDir(fsys, treefile.ClientDir, x86)
	assert.ErrorContains(t, err, "the following base fields are not supported:")
}

func TestExternalFilesAreRelativeToTheFileThatNamesThem(t *testing.T) {
	content := map[string]string{
		"main.yaml": "include: sub/inc.yaml\nadd-files: [[f, /etc/main]]\npostprocess: ['#!/bin/sh\n']\n",
		"f":         "of main", "sub/f": "of sub", "top": "of top", "sub/script*": "#!/bin/sh\n", "sub/passwd": "root:x:0:0::/root:/bin/sh\n", "sub/group": "root:x:0:\n",
		"sub/inc.yaml": "add-files: [[f, /etc/sub], [/top, /usr/share/top]]\npostprocess-script: script\n" +
			"check-passwd: {type: file, filename: passwd}\ncheck-groups: {type: file, filename: group}\n",
		"finalize.d/20-b*": "", "finalize.d/10-a*": "", "finalize.d/00-not-executable": "", "sub/finalize.d/20-b*": "",
	}
	tf := load(t, content)
	read := func(i int) string {
		f, err := tf.Open(tf.AddFiles[i].Source)
		require.NoError(t, err)
		defer f.Close()
		b, err := io.ReadAll(f)
		require.NoError(t, err)
		return string(b)
	}
	require.Len(t, tf.AddFiles, 3)
	assert.Equal(t, []string{"of sub", "of top", "of main"}, []string{read(0), read(1), read(2)})
	names, scripts, err := tf.PostprocessScripts()
	require.NoError(t, err)
	assert.Equal(t, []string{"postprocess[0]", "script"}, names)
	assert.Len(t, scripts, 2)
	assert.NoError(t, tf.CheckExternals())
	users, err := tf.ExpectedUsers(nil)
	require.NoError(t, err)
	assert.Equal(t, map[string]treefile.IDs{"root": {}}, users)
	assert.Equal(t, []treefile.Script{{"10-a", "finalize.d/10-a"}, {"20-b", "sub/finalize.d/20-b"}}, tf.FinalizeScripts())
	assert.Equal(t, ".", tf.Dir())

	before, err := tf.Checksum(nil)
	require.NoError(t, err)
	content["sub/f"] = "changed"
	after, err := load(t, content).Checksum(nil)
	require.NoError(t, err)
	assert.NotEqual(t, before, after)
	_, err = tf.Checksum([]string{"x"})
	assert.Error(t, err)
}

func TestChecksumOfLayers(t *testing.T) {
	tf := load(t, map[string]string{"main.yaml": "ostree-layers: [a]\nostree-override-layers: [b]\n"})
	one, err := tf.Checksum([]string{"1", "2"})
	require.NoError(t, err)
	two, err := tf.Checksum([]string{"1", "3"})
	require.NoError(t, err)
	assert.NotEqual(t, one, two)
}

func TestCheckExternals(t *testing.T) {
	tf := load(t, map[string]string{"main.yaml": "postprocess-script: s\n", "s": ""})
	assert.EqualError(t, tf.CheckExternals(), "postprocess-script must be executable")
	tf = load(t, map[string]string{"main.yaml": "units: [a]\nmachineid-compat: false\n"})
	assert.EqualError(t, tf.CheckExternals(), "'units' directive is incompatible with machineid-compat = false")
	for _, text := range []string{"postprocess-script: s\n", "add-files: [[s, /etc/s]]\n", "check-passwd: {type: file, filename: s}\n"} {
		_, err := treefile.Load(files(map[string]string{"main.yaml": text}), "main.yaml", nil)
		assert.ErrorContains(t, err, `Can't open file "s" for reading`)
	}
	tf = yaml(t, "postprocess-script: s\n")
	assert.ErrorContains(t, tf.CheckExternals(), "not supported")
}

func TestKickstart(t *testing.T) {
	fsys := files(map[string]string{
		"empty.ks":      "",
		"subdir/inc.ks": "%packages --exclude-weakdeps\nsystemd\n# Let's go modern\n-bash\n nushell\n%end\n",
		"basic.ks":      "# A comment\n%packages\nfoo\n-bar\nbaz\n%end\n\n%include empty.ks\n%include 'subdir/inc.ks'\n",
		"main.yaml":     "include: basic.ks\npackages: [main]\nexclude-packages: [x]\n",
		"loop.ks":       "%include loop2.ks", "loop2.ks": "%include loop.ks",
	})
	tf, err := treefile.Load(fsys, "basic.ks", nil)
	require.NoError(t, err)
	assert.Equal(t, treefile.Set{"baz", "foo", "nushell", "systemd"}, tf.Packages)
	assert.Equal(t, []string{"bar", "bash"}, tf.ExcludePackages)
	assert.False(t, tf.WantRecommends())
	tf, err = treefile.Load(fsys, "main.yaml", x86)
	require.NoError(t, err)
	assert.Len(t, tf.Packages, 5)
	assert.Equal(t, []string{"bar", "bash", "x"}, tf.ExcludePackages)
	_, err = treefile.Load(fsys, "loop.ks", nil)
	assert.EqualError(t, err, "Recursive include: loop.ks")
	for text, want := range map[string]string{
		"%packages\nfoo\n":        "Missing %end for %packages",
		"%packages --foo\n%end\n": "unexpected argument '--foo' found",
		"lang en_US\n":            "Unhandled verb: lang",
		"%include\n":              "Missing path for %include",
		"%include a b\n":          "Too many arguments for %include",
		"%include 'a\n":           "Invalid syntax: %include 'a",
		"%include a\\\n":          "Invalid syntax",
	} {
		_, err := treefile.Load(files(map[string]string{"x.ks": text}), "x.ks", nil)
		assert.ErrorContains(t, err, want, text)
	}
	many := map[string]string{}
	for i := range 300 {
		many[fmt.Sprintf("%d.ks", i)] = fmt.Sprintf("%%include %d.ks\n", i+1)
	}
	_, err = treefile.Load(files(many), "0.ks", nil)
	assert.ErrorContains(t, err, "more than 256 kickstart files")
}

func TestMergeIsIndependent(t *testing.T) {
	a, b := yaml(t, "units: [a]\nmetadata: {k: 1}\n"), yaml(t, "units: [b]\nref: r\nrojig: {name: n, summary: s, license: l}\n")
	changed, err := a.Merge(b)
	require.NoError(t, err)
	assert.True(t, changed)
	a.Units[0], *a.Ref, a.Rojig.Name = "x", "x", "x"
	assert.Equal(t, []string{"b"}, b.Units)
	assert.Equal(t, "r", *b.Ref)
	assert.Equal(t, "n", b.Rojig.Name)
	changed, err = a.Merge(yaml(t, "ref: other\n"))
	require.NoError(t, err)
	assert.False(t, changed)
}
