package livetest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// inputs are the files that are given to customize, by their base names.
var inputs = map[string]string{
	"dest.ign":          `{"ignition":{"version":"3.4.0"},"storage":{"files":[{"path":"/etc/motd","contents":{"source":"data:,installed"}}]}}`,
	"live.ign":          `{"ignition":{"version":"3.4.0"},"storage":{"files":[{"path":"/etc/live","mode":420,"contents":{"source":"data:,live"}}]}}`,
	"eth0.nmconnection": "[connection]\nid=eth0\ntype=ethernet\n",
	"br0.nmconnection":  "[connection]\nid=br0\ntype=bridge\n",
	"prepare.sh":        "#!/bin/sh\necho prepare >>/run/steps\n",
	"finish.sh":         "#!/bin/sh\necho finish >>/run/steps\n",
}

// input returns the path of an input.
func (m *media) input(name string) string { return m.path("inputs/" + name) }

// customizeOptions are those that both kinds of media have.
func (m *media) customizeOptions() []string {
	return []string{
		"--dest-ignition", m.input("dest.ign"), "--dest-device", "/dev/vda", "--dest-console", "ttyS0,115200",
		"--dest-karg-append", "installed.karg=1", "--dest-karg-delete", "quiet",
		"--network-keyfile", m.input("eth0.nmconnection"), "--network-keyfile", m.input("br0.nmconnection"),
		"--pre-install", m.input("prepare.sh"), "--post-install", m.input("finish.sh"), "--live-ignition", m.input("live.ign"),
	}
}

const keyfiles = "etc/nestos-firstboot-network"

// checkCustomized checks that all that customize was given has arrived in a live system.
func checkCustomized(t *testing.T, r *report, config string) {
	t.Helper()
	require.Equal(t, config, r.secret(t, "config.ign"))
	require.Equal(t, "drwxr-xr-x", r.Entries[keyfiles].Mode)
	for _, name := range []string{"eth0.nmconnection", "br0.nmconnection"} {
		require.Equal(t, inputs[name], r.secret(t, keyfiles+"/"+name))
	}
	require.ElementsMatch(t, append(untouched(), "config.ign", keyfiles+"/eth0.nmconnection", keyfiles+"/br0.nmconnection"), r.files())
}

// untouched are the files of the initramfs of the medium.
func untouched() []string {
	return []string{"init", "etc/nestos-live-initramfs", "etc/nestos/features.json"}
}
