package command_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/afterburn"
	"github.com/nestos-dev/nestos/afterburn/command"
	"github.com/nestos-dev/nestos/afterburn/systemd"
)

// outcome is what a command line leads to.
type outcome struct {
	Cmdline        string // of the kernel
	Args           []string
	Exit           int
	Stdout, Stderr string
	Kargs          string // file for dracut
}

var stamp = regexp.MustCompile(`(?m)^[A-Z][a-z]{2} [0-3]\d [0-2]\d:[0-5]\d:[0-5]\d\.\d{3} `)

// run executes a command line on a system with nothing but a kernel command line and a directory for dracut.
func run(t *testing.T, cmdline string, args ...string) outcome {
	t.Helper()
	root := t.TempDir()
	for _, dir := range []string{"proc", "etc/cmdline.d"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "proc/cmdline"), []byte(cmdline), 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	p := &command.Program{Stdout: &stdout, Stderr: &stderr, Options: &afterburn.Options{Root: root}}
	o := outcome{Cmdline: cmdline, Args: args, Exit: p.Run(t.Context(), args)}
	o.Stdout, o.Stderr = stdout.String(), stamp.ReplaceAllString(stderr.String(), "TIME ")
	if data, err := os.ReadFile(filepath.Join(root, "etc/cmdline.d/50-afterburn-network-kargs.conf")); err == nil {
		o.Kargs = string(data)
	}
	return o
}

// ours is what help texts have more than those of the original.
var ours = regexp.MustCompile(`\n\nAdditional options:\n(  .*\n)+|  systemd-units .*\n`)

func original(text string) string {
	return ours.ReplaceAllStringFunc(text, func(found string) string {
		if strings.HasPrefix(found, "\n") {
			return "\n"
		}
		return ""
	})
}

// The file holds what Afterburn 5.11.0 answers.
func TestSameAsAfterburn(t *testing.T) {
	data, err := os.ReadFile("testdata/afterburn-5.11.0.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		var want outcome
		if err := json.Unmarshal([]byte(line), &want); err != nil {
			t.Fatal(err)
		}
		n++
		got := run(t, want.Cmdline, want.Args...)
		if got.Exit != want.Exit || got.Kargs != want.Kargs {
			t.Errorf("%q %q: exit %d, kargs %q, want %d, %q", want.Cmdline, want.Args, got.Exit, got.Kargs, want.Exit, want.Kargs)
		}
		if g := original(got.Stdout); g != want.Stdout {
			t.Errorf("%q %q: prints\n%s\nwant\n%s", want.Cmdline, want.Args, g, want.Stdout)
		}
		if g := original(got.Stderr); g != want.Stderr {
			t.Errorf("%q %q: reports\n%s\nwant\n%s", want.Cmdline, want.Args, g, want.Stderr)
		}
	}
	if n < 240 {
		t.Errorf("only %d cases", n)
	}
}

func TestTranslate(t *testing.T) {
	for _, c := range [][2]string{
		{"", "multi --legacy-cli"},
		{"-", "multi --legacy-cli -"},
		{"-h", "multi --legacy-cli -h"},
		{"--help", "multi --legacy-cli --help"},
		{"-ssh-keys=core -x -- -y -é", "multi --legacy-cli --ssh-keys=core -x -- -y --é"},
		{"--provider -foo", "multi --legacy-cli --provider --foo"},
		{"multi -provider=x", "multi -provider=x"},
		{"bogus -x", "bogus -x"},
	} {
		if got := strings.Join(command.Translate(strings.Fields(c[0])), " "); got != c[1] {
			t.Errorf("%q: got %q, want %q", c[0], got, c[1])
		}
	}
	if got := command.Translate([]string{"", "-abc"}); len(got) != 2 || got[1] != "-abc" {
		t.Errorf("got %q", got)
	}
}

func TestInvalidUTF8(t *testing.T) {
	want := "Error: error: invalid UTF-8 was detected in one or more arguments\n\nFor more information, try '--help'.\n\n"
	for _, args := range [][]string{{"\xff"}, {"multi", "--provider=\xff"}, {"--help", "\xff"}, {"help", "\xff"}, {"-\xff\xfe"}} {
		if got := run(t, "", args...); got.Exit != 1 || got.Stdout != "" || got.Stderr != want {
			t.Errorf("%q: %+v", args, got)
		}
	}
}

// What the kernel's command line says cannot command a terminal.
func TestHostileID(t *testing.T) {
	got := run(t, "ignition.platform.id=a\x1b[2J\nError:\u0085", "--cmdline", "--check-in")
	want := "Error: failed to run\n\nCaused by:\n    0: fetching metadata from provider\n    1: unknown provider 'a\\u{1b}[2J\n       Error:'\n"
	if got.Exit != 1 || got.Stderr != want {
		t.Errorf("got %q", got.Stderr)
	}
}

func TestVersionAndName(t *testing.T) {
	var b bytes.Buffer
	p := &command.Program{Name: "/usr/bin/ab", Version: "1.2", Stdout: &b, Stderr: &b}
	for _, c := range []struct {
		args []string
		exit int
		want string
	}{
		{[]string{"-V"}, 0, "Afterburn-multi 1.2\n"},
		{[]string{"exp", "systemd-units", "--version"}, 0, "Afterburn-exp-systemd-units 1.2\n"},
		{
			[]string{"multi", "x"}, 1,
			"Error: error: unexpected argument 'x' found\n\nUsage: ab multi [OPTIONS] <--cmdline|--provider <name>>\n\nFor more information, try '--help'.\n\n",
		},
		{
			[]string{"help", "help"}, 0, "Print this message or the help of the given subcommand(s)\n\nUsage: ab help [COMMAND]...\n\n" +
				"Arguments:\n  [COMMAND]...  Print help for the subcommand(s)\n",
		},
	} {
		b.Reset()
		if exit := p.Run(t.Context(), c.args); exit != c.exit || b.String() != c.want {
			t.Errorf("%q: %d, %q, want %q", c.args, exit, b.String(), c.want)
		}
	}
}

func TestSystemdUnits(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made/on/the/way")
	printed := run(t, "", "exp", "systemd-units", "--default-user=admin", "--network-kargs", "ip=auto", dir)
	if printed.Exit != 0 || printed.Stderr != "" {
		t.Fatalf("%+v", printed)
	}
	files, err := systemd.Files(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := ""
	for _, f := range files {
		want += filepath.Join(dir, f.Path) + "\n"
	}
	if printed.Stdout != want || len(files) < 5 {
		t.Errorf("printed\n%s\nwant\n%s", printed.Stdout, want)
	}
	for name, line := range map[string]string{
		"usr/lib/systemd/system/afterburn-sshkeys@.service":                        "\nDefaultInstance=admin\n",
		"usr/lib/dracut/modules.d/30afterburn/afterburn-network-kargs.service":     "AFTERBURN_NETWORK_KARGS_DEFAULT='ip=auto'",
		"usr/lib/dracut/modules.d/30afterburn/module-setup.sh":                     "return 255",
		"usr/lib/systemd/system/afterburn.service":                                 "--attributes=/run/metadata/afterburn\n",
		"usr/lib/dracut/modules.d/30afterburn/afterburn-ignition-fragment.service": "render-ignition",
	} {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.Contains(string(data), line) {
			t.Errorf("%s: %v, %q", name, err, data)
		}
	}
	unit := filepath.Join(dir, files[0].Path)
	for args, want := range map[string]string{
		"":                         "Error: error: the following required arguments were not provided:\n  <dir>\n",
		unit:                       "Error: failed to run\n\nCaused by:\n    0: failed to write systemd units to " + unit + "\n    1: Not a directory (os error 20)\n",
		"--default-user=-x " + dir: "Error: failed to run\n\nCaused by:\n    user name \"-x\" cannot be the instance of a unit\n",
	} {
		got := run(t, "", append([]string{"exp", "systemd-units"}, strings.Fields(args)...)...)
		if got.Exit != 1 || !strings.HasPrefix(got.Stderr, want) {
			t.Errorf("%q: %+v, want %q", args, got, want)
		}
	}
}

// Our own options are in the help texts and in messages like others.
func TestAdditions(t *testing.T) {
	help := run(t, "", "multi", "--help").Stdout
	want := "\n\nAdditional options:\n" +
		"      --json               Print all that the provider knows as a JSON document\n" +
		"      --timeout <seconds>  Fail if the whole run takes longer\n"
	if !strings.HasSuffix(help, want) {
		t.Errorf("help is\n%s", help)
	}
	if got := run(t, "", "help", "exp").Stdout; !strings.Contains(got, "\n  systemd-units     Write systemd units and a dracut module for an installation, and print their paths\n") {
		t.Errorf("help is\n%s", got)
	}
	for args, want := range map[string]string{
		"--timeout=0":          "Error: error: invalid value '0' for '--timeout <seconds>': number would be zero for non-zero type\n",
		"--timeout=":           "Error: error: invalid value '' for '--timeout <seconds>': cannot parse integer from empty string\n",
		"--timeout=-1":         "Error: error: invalid value '-1' for '--timeout <seconds>': invalid digit found in string\n",
		"--timeout=1.5":        "Error: error: invalid value '1.5' for '--timeout <seconds>': invalid digit found in string\n",
		"--timeout=2147483648": "Error: error: invalid value '2147483648' for '--timeout <seconds>': number too large to fit in target type\n",
		"--json=x":             "Error: error: unexpected value 'x' for '--json' found; no more were expected\n",
		"--json --json":        "Error: error: the argument '--json' cannot be used multiple times\n",
		"-json -timeout=5":     "Error: failed to run\n\nCaused by:\n    0: fetching metadata from provider\n    1: unknown provider 'x'\n",
		"-timeout 5":           "TIME WARN multi: no action specified\nError: failed to run\n",
	} {
		got := run(t, "", append([]string{"--provider=x"}, strings.Fields(args)...)...)
		if got.Exit != 1 || got.Stdout != "" || !strings.HasPrefix(got.Stderr, want) {
			t.Errorf("%q: %+v, want %q", args, got, want)
		}
	}
}

// FuzzRun gives command lines, words between NULs, to a program that knows no cloud.
func FuzzRun(f *testing.F) {
	for _, line := range []string{
		"", "--help", "multi\x00--provider=x\x00--json", "exp\x00help\x00rd-network-kargs", "-provider\x00nosuch\x00-hostname=x",
		"exp\x00rd-network-kargs\x00--cmdline\x00--default-value=", "render-ignition\x00--provider=b\x00--render-ignition-dir=/x",
		"multi\x00--timeout=\xff", "-\x00--\x00=", "help\x00help\x00help",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, "\x00")
		if slices.ContainsFunc(afterburn.Providers(), func(id string) bool { return strings.Contains(line, id) }) ||
			slices.Contains(args, "systemd-units") {
			t.Skip("it would write files")
		}
		var stdout, stderr bytes.Buffer
		p := &command.Program{Stdout: &stdout, Stderr: &stderr, Options: &afterburn.Options{Root: "/nowhere"}}
		switch exit := p.Run(t.Context(), args); {
		case exit == 0 && (stdout.Len() == 0 || stderr.Len() > 0),
			exit == 1 && (stdout.Len() > 0 || !strings.Contains("\n"+stderr.String(), "\nError: ")), exit != 0 && exit != 1:
			t.Errorf("%q: exit %d, %s%s", args, exit, &stdout, &stderr)
		}
	})
}
