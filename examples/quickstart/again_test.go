//go:build linux

package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/stretchr/testify/require"
)

// TestGoOn does what the end of -keep's output tells, word by word, as the user that it was told to.
func TestGoOn(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds other programs")
	}
	testutil.Tool(t, "go")
	testutil.Tool(t, "sed")
	w := newWorld(t)
	out := w.run("022", "-keep")
	dir := w.left()[0]
	_, told, found := strings.Cut(out, "\nTo go on")
	require.True(t, found, out)
	bin := filepath.Dir(w.binary)
	require.NoError(t, testutil.GoBuild(t.Context(), "-o", bin+"/", "../ostree", "../rpm-ostree"))

	site := w.command(t.Context(), "022", "-serve", dir)
	pipe, err := site.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, site.Start())
	t.Cleanup(func() { _ = site.Process.Kill() })
	first := bufio.NewScanner(pipe)
	require.True(t, first.Scan())
	require.Contains(t, first.Text(), "has repo/, packages/, updates/ and locks/")

	var commands []string
	for line := range strings.Lines(told) {
		command, indented := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "    ")
		switch {
		case !indented || strings.HasPrefix(command, "CGO_ENABLED="):
		case strings.HasPrefix(command, "quickstart "):
			require.Equal(t, "quickstart -serve "+dir+" &", command)
		default:
			commands = append(commands, command)
		}
	}
	require.Len(t, commands, 9)
	own := slices.IndexFunc(commands, func(c string) bool { return strings.HasPrefix(c, "sed ") })
	require.Equal(t, 4, own)
	for i, version := range []string{"3.0", "4.0"} {
		part := commands[:own]
		if i == 1 {
			part = slices.Concat(commands[:1], commands[own:])
		}
		script := "set -e\n" + strings.Join(part, "\n") + "\nrpm-ostree status --sysroot=machine\n"
		user := w.command(t.Context(), "022")
		cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", script)
		cmd.Dir, cmd.SysProcAttr = "/", user.SysProcAttr
		cmd.Env = append(user.Env, "PATH="+bin+":"+os.Getenv("PATH"), "HOME="+w.dir)
		text, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s%s", script, text)
		t.Logf("%s%s", script, text)
		_, status, _ := strings.Cut(string(text), "Deployments:\n")
		require.Contains(t, status, "Version: "+version)
	}
	require.NoError(t, site.Process.Signal(syscall.SIGTERM))
	require.NoError(t, site.Wait())
}

// TestServeWrong serves nothing that was not kept, or that is reached by a link out of it.
func TestServeWrong(t *testing.T) {
	w := newWorld(t)
	out, err := w.command(t.Context(), "022", "-serve", w.dir).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "is not what -keep leaves")
	out, err = w.command(t.Context(), "022", "-serve", "").CombinedOutput()
	require.Error(t, err, string(out))
	w.run("022", "-keep")
	dir := w.left()[0]
	require.NoError(t, os.Rename(dir+"/packages", dir+"/moved"))
	out, err = w.command(t.Context(), "022", "-serve", dir).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), dir+"/packages: no such file or directory")
}

// TestFullOutput is for those who would take silence for success.
func TestFullOutput(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	cmd := newWorld(t).command(t.Context(), "022")
	cmd.Stdout = full
	require.Error(t, cmd.Run())
}
