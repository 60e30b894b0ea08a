package afterburn

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestShortHostname(t *testing.T) {
	for name, want := range map[string]string{
		"":                             "",
		"host.example.com":             "host.example.com",
		"h." + strings.Repeat("b", 62): "h." + strings.Repeat("b", 62),
		"h." + strings.Repeat("b", 63): "h",
		strings.Repeat("a", 70):        strings.Repeat("a", 64),
		"host." + strings.Repeat("b", 70) + ".example.com": "host",
		strings.Repeat("a", 64) + ".example.com":           strings.Repeat("a", 64),
		strings.Repeat("a", 63) + "ü":                      strings.Repeat("a", 63),
		strings.Repeat("a", 62) + "üb":                     strings.Repeat("a", 62) + "ü",
		strings.Repeat("ü", 40):                            strings.Repeat("ü", 32),
	} {
		require.Equal(t, want, ShortHostname(name), "%q", name)
		require.LessOrEqual(t, len(ShortHostname(name)), MaxHostname)
	}
}

func TestWriteHostname(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	path := filepath.Join(t.TempDir(), "etc/hostname")
	require.NoError(t, writeHostname(path, "web-1.example.com\n", log))
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "web-1.example.com\n", string(got))
	for _, bad := range []string{"a\nb", "a\x00", "a\tb", "\x1b[31m", "a\u009bb"} {
		require.ErrorContains(t, writeHostname(path, bad, log), "has control characters")
	}
	got, err = os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "web-1.example.com\n", string(got), "nothing changed")
}
