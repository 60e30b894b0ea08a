package afterburn

import (
	"bytes"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestAttributesAreSortedLines(t *testing.T) {
	var a Attributes
	a.Add("X_REGION", "r1")
	a.AddNonEmpty("X_NONE", "")
	a.Add("X_EMPTY", "")
	a.Add("X_ID", ` i "1" 'x' \t `)
	a.Add("X_REGION", "r2")
	require.Equal(t, "AFTERBURN_X_EMPTY=\nAFTERBURN_X_ID= i \"1\" 'x' \\t \nAFTERBURN_X_REGION=r2\n", string(a.AppendEnv(nil, "")))
	require.Equal(t, "COREOS_X_EMPTY=\n", string(a[1:2].AppendEnv(nil, "COREOS_")))
	require.Empty(t, Attributes(nil).AppendEnv(nil, ""))
}

// hostileValues are values that would say more than themselves in a file for systemd, and what they are there.
var hostileValues = map[string]string{
	"a\nLD_PRELOAD=/tmp/x": "a",
	"a\r\nB=1":             "a",
	"\nB=1":                "",
	"a\x00b":               "a",
	"a\x1b[2J":             "a",
	`end\`:                 `end\` + "\n",
	`end\\`:                `end\\`,
	`"open`:                `\"open`,
	`'open`:                `\'open`,
	`  "open`:              `\  "open`,
	`"closed"`:             `"closed"`,
	`"again" "open`:        `\"again" "open`,
	`"a\"`:                 `\"a\"`,
	`'a\`:                  `\'a\` + "\n",
	`mid"dle`:              `mid"dle`,
	"tab\tin":              "tab\tin",
	"größe":                "größe",
}

func TestHostileValuesStayValues(t *testing.T) {
	for value, want := range hostileValues {
		require.Equal(t, "P_N="+want+"\n", string(Attributes{{"N", value}}.AppendEnv(nil, "P_")), "%q", value)
	}
}

// TestSystemdReadsEachAttribute has systemd's own reader look at hostile values with others around them.
func TestSystemdReadsEachAttribute(t *testing.T) {
	const reader = "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator"
	if _, err := os.Stat(reader); err != nil {
		testutil.Missing(t, "%s is not there", reader)
	}
	for value, written := range hostileValues {
		file := Attributes{{"A", "first"}, {"M", value}, {"Z", "last"}}.AppendEnv(nil, "")
		dir := t.TempDir()
		require.NoError(t, os.Mkdir(filepath.Join(dir, "environment.d"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "environment.d/50.conf"), file, 0o644))
		cmd := exec.Command(reader)
		cmd.Env = []string{"XDG_CONFIG_HOME=" + dir, "HOME=" + dir}
		out, err := cmd.Output()
		require.NoError(t, err)
		var got []string
		for line := range strings.Lines(string(out)) {
			if strings.HasPrefix(line, "AFTERBURN_M=") {
				line = "AFTERBURN_M=\n"
			}
			if strings.HasPrefix(line, "AFTERBURN_") || strings.HasPrefix(line, "LD_") || strings.HasPrefix(line, "B=") {
				got = append(got, strings.TrimSpace(line))
			}
		}
		want := []string{"AFTERBURN_A=first", "AFTERBURN_M=", "AFTERBURN_Z=last"}
		if written == "" { // such variables are not shown
			want = []string{"AFTERBURN_A=first", "AFTERBURN_Z=last"}
		}
		require.Equal(t, want, got, "%q\n%s", value, out)
	}
}

func FuzzAttributesAreOneLineEach(f *testing.F) {
	for value := range hostileValues {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		file := string(Attributes{{"A", value}, {"B", "x"}}.AppendEnv(nil, ""))
		if !strings.HasSuffix(file, "\nAFTERBURN_B=x\n") {
			t.Fatalf("%q", file)
		}
		first := strings.TrimSuffix(file, "AFTERBURN_B=x\n")
		if strings.Count(strings.TrimRight(first, "\n"), "\n") != 0 {
			t.Fatalf("%q", file)
		}
		line := strings.TrimSuffix(strings.TrimPrefix(first, "AFTERBURN_A="), "\n")
		if s := readEnv(strings.TrimSuffix(line, "\n")); s == inSingle || s == inDouble || s == escaped && !strings.HasSuffix(line, "\n") {
			t.Fatalf("%q ends in state %d", line, s)
		}
	})
}

func TestCutAttributesAreReported(t *testing.T) {
	var log bytes.Buffer
	path := filepath.Join(t.TempDir(), "run/metadata/afterburn")
	a := Attributes{{"A", "1\nB=2"}, {"C", "ends in a newline\n"}}
	require.NoError(t, writeAttributes(path, a, "", slog.New(slog.NewTextHandler(&log, nil))))
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "AFTERBURN_A=1\nAFTERBURN_C=ends in a newline\n", string(got))
	require.Equal(t, 1, strings.Count(log.String(), "\n"), log.String())
	require.Contains(t, log.String(), `attribute A has control characters`)
}
