package cincinnati_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// graph makes a graph of nodes and edges written as "0-1 1-2".
func graph(edges string, nodes ...cincinnati.Node) *cincinnati.Graph {
	g := &cincinnati.Graph{Nodes: nodes}
	for _, e := range strings.Fields(edges) {
		var edge cincinnati.Edge
		if _, err := fmt.Sscanf(e, "%d-%d", &edge[0], &edge[1]); err != nil {
			panic(err)
		}
		g.Edges = append(g.Edges, edge)
	}
	return g
}

func version(r *cincinnati.Release) string {
	if r == nil {
		return ""
	}
	return r.Version
}

func TestSelect(t *testing.T) {
	with := func(n cincinnati.Node, age string) cincinnati.Node {
		n.Metadata[cincinnati.MetaAgeIndex] = age
		return n
	}
	payload := func(n cincinnati.Node, p string) cincinnati.Node { n.Payload = p; return n }
	three := []cincinnati.Node{node("40.0"), node("40.1"), node("40.2")}
	for _, c := range []struct {
		name      string
		g         *cincinnati.Graph
		booted    string
		deny      []string
		downgrade bool
		want      string // target, hint, ignored, deny-listed
	}{
		{"the only one", graph("0-1", three...), "p40.0", nil, false, "40.1 - 0 []"},
		{"the newest", graph("0-1 0-2", three...), "p40.0", nil, false, "40.2 - 0 []"},
		{"the newest, whatever the order of edges", graph("0-2 0-1 0-2", three...), "p40.0", nil, false, "40.2 - 0 []"},
		{"one edge only", graph("0-1 1-2", three...), "p40.0", nil, false, "40.1 - 0 []"},
		{"nothing", graph("1-2", three...), "p40.0", nil, false, " - 0 []"},
		{"not in the graph", graph("0-1", three...), "p41", []string{"p40.1"}, true, "absent"},
		{"denied", graph("0-1 0-2", three...), "p40.0", []string{"p40.2", "other"}, false, "40.1 - 1 [40.2]"},
		{"denied twice over", graph("0-1 0-2 0-2", three...), "p40.0", []string{"p40.2", "p40.1", "p40.2"}, false, " - 2 [40.1 40.2]"},
		{"denied but no target", graph("0-1", three...), "p40.0", []string{"p40.2", "p40.0"}, false, "40.1 - 0 [40.0 40.2]"},
		{"by payload only", graph("0-1", node("40.0"), payload(node("40.1"), "same"), payload(node("40.2"), "same")), "p40.0", []string{"same"}, false, " - 1 [40.1 40.2]"},
		{"unusable denied nodes are skipped", graph("0-1", node("40.0"), node("40.1"), with(node("40.2"), "x")), "p40.0", []string{"p40.2"}, false, "40.1 - 0 []"},
		{"downgrade refused", graph("1-0", three...), "p40.1", nil, false, " 40.0 0 []"},
		{"downgrade allowed", graph("1-0", three...), "p40.1", nil, true, "40.0 40.0 0 []"},
		{"forward although downgrades are allowed", graph("1-0 1-2", three...), "p40.1", nil, true, "40.2 - 0 []"},
		{"denied forward, then back", graph("1-0 1-2", three...), "p40.1", []string{"p40.2"}, false, " 40.0 1 [40.2]"},
		{"self-edge", graph("1-1", three...), "p40.1", nil, false, " 40.1 0 []"},
		{"40.10 is before 40.2", graph("0-1 0-2", node("40.0"), with(node("40.10"), "7"), with(node("40.2"), "7")), "p40.0", nil, false, "40.2 - 0 []"},
		{"ages are numbers", graph("0-1 0-2", node("40.0"), with(node("40.1"), "10"), with(node("40.2"), "9")), "p40.0", nil, false, "40.1 - 0 []"},
		{"equal but for the payload", graph("0-1 0-2", node("40.0"), payload(node("40.1"), "b"), payload(node("40.1"), "a")), "p40.0", nil, false, "40.1 - 0 []"},
		{"first of several", graph("0-1 2-1", node("40.0"), node("40.1"), payload(node("40.2"), "p40.0")), "p40.0", nil, false, "40.1 - 0 []"},
		{"cycle", graph("0-1 1-2 2-0", three...), "p40.2", nil, false, " 40.0 0 []"},
		{"other edges may be broken", graph("0-1 1-99 77-1", three...), "p40.0", nil, false, "40.1 - 0 []"},
		{"other nodes may be broken", graph("0-1", node("40.0"), node("40.1"), cincinnati.Node{}), "p40.0", nil, false, "40.1 - 0 []"},
	} {
		var deny []cincinnati.Payload
		for _, d := range c.deny {
			deny = append(deny, checksum(d))
		}
		s, err := cincinnati.Select(c.g, checksum(c.booted), deny, c.downgrade)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		denied := []string{}
		for _, r := range s.DenyListed {
			denied = append(denied, r.Version)
		}
		hint := version(s.Downgrade)
		if hint == "" {
			hint = "-"
		}
		got := fmt.Sprintf("%s %s %d %v", version(s.Target), hint, s.Ignored, denied)
		if s.Booted < 0 {
			got = "absent"
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestSelectDeadend(t *testing.T) {
	for _, c := range []struct {
		pairs  []string
		dead   bool
		reason string
	}{
		{nil, false, ""},
		{[]string{cincinnati.MetaDeadend, "true", cincinnati.MetaDeadendReason, "https://x"}, true, "https://x"},
		{[]string{cincinnati.MetaDeadend, "true"}, true, "(unknown reason)"},
		{[]string{cincinnati.MetaDeadend, "true", cincinnati.MetaDeadendReason, ""}, true, "(unknown reason)"},
		{[]string{cincinnati.MetaDeadend, "True", cincinnati.MetaDeadendReason, "x"}, false, ""},
		{[]string{cincinnati.MetaDeadendReason, "x"}, false, ""},
	} {
		s, err := cincinnati.Select(graph("", node("1.0", c.pairs...)), checksum("p1.0"), nil, false)
		if err != nil || s.Deadend != c.dead || s.DeadendReason != c.reason {
			t.Errorf("%v: %+v, %v", c.pairs, s, err)
		}
	}
}

func TestSelectErrors(t *testing.T) {
	broken := func(change func(n *cincinnati.Node)) cincinnati.Node {
		n := node("40.1")
		change(&n)
		return n
	}
	for _, c := range []struct {
		name string
		bad  cincinnati.Node
		text string
	}{
		{"version", broken(func(n *cincinnati.Node) { n.Version = "" }), "empty version field"},
		{"payload", broken(func(n *cincinnati.Node) { n.Payload = "" }), "empty payload field (checksum)"},
		{"no scheme", broken(func(n *cincinnati.Node) { delete(n.Metadata, cincinnati.MetaScheme) }), "missing metadata key: org.fedoraproject.coreos.scheme"},
		{"scheme", broken(func(n *cincinnati.Node) { n.Metadata[cincinnati.MetaScheme] = "rpm" }), "unexpected payload scheme: rpm"},
		{"no age", broken(func(n *cincinnati.Node) { delete(n.Metadata, cincinnati.MetaAgeIndex) }), "missing metadata key: org.fedoraproject.coreos.releases.age_index"},
		{"age", broken(func(n *cincinnati.Node) { n.Metadata[cincinnati.MetaAgeIndex] = "-1" }), "invalid age_index value: -1"},
		{"empty age", broken(func(n *cincinnati.Node) { n.Metadata[cincinnati.MetaAgeIndex] = "" }), "invalid age_index value: "},
		{"image", broken(func(n *cincinnati.Node) { n.Metadata[cincinnati.MetaScheme] = "oci"; n.Payload = "A B" }), "invalid reference format"},
	} {
		s, err := cincinnati.Select(graph("0-1", node("40.0"), c.bad), checksum("p40.0"), nil, false)
		var e *cincinnati.Error
		if !errors.As(err, &e) || e.Kind != cincinnati.KindClientNodeParsing || !strings.HasPrefix(e.Text, c.text) || e.Code != 0 {
			t.Errorf("%s: %v", c.name, err)
		}
		if s == nil || s.Target != nil || s.Booted != 0 {
			t.Errorf("%s: selection %+v beside the error", c.name, s)
		}
		// Denied or not: it fails.
		if _, err := cincinnati.Select(graph("0-1", node("40.0"), c.bad), checksum("p40.0"), []cincinnati.Payload{checksum(c.bad.Payload)}, false); err == nil {
			t.Errorf("%s: denied, and no error", c.name)
		}
	}
	booted := node("40.1")
	booted.Version = ""
	if s, err := cincinnati.Select(graph("", booted), checksum("p40.1"), nil, false); err == nil || s != nil {
		t.Errorf("booted: %+v, %v", s, err)
	}
	dead := node("40.0", cincinnati.MetaDeadend, "true")
	s, err := cincinnati.Select(graph("0-1 0-7 0-8", dead, node("40.1")), checksum("p40.0"), nil, false)
	var e *cincinnati.Error
	if !errors.As(err, &e) || e.Kind != cincinnati.KindClientNodeLookup || err.Error() != "client-side error: target node '7' not present in graph" {
		t.Errorf("lookup: %v", err)
	}
	if s == nil || !s.Deadend || s.Target != nil {
		t.Errorf("lookup: selection %+v", s)
	}
}

var (
	digestA = "sha256:" + strings.Repeat("a", 64)
	digestB = "sha256:" + strings.Repeat("b", 64)
)

func imageNode(version, payload string) cincinnati.Node {
	n := node(version, cincinnati.MetaScheme, "oci")
	n.Payload = payload
	return n
}

func TestSelectImages(t *testing.T) {
	booted := cincinnati.Payload{Scheme: cincinnati.OCI, Text: "quay.io/acme/os@" + digestA}
	other := cincinnati.Payload{Scheme: cincinnati.OCI, Text: "quay.io/acme/os@" + digestB}
	g := graph("0-1", imageNode("1.0", booted.Text), imageNode("1.1", "quay.io/acme/os:stable@"+digestB))
	s, err := cincinnati.Select(g, booted, nil, false)
	if err != nil || s.Target == nil || s.Target.Payload != other {
		t.Fatalf("%+v, %v", s, err)
	}
	// The tag in the graph does not protect from the deny list …
	s, err = cincinnati.Select(g, booted, []cincinnati.Payload{other}, false)
	if err != nil || s.Target != nil || s.Ignored != 1 || len(s.DenyListed) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	// … but the booted release is found by the very text.
	if s, err := cincinnati.Select(g, other, nil, false); err != nil || s.Booted != -1 {
		t.Errorf("%+v, %v", s, err)
	}
	// A checksum of the same text is something else, and no scheme is none.
	if s, err := cincinnati.Select(g, checksum(booted.Text), nil, false); err != nil || s.Booted != -1 {
		t.Errorf("%+v, %v", s, err)
	}
	bare := cincinnati.Node{Payload: "x", Metadata: map[string]string{}}
	if s, err := cincinnati.Select(graph("", bare), cincinnati.Payload{Text: "x"}, nil, false); err != nil || s.Booted != -1 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestParsePullspec(t *testing.T) {
	for in, want := range map[string]string{
		"quay.io/fedora/fedora-coreos@" + digestA:        "quay.io/fedora/fedora-coreos@" + digestA,
		"quay.io/fedora/fedora-coreos:stable@" + digestA: "quay.io/fedora/fedora-coreos@" + digestA,
		"reg:5000/os:1@" + digestA:                       "reg:5000/os@" + digestA,
		"localhost/os@" + digestA:                        "localhost/os@" + digestA,
		"os@" + digestA:                                  "docker.io/library/os@" + digestA,
		"acme/os@" + digestA:                             "docker.io/acme/os@" + digestA,
		"index.docker.io/acme/os@" + digestA:             "docker.io/acme/os@" + digestA,
		"[::1]:5000/os@" + digestA:                       "[::1]:5000/os@" + digestA,
		"quay.io/acme/os:40.1":                           "quay.io/acme/os:40.1",
		"quay.io/acme/os":                                "quay.io/acme/os:latest",
	} {
		p, err := cincinnati.ParsePullspec(in)
		if err != nil || p.Text != want || p.Scheme != cincinnati.OCI || p.String() != want {
			t.Errorf("%s: %+v, %v", in, p, err)
		}
	}
	for _, in := range []string{
		"", " ", "Quay.io/Acme/os@" + digestA, "quay.io/acme/os@sha256:abc", "quay.io/acme/os@" + digestA + "0", "quay.io//os",
		"docker://quay.io/acme/os@" + digestA, "quay.io/acme/os:", "a b", "quay.io/acme/os@" + digestA + "@" + digestA,
		strings.Repeat("a/", 1000) + "b", strings.Repeat("a", 64), "os@sha256:" + strings.Repeat("g", 64), "../os",
	} {
		if p, err := cincinnati.ParsePullspec(in); err == nil {
			t.Errorf("%.40q accepted as %v", in, p)
		}
	}
}

func FuzzParsePullspec(f *testing.F) {
	for _, s := range []string{"quay.io/acme/os:stable@" + digestA, "os", "index.docker.io/a:b", "[::1]:5000/os", "localhost/x@" + digestB, "A", "a@b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := cincinnati.ParsePullspec(s)
		if err != nil {
			return
		}
		again, err := cincinnati.ParsePullspec(p.Text)
		if err != nil || again != p {
			t.Fatalf("%q is %q, and that is %q, %v", s, p.Text, again.Text, err)
		}
		if i := strings.LastIndexByte(s, '@'); i >= 0 && !strings.HasSuffix(p.Text, s[i:]) {
			t.Fatalf("%q lost its digest: %q", s, p.Text)
		}
	})
}

func ExampleSelect() {
	g, err := cincinnati.ParseGraph([]byte(`{
	  "nodes": [
	    {"version": "40.1", "payload": "01", "metadata": {
	      "org.fedoraproject.coreos.scheme": "checksum", "org.fedoraproject.coreos.releases.age_index": "0"}},
	    {"version": "40.2", "payload": "02", "metadata": {
	      "org.fedoraproject.coreos.scheme": "checksum", "org.fedoraproject.coreos.releases.age_index": "1"}}
	  ],
	  "edges": [[0, 1]]
	}`))
	if err != nil {
		panic(err)
	}
	booted := cincinnati.Payload{Scheme: cincinnati.Checksum, Text: "01"}
	s, err := cincinnati.Select(g, booted, nil, false)
	fmt.Println(s.Target.Version, s.Target.Payload, err)
	// Output: 40.2 02 <nil>
}
