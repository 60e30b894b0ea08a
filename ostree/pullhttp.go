package ostree

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/internal/keyfile"
)

// DefaultUserAgent is the User-Agent header of requests: that of the implementation whose protocol
// this is, since servers and their statistics know it.
const DefaultUserAgent = "libostree/2026.4"

func isFileURL(s string) bool { return strings.HasPrefix(s, "file://") }

// fileURL returns the file:// URL of a path.
func fileURL(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return (&url.URL{Scheme: "file", Path: abs}).String(), nil
}

// localPath is the path of a file:// URL.
func localPath(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Path == "" {
		return "", fmt.Errorf("Invalid URI %s", fetch.RedactURL(s))
	}
	return u.Path, nil
}

// httpOptions are the settings that pulls and the fetches of single files share.
func (o *PullOptions) httpOptions() *fetch.Options {
	f := &fetch.Options{UserAgent: o.UserAgent, Header: o.Header, MaxConcurrent: o.MaxRequests, Retries: o.Retries, RetryAll: o.RetryAll,
		LowSpeedLimit: o.LowSpeedLimit, LowSpeedTime: o.LowSpeedTime, ProxyEnv: o.ProxyEnv, Trace: o.HTTPTrace}
	if f.UserAgent == "" {
		f.UserAgent = DefaultUserAgent
	}
	if o.AppendUserAgent != "" {
		f.UserAgent += " " + o.AppendUserAgent
	}
	if f.Header != nil {
		f.Header = http.Header(f.Header).Clone()
	}
	return f
}

// newClient makes the HTTP client for a remote from its configuration; remote may be nil.
func (r *Repo) newClient(remote *Remote, f *fetch.Options) (*fetch.Client, error) {
	if remote != nil {
		if err := remote.transportOptions(f); err != nil {
			return nil, err
		}
		cookies, err := r.Cookies(remote.Name)
		if err != nil {
			return nil, err
		}
		f.Cookies = cookies
	}
	return fetch.New(f)
}

// transportOptions reads what the remote's configuration says of proxies and TLS.
func (m *Remote) transportOptions(f *fetch.Options) error {
	http2, err := m.Bool("http2", true)
	if err != nil {
		return err
	}
	f.DisableHTTP2 = !http2
	if f.TLS.Permissive, err = m.Bool("tls-permissive", false); err != nil {
		return err
	}
	for _, o := range []struct {
		key string
		dst *string
	}{{"proxy", &f.Proxy}, {"tls-ca-path", &f.TLS.CAFile}, {"tls-client-cert-path", &f.TLS.CertFile}, {"tls-client-key-path", &f.TLS.KeyFile}} {
		if *o.dst, _, err = m.Option(o.key); err != nil {
			return err
		}
	}
	if (f.TLS.CertFile == "") != (f.TLS.KeyFile == "") {
		return fmt.Errorf("Remote \"%s\" must specify both \"tls-client-cert-path\" and \"tls-client-key-path\"", m.Name)
	}
	return nil
}

// usable refuses remotes that say of themselves that nothing can be fetched from them.
func (m *Remote) usable() error {
	if s, ok, err := m.Option("unconfigured-state"); err != nil {
		return err
	} else if ok && s != "" {
		return fmt.Errorf("remote unconfigured-state: %s", s)
	}
	if s, ok, err := m.Option("custom-backend"); err != nil {
		return err
	} else if ok && s != "" {
		return fmt.Errorf("Cannot fetch via libostree - remote '%s' uses custom backend '%s'", m.Name, s)
	}
	return nil
}

// serverConfig is what a pull needs to know of the remote repository's configuration.
type serverConfig struct {
	loaded        bool
	tombstones    bool
	indexedDeltas bool
}

// prepare finds out where the objects come from and which commits are wanted.
func (p *puller) prepare(ctx context.Context) error {
	if p.remote != nil {
		if err := p.remote.usable(); err != nil {
			return err
		}
	}
	if err := p.prepareVerification(ctx); err != nil {
		return err
	}
	if err := p.connect(ctx); err != nil {
		return err
	}
	if err := p.prepareDeltas(); err != nil {
		return err
	}
	if err := p.chooseRefs(ctx); err != nil {
		return err
	}
	if rev := p.opts.TimestampCheckFromRev; rev != "" {
		c, err := p.repo.ResolveRev(rev)
		if err != nil {
			return err
		}
		if p.notBefore, err = p.repo.LoadCommit(c); err != nil {
			return err
		}
	}
	return nil
}

// connect settles the URLs to fetch from, or opens the local repository that a URL names.
func (p *puller) connect(ctx context.Context) error {
	if p.local != nil {
		return nil
	}
	client, err := p.repo.newClient(p.remote, p.opts.httpOptions())
	if err != nil {
		return err
	}
	p.client = client
	base, err := p.baseURL()
	if err != nil {
		return err
	}
	if link, ok := strings.CutPrefix(base, "metalink="); ok {
		if err := p.followMetalink(ctx, link); err != nil {
			return err
		}
	} else if p.meta, err = resolveMirrors(ctx, p.client, base); err != nil {
		return err
	}
	p.content = p.meta
	if p.remote != nil && p.opts.URL == "" {
		s, ok, err := p.remote.Option("contenturl")
		if err != nil {
			return err
		}
		if ok {
			if p.content, err = resolveMirrors(ctx, p.client, s); err != nil {
				return err
			}
		}
	}
	if isFileURL(p.meta[0]) && p.opts.Deltas != DeltasRequired {
		return p.openLocal(p.meta[0])
	}
	return nil
}

func (p *puller) openLocal(url string) error {
	path, err := localPath(url)
	if err != nil {
		return err
	}
	src, err := Open(path, &Options{Logger: p.repo.opts.Logger, BootID: p.repo.opts.BootID, NoCache: true})
	if err != nil {
		return err
	}
	p.local, p.ownsLocal = src, true
	return nil
}

func (p *puller) baseURL() (string, error) {
	if p.opts.URL != "" {
		return p.opts.URL, nil
	}
	if p.remote == nil {
		return p.meta[0], nil
	}
	return p.remote.URL()
}

// resolveMirrors turns a URL, which may be "mirrorlist=URL", into base URLs.
func resolveMirrors(ctx context.Context, client *fetch.Client, base string) ([]string, error) {
	list, ok := strings.CutPrefix(base, "mirrorlist=")
	if !ok {
		return []string{base}, checkScheme(base)
	}
	data, _, err := client.GetBytes(ctx, fetch.Request{URL: list, MaxSize: 1 << 20})
	if err != nil {
		return nil, err
	}
	var out []string
	for _, url := range parseMirrorlist(data) {
		if len(out) > 0 || answers(ctx, client, url) {
			out = append(out, url)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("No valid mirrors were found in mirrorlist '%s'", fetch.RedactURL(list))
	}
	return out, nil
}

// parseMirrorlist returns the web addresses in a list of one per line; comments and whatever else is skipped.
func parseMirrorlist(data []byte) []string {
	var out []string
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "http://") || strings.HasPrefix(line, "https://") {
			out = append(out, line)
		}
	}
	return out
}

// answers tells whether a mirror is a repository that can be reached.
func answers(ctx context.Context, client *fetch.Client, base string) bool {
	_, _, err := client.GetBytes(ctx, fetch.Request{URL: "config", Mirrors: []string{base}, NoRetry: true})
	return err == nil
}

func checkScheme(s string) error {
	scheme, _, ok := strings.Cut(s, "://")
	switch {
	case !ok:
		return fmt.Errorf("Failed to parse uri: %s", fetch.RedactURL(s))
	case scheme == "http", scheme == "https", scheme == "file":
		return nil
	}
	return fmt.Errorf("Invalid URI scheme in %s", fetch.RedactURL(s))
}

// fetchOptional gets a file that may be missing, which gives nil.
func (p *puller) fetchOptional(ctx context.Context, mirrors []string, path string, limit int64) ([]byte, error) {
	data, _, err := p.client.GetBytes(ctx, fetch.Request{URL: path, Mirrors: mirrors, MaxSize: limit})
	if errors.Is(err, fetch.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if data == nil {
		data = []byte{}
	}
	return data, nil
}

// loadServerConfig reads the remote repository's configuration once.
func (p *puller) loadServerConfig(ctx context.Context) error {
	if p.server.loaded {
		return nil
	}
	if p.local != nil {
		c := p.local.Config()
		p.server = serverConfig{true, c.TombstoneCommits, c.IndexedDeltas}
		return nil
	}
	data, _, err := p.client.GetBytes(ctx, fetch.Request{URL: "config", Mirrors: p.meta, MaxSize: 16 << 20})
	if err != nil {
		return err
	}
	f, err := keyfile.Parse(data)
	if err != nil {
		return fmt.Errorf("Parsing config: %w", err)
	}
	reader := configReader{f: f}
	mode := reader.text("mode", "bare")
	p.server = serverConfig{true, reader.bool("tombstone-commits", false), reader.bool("indexed-deltas", false)}
	if reader.err != nil {
		return reader.err
	}
	if mode != "archive" && mode != "archive-z2" {
		return fmt.Errorf("Can't pull from archives with mode \"%s\"", mode)
	}
	return nil
}
