package deadend_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/internal/deadend"
)

const lead = "This release is a dead-end and will not further auto-update: "

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestSetAndUnset(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "85-zincati-deadend.motd")
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	for _, reason := range []string{"hello world", "", "x\ny", "-x", "ü", strings.Repeat("long ", 10000)} {
		if err := deadend.Set(dir, reason); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != lead+reason+"\n" {
			t.Errorf("%.20q: content is %.100q, %v", reason, got, err)
		}
		info, err := os.Lstat(path)
		if err != nil || info.Mode() != 0o644 {
			t.Errorf("mode is %v, %v", info.Mode(), err)
		}
		if got := names(t, dir); !slices.Equal(got, []string{deadend.FileName}) {
			t.Errorf("directory holds %q", got)
		}
	}
	for range 2 {
		if err := deadend.Unset(dir); err != nil {
			t.Fatal(err)
		}
		if got := names(t, dir); len(got) > 0 {
			t.Errorf("directory holds %q", got)
		}
	}
}

func TestLinkIsReplaced(t *testing.T) {
	dir, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(elsewhere, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, deadend.FileName)
	if err := os.Symlink(elsewhere, path); err != nil {
		t.Fatal(err)
	}
	if err := deadend.Set(dir, "x"); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(elsewhere); err != nil || string(got) != "precious" {
		t.Errorf("the link's target is %q, %v", got, err)
	}
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		t.Errorf("the notice is %v, %v", info, err)
	}
}

// A reader sees one notice or the other, never a part or nothing.
func TestSetIsAtomic(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, deadend.FileName)
	reasons := []string{strings.Repeat("a", 1000), strings.Repeat("b", 100000)}
	if err := deadend.Set(dir, reasons[0]); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, r := range reasons {
		wg.Go(func() {
			for range 100 {
				if err := deadend.Set(dir, r); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for reading := true; reading; {
		select {
		case <-done:
			reading = false
		default:
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != lead+reasons[0]+"\n" && string(got) != lead+reasons[1]+"\n" {
			t.Fatalf("read %d bytes, %v", len(got), err)
		}
	}
}

func TestErrors(t *testing.T) {
	base := t.TempDir()
	missing := filepath.Join(base, "missing")
	if err := deadend.Unset(missing); err != nil {
		t.Errorf("unset without the directory: %v", err)
	}
	want := regexp.MustCompile("^failed to create temporary MOTD file under '" + regexp.QuoteMeta(missing) +
		`/': No such file or directory \(os error 2\) at path "` + regexp.QuoteMeta(missing) + `/\.deadend\.[A-Za-z0-9]{6}\.motd\.partial"$`)
	if err := deadend.Set(missing, "x"); err == nil || !errors.Is(err, fs.ErrNotExist) || !want.MatchString(err.Error()) {
		t.Errorf("set without the directory: %v", err)
	}
	file := filepath.Join(base, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := deadend.Set(file, "x"); !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("set below a file: %v", err)
	}
	if err := deadend.Unset(file); err == nil || err.Error() != "failed to remove MOTD fragment at '"+file+"/85-zincati-deadend.motd': Not a directory (os error 20)" {
		t.Errorf("unset below a file: %v", err)
	}
	if err := os.Mkdir(filepath.Join(base, deadend.FileName), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := deadend.Set(base, "x"); err == nil || !strings.HasPrefix(err.Error(), "failed to persist MOTD fragment to '"+base+"/85-zincati-deadend.motd': failed to persist temporary file: Is a directory") {
		t.Errorf("set over a directory: %v", err)
	}
	if err := deadend.Unset(base); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("unset of a directory: %v", err)
	}
	if got := names(t, base); !slices.Equal(got, []string{deadend.FileName, "file"}) {
		t.Errorf("left behind: %q", got)
	}
}

// What zincati 0.0.32 does: a file of that name with O_EXCL, the mode, the renaming.
func TestOrderOfCalls(t *testing.T) {
	if os.Getenv("DEADEND_TEST_SET") != "" {
		if err := deadend.Set(os.Getenv("DEADEND_TEST_SET"), "x"); err != nil {
			t.Fatal(err)
		}
		return
	}
	strace := testutil.Tool(t, "strace")
	dir := t.TempDir()
	cmd := exec.Command(strace, "-f", "-qq", "-e", "trace=openat,fchmod,rename,renameat,renameat2,unlink", os.Args[0], "-test.run=^TestOrderOfCalls$")
	cmd.Env = append(os.Environ(), "DEADEND_TEST_SET="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		if strings.Contains(string(out), "Operation not permitted") {
			t.Skip("programs cannot be traced here")
		}
		t.Fatalf("%v\n%s", err, out)
	}
	want := regexp.MustCompile(`(?s)openat\(AT_FDCWD, "` + regexp.QuoteMeta(dir) + `/(\.deadend\.[A-Za-z0-9]{6}\.motd\.partial)", O_RDWR\|O_CREAT\|O_EXCL\|O_CLOEXEC, 0600\).*` +
		`fchmod\([0-9]+, 0644\).*rename(at2?)?\([^"]*"` + regexp.QuoteMeta(dir) + `/\.deadend\.[A-Za-z0-9]{6}\.motd\.partial", [^"]*"` + regexp.QuoteMeta(dir) + `/85-zincati-deadend.motd"`)
	if !want.Match(out) {
		t.Errorf("calls are\n%s", out)
	}
}

func TestRefresh(t *testing.T) {
	for _, c := range []struct {
		dead   bool
		reason string
		want   []string
	}{
		{false, "", []string{"unset"}},
		{false, "ignored", []string{"unset"}},
		{true, "a reason", []string{"set", "--reason", "a reason"}},
		{true, "", []string{"set", "--reason", ""}},
		{true, "a\x00b\x1b[2J\nc", []string{"set", "--reason", "a b [2J\nc"}},
		{true, "--help", []string{"set", "--reason=--help"}},
		{true, "\xff", []string{"set", "--reason", "\uFFFD"}},
		{true, strings.Repeat("x", 1<<20), []string{"set", "--reason", strings.Repeat("x", 4096)}},
	} {
		r := &run.Recorder{}
		if err := deadend.Refresh(t.Context(), r, c.dead, c.reason); err != nil {
			t.Fatal(err)
		}
		calls := r.Calls()
		want := append([]string{"/usr/libexec/zincati", "deadend-motd"}, c.want...)
		if len(calls) != 1 || calls[0].Name != "pkexec" || !slices.Equal(calls[0].Args, want) {
			t.Errorf("%v, %.20q: ran %.200q", c.dead, c.reason, calls)
		}
	}
}

func TestRefreshOutcome(t *testing.T) {
	for _, exit := range []int{1, 126, 127} {
		r := &run.Recorder{Replies: map[string]run.Reply{"pkexec": {Exit: exit}}}
		if err := deadend.Refresh(t.Context(), r, true, "x"); err != nil {
			t.Errorf("exit %d: %v", exit, err)
		}
	}
	r := &run.Recorder{Replies: map[string]run.Reply{"pkexec": {Err: exec.ErrNotFound}}}
	if err := deadend.Refresh(t.Context(), r, true, "x"); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("no pkexec: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := deadend.Refresh(ctx, &run.Exec{}, true, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
}

func TestRefreshEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		r := &run.Recorder{Handler: func(ctx context.Context, _ run.Cmd) run.Reply {
			<-ctx.Done()
			return run.Reply{Err: context.Cause(ctx)}
		}}
		err := deadend.Refresh(t.Context(), r, true, "x")
		if err == nil || err.Error() != "failed to run 'pkexec' binary: no end within 5m0s" || time.Since(begin) != 5*time.Minute {
			t.Errorf("got %v after %v", err, time.Since(begin))
		}
	})
}
