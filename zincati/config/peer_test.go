package config_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/clap"
	"github.com/nestos-dev/nestos/zincati/config"
	"github.com/nestos-dev/nestos/zincati/strategy"
)

// vector is a fragment and the causes that Zincati 0.0.32 prints for it; none if it starts.
type vector struct {
	Name   string   `json:"name"`
	TOML   string   `json:"toml"`
	Levels []string `json:"levels"`
}

func vectors(t testing.TB) []vector {
	t.Helper()
	data, err := os.ReadFile("testdata/zincati-0.0.32.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	for line := range bytes.Lines(data) {
		var v vector
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

// better are vectors that end differently here on purpose.
var better = map[string]string{
	"tuesday":   "",                                               // a typing error of Zincati
	"strmarker": "",                                               // a strategy of our own
	"flwin":     "invalid type: integer `3`, expected a sequence", // a key of our own
	"flmail":    "not an absolute http or https URL",              // would fail at each request
	"flbad10":   "not an absolute http or https URL",
}

const identityLevel = "failed to validate agent identity configuration"

// fragmentRoot makes a root with one fragment and a time zone database.
func fragmentRoot(t testing.TB, toml string) string {
	t.Helper()
	root := t.TempDir()
	write(t, root, "etc/zincati/config.d/50.toml", toml)
	zones, err := filepath.Abs("../strategy/testdata/zoneinfo")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(root, "usr/share/zoneinfo"), os.DirFS(zones)); err != nil {
		t.Fatal(err)
	}
	return root
}

func write(t testing.TB, root, name, text string) {
	t.Helper()
	p := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// assemble does with a configuration what the agent does, except for the identity.
func assemble(root string) error {
	vars := map[string]string{"basearch": "x86_64", "group": "default", "platform": "qemu", "stream": "stable"}
	in, err := config.Read(root, nil)
	if err != nil {
		return err
	}
	settings, err := in.StrategySettings(vars)
	if err != nil {
		return err
	}
	if _, err := strategy.New(settings, "default", "a6021cacafbb49ccb7e778d135fc9fa4", nil); err != nil {
		return err
	}
	_, err = in.CincinnatiURL(vars)
	return err
}

var place = regexp.MustCompile(`^TOML parse error at line \d+, column \d+`)

func TestLikeZincati(t *testing.T) {
	exact, placed, elsewhere := 0, 0, 0
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			if needsDebianZones(v.TOML) {
				t.Skip("needs zones that are not in testdata")
			}
			root := fragmentRoot(t, v.TOML)
			if len(v.Levels) > 0 && v.Levels[0] == identityLevel {
				// Judged by package identity, before the strategy is looked at.
				if _, err := config.Read(root, nil); err != nil {
					t.Fatal(err)
				}
				return
			}
			got := chain(assemble(root))
			if want, ok := better[v.Name]; ok {
				if want == "" && len(got) > 0 || want != "" && !strings.Contains(strings.Join(got, "\n"), want) {
					t.Fatalf("got %q, want %q", got, want)
				}
				return
			}
			want := v.Levels
			if len(want) == 0 || len(got) == 0 {
				if len(got) != len(want) {
					t.Fatalf("got %q\nwant %q\ntext %q", got, want, v.TOML)
				}
				exact++
				return
			}
			got = withoutAdditions(got)
			last := len(want) - 1
			switch at := place.FindString(want[last]); {
			case slices.Equal(got, want):
				exact++
			case at != "" && place.FindString(got[len(got)-1]) == at:
				placed++
				t.Logf("other words: got %q, want %q", got[len(got)-1], want[last])
			case at != "" && len(got) == len(want) && slices.Equal(got[:last], want[:last]) && !strings.Contains(want[last], "invalid type"):
				elsewhere++
				t.Logf("other place: got %q, want %q", got[last], want[last])
			case want[last] == "recursion limit" && strings.HasSuffix(got[len(got)-1], "recursion limit"):
				elsewhere++
			default:
				t.Fatalf("got  %q\nwant %q", got, want)
			}
		})
	}
	t.Logf("%d the same, %d other words, %d other place", exact, placed, elsewhere)
}

func needsDebianZones(toml string) bool {
	for _, zone := range []string{"posix/UTC", "posixrules", "right/UTC", "tzdata.zi", "leapseconds"} {
		if strings.Contains(toml, zone) {
			return true
		}
	}
	return false
}

func chain(err error) []string {
	if err == nil {
		return nil
	}
	return clap.Levels(err)
}

// withoutAdditions drops the level that names the file, and the line that names the key.
func withoutAdditions(levels []string) []string {
	var kept []string
	for i, l := range levels {
		if strings.HasPrefix(l, "failed to read file ") && i+1 < len(levels) && levels[i+1] == "failed to parse TOML" {
			continue
		}
		l = strings.ReplaceAll(l, "\x00", "") // nor does Zincati print it
		kept = append(kept, regexp.MustCompile("\nin `.*`$").ReplaceAllString(l, ""))
	}
	return kept
}
