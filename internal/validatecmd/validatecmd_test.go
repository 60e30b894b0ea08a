package validatecmd_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/validatecmd"
)

func run(stdin string, args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = validatecmd.Main(append([]string{"ignition-validate"}, args...), "2.26.0", strings.NewReader(stdin), &out, &err)
	return status, out.String(), err.String()
}

// recorded is what Ignition 2.26 said to a config.
type recorded struct {
	ID     string
	Text   *string
	Config []byte // if the text is not UTF-8
	Exit   int
	Stdout string
	Stderr string
}

func (r recorded) input() string {
	if r.Text != nil {
		return *r.Text
	}
	return string(r.Config)
}

func vectors(t *testing.T) []recorded {
	t.Helper()
	f, err := os.Open("testdata/cases.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []recorded
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var r recorded
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	if lines.Err() != nil || len(all) == 0 {
		t.Fatalf("%d vectors: %v", len(all), lines.Err())
	}
	return all
}

// sorted are the lines of a report, of which Ignition 2.26 prints some in random
// order.
func sorted(text string) []string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return lines
}

func TestVectors(t *testing.T) {
	for _, r := range vectors(t) {
		t.Run(r.ID, func(t *testing.T) {
			status, stdout, stderr := run(r.input(), "-")
			if strings.Contains(stdout, "%") {
				// The recorded program takes its report for a format.
				stdout = fmt.Sprintf(stdout, []any{}...)
			}
			if status != r.Exit || stderr != r.Stderr || !slices.Equal(sorted(stdout), sorted(r.Stdout)) {
				t.Errorf("config %s\ngot  %d %q\n%s\nwant %d %q\n%s", r.input(), status, stderr, stdout, r.Exit, r.Stderr, r.Stdout)
			}
		})
	}
}

const usage = `Usage:
  ignition-validate [flags] config.ign

  -version
    	print the version of ignition-validate
`

func TestCommandLine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.ign")
	if err := os.WriteFile(file, []byte(`{"ignition":{"version":"3.4.0"},"%s %d":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args           []string
		stdin          string
		status         int
		stdout, stderr string
	}{
		"file":         {args: []string{file}, stdout: "warning at $.%s %d, line 1 col 33: unused key %s %d\n"},
		"stdin":        {args: []string{"-"}, stdin: `{"ignition":{"version":"3.4.0"}}`},
		"empty":        {args: []string{"-"}, status: 1, stderr: "couldn't parse config: not a config (empty)\n"},
		"no argument":  {status: 1, stderr: usage},
		"two":          {args: []string{"a", "b"}, status: 1, stderr: usage},
		"help":         {args: []string{"-h"}, stderr: usage},
		"unknown flag": {args: []string{"-x"}, status: 2, stderr: "flag provided but not defined: -x\n" + usage},
		"missing file": {args: []string{"/nonexistent"}, status: 1, stderr: "couldn't read config: open /nonexistent: no such file or directory\n"},
		"version":      {args: []string{"-version"}, stdout: "Ignition 2.26.0\n"},
		"version wins": {args: []string{"-version", "a", "b"}, stdout: "Ignition 2.26.0\n"},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := run(c.stdin, c.args...)
			if status != c.status || stdout != c.stdout || stderr != c.stderr {
				t.Errorf("got %d %q %q, want %d %q %q", status, stdout, stderr, c.status, c.stdout, c.stderr)
			}
		})
	}
}

func TestButane(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.bu")
	if err := os.WriteFile(path, []byte("variant: fcos\nversion: 1.5.0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	want := path + " is a Butane config, which butane translates: butane " + path + " > config.ign\n"
	if status, stdout, stderr := run("", path); status != 1 || stderr != want || !strings.HasPrefix(stdout, "error at line 1") {
		t.Errorf("exit %d, %q, %q", status, stdout, stderr)
	}
}
