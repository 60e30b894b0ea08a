package installer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/installer/config"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/fetch"
)

// ignitionLimit bounds an Ignition config. It is held in memory, since it is read twice
// and the boot file system could not take more either.
const ignitionLimit = 64 << 20

// ignitionConfig is the config to write to the boot file system.
type ignitionConfig struct {
	data []byte
	hash config.Hash // zero if none was demanded
}

// checkHash compares the config with the digest that the user gave.
func (c *ignitionConfig) checkHash() error {
	if c.hash.IsZero() {
		return nil
	}
	if err := c.hash.CheckReader(bytes.NewReader(c.data)); err != nil {
		return fmt.Errorf("failed to validate Ignition configuration digest: %w", err)
	}
	return nil
}

// loadIgnition reads or fetches the config that the options name; nil if they name none.
// It must be JSON; what it says is the business of Ignition on the machine.
func (c *Common) loadIgnition(ctx context.Context, o *config.Config) (*ignitionConfig, error) {
	file, link := o.IgnitionFile, o.IgnitionURL
	if isWebURL(file) {
		if link != "" {
			return nil, errors.New("both --ignition-file and --ignition-url name an Ignition config")
		}
		file, link = "", file // the manual of NestOS has URLs there
	}
	conf := &ignitionConfig{}
	if o.IgnitionHash != "" {
		h, err := config.ParseHash(o.IgnitionHash)
		if err != nil {
			return nil, fmt.Errorf("Ignition hash %q: %w", o.IgnitionHash, err)
		}
		conf.hash = h
	}
	var err error
	switch {
	case file != "":
		conf.data, err = readIgnition(file)
	case link != "":
		conf.data, err = c.fetchIgnition(ctx, link, !conf.hash.IsZero() || o.InsecureIgnition, o.FetchRetries)
	case o.IgnitionHash != "":
		return nil, errors.New("an Ignition hash was given, but no Ignition config")
	default:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := parseJSON(conf.data); err != nil {
		return nil, fmt.Errorf("parsing specified Ignition config: %w", err)
	}
	return conf, nil
}

func readIgnition(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("opening source Ignition config %s: %w", file, errno.Bare(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, ignitionLimit+1))
	if err != nil {
		return nil, fmt.Errorf("reading source Ignition config %s: %w", file, errno.Bare(err))
	}
	if len(data) > ignitionLimit {
		return nil, fmt.Errorf("source Ignition config %s is larger than %d bytes", file, ignitionLimit)
	}
	return data, nil
}

func isWebURL(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}

func (c *Common) fetchIgnition(ctx context.Context, link string, allowHTTP bool, retries config.Retries) ([]byte, error) {
	u, err := url.Parse(link)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // which does not repeat the URL with its password
		}
		return nil, fmt.Errorf("parsing Ignition URL: %w", err)
	}
	switch u.Scheme {
	case "https":
	case "http":
		if !allowHTTP {
			return nil, errors.New("refusing to fetch Ignition config over HTTP without --ignition-hash or --insecure-ignition")
		}
	default:
		return nil, fmt.Errorf("unknown protocol for URL '%s'", fetch.RedactURL(link))
	}
	client := c.client(retries)
	defer client.Close()
	data, err := client.Bytes(ctx, link, ignitionLimit)
	if err != nil {
		return nil, fmt.Errorf("fetching source Ignition config from %s: %w", fetch.RedactURL(link), err)
	}
	return data, nil
}

// parseJSON accepts one JSON value of any kind.
func parseJSON(data []byte) error {
	if !utf8.Valid(data) {
		return errors.New("invalid unicode code point")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	var v json.RawMessage
	if err := d.Decode(&v); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("EOF while parsing a value")
		}
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("trailing characters after byte %d", d.InputOffset())
	}
	return nil
}
