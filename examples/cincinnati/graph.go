package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/nestos-dev/nestos/internal/clap"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/cincinnati/view"
)

func graphCommand() *clap.Command {
	args := append(sourceArgs(), nodeArgs()...)
	return &clap.Command{
		Name: "graph", About: "Print a graph, of metadata or of a server",
		LongAbout: "Print a graph, of metadata or of a server.\n\nWith --node or --wariness it is what that node sees at the time; otherwise all that there is.",
		Args: append(args, timeArg("Moment whose rollouts are shown"),
			&clap.Arg{Long: "json", Help: "As the protocol has it (the default)"},
			&clap.Arg{Long: "dot", Help: "As input for Graphviz"},
			&clap.Arg{Long: "svg", Help: "As a picture"},
			&clap.Arg{Long: "all", Help: "Draw every release in the picture, also runs of equal ones"}),
		Groups: []clap.Group{sourceGroup(), {ID: "format", Args: []string{"json", "dot", "svg"}}},
		Do:     action(printGraph),
	}
}

func printGraph(ctx context.Context, p *program, m *clap.Matches) error {
	g, err := p.graph(ctx, m)
	if err != nil {
		return err
	}
	at := p.at(m)
	if w, ok := wariness(m); ok {
		g = cincinnati.Filter(g, w, at.Unix())
	}
	var out bytes.Buffer
	title := fmt.Sprintf("%s at %s", m.String("basearch"), at.UTC().Format(time.RFC3339))
	o := &view.Options{At: at, Title: title, Expand: m.Has("all")}
	switch {
	case m.Has("svg"):
		err = view.SVG(&out, g, o)
	case m.Has("dot"):
		err = view.DOT(&out, g, o)
	default:
		out.Write(append(g.AppendJSON(nil), '\n'))
	}
	if err != nil {
		return fmt.Errorf("drawing the graph: %w", err)
	}
	_, err = p.stdout.Write(out.Bytes())
	return err
}
