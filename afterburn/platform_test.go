package afterburn

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPlatformID(t *testing.T) {
	for line, want := range map[string]string{
		"BOOT_IMAGE=x ignition.platform.id=aws quiet\n":                           "aws",
		"ignition.platform.id= ignition.platform.id=gcp ignition.platform.id=aws": "gcp",
		"ignition.platform.id=\tgcp\n":                                            "gcp",
		"ignition.platform.id=a=b":                                                "a=b",
		"a ignition.platform.id=gcp\nb":                                           "gcp\nb",
		`"ignition.platform.id=gcp"`:                                              "",
		"x.ignition.platform.id=gcp":                                              "",
		"ignition.platform.id":                                                    "",
		"Ignition.Platform.Id=gcp":                                                "",
		"quiet\tignition.platform.id=gcp":                                         "",
		"":                                                                        "",
	} {
		root := t.TempDir()
		require.NoError(t, os.Mkdir(filepath.Join(root, "proc"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(root, "proc/cmdline"), []byte(line), 0o644))
		got, err := PlatformID(root)
		if want == "" {
			require.EqualError(t, err, "Couldn't find flag 'ignition.platform.id' in cmdline file (/proc/cmdline)", "%q", line)
			continue
		}
		require.NoError(t, err, "%q", line)
		require.Equal(t, want, got, "%q", line)
	}
	_, err := PlatformID(t.TempDir())
	require.ErrorIs(t, err, os.ErrNotExist)
}

// system makes the root of a system with a kernel command line.
func system(t *testing.T, cmdline string) string {
	root := t.TempDir()
	for _, dir := range []string{"proc", "etc/cmdline.d"} {
		require.NoError(t, os.MkdirAll(filepath.Join(root, dir), 0o755))
	}
	require.NoError(t, os.WriteFile(filepath.Join(root, "proc/cmdline"), []byte(cmdline), 0o644))
	return root
}

func TestKargsDefault(t *testing.T) {
	root := system(t, "quiet ignition.platform.id=aws\n")
	file := filepath.Join(root, "etc/cmdline.d/50-afterburn-network-kargs.conf")
	for id, value := range map[string]string{"aws": "ip=auto", "nonsense": "", "": "ip=dhcp rd.neednet=1"} {
		require.NoError(t, NetworkKargs(t.Context(), id, value, &Options{Root: root}))
		got, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, value+"\n", string(got))
	}
	st, err := os.Stat(file)
	require.NoError(t, err)
	require.EqualValues(t, 0o644, st.Mode())
	require.NoError(t, NetworkKargs(t.Context(), "", "a\nb\r\n", &Options{Root: root}))
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "a b\n", string(got))
	require.NoError(t, os.RemoveAll(filepath.Dir(file)))
	require.ErrorContains(t, NetworkKargs(t.Context(), "aws", "ip=auto", &Options{Root: root}),
		`failed to create file "/etc/cmdline.d/50-afterburn-network-kargs.conf"`)
}

func TestKargsOfTheCommandLineWin(t *testing.T) {
	for line, skipped := range map[string]bool{
		"ip=eth0:dhcp": true, "a ip=x": true, "a xip=y": false, "a\tip=x": false, "rd.ip=1": false, "ip": false,
	} {
		root := system(t, line)
		var log bytes.Buffer
		err := NetworkKargs(t.Context(), "kubevirt-not", "ip=auto", &Options{Root: root, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		require.NoError(t, err)
		list, err := os.ReadDir(filepath.Join(root, "etc/cmdline.d"))
		require.NoError(t, err)
		require.Equal(t, skipped, len(list) == 0, "%q", line)
		if skipped {
			require.Contains(t, log.String(), "level=WARN msg=\"kernel cmdline already specifies network arguments, skipping\"")
		}
	}
}
