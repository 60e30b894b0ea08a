package selinux_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/nestos-dev/nestos/internal/selinux"
)

type question struct {
	path string
	mode uint32
}

// askLibselinux returns libselinux's labels for the questions.
func askLibselinux(t testing.TB, contexts string, questions []question) []string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil || exec.CommandContext(t.Context(), python, "-c", "import ctypes; ctypes.CDLL('libselinux.so.1')").Run() != nil {
		t.Skip("libselinux is not reachable from Python")
	}
	var in, stderr strings.Builder
	for _, q := range questions {
		fmt.Fprintf(&in, "%d %s\x00", q.mode, q.path)
	}
	cmd := exec.CommandContext(t.Context(), python, "testdata/selabel.py", contexts)
	cmd.Stdin, cmd.Stderr = strings.NewReader(in.String()), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	labels := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(labels) != len(questions) {
		t.Fatalf("%d labels for %d paths", len(labels), len(questions))
	}
	return labels
}

// installed returns the policy of this machine and its file_contexts.
func installed(t testing.TB) (*selinux.Policy, string) {
	t.Helper()
	p, err := selinux.Load(os.DirFS("/"))
	if err != nil {
		t.Skip("no policy is installed: ", err)
	}
	return p, "/etc/selinux/" + p.Name() + "/contexts/files/file_contexts"
}

// machinePaths lists up to limit files of this machine, as they are and with
// the types they could have.
func machinePaths(t testing.TB, limit int) []question {
	t.Helper()
	var list []question
	for _, top := range []string{"/etc", "/usr", "/var", "/opt", "/boot", "/srv", "/home", "/root", "/run", "/dev"} {
		n := 0
		err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil //nolint:nilerr // what cannot be read is not part of the test
			}
			if n++; n > limit/4 {
				return filepath.SkipAll
			}
			if info, err := d.Info(); err == nil {
				list = append(list, question{path, info.Sys().(*syscall.Stat_t).Mode})
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return list[:min(limit, len(list))]
}

func compare(t *testing.T, p *selinux.Policy, contexts string, questions []question) {
	t.Helper()
	different := 0
	for i, want := range askLibselinux(t, contexts, questions) {
		q := questions[i]
		if got := lookup(t, p, q.path, q.mode); got != want {
			if different++; different < 20 {
				t.Errorf("%q %o: %s, want %s", q.path, q.mode, got, want)
			}
		}
	}
	t.Logf("%d paths, %d different", len(questions), different)
}

func TestSmallAgainstLibselinux(t *testing.T) {
	var questions []question
	for _, c := range smallCases {
		questions = append(questions, question{c.path, c.mode})
	}
	compare(t, loadSmall(t), "testdata/root/etc/selinux/small/contexts/files/file_contexts", questions)
}

func TestMachineAgainstLibselinux(t *testing.T) {
	p, contexts := installed(t)
	compare(t, p, contexts, machinePaths(t, 8000))
}

// TestEntriesAgainstLibselinux makes paths from the policy's own expressions.
func TestEntriesAgainstLibselinux(t *testing.T) {
	p, contexts := installed(t)
	data, err := os.ReadFile(contexts)
	if err != nil {
		t.Fatal(err)
	}
	var questions []question
	number := 0
	for line := range strings.Lines(string(data)) {
		if number++; number%3 != 0 {
			continue
		}
		pattern, _, _ := strings.Cut(line, "\t")
		for _, path := range []string{
			strings.NewReplacer(`\`, "", "(/.*)?", "/x/y.so", "[^/]*", "abc", ".*", "lib/z", "?", "", "(", "", ")", "", "+", "").Replace(pattern),
			strings.NewReplacer(`\`, "", "(/.*)?", "", "[^/]*", "", ".*", "", "(", "", ")", "", "?", "", "[0-9]", "7", "+", "").Replace(pattern),
			strings.NewReplacer(`\`, "", "(/.*)?", "/", "[^/]+", "é", ".*", "//\xff\n", "?", "").Replace(pattern),
		} {
			if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "\x00") {
				continue
			}
			for _, mode := range []uint32{0, 0o100644, 0o040755} {
				questions = append(questions, question{path, mode})
			}
		}
	}
	compare(t, p, contexts, questions)
}

func BenchmarkLookup(b *testing.B) {
	p, _ := installed(b)
	questions := machinePaths(b, 100000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		q := questions[i%len(questions)]
		if _, _, err := p.Lookup(q.path, q.mode); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	installed(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := selinux.Load(os.DirFS("/")); err != nil {
			b.Fatal(err)
		}
	}
}
