package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// MaxSize bounds each document, in bytes.
const MaxSize = 64 << 20

// Source says which graph: that of Releases, or that of the server at URL.
type Source struct {
	// Releases is the release index, Updates the updates metadata of its stream: the name of a file, or a URL of http,
	// https or file. Without Updates there are no rollouts and barriers, to which all edges lead.
	Releases, Updates string
	// URL is that of a server, in place of these. The path of the protocol, /v1/graph, is added when it is missing.
	URL string
	// Stream is asked for at the server; Releases has only one.
	Stream string
	// Basearch is the architecture, such as x86_64.
	Basearch string
	// Scheme is the kind of payload; empty means [cincinnati.Checksum].
	Scheme cincinnati.Scheme
}

// Options is what loading takes from its surroundings. The zero value, or nil, is right for a program without proxy.
type Options struct {
	// ProxyEnv looks up http_proxy and its kin, as os.Getenv does; nil means no proxy.
	ProxyEnv func(name string) string
	// Retries is how often a request is repeated after a transient failure; 0 means 2, negative never.
	Retries int
}

// ErrNotServer is in the error about a URL that cannot be a server's.
var ErrNotServer = errors.New("not the URL of a server, such as http://localhost:8080")

// Load gets the graph of a source. One without releases, for an architecture that there is not, is no error unless the
// server makes it one.
func Load(ctx context.Context, from *Source, o *Options) (*cincinnati.Graph, error) {
	if o == nil {
		o = &Options{}
	}
	switch {
	case from.URL == "" && from.Releases == "":
		return nil, errors.New("neither a release index nor a server to get a graph from")
	case from.URL != "" && (from.Releases != "" || from.Updates != ""):
		return nil, errors.New("both release metadata and a server to get a graph from")
	case from.Scheme != "" && from.Scheme != cincinnati.Checksum && from.Scheme != cincinnati.OCI:
		return nil, fmt.Errorf("%q is no kind of payload", from.Scheme)
	}
	client, err := fetch.New(&fetch.Options{ProxyEnv: o.ProxyEnv, Retries: cmp.Or(o.Retries, 2)})
	if err != nil {
		return nil, fmt.Errorf("preparing requests: %w", err)
	}
	defer client.Close()
	if from.URL != "" {
		return from.ask(ctx, client)
	}
	return from.build(ctx, client)
}

func (s *Source) build(ctx context.Context, client *fetch.Client) (*cincinnati.Graph, error) {
	data, err := load(ctx, client, s.Releases)
	if err != nil {
		return nil, err
	}
	index, err := cincinnati.ParseReleaseIndex(data)
	if err != nil {
		return nil, fmt.Errorf("release index %s: %w", shown(s.Releases), err)
	}
	updates := &cincinnati.Updates{}
	if s.Updates != "" {
		if data, err = load(ctx, client, s.Updates); err != nil {
			return nil, err
		}
		if updates, err = cincinnati.ParseUpdates(data); err != nil {
			return nil, fmt.Errorf("updates metadata %s: %w", shown(s.Updates), err)
		}
	}
	return cincinnati.Build(index, updates, s.Basearch, cmp.Or(s.Scheme, cincinnati.Checksum)), nil
}

// ask gets a graph from a server. The wariness "nan", which no throttle is below, makes a policy engine leave all edges
// in.
func (s *Source) ask(ctx context.Context, client *fetch.Client) (*cincinnati.Graph, error) {
	u, err := url.Parse(s.URL)
	if err != nil {
		return nil, err
	}
	if u.Scheme == "" || u.Host == "" {
		return nil, fmt.Errorf("%q is %w", s.URL, ErrNotServer)
	}
	if !strings.HasSuffix(u.Path, "/v1/graph") {
		u = u.JoinPath("v1/graph")
	}
	q := u.Query()
	q.Set("stream", s.Stream)
	q.Set("basearch", s.Basearch)
	q.Set("rollout_wariness", "nan")
	if s.Scheme == cincinnati.OCI {
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

func isURL(name string) bool { return strings.Contains(name, "://") }

// shown is the name of a file or URL for messages.
func shown(name string) string {
	if isURL(name) {
		return fetch.RedactURL(name)
	}
	return name
}

// load reads a file or a URL.
func load(ctx context.Context, client *fetch.Client, name string) ([]byte, error) {
	if !isURL(name) {
		data, err := readFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		return data, nil
	}
	data, _, err := client.GetBytes(ctx, fetch.Request{URL: name, MaxSize: MaxSize, AcceptGzip: true})
	return data, err
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxSize {
		return nil, fmt.Errorf("larger than %d bytes", MaxSize)
	}
	return data, nil
}
