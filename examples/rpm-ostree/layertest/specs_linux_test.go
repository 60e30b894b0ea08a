package layertest_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/rpmostree/origin"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// file is a regular file of a package.
func file(path, content string) rpmtest.File {
	f := rpmtest.File{Path: path, Content: []byte(content)}
	if strings.Contains(path, "/bin/") || strings.Contains(path, "/sbin/") {
		f.Mode = 0o755
	}
	return f
}

// dir is a directory of a package.
func dir(path string, mode uint32) rpmtest.File {
	return rpmtest.File{Path: path, Mode: 0o40000 | mode}
}

// link is a symbolic link of a package.
func link(path, target string) rpmtest.File { return rpmtest.File{Path: path, LinkTo: target} }

// pkg is a package with files.
func pkg(name string, files ...rpmtest.File) *rpmtest.Spec {
	return &rpmtest.Spec{Name: name, Files: files}
}

// tool is a program of the base that is a shell script.
func toolPackage(path, body string) *rpmtest.Spec {
	return pkg("tool"+strings.ReplaceAll(path, "/", "-"), rpmtest.File{Path: path, Mode: 0o755, Content: []byte("#!/bin/sh\n" + body)})
}

type scripts = map[rpm.ScriptKind]rpm.Script

// shell is a scriptlet.
func shell(body string) rpm.Script { return rpm.Script{Body: body, HasBody: true} }

// version sets a version.
func version(s *rpmtest.Spec, v string) *rpmtest.Spec {
	s.Version = v
	return s
}

// trigger is a trigger for a package or, of files, a prefix.
func trigger(moment evr.Flags, body string, conditions ...string) rpm.Trigger {
	t := rpm.Trigger{Script: shell(body)}
	for _, c := range conditions {
		t.Conditions = append(t.Conditions, evr.Dep{Name: c, Flags: moment})
	}
	return t
}

func appendTo(t testing.TB, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
	require.NoError(t, err)
	_, err = f.WriteString(text)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

func readFile(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}

// localOf is the entry of a local package in an origin file.
func localOf(t testing.TB, w *world, name string) string {
	t.Helper()
	for _, list := range []origin.Locals{w.origin().Local, w.origin().OverrideReplaceLocal, w.origin().LocalFileOverride} {
		for _, l := range list {
			if l.Name() == name {
				return l.String()
			}
		}
	}
	t.Fatalf("%s is not in the origin:\n%s", name, w.originText())
	return ""
}

func sortedLines(text string) []string {
	list := strings.Fields(text)
	slices.Sort(list)
	return list
}
