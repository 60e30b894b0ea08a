package platform

import (
	"context"
	"errors"
	"fmt"

	"github.com/nestos-dev/nestos/ignition/platform/internal/guestprop"
)

const (
	virtualBoxConfig   = "/Ignition/Config"
	virtualBoxEncoding = "/Ignition/Config/Encoding"
)

// fetchVirtualBox reads a guest property. Encodings are reserved for a future format:
// a config that has one cannot be understood.
func fetchVirtualBox(_ context.Context, e *env) (_ Result, err error) {
	e.log.Debug("reading Ignition config from VirtualBox guest property")
	c, err := e.guestProperties()
	if err != nil {
		return Result{}, fmt.Errorf("fetching VirtualBox guest property %q: %w", virtualBoxEncoding, err)
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	encoding, _, err := property(c, virtualBoxEncoding)
	if err != nil {
		return Result{}, err
	}
	if len(encoding) > 0 {
		return Result{}, fmt.Errorf("unsupported %q value %q", virtualBoxEncoding, encoding)
	}
	raw, ok, err := property(c, virtualBoxConfig)
	if err == nil && !ok {
		e.log.Info("VirtualBox guest property %q does not exist; assuming no config", virtualBoxConfig)
	}
	return Result{Raw: raw}, err
}

// removeVirtualBox deletes the properties.
func removeVirtualBox(_ context.Context, e *env) (err error) {
	e.log.Info("deleting Ignition config from VirtualBox guest property")
	c, err := e.guestProperties()
	if err != nil {
		return fmt.Errorf("deleting VirtualBox guest property %q: %w", virtualBoxEncoding, err)
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	for _, name := range []string{virtualBoxEncoding, virtualBoxConfig} {
		if err := c.Delete(name); err != nil {
			return fmt.Errorf("deleting VirtualBox guest property %q: %w", name, err)
		}
	}
	return nil
}

func (e *env) guestProperties() (*guestprop.Client, error) {
	device, err := e.properties(e.path(guestprop.Path))
	if err != nil {
		return nil, err
	}
	return guestprop.Connect(device)
}

func property(c *guestprop.Client, name string) ([]byte, bool, error) {
	value, ok, err := c.Get(name, MaxConfigSize)
	if err != nil {
		err = fmt.Errorf("fetching VirtualBox guest property %q: %w", name, err)
	}
	return value, ok, err
}
