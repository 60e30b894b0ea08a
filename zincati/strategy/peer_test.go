package strategy_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/nestos-dev/nestos/zincati/strategy"
)

// The vectors are calendars, instants of UTC, and the description that Zincati 0.0.32 logs then.
func TestDescriptionsLikeZincati(t *testing.T) {
	data, err := os.ReadFile("testdata/descriptions.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	root := zoneRoot(t, "")
	n := 0
	for line := range bytes.Lines(data) {
		var v struct {
			Name, Zone, At, Text string
			Windows              []strategy.Window
		}
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		s, err := periodic(root, v.Zone, v.Windows...)
		if err != nil {
			t.Fatal(err)
		}
		n++
		if got := s.Describe(instant(t, v.At)); got != v.Text {
			t.Errorf("%s: %s %v at %s:\ngot  %s\nwant %s", v.Name, v.Zone, v.Windows, v.At, got, v.Text)
		}
	}
	if n < 100 {
		t.Errorf("%d vectors", n)
	}
}
