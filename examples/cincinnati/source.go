package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/clap"
	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/cincinnati/view"
)

// maxInput bounds metadata and graphs in bytes.
const maxInput = 64 << 20

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
	client, err := fetch.New(&fetch.Options{ProxyEnv: p.getenv, Retries: 2})
	if err != nil {
		return nil, fmt.Errorf("preparing requests: %w", err)
	}
	defer client.Close()
	if m.Has("url") {
		return askServer(ctx, client, m)
	}
	data, err := load(ctx, client, m.String("releases"))
	if err != nil {
		return nil, err
	}
	index, err := cincinnati.ParseReleaseIndex(data)
	if err != nil {
		return nil, fmt.Errorf("release index %s: %w", m.String("releases"), err)
	}
	updates := &cincinnati.Updates{}
	if m.Has("updates") {
		if data, err = load(ctx, client, m.String("updates")); err != nil {
			return nil, err
		}
		if updates, err = cincinnati.ParseUpdates(data); err != nil {
			return nil, fmt.Errorf("updates metadata %s: %w", m.String("updates"), err)
		}
	}
	scheme := cincinnati.Checksum
	if m.Has("oci") {
		scheme = cincinnati.OCI
	}
	return cincinnati.Build(index, updates, m.String("basearch"), scheme), nil
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

// load reads a file or a URL.
func load(ctx context.Context, client *fetch.Client, name string) ([]byte, error) {
	if !strings.Contains(name, "://") {
		data, err := readFile(name, maxInput)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		return data, nil
	}
	data, _, err := client.GetBytes(ctx, fetch.Request{URL: name, MaxSize: maxInput, AcceptGzip: true})
	return data, err
}

// askServer gets a graph from a server. The wariness "nan", which no throttle is below, makes a policy engine leave
// all edges in.
func askServer(ctx context.Context, client *fetch.Client, m *clap.Matches) (*cincinnati.Graph, error) {
	u, err := url.Parse(m.String("url"))
	if err != nil {
		return nil, fmt.Errorf("--url: %w", err)
	}
	if u.Scheme == "" || u.Host == "" {
		return nil, fmt.Errorf("--url: %q is not the URL of a server, such as http://localhost:8080; files go to --releases", m.String("url"))
	}
	if !strings.HasSuffix(u.Path, "/v1/graph") {
		u = u.JoinPath("v1/graph")
	}
	q := u.Query()
	q.Set("stream", m.String("stream"))
	q.Set("basearch", m.String("basearch"))
	q.Set("rollout_wariness", "nan")
	if m.Has("oci") {
		q.Set("oci", "true")
	}
	u.RawQuery = q.Encode()
	data, err := load(ctx, client, u.String())
	if err != nil {
		return nil, err
	}
	g, err := cincinnati.ParseGraph(data)
	if err != nil {
		return nil, fmt.Errorf("graph of %s: %w", fetch.RedactURL(u.String()), err)
	}
	return g, nil
}
