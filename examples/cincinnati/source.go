package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nestos-dev/nestos/internal/clap"
	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/cincinnati/source"
	"github.com/nestos-dev/nestos/zincati/cincinnati/view"
)

// sourceArgs say where a graph comes from: from metadata or from a server.
func sourceArgs() []*clap.Arg {
	return []*clap.Arg{
		{Long: "releases", Value: "FILE|URL", Help: "Release index to build the graph from", Conflicts: []string{"url"}},
		{Long: "updates", Value: "FILE|URL", Help: "Updates metadata of the stream", Conflicts: []string{"url"}},
		{Long: "url", Value: "URL", Help: "A running server to ask for the graph instead"},
		{Long: "stream", Value: "NAME", Default: "stable", Help: "Stream to ask the server for"},
		{Long: "basearch", Value: "ARCH", Default: "x86_64", Help: "Architecture"},
		{Long: "oci", Help: "The graph of images rather than of commits"},
	}
}

// sourceGroup demands one of the sources.
func sourceGroup() clap.Group {
	return clap.Group{ID: "source", Args: []string{"releases", "url"}, Required: true}
}

// nodeArgs say which node looks at the graph.
func nodeArgs() []*clap.Arg {
	return []*clap.Arg{
		{Long: "node", Value: "ID", Help: "Node id, from which the wariness follows", Conflicts: []string{"wariness"}},
		{Long: "wariness", Value: "W", AllowHyphen: true, Parse: parseWariness, Help: "Wariness of the node, 0 to 1"},
	}
}

// timeArg is a moment.
func timeArg(help string) *clap.Arg {
	return &clap.Arg{Long: "at", Value: "TIME", Help: help + ": RFC 3339, a date, or Unix seconds [default: now]", Parse: parseTime}
}

func parseWariness(text string) (any, error) {
	w, ok := cincinnati.ParseWariness(text)
	if !ok {
		return nil, errors.New("not a number")
	}
	return w, nil
}

func parseTime(text string) (any, error) {
	t, err := view.ParseTime(text)
	if err == nil && t.IsZero() {
		err = errors.New("empty")
	}
	return t, err
}

// at is the moment asked for, or now.
func (p *program) at(m *clap.Matches) time.Time {
	if m.Has("at") {
		return clap.Value[time.Time](m, "at")
	}
	return p.now()
}

// wariness is that of the node asked for; false if the command line names none.
func wariness(m *clap.Matches) (float64, bool) {
	switch {
	case m.Has("wariness"):
		return clap.Value[float64](m, "wariness"), true
	case m.Has("node"):
		return cincinnati.Wariness(m.String("node")), true
	}
	return 0, false
}

// graph gets the graph asked for, with its rollouts unthrottled.
func (p *program) graph(ctx context.Context, m *clap.Matches) (*cincinnati.Graph, error) {
	from := &source.Source{
		Releases: m.String("releases"), Updates: m.String("updates"),
		URL: m.String("url"), Stream: m.String("stream"), Basearch: m.String("basearch"),
	}
	if m.Has("oci") {
		from.Scheme = cincinnati.OCI
	}
	g, err := source.Load(ctx, from, &source.Options{ProxyEnv: p.getenv})
	if errors.Is(err, source.ErrNotServer) {
		err = fmt.Errorf("--url: %w; files go to --releases", err)
	}
	return g, err
}

// noReleases is the error about an empty graph.
func noReleases(m *clap.Matches) error {
	from := m.String("releases")
	if m.Has("url") {
		from = fetch.RedactURL(m.String("url"))
	}
	what := "--basearch " + m.String("basearch")
	if m.Has("oci") {
		what += " --oci"
	}
	if m.Has("url") {
		what += " --stream " + m.String("stream")
	}
	return fmt.Errorf("%s has no releases for %s", from, what)
}
