package users_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/zincati/internal/users"
)

func TestParse(t *testing.T) {
	for name, c := range map[string]struct {
		output string
		want   []users.Session
		fails  bool
	}{
		"systemd 250": {
			`[{"session":"1","uid":0,"user":"root","seat":"seat0","tty":"tty1"},{"session":"4","uid":1000,"user":"core","seat":"","tty":"pts/0"}]`,
			[]users.Session{{User: "root", TTY: "tty1"}, {User: "core", TTY: "pts/0"}}, false,
		},
		"systemd 256": {
			`[{"session":"1","uid":1000,"user":"core","seat":null,"leader":899,"class":"user","tty":null,"idle":false,"since":null},` +
				`{"session":"2","uid":1000,"user":"core","seat":null,"leader":900,"class":"manager","tty":"pts/3","idle":true,"since":1763000000000000}]`,
			[]users.Session{{User: "core", TTY: "pts/3"}}, false,
		},
		"none":              {"[]\n", nil, false},
		"nothing printed":   {"\n", nil, false},
		"no tty":            {`[{"user":"a"},{"user":"b","tty":""},{"user":"c","tty":"n/a"},{"user":"d","tty":"-"}]`, nil, false},
		"no user":           {`[{"tty":"tty2"},{"user":7,"tty":"tty3"}]`, []users.Session{{TTY: "tty2"}, {TTY: "tty3"}}, false},
		"tty of other type": {`[{"user":"a","tty":5},{"user":"b","tty":["tty1"]}]`, nil, false},
		"whole path":        {`[{"user":"a","tty":"/dev/pts/1"}]`, []users.Session{{User: "a", TTY: "pts/1"}}, false},
		"null entry":        {`[null]`, nil, false},
		"object":            {`{"sessions":[]}`, nil, true},
		"text":              {"No sessions.\n", nil, true},
		"cut":               {`[{"user":"a"`, nil, true},
		"list of text":      {`["tty1"]`, nil, true},
	} {
		got, err := users.Parse([]byte(c.output))
		if !slices.Equal(got, c.want) || (err != nil) != c.fails {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`[{"session":"1","uid":0,"user":"root","seat":"seat0","tty":"tty1"}]`))
	f.Add([]byte(`[{"user":"a","tty":"../../etc/passwd"},{"tty":null},null]`))
	f.Add([]byte("[]"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, output []byte) {
		sessions, err := users.Parse(output)
		if err != nil && sessions != nil {
			t.Error("sessions with an error")
		}
		if len(sessions) > len(output)/len(`{"tty":"x"}`) {
			t.Errorf("%d sessions from %d bytes", len(sessions), len(output))
		}
		for _, s := range sessions {
			if s.TTY == "" || s.TTY == "-" || s.TTY == "n/a" {
				t.Errorf("session without a terminal: %q", s)
			}
		}
	})
}

func TestSessions(t *testing.T) {
	r := &run.Recorder{Replies: map[string]run.Reply{"loginctl": {Stdout: `[{"user":"core","tty":"pts/0"}]`}}}
	got, err := (&users.Checker{Runner: r}).Sessions(t.Context())
	if err != nil || !slices.Equal(got, []users.Session{{User: "core", TTY: "pts/0"}}) {
		t.Errorf("got %v, %v", got, err)
	}
	if want := []string{"loginctl list-sessions --json=short"}; !slices.Equal(r.Lines(), want) {
		t.Errorf("ran %q", r.Lines())
	}
	for name, reply := range map[string]run.Reply{
		"failure":     {Exit: 1, Stderr: "no bus", Stdout: "[]"},
		"not started": {Err: exec.ErrNotFound},
		"nonsense":    {Stdout: "<html>"},
	} {
		r := &run.Recorder{Replies: map[string]run.Reply{"loginctl": reply}}
		if got, err := (&users.Checker{Runner: r}).Sessions(t.Context()); err == nil || got != nil {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

// Before loginctl could print sessions as JSON, each has to be asked for: the columns of the list are not to be told
// apart when one of them is empty.
func TestSessionsWithoutJSON(t *testing.T) {
	old := run.Reply{Exit: 1, Stderr: "loginctl: unrecognized option '--json=short'\n"}
	show := func(id string) string {
		return "loginctl show-session --no-pager --property=Name --property=TTY -- " + id
	}
	const list = "loginctl list-sessions --no-legend --no-pager"
	replies := map[string]run.Reply{
		"loginctl list-sessions --json=short": old,
		list:                                  {Stdout: "     1    0 root seat0 tty1 \n    c2  989 gdm            \n     3 1000 core       pts/0\n\n     4 1000 gone\n"},
		show("1"):                             {Stdout: "Name=root\nTTY=tty1\n"},
		show("c2"):                            {Stdout: "Name=gdm\nTTY=\n"},
		show("3"):                             {Stdout: "TTY=/dev/pts/0\nName=core\n"},
		show("4"):                             {Exit: 1, Stderr: "Failed to get path for session '4': No session '4' known\n"},
	}
	r := &run.Recorder{Replies: replies, Strict: true}
	got, err := (&users.Checker{Runner: r}).Sessions(t.Context())
	if want := []users.Session{{User: "root", TTY: "tty1"}, {User: "core", TTY: "pts/0"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	for name, reply := range map[string]run.Reply{"failure": {Exit: 1, Stderr: "no bus"}, "not started": {Err: exec.ErrNotFound}} {
		for _, call := range []string{list, show("3")} {
			changed := maps.Clone(replies)
			changed[call] = reply
			if got, err := (&users.Checker{Runner: &run.Recorder{Replies: changed, Strict: true}}).Sessions(t.Context()); err == nil || got != nil {
				t.Errorf("%s of %q: got %v, %v", name, call, got, err)
			}
		}
	}
}

// A loginctl that hangs is given up. It would keep updates from being finalized for ever.
func TestSessionsAreNotWaitedForForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		r := &run.Recorder{Handler: func(ctx context.Context, _ run.Cmd) run.Reply {
			<-ctx.Done()
			return run.Reply{Err: context.Cause(ctx)}
		}}
		got, err := (&users.Checker{Runner: r}).Sessions(t.Context())
		if want := "failed to run `loginctl` binary: no answer within 5m0s"; got != nil || err == nil || err.Error() != want {
			t.Errorf("got %v, %v", got, err)
		}
		if d := time.Since(begin); d != 5*time.Minute {
			t.Errorf("took %v", d)
		}
	})
}

// A loginctl that is killed by the signal that ends the agent too: the answer comes when that has arrived.
func TestSessionsAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(300*time.Millisecond, cancel)
		r := &run.Recorder{Replies: map[string]run.Reply{"loginctl": {Exit: -1}}}
		if got, err := (&users.Checker{Runner: r}).Sessions(ctx); got != nil || err == nil {
			t.Errorf("got %v, %v", got, err)
		}
		if ctx.Err() == nil {
			t.Error("answered before the end")
		}
		begin := time.Now()
		if got, err := (&users.Checker{Runner: r}).Sessions(t.Context()); got != nil || err == nil || time.Since(begin) != time.Second {
			t.Errorf("killed alone: got %v, %v after %v", got, err, time.Since(begin))
		}
	})
}

func TestOverridden(t *testing.T) {
	root := t.TempDir()
	c := &users.Checker{Root: root}
	if c.Overridden() {
		t.Error("overridden without a file")
	}
	if err := os.MkdirAll(filepath.Join(root, "run/zincati"), 0o755); err != nil {
		t.Fatal(err)
	}
	if c.Overridden() {
		t.Error("overridden without a file")
	}
	if err := os.WriteFile(filepath.Join(root, "run/zincati/override-interactive-check"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if !c.Overridden() {
		t.Error("not overridden with the file")
	}
	if (&users.Checker{Root: filepath.Join(root, "nowhere")}).Overridden() {
		t.Error("overridden without a root")
	}
}

func TestMessage(t *testing.T) {
	at := time.Date(2026, 11, 23, 4, 59, 45, 0, time.FixedZone("CET", 3600))
	want := "\nBroadcast message from Zincati at Mon 2026-11-23 03:59:45 UTC:\n" +
		"New update 40.2 is available and has been deployed.\n" +
		"If permitted by the update strategy, Zincati will reboot into this update when\n" +
		"all interactive users have logged out, or in 10 minutes, whichever comes\n" +
		"earlier. Please log out of all active sessions in order to let the auto-update\n" +
		"process continue.\n"
	if got := users.Message(at, "40.2", 10*time.Minute); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	got := users.Message(at, "1\x1b]0;x\a\n\u009b\xff"+strings.Repeat("9", 1000), time.Minute)
	if strings.ContainsAny(got, "\x1b\a\u009b\uFFFD") || strings.Count(got, "\n") != 7 || len(got) > 800 {
		t.Errorf("hostile version: %q", got)
	}
}

func TestPeriod(t *testing.T) {
	for d, want := range map[time.Duration]string{
		10 * time.Minute:        "10 minutes",
		time.Minute:             "1 minute",
		90 * time.Second:        "1 minute and 30 seconds",
		121 * time.Second:       "2 minutes and 1 second",
		61 * time.Second:        "1 minute and 1 second",
		time.Second:             "1 second",
		59 * time.Second:        "59 seconds",
		0:                       "0 seconds",
		2*time.Hour + time.Hour: "180 minutes",
	} {
		if got := users.Period(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

// logged returns a checker and what it logs.
func logged(root string) (*users.Checker, *bytes.Buffer) {
	var b bytes.Buffer
	return &users.Checker{
		Root:   root,
		Now:    func() time.Time { return time.Unix(1795406385, 0) },
		Logger: slog.New(slog.NewTextHandler(&b, nil)),
	}, &b
}

// Whatever a session's terminal is called, no file is made, nothing outside of /dev is written to, and in it only
// terminals and what stands in for them.
func TestOnlyTerminals(t *testing.T) {
	base := t.TempDir()
	root := filepath.Join(base, "root")
	for _, dir := range []string{"dev/sub", "etc"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	files := []string{"dev/tty1", "dev/sub/x", "etc/passwd", "../outside"}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(root, f), []byte("content"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../etc/passwd", filepath.Join(root, "dev/link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/", filepath.Join(root, "dev/rootlink")); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("mkfifo", filepath.Join(root, "dev/pipe")).Run(); err != nil {
		t.Fatal(err)
	}
	var sessions []users.Session
	for _, tty := range []string{
		"tty1", "sub/x", "sub", "link", "rootlink/etc/passwd", "pipe", "missing", "missing/x", "",
		"../etc/passwd", "../../outside", "sub/../../etc/passwd", "/etc/passwd", "./tty1", ".", "..", "../dev/tty1", "tty1/", "a\x00b",
	} {
		sessions = append(sessions, users.Session{User: "mallory", TTY: tty})
	}
	c, log := logged(root)
	begin := time.Now()
	c.Broadcast(t.Context(), sessions, "40.2", time.Minute)
	if d := time.Since(begin); d > time.Minute {
		t.Errorf("took %v", d)
	}
	for _, f := range files {
		want := "content"
		if strings.HasPrefix(f, "dev/") {
			want += users.Message(time.Unix(1795406385, 0), "40.2", time.Minute)
		}
		if got, err := os.ReadFile(filepath.Join(root, f)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", f, got, err)
		}
	}
	if _, err := os.Lstat(filepath.Join(root, "dev/missing")); err == nil {
		t.Error("a file was created")
	}
	if n := strings.Count(log.String(), "level=ERROR"); n != len(sessions)-2 {
		t.Errorf("%d errors for %d names:\n%s", n, len(sessions), log)
	}
	if !strings.Contains(log.String(), `level=WARN msg="`+fmt.Sprint(len(sessions))+` interactive sessions found, but only broadcasted to 2"`) {
		t.Errorf("no warning:\n%s", log)
	}
}

func TestNoRoot(t *testing.T) {
	c, log := logged(filepath.Join(t.TempDir(), "nowhere"))
	c.Broadcast(t.Context(), []users.Session{{TTY: "tty1"}}, "40.2", time.Minute)
	if !strings.Contains(log.String(), "level=ERROR") {
		t.Errorf("log is %q", log)
	}
	// Without a logger there is silence, not a panic.
	(&users.Checker{Root: t.TempDir()}).Broadcast(t.Context(), []users.Session{{TTY: "tty1"}}, "40.2", time.Minute)
}

func ExampleMessage() {
	at := time.Date(2026, 11, 23, 3, 59, 45, 0, time.UTC)
	fmt.Print(users.Message(at, "40.20261123.3.0", time.Minute))
	// Output:
	//
	// Broadcast message from Zincati at Mon 2026-11-23 03:59:45 UTC:
	// New update 40.20261123.3.0 is available and has been deployed.
	// If permitted by the update strategy, Zincati will reboot into this update when
	// all interactive users have logged out, or in 1 minute, whichever comes
	// earlier. Please log out of all active sessions in order to let the auto-update
	// process continue.
}
