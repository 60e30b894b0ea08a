package livetest_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/config"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const rootfsURL = "http://10.0.2.2/" + stem + "-rootfs.img"

func TestMedia(t *testing.T) {
	m := newMedia(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"ISO as it is", m.testUntouched},
		{"customized ISO", m.testCustomized},
		{"ISO with embedded files", m.testEmbedded},
		{"minimal ISO", m.testMinimal},
		{"appended archives", m.testFetched},
		{"customized initramfs", m.testCustomizedInitramfs},
		{"unattended installation", m.testUnattended},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t)
		})
	}
}

// kargs returns the kernel arguments that an ISO has.
func (m *media) kargs(t *testing.T, iso string) string {
	t.Helper()
	return strings.TrimSuffix(m.run(t, "iso", "kargs", "show", iso).Stdout, "\n")
}

// filler is an argument that leaves no byte free after the kernel arguments text.
func filler(text string) string {
	const name = "filler="
	return name + strings.Repeat("f", areaSize-1-len(text)-len(" "+name))
}

// requireKargs checks that the kernel got what an ISO has behind what the boot loader adds.
func requireKargs(t *testing.T, r *report, loader, kargs string) {
	t.Helper()
	before := map[string]string{
		"isolinux": "BOOT_IMAGE=/images/pxeboot/vmlinuz initrd=/images/pxeboot/initrd.img,/images/ignition.img ",
		"grub":     "BOOT_IMAGE=/images/pxeboot/vmlinuz ",
	}
	require.Equal(t, before[loader]+kargs, r.Cmdline)
}

// testUntouched shows what the other tests compare with.
func (m *media) testUntouched(t *testing.T) {
	r := boot(t, asDisc(m.full))
	requireKargs(t, r, "isolinux", defaultKargs)
	require.ElementsMatch(t, untouched(), r.files())
	require.Equal(t, buildID, string(r.Entries["etc/nestos-live-initramfs"].Data))
	require.NotContains(t, r.Entries, keyfiles)
}

// testCustomized uses every option and all the space for kernel arguments, and takes it
// back.
func (m *media) testCustomized(t *testing.T) {
	out := m.path("customized.iso")
	text := strings.Replace(defaultKargs, "mitigations=auto,nosmt ", "", 1)
	text = strings.Replace(text, "console=tty1", "console=tty2", 1) + " live.karg=1"
	options := append(m.customizeOptions(), "-o", out, "--live-karg-append", "live.karg=1", "--live-karg-delete", "mitigations=auto,nosmt",
		"--live-karg-replace", "console=tty1=tty2", "--live-karg-append", filler(text))
	m.run(t, append([]string{"iso", "customize", m.grub}, options...)...)
	text += " " + filler(text)
	require.Equal(t, text, m.kargs(t, out))
	require.Len(t, text, areaSize-1)

	r := boot(t, asDisc(out))
	requireKargs(t, r, "grub", text)
	shown := m.run(t, "iso", "ignition", "show", out).Stdout
	checkCustomized(t, r, shown)
	_, rep, err := config.Parse([]byte(shown))
	require.NoError(t, err, rep)

	m.run(t, "iso", "reset", "-o", m.path("reset.iso"), out)
	m.run(t, "iso", "reset", out)
	want := read(t, m.grub)
	require.True(t, bytes.Equal(want, read(t, out)))
	require.True(t, bytes.Equal(want, read(t, m.path("reset.iso"))))
}

// testEmbedded fills both areas, one command after another.
func (m *media) testEmbedded(t *testing.T) {
	out := m.path("embedded.iso")
	keyfile := m.input("eth0.nmconnection")
	const overhead = 700 // of the archive
	config := random(ignitionSize - overhead)
	write(t, m.path("large.ign"), config, 0o644)
	m.run(t, "iso", "ignition", "embed", "-i", m.path("large.ign"), "-o", out, m.full)
	m.run(t, "iso", "network", "embed", "-k", keyfile, out)
	m.run(t, "iso", "kargs", "modify", "-a", filler(defaultKargs), out)

	full := read(t, out)
	write(t, m.path("larger.ign"), random(ignitionSize), 0o644)
	for _, args := range [][]string{
		{"iso", "kargs", "modify", "-a", "x", out},
		{"iso", "ignition", "embed", "-f", "-i", m.path("larger.ign"), out},
	} {
		r := testutil.Run(t, nil, m.installer, args...)
		require.Equal(t, 1, r.Exit, r)
		require.Contains(t, r.Stderr, "too large")
		require.True(t, bytes.Equal(full, read(t, out)), "an error changes nothing")
	}

	r := boot(t, asDisc(out))
	requireKargs(t, r, "isolinux", defaultKargs+" "+filler(defaultKargs))
	require.True(t, bytes.Equal(config, []byte(r.secret(t, "config.ign"))))
	require.Equal(t, inputs["eth0.nmconnection"], r.secret(t, keyfiles+"/eth0.nmconnection"))

	m.run(t, "iso", "ignition", "remove", out)
	m.run(t, "iso", "network", "remove", out)
	m.run(t, "iso", "kargs", "reset", out)
	require.True(t, bytes.Equal(read(t, m.full), read(t, out)))
}

// testMinimal customizes a minimal ISO, and boots it.
func (m *media) testMinimal(t *testing.T) {
	minimal, rootfs, out := m.path("minimal.iso"), m.path("rootfs.img"), m.path("minimal-customized.iso")
	m.run(t, "iso", "extract", "minimal-iso", "--output-rootfs", rootfs, "--rootfs-url", rootfsURL, m.full, minimal)
	require.True(t, bytes.Equal(read(t, m.path("pxe/"+stem+"-rootfs.img")), read(t, rootfs)))
	require.Less(t, len(read(t, minimal)), len(read(t, m.full))-len(read(t, rootfs)))

	text := strings.Replace(defaultKargs, liveKarg+" ", "", 1)
	require.Equal(t, text+"\n", m.run(t, "iso", "kargs", "show", "--default", minimal).Stdout)
	text += " nestos.live.rootfs_url=" + rootfsURL
	require.Equal(t, text, m.kargs(t, minimal))

	// What counts as customized are other arguments than the default, too.
	options := append(m.customizeOptions(), "-f", "-o", out)
	m.run(t, append([]string{"iso", "customize", minimal}, options...)...)
	r := boot(t, asDisc(out))
	requireKargs(t, r, "isolinux", text)
	require.NotContains(t, r.Cmdline, "nestos.liveiso=")
	checkCustomized(t, r, m.run(t, "iso", "ignition", "show", out).Stdout)
}

// extracted returns the path of a file for booting over the network.
func (m *media) extracted(name string) string { return filepath.Join(m.path("pxe"), stem+"-"+name) }
