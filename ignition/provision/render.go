package provision

import (
	"context"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"

	"github.com/nestos-dev/nestos/ignition/config"
	"github.com/nestos-dev/nestos/ignition/config/merge"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/provision/internal/state"
	"github.com/nestos-dev/nestos/ignition/resource"
)

// maxDepth and maxConfigs bound configs that refer to configs: one that refers to
// itself would never end. Ignition has no such bounds; nothing sensible comes near.
const (
	maxDepth   = 64
	maxConfigs = 4096
)

var errEmptyReference = errors.New("invalid referenced config: it is empty")

// ReferenceError is a config that refers to another one that cannot be had.
type ReferenceError struct {
	// Entry is the place of the reference, as in "$.ignition.config.merge.0".
	Entry string
	// URL is what it refers to, fit to be shown.
	URL string
	// Err is the cause.
	Err error
}

// Error is the text of the cause.
func (e *ReferenceError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ReferenceError) Unwrap() error { return e.Err }

// renderer merges configs with those that they refer to.
type renderer struct {
	fetcher *resource.Fetcher
	// got is called with each referenced config.
	got func(ref types.Resource, data []byte) (*config.Document, error)
	// count is the number of configs fetched.
	count int
}

func (e *Engine) render(ctx context.Context, cfg types.Config) (types.Config, error) {
	r := &renderer{fetcher: e.fetcher, got: e.gotReferenced}
	return r.render(ctx, cfg, 0)
}

// render returns cfg with everything that it refers to. A config to replace it
// makes the rest of it, and its list of configs to merge, irrelevant.
func (r *renderer) render(ctx context.Context, cfg types.Config, depth int) (types.Config, error) {
	if depth > maxDepth {
		return types.Config{}, fmt.Errorf("configs refer to configs more than %d deep; does one refer to itself?", maxDepth)
	}
	if replace := cfg.Ignition.Config.Replace; replace.Source != nil {
		doc, err := r.fetch(ctx, replace)
		if err != nil {
			return types.Config{}, &ReferenceError{Entry: "$.ignition.config.replace", URL: resource.ShownURL(*replace.Source), Err: err}
		}
		if err := r.fetcher.Configure(ctx, doc.Config.Ignition); err != nil {
			return types.Config{}, err
		}
		return r.render(ctx, doc.Config, depth+1)
	}
	out := cfg
	for i, ref := range cfg.Ignition.Config.Merge {
		doc, err := r.fetch(ctx, ref)
		if err != nil {
			return types.Config{}, &ReferenceError{
				Entry: fmt.Sprintf("$.ignition.config.merge.%d", i), URL: resource.ShownURL(deref(ref.Source)), Err: err,
			}
		}
		settings := merge.Merge(
			types.Config{Ignition: out.Ignition},
			types.Config{Ignition: doc.Config.Ignition})
		if err := r.fetcher.Configure(ctx, settings.Ignition); err != nil {
			return types.Config{}, err
		}
		child, err := r.render(ctx, doc.Config, depth+1)
		if err != nil {
			return types.Config{}, err
		}
		out = merge.Merge(out, child)
	}
	return out, nil
}

func (r *renderer) fetch(ctx context.Context, ref types.Resource) (*config.Document, error) {
	if r.count++; r.count > maxConfigs {
		return nil, fmt.Errorf("more than %d configs refer to each other; does one refer to itself?", maxConfigs)
	}
	if deref(ref.Source) == "" {
		return nil, errors.New("invalid referenced config: source is required")
	}
	// The hash of a config is compared below, after the log tells what was fetched,
	// and exactly, unlike that of a file.
	plain := ref
	plain.Verification = types.Verification{}
	data, err := r.fetcher.FetchBytes(ctx, plain)
	if err != nil {
		return nil, err
	}
	doc, err := r.got(ref, data)
	if errors.Is(err, config.ErrEmpty) && resource.NeedsNetwork(*ref.Source) {
		// Ignition takes this for a machine without any config. An empty answer of a
		// server must not undo the config that refers to it. An empty data URL is
		// its author's own word.
		err = errEmptyReference
	}
	return doc, err
}

// gotReferenced logs, verifies, parses and records a referenced config.
func (e *Engine) gotReferenced(ref types.Resource, data []byte) (*config.Document, error) {
	sum := sha512.Sum512(data)
	source, err := url.Parse(deref(ref.Source))
	if err != nil {
		return nil, err
	}
	name := "a data url"
	if source.Scheme == "data" {
		e.log.Debug("fetched referenced config from data url with SHA512: %s", hex.EncodeToString(sum[:]))
	} else {
		name = resource.ShownURL(source.String())
		e.log.Debug("fetched referenced config at %s with SHA512: %s", name, hex.EncodeToString(sum[:]))
	}
	if err := resource.VerifyExact(ref.Verification, data); err != nil {
		return nil, err
	}
	doc, err := config.ParseDocument(data)
	if doc != nil {
		e.logReport(doc.Report)
	}
	if err != nil {
		if doc != nil && doc.Report.IsFatal() {
			err = &ConfigError{Source: name, Report: doc.Report, Err: err}
		}
		return nil, err
	}
	e.origins.add(name, doc)
	e.state.FetchedConfigs = append(e.state.FetchedConfigs,
		state.FetchedConfig{Kind: "user", Source: source.Path, Referenced: true})
	return doc, nil
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
