package cincinnati_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

func ask(t *testing.T, q cincinnati.Question) *cincinnati.Explanation {
	t.Helper()
	e, err := cincinnati.Explain(q)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func text(t *testing.T, e *cincinnati.Explanation) string {
	t.Helper()
	var b strings.Builder
	if err := e.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestExplainWorkedExample(t *testing.T) {
	g := mustBuild(t, exampleIndex(), exampleUpdates, "x86_64", cincinnati.Checksum)
	at := time.Unix(1_700_000_000, 0)
	for _, c := range []struct {
		name, from, to string
		w              float64
		want           string
	}{
		{"across a barrier, throttled", "", "", 0.625, `
1.0 -> 1.5 for wariness 0.625 at 2023-11-14T22:13:20Z: not offered
  1.1 is a barrier in between: why
  1.5: throttle 0.25 < wariness 0.625
    until 2023-11-15T10:13:20Z
way:
  1.0 -> 1.1  now
  1.1 -> 1.5  2023-11-15T10:13:20Z
`},
		{"by payload, offered", "c4", "c5", 0.25, `
1.4 -> 1.5 for wariness 0.25 at 2023-11-14T22:13:20Z: offered
way:
  1.4 -> 1.5  now
`},
		{"dead end", "1.3", "1.5", 0, `
1.3 -> 1.5 for wariness 0 at 2023-11-14T22:13:20Z: not offered
  1.3 is a dead end: bad
there is no way from 1.3 to 1.5
`},
		{"older", "1.4", "1.1", 1, `
1.4 -> 1.1 for wariness 1 at 2023-11-14T22:13:20Z: not offered
  1.1 is older than 1.4
there is no way from 1.4 to 1.1
`},
		{"unopened", "1.1", "1.3", 1, `
1.1 -> 1.3 for wariness 1 at 2023-11-14T22:13:20Z: not offered
  1.3 is neither rolled out nor a barrier: nothing leads to it
there is no way from 1.1 to 1.3
`},
		{"itself", "1.4", "1.4", 1, `
1.4 -> 1.4 for wariness 1 at 2023-11-14T22:13:20Z: not offered
  1.4 is the booted release itself
`},
	} {
		e := ask(t, cincinnati.Question{Graph: g, From: c.from, To: c.to, Wariness: c.w, At: at})
		if got := text(t, e); got != c.want[1:] {
			t.Errorf("%s:\n%swant\n%s", c.name, got, c.want[1:])
		}
		if _, err := json.Marshal(e); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestExplainThrottle(t *testing.T) {
	for _, c := range []struct {
		name string
		n    cincinnati.Node
		now  int64
		want string
	}{
		{"before the start", rolloutNode("1.1", "1000", "0.5", "10"), 900, "1.1: throttle 0 < wariness 0.8, the rollout begins at 1970-01-01T00:16:40Z\n    until 1970-01-01T00:22:40Z\n"},
		{"no progress", rolloutNode("1.1", "1000", "0.5", ""), 2000, "1.1: throttle 0.5 < wariness 0.8\n    for ever, unless the rollout is changed\nthere is no way"},
		{"in a million years", rolloutNode("1.1", "31556952000000", "1", ""), 2000, "1.1: throttle 0 < wariness 0.8\n    for ever"},
	} {
		e := ask(t, cincinnati.Question{Graph: graph("0-1", node("1.0"), c.n), Wariness: 0.8, At: time.Unix(c.now, 0)})
		if got := text(t, e); !strings.Contains(got, c.want) {
			t.Errorf("%s:\n%swant\n%s", c.name, got, c.want)
		}
		if _, err := json.Marshal(e); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestExplainJSON(t *testing.T) {
	g := graph("0-1", node("1.0"), rolloutNode("1.1", "0", "0.5", ""))
	e := ask(t, cincinnati.Question{Graph: g, Wariness: 0.75, At: time.Unix(60, 999)})
	got, err := json.Marshal(e)
	want := `{"from":{"position":0,"version":"1.0","payload":"p1.0"},"to":{"position":1,"version":"1.1","payload":"p1.1"},` +
		`"at":"1970-01-01T00:01:00Z","wariness":0.75,"offered":false,"obstacles":[{"kind":"throttle","place":{"position":1,"version":"1.1","payload":"p1.1"},` +
		`"text":"1.1: throttle 0.5 \u003c wariness 0.75","throttle":0.5}],"offered_at":null,"way":[],"arrival":null}`
	if err != nil || string(got) != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
	e = ask(t, cincinnati.Question{Graph: g, Wariness: math.NaN()})
	if b, err := json.Marshal(e); err != nil || !strings.Contains(string(b), `"wariness":"NaN","offered":true`) {
		t.Errorf("%s, %v", b, err)
	}
}

func TestExplainTextIsFitForATerminal(t *testing.T) {
	g := graph("", node("1.0", cincinnati.MetaDeadend, "true", cincinnati.MetaDeadendReason, "\x1b[2Jgone\nfake: offered"), node("1.1\x1b[31m"))
	got := text(t, ask(t, cincinnati.Question{Graph: g, Wariness: 1, At: time.Unix(0, 0)}))
	if strings.Contains(got, "\x1b") || strings.Contains(got, "\nfake") {
		t.Errorf("%q", got)
	}
}

func TestExplainErrors(t *testing.T) {
	g := graph("", node("1.0"))
	for want, q := range map[string]cincinnati.Question{
		"the graph is empty":             {Graph: &cincinnati.Graph{}},
		`release "2.0" is not in the gr`: {Graph: g, From: "2.0"},
		`release "3.0" is not in the gr`: {Graph: g, To: "3.0"},
	} {
		if _, err := cincinnati.Explain(q); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := cincinnati.Explain(cincinnati.Question{}); err == nil {
		t.Error("no graph, no error")
	}
}

// Whatever Explain says must be what Filter does.
func TestExplainAgreesWithFilter(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for range 3000 {
		const now = 1_700_000_000
		g := randomGraph(r, now)
		w := r.Float64()
		if r.IntN(8) == 0 {
			w = 0
		}
		from, to := r.IntN(len(g.Nodes)), r.IntN(len(g.Nodes))
		e := ask(t, cincinnati.Question{Graph: g, From: g.Nodes[from].Version, To: g.Nodes[to].Version, Wariness: w, At: time.Unix(now, 0)})
		has := func(at int64, from, to int) bool {
			for _, edge := range cincinnati.Filter(g, w, at).Edges {
				if edge == (cincinnati.Edge{uint64(from), uint64(to)}) {
					return true
				}
			}
			return false
		}
		if e.Offered != has(now, from, to) || e.Offered == (len(e.Obstacles) > 0) {
			t.Fatalf("%s, %d to %d, wariness %v: %+v", g.AppendJSON(nil), from, to, w, e)
		}
		if e.OfferedAt != nil && !has(e.OfferedAt.Unix(), from, to) {
			t.Fatalf("%s, wariness %v: nothing is offered at %v", g.AppendJSON(nil), w, e.OfferedAt)
		}
		if e.OfferedAt != nil && !e.Offered && has(e.OfferedAt.Unix()-1, from, to) {
			t.Fatalf("%s, wariness %v: offered before %v", g.AppendJSON(nil), w, e.OfferedAt)
		}
		if from != to && e.OfferedAt != nil && (e.Arrival == nil || e.Arrival.After(*e.OfferedAt)) {
			t.Fatalf("%s: the direct way is faster than %+v", g.AppendJSON(nil), e.Way)
		}
		at := from
		for _, h := range e.Way {
			if h.From.Position != at || !has(h.At.Unix(), at, h.To.Position) {
				t.Fatalf("%s: hop %+v does not exist", g.AppendJSON(nil), h)
			}
			at = h.To.Position
		}
		if len(e.Way) > 0 && at != to {
			t.Fatalf("the way ends at %d", at)
		}
	}
}

func ExampleExplain() {
	g := &cincinnati.Graph{
		Nodes: []cincinnati.Node{
			{Version: "1.4"},
			{Version: "1.5", Metadata: map[string]string{
				cincinnati.MetaRollout: "true", cincinnati.MetaStartEpoch: "1700000000", cincinnati.MetaDurationMinutes: "1440",
			}},
		},
		Edges: []cincinnati.Edge{{0, 1}},
	}
	e, err := cincinnati.Explain(cincinnati.Question{Graph: g, Wariness: 0.5, At: time.Unix(1700000000, 0)})
	if err != nil {
		panic(err)
	}
	if err := e.WriteText(os.Stdout); err != nil {
		panic(err)
	}
	// Output:
	// 1.4 -> 1.5 for wariness 0.5 at 2023-11-14T22:13:20Z: not offered
	//   1.5: throttle 0 < wariness 0.5
	//     until 2023-11-15T10:13:20Z
	// way:
	//   1.4 -> 1.5  2023-11-15T10:13:20Z
}
