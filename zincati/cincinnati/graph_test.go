package cincinnati_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

const smallGraph = `{"nodes":[{"version":"40.1","metadata":{"org.fedoraproject.coreos.scheme":"checksum"},"payload":"01"},` +
	`{"version":"40.2","metadata":{},"payload":"02"}],"edges":[[0,1]]}`

func TestGraphRoundTrip(t *testing.T) {
	g, err := cincinnati.ParseGraph([]byte(smallGraph))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(g.AppendJSON(nil)); got != smallGraph {
		t.Errorf("got %s", got)
	}
	std, err := json.Marshal(g)
	if err != nil || string(std) != smallGraph {
		t.Errorf("encoding/json gives %s, %v", std, err)
	}
	var back cincinnati.Graph
	if err := json.Unmarshal(std, &back); err != nil || !equalGraphs(&back, g) {
		t.Errorf("encoding/json reads %+v, %v", back, err)
	}
}

func equalGraphs(a, b *cincinnati.Graph) bool {
	return slices.Equal(a.Edges, b.Edges) && slices.EqualFunc(a.Nodes, b.Nodes, func(x, y cincinnati.Node) bool {
		return x.Version == y.Version && x.Payload == y.Payload && maps.Equal(x.Metadata, y.Metadata)
	})
}

func TestEmptyIsNeverNull(t *testing.T) {
	b, err := json.Marshal(cincinnati.Graph{Nodes: []cincinnati.Node{{}}})
	if want := `{"nodes":[{"version":"","metadata":{},"payload":""}],"edges":[]}`; err != nil || string(b) != want {
		t.Errorf("%s, %v", b, err)
	}
	if b, err := json.Marshal(new(cincinnati.Graph)); err != nil || string(b) != `{"nodes":[],"edges":[]}` {
		t.Errorf("%s, %v", b, err)
	}
	if b, err := json.Marshal(cincinnati.Node{Version: "a"}); err != nil || string(b) != `{"version":"a","metadata":{},"payload":""}` {
		t.Errorf("%s, %v", b, err)
	}
}

func TestStringsSurvive(t *testing.T) {
	g := &cincinnati.Graph{Nodes: []cincinnati.Node{{
		Version: "\x00\x1f\"\\/\b\f\n\r\t<>&\u2028é😀", Payload: "\u007f\ufffd",
		Metadata: map[string]string{"ké": "vé", "": ""},
	}}, Edges: []cincinnati.Edge{{18446744073709551615, 0}}}
	b := g.AppendJSON(nil)
	if !json.Valid(b) {
		t.Fatalf("invalid JSON %s", b)
	}
	back, err := cincinnati.ParseGraph(b)
	if err != nil || !equalGraphs(back, g) {
		t.Errorf("%s gives %+v, %v", b, back, err)
	}
	// Bytes that are no text do not get out.
	bad := &cincinnati.Graph{Nodes: []cincinnati.Node{{Version: "a\xffb\xc3"}}}
	if got := string(bad.AppendJSON(nil)); !strings.Contains(got, "\"a\ufffdb\ufffd\"") {
		t.Errorf("got %s", got)
	}
}

func TestParseGraphAccepts(t *testing.T) {
	one := func(version string) string {
		return `{"nodes":[{"version":` + version + `,"metadata":{},"payload":"p"}],"edges":[]}`
	}
	for name, doc := range map[string]string{
		"empty":                 `{"nodes":[],"edges":[]}`,
		"any order, space":      " \t\r\n{ \"edges\" : [ [ 0 , 1 ] , [1,0]] , \"nodes\" : [ ] } \n",
		"unknown keys":          `{"version":1,"nodes":[{"x":[{"y":null}],"version":"","metadata":{},"payload":"","x":-1.5e+7}],"conditionalEdges":[true,false,""],"edges":[],"version":2}`,
		"escaped key":           `{"nod\u0065s":[],"edges":[]}`,
		"escapes":               one(`"\u00e9\ud83d\ude00\/\"\\\b\f\n\r\t"`),
		"self edge":             `{"nodes":[],"edges":[[0,0],[0,0]]}`,
		"big index":             `{"nodes":[],"edges":[[18446744073709551615,0]]}`,
		"duplicate in metadata": `{"nodes":[{"version":"","payload":"","metadata":{"a":"1","a":"2"}}],"edges":[]}`,
		"case matters":          `{"Nodes":1,"nodes":[],"EDGES":{},"edges":[]}`,
		"deep, ignored":         `{"nodes":[],"edges":[],"x":` + strings.Repeat("[", 127) + strings.Repeat("]", 127) + `}`,
	} {
		if _, err := cincinnati.ParseGraph([]byte(doc)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	g, err := cincinnati.ParseGraph([]byte(one(`"\u00e9\ud83d\ude00"`)))
	if err != nil || g.Nodes[0].Version != "é😀" {
		t.Errorf("%+v, %v", g, err)
	}
	g, err = cincinnati.ParseGraph([]byte(`{"nodes":[{"version":"","payload":"","metadata":{"a":"1","a":"2"}}],"edges":[]}`))
	if err != nil || g.Nodes[0].Metadata["a"] != "2" {
		t.Errorf("%+v, %v", g, err)
	}
}

func TestParseGraphRefuses(t *testing.T) {
	one := func(node string) string { return `{"nodes":[` + node + `],"edges":[]}` }
	edge := func(e string) string { return `{"nodes":[],"edges":[` + e + `]}` }
	for doc, want := range map[string]string{
		``:                                   "EOF, expected a graph at line 1 column 0",
		`null`:                               "expected a graph",
		`[]`:                                 "expected a graph",
		`{}`:                                 "missing field `nodes` at line 1 column 2",
		"{\n \"nodes\":[]}":                  "missing field `edges` at line 2 column 12",
		`{"nodes":[],"edges":[]`:             "EOF, expected `,` or `}`",
		`{"nodes":[],"edges":[]}}`:           "trailing characters at line 1 column 23",
		`{"nodes":[],"edges":[]} x`:          "trailing characters",
		`{"nodes":[],"edges":[],}`:           "expected a string as key",
		`{"nodes":[,],"edges":[]}`:           "expected a node",
		`{"nodes":[] "edges":[]}`:            "expected `,` or `}`",
		`{"nodes" [],"edges":[]}`:            "expected `:`",
		`{"nodes":null,"edges":[]}`:          "expected an array of nodes",
		`{"nodes":{},"edges":[]}`:            "expected an array of nodes",
		`{"nodes":[],"edges":null}`:          "expected an array of edges",
		`{"nodes":[],"nodes":[],"edges":[]}`: "duplicate field `nodes`",
		`{"nodes":[],"edges":[],"edges":[]}`: "duplicate field `edges`",
		"\ufeff" + `{"nodes":[],"edges":[]}`: "expected a graph",
		one(`{}`):                            "missing field `version`",
		one(`{"version":"a","metadata":{}}`): "missing field `payload`",
		one(`{"version":"a","payload":"b"}`): "missing field `metadata`",
		one(`{"version":"a","version":"a","payload":"b","metadata":{}}`): "duplicate field `version`",
		one(`{"version":null,"payload":"b","metadata":{}}`):              "expected a string",
		one(`{"version":1,"payload":"b","metadata":{}}`):                 "expected a string",
		one(`{"version":"a","payload":"b","metadata":null}`):             "expected a map of strings",
		one(`{"version":"a","payload":"b","metadata":{"k":1}}`):          "expected a string",
		one(`{"version":"a","payload":"b","metadata":{"k":null}}`):       "expected a string",
		one(`["a","b",{}]`): "expected a node",
		one(`{"version":"` + "\xff" + `","payload":"b","metadata":{}}`):   "invalid UTF-8",
		one(`{"version":"\n` + "\xc3" + `","payload":"b","metadata":{}}`): "invalid UTF-8",
		one(`{"version":"` + "\n" + `","payload":"b","metadata":{}}`):     "control character",
		one(`{"version":"\ud800","payload":"b","metadata":{}}`):           "lone surrogate",
		one(`{"version":"\udc00\ud800","payload":"b","metadata":{}}`):     "lone surrogate",
		one(`{"version":"\ud800\u0041","payload":"b","metadata":{}}`):     "lone surrogate",
		one(`{"version":"\x","payload":"b","metadata":{}}`):               "invalid escape",
		one(`{"version":"\u00g0","payload":"b","metadata":{}}`):           "invalid escape",
		`{"nodes":[{"version":"\u001`:                                     "EOF in string",
		`{"nodes":[{"version":"a`:                                         "EOF in string",
		edge(`[]`):                                                        "an edge has two ends",
		edge(`[1]`):                                                       "an edge has two ends",
		edge(`[1,2,3]`):                                                   "an edge has two ends",
		edge(`[-1,2]`):                                                    "invalid number, expected a node index",
		edge(`[-0,2]`):                                                    "invalid number",
		edge(`[1.0,2]`):                                                   "invalid number",
		edge(`[1e0,2]`):                                                   "invalid number",
		edge(`[01,2]`):                                                    "invalid number",
		edge(`[00,2]`):                                                    "invalid number",
		edge(`["1",2]`):                                                   "expected a node index",
		edge(`[18446744073709551616,2]`):                                  "invalid number",
		edge(`{"0":1}`):                                                   "expected an edge",
		`{"nodes":[],"edges":[],"x":nul}`:                                 "expected a value",
		`{"nodes":[],"edges":[],"x":NaN}`:                                 "expected a value",
		`{"nodes":[],"edges":[],"x":1.}`:                                  "invalid number",
		`{"nodes":[],"edges":[],"x":+1}`:                                  "expected a value",
		`{"nodes":[],"edges":[],"x":` + strings.Repeat("[", 128) + strings.Repeat("]", 128) + `}`:                  "recursion limit exceeded",
		`{"nodes":[],"edges":[],"x":` + strings.Repeat(`{"a":`, 5_000_000):                                         "recursion limit exceeded",
		one(`{"version":"` + strings.Repeat("v", cincinnati.MaxString+1) + `","payload":"b","metadata":{}}`):       "string longer than 65536 bytes",
		one(`{"version":"\n` + strings.Repeat("v", cincinnati.MaxString) + `","payload":"b","metadata":{}}`):       "string longer than 65536 bytes",
		one(`{"version":"a","payload":"b","metadata":{"` + strings.Repeat("k", cincinnati.MaxString+1) + `":""}}`): "string longer than 65536 bytes",
	} {
		g, err := cincinnati.ParseGraph([]byte(doc))
		if err == nil {
			t.Errorf("%.60s: accepted as %+v", doc, g)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %s", doc, err, want)
		}
	}
}

// bigGraph is n nodes and n-1 edges back to each of them, as a server would send them.
func bigGraph(nodes, edges int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"nodes":[`)
	for i := range nodes {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"version":"%d","metadata":{"org.fedoraproject.coreos.scheme":"checksum","org.fedoraproject.coreos.releases.age_index":"%d"},"payload":"%064d"}`, i, i, i)
	}
	b.WriteString(`],"edges":[`)
	for i := range edges {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `[%d,%d]`, i%nodes, (i+1)%nodes)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

func TestHugeGraph(t *testing.T) {
	doc := bigGraph(100_000, 1_000_000)
	start := time.Now()
	g, err := cincinnati.ParseGraph(doc)
	if err != nil || len(g.Nodes) != 100_000 || len(g.Edges) != 1_000_000 {
		t.Fatal(err)
	}
	s, err := cincinnati.Select(g, checksum(fmt.Sprintf("%064d", 50)), []cincinnati.Payload{checksum("x")}, false)
	if err != nil || s.Target == nil || s.Target.Version != "51" {
		t.Errorf("%+v, %v", s, err)
	}
	if d := time.Since(start); d > time.Minute {
		t.Errorf("took %v", d)
	}
	e, err := cincinnati.Explain(cincinnati.Question{Graph: g, From: "10", To: "9"})
	if err != nil || len(e.Way) != 99_999 {
		t.Errorf("way of %d hops around the cycle, %v", len(e.Way), err)
	}
}

func TestTooManyOfAnything(t *testing.T) {
	nodes := `{"nodes":[` + strings.Repeat(`{"version":"","payload":"","metadata":{}},`, cincinnati.MaxNodes) + `{"version":"","payload":"","metadata":{}}],"edges":[]}`
	if _, err := cincinnati.ParseGraph([]byte(nodes)); err == nil || !strings.Contains(err.Error(), "more than 200000 nodes") {
		t.Errorf("nodes: %v", err)
	}
	edges := `{"nodes":[],"edges":[` + strings.Repeat(`[0,1],`, cincinnati.MaxEdges) + `[0,1]]}`
	if _, err := cincinnati.ParseGraph([]byte(edges)); err == nil || !strings.Contains(err.Error(), "more than 2000000 edges") {
		t.Errorf("edges: %v", err)
	}
	metadata := `{"nodes":[{"version":"","payload":"","metadata":{` + strings.Repeat(`"":"",`, cincinnati.MaxMetadata) + `"":""}}],"edges":[]}`
	if _, err := cincinnati.ParseGraph([]byte(metadata)); err == nil || !strings.Contains(err.Error(), "more than 2000000 metadata entries") {
		t.Errorf("metadata: %v", err)
	}
}

func TestReadGraphLimit(t *testing.T) {
	if g, err := cincinnati.ReadGraph(strings.NewReader(smallGraph), int64(len(smallGraph))); err != nil || len(g.Nodes) != 2 {
		t.Errorf("at the limit: %v", err)
	}
	_, err := cincinnati.ReadGraph(strings.NewReader(smallGraph), int64(len(smallGraph))-1)
	if err == nil || !strings.Contains(err.Error(), "document exceeds") {
		t.Errorf("beyond the limit: %v", err)
	}
	broken := errors.New("broken")
	if _, err := cincinnati.ReadGraph(iotest.ErrReader(broken), 0); !errors.Is(err, broken) {
		t.Errorf("reader's error: %v", err)
	}
	// An endless reader is left alone soon.
	if _, err := cincinnati.ReadGraph(endless{}, 1<<20); err == nil {
		t.Error("endless graph accepted")
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// What a document makes of itself in memory must stay within a small multiple of its size.
func TestMemoryIsBounded(t *testing.T) {
	var before, after runtime.MemStats
	docs := map[string][]byte{
		"nodes":    []byte(`{"nodes":[` + strings.Repeat(`{"version":"","payload":"","metadata":{}},`, 190_000) + `{"version":"","payload":"","metadata":{}}],"edges":[]}`),
		"edges":    []byte(`{"nodes":[],"edges":[` + strings.Repeat(`[0,1],`, 1_900_000) + `[0,1]]}`),
		"nesting":  []byte(`{"x":` + strings.Repeat(`[`, 10_000_000)),
		"escapes":  []byte(`{"` + strings.Repeat(`\n`, 5_000_000)),
		"nothing":  bytes.Repeat([]byte(" "), 10_000_000),
		"ignored":  []byte(`{"x":[` + strings.Repeat(`{},`, 3_000_000)),
		"ignored2": []byte(`{` + strings.Repeat(`"x":"",`, 1_500_000)),
	}
	for name, doc := range docs {
		runtime.GC()
		runtime.ReadMemStats(&before)
		g, _ := cincinnati.ParseGraph(doc)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > uint64(16*len(doc)) {
			t.Errorf("%s: %d bytes allocated for a document of %d", name, used, len(doc))
		}
		runtime.KeepAlive(g)
	}
}

func FuzzParseGraph(f *testing.F) {
	for _, s := range []string{smallGraph, `{}`, `{"nodes":[],"edges":[[0,1],[1,0]]}`, `{"edges":[[18446744073709551615,0]],"nodes":[],"x":[1.5e3,{"a":null}]}`,
		`{"nodes":[{"version":"\ud83d\ude00","payload":"","metadata":{"a":"b","a":"c"}}],"edges":[]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := cincinnati.ParseGraph(data)
		if err != nil {
			return
		}
		if !json.Valid(data) {
			t.Fatal("accepted what is no JSON")
		}
		once := g.AppendJSON(nil)
		again, err := cincinnati.ParseGraph(once)
		if err != nil || !equalGraphs(g, again) {
			t.Fatalf("%s reads back as %+v, %v", once, again, err)
		}
		var std struct {
			Nodes []struct {
				Version, Payload string
				Metadata         map[string]string
			}
			Edges [][2]uint64
		}
		if err := json.Unmarshal(once, &std); err != nil || len(std.Nodes) != len(g.Nodes) || len(std.Edges) != len(g.Edges) {
			t.Fatalf("encoding/json disagrees: %v", err)
		}
		for i, n := range std.Nodes {
			if n.Version != g.Nodes[i].Version || !maps.Equal(n.Metadata, g.Nodes[i].Metadata) {
				t.Fatalf("encoding/json disagrees on node %d", i)
			}
		}
		if len(g.Nodes) > 0 {
			s, err := cincinnati.Select(g, checksum(g.Nodes[0].Payload), nil, true)
			if err == nil && s.Target != nil && s.Booted < 0 {
				t.Fatal("a target from nowhere")
			}
		}
		filtered := cincinnati.Filter(g, 0.5, 1_700_000_000)
		if len(filtered.Edges) > len(g.Edges) || !equalGraphs(cincinnati.Filter(filtered, 0.5, 1_700_000_000), filtered) {
			t.Fatal("filtering once more changes the graph")
		}
	})
}

func BenchmarkParseGraph(b *testing.B) {
	doc := bigGraph(200, 200)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cincinnati.ParseGraph(doc); err != nil {
			b.Fatal(err)
		}
	}
}
