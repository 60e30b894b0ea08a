package rpm_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// queries are formats that are compared with real rpm.
var queries = []string{
	`%{NAME} %{name:shescape} %{SUMMARY:shescape} %{SUMMARY:xml} %{SUMMARY:base64}`, `%{nosuch}`,
	`%{SIGMD5}|%{SIGMD5:base64}|%{SIGMD5:hex}|%{SIGMD5:armor}|%{SIGMD5:xml}`,
	`%{BUILDTIME:date}|%{BUILDTIME:day}|%{BUILDTIME:octal}|%{BUILDTIME:hex}|%{BUILDTIME:shescape}|%{NAME:date}|%{NAME:hex}`,
	`[%{FILENAMES}|%{FILEMODES:octal}|%{FILEMODES:perms}|%{FILEFLAGS:fflags}|%{FILEVERIFYFLAGS:vflags}|%{FILENLINKS}|%{FILELINKTOS}|%{=NAME}\n]`,
	`[%{FILEVERIFYFLAGS:hex} %{FILERDEVS} %{FILEDIGESTS} %{FILEUSERNAME} %{FILEGROUPNAME} %{FILECLASS}\n]`, `[%{FILECAPS}\n]`,
	`[%{REQUIRENAME} %{REQUIREFLAGS:depflags} %{REQUIREVERSION} %{REQUIREFLAGS:deptype} %{REQUIRENEVRS}\n]`,
	`[%{PROVIDENAME:arraysize}] %{PROVIDENAME:arraysize} %{PROVIDENAME} %{REQUIRENEVRS} [%{CONFLICTNEVRS}][%{OBSOLETENEVRS}]`,
	`[%{RECOMMENDNEVRS}]|[%{SUGGESTNEVRS}]|[%{SUPPLEMENTNEVRS}]|[%{ENHANCENEVRS}]`,
	`%|EPOCH?{e=%{EPOCH}}:{none}| %|VENDOR?{v}:{no}| %|VENDOR?{v}|. %{VENDOR}`,
	`%{EPOCHNUM} %{EVR} %{NVR} %{NEVR} %{NEVRA} %{NVRA} %{ARCHSUFFIX} %{N}-%{V}-%{R}`,
	`<%20{NAME}><%-20{NAME}><%5{BUILDTIME}><%020{BUILDTIME}>%%\x\"\\\t\n`,
	`[%{TRIGGERNAME}|%{TRIGGERFLAGS:triggertype}|%{TRIGGERFLAGS:depflags}\n]%{TRIGGERCONDS}|[%{TRIGGERCONDS}|%{TRIGGERTYPE}\n]`,
	`[%{FILETRIGGERCONDS}|%{FILETRIGGERTYPE}\n][%{TRANSFILETRIGGERCONDS}|%{TRANSFILETRIGGERTYPE}\n]`,
	`[%{FILENAMES} %{NAME}\n]`, `[%{NAME} %{FILENAMES}\n]`, `[%{FILENAMES} %{REQUIRENAME}\n]`, `[%{VENDOR}]`, `[%{VENDOR} %{NAME}\n]`,
	`%{FILENAMES}|%{FILESIZES}|%{LONGFILESIZES}|%{LONGSIZE}|%{SIZE:tagname} %{SIZE:tagnum}|%{HEADERCOLOR}|%{DBINSTANCE}|%{PKGID}|%{HDRID}`,
	`%{RSAHEADER:pgpsig}|%{DSAHEADER:pgpsig}|%{SIGGPG:pgpsig}|%{SIGPGP:pgpsig}|%{NAME:pgpsig}`,
	`[%{CHANGELOGTIME:day} %{CHANGELOGNAME}\n%{CHANGELOGTEXT}]%{INSTALLTIME:date}|%{FILESTATES:fstate}`,
	`%{NAME`, `[%{NAME}`, `%NAME`, `%{NAME}]`, `%|NAME?{a}`, `%|NAME?{a`, `%|NAME{a}|`, `%|NAME?{a}:b|`, `%|NAME?a|`, `%{}`, `%{NAME:}`, `\`, `}`,
	`%{=NAME}`, `%{RPMTAG_NAME}`, `[%{FILEVERIFYFLAGS:fstatus} ]`, `%{FILEMODES:permissions}`, `%-5{EPOCH}|`, `[%{NAME} %{VERSION}\n]`,
	`%{SIZE:string}`, `[%{*}\n]`, `[%{*:xml}\n]`, `%{POSTIN:shescape}|%{POSTIN:arraysize}|%{VENDOR:arraysize}|%{VENDOR:xml}|%{EPOCH:arraysize}`,
	`[%{BASENAMES}\t%{DIRINDEXES}\n]`, `[%{BASENAMES}\t%{DIRINDEXES}\t%{DIRNAMES}\n]`, `%{FILENAMES:xml}|%{FILEFLAGS:xml}`, `[%{FILEFLAGS:xml}]`,
	`%|FILENAMES?{[%{FILENAMES}\n]}:{x}|`, `[%|FILELINKTOS?{%{FILELINKTOS}}:{no}|\n]`, `[%{FILENAMES}%|FILELINKTOS?{ -> %{FILELINKTOS}}|\n]`,
	`plain text`, ``, `[]`, `[x]`, `a{b`, `%{LONGSIGSIZE} %{LONGARCHIVESIZE} %{SIGSIZE} %{ARCHIVESIZE}`, `%{SUMMARY}|%{DESCRIPTION}|%{GROUP}`,
}

func TestQueryEqualsRPM(t *testing.T) {
	// A dependency for each flag that rpm 4.18 knows, and one with all.
	flagged := []evr.Dep{{Name: "all", Flags: ^(evr.PreUnTrans | evr.PostUnTrans), Version: "1"}}
	for i := 1; i < 32; i++ { // bit 0 is obsolete
		if flag := evr.Flags(1) << i; flag != evr.PreUnTrans && flag != evr.PostUnTrans {
			flagged = append(flagged, evr.Dep{Name: fmt.Sprint("bit", i), Flags: flag})
		}
	}
	rich := rpmtest.Write(t, t.TempDir(), &rpmtest.Spec{
		Name: "kitchen", Epoch: "0", Version: "1.5~rc2", Release: "7.fc40", Arch: "x86_64",
		Summary: `It's a "test" & <more>`, Description: "line 1\nline 2", URL: "https://x/",
		Provides: []string{"cook = 1"}, Requires: []string{"a >= 2", "b", "(x or y)"}, Conflicts: []string{"z < 1"},
		RequiresPre: []string{"p"}, Recommends: []string{"w"}, Obsoletes: []string{"old <= 1:3"},
		Changelog: []rpmtest.Change{{Time: 1600000000, Author: "A", Text: "- t"}},
		Files: []rpmtest.File{
			{Path: "/usr/bin/cook", Mode: 0o4755, Content: []byte("#!/bin/sh\n"), Caps: "cap_net_raw=ep"}, {Path: "/usr/bin/a", HardLink: "/usr/bin/cook"},
			{Path: "/d", Mode: rpm.ModeDir | 0o1755}, {Path: "/d2", Mode: rpm.ModeDir | 0o3700}, {Path: "/l", LinkTo: "d"},
			{Path: "/etc/c", Flags: rpm.FileConfig | rpm.FileNoReplace, VerifyFlags: rpm.VerifyMode | rpm.VerifySize},
			{Path: "/dev/x", Mode: rpm.ModeBlockDev | 0o660, Rdev: 0x103}, {Path: "/g", Flags: rpm.FileGhost | rpm.FileDoc, Color: 2},
		},
		Triggers: []rpm.Trigger{
			{Script: rpm.Script{Body: "x"}, Conditions: []evr.Dep{{Name: "bash", Flags: evr.TriggerIn}, {Name: "zsh", Flags: evr.TriggerIn | evr.Less, Version: "3"}}},
			{Script: rpm.Script{Body: "y"}, Conditions: []evr.Dep{{Name: "ksh", Flags: evr.TriggerPostUn}}},
		},
		Scripts: map[rpm.ScriptKind]rpm.Script{rpm.ScriptPost: {Body: "it's"}},
		Deps:    map[rpm.DepKind][]evr.Dep{rpm.Requires: flagged},
	})
	nosrc := rpmtest.Write(t, t.TempDir(), &rpmtest.Spec{Name: "nosrc", Source: true, Header: func(b *rpm.HeaderBuilder) { b.SetUint32s(rpm.TagNoSource, 0) }})
	paths := []string{rich, nosrc}
	for _, path := range corpusFiles(t) {
		if os.Getenv("NESTOS_RPM_CORPUS") != "" || !strings.HasPrefix(filepath.Base(path), "payload") && !strings.HasSuffix(path, ".src.rpm") {
			paths = append(paths, path)
		}
	}
	for _, path := range paths {
		h := queryHeader(t, open(t, path))
		for _, q := range queries {
			got, err := h.Query(q)
			r := testutil.Run(t, &testutil.RunOptions{Env: []string{"TZ=UTC"}}, testutil.Tool(t, "rpm"), "--dbpath", t.TempDir(), "-qp", "--nosignature", "--nodigest", "--qf", q, path)
			want := r.Stdout
			if message, failed := strings.CutPrefix(r.Stderr, "error: "); failed {
				got, want = fmt.Sprintf("%s\n", err), message
			} else if err != nil {
				t.Errorf("%s: %q: %v", path, q, err)
				continue
			}
			if got != want {
				t.Errorf("%s: %q prints\n%q, not\n%q", path, q, got, want)
			}
		}
	}
}

func TestXMLQueryIsWriteXML(t *testing.T) {
	h := queryHeader(t, build(t, &rpmtest.Spec{Name: "x", Locales: []string{"de"}, SummaryIn: []string{"<ü>"}}))
	var want bytes.Buffer
	if err := rpm.WriteXML(&want, h); err != nil {
		t.Fatal(err)
	}
	got, err := h.Query(`[%{*:xml}\n]`)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, got, want.String())
}
