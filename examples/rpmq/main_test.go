package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// rpmq runs the program in-process.
func rpmq(t *testing.T, stdin string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	e := &env{stdin: strings.NewReader(stdin), stdout: &out, stderr: &errs, getenv: func(string) string { return "1700000000" }, root: os.Geteuid() == 0}
	status = run(t.Context(), e, args)
	return out.String(), errs.String(), status
}

// must runs the program, which has to succeed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	stdout, stderr, status := rpmq(t, "", args...)
	if status != 0 || stderr != "" {
		t.Fatalf("rpmq %q ends with %d: %s", args, status, stderr)
	}
	return stdout
}

// packages writes a few packages, which need one another in the order of their names backwards.
func packages(t *testing.T) []string {
	dir := t.TempDir()
	return []string{
		rpmtest.Write(t, dir, &rpmtest.Spec{Name: "a", Epoch: "2", Requires: []string{"b"}, Summary: "A & B", Files: []rpmtest.File{
			{Path: "/usr/bin/a", Mode: 0o755, Content: []byte("#!/bin/sh\n")}, {Path: "/usr/bin/a2", HardLink: "/usr/bin/a"},
			{Path: "/etc/a", Flags: rpm.FileConfig, Content: []byte("x")}, {Path: "/usr/share/a", LinkTo: "../bin/a"},
			{Path: "/var/a", Flags: rpm.FileGhost}, {Path: "/usr/lib/a", Mode: rpm.ModeDir | 0o700},
		}}),
		rpmtest.Write(t, dir, &rpmtest.Spec{Name: "b", Requires: []string{"c"}, RequiresPre: []string{"c >= 1"}, Arch: "x86_64", Compressor: "zstd"}),
		rpmtest.Write(t, dir, &rpmtest.Spec{Name: "c", Files: []rpmtest.File{{Path: "/usr/share/c", Content: []byte("c")}}}),
	}
}

func TestComparisons(t *testing.T) {
	for _, c := range []struct{ command, in, out string }{
		{"vercmp", "1.0 1.0\n1.0~rc1 1.0\n1.0^a 1.0\n0 \n ^\n1a 1b\n", "0\n-1\n1\n1\n-1\n-1\n"},
		{"depcmp", "= 1.0-1 ; = 1.0\n= 1.0-1 ; > 1.0\n(none) ; = 5\na = 1 ; b = 1\na = 1 ; a\nx(y) >= 2 ; x(y) < 2\n", "1\n0\n1\n0\n1\n0\n"},
	} {
		stdout, stderr, status := rpmq(t, c.in, c.command)
		if stdout != c.out || stderr != "" || status != 0 {
			t.Errorf("%s prints %q, %q and ends with %d", c.command, stdout, stderr, status)
		}
	}
}

func TestPackagesEqualRPM(t *testing.T) {
	tools := map[string]string{}
	for _, name := range []string{"rpm", "rpmkeys", "rpm2cpio"} {
		tools[name] = testutil.Tool(t, name)
	}
	db := t.TempDir()
	for _, path := range packages(t) {
		for _, c := range []struct {
			ours []string
			tool string
			args []string
		}{
			{[]string{"xml", path}, "rpm", []string{"--dbpath", db, "-qp", "--xml", path}},
			{[]string{"files", path}, "rpm", []string{"--dbpath", db, "-qp", "--qf", strings.Trim(filesFormat, "'"), path}},
			{[]string{"query", "%{NEVRA}\\n", path}, "rpm", []string{"--dbpath", db, "-qp", "--qf", "%{NEVRA}\\n", path}},
			{[]string{"verify", path}, "rpmkeys", []string{"--dbpath", db, "-Kv", path}},
			{[]string{"cpio", path}, "rpm2cpio", []string{path}},
		} {
			want := testutil.Run(t, &testutil.RunOptions{Must: true}, tools[c.tool], c.args...)
			if got := must(t, c.ours...); got != want.Stdout {
				t.Errorf("rpmq %q prints\n%s, not\n%s", c.ours, got, want.Stdout)
			}
		}
	}
}

func TestPrimaryEqualsCreaterepo(t *testing.T) {
	createrepo := testutil.Tool(t, "createrepo_c")
	paths := packages(t)
	dir := filepath.Dir(paths[0])
	testutil.Run(t, &testutil.RunOptions{Must: true}, createrepo, "--compress-type=gz", dir)
	found, err := filepath.Glob(filepath.Join(dir, "repodata", "*primary.xml.gz"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	f, err := os.Open(found[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if got := must(t, "primary", "--narrow-pre", path); !strings.Contains(string(whole), strings.TrimSpace(got)) {
			t.Errorf("rpmq primary prints\n%s, which is not in\n%s", got, whole)
		}
	}
}

func TestDatabaseEqualsRPM(t *testing.T) {
	rpmPath := testutil.Tool(t, "rpm")
	dir := filepath.Join(t.TempDir(), "db")
	must(t, append([]string{"mkdb", dir}, packages(t)...)...)
	for command, args := range map[string][]string{"qa": {"-qa"}, "qal": {"-qal"}} {
		want := testutil.Run(t, &testutil.RunOptions{Must: true}, rpmPath, append([]string{"--dbpath", dir}, args...)...)
		if got := must(t, command, dir); got != want.Stdout {
			t.Errorf("rpmq %s prints\n%s, not\n%s", command, got, want.Stdout)
		}
	}
}

func TestMkdbIsReproducible(t *testing.T) {
	paths := packages(t)
	var files [2][]byte
	for i := range files {
		dir := filepath.Join(t.TempDir(), "db")
		must(t, append([]string{"mkdb", "--time", "1600000000", dir}, paths...)...)
		var err error
		if files[i], err = os.ReadFile(filepath.Join(dir, "rpmdb.sqlite")); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("two databases of the same packages differ")
	}
}

func TestOrder(t *testing.T) {
	paths := packages(t)
	if got := must(t, append([]string{"order"}, paths...)...); got != "c-1-1.noarch\nb-1-1.x86_64\na-2:1-1.noarch\n" {
		t.Errorf("the order is\n%s", got)
	}
}

func TestExtract(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	must(t, "extract", packages(t)[0], dir)
	data, err := os.ReadFile(filepath.Join(dir, "usr/share/a"))
	if err != nil || string(data) != "#!/bin/sh\n" {
		t.Errorf("the file has %q, %v", data, err)
	}
}

func TestCpioStatusEqualsRPM2CPIO(t *testing.T) {
	rpm2cpio := testutil.Tool(t, "rpm2cpio")
	for name, change := range map[string]func(b *rpm.HeaderBuilder){
		"right size": func(*rpm.HeaderBuilder) {},
		"wrong size": func(b *rpm.HeaderBuilder) { b.SetUint32s(rpm.SigPayloadSize, 5) },
		"no size":    func(b *rpm.HeaderBuilder) { b.Remove(rpm.SigPayloadSize) },
		"long size": func(b *rpm.HeaderBuilder) {
			b.Remove(rpm.SigPayloadSize)
			b.SetUint64s(rpm.SigLongArchiveSize, 124)
		},
	} {
		path := rpmtest.Write(t, t.TempDir(), &rpmtest.Spec{Name: "size", Signature: change})
		want := testutil.Run(t, nil, rpm2cpio, path)
		got, stderr, status := rpmq(t, "", "cpio", path)
		if got != want.Stdout || stderr != want.Stderr || status != want.Exit {
			t.Errorf("%s: status %d, not %d; %q, not %q", name, status, want.Exit, stderr, want.Stderr)
		}
	}
}

func TestErrors(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.rpm")
	data, err := os.ReadFile(packages(t)[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(broken, append(data, 'x'), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		status int
		stderr string
	}{
		{nil, 2, "rpmq: no command, see rpmq --help\n"},
		{[]string{"nosuch"}, 2, "rpmq: unknown command \"nosuch\", see rpmq --help\n"},
		{[]string{"xml"}, 2, "rpmq: an argument is missing\nUsage: rpmq xml FILE\n"},
		{[]string{"extract", broken}, 2, "rpmq: an argument is missing\nUsage: rpmq extract FILE DIR\n"},
		{[]string{"xml", broken, broken}, 2, "rpmq: too many arguments\nUsage: rpmq xml FILE\n"},
		{[]string{"vercmp", broken}, 2, "rpmq: too many arguments\nUsage: rpmq vercmp < FILE\n"},
		{[]string{"order", "--nope"}, 2, "rpmq: unknown option --nope\nUsage: rpmq order FILE...\n"},
		{[]string{"primary", "--nope", broken}, 2, "rpmq: unknown option --nope\nUsage: rpmq primary [--narrow-pre] FILE\n"},
		{[]string{"verify", "--nope", broken}, 2, "rpmq: unknown option --nope, or more than one file\nUsage: rpmq verify [--key KEYFILE]... [--level LEVEL] FILE\n"},
		{[]string{"verify", "--key"}, 2, "rpmq: unknown option --key, or one without its value\nUsage: rpmq verify [--key KEYFILE]... [--level LEVEL] FILE\n"},
		{[]string{"mkdb", "--nope", broken}, 2, "rpmq: unknown option --nope\nUsage: rpmq mkdb [--time SECONDS] DIR FILE...\n"},
		{[]string{"mkdb", "--time", "5", broken}, 2, "rpmq: an argument is missing\nUsage: rpmq mkdb [--time SECONDS] DIR FILE...\n"},
		{[]string{"mkdb", "--time", "x", "db", broken}, 1, "rpmq: time \"x\" is not a number of seconds since 1970\n"},
		{[]string{"qa", "/nosuch"}, 1, "rpmq: stat /nosuch: No such file or directory\n"},
		{[]string{"qa", broken}, 1, "rpmq: " + broken + " is not a directory: name the one with the database, such as usr/share/rpm\n"},
		{[]string{"verify", "--level", "most", broken}, 2, "rpmq: unknown level \"most\": digest, none, signature or all\n" +
			"Usage: rpmq verify [--key KEYFILE]... [--level LEVEL] FILE\n"},
		{[]string{"verify", broken}, 1, ""},
		{[]string{"xml", "/nosuch"}, 1, "rpmq: open /nosuch: No such file or directory\n"},
		{[]string{"query", "%{NOSUCH}", broken}, 1, "rpmq: incorrect format: unknown tag: \"NOSUCH\"\n"},
	} {
		if _, stderr, status := rpmq(t, "", c.args...); status != c.status || stderr != c.stderr {
			t.Errorf("rpmq %q ends with %d: %s", c.args, status, stderr)
		}
	}
	if stdout, _, status := rpmq(t, "", "--help"); status != 0 || !strings.HasPrefix(stdout, "Usage: rpmq") {
		t.Errorf("the help is %q", stdout)
	}
	if stdout, _, status := rpmq(t, "", "--version"); status != 0 || !strings.HasPrefix(stdout, "rpmq "+version+", as rpm ") {
		t.Errorf("the version is %q", stdout)
	}
	for name, c := range commands {
		stdout, stderr, status := rpmq(t, "", name, "--help")
		if status != 0 || stderr != "" || !strings.HasPrefix(stdout, "Usage: rpmq "+c.usage+"\n") || !strings.HasPrefix(c.usage, name+" ") {
			t.Errorf("%s --help ends with %d: %q, %q", name, status, stdout, stderr)
		}
		if words, _, _ := strings.Cut(c.usage, " <"); !strings.Contains(help, "\n  "+words+" ") && !strings.Contains(help, "\n  "+words+"\n") {
			t.Errorf("%q is not in the help", words)
		}
	}
}
