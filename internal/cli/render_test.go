package cli_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/progress"
)

func TestDescribe(t *testing.T) {
	for want, e := range map[string]progress.Event{
		"Receiving objects: 12/40 items, 1.2\u00a0MB/4.0\u00a0MB (30%)": {
			Text: "Receiving objects", State: progress.Running,
			Items: progress.Count{Cached: 2, Done: 10, Total: 40}, Bytes: progress.Count{Done: 1_200_000, Total: 4_000_000},
		},
		"pull main: 3 items":    {Task: "pull", ID: "main", State: progress.Running, Items: progress.Count{Done: 3}},
		"fsck: 5/5 items, done": {Task: "fsck", State: progress.Done, Items: progress.Count{Done: 5, Total: 5}},
		"Deploying, failed":     {Text: "Deploying", State: progress.Failed},
		"Deploying":             {Text: "Deploying", State: progress.Started},
	} {
		require.Equal(t, want, cli.Describe(e))
	}
}

func TestLine(t *testing.T) {
	var out bytes.Buffer
	width := 20
	line := cli.NewLine(&out, func() int { return width })
	line.Report(progress.Event{Text: "Short", State: progress.Started})
	line.Report(progress.Event{Text: "A text that is much too long", State: progress.Running})
	line.Report(progress.Event{Text: "日本語日本語日本語日本語", State: progress.Running})
	line.Report(progress.Event{Text: "evil\x1b]0;title\anew\nline", State: progress.Running})
	_, err := line.Writer(&out).Write([]byte("message\n"))
	require.NoError(t, err)
	width = 0
	line.Report(progress.Event{Text: "x", State: progress.Running})
	width = 80
	line.Report(progress.Event{Text: "Short", State: progress.Done})
	line.Clear()
	require.Equal(t, strings.Join([]string{
		"", "Short", "A text that is muc…", "日本語日本語日本語…", "evil\uFFFD]0;title\uFFFDnew\uFFFD…",
		"message\n", "", "Short, done\n",
	}, "\r\x1b[K"), out.String())
}

func TestPlainAndJSON(t *testing.T) {
	var plain, lines bytes.Buffer
	r := progress.Multi(cli.Plain(&plain), cli.JSONLines(&lines))
	task := progress.Start(r, progress.Event{Task: "pull", Text: "Pulling <main>"})
	task.Add(0, 1)
	task.End(nil)
	require.Equal(t, "Pulling <main>\nPulling <main>: 1 items\nPulling <main>: 1 items, done\n", plain.String())
	require.Equal(t, `{"task":"pull","text":"Pulling <main>","state":"started"}
{"task":"pull","text":"Pulling <main>","state":"running","items":{"done":1}}
{"task":"pull","text":"Pulling <main>","state":"done","items":{"done":1}}
`, lines.String())
}

func TestNewProgressOnFile(t *testing.T) {
	f, err := os.Create(t.TempDir() + "/log")
	require.NoError(t, err)
	defer f.Close()
	require.False(t, cli.IsTerminal(f))
	r, finish := cli.NewProgress(f)
	task := progress.Start(r, progress.Event{Task: "x", Items: progress.Count{Total: 1000}})
	for range 1000 {
		task.Add(0, 1)
	}
	task.End(nil)
	finish()
	data, err := os.ReadFile(f.Name())
	require.NoError(t, err)
	require.Equal(t, "x: 0/1000 items\nx: 1000/1000 items, done\n", string(data))
}
