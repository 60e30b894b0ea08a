package view_test

import (
	"fmt"
	"net/url"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/cincinnati/view"
	"github.com/nestos-dev/nestos/zincati/internal/page/pagetest"
)

func TestPictureOfStream(t *testing.T) {
	g := stream(t, 160)
	svg := string(draw(t, g, &view.Options{At: noon, Title: "stable, x86_64"}))
	for _, want := range []string{
		`aria-label="stable, x86_64. Update graph of 160 releases and 214 edges: 4 barriers, 2 dead ends, 3 rollouts. At 2026-07-23 12:00 UTC"`,
		">31 releases</text>", ">62.5 %</text>", ">starts in 6 h</text>", ">complete in 18 h</text>", ">open to every node</text>",
		">22 Jul 06:00 – 24 Jul 06:00 UTC</text>", "d-toroll d-closed", ">barrier</text>", ">dead end</text>",
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("lacks %s\n%.400s", want, svg)
		}
	}
	count := pagetest.Elements(t, []byte(svg))
	// Seven bundles: four barriers, three rollouts.
	if heads := strings.Count(svg, "d-head"); heads != 7+strings.Count(svg[:strings.Index(svg, "</style>")], "d-head") {
		t.Errorf("%d arrows", heads)
	}
	if count["g"] != 16 {
		t.Errorf("%d rows", count["g"])
	}
	all := string(draw(t, g, &view.Options{At: noon, Expand: true}))
	if n := pagetest.Elements(t, []byte(all))["g"]; n != 160 {
		t.Errorf("%d rows of 160", n)
	}
	few := string(draw(t, g, &view.Options{At: noon, MaxRows: 5, MaxLanes: 1}))
	if !strings.Contains(few, "older releases not drawn") || !strings.Contains(few, "Edges into 2 releases not drawn") {
		t.Error("does not say what was left out")
	}
	later := string(draw(t, g, &view.Options{At: noon.AddDate(0, 0, 9)}))
	if strings.Contains(later, `"d-edge d-toroll d-closed"`) || strings.Count(later, ">100 %</text>") != 3 {
		t.Error("the rollouts are not complete after nine days")
	}
	if got := string(draw(t, &cincinnati.Graph{}, nil)); !strings.Contains(got, "The graph has no releases.") {
		t.Error("an empty graph is not said to be empty")
	}
}

var tapDot = regexp.MustCompile(`<circle cx="([0-9.]+)" cy="([0-9.]+)" r="(2.6|3.8)" class="d-tap`)

// Every edge can be read off the picture: a dot of the target's lane in the
// source's row. Without folding there are as many dots as edges, and no two
// lie on each other.
func TestEveryEdgeHasItsDot(t *testing.T) {
	for _, n := range []int{5, 40, 160} {
		g := stream(t, n)
		svg := string(draw(t, g, &view.Options{At: noon, Expand: true}))
		seen := map[string]bool{}
		dots := tapDot.FindAllStringSubmatch(svg, -1)
		for _, d := range dots {
			seen[d[1]+" "+d[2]] = true
		}
		if len(dots) != len(g.Edges) || len(seen) != len(dots) {
			t.Errorf("%d releases, %d edges: %d dots in %d places", n, len(g.Edges), len(dots), len(seen))
		}
	}
}

func TestPageSays(t *testing.T) {
	d := data(stream(t, 160))
	d.Problem = "upstream: <timeout>"
	d.Refresh = 30 * time.Second
	html := pageOf(t, d)
	for _, want := range []string{
		"<title>stable, x86_64, commits – Update graph</title>", `<option value="stable" selected>stable</option>`, `<option value="true">images</option>`,
		`role="alert">upstream: &lt;timeout&gt;</p>`, "2026-07-23 11:59:43 UTC, 17 s ago", "160 releases, 214 edges", `<progress value="0.6250"`,
		"2026-07-22 06:00 UTC to 2026-07-24 06:00 UTC (2 d)", `<th scope="row" class="mono nobreak">44.20260722.3.0</th>`, "rollout 62.5 %",
		"starts in 6 h, from 2026-07-23 18:00 UTC for 2 d", "31 releases, ", `name="at" value=""`, `content="30"`,
		`href="?at=2026-07-24T06%3A00%3A00Z&amp;basearch=x86_64&amp;stream=stable"`, "automatic updates are broken",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("lacks %s", want)
		}
	}
	d.At = noon.Add(6 * time.Hour)
	html = pageOf(t, d)
	if strings.Contains(html, `http-equiv="refresh"`) || !strings.Contains(html, `value="2026-07-23T18:00"`) || !strings.Contains(html, "rollout 5 %") {
		t.Error("a chosen moment is not shown")
	}
	d.Graph, d.LastRefresh = nil, time.Time{}
	html = pageOf(t, d)
	if strings.Contains(html, "<svg") || !strings.Contains(html, "<dd>never</dd>") {
		t.Error("without a graph something is shown")
	}
	d.Graph = &cincinnati.Graph{}
	if html = pageOf(t, d); !strings.Contains(html, "No release is being rolled out.") {
		t.Error("no rollout is not said")
	}
}

func TestParseRequest(t *testing.T) {
	q, _ := url.ParseQuery("stream=next&basearch=aarch64&oci=true&at=2026-07-23T12:00&all=1&x=y")
	r, err := view.ParseRequest(q)
	want := view.Request{Scope: view.Scope{Stream: "next", Basearch: "aarch64", OCI: true}, At: noon, Expand: true}
	if err != nil || r != want {
		t.Errorf("%v %v", r, err)
	}
	for _, bad := range []string{"oci=yes", "at=yesterday", "at=-5", "at=99999999999999999999", "oci=true%00"} {
		q, _ := url.ParseQuery(bad)
		if r, err := view.ParseRequest(q); err == nil {
			t.Errorf("%s: %v", bad, r)
		}
	}
}

func TestParseTime(t *testing.T) {
	for _, s := range []string{"2026-07-23T12:00", "2026-07-23T12:00:00", "2026-07-23 12:00", "2026-07-23T14:00:00+02:00", "2026-07-23T12:00:00Z",
		strconv.FormatInt(noon.Unix(), 10), fmt.Sprintf("@%d", noon.Unix()), " 2026-07-23 12:00 UTC "} {
		if got, err := view.ParseTime(s); err != nil || !got.Equal(noon) {
			t.Errorf("%s: %v %v", s, got, err)
		}
	}
	if got, err := view.ParseTime(""); err != nil || !got.IsZero() {
		t.Errorf("empty: %v %v", got, err)
	}
}

// The real dot draws what we write, also for hostile graphs.
func TestGraphviz(t *testing.T) {
	dot := testutil.Tool(t, "dot")
	g := stream(t, 160)
	g.Nodes[3].Version = `"<b>&amp;\N\"` + "\u202e"
	var in strings.Builder
	if err := view.DOT(&in, g, &view.Options{At: noon, Title: `a"b\`}); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), dot, "-Tplain")
	cmd.Stdin = strings.NewReader(in.String())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	nodes, edges := 0, 0
	for line := range strings.Lines(string(out)) {
		nodes += strings.Count(line[:min(5, len(line))], "node ")
		edges += strings.Count(line[:min(5, len(line))], "edge ")
	}
	if nodes != 160 || edges != len(g.Edges) {
		t.Errorf("%d nodes, %d edges", nodes, edges)
	}
}

func BenchmarkPage(b *testing.B) {
	d := data(stream(b, 160))
	b.ReportAllocs()
	for b.Loop() {
		pageOf(b, d)
	}
}

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"", "2026-07-23T12:00", "@1700000000", "1700000000", "2026-07-23", "2026-07-23T14:00:00+02:00", "-1", "9999-12-31T23:59:59Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, err := view.ParseTime(s)
		if err != nil || at.IsZero() {
			return
		}
		if at.Year() < 1970 || at.Year() > 9999 {
			t.Fatalf("%q: %v", s, at)
		}
		if again, err := view.ParseTime(at.Format(time.RFC3339)); err != nil || !again.Equal(at.Truncate(time.Second)) {
			t.Fatalf("%q: %v, again %v %v", s, at, again, err)
		}
	})
}
