package interop

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	up "github.com/coreos/ignition/v2/config/merge"
	u30 "github.com/coreos/ignition/v2/config/v3_0/types"
	u31 "github.com/coreos/ignition/v2/config/v3_1/types"
	u32 "github.com/coreos/ignition/v2/config/v3_2/types"
	u33 "github.com/coreos/ignition/v2/config/v3_3/types"
	u34 "github.com/coreos/ignition/v2/config/v3_4/types"
	u35 "github.com/coreos/ignition/v2/config/v3_5/types"
	u36 "github.com/coreos/ignition/v2/config/v3_6/types"
	u37 "github.com/coreos/ignition/v2/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/config/merge"
	v30 "github.com/nestos-dev/nestos/ignition/config/v3_0/types"
	v31 "github.com/nestos-dev/nestos/ignition/config/v3_1/types"
	v32 "github.com/nestos-dev/nestos/ignition/config/v3_2/types"
	v33 "github.com/nestos-dev/nestos/ignition/config/v3_3/types"
	v34 "github.com/nestos-dev/nestos/ignition/config/v3_4/types"
	v35 "github.com/nestos-dev/nestos/ignition/config/v3_5/types"
	v36 "github.com/nestos-dev/nestos/ignition/config/v3_6/types"
	v37 "github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// mergers merge two texts of a version with this module's and upstream's types.
var mergers = []func(parent, child []byte) (kind, detail string){
	mergeBoth[v30.Config, u30.Config], mergeBoth[v31.Config, u31.Config],
	mergeBoth[v32.Config, u32.Config], mergeBoth[v33.Config, u33.Config],
	mergeBoth[v34.Config, u34.Config], mergeBoth[v35.Config, u35.Config],
	mergeBoth[v36.Config, u36.Config], mergeBoth[v37.Config, u37.Config],
}

// TestMerge merges pairs, valid or not, and compares results and origins.
func TestMerge(t *testing.T) {
	compare(t, 1, func(s source) (string, string) {
		g := newGenerator(s)
		g.tidy = g.tidy && s.chance(50)
		parent, child := g.plain(), g.plain()
		return mergers[g.version.minor](parent, child)
	})
}

// plain is the text of a config that can be decoded.
func (g *generator) plain() []byte {
	var b strings.Builder
	g.write(&b, g.config(), 0)
	return []byte(b.String())
}

func mergeBoth[Ours merge.Config, Theirs any](parent, child []byte) (kind, detail string) {
	op, oc, tp, tc := decode[Ours](parent), decode[Ours](child), decode[Theirs](parent), decode[Theirs](child)
	before := string(mustMarshal(op)) + string(mustMarshal(oc))
	ours, transcript := merge.Trace(op, oc)
	theirs, want := up.MergeStructTranscribe(tp, tc)
	inputs := fmt.Sprintf("parent %s\nchild  %s\n", parent, child)
	if a, b := mustMarshal(ours), mustMarshal(theirs); string(a) != string(b) {
		return "merge differs", fmt.Sprintf("%sours   %s\ntheirs %s", inputs, a, b)
	}
	if a, b := mustMarshal(merge.Merge(op, oc)), mustMarshal(ours); string(a) != string(b) {
		return "Merge and Trace differ", fmt.Sprintf("%smerge  %s\ntrace  %s", inputs, a, b)
	}
	if before != string(mustMarshal(op))+string(mustMarshal(oc)) {
		return "inputs changed", inputs
	}
	if a, b := sortedLines(transcript.String()), sortedLines(want.String()); a != b {
		return "transcript differs", fmt.Sprintf("%s%s", inputs, lineDiff(a, b))
	}
	return "", ""
}

func decode[T any](text []byte) T {
	var v T
	if err := json.Unmarshal(text, &v); err != nil {
		panic(fmt.Sprintf("%v: %s", err, text))
	}
	return v
}

func sortedLines(text string) string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// lineDiff shows the lines that only one of two sorted texts has.
func lineDiff(ours, theirs string) string {
	a, b := strings.Split(ours, "\n"), strings.Split(theirs, "\n")
	var out strings.Builder
	for _, line := range a {
		if !slices.Contains(b, line) {
			fmt.Fprintf(&out, "ours   %s\n", line)
		}
	}
	for _, line := range b {
		if !slices.Contains(a, line) {
			fmt.Fprintf(&out, "theirs %s\n", line)
		}
	}
	if out.Len() == 0 {
		return "the same lines, some more often\n"
	}
	return out.String()
}
