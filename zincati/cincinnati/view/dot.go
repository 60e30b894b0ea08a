package view

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/internal/page"
)

// DOT writes the whole graph in the language of Graphviz, for dot and its
// kin: every release is a node n0, n1, … in the graph's order, every edge an
// edge; barriers are diamonds, dead ends octagons, rollouts ellipses with
// their share at the moment of the options; edges into rollouts that nobody
// is offered yet are dashed. Edges to positions that do not exist are left
// out, with a comment that counts them.
func DOT(w io.Writer, g *cincinnati.Graph, o *Options) error {
	opts := o.filled()
	m := newModel(g, opts.At.Unix())
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "digraph %s {\n\trankdir=BT;\n\tnode [shape=box, fontname=\"sans-serif\"];\n", quoted(opts.Title))
	if m.odd > 0 {
		fmt.Fprintf(b, "\t// left out: %d edges that are doubled, lead to themselves or nowhere\n", m.odd)
	}
	for i := range m.nodes {
		fmt.Fprintf(b, "\tn%d [%s];\n", i, m.dotNode(i))
	}
	for i := range m.nodes {
		for _, to := range m.out.of(i) {
			style := ""
			if r := &m.nodes[to]; r.rolling && r.progress.Share == 0 {
				style = " [style=dashed]"
			}
			fmt.Fprintf(b, "\tn%d -> n%d%s;\n", i, to, style)
		}
	}
	b.WriteString("}\n")
	return b.Flush()
}

func (m *model) dotNode(i int) string {
	r := &m.nodes[i]
	lines := []string{version(m.g.Nodes[i].Version)}
	look := ""
	if r.rolling {
		lines = append(lines, "rollout "+r.progress.Percent+", "+r.progress.State)
		look = ", shape=ellipse, style=filled, fillcolor=\"#e1eefb\""
	}
	if r.barrier {
		lines = append(lines, "barrier: "+r.barrierWhy)
		look = ", shape=diamond, style=filled, fillcolor=\"#fdf0d2\""
	}
	if r.deadend {
		lines = append(lines, "dead end: "+r.deadendWhy)
		look = ", shape=octagon, style=filled, fillcolor=\"#fde4e2\""
	}
	for j, line := range lines {
		q := quoted(line)
		lines[j] = q[1 : len(q)-1]
	}
	return `label="` + strings.Join(lines, `\n`) + `"` + look
}

// quoted makes a quoted string in which nothing has a meaning: neither a
// backslash (labels have escapes) nor an ampersand (labels have entities).
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "&", "&amp;").Replace(page.Visible(s, maxReason)) + `"`
}
