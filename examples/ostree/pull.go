package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
)

// pullRun is one execution of the command.
type pullRun struct {
	*command
	o ostree.PullOptions

	disableFsync, disableDeltas, requireDeltas bool
	untrusted, httpTrusted                     bool
	headers, caches                            []string
	frequency, retries                         int
	noRetryAll                                 bool
	lowSpeedLimit, lowSpeedTime                int
	json                                       bool
}

func runPull(ctx context.Context, env *cli.Env, args []string) error {
	c := &pullRun{retries: -1}
	o := &c.o
	c.command = newCommand(ctx, env, "REMOTE [BRANCH...]", "Download data from remote repository",
		cli.Option{Long: "commit-metadata-only", Help: "Fetch only the commit metadata", Value: cli.Bool(&o.CommitOnly)},
		cli.Option{Long: "cache-dir", Help: "Use custom cache dir", Value: cli.Filename(&o.CacheDir)},
		cli.Option{Long: "disable-fsync", Help: "Do not invoke fsync()", Value: cli.Bool(&c.disableFsync)},
		cli.Option{Long: "per-object-fsync", Help: "Perform writes in such a way that avoids stalling concurrent processes", Value: cli.Bool(&o.PerObjectFsync)},
		cli.Option{Long: "disable-static-deltas", Help: "Do not use static deltas", Value: cli.Bool(&c.disableDeltas)},
		cli.Option{Long: "require-static-deltas", Help: "Require static deltas", Value: cli.Bool(&c.requireDeltas)},
		cli.Option{Long: "mirror", Help: "Write refs suitable for a mirror and fetches all refs if none provided", Value: cli.Bool(&o.Mirror)},
		cli.Option{Long: "subpath", Help: "Only pull the provided subpath(s)", Value: cli.Filenames(&o.Subpaths)},
		cli.Option{Long: "untrusted", Help: "Verify checksums of local sources (always enabled for HTTP pulls)", Value: cli.Bool(&c.untrusted)},
		cli.Option{Long: "http-trusted", Help: "Do not verify checksums of HTTP sources (mostly useful when mirroring)", Value: cli.Bool(&c.httpTrusted)},
		cli.Option{Long: "bareuseronly-files", Help: "Reject regular files with mode outside of 0775 (world writable, suid, etc.)", Value: cli.Bool(&o.BareUserOnlyFiles)},
		cli.Option{Long: "dry-run", Help: "Only print information on what will be downloaded (requires static deltas)", Value: cli.Bool(&o.DryRun)},
		cli.Option{Long: "depth", Arg: "DEPTH", Help: "Traverse DEPTH parents (-1=infinite) (default: 0)", Value: cli.Int(&o.Depth)},
		cli.Option{Long: "url", Arg: "URL", Help: "Pull objects from this URL instead of the one from the remote config", Value: cli.String(&o.URL)},
		cli.Option{Long: "http-header", Arg: "NAME=VALUE", Help: "Add NAME=VALUE as HTTP header to all requests", Value: cli.Strings(&c.headers)},
		cli.Option{Long: "update-frequency", Arg: "FREQUENCY", Help: "Sets the update frequency, in milliseconds (0=1000ms) (default: 0)", Value: cli.Int(&c.frequency)},
		cli.Option{Long: "network-retries", Arg: "N", Help: "Specifies how many times each download should be retried upon error (default: 5)", Value: cli.Int(&c.retries)},
		cli.Option{Long: "disable-retry-on-network-errors", Help: "Do not retry when network issues happen, unless they are known to pass", Value: cli.Bool(&c.noRetryAll)},
		cli.Option{Long: "low-speed-limit-bytes", Arg: "N", Help: "Give up on transfers slower than N bytes per second (default: 1000)", Value: cli.Int(&c.lowSpeedLimit)},
		cli.Option{Long: "low-speed-time-seconds", Arg: "N", Help: "How many seconds a transfer may be that slow (default: 30)", Value: cli.Int(&c.lowSpeedTime)},
		cli.Option{Long: "max-outstanding-fetcher-requests", Arg: "N", Help: "How many requests run at the same time (default: 8)", Value: cli.Int(&o.MaxRequests)},
		cli.Option{Long: "localcache-repo", Short: 'L', Arg: "REPO", Help: "Add REPO as local cache source for objects during this pull", Value: cli.Filenames(&c.caches)},
		cli.Option{Long: "timestamp-check", Short: 'T', Help: "Require fetched commits to have newer timestamps", Value: cli.Bool(&o.TimestampCheck)},
		cli.Option{Long: "timestamp-check-from-rev", Help: "Require fetched commits to have newer timestamps than given rev", Value: cli.String(&o.TimestampCheckFromRev)},
		cli.Option{Long: "disable-verify-bindings", Help: "Do not verify commit bindings", Value: cli.Bool(&o.NoVerifyBindings)},
		cli.Option{Long: "append-user-agent", Arg: "TEXT", Help: "Append string to user agent", Hidden: true, Value: cli.String(&o.AppendUserAgent)},
		jsonOption(&c.json))
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	return c.pull(r, rest)
}

func (c *pullRun) pull(r *ostree.Repo, rest []string) error {
	if len(rest) == 0 {
		return c.usage("REMOTE must be specified")
	}
	remote, err := c.translate(rest)
	if err != nil {
		return err
	}
	for _, path := range c.caches {
		cache, err := ostree.Open(path, c.options(path))
		if err != nil {
			return err
		}
		defer cache.Close()
		c.o.LocalCaches = append(c.o.LocalCaches, cache)
	}
	p := c.newPullProgress(time.Duration(c.frequency)*time.Millisecond, c.json)
	c.o.Progress, c.o.OnGPGResult = p.reporter(), p.onGPGResult()
	stats, err := r.Pull(c.ctx, remote, &c.o)
	p.finish()
	if err != nil {
		c.journalFailure(remote, err)
		return err
	}
	if !c.o.DryRun {
		c.journal(remote, stats)
	}
	return c.printStats(stats, c.json)
}

// translate turns what the command line says into the options of the library, and returns the remote.
func (c *pullRun) translate(rest []string) (remote string, err error) {
	o := &c.o
	switch {
	case o.DryRun && !c.requireDeltas:
		return "", errors.New("--dry-run requires --require-static-deltas")
	case c.disableDeltas && c.requireDeltas:
		return "", errors.New("Cannot specify both --disable-static-deltas and --require-static-deltas")
	case c.frequency < 0:
		return "", errors.New("--update-frequency must not be negative")
	}
	o.Deltas = deltaPolicy(c.disableDeltas, c.requireDeltas)
	o.NoFsync = c.disableFsync
	// Whoever asks for both wants the careful way.
	o.Untrusted, o.TrustedHTTP = c.untrusted, c.httpTrusted && !c.untrusted
	c.network(o)
	if c.retries >= 0 {
		o.Retries = orNever(c.retries)
	}
	o.RetryAll = !c.noRetryAll
	o.LowSpeedLimit, o.LowSpeedTime = int64(c.lowSpeedLimit), time.Duration(c.lowSpeedTime)*time.Second
	if o.Header, err = parseHeaders(c.headers); err != nil {
		return "", err
	}
	if !strings.Contains(rest[0], ":") {
		o.Refs = rest[1:]
		return rest[0], nil
	}
	remote, ref, err := ostree.ParseRefspec(rest[0])
	o.Refs = []string{ref}
	return remote, err
}

// orNever is a number of retries as the library takes it, where 0 stands for the default.
func orNever(n int) int {
	if n == 0 {
		return -1
	}
	return n
}

func deltaPolicy(disabled, required bool) ostree.DeltaPolicy {
	switch {
	case required:
		return ostree.DeltasRequired
	case disabled:
		return ostree.DeltasDisabled
	}
	return ostree.DeltasAllowed
}

// network sets what the environment says of HTTP.
func (c *command) network(o *ostree.PullOptions) {
	o.ProxyEnv = c.env.Lookup
	if c.env.Lookup("OSTREE_DEBUG_HTTP") != "" {
		o.HTTPTrace = traceTo(c.env.Stderr)
	}
}

func parseHeaders(list []string) (http.Header, error) {
	if len(list) == 0 {
		return nil, nil
	}
	h := http.Header{}
	for _, s := range list {
		key, value, ok := strings.Cut(s, "=")
		if !ok {
			return nil, errors.New("Missing '=' in --http-header")
		}
		h.Add(key, value)
	}
	return h, nil
}
