package platform

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/resource"
)

// Arguments of the kernel command line.
const (
	urlArgument    = "ignition.config.url"
	deviceArgument = "ignition.config.device"
	pathArgument   = "ignition.config.path"
)

// pointers are where the kernel command line says that the config is.
type pointers struct {
	url    string
	device string // label
	path   string
}

func fetchCmdline(ctx context.Context, e *env) (Result, error) {
	raw, err := readFile(e.Cmdline)
	if err != nil {
		e.log.Err("couldn't read cmdline: %v", err)
		return Result{}, err
	}
	p := e.parseCmdline(string(raw))
	switch {
	case p.url != "":
		if p.device != "" || p.path != "" {
			e.log.Warning("%q takes precedence; ignoring %q and %q", urlArgument, deviceArgument, pathArgument)
		}
		return e.fetchURL(ctx, p.url)
	case p.device != "" && p.path != "":
		return e.fetchLabelled(ctx, p.device, p.path)
	case p.device != "" || p.path != "":
		return Result{}, fmt.Errorf("both %q and %q must be provided together", deviceArgument, pathArgument)
	}
	return Result{}, ErrNoProvider
}

// argumentNames are the arguments in Ignition's log.
var argumentNames = map[string]string{
	urlArgument: "url", deviceArgument: "device label", pathArgument: "user data path",
}

// parseCmdline reads the arguments. White space separates them, always: there are no
// quotes. The last of several counts; an empty value, or a URL that is none, does not.
func (e *env) parseCmdline(line string) (p pointers) {
	for argument := range strings.FieldsSeq(line) {
		name, value, ok := strings.Cut(argument, "=")
		if what := argumentNames[name]; ok && what != "" && value == "" {
			e.log.Info("%s flag found but no value provided", what)
			continue
		}
		switch {
		case !ok:
		case name == deviceArgument:
			p.device = value
		case name == pathArgument:
			p.path = value
		case name == urlArgument:
			// The error of url.Parse repeats parts of the URL, which may be secret.
			if _, err := url.Parse(value); err != nil {
				e.log.Err("failed to parse url: invalid syntax")
				continue
			}
			p.url = value
		}
	}
	return p
}

// fetchURL gets a config from anywhere. All failures are final: the machine was told
// that its config is there.
func (e *env) fetchURL(ctx context.Context, raw string) (Result, error) {
	if e.Offline && resource.NeedsNetwork(raw) {
		return Result{}, resource.ErrNeedsNetwork
	}
	config, err := e.Fetcher.FetchBytes(ctx, types.Resource{Source: &raw})
	return Result{Raw: config}, err
}

// fetchLabelled reads a config from a file of a file system.
func (e *env) fetchLabelled(ctx context.Context, label, name string) (Result, error) {
	if label == "." || label == ".." || strings.ContainsRune(label, '/') {
		return Result{}, fmt.Errorf("invalid device label %q", label)
	}
	given := name
	name = path.Clean("/" + name)
	device := e.label(label)
	if err := e.awaitDriveFor(ctx, device, drivePatience); err != nil {
		if ctx.Err() != nil {
			return Result{}, fmt.Errorf("waiting for %q: %w", device, err)
		}
		return Result{}, fmt.Errorf("device %q did not appear within timeout", label)
	}
	raw, err := e.readDrive(ctx, device, func(v *volume) ([]byte, error) {
		raw, ok, err := v.read(name)
		if err == nil && !ok {
			err = fmt.Errorf("config file %q not found on device %q", given, label)
		}
		return raw, err
	})
	return Result{Raw: raw}, err
}
