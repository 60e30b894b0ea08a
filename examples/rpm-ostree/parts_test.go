//go:build linux

package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/stretchr/testify/require"
)

func TestAgo(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "now", 5 * time.Second: "5s ago", 70 * time.Second: "1min 10s ago", 10 * time.Minute: "10min ago",
		4*time.Hour + 32*time.Minute: "4h 32min ago", 9 * time.Hour: "9h ago", 25 * time.Hour: "1 day 1h ago", 72 * time.Hour: "3 days ago",
		8 * 24 * time.Hour: "1 week 1 day ago", 65 * 24 * time.Hour: "2 months 5 days ago", 800 * 24 * time.Hour: "2 years 2 months ago", -5 * time.Second: "5s left",
	} {
		require.Equal(t, want, ago(d), d)
	}
}

func TestUnitOf(t *testing.T) {
	require.Equal(t, "zincati.service", unitOf("0::/system.slice/zincati.service\n"))
	require.Equal(t, "session-1.scope", unitOf("12:cpu:/x.service\n1:name=systemd:/user.slice/session-1.scope\n"))
	require.Equal(t, "a.service", unitOf("0::/system.slice/a.service/sub\n"))
	require.Empty(t, unitOf("0::/\n"))
	require.Empty(t, unitOf("nonsense"))
}

func events(r *renderer, list ...progress.Event) {
	for _, e := range list {
		r.Report(e)
	}
}

func TestRenderLines(t *testing.T) {
	var b bytes.Buffer
	r := &renderer{out: &b, start: map[string]time.Time{}}
	step := func(task, text string, s progress.State) progress.Event {
		return progress.Event{Task: task, Text: text, State: s}
	}
	events(r, step("a", "Importing packages", progress.Started), step("a", "Importing packages", progress.Running), step("a", "Importing packages", progress.Done))
	r.message("hello")
	// What comes in between does not take the end from its beginning.
	events(r, step("a", "One", progress.Started), step("b", "Two", progress.Started), step("b", "Two", progress.Done), step("a", "One", progress.Failed))
	r.Report(step("c", "Three", progress.Started))
	r.message("foo.post: said")
	r.Report(step("c", "Three", progress.Done))
	require.Equal(t, "Importing packages...done\nhello\nOne...\nTwo...done\nOne...failed\nThree...\nfoo.post: said\nThree...done\n", b.String())

	b.Reset()
	r.quiet = true
	events(r, step("a", "x", progress.Started), step("a", "x", progress.Done))
	r.message("y")
	require.Empty(t, b.String())
}

func TestRenderTerminal(t *testing.T) {
	var b bytes.Buffer
	r := &renderer{out: &b, start: map[string]time.Time{}, width: func() int { return 40 }}
	e := progress.Event{Task: "import", Text: "Importing packages", State: progress.Started, Items: progress.Count{Total: 10}}
	r.Report(e)
	r.drawn = time.Time{}
	e.State, e.Items.Done = progress.Running, 5
	r.Report(e)
	r.message("line")
	e.State = progress.Done
	r.Report(e)
	out := b.String()
	require.Contains(t, out, eraseLine+"⠉ Importing packages  5/10 [███████")
	require.True(t, strings.HasSuffix(out, eraseLine+"line\nImporting packages... done\n"), out)
	for line := range strings.SplitSeq(out, eraseLine) {
		require.LessOrEqual(t, len([]rune(line)), 80)
	}
	pull := progress.Event{Task: "pull", Text: "Receiving objects", State: progress.Running, Items: progress.Count{Done: 10, Total: 12}, Bytes: progress.Count{Done: 10_400_000}}
	r.start[taskKey(pull)] = time.Now().Add(-10 * time.Second)
	require.Regexp(t, `^Receiving objects; 83% \(10/12\) 1\.0 MB/s 10\.4 MB$`, r.describe(pull))
}

// fake is a command of a program whose helpers are not run.
func fake(t *testing.T, rec *run.Recorder, env map[string]string) *command {
	t.Helper()
	p := &program{runner: rec}
	return p.command(context.Background(), &cli.Env{Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}, Getenv: func(k string) string { return env[k] }}, "", "")
}

func TestInhibitors(t *testing.T) {
	rec := &run.Recorder{Replies: map[string]run.Reply{"busctl": {Stdout: `{"type":"a(ssssuu)","data":[[["sleep","a","b","block",0,1],["shutdown","a","b","delay",0,1]]]}`}}}
	require.NoError(t, fake(t, rec, nil).checkInhibitors())
	rec.Replies["busctl"] = run.Reply{Stdout: `{"data":[[["sleep:shutdown","apt","upgrade","block",0,1]]]}`}
	require.EqualError(t, fake(t, rec, nil).checkInhibitors(), "Reboot blocked by a systemd inhibitor lock in `block` mode\nHeld by: apt\nReason: upgrade")
	rec.Replies["busctl"] = run.Reply{Exit: 1}
	require.NoError(t, fake(t, rec, nil).checkInhibitors())
}

func TestTimerState(t *testing.T) {
	for _, tc := range []struct{ timer, service, want string }{
		{"ActiveState=inactive\n", "", "rpm-ostreed-automatic.timer: inactive"},
		{"ActiveState=active\n", "ActiveState=failed\n", "rpm-ostreed-automatic.service: last run failed"},
		{"ActiveState=active\n", "ActiveState=activating\n", "rpm-ostreed-automatic.service: running"},
		{"ActiveState=active\n", "ActiveState=inactive\nExecMainExitTimestampMonotonic=0\n", "rpm-ostreed-automatic.timer: no runs since boot"},
		{"", "", "rpm-ostreed-automatic.timer: unknown state"},
	} {
		rec := &run.Recorder{Handler: func(_ context.Context, c run.Cmd) run.Reply {
			if strings.HasSuffix(c.String(), ".timer") {
				return run.Reply{Stdout: tc.timer}
			}
			return run.Reply{Stdout: tc.service}
		}}
		s := &statusRun{command: fake(t, rec, nil)}
		require.Equal(t, tc.want, s.timerState())
	}
	rec := &run.Recorder{Handler: func(context.Context, run.Cmd) run.Reply {
		return run.Reply{Stdout: "ActiveState=active\nStatusText=last checked\n"}
	}}
	require.Equal(t, "active; last checked", (&statusRun{command: fake(t, rec, nil)}).driverState("x.service"))
}

func TestEditorParts(t *testing.T) {
	require.Equal(t, "a=1 b c", withoutComments("\n# comment\n a=1 b\n\nc\n"))
	args := kargs.Parse("root=x ostree=/ostree/boot.1 quiet")
	require.Equal(t, "ostree=/ostree/boot.1", takeReserved(args))
	require.Equal(t, "root=x quiet", args.String())
	require.True(t, hasKey(kargs.Parse("a ostree=b"), "ostree"))
	require.False(t, hasKey(kargs.Parse("a ostreex=b"), "ostree"))
}

func TestASCII(t *testing.T) {
	for _, tc := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, false}, {map[string]string{"LANG": "C"}, true}, {map[string]string{"LANG": "en_US.UTF-8"}, false},
		{map[string]string{"LC_ALL": "POSIX", "LANG": "en_US.UTF-8"}, true},
	} {
		require.Equal(t, tc.want, fake(t, nil, tc.env).ascii(), tc.env)
	}
}
