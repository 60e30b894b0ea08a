package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// mainEnv makes the test binary the program.
const mainEnv = "CINCINNATI_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(mainEnv) != "" {
		main()
	}
	os.Exit(m.Run())
}

// command prepares a process of the program under a name.
func command(name string, args ...string) *exec.Cmd {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	c := exec.Command(exe, args...)
	c.Args[0] = name
	c.Env = append(os.Environ(), mainEnv+"=1")
	return c
}

// now is the middle of the example's rollout.
var now = time.Unix(1700043200, 0)

// call runs a command line in this process.
func call(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	p := &program{name: "cincinnati", stdout: &out, stderr: &errs, getenv: func(string) string { return "" },
		now: func() time.Time { return now }}
	code = p.run(t.Context(), args)
	return code, out.String(), errs.String()
}

// example are the arguments for the example's graph.
func example(args ...string) []string {
	return append(args, "--releases", "testdata/releases.json", "--updates", "testdata/updates.json")
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		code int
		text string // on stderr, or stdout when the code is 0
	}{
		{"nothing", nil, 2, "Usage: cincinnati <COMMAND>"},
		{"help", []string{"--help"}, 0, "graph-builder"},
		{"version", []string{"--version"}, 0, "cincinnati " + version},
		{"unknown command", []string{"frobnicate"}, 2, "frobnicate"},
		{"no config", []string{"serve"}, 2, "--config"},
		{"no source", []string{"graph"}, 2, "--releases"},
		{"two sources", example("graph", "--url", "http://h"), 2, "cannot be used with"},
		{"two formats", example("graph", "--svg", "--dot"), 2, "cannot be used with"},
		{"no node", example("explain"), 2, "--node"},
		{"two nodes", example("explain", "--node", "a", "--wariness", "1"), 2, "cannot be used with"},
		{"no number", example("explain", "--wariness", "0x1"), 2, "not a number"},
		{"no time", example("graph", "--at", "noon"), 2, "--at"},
		{"no start", []string{"simulate", "--releases", "testdata/releases.json"}, 1, "say with --at when the simulation starts, and with --from which"},
		{"no releases to simulate", example("simulate", "--basearch", "vax"), 1, "testdata/releases.json has no releases for --basearch vax\n"},
		{"no releases to explain", example("explain", "--wariness", "1", "--oci", "--basearch", "vax"), 1, "no releases for --basearch vax --oci\n"},
		{"no URL", []string{"graph", "--url", "stable.json"}, 1, "\"stable.json\" is not the URL of a server, such as http://localhost:8080; files go to --releases"},
		{"missing file", []string{"graph", "--releases", "/does/not/exist"}, 1, "No such file"},
		{"not metadata", []string{"graph", "--releases", "main_test.go"}, 1, "release index main_test.go"},
		{"unknown release", example("explain", "--node", "a", "--to", "9"), 1, `"9" is not in the graph`},
		{"unreachable server", []string{"graph", "--url", "http://127.0.0.1:1"}, 1, "connect"},
		{"missing config", []string{"serve", "-c", "/does/not/exist"}, 1, "No such file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := call(t, c.args...)
			assert.Equal(t, c.code, code)
			if c.code == 0 {
				assert.Contains(t, stdout, c.text)
				assert.Empty(t, stderr)
			} else {
				assert.Contains(t, stderr, c.text)
				assert.Empty(t, stdout)
			}
		})
	}
}

func TestGraph(t *testing.T) {
	edges := func(args ...string) []cincinnati.Edge {
		code, stdout, stderr := call(t, append(example("graph"), args...)...)
		require.Equal(t, 0, code, stderr)
		g, err := cincinnati.ParseGraph([]byte(stdout))
		require.NoError(t, err)
		return g.Edges
	}
	all := []cincinnati.Edge{{0, 1}, {1, 3}, {1, 4}, {3, 4}}
	some := []cincinnati.Edge{{0, 1}, {1, 3}}
	assert.ElementsMatch(t, all, edges("--json"))
	assert.ElementsMatch(t, all, edges("--wariness", "0.625"))
	assert.ElementsMatch(t, some, edges("--wariness", "0.626"))
	assert.ElementsMatch(t, some, edges("--node", "test"))
	assert.ElementsMatch(t, all, edges("--node", "test", "--at", "2024-01-01"))
	assert.ElementsMatch(t, some, edges("--wariness=0.1", "--at", "1699999999"))
	assert.ElementsMatch(t, []cincinnati.Edge{{0, 1}, {0, 2}, {1, 2}}, edges("--oci"), "three images, without the barrier between them")
	assert.Empty(t, edges("--basearch", "aarch64"))

	_, dot, _ := call(t, append(example("graph"), "--dot")...)
	assert.True(t, strings.HasPrefix(dot, "digraph"))
	_, svg, _ := call(t, append(example("graph"), "--svg", "--at", "2023-11-15T10:13:20Z")...)
	assert.Contains(t, svg, "</svg>")
}

func TestExplain(t *testing.T) {
	code, stdout, stderr := call(t, append(example("explain"), "--wariness", "0.9", "--from", "1.1")...)
	require.Equal(t, 0, code, stderr)
	assert.Contains(t, stdout, "not offered")
	assert.Contains(t, stdout, "throttle 0.625 < wariness 0.9")
	assert.Contains(t, stdout, "2023-11-15T19:01:20Z")

	_, stdout, _ = call(t, append(example("explain"), "--node", "test", "--json")...)
	var e cincinnati.Explanation
	require.NoError(t, json.Unmarshal([]byte(stdout), &e))
	assert.False(t, e.Offered)
	assert.Len(t, e.Obstacles, 2, "the barrier and the throttle")
	require.NotNil(t, e.Arrival)
	// The second told is the first at which the policy offers it.
	at := e.Arrival.Format(time.RFC3339)
	_, later, _ := call(t, append(example("graph"), "--node", "test", "--at", at)...)
	assert.Contains(t, later, "[1,4]")
	_, before, _ := call(t, append(example("graph"), "--node", "test", "--at", e.Arrival.Add(-time.Second).Format(time.RFC3339))...)
	assert.NotContains(t, before, "[1,4]")
}

func TestBeingToldToEndIsNoError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	config := filepath.Join(t.TempDir(), "c")
	require.NoError(t, os.WriteFile(config, []byte("[service]\naddress='127.0.0.1'\nport=0\n[status]\naddress='127.0.0.1'\nport=0\n"), 0o644))
	var out, errs bytes.Buffer
	p := &program{name: "fcos-policy-engine", stdout: &out, stderr: &errs, getenv: os.Getenv, now: time.Now}
	assert.Equal(t, 0, p.run(ctx, []string{"-c", config}), errs.String())
	assert.Empty(t, errs.String())
}

func TestSimulate(t *testing.T) {
	dir := t.TempDir()
	args := append(example("simulate"), "--nodes", "2000", "--days", "1.5", "--seed", "7", "--step", "30",
		"--csv", dir+"/csv", "--svg", dir+"/svg")
	code, stdout, stderr := call(t, args...)
	require.Equal(t, 0, code, stderr)
	assert.Contains(t, stdout, "2000 nodes from 2023-11-14T21:13:20Z to 2023-11-16T09:13:20Z")
	assert.Regexp(t, `1\.5 +0 \(  0\.0 %\) -> +2000 \(100\.0 %\)`, stdout)
	table, err := os.ReadFile(dir + "/csv")
	require.NoError(t, err)
	assert.Equal(t, 1+73, bytes.Count(table, []byte("\n")), "a heading and a line for each half hour")
	picture, err := os.ReadFile(dir + "/svg")
	require.NoError(t, err)
	assert.Contains(t, string(picture), "</svg>")

	_, again, _ := call(t, append(example("simulate"), "--nodes", "2000", "--days", "1.5", "--seed", "7", "--step", "30", "--csv", "-")...)
	assert.Equal(t, string(table), again, "equal seeds give equal fleets, and nothing but the table is printed")

	// In the first hour of its rollout 1.5 goes to a little more than a quarter; a window on another day stops all.
	early := append(example("simulate"), "--nodes", "2000", "--at", "1699999400", "--days", "0.05", "--csv", "-")
	_, open, _ := call(t, early...)
	_, shut, _ := call(t, append(early, "--window", "Sat,22:30,90")...)
	last := func(table string) map[string]string {
		lines := strings.Split(strings.TrimSpace(table), "\n")
		names, values := strings.Split(lines[0], ","), strings.Split(lines[len(lines)-1], ",")
		require.Equal(t, len(names), len(values))
		row := map[string]string{}
		for i, n := range names {
			row[n] = values[i]
		}
		return row
	}
	assert.Regexp(t, `^[4-6]\d\d$`, last(open)["1.5"])
	assert.Equal(t, "2000", last(shut)["1.4"], "nobody reboots")
	assert.NotEqual(t, "0", last(shut)["waiting"])

	for _, bad := range [][]string{
		{"--nodes", "0"}, {"--days", "91"}, {"--days", "x"}, {"--window", "Foo,22:30,90"}, {"--window", "Sat,25:00,9"},
		{"--window", "Sat,1:00"}, {"--from", "=1"}, {"--from", "1.0=-1"}, {"--seed", "-1"}, {"--stage", "soon"},
	} {
		code, _, stderr := call(t, append(example("simulate"), bad...)...)
		assert.Equal(t, 2, code, "%v: %s", bad, stderr)
	}
	code, _, stderr = call(t, append(example("simulate"), "--from", "9")...)
	assert.Equal(t, 1, code, stderr)
	code, _, _ = call(t, append(example("simulate"), "--csv", "-", "--svg", "-")...)
	assert.Equal(t, 1, code)
}

// Only files are replaced: not the links to them, and not devices and pipes, which root could otherwise lose.
func TestSimulateOutput(t *testing.T) {
	dir := t.TempDir()
	run := func(name string) (int, string) {
		code, _, stderr := call(t, append(example("simulate"), "--nodes", "10", "--days", "0.1", "--csv", name)...)
		return code, stderr
	}
	file, link, dangling, pipe := dir+"/file", dir+"/link", dir+"/dangling", dir+"/pipe"
	require.NoError(t, os.WriteFile(file, []byte("old"), 0o600))
	require.NoError(t, os.Symlink("file", link))
	require.NoError(t, os.Symlink("new", dangling))
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	for _, name := range []string{link, dangling} {
		code, stderr := run(name)
		require.Equal(t, 0, code, stderr)
		info, err := os.Lstat(name)
		require.NoError(t, err)
		assert.Equal(t, os.ModeSymlink, info.Mode().Type(), name)
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Contains(t, string(data), "1.5", name)
	}
	read := make(chan string)
	go func() {
		data, _ := os.ReadFile(pipe)
		read <- string(data)
	}()
	code, stderr := run(pipe)
	require.Equal(t, 0, code, stderr)
	assert.Contains(t, <-read, "1.5")
	info, err := os.Lstat(pipe)
	require.NoError(t, err)
	assert.Equal(t, os.ModeNamedPipe, info.Mode().Type())

	code, stderr = run(dir + "/no/file")
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, dir+"/no/file", "an error names the file")
	code, _, stderr = call(t, "graph", "--releases", dir+"/nothing")
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, dir+"/nothing")
}
