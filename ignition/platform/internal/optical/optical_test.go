package optical

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// disc has descriptors with the identifiers.
func disc(ids ...string) *bytes.Reader {
	b := make([]byte, start+(len(ids)+1)*sector)
	for n, id := range ids {
		copy(b[start+n*sector+1:], id)
	}
	return bytes.NewReader(b)
}

func TestDetect(t *testing.T) {
	for name, c := range map[string]struct {
		disc *bytes.Reader
		want string
	}{
		"UDF":            {disc("BEA01", "NSR02", "TEA01"), UDF},
		"UDF 2":          {disc("BEA01", "BOOT2", "NSR03", "TEA01"), UDF},
		"ISO 9660":       {disc("CD001", "CD001", "CD001"), ISO9660},
		"bridge":         {disc("CD001", "CD001", "BEA01", "NSR02", "TEA01"), UDF},
		"no NSR":         {disc("BEA01", "TEA01", "NSR02"), ""},
		"no BEA":         {disc("NSR02"), ""},
		"other":          {disc("hello"), ""},
		"short":          {bytes.NewReader(make([]byte, 1000)), ""},
		"cut off":        {bytes.NewReader(append(make([]byte, start), 1, 'C', 'D', '0', '0', '1')), ISO9660},
		"list is filled": {disc(repeat("CD001", maxSectors+5)...), ISO9660},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, Detect(c.disc)) })
	}
}

func repeat(s string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = s
	}
	return list
}

func TestDetectRealImages(t *testing.T) {
	dir := t.TempDir()
	image, content := filepath.Join(dir, "image"), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(content, "file"), []byte("x"), 0o600))
	xorriso := testutil.Tool(t, "xorriso")
	out, err := exec.Command(xorriso, "-as", "mkisofs", "-o", image, "-J", "-R", content).CombinedOutput()
	require.NoError(t, err, "%s", out)
	f, err := os.Open(image)
	require.NoError(t, err)
	defer f.Close()
	require.Equal(t, ISO9660, Detect(f))
}

func TestDriveStatusOfOthers(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux")
	}
	_, err := DriveStatus(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = DriveStatus("/dev/null")
	require.Error(t, err)
}
