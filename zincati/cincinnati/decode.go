package cincinnati

// UnmarshalJSON reads the form of the protocol; see [ParseGraph] for the bounds.
func (g *Graph) UnmarshalJSON(data []byte) error {
	d := graphDecoder{scanner: scanner{data: data}}
	if err := d.document(d.graph); err != nil {
		return err
	}
	*g = d.result
	return nil
}

// UnmarshalJSON reads the form of the protocol: all three keys are needed.
func (n *Node) UnmarshalJSON(data []byte) error {
	d := graphDecoder{scanner: scanner{data: data}}
	if err := d.document(d.node); err != nil {
		return err
	}
	*n = d.result.Nodes[0]
	return nil
}

// graphDecoder builds a graph from its JSON form.
type graphDecoder struct {
	scanner
	result  Graph
	entries int // of metadata, in all nodes
}

const (
	hasNodes fields = 1 << iota
	hasEdges
)

func (d *graphDecoder) graph() error {
	d.result = Graph{Nodes: []Node{}, Edges: []Edge{}}
	var seen fields
	err := d.object("a graph", func(key []byte) error {
		switch string(key) {
		case "nodes":
			if err := seen.once(&d.scanner, hasNodes, "nodes"); err != nil {
				return err
			}
			return d.array("an array of nodes", d.node)
		case "edges":
			if err := seen.once(&d.scanner, hasEdges, "edges"); err != nil {
				return err
			}
			return d.array("an array of edges", d.edge)
		}
		return d.skip()
	})
	switch {
	case err != nil:
		return err
	case seen&hasNodes == 0:
		return d.failf("missing field `nodes`")
	case seen&hasEdges == 0:
		return d.failf("missing field `edges`")
	}
	return nil
}

const (
	hasVersion fields = 1 << iota
	hasPayload
	hasMetadata
)

func (d *graphDecoder) node() error {
	if len(d.result.Nodes) == MaxNodes {
		return d.failf("more than %d nodes", MaxNodes)
	}
	var n Node
	var seen fields
	err := d.object("a node", func(key []byte) (err error) {
		switch string(key) {
		case "version":
			if err = seen.once(&d.scanner, hasVersion, "version"); err == nil {
				n.Version, err = d.string("a string")
			}
		case "payload":
			if err = seen.once(&d.scanner, hasPayload, "payload"); err == nil {
				n.Payload, err = d.string("a string")
			}
		case "metadata":
			if err = seen.once(&d.scanner, hasMetadata, "metadata"); err == nil {
				n.Metadata, err = d.metadata()
			}
		default:
			err = d.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, f := range []struct {
		bit  fields
		name string
	}{{hasVersion, "version"}, {hasPayload, "payload"}, {hasMetadata, "metadata"}} {
		if seen&f.bit == 0 {
			return d.failf("missing field `%s`", f.name)
		}
	}
	d.result.Nodes = append(d.result.Nodes, n)
	return nil
}

// metadata reads a map of strings. Here, as it is in a plain map, the last of several equal
// keys wins.
func (d *graphDecoder) metadata() (map[string]string, error) {
	m := make(map[string]string)
	err := d.object("a map of strings", func(key []byte) error {
		if d.entries++; d.entries > MaxMetadata {
			return d.failf("more than %d metadata entries", MaxMetadata)
		}
		k := d.intern(key)
		if d.peek() != '"' {
			return d.unexpected("a string")
		}
		v, err := d.rawString(MaxString)
		if err != nil {
			return err
		}
		m[k] = d.intern(v)
		return nil
	})
	return m, err
}

func (d *graphDecoder) edge() error {
	if len(d.result.Edges) == MaxEdges {
		return d.failf("more than %d edges", MaxEdges)
	}
	var e Edge
	i := 0
	err := d.array("an edge", func() (err error) {
		if i == len(e) {
			return d.failf("an edge has two ends")
		}
		e[i], err = d.uint("a node index")
		i++
		return err
	})
	if err != nil {
		return err
	}
	if i != len(e) {
		return d.failf("an edge has two ends")
	}
	d.result.Edges = append(d.result.Edges, e)
	return nil
}
