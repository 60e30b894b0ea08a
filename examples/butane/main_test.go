package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const testdata = "../../ignition/butane/testdata"

// vector is one recorded run of Butane 0.29. FD in arguments and FILESDIR in results
// stand for the folder of local files; one case reads the file in.bu.
type vector struct {
	ID     string
	Text   string
	Args   []string
	Exit   int
	Stdout string
	Stderr string
}

func TestVectors(t *testing.T) {
	filesDir := copyFiles(t)
	f, err := os.Open(filepath.Join(testdata, "cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	t.Chdir(t.TempDir())
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	n := 0
	for ; lines.Scan(); n++ {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		t.Run(v.ID, func(t *testing.T) { v.check(t, filesDir) })
	}
	if err := lines.Err(); err != nil || n < 371 {
		t.Fatalf("%d vectors, %v", n, err)
	}
}

func (v *vector) check(t *testing.T, filesDir string) {
	if err := os.WriteFile("in.bu", []byte(v.Text), 0o644); err != nil {
		t.Fatal(err)
	}
	var args []string
	for _, a := range v.Args {
		args = append(args, strings.ReplaceAll(a, "FD", filesDir))
	}
	exit, stdout, stderr := runProgram(v.Text, args...)
	anonymous := func(s string) string { return strings.ReplaceAll(s, filesDir, "FILESDIR") }
	if exit != v.Exit {
		t.Errorf("exit status %d, want %d", exit, v.Exit)
	}
	if got := anonymous(stdout); got != v.Stdout {
		t.Errorf("stdout\n%s\nwant\n%s", got, v.Stdout)
	}
	if got := anonymous(stderr); got != v.Stderr {
		t.Errorf("stderr\n%s\nwant\n%s", got, v.Stderr)
	}
}

func runProgram(stdin string, args ...string) (exit int, stdout, stderr string) {
	var out, errs bytes.Buffer
	p := &program{name: "butane", stdin: strings.NewReader(stdin), stdout: &out, stderr: &errs}
	exit = p.run(args)
	return exit, out.String(), errs.String()
}

// copyFiles copies the local files and gives them modes that a checkout under any
// umask has not changed.
func copyFiles(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "files")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(testdata, "filesdir"))); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type() == fs.ModeSymlink {
			return err
		}
		mode := fs.FileMode(0o644)
		if d.IsDir() || filepath.Ext(path) == ".sh" {
			mode = 0o755
		}
		return os.Chmod(path, mode)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

const (
	simple = "variant: fcos\nversion: 1.5.0\n"
	output = `{"ignition":{"version":"3.4.0"}}` + "\n"
	unused = simple + "foo: 1\n"
)

const usageText = `Usage: butane [options] [input-file]
Options:
  -c, --check                     check config without producing output
      --color string[="always"]   control color output: "auto", "always", or "never" (default "auto")
  -d, --files-dir string          allow embedding local files from this directory
  -h, --help                      show usage and exit
  -o, --output string             write to output file instead of stdout
  -p, --pretty                    output formatted json
  -r, --raw                       never wrap in a MachineConfig; force Ignition output
      --raw-errors                show raw errors, rather than pretty printing them
  -s, --strict                    fail on any warning
  -V, --version                   print the version and exit
`

func TestCommandLine(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"a.bu": simple, "b.bu": unused} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const warning = "warning at $.foo, line 3 col 1: unused key foo\n"
	for _, c := range []struct {
		args           string
		exit           int
		stdout, stderr string
	}{
		{"", 0, output, ""},
		{"a.bu", 0, output, ""},
		{"-c a.bu", 0, "", ""},
		{"--help", 0, usageText, ""},
		{"-hV", 0, usageText, ""},
		{"-V", 0, "Butane 0.29.0\n", ""},
		{"a.bu b.bu", 2, "", usageText},
		{"-V a.bu b.bu", 2, "", usageText},
		{"--foo", 2, "", usageText + "unknown flag: --foo\n"},
		{"-x", 2, "", usageText + "unknown shorthand flag: 'x' in -x\n"},
		{"-d", 2, "", usageText + "flag needs an argument: 'd' in -d\n"},
		{"--input a.bu", 0, output, "Flag --input has been deprecated, specify filename directly on command line\n"},
		{"--input a.bu b.bu", 2, "", "Flag --input has been deprecated, specify filename directly on command line\n" + usageText},
		{"nope", 1, "", "failed to open nope: open nope: no such file or directory\n"},
		{".", 1, "", "failed to read .: read .: is a directory\n"},
		{"-o no/where a.bu", 1, "", "failed to open no/where: open no/where: no such file or directory\n"},
		{"-o out a.bu", 0, "", ""},
		{"out", 1, "", "Error translating config: error parsing variant; must be specified\n"},
		{"--raw-errors b.bu", 0, output, warning},
		{"--raw-errors -s b.bu", 1, "", warning + "Config produced warnings and --strict was specified\n"},
		{"--colour b.bu", 0, output, "\x1b[1;33mwarning\x1b[0m[$.foo]:\n  \x1b[1;34m-->\x1b[0m b.bu:3:1\n   |\n \x1b[1;34m1\x1b[0m | variant: fcos\n \x1b[1;34m2\x1b[0m | version: 1.5.0\n \x1b[1;34m3\x1b[0m | foo: 1\n   | \x1b[1;34m^^^^\x1b[0m unused key foo\n \x1b[1;34m4\x1b[0m | \n   |\n"},
		{"-D a.bu", 0, output, "TranslationSet: yaml → json\n$.ignition → $.ignition\n$.version → $.ignition.version\n"},
	} {
		t.Run(c.args, func(t *testing.T) {
			exit, stdout, stderr := runProgram(simple, strings.Fields(c.args)...)
			if exit != c.exit || stdout != c.stdout || stderr != c.stderr {
				t.Errorf("exit %d, want %d\n%s\nwant\n%s\n%s\nwant\n%s", exit, c.exit, stdout, c.stdout, stderr, c.stderr)
			}
		})
	}
}
