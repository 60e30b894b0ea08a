package view_test

import (
	"os"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/cincinnati/view"
)

func ExampleDOT() {
	graph := &cincinnati.Graph{
		Nodes: []cincinnati.Node{
			{Version: "43.1"},
			{Version: "43.2", Metadata: map[string]string{cincinnati.MetaBarrier: "true", cincinnati.MetaBarrierReason: "new keys"}},
			{Version: "44.1", Metadata: map[string]string{cincinnati.MetaRollout: "true", cincinnati.MetaStartEpoch: "1700000000",
				cincinnati.MetaStartValue: "0.25", cincinnati.MetaDurationMinutes: "1440"}},
		},
		Edges: []cincinnati.Edge{{0, 1}, {1, 2}},
	}
	view.DOT(os.Stdout, graph, &view.Options{Title: "stable", At: time.Unix(1700043200, 0)})
	// Output:
	// digraph "stable" {
	// 	rankdir=BT;
	// 	node [shape=box, fontname="sans-serif"];
	// 	n0 [label="43.1"];
	// 	n1 [label="43.2\nbarrier: new keys", shape=diamond, style=filled, fillcolor="#fdf0d2"];
	// 	n2 [label="44.1\nrollout 62.5 %, complete in 12 h", shape=ellipse, style=filled, fillcolor="#e1eefb"];
	// 	n0 -> n1;
	// 	n1 -> n2;
	// }
}
