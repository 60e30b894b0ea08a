package command_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/afterburn"
	"github.com/nestos-dev/nestos/afterburn/command"
	"github.com/nestos-dev/nestos/afterburn/fakecloud"
)

// cloud is a program on a machine of a cloud, and the cloud.
type cloud struct {
	command.Program
	*fakecloud.Cloud
	stdout, stderr bytes.Buffer
}

func newCloud(t *testing.T, provider string) *cloud {
	t.Helper()
	example, ok := fakecloud.Example(provider)
	if !ok {
		t.Fatalf("no example of %s", provider)
	}
	server := fakecloud.Start(example)
	t.Cleanup(server.Close)
	c := &cloud{Cloud: example}
	c.Program = command.Program{Stdout: &c.stdout, Stderr: &c.stderr, Options: &afterburn.Options{Root: t.TempDir(), Dial: server.Dial}}
	return c
}

func TestMulti(t *testing.T) {
	c := newCloud(t, "aws")
	want, _ := fakecloud.Expected("aws")
	dir := t.TempDir()
	args := []string{"-provider=aws", "-attributes=" + dir + "/a/attributes", "-hostname", dir + "/hostname", "--check-in"}
	if exit := c.Run(t.Context(), args); exit != 0 || c.stdout.Len() > 0 {
		t.Fatalf("exit %d, %s%s", exit, &c.stdout, &c.stderr)
	}
	for name, want := range map[string]string{"a/attributes": want.AttributesFile(), "hostname": want.HostnameFile()} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s: %v, got\n%s\nwant\n%s", name, err, got, want)
		}
	}
	log := stamp.ReplaceAllString(c.stderr.String(), "")
	for _, line := range []string{
		"INFO Putting http://169.254.169.254/latest/api/token: Attempt #1\n", "INFO Fetch successful\n",
		"WARN boot check-in requested, but not supported on this platform\n",
	} {
		if !strings.Contains(log, line) {
			t.Errorf("the log lacks %q:\n%s", line, log)
		}
	}
}

func TestJSON(t *testing.T) {
	c := newCloud(t, "aws")
	want, _ := fakecloud.Expected("aws")
	if exit := c.Run(t.Context(), []string{"multi", "--provider=aws", "--json"}); exit != 0 {
		t.Fatalf("exit %d, %s", exit, &c.stderr)
	}
	var got afterburn.Report
	if err := json.Unmarshal(c.stdout.Bytes(), &got); err != nil {
		t.Fatalf("%v: %s", err, &c.stdout)
	}
	if got.Provider != "aws" || got.Hostname != want.Hostname || len(got.Attributes) != len(want.Attributes) || len(got.SSHKeys) != len(want.Keys) {
		t.Errorf("got %s", &c.stdout)
	}
	for name, value := range want.Attributes {
		if got.Attributes["AFTERBURN_"+name] != value {
			t.Errorf("%s is %q, want %q", name, got.Attributes["AFTERBURN_"+name], value)
		}
	}
	if strings.Contains(c.stderr.String(), "no action") {
		t.Errorf("printing is no action:\n%s", &c.stderr)
	}
}

// A variable that is not set must not turn a run into one that does nothing.
func TestEmptyValues(t *testing.T) {
	for option, want := range map[string]string{
		"--attributes": "    0: writing metadata attributes\n    1: could not get parent directory of \"\"\n",
		"--hostname":   "    0: writing hostname\n    1: could not get parent directory of \"\"\n",
		"--ssh-keys":   "    0: writing ssh keys\n    1: could not find user with username \"\"\n",
	} {
		c := newCloud(t, "aws")
		if exit := c.Run(t.Context(), []string{"--provider=aws", option, ""}); exit != 1 || c.stderr.String() != "Error: failed to run\n\nCaused by:\n"+want {
			t.Errorf("%s: exit %d, %s", option, exit, &c.stderr)
		}
	}
	t.Chdir(t.TempDir())
	for _, option := range []string{"--network-units=", "--networkmanager-profiles=", "--netplan-config="} {
		c := newCloud(t, "digitalocean")
		if exit := c.Run(t.Context(), []string{"--provider=digitalocean", option}); exit != 0 || strings.Contains(c.stderr.String(), "no action") {
			t.Errorf("%s: exit %d, %s", option, exit, &c.stderr)
		}
	}
	for _, name := range []string{"10-02:00:00:00:00:0a.network", "02:00:00:00:00:0a.nmconnection"} {
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
	}
}

// hang opens no connection until the context ends.
func hang(ctx context.Context, _, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestTimeout(t *testing.T) {
	c := newCloud(t, "vultr")
	c.Options.Dial = hang
	begin := time.Now()
	exit := c.Run(t.Context(), []string{"--provider=vultr", "--timeout=1", "--attributes=" + t.TempDir() + "/a"})
	if d := time.Since(begin); d < time.Second || d > time.Minute {
		t.Errorf("took %v", d)
	}
	if log := c.stderr.String(); exit != 1 || strings.Count(log, ": not done within 1s\n") != 1 ||
		!strings.Contains(log, "\nError: failed to run\n\nCaused by:\n") || !strings.Contains(log, ": writing metadata attributes\n") {
		t.Errorf("exit %d, %s", exit, log)
	}
}

func TestCancel(t *testing.T) {
	c := newCloud(t, "vultr")
	c.Options.Dial = hang
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	exit := c.Run(ctx, []string{"--provider=vultr", "--timeout=60", "--hostname=" + t.TempDir() + "/h"})
	want := "\nError: failed to run\n\nCaused by:\n    0: writing hostname\n"
	if log := c.stderr.String(); exit != 1 || !strings.Contains(log, want) {
		t.Errorf("exit %d, %s", exit, log)
	}
}
