package provision

import (
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/nestos-dev/nestos/ignition/config"
	"github.com/nestos-dev/nestos/ignition/config/merge"
	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// baseConfig merges the distribution's own fragments: base.d, then those of the
// platform. They are read anew in every stage and never cached.
func (e *Engine) baseConfig() (types.Config, error) {
	cfg, found, rep, err := e.fragments("base.d")
	if err != nil {
		e.logReport(rep)
		return cfg, err
	}
	dir := filepath.Join("base.platform.d", e.opt.Platform)
	more, foundMore, platformReport, err := e.fragments(dir)
	// An error here is only told: a fragment for a platform cannot keep the
	// machine from booting on it, as in Ignition.
	if err != nil {
		e.log.Info("no config at %q: %v", dir, LogText(err))
	}
	rep.Merge(platformReport)
	e.logReport(rep)
	switch {
	case err != nil || !foundMore:
	case found:
		cfg = merge.Merge(cfg, more)
	default:
		cfg = more
	}
	return cfg, nil
}

// fragments merges all files of a directory that exists in any of the config
// directories; of several with the same name, that of the most important one.
func (e *Engine) fragments(dir string) (cfg types.Config, found bool, rep report.Report, err error) {
	cfg = config.NewestEmpty()
	where := map[string]string{}
	for _, top := range e.opt.ConfigDirs {
		path := filepath.Join(top, dir)
		entries, err := os.ReadDir(path)
		if errors.Is(err, fs.ErrNotExist) {
			e.log.Info("no config dir at %q", path)
			continue
		}
		if err != nil {
			return cfg, false, rep, err
		}
		for _, entry := range entries {
			if _, ok := where[entry.Name()]; !ok {
				where[entry.Name()] = filepath.Join(path, entry.Name())
			}
		}
	}
	if len(where) == 0 {
		e.log.Info("no configs found in %q across system config directories", dir)
		return cfg, false, rep, nil
	}
	names := make([]string, 0, len(where))
	for name := range where {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		doc, err := e.readFile(where[name])
		if doc != nil {
			rep.Entries = append(rep.Entries, doc.Report.Entries...)
		}
		if err != nil {
			return cfg, false, rep, &ConfigError{Source: where[name], Report: rep, Err: err}
		}
		cfg = merge.Merge(cfg, doc.Config)
	}
	return cfg, true, rep, nil
}

// readFile reads and parses a config of the system's. One that is not there is
// an fs.ErrNotExist, logged. With other errors the document is its report, if any.
func (e *Engine) readFile(path string) (*config.Document, error) {
	e.log.Info("reading system config file %q", path)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		e.log.Info("no config at %q", path)
		return nil, err
	}
	if err != nil {
		e.log.Err("couldn't read config %q: %v", path, err)
		return nil, err
	}
	return e.parse(data, path)
}

// parse parses a config and remembers where its entries are.
func (e *Engine) parse(data []byte, source string) (*config.Document, error) {
	sum := sha512.Sum512(data)
	e.log.Debug("parsing config with SHA512: %s", hex.EncodeToString(sum[:]))
	doc, err := config.ParseDocument(data)
	if err == nil {
		e.origins.add(source, doc)
	}
	return doc, err
}

// logReport logs findings, errors as critical ones.
func (e *Engine) logReport(r report.Report) {
	for _, entry := range r.Entries {
		switch entry.Kind {
		case report.Error:
			e.log.Crit("%s", entry)
		case report.Warn:
			e.log.Warning("%s", entry)
		default:
			e.log.Info("%s", entry)
		}
	}
}
