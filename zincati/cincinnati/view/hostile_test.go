package view_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/cincinnati/view"
	"github.com/nestos-dev/nestos/zincati/internal/page/pagetest"
)

const maxPage = 2 << 20

func draw(t testing.TB, g *cincinnati.Graph, o *view.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := view.SVG(&b, g, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pageOf(t testing.TB, d *view.PageData) string {
	t.Helper()
	var b strings.Builder
	if err := view.Page(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var evil = []string{"<script>alert(1)</script>", `"><img src=http://x.example/>`, "a\u202eb\u2066", "nul\x00\x1b[31m", "bad\xff\xfe", "]]>", "&lt;&amp;",
	strings.Repeat("w", 70000), strings.Repeat("\u0301", 500), "\ufffe\uffff", "{{.}}", "'; --", "", " ", "\n\n", "\\N\\G\\", "</style></svg>"}

func evilGraph(r *rand.Rand, nodes, edges int) *cincinnati.Graph {
	g := &cincinnati.Graph{}
	text := func() string {
		s := evil[r.IntN(len(evil))]
		return s[:min(len(s), 70_000_000/nodes)] // the tests need memory themselves
	}
	for i := range nodes {
		n := cincinnati.Node{Version: fmt.Sprint(i, text()), Payload: text() + "@" + text(), Metadata: map[string]string{}}
		for _, key := range []string{cincinnati.MetaBarrier, cincinnati.MetaDeadend, cincinnati.MetaRollout} {
			if r.IntN(3) == 0 {
				n.Metadata[key] = "true"
			}
		}
		n.Metadata[cincinnati.MetaAgeIndex] = text()
		n.Metadata[cincinnati.MetaBarrierReason] = text()
		n.Metadata[cincinnati.MetaDeadendReason] = text()
		numbers := []string{"", "x", "0", "1", "-1", "1700000000", "9223372036854775807", "-9223372036854775808", "18446744073709551615", "NaN", "inf", "-inf", "1e308", "0.5"}
		n.Metadata[cincinnati.MetaStartEpoch] = numbers[r.IntN(len(numbers))]
		n.Metadata[cincinnati.MetaStartValue] = numbers[r.IntN(len(numbers))]
		n.Metadata[cincinnati.MetaDurationMinutes] = numbers[r.IntN(len(numbers))]
		g.Nodes = append(g.Nodes, n)
	}
	for range edges {
		g.Edges = append(g.Edges, cincinnati.Edge{r.Uint64N(uint64(nodes + 1)), r.Uint64N(uint64(nodes + 1))})
	}
	g.Edges = append(g.Edges, cincinnati.Edge{0, math.MaxUint64}, cincinnati.Edge{math.MaxUint64, 0}, cincinnati.Edge{0, 0})
	return g
}

var tag = regexp.MustCompile(`<[a-zA-Z!/][^>]*>`)

// checkText fails for characters that hide something and for markup that is
// not ours.
func checkText(t testing.TB, name, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Fatalf("%s: not UTF-8", name)
	}
	for _, r := range s {
		if r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			t.Fatalf("%s: has %U", name, r)
		}
	}
	if strings.Contains(s, "ZgotmplZ") {
		t.Fatalf("%s: a value that the template refuses", name)
	}
	for _, s := range tag.FindAllString(s, -1) {
		if strings.HasPrefix(s, "<script") || strings.HasPrefix(s, "<img") || strings.Contains(s, " onload") {
			t.Fatalf("%s: has %s", name, s)
		}
	}
}

func TestHostileGraphs(t *testing.T) {
	seed := testutil.Seed(t)
	for round := range 60 {
		r := rand.New(rand.NewPCG(seed, uint64(round)))
		g := evilGraph(r, 1+r.IntN(60), r.IntN(200))
		at := time.Unix(1700000000+r.Int64N(100000), 0)
		svg := draw(t, g, &view.Options{At: at, Title: evil[r.IntN(len(evil))], Expand: r.IntN(2) == 0})
		count := pagetest.Elements(t, svg)
		checkText(t, "svg", string(svg))
		if count["svg"] != 1 || count["style"] != 1 || count["script"]+count["img"]+count["image"]+count["a"] > 0 {
			t.Fatal(count)
		}
		if bytes.Contains(svg, []byte("NaN")) && !bytes.Contains(svg, []byte(">NaN")) {
			t.Fatal("a coordinate is no number")
		}
		html := pageOf(t, &view.PageData{Graph: g, At: at, Now: at, Problem: evil[r.IntN(len(evil))],
			Current: view.Scope{Stream: evil[r.IntN(len(evil))], Basearch: "x86_64"}})
		checkText(t, "page", html)
		var dot strings.Builder
		if err := view.DOT(&dot, g, &view.Options{At: at, Title: evil[r.IntN(len(evil))]}); err != nil {
			t.Fatal(err)
		}
		checkDOT(t, g, dot.String())
	}
}

// Large graphs give bounded output in reasonable time, and say what is missing.
func TestLargeGraphsAreBounded(t *testing.T) {
	const n = 100_000
	plain := &cincinnati.Graph{}
	chain := &cincinnati.Graph{}
	for i := range n {
		v := fmt.Sprintf("%d.0", i)
		plain.Nodes = append(plain.Nodes, cincinnati.Node{Version: v, Payload: "p"})
		if i > 0 {
			chain.Edges = append(chain.Edges, cincinnati.Edge{uint64(i - 1), uint64(i)})
		}
	}
	chain.Nodes = plain.Nodes
	r := rand.New(rand.NewPCG(1, 2))
	wild := evilGraph(r, n, 0)
	for range 1_000_000 {
		wild.Edges = append(wild.Edges, cincinnati.Edge{r.Uint64N(n), r.Uint64N(n)})
	}
	star := &cincinnati.Graph{Nodes: plain.Nodes}
	for i := range uint64(n - 1) {
		star.Edges = append(star.Edges, cincinnati.Edge{i, n - 1})
	}
	for _, c := range []struct {
		name string
		g    *cincinnati.Graph
		says string
	}{{"plain", plain, "not listed"}, {"chain", chain, "not drawn"}, {"wild", wild, "not drawn"}, {"star", star, "99\u202f599 older releases not listed"}} {
		began := time.Now()
		html := pageOf(t, &view.PageData{Graph: c.g, Now: noon})
		took := time.Since(began)
		t.Logf("%s: %d bytes in %v", c.name, len(html), took)
		if len(html) > maxPage {
			t.Errorf("%s: too large", c.name)
		}
		if took > time.Minute {
			t.Errorf("%s: too slow", c.name)
		}
		if !strings.Contains(html, c.says) {
			t.Errorf("%s: does not say %q", c.name, c.says)
		}
		if svg := draw(t, c.g, &view.Options{Expand: true}); len(svg) > 1<<20 {
			t.Errorf("%s: picture of %d bytes", c.name, len(svg))
		}
	}
}

var (
	dotNode = regexp.MustCompile(`^\tn(\d+) \[label="((?:[^"\\]|\\.)*)"(, [a-z]+=(?:[a-z]+|"#[0-9a-f]{6}"))*\];$`)
	dotEdge = regexp.MustCompile(`^\tn(\d+) -> n(\d+)( \[style=dashed\])?;$`)
	dotHead = regexp.MustCompile(`^digraph "((?:[^"\\]|\\.)*)" \{$`)
)

// checkDOT reads the output line by line and compares it with the graph.
func checkDOT(t testing.TB, g *cincinnati.Graph, dot string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(dot, "\n"), "\n")
	if !dotHead.MatchString(lines[0]) || lines[len(lines)-1] != "}" {
		t.Fatalf("no digraph: %.200s", dot)
	}
	want := map[string]bool{}
	for _, e := range g.Edges {
		if n := uint64(len(g.Nodes)); e[0] < n && e[1] < n && e[0] != e[1] {
			want[fmt.Sprintf("%d-%d", e[0], e[1])] = true
		}
	}
	nodes, edges := 0, 0
	for _, line := range lines[1 : len(lines)-1] {
		if m := dotEdge.FindStringSubmatch(line); m != nil {
			if !want[m[1]+"-"+m[2]] {
				t.Fatalf("no such edge: %s", line)
			}
			edges++
		} else if m := dotNode.FindStringSubmatch(line); m != nil {
			if m[1] != fmt.Sprint(nodes) {
				t.Fatalf("node out of order: %s", line)
			}
			nodes++
		} else if line != "\trankdir=BT;" && line != "\tnode [shape=box, fontname=\"sans-serif\"];" && !strings.HasPrefix(line, "\t// left out: ") {
			t.Fatalf("no DOT: %.200q", line)
		}
	}
	if nodes != len(g.Nodes) || edges != len(want) {
		t.Fatalf("%d nodes, %d edges of %d, %d", nodes, edges, len(g.Nodes), len(want))
	}
}

func FuzzPage(f *testing.F) {
	for _, s := range evil {
		if len(s) < 1000 {
			f.Add(s, s, "1700000000", "0.5", "2880", uint64(1))
		}
	}
	f.Fuzz(func(t *testing.T, version, reason, start, value, minutes string, edge uint64) {
		g := &cincinnati.Graph{Edges: []cincinnati.Edge{{0, 1}, {edge, 1}, {1, edge}, {edge, edge >> 1}}}
		for range 3 {
			g.Nodes = append(g.Nodes, cincinnati.Node{Version: version, Payload: reason, Metadata: map[string]string{
				cincinnati.MetaBarrier: "true", cincinnati.MetaBarrierReason: reason, cincinnati.MetaDeadend: "true", cincinnati.MetaDeadendReason: version,
				cincinnati.MetaRollout: "true", cincinnati.MetaStartEpoch: start, cincinnati.MetaStartValue: value, cincinnati.MetaDurationMinutes: minutes}})
		}
		d := &view.PageData{Graph: g, Now: noon, Problem: reason, Current: view.Scope{Stream: version, Basearch: reason}}
		checkText(t, "page", pageOf(t, d))
		svg := draw(t, g, &view.Options{At: noon, Title: version})
		pagetest.Elements(t, svg)
		checkText(t, "svg", string(svg))
		var dot strings.Builder
		view.DOT(&dot, g, &view.Options{At: noon, Title: reason})
		checkDOT(t, g, dot.String())
	})
}
