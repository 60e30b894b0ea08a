package command_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/zincati/command"
)

// outcome is what a command line leads to.
type outcome struct {
	Args           []string
	Exit           int
	Stdout, Stderr string
}

func (p *world) run(t *testing.T, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p.Name, p.Stdout, p.Stderr = "zincati", &stdout, &stderr
	exit := p.Run(t.Context(), args)
	return outcome{Args: args, Exit: exit, Stdout: stdout.String(), Stderr: stderr.String()}
}

// world is a program that is run by a certain user.
type world struct{ command.Program }

func as(user string) *world {
	return &world{command.Program{User: func() (string, error) { return user, nil }}}
}

var (
	// described is a line of a help text: an option or a command, then its description.
	described = regexp.MustCompile(`^(  \S.*?|      --\S.*?)(  .*)?$`)
	// ours are the commands that the original does not have.
	ours = regexp.MustCompile(`^  (check-update|finalize|packaging|ex|deadend-motd)\b|^More commands:$`)
)

// shape is a help text without the words for people.
func shape(help string) []string {
	var out []string
	for line := range strings.Lines(help) {
		line = strings.TrimRight(line, " \n")
		switch {
		case ours.MatchString(line) || line == "":
		case strings.HasPrefix(line, "  -h, --help"):
			out = append(out, "  -h, --help")
		case strings.HasPrefix(line, "Usage:") || strings.HasSuffix(line, ":"):
			out = append(out, line)
		case described.MatchString(line):
			out = append(out, strings.TrimRight(described.FindStringSubmatch(line)[1], " "))
		}
	}
	return out
}

// The file holds what zincati 0.0.32 answers.
func TestSameUsageAsZincati(t *testing.T) {
	data, err := os.ReadFile("testdata/zincati-0.0.32.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lists := strings.NewReplacer(
		"moo, last-refresh-time, help]", "moo, last-refresh-time, check-update, finalize, help]",
		"agent, deadend-motd, ex, help]", "agent, help]", // hidden commands stay hidden
	)
	n := 0
	for line := range strings.Lines(string(data)) {
		var want outcome
		if err := json.Unmarshal([]byte(line), &want); err != nil {
			t.Fatal(err)
		}
		n++
		got := as("nobody").run(t, want.Args...)
		if slices.Equal(want.Args, []string{"-V"}) || slices.Equal(want.Args, []string{"--version"}) {
			if got.Exit != 0 || got.Stdout != "zincati 0.0.32\n" || got.Stderr != "" { // an addition
				t.Errorf("%q: got %+v", want.Args, got)
			}
			continue
		}
		if got.Exit != want.Exit || (got.Stdout == "") != (want.Stdout == "") || (got.Stderr == "") != (want.Stderr == "") {
			t.Errorf("%q: got %+v, want %+v", want.Args, got, want)
			continue
		}
		if strings.HasPrefix(want.Stderr, "error: ") {
			if lists.Replace(want.Stderr) != got.Stderr {
				t.Errorf("%q: got\n%s\nwant\n%s", want.Args, got.Stderr, want.Stderr)
			}
			continue
		}
		if g, w := shape(got.Stdout+got.Stderr), shape(want.Stdout+want.Stderr); !slices.Equal(g, w) || len(w) < 2 {
			t.Errorf("%q: got\n%s\nwant\n%s", want.Args, strings.Join(g, "\n"), strings.Join(w, "\n"))
		}
	}
	if n < 80 {
		t.Errorf("only %d cases", n)
	}
}

func TestUsers(t *testing.T) {
	for _, c := range []struct {
		user string
		args []string
		want string
	}{
		{"root", []string{"agent"}, "[ERROR zincati] error: update agent not running as `zincati` user\n"},
		{"root", []string{"-vvvv", "agent", "--"}, "[ERROR zincati] error: update agent not running as `zincati` user\n"},
		{"Zincati", []string{"agent"}, "[ERROR zincati] error: update agent not running as `zincati` user\n"},
		{
			"zincati", []string{"deadend-motd", "unset"},
			"[ERROR zincati] error: failed to run `deadend-motd` subcommand\n" +
				"[ERROR zincati]  -> deadend-motd subcommand must be run as `root` user, and should be called by the Zincati agent process\n",
		},
		{
			"zincati", []string{"deadend-motd", "set", "--reason", "x"},
			"[ERROR zincati] error: failed to run `deadend-motd` subcommand\n" +
				"[ERROR zincati]  -> deadend-motd subcommand must be run as `root` user, and should be called by the Zincati agent process\n",
		},
		{
			"zincati", []string{"ex", "moo"},
			"[ERROR zincati] error: failed to run `ex` subcommand\n" +
				"[ERROR zincati]  -> ex subcommand must be run as `root` user, and should only be used for testing purposes\n",
		},
		{
			"zincati", []string{"ex", "finalize"},
			"[ERROR zincati] error: failed to run `ex` subcommand\n" +
				"[ERROR zincati]  -> ex subcommand must be run as `root` user, and should only be used for testing purposes\n",
		},
	} {
		if got := as(c.user).run(t, c.args...); got.Exit != 1 || got.Stdout != "" || got.Stderr != c.want {
			t.Errorf("%s: %q: got %+v, want %q", c.user, c.args, got, c.want)
		}
	}
	unknown := &world{command.Program{User: func() (string, error) { return "", errors.New("user: unknown userid 4712") }}}
	for _, args := range [][]string{{"agent"}, {"ex", "moo"}, {"deadend-motd", "unset"}} {
		if got := unknown.run(t, args...); got.Exit != 1 || !strings.Contains(got.Stderr, " user") {
			t.Errorf("nameless user: %q: %+v", args, got)
		}
	}
}

func TestDeadendMotd(t *testing.T) {
	dir := t.TempDir()
	p := as("root")
	p.MotdDir = dir
	path := filepath.Join(dir, "85-zincati-deadend.motd")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"deadend-motd", "set", "--reason", "hello world"}, "hello world"},
		{[]string{"deadend-motd", "set", "--reason", ""}, ""},
		{[]string{"-v", "deadend-motd", "-v", "set", "-v", "--reason="}, ""},
		{[]string{"deadend-motd", "set", "--reason=--x=y"}, "--x=y"},
		{[]string{"deadend-motd", "set", "--reason", "-"}, "-"},
		{[]string{"deadend-motd", "set", "--reason", "x\ny"}, "x\ny"},
	} {
		if got := p.run(t, c.args...); got.Exit != 0 || got.Stdout != "" || got.Stderr != "" {
			t.Errorf("%q: %+v", c.args, got)
		}
		want := "This release is a dead-end and will not further auto-update: " + c.want + "\n"
		if text, err := os.ReadFile(path); err != nil || string(text) != want {
			t.Errorf("%q: notice is %q, %v", c.args, text, err)
		}
	}
	for range 2 {
		if got := p.run(t, "deadend-motd", "unset"); got.Exit != 0 || got.Stderr != "" {
			t.Errorf("unset: %+v", got)
		}
		if _, err := os.Lstat(path); !os.IsNotExist(err) {
			t.Errorf("the notice is still there: %v", err)
		}
	}
	p.MotdDir = filepath.Join(dir, "missing")
	got := p.run(t, "deadend-motd", "set", "--reason", "x")
	want := regexp.MustCompile("^\\[ERROR zincati\\] error: failed to run `deadend-motd` subcommand\n" +
		`\[ERROR zincati\]  -> failed to create temporary MOTD file under '` + p.MotdDir + "/'\n" +
		`\[ERROR zincati\]  -> No such file or directory \(os error 2\) at path "` + p.MotdDir + `/\.deadend\.\w{6}\.motd\.partial"` + "\n$")
	if got.Exit != 1 || !want.MatchString(got.Stderr) {
		t.Errorf("missing directory: %+v", got)
	}
}

func TestPackaging(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "root")
	got := as("nobody").run(t, "packaging", dir)
	if got.Exit != 0 || got.Stderr != "" {
		t.Fatalf("%+v", got)
	}
	unit := filepath.Join(dir, "usr/lib/systemd/system/zincati.service")
	if !strings.Contains(got.Stdout, unit+"\n") {
		t.Errorf("the unit is not told of:\n%s", got.Stdout)
	}
	for path := range strings.Lines(got.Stdout) {
		if info, err := os.Lstat(strings.TrimSuffix(path, "\n")); err != nil || !info.Mode().IsRegular() {
			t.Errorf("%s: %v", path, err)
		}
	}
	if got := as("nobody").run(t, "packaging"); got.Exit != 2 || !strings.Contains(got.Stderr, "<DIR>") {
		t.Errorf("without a directory: %+v", got)
	}
	if got := as("nobody").run(t, "packaging", unit); got.Exit != 1 ||
		!strings.Contains(got.Stderr, "failed to write packaging files to "+unit+"\n") || !strings.Contains(got.Stderr, "Not a directory (os error 20)") {
		t.Errorf("a file in place of the directory: %+v", got)
	}
}

// Every command is found from the help text, and only from that: the original hides some.
func TestAllCommandsAreFound(t *testing.T) {
	for _, line := range []string{"--help", "-h", "help", "-v --help"} {
		got := as("nobody").run(t, strings.Fields(line)...)
		if got.Exit != 0 || got.Stderr != "" {
			t.Fatalf("%s: %+v", line, got)
		}
		for _, name := range []string{"agent", "help", "packaging", "ex", "deadend-motd"} {
			if !strings.Contains(got.Stdout, "\n  "+name+" ") {
				t.Errorf("%s does not tell of %s:\n%s", line, name, got.Stdout)
			}
			if help := as("nobody").run(t, name, "--help"); name != "help" && (help.Exit != 0 || strings.Contains(help.Stdout, "More commands")) {
				t.Errorf("%s --help: %+v", name, help)
			}
		}
	}
	if got := as("nobody").run(t); strings.Contains(got.Stderr, "More commands") {
		t.Errorf("the help text for a missing command is not that of the original:\n%s", got.Stderr)
	}
}
