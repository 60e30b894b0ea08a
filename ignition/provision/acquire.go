package provision

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/platform"
	"github.com/nestos-dev/nestos/ignition/provision/internal/state"
	"github.com/nestos-dev/nestos/ignition/resource"
	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/journal"
)

// acquire returns the user's config, rendered. The fetch stages write it to the cache.
func (e *Engine) acquire(ctx context.Context, stage Stage) (types.Config, error) {
	if !stage.fetches() {
		e.origins.load(e.originsFile())
		return e.cachedConfig(ctx)
	}
	cfg, err := e.acquireFromSource(ctx)
	if err == nil {
		e.journalConfigs()
	}
	return cfg, err
}

func (e *Engine) acquireFromSource(ctx context.Context) (types.Config, error) {
	// No config can say yet how long to wait, or which proxy to use.
	seconds := int(e.opt.FetchTimeout.Seconds())
	first := types.Ignition{Timeouts: types.Timeouts{HTTPTotal: &seconds}}
	if err := e.configure(ctx, first); err != nil {
		return types.Config{}, err
	}
	cfg, err := e.fetchAndRender(ctx)
	switch {
	case errors.Is(err, config.ErrEmpty):
		e.log.Info("%v: provider config was empty, continuing with empty cache config", LogText(err))
		cfg = config.NewestEmpty()
	case errors.Is(err, resource.ErrNeedsNetwork):
		e.log.Info("failed to fetch config: %s", LogText(err))
		return cfg, err
	case err != nil:
		e.log.Warning("failed to fetch config: %s", LogText(err))
		return cfg, err
	}
	if err := e.configure(ctx, cfg.Ignition); err != nil {
		return cfg, err
	}
	if err := e.embedAuthorities(ctx, &cfg); err != nil {
		e.log.Crit("error handling CAs: %v", err)
		return cfg, err
	}
	// Merging valid configs can give an invalid one.
	rep := config.Validate(&cfg, config.Newest, &config.ValidateOptions{NoDuplicates: true})
	e.logReport(rep)
	if rep.IsFatal() {
		e.log.Crit("merging configs resulted in an invalid config")
		return cfg, &ConfigError{Report: rep, Err: config.ErrInvalid}
	}
	return cfg, e.writeCache(&cfg)
}

// givenConfig names a config that the caller gave.
const givenConfig = "config"

// fetchAndRender gets the config from the first source that has a say: the caller, kernel
// command line, the system's directories, the platform.
func (e *Engine) fetchAndRender(ctx context.Context) (types.Config, error) {
	doc, provider, err := e.fetchUser(ctx)
	if doc != nil {
		e.logReport(doc.Report)
	}
	if err != nil {
		if doc != nil && doc.Report.IsFatal() {
			err = &ConfigError{Source: provider, Report: doc.Report, Err: err}
		}
		return types.Config{}, err
	}
	e.state.FetchedConfigs = append(e.state.FetchedConfigs, state.FetchedConfig{Kind: "user", Source: provider})
	if err := e.fetcher.Configure(ctx, doc.Config.Ignition); err != nil {
		return types.Config{}, err
	}
	return e.render(ctx, doc.Config)
}

func (e *Engine) fetchUser(ctx context.Context) (*config.Document, string, error) {
	if e.opt.Config != nil {
		return e.parseResult(platform.Result{Raw: e.opt.Config}, nil, givenConfig)
	}
	result, err := platform.FetchCmdline(ctx, &e.platform)
	if !errors.Is(err, platform.ErrNoProvider) {
		return e.parseResult(result, err, "cmdline")
	}
	for _, dir := range e.opt.ConfigDirs {
		doc, err := e.readFile(filepath.Join(dir, "user.ign"))
		if !errors.Is(err, fs.ErrNotExist) {
			return doc, "system", err
		}
	}
	result, err = platform.Fetch(ctx, e.opt.Platform, &e.platform)
	if err == nil {
		e.state.ProviderOutputFiles = result.OutputFiles
	}
	return e.parseResult(result, err, e.opt.Platform)
}

func (e *Engine) parseResult(r platform.Result, err error, provider string) (*config.Document, string, error) {
	if err != nil {
		return nil, provider, err
	}
	doc, err := e.parse(r.Raw, provider)
	return doc, provider, err
}

func (e *Engine) configure(ctx context.Context, ign types.Ignition) error {
	err := e.fetcher.Configure(ctx, ign)
	if err != nil {
		e.log.Crit("failed to update timeouts and CAs for fetcher: %v", err)
	}
	return err
}

// embedAuthorities replaces the sources of certificates by the certificates, so
// that later stages trust the same ones and need no network to know them.
func (e *Engine) embedAuthorities(ctx context.Context, cfg *types.Config) error {
	cas := cfg.Ignition.Security.TLS.CertificateAuthorities
	for i := range cas {
		data, err := e.fetcher.FetchCA(ctx, cas[i])
		if err != nil {
			return err
		}
		source := encodeDataURL(data)
		cas[i].Source, cas[i].HTTPHeaders, cas[i].Compression = &source, nil, nil
	}
	return nil
}

func (e *Engine) writeCache(cfg *types.Config) error {
	data, err := config.Marshal(cfg)
	if err != nil {
		e.log.Crit("failed to marshal cached config: %v", err)
		return err
	}
	if err := os.MkdirAll(filepath.Dir(e.opt.ConfigCache), 0o755); err != nil {
		e.log.Crit("failed to write cached config: %v", err)
		return err
	}
	// First the file that only messages need: whoever sees the cache sees it too.
	if err := e.origins.save(e.originsFile()); err != nil {
		e.log.Info("failed to write positions of config entries: %v", err)
	}
	if err := atomicfile.WriteFile(e.opt.ConfigCache, data, 0o640, nil); err != nil {
		e.log.Crit("failed to write cached config: %v", err)
		return err
	}
	return nil
}

// journalConfigs tells the journal which configs took part; login banners are
// made from these entries.
func (e *Engine) journalConfigs() {
	if !socketExists(e.opt.Settings.JournalSocket) {
		return
	}
	for _, c := range e.state.FetchedConfigs {
		referenced := ""
		if c.Referenced {
			referenced = "referenced "
		}
		err := journal.Send(e.opt.Settings.JournalSocket,
			journal.Field{Name: "MESSAGE", Value: fmt.Sprintf("fetched %s%s config from %q", referenced, c.Kind, c.Source)},
			journal.Field{Name: "PRIORITY", Value: "6"},
			journal.Field{Name: "MESSAGE_ID", Value: "57124006b5c94805b77ce473e92a8aeb"},
			journal.Field{Name: "IGNITION_CONFIG_TYPE", Value: c.Kind},
			journal.Field{Name: "IGNITION_CONFIG_SRC", Value: c.Source},
			journal.Field{Name: "IGNITION_CONFIG_REFERENCED", Value: strconv.FormatBool(c.Referenced)},
		)
		if err != nil {
			e.log.Info("failed to log systemd journal entry: %v", err)
		}
	}
}

// encodeDataURL is the form in which Ignition itself writes data URLs: with the
// media type that the bytes look like, in base64.
func encodeDataURL(data []byte) string {
	mediaType := strings.ReplaceAll(http.DetectContentType(data), "; ", ";")
	return "data:" + mediaType + ";base64," + base64.StdEncoding.EncodeToString(data)
}
