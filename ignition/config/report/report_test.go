package report_test

import (
	"fmt"
	"testing"

	"github.com/nestos-dev/nestos/ignition/config/report"
)

func TestEntryString(t *testing.T) {
	at := report.Pos{Known: true, Line: 3, Col: 14}
	path := report.Path{"storage", "files", 0, "path"}
	for want, e := range map[string]report.Entry{
		"error: m":                                            {Kind: report.Error, Message: "m"},
		"info at $.storage.files.0.path: m":                   {Kind: report.Info, Message: "m", HasPath: true, Path: path},
		"warning at line 3 col 14: m":                         {Kind: report.Warn, Message: "m", Pos: at},
		"error at $.storage.files.0.path, line 3 col 14: m":   {Kind: report.Error, Message: "m", HasPath: true, Path: path, Pos: at},
		"error at line 0 col 0: unexpected end of JSON input": {Kind: report.Error, Message: "unexpected end of JSON input", Pos: report.Pos{Known: true}},
	} {
		if got := e.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAppendCopies(t *testing.T) {
	path := make(report.Path, 0, 8)
	path = append(path, "a")
	first, second := path.Append("x", 1), path.Append("y", 2)
	if first.String() != "$.a.x.1" || second.String() != "$.a.y.2" || path.String() != "$.a" {
		t.Errorf("%s, %s, %s", path, first, second)
	}
}

func ExampleReport() {
	var r, more report.Report
	r.Add(report.Warn, report.Path{"storage", "files", 0, "mode"}, "odd mode")
	fmt.Println(r.IsFatal())
	more.Add(report.Error, report.Path{"ignition", "version"}, "unsupported config version")
	r.Merge(more)
	fmt.Println(r.IsFatal())
	fmt.Print(r)
	// Output:
	// false
	// true
	// warning at $.storage.files.0.mode: odd mode
	// error at $.ignition.version: unsupported config version
}
