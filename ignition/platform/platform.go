package platform

import (
	"context"
	"errors"
	"fmt"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/resource"
)

// MaxConfigSize is the size in bytes of the largest config that is taken from a
// platform, after decoding: 64 MiB. Larger ones are ErrTooLarge.
const MaxConfigSize = 64 << 20

// Errors of this package. Those of fetching are in package resource.
var (
	// ErrNoProvider reports that a source of configs is not there: no URL on the
	// kernel command line, or a machine that is not of the platform. After
	// [FetchCmdline] the next source is asked.
	ErrNoProvider = errors.New("config provider was not online")
	// ErrCannotDelete reports a platform whose configs cannot be deleted.
	ErrCannotDelete = errors.New("cannot delete config on this platform")
	// ErrUnknown reports a name that is not in [Names].
	ErrUnknown = errors.New("not a valid platform")
	// ErrTooLarge reports a config larger than MaxConfigSize.
	ErrTooLarge = errors.New("config is too large")
)

// Result is what a platform has for a machine.
type Result struct {
	// Raw is the config, not parsed. Empty means that there is none.
	Raw []byte
	// OutputFiles are to be written by the files stage, with or without a config:
	// the platform gives their contents only once.
	OutputFiles []types.File
}

// Names returns the names of all platforms, sorted.
func Names() []string {
	names := make([]string, len(providers))
	for n, p := range providers {
		names[n] = p.name
	}
	return names
}

// Known tells whether a platform has the name.
func Known(name string) bool {
	_, err := find(name)
	return err == nil
}

// Fetch returns the config that a platform has for this machine. It waits for what
// may still appear (networks, drives), on some platforms until ctx ends. With
// Options.Offline, and Fetcher being offline, platforms that need the network
// answer resource.ErrNeedsNetwork at once.
func Fetch(ctx context.Context, name string, opt *Options) (Result, error) {
	p, err := find(name)
	if err != nil {
		return Result{}, err
	}
	e := newEnv(opt)
	if p.online && e.Offline {
		return Result{}, resource.ErrNeedsNetwork
	}
	return bounded(p.fetch(ctx, e))
}

// FetchCmdline returns the config that the kernel command line names, by
//
//	ignition.config.url=URL
//	ignition.config.device=LABEL ignition.config.path=PATH
//
// and ErrNoProvider if it names none. It has precedence over all other sources.
func FetchCmdline(ctx context.Context, opt *Options) (Result, error) {
	return bounded(fetchCmdline(ctx, newEnv(opt)))
}

// Init prepares the Fetcher for a platform: on aws it tells it the region, if it
// has a method SetRegionHint(string). Other platforms need none. It belongs at the
// beginning of every stage, and may answer resource.ErrNeedsNetwork.
func Init(ctx context.Context, name string, opt *Options) error {
	p, err := find(name)
	if err != nil || p.init == nil {
		return err
	}
	return p.init(ctx, newEnv(opt))
}

// Status tells a platform how a stage ended; a nil outcome is success. Only packet
// wants to know. An error is worth a log line, not a failure of the boot.
func Status(ctx context.Context, name string, opt *Options, stage string, outcome error) error {
	p, err := find(name)
	if err != nil || p.status == nil {
		return err
	}
	return p.status(ctx, newEnv(opt), stage, outcome)
}

// DeleteConfig deletes the machine's config from its platform, so that what runs on
// the machine later cannot read its secrets. Platforms that cannot answer
// ErrCannotDelete.
func DeleteConfig(ctx context.Context, name string, opt *Options) error {
	p, err := find(name)
	if err != nil {
		return err
	}
	if p.remove == nil {
		return ErrCannotDelete
	}
	return p.remove(ctx, newEnv(opt))
}

// find returns a platform by name.
func find(name string) (*provider, error) {
	for n := range providers {
		if providers[n].name == name {
			return &providers[n], nil
		}
	}
	return nil, fmt.Errorf("%s is %w", name, ErrUnknown)
}

// bounded refuses results that are too large.
func bounded(r Result, err error) (Result, error) {
	if err == nil && len(r.Raw) > MaxConfigSize {
		return Result{OutputFiles: r.OutputFiles}, ErrTooLarge
	}
	return r, err
}
