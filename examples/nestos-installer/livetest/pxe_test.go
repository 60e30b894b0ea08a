package livetest_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// concatenate makes the one initramfs of several that a boot loader loads: each begins at
// a multiple of four.
func concatenate(images ...[]byte) []byte {
	var b []byte
	for _, image := range images {
		b = append(b, make([]byte, -len(b)&3)...)
		b = append(b, image...)
	}
	return b
}

// requireSame checks that the installer finds the same files in an image as the kernel.
func (m *media) requireSame(t *testing.T, r *report, initrd string) {
	t.Helper()
	seen := r.files()
	slices.Sort(seen)
	require.Equal(t, seen, words(m.run(t, "dev", "show", "initrd", initrd).Stdout))
}

// testFetched appends wrapped files to what is on the medium, the second config after all
// else: it counts.
func (m *media) testFetched(t *testing.T) {
	wrap := func(output string, args ...string) []byte {
		m.run(t, append([]string{"pxe"}, append(args, "-o", m.path(output))...)...)
		return read(t, m.path(output))
	}
	first := wrap("first.img", "ignition", "wrap", "-i", m.input("dest.ign"))
	network := wrap("network.img", "network", "wrap", "-k", m.input("eth0.nmconnection"), "-k", m.input("br0.nmconnection"))
	second := wrap("second.img", "ignition", "wrap", "-i", m.input("live.ign"))

	// Without a byte between what was compressed, as cat does it.
	packed := bytes.Join([][]byte{read(t, m.extracted("initrd.img")), first, network}, nil)
	all := m.path("fetched.img")
	write(t, all, concatenate(packed, read(t, m.extracted("rootfs.img")), second), 0o644)

	r := boot(t, overNetwork(m.extracted("vmlinuz"), all, defaultKargs))
	require.Equal(t, defaultKargs, r.Cmdline)
	require.Equal(t, inputs["live.ign"], r.secret(t, "config.ign"))
	require.Equal(t, inputs["live.ign"], m.run(t, "pxe", "ignition", "unwrap", all).Stdout)
	require.Equal(t, inputs["br0.nmconnection"], r.secret(t, keyfiles+"/br0.nmconnection"))
	require.Equal(t, inputs["eth0.nmconnection"], r.secret(t, keyfiles+"/eth0.nmconnection"))
	require.Equal(t, "drwxr-xr-x", r.Entries[keyfiles].Mode)
	require.Contains(t, r.Entries, "root.squashfs")
	m.requireSame(t, r, all)
}

// testCustomizedInitramfs boots with the kernel arguments that the installer demands.
func (m *media) testCustomizedInitramfs(t *testing.T) {
	initrd, all := m.path("customized.img"), m.path("customized-all.img")
	args := append([]string{"pxe", "customize", m.extracted("initrd.img"), "-o", initrd}, m.customizeOptions()...)
	_, hint, ok := strings.Cut(m.run(t, args...).Stderr, "PXE configuration must include kernel arguments:\n\t")
	require.True(t, ok)
	hint, _, _ = strings.Cut(hint, "\n")
	require.Equal(t, "ignition.firstboot ignition.platform.id=metal", hint)
	require.True(t, bytes.HasPrefix(read(t, initrd), read(t, m.extracted("initrd.img"))))
	write(t, all, concatenate(read(t, initrd), read(t, m.extracted("rootfs.img"))), 0o644)

	r := boot(t, overNetwork(m.extracted("vmlinuz"), all, hint+" "+testKargs))
	m.requireSame(t, r, all)
	for _, name := range []string{"root.squashfs", "etc/nestos-live-rootfs"} {
		require.Contains(t, r.Entries, name)
		delete(r.Entries, name)
	}
	checkCustomized(t, r, m.run(t, "pxe", "ignition", "unwrap", initrd).Stdout)
}
