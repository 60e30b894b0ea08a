package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb"
)

func solve(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), &out, &err, args)
	return code, out.String(), err.String()
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestTestcases(t *testing.T) {
	const repo = "repo r 0 testtags <inline>\n#>=Pkg: a 1 1 noarch\nsystem x86_64 rpm\n"
	for _, c := range []struct {
		name, text   string
		code         int
		out, message string
	}{
		{"one block", repo + "job install name a\nresult transaction\n", 0, "install a-1-1.noarch@r\n", ""},
		{"sorted", repo + "job install name a\njob install name b\nresult problems,transaction,jobs\n", 0, "install a-1-1.noarch@r\njob install name a\njob install name b\n" +
			"problem c43b1300 info package b does not exist\nproblem c43b1300 solution 8ecd7e79 deljob install name b\n", ""},
		{"several blocks", repo + "job install name a\nnextjob\njob noop name a\nresult jobs\n", 0, "test 1:\ninstall a-1-1.noarch@r\ntest 2:\njob noop name a\n", ""},
		{"unsupported", "system x86_64 deb\n", 77, "", "not supported"},
		{"ignored", repo + "job install pkg none\njob noop name a\nresult jobs\n", 0, "job noop name a\n", `unknown package "none"`},
		{"broken", "repo r 0 testtags missing.repo\n", 1, "", "missing.repo"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, stderr := solve(t, "-t", write(t, "case.t", c.text))
			if code != c.code || c.name != "sorted" && out != c.out || !strings.Contains(stderr, c.message) {
				t.Errorf("exit status %d, output\n%s%s", code, out, stderr)
			}
			if c.name == "sorted" && (!strings.HasPrefix(out, strings.Split(c.out, "problem")[0]) || !strings.Contains(out, "info package b does not exist")) {
				t.Errorf("output\n%s", out)
			}
		})
	}
}

// repository writes a repository of two packages, one of which is in the installed database, too.
func repository(t *testing.T) (repo, db string) {
	t.Helper()
	const entry = `<package type="rpm"><name>NAME</name><arch>noarch</arch><version epoch="0" ver="VERSION" rel="1"/><checksum type="sha256" pkgid="YES">00</checksum>` +
		`<time file="1" build="1"/><size package="1" installed="1" archive="1"/><location href="x.rpm"/><format><rpm:requires>REQUIRES</rpm:requires></format></package>`
	pkg := func(name, version, requires string) string {
		return strings.NewReplacer("NAME", name, "VERSION", version, "REQUIRES", requires).Replace(entry)
	}
	primary := `<metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="3">` +
		pkg("base", "2", "") + pkg("app", "1", `<rpm:entry name="base" flags="GE" epoch="0" ver="1"/>`) +
		pkg("app", "2", `<rpm:entry name="base" flags="GE" epoch="0" ver="2"/>`) + `</metadata>`
	repo = filepath.Dir(filepath.Dir(write(t, "repodata/repomd.xml",
		`<repomd xmlns="http://linux.duke.edu/metadata/repo"><data type="primary"><location href="repodata/primary.xml"/></data></repomd>`)))
	if err := os.WriteFile(filepath.Join(repo, "repodata", "primary.xml"), []byte(primary), 0o644); err != nil {
		t.Fatal(err)
	}
	var b rpm.HeaderBuilder
	b.SetString(rpm.TagName, "base")
	b.SetString(rpm.TagVersion, "1")
	b.SetString(rpm.TagRelease, "1")
	b.SetString(rpm.TagArch, "noarch")
	h, err := rpm.ParseBlob(b.Blob(rpm.TagHeaderImmutable))
	if err != nil {
		t.Fatal(err)
	}
	db = t.TempDir()
	if err := rpmdb.Create(db, []rpmdb.Record{{Num: 1, Header: h}}, nil); err != nil {
		t.Fatal(err)
	}
	return repo, db
}

func TestRequests(t *testing.T) {
	repo, db := repository(t)
	for _, c := range []struct {
		args    string
		code    int
		out     string
		message string
	}{
		{"--repo r=REPO install app", 0, "install app-2-1.noarch@r\ninstall base-2-1.noarch@r\n", ""},
		{"--repo r=REPO --installed-dbpath DB install app", 0, "install app-2-1.noarch@r\nupgrade base-1-1.noarch@@System base-2-1.noarch@r\n", ""},
		{"--repo r=REPO --installed-dbpath DB --lock-installed install app", 0, "install app-1-1.noarch@r\n", ""},
		{"--repo r=REPO --installed-dbpath DB update", 0, "upgrade base-1-1.noarch@@System base-2-1.noarch@r\n", ""},
		{"--repo r=REPO --installed-dbpath DB erase base", 0, "erase base-1-1.noarch@@System\n", ""},
		{"--repo r=REPO --installed-dbpath DB noop", 0, "", ""},
		{"--repo far=REPO --repo near=REPO,10 install base", 0, "install base-2-1.noarch@near\n", ""},
		{"--repo r=REPO install none app", 1, "", "Packages not found: none"},
		{"--repo r=REPO erase app", 1, "", "Packages not found: app"},
		{"--repo r=REPO --lock-installed noop", 1, "", "no installed packages"},
		{"--repo r=REPO frobnicate", 1, "", "unknown request"},
		{"--repo r=REPO install", 1, "", "expected names of packages to install"},
		{"--repo r=REPO erase", 1, "", "expected names of packages to erase"},
		{"--repo r install x", 1, "", "expected NAME=DIR"},
		{"--repo r=REPO,x install x", 1, "", "bad priority"},
		{"--frobnicate", 1, "", "frobnicate"},
		{"", 1, "", "expected install"},
		{"-t x install y", 1, "", "-t takes no requests"},
		{"--repo r=REPO/none install x", 1, "", "repository r: stat REPO/none: no such file or directory"},
		{"--repo r=REPO/repodata install x", 1, "", "REPO/repodata is no repository such as createrepo_c makes"},
		{"--repo r=REPO/repodata/repomd.xml install x", 1, "", "repository r: REPO/repodata/repomd.xml is not a directory"},
		{"--installed-dbpath DB/none noop", 1, "", "installed packages: stat DB/none: no such file or directory"},
		{"--installed-dbpath REPO noop", 1, "", "installed packages in REPO: no rpm database"},
		{"frobnicate", 1, "", "unknown request \"frobnicate\": expected install, erase, update or noop"},
		{"--version", 0, "rpm-solve " + version + ", as libsolv 0.7.39\n", ""},
	} {
		t.Run(c.args, func(t *testing.T) {
			args := strings.Fields(strings.NewReplacer("REPO", repo, "DB", db).Replace(c.args))
			code, out, stderr := solve(t, args...)
			message := strings.NewReplacer("REPO", repo, "DB", db).Replace(c.message)
			if code != c.code || out != c.out || !strings.Contains(stderr, strings.TrimPrefix(message, "-")) {
				t.Errorf("exit status %d, output\n%s%s", code, out, stderr)
			}
		})
	}
}

func TestProblemsAreAnAnswer(t *testing.T) {
	repo, db := repository(t)
	code, out, stderr := solve(t, "--repo", "r="+repo, "--installed-dbpath", db, "--lock-installed", "install", "app-2")
	if code != 0 || !strings.Contains(out, " info package app-2-1.noarch requires base >= 2, but none of the providers can be installed\n") ||
		!strings.Contains(out, " deljob lock pkg base-1-1.noarch@@System\n") {
		t.Errorf("exit status %d, output\n%s%s", code, out, stderr)
	}
}

func TestHelp(t *testing.T) {
	for _, option := range []string{"-h", "-help", "--help"} {
		code, out, stderr := solve(t, option)
		if code != 0 || stderr != "" || !strings.HasPrefix(out, usage) || !strings.Contains(out, "\n  -repo NAME=DIR[,PRIORITY]\n") {
			t.Errorf("%s: exit status %d, output\n%s%s", option, code, out, stderr)
		}
	}
}
