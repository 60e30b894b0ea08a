package main

import (
	"context"
	"encoding/json"

	"github.com/nestos-dev/nestos/internal/clap"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

func explainCommand() *clap.Command {
	args := append(sourceArgs(), nodeArgs()...)
	return &clap.Command{
		Name: "explain", About: "Tell why a node is not offered a release, or when it will be",
		Args: append(args,
			&clap.Arg{Long: "from", Value: "VERSION", Help: "Release that the node runs, by version or payload [default: the oldest]"},
			&clap.Arg{Long: "to", Value: "VERSION", Help: "Release in question, by version or payload [default: the newest]"},
			timeArg("Moment of the question"),
			&clap.Arg{Long: "json", Help: "Answer for machines"}),
		Groups: []clap.Group{sourceGroup(), {ID: "who", Args: []string{"node", "wariness"}, Required: true}},
		Do:     action(explain),
	}
}

func explain(ctx context.Context, p *program, m *clap.Matches) error {
	g, err := p.graph(ctx, m)
	if err != nil {
		return err
	}
	if len(g.Nodes) == 0 {
		return noReleases(m)
	}
	w, _ := wariness(m) // the group is required
	e, err := cincinnati.Explain(cincinnati.Question{
		Graph: g, From: m.String("from"), To: m.String("to"), Wariness: w, At: p.at(m),
	})
	if err != nil {
		return err
	}
	if !m.Has("json") {
		return e.WriteText(p.stdout)
	}
	enc := json.NewEncoder(p.stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(e)
}
