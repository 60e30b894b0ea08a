package cincinnati_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// node makes a usable node of a checksum graph, with further metadata in pairs. Its payload
// is the version, its age index what follows the last dot of it.
func node(version string, pairs ...string) cincinnati.Node {
	age := version[strings.LastIndexByte(version, '.')+1:]
	n := cincinnati.Node{Version: version, Payload: "p" + version, Metadata: map[string]string{
		cincinnati.MetaScheme: "checksum", cincinnati.MetaAgeIndex: age,
	}}
	for i := 0; i < len(pairs); i += 2 {
		n.Metadata[pairs[i]] = pairs[i+1]
	}
	return n
}

func checksum(text string) cincinnati.Payload {
	return cincinnati.Payload{Scheme: cincinnati.Checksum, Text: text}
}

// randomGraph has barriers, dead ends, rollouts with odd schedules, duplicate edges, cycles,
// and edges to nowhere.
func randomGraph(r *rand.Rand, now int64) *cincinnati.Graph {
	g := &cincinnati.Graph{}
	n := 1 + r.IntN(8)
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	for i := range n {
		node := node("1." + strconv.Itoa(i))
		if r.IntN(3) > 0 {
			node = rolloutNode("1."+strconv.Itoa(i),
				pick("", "x", "0", strconv.FormatInt(now-r.Int64N(4000), 10), strconv.FormatInt(now+r.Int64N(100)-50, 10), strconv.FormatInt(now, 10)),
				pick("", "0", "0.5", "1", "1.5", "-0.5", "nan", "inf", "-inf", strconv.FormatFloat(r.Float64(), 'g', -1, 64)),
				pick("", "0", "1", "60", "100", "18446744073709551615"))
		}
		if r.IntN(5) == 0 {
			node.Metadata[cincinnati.MetaDeadend] = "true"
		}
		g.Nodes = append(g.Nodes, node)
	}
	for range r.IntN(20) {
		e := cincinnati.Edge{uint64(r.IntN(n + 1)), uint64(r.IntN(n + 1))}
		if r.IntN(30) == 0 {
			e[1] = math.MaxUint64
		}
		g.Edges = append(g.Edges, e)
	}
	return g
}
