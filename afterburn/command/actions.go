package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/nestos-dev/nestos/afterburn"
	"github.com/nestos-dev/nestos/afterburn/systemd"
	"github.com/nestos-dev/nestos/internal/clap"
)

// provider is the id of the provider that the command line or the kernel's names.
func (c *call) provider(o *afterburn.Options) (string, error) {
	if c.Has("provider") {
		return c.String("provider"), nil
	}
	return afterburn.PlatformID(o.Root)
}

func multi(ctx context.Context, c *call) error {
	if limit := time.Duration(clap.Value[uint64](c.Matches, "timeout")) * time.Second; limit > 0 {
		expired := fmt.Errorf("not done within %v", limit)
		limited, cancel := context.WithTimeoutCause(ctx, limit, expired)
		defer cancel()
		defer context.AfterFunc(limited, c.expired)()
		err := work(limited, c)
		if err != nil && errors.Is(context.Cause(limited), expired) && !errors.Is(err, expired) {
			return fmt.Errorf("%w: %w", expired, err) // what failed does not know why
		}
		return err
	}
	return work(ctx, c)
}

func work(ctx context.Context, c *call) error {
	o := c.options()
	id, err := c.provider(o)
	if err != nil {
		return err
	}
	if err := c.empty(); err != nil {
		if !slices.Contains(afterburn.Providers(), id) {
			err = fmt.Errorf("fetching metadata from provider: %w", &afterburn.UnknownProviderError{ID: id})
		}
		return err
	}
	w := afterburn.Work{
		Provider: id, Attributes: c.String("attributes"), SSHKeysUser: c.String("ssh-keys"), Hostname: c.String("hostname"),
		NetworkUnits: c.dir("network-units"), Netplan: c.dir("netplan-config"), NetworkManager: c.dir("networkmanager-profiles"),
		CheckIn: c.Has("check-in"),
	}
	if c.Has("json") {
		w.Report = c.p.Stdout
	}
	return afterburn.Run(ctx, w, o)
}

// empty reports an option with an empty value, such as that of a variable that is not set. For the library it would mean
// that nothing was asked for, and the run would seem to have succeeded.
func (c *call) empty() error {
	for _, e := range []struct{ option, step, text string }{
		{"attributes", "writing metadata attributes", `could not get parent directory of ""`},
		{"ssh-keys", "writing ssh keys", `could not find user with username ""`},
		{"hostname", "writing hostname", `could not get parent directory of ""`},
	} {
		if c.Has(e.option) && c.String(e.option) == "" {
			return fmt.Errorf("%s: %w", e.step, errors.New(e.text))
		}
	}
	return nil
}

// dir is the value of an option that names a directory; an empty one is the current.
func (c *call) dir(option string) string {
	if c.Has(option) && c.String(option) == "" {
		return "."
	}
	return c.String(option)
}

func networkKargs(ctx context.Context, c *call) error {
	o := c.options()
	id, err := c.provider(o)
	if err != nil {
		return err
	}
	return afterburn.NetworkKargs(ctx, id, c.String("default-value"), o)
}

func renderIgnition(ctx context.Context, c *call) error {
	o := c.options()
	id, err := c.provider(o)
	if err != nil {
		return err
	}
	return afterburn.RenderIgnition(ctx, afterburn.Fragments{
		Provider: id, Dir: c.String("render-ignition-dir"),
		NoHostname: c.Has("disable-hostname-fragment"), NoUser: c.Has("disable-user-fragment"),
	}, o)
}

func systemdUnits(_ context.Context, c *call) error {
	dir, o := c.String("dir"), &systemd.Options{User: c.String("default-user"), NetworkKargs: c.String("network-kargs")}
	files, err := systemd.Files(o)
	if err != nil {
		return err
	}
	if err = os.MkdirAll(dir, 0o755); err == nil {
		err = systemd.Write(dir, o)
	}
	if err != nil {
		return fmt.Errorf("failed to write systemd units to %s: %w", dir, err)
	}
	for _, f := range files {
		if _, err := fmt.Fprintln(c.p.Stdout, filepath.Join(dir, f.Path)); err != nil {
			return fmt.Errorf("failed to print what was written: %w", err)
		}
	}
	return nil
}
