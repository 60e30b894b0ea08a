package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/stretchr/testify/require"
)

// side is one of the two programs in a directory of its own, which begins alike on both sides.
type side struct {
	t    testing.TB
	dir  string
	path string // PATH
	url  string // of a server that shows dir
}

func newSide(t testing.TB, path string) *side {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(server.Close)
	require.NoError(t, copyKeys(dir))
	return &side{t, dir, path, server.URL}
}

// outcome is what can be compared of a command.
type outcome struct {
	Stdout string
	Errors string // the lines of standard error that begin with "error:"; help texts have more options here
	Exit   int
}

// run executes a line of shell. URL and DIR in it are the server and the directory.
func (s *side) run(line string) outcome {
	s.t.Helper()
	line = strings.NewReplacer("URL", s.url, "DIR", s.dir).Replace(line)
	r := testutil.Run(s.t, &testutil.RunOptions{Dir: s.dir, Env: []string{
		"PATH=" + s.path, "TZ=UTC", "HOME=" + s.dir, "GNUPGHOME=" + s.dir + "/gpg", "OSTREE_GPG_HOME=" + s.dir + "/nokeys",
		"OSTREE_REPO=", "OSTREE_SYSROOT=" + s.dir + "/nosysroot", "OSTREE_DUMMY_SIGN_ENABLED=1",
	}}, "sh", "-c", "umask 022; "+line)
	var errors []string
	for l := range strings.Lines(r.Stderr) {
		if strings.HasPrefix(l, "error:") {
			errors = append(errors, l)
		}
	}
	return outcome{s.normal(r.Stdout), s.normal(strings.Join(errors, "")), r.Exit}
}

// volatile is what differs between runs or is meant to differ between the programs, and what is put in its place.
var volatile = []struct {
	*regexp.Regexp
	with string
}{
	{regexp.MustCompile(`20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00`), "DATE"},                        // last-modified
	{regexp.MustCompile(`[A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d 20[2-9]\d`), "DATE"}, // signatures
	{regexp.MustCompile(`'ostree.summary.last-modified': <uint64 \d+>`), "LAST-MODIFIED"},
	// The older program counts metadata that is not there.
	{regexp.MustCompile(`\d+ metadata, (\d+) content objects fetched(; \d+ (B|KiB) transferred in \d seconds)?`), "$1 content objects fetched"},
	{regexp.MustCompile(`in \d seconds`), "in N seconds"},
	{regexp.MustCompile(`(fsck objects \(\d+/\d+\) \d+%\n)+`), "PROGRESS\n"}, // how often, depends on the time
}

func (s *side) normal(text string) string {
	text = strings.NewReplacer(s.url, "URL", s.dir, "DIR").Replace(text)
	for _, v := range volatile {
		text = v.ReplaceAllString(text, v.with)
	}
	return text
}

// sides returns this program and the reference implementation.
func sides(t testing.TB) (ours, real *side) {
	if realOstree == "" {
		testutil.Missing(t, "the reference program ostree is not installed")
	}
	path := os.Getenv("PATH")
	ours = newSide(t, path)
	bin := t.TempDir()
	gpgconf := testutil.Tool(t, "gpgconf")
	require.NoError(t, os.Symlink(realOstree, filepath.Join(bin, "ostree")))
	real = newSide(t, bin+":"+path)
	t.Cleanup(func() { // the agents that it started
		testutil.Run(cleanupTB{t}, nil, gpgconf, "--homedir", real.dir+"/gpg", "--kill", "all")
	})
	return ours, real
}

// TestSameAsReference runs scripts with both programs, line by line, and compares what they print and how they
// exit. Lines that begin with "!" are only executed, since the programs are meant to differ there; the reason is
// said above them.
func TestSameAsReference(t *testing.T) {
	files, err := filepath.Glob("testdata/same/*.sh")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".sh"), func(t *testing.T) {
			t.Parallel()
			ours, real := sides(t)
			script, err := os.ReadFile(file)
			require.NoError(t, err)
			for line := range strings.Lines(string(script)) {
				line = strings.TrimSpace(line)
				if line == "" || line[0] == '#' {
					continue
				}
				command, differs := strings.CutPrefix(line, "!")
				got, want := ours.run(command), real.run(command)
				if !differs && got != want {
					t.Errorf("$ %s\nexpected %d\n%s%s\ngot %d\n%s%s", command, want.Exit, want.Stdout, want.Errors, got.Exit, got.Stdout, got.Errors)
				}
			}
		})
	}
}
