package rpmmd_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

const updateinfoText = `<?xml version="1.0" encoding="UTF-8"?>
<updates>
 <update from="updates@example.com" status="stable" type="security" version="2.0">
  <id>FEDORA-2024-1</id><title>kernel &lt;fix&gt;</title><severity>Important</severity>
  <issued date="2024-01-02 03:04:05"/><updated date="2024-01-03"/><release>F40</release><rights>R</rights><summary>S</summary>
  <description>D
 D</description><solution>Reboot</solution><reboot_suggested/>
  <references><reference href="https://x/?a=1&amp;b=2" id="CVE-2024-1" title="T" type="cve"/><other/></references>
  <pkglist><collection short="F40"><name>Fedora 40</name><module name="m" stream="s" version="1" context="c" arch="x86_64"/>
   <package name="kernel" version="6.1" release="1.fc40" epoch="0" arch="x86_64" src="kernel-6.1-1.fc40.src.rpm">
    <filename>kernel-6.1-1.fc40.x86_64.rpm</filename><sum type="sha256">AB</sum><reboot_suggested>True</reboot_suggested><relogin_suggested>0</relogin_suggested>
   </package></collection></pkglist>
 </update>
 <update type="bugfix"><id>X</id></update>
 <!-- end -->
</updates>`

func TestParseUpdateinfo(t *testing.T) {
	var got []*rpmmd.Update
	err := rpmmd.ParseUpdateinfo(t.Context(), iotest.OneByteReader(strings.NewReader(updateinfoText)), func(u *rpmmd.Update) error {
		got = append(got, u)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []*rpmmd.Update{{
		ID: "FEDORA-2024-1", Type: "security", Status: "stable", From: "updates@example.com", Version: "2.0", Title: "kernel <fix>",
		Severity: "Important", Issued: "2024-01-02 03:04:05", Updated: "2024-01-03", Release: "F40", Rights: "R", Summary: "S",
		Description: "D\n D", Solution: "Reboot", RebootSuggested: true,
		References: []rpmmd.UpdateReference{{Type: "cve", ID: "CVE-2024-1", Title: "T", Href: "https://x/?a=1&b=2"}},
		Collections: []rpmmd.UpdateCollection{{
			Short: "F40", Name: "Fedora 40", Module: &rpmmd.UpdateModule{Name: "m", Stream: "s", Version: "1", Context: "c", Arch: "x86_64"},
			Packages: []rpmmd.UpdatePackage{{
				Name: "kernel", Epoch: "0", Version: "6.1", Release: "1.fc40", Arch: "x86_64", Source: "kernel-6.1-1.fc40.src.rpm",
				Filename: "kernel-6.1-1.fc40.x86_64.rpm", Checksum: rpmmd.Checksum{Type: "sha256", Hex: "ab"}, RebootSuggested: true,
			}},
		}},
	}, {ID: "X", Type: "bugfix"}}, got)
	require.NoError(t, rpmmd.ParseUpdateinfo(t.Context(), strings.NewReader("<updates/>"), nil))
	for _, bad := range []string{"", "<update/>", "<updates><update><id></update></id></updates>", "<updates><update>" + strings.Repeat("<a>", 100)} {
		require.ErrorContains(t, rpmmd.ParseUpdateinfo(t.Context(), strings.NewReader(bad), nil), "updateinfo: ", bad)
	}
}

const compsText = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE comps PUBLIC "-//Red Hat, Inc.//DTD Comps info//EN" "comps.dtd">
<comps>
 <group><id>core</id><name>Core</name><name xml:lang="de">Kern</name><description>Small</description><default>true</default>
  <uservisible>false</uservisible><display_order>5</display_order><langonly>de</langonly><biarchonly>false</biarchonly>
  <packagelist><packagereq type="mandatory">bash</packagereq><packagereq type="conditional" requires="gtk">gtk-de</packagereq>
   <packagereq basearchonly="true">glibc</packagereq><!-- c --></packagelist></group>
 <group><id>other</id></group>
 <environment><id>server</id><name>Server</name><description/><display_order>2</display_order><grouplist><groupid>core</groupid></grouplist>
  <optionlist><groupid default="true">other</groupid><groupid>more</groupid></optionlist></environment>
 <category><id>cat</id><name>Cat</name><grouplist><groupid>core</groupid></grouplist></category>
 <langpacks><match install="firefox-langpack-%s" name="firefox"/></langpacks>
 <blacklist/>
</comps>`

func TestParseComps(t *testing.T) {
	c, err := rpmmd.ParseComps(t.Context(), strings.NewReader(compsText))
	require.NoError(t, err)
	require.Equal(t, &rpmmd.Comps{
		Groups: []rpmmd.Group{
			{
				ID: "core", Name: rpmmd.Translated{Text: "Core", Langs: []rpmmd.LangText{{Lang: "de", Text: "Kern"}}},
				Description: rpmmd.Translated{Text: "Small"}, Default: true, DisplayOrder: 5, LangOnly: "de",
				Packages: []rpmmd.GroupPackage{
					{Name: "bash", Type: "mandatory"}, {Name: "gtk-de", Type: "conditional", Requires: "gtk"},
					{Name: "glibc", Type: "mandatory", BaseArchOnly: true},
				},
			},
			{ID: "other", UserVisible: true, DisplayOrder: 1024},
		},
		Environments: []rpmmd.Environment{{
			ID: "server", Name: rpmmd.Translated{Text: "Server"}, DisplayOrder: 2, Groups: []rpmmd.GroupRef{{ID: "core"}},
			Options: []rpmmd.GroupRef{{ID: "other", Default: true}, {ID: "more"}},
		}},
		Categories: []rpmmd.Category{{ID: "cat", Name: rpmmd.Translated{Text: "Cat"}, DisplayOrder: 1024, Groups: []rpmmd.GroupRef{{ID: "core"}}}},
		LangPacks:  []rpmmd.LangPack{{Name: "firefox", Install: "firefox-langpack-%s"}},
	}, c)
	_, err = rpmmd.ParseComps(t.Context(), strings.NewReader("<comps>"))
	require.ErrorContains(t, err, "comps: ")
}

const modulesText = `---
document: modulemd
version: 2
data:
  name: nodejs
  stream: "18"
  version: 820240101
  context: c1
  arch: x86_64
  summary: Node
  dependencies:
  - buildrequires: {platform: [el8]}
    requires: {platform: [el8], base: []}
  artifacts:
    rpms:
    - nodejs-1:18.0-1.x86_64
    - npm-1:9.0-1.x86_64
    - left-0:1-1.x86_64
  demodularized: {rpms: [left]}
  profiles:
    minimal: {rpms: [nodejs]}
    common: {description: x, rpms: [nodejs, npm]}
...
---
document: modulemd
version: 2
data:
  name: nodejs
  stream: 1.10
  version: 1
  artifacts: {rpms: [nodejs-1:1.10-1.x86_64]}
---
document: modulemd
version: 2
data: {name: tool, stream: a, dependencies: [{requires: {nodejs: ["18"]}}], artifacts: {rpms: [tool-0:1-1.x86_64]}}
---
document: modulemd
version: 2
data: {name: tool, stream: a, context: old, dependencies: [{requires: {nodejs: ["1.10"]}}], artifacts: {rpms: [tool-0:0-1.x86_64]}}
---
document: modulemd-defaults
version: 1
data: {module: nodejs, stream: 1.10, modified: 1, profiles: {18: [common]}}
---
document: modulemd-defaults
version: 1
data: {module: nodejs, stream: "18", modified: 2}
---
document: modulemd-translations
data: {anything: [at, all]}
`

func TestModules(t *testing.T) {
	m, err := rpmmd.ParseModules(t.Context(), iotest.OneByteReader(strings.NewReader(modulesText)))
	require.NoError(t, err)
	require.Len(t, m.Streams, 4)
	require.Equal(t, rpmmd.ModuleStream{
		Name: "nodejs", Stream: "18", Version: "820240101", Context: "c1", Arch: "x86_64", Summary: "Node",
		Artifacts: []string{"nodejs-1:18.0-1.x86_64", "npm-1:9.0-1.x86_64", "left-0:1-1.x86_64"}, Demodularized: []string{"left"},
		Profiles: []rpmmd.ModuleProfile{{Name: "common", RPMs: []string{"nodejs", "npm"}}, {Name: "minimal", RPMs: []string{"nodejs"}}},
		Requires: []rpmmd.ModuleRequires{{"platform": {"el8"}, "base": {}}},
	}, m.Streams[0])
	require.Equal(t, "1.10", m.Streams[1].Stream, "not the number 1.1")
	require.Equal(t, []rpmmd.ModuleDefault{{Module: "nodejs", Stream: "1.10", Modified: 1}, {Module: "nodejs", Stream: "18", Modified: 2}}, m.Defaults)

	states, err := rpmmd.LoadModuleStates(fstest.MapFS{
		"etc/dnf/modules.d/tool.module": {Data: []byte("[tool]\nname=tool\nstream=a\nprofiles=x, y\nstate=enabled\n")},
		"etc/dnf/modules.d/off.txt":     {Data: []byte("[")},
	}, "/etc/dnf/modules.d")
	require.NoError(t, err)
	require.Equal(t, []rpmmd.ModuleState{{Name: "tool", Stream: "a", State: "enabled", Profiles: []string{"x", "y"}}}, states)

	none := []string(nil)
	for name, c := range map[string]struct {
		states   []rpmmd.ModuleState
		nevra    string
		name     string
		provides []string
		want     bool
	}{
		"of the default stream":       {nil, "nodejs-1:18.0-1.x86_64", "nodejs", none, false},
		"of another stream":           {nil, "nodejs-1:1.10-1.x86_64", "nodejs", none, true},
		"same name outside":           {nil, "nodejs-1:20-1.x86_64", "nodejs", none, true},
		"same provide outside":        {nil, "node20-0:20-1.x86_64", "node20", []string{"node20", "npm"}, true},
		"demodularized":               {nil, "left-0:2-1.x86_64", "left", none, false},
		"unrelated":                   {nil, "bash-0:5-1.x86_64", "bash", none, false},
		"not enabled":                 {nil, "tool-0:1-1.x86_64", "tool", none, true},
		"name of one not enabled":     {nil, "tool-0:9-1.x86_64", "tool", none, false},
		"enabled":                     {states, "tool-0:1-1.x86_64", "tool", none, false},
		"enabled, for another stream": {states, "tool-0:0-1.x86_64", "tool", none, true},
		"stream switched": {
			[]rpmmd.ModuleState{{Name: "nodejs", Stream: "1.10", State: "enabled"}}, "nodejs-1:18.0-1.x86_64", "nodejs", none, true,
		},
		"switched to": {
			[]rpmmd.ModuleState{{Name: "nodejs", Stream: "1.10", State: "enabled"}}, "nodejs-1:1.10-1.x86_64", "nodejs", none, false,
		},
		"disabled": {[]rpmmd.ModuleState{{Name: "nodejs", State: "disabled"}}, "nodejs-1:18.0-1.x86_64", "nodejs", none, true},
		"outside, disabled": {
			[]rpmmd.ModuleState{{Name: "nodejs", State: "disabled"}}, "nodejs-1:20-1.x86_64", "nodejs", none, false,
		},
	} {
		f := rpmmd.NewModuleFilter([]*rpmmd.Modules{m}, c.states)
		require.Equal(t, c.want, f.Excluded(c.nevra, c.name, c.provides), name)
	}
}

func TestParseModulesRefuses(t *testing.T) {
	for _, bad := range []string{
		"document: modulemd\ndata: {name: x}\n", "document: modulemd\ndata: [1]\n", "a: [", "document: modulemd\ndata: {name: [x], stream: y}\n",
		"document: modulemd-defaults\ndata: {modified: x}\n", "a: " + strings.Repeat("x", 9<<20),
	} {
		_, err := rpmmd.ParseModules(t.Context(), strings.NewReader(bad))
		require.ErrorContains(t, err, "modules: ")
	}
	m, err := rpmmd.ParseModules(t.Context(), strings.NewReader(""))
	require.NoError(t, err)
	require.Empty(t, m.Streams)
}

func TestParseRepomdRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"<repomd><data/></repomd>":                "document without a type",
		"<repomd><data type='primary'/></repomd>": "document primary without a location",
		"<repomd>" + strings.Repeat("<data type='a'><location href='b'/></data>", 1001) + "</repomd>": "more than 1000 documents",
		"<repomd><data type='a'>" + strings.Repeat("<x>", 70):                                         "too deep",
		"<repomd><data>" + strings.Repeat("<x/>", 500_000):                                            "too many elements",
		"<repomd><data>" + strings.Repeat("x", 9<<20) + "</data>":                                     "element of more than",
	} {
		_, err := rpmmd.ParseRepomd(t.Context(), strings.NewReader(text))
		require.ErrorContains(t, err, "repomd.xml: ")
		require.ErrorContains(t, err, want)
	}
	m, err := rpmmd.ParseRepomd(t.Context(), strings.NewReader(`<repomd><revision> 12 </revision><data type="primary_zck"><checksum type="sha256">AB</checksum>
		<header-checksum type="sha256">cd</header-checksum><location xml:base="http://x" href="p"/><timestamp>12.75</timestamp><size> 5 </size>
		<open-size>6</open-size><header-size>7</header-size><database_version>10</database_version></data></repomd>`))
	require.NoError(t, err)
	require.Equal(t, &rpmmd.Repomd{Revision: "12", Data: []rpmmd.RepomdData{{
		Type: "primary_zck", Checksum: rpmmd.Checksum{Type: "sha256", Hex: "ab"}, HeaderChecksum: rpmmd.Checksum{Type: "sha256", Hex: "cd"},
		Href: "p", XMLBase: "http://x", Timestamp: 12, Size: 5, OpenSize: 6, HeaderSize: 7, DatabaseVersion: 10,
	}}}, m)
	again, err := rpmmd.ParseRepomd(t.Context(), strings.NewReader(string(m.AppendXML(nil))))
	require.NoError(t, err)
	require.Equal(t, m, again)
}

func TestParseMirrorlist(t *testing.T) {
	list, err := rpmmd.ParseMirrorlist(t.Context(), strings.NewReader("# x\nhttp://a/b US\n\n  https://c/\r\n#http://d\nword\n"))
	require.NoError(t, err)
	require.Equal(t, []string{"http://a/b", "https://c/"}, list)
	list, err = rpmmd.ParseMirrorlist(t.Context(), strings.NewReader(metalink([][]byte{nil}, "http://low", "http://high")))
	require.NoError(t, err)
	require.Equal(t, []string{"http://high/", "http://low/"}, list)
}
