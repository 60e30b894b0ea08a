//go:build linux

package clitest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStatusText(t *testing.T) {
	h := newHost(t)
	h.Publish(spec("foo", "1"))
	first := h.checksums()[0]
	require.Equal(t, `State: idle
Deployments:
  demo/1/x86_64/stable
                  Version: 1.0 (2023-11-15T00:13:20Z)
                   Commit: `+first+"\n", h.must("status"))
	h.must("install", "foo", "busybox", "--allow-inactive")
	layered := h.checksums()[0]
	require.Equal(t, `State: idle
Deployments:
  demo/1/x86_64/stable
                  Version: 1.0 (2023-11-15T00:13:20Z)
               BaseCommit: `+first+`
          LayeredPackages: foo

  demo/1/x86_64/stable
                  Version: 1.0 (2023-11-15T00:13:20Z)
                   Commit: `+first+"\n", h.must("status"))
	out := h.must("status", "-v")
	require.Contains(t, out, "State: idle\nAutomaticUpdates: disabled\nDeployments:\n  demo/1/x86_64/stable (index: 0)\n")
	require.Contains(t, out, `
               BaseCommit: `+first+`
                   Commit: `+layered+`
                           └─ extra (2023-11-14T22:13:23Z)
                   Staged: no
                StateRoot: demo
         InactiveRequests: busybox
          LayeredPackages: foo
`)
	h.env = []string{"LC_ALL=C"}
	require.Contains(t, h.must("status", "-v"), "`- extra (")
	require.Equal(t, "State: idle\nBootedDeployment:\n", h.must("status", "-b"))
	r := h.on("status", "--pending-exit-77")
	require.Equal(t, 77, r.code)
	require.Contains(t, h.fails("status", "--json", "-J", "$"), "error: Cannot specify both --json and --jsonpath\n")
	require.Contains(t, h.fails("status", "-J", "x"), "error: While compiling jsonpath: ")
}

func TestStatusJSON(t *testing.T) {
	h := newHost(t, spec("telnet", "1"))
	h.Publish(spec("foo", "1"))
	h.must("install", "foo")
	h.must("override remove", "telnet")
	out := h.must("status", "--json")
	require.True(t, strings.HasPrefix(out, "{\n  \"deployments\" : [\n    {\n"), out)
	require.True(t, strings.HasSuffix(out, "  ],\n  \"transaction\" : null,\n  \"cached-update\" : null,\n  \"update-driver\" : null\n}\n"), out)
	var st struct {
		Deployments []map[string]any `json:"deployments"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &st))
	d := st.Deployments[0]
	keys := make([]string, 0, len(d))
	for k := range d {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	require.Equal(t, []string{
		"base-checksum", "base-commit-meta", "base-local-replacements", "base-remote-replacements", "base-removals", "base-timestamp", "base-version",
		"booted", "checksum", "gpg-enabled", "id", "layered-commit-meta", "origin", "osname", "packages", "pinned", "regenerate-initramfs",
		"requested-base-local-replacements", "requested-base-remote-replacements", "requested-base-removals", "requested-local-fileoverride-packages",
		"requested-local-packages", "requested-packages", "serial", "staged", "timestamp", "unlocked", "version",
	}, keys)
	require.Equal(t, []any{[]any{"telnet-1-1.noarch", "telnet", 0.0, "1", "1", "noarch"}}, d["base-removals"])
	require.Equal(t, []any{"foo"}, d["packages"])
	require.Equal(t, false, d["booted"])
	require.Contains(t, h.must("status", "-b", "--json"), "\"deployments\" : [],")
	require.Equal(t, "[\n  \"demo\",\n  \"demo\"\n]\n", h.must("status", "-J", "$.deployments[*].osname"))
	require.Equal(t, "[\n  true\n]\n", h.must("status", "-J", "$.deployments[0]['layered-commit-meta']['rpmostree.clientlayer']"))
}

func TestLockLayering(t *testing.T) {
	h := newHost(t)
	h.Publish(spec("foo", "1"))
	conf := filepath.Join(h.Sysroot, "ostree/deploy/demo/deploy", h.checksums()[0]+".0", "etc/rpm-ostreed.conf")
	require.NoError(t, os.WriteFile(conf, []byte("[Daemon]\nLockLayering=true\nAutomaticUpdatePolicy=check\n"), 0o644))
	require.Equal(t, "error: Cannot operate; `LockLayering=true` in configuration.\n", h.fails("install", "foo"))
	require.Contains(t, h.fails("initramfs-etc", "--track=/etc/passwd"), "LockLayering=true")
}

func TestAutomaticUpdates(t *testing.T) {
	h := newHost(t)
	require.Equal(t, "Automatic updates are not enabled; exiting...\n", h.must("upgrade", "--trigger-automatic-update-policy"))
	first := h.checksums()[0]
	policy := func(word string) {
		dir, err := filepath.Glob(filepath.Join(h.Sysroot, "ostree/deploy/demo/deploy", h.checksums()[0]+".*", "etc"))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir[0], "rpm-ostreed.conf"), []byte("[Daemon]\nAutomaticUpdatePolicy="+word+"\n"), 0o644))
	}
	policy("check")
	require.Equal(t, "No upgrade available.\n", h.must("upgrade", "--trigger-automatic-update-policy"))
	second := h.Base("2.0", spec("tool", "1")).String()
	require.Contains(t, h.must("upgrade", "--trigger-automatic-update-policy"), "AvailableUpdate:\n        Version: 2.0 (")
	require.Equal(t, []string{first}, h.checksums())
	policy("stage")
	out := h.must("upgrade", "--trigger-automatic-update-policy")
	require.Contains(t, out, "           Diff: 1 upgraded, 1 added\n")
	require.Equal(t, []string{second, first}, h.checksums())
	require.Equal(t, `"demo-`+second+`.0"`, h.json(`$["cached-update"].deployment`))
	require.Contains(t, h.must("upgrade"), "note: automatic updates (stage) are enabled\n")
}
