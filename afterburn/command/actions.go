package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nestos-dev/nestos/afterburn"
	"github.com/nestos-dev/nestos/afterburn/systemd"
	"github.com/nestos-dev/nestos/internal/clap"
)

// provider is the id of the provider that the command line or the kernel's names. If it is empty it was given so, which
// is an unknown provider, while the library takes an empty one for a request to look at the kernel's command line.
func provider(o *afterburn.Options, m *clap.Matches) (string, error) {
	if m.Has("provider") {
		return m.String("provider"), nil
	}
	return afterburn.PlatformID(o.Root)
}

func multi(ctx context.Context, p *Program, m *clap.Matches) error {
	if limit := time.Duration(clap.Value[uint64](m, "timeout")) * time.Second; limit > 0 {
		expired := fmt.Errorf("not done within %v", limit)
		limited, cancel := context.WithTimeoutCause(ctx, limit, expired)
		defer cancel()
		err := work(limited, p, m)
		if err != nil && errors.Is(context.Cause(limited), expired) && !errors.Is(err, expired) {
			return fmt.Errorf("%w: %w", expired, err) // what failed does not know why
		}
		return err
	}
	return work(ctx, p, m)
}

func work(ctx context.Context, p *Program, m *clap.Matches) error {
	o := p.options()
	id, err := provider(o, m)
	if err != nil {
		return err
	}
	w := afterburn.Work{
		Provider: id, Attributes: m.String("attributes"), SSHKeysUser: m.String("ssh-keys"), Hostname: m.String("hostname"),
		NetworkUnits: m.String("network-units"), Netplan: m.String("netplan-config"), NetworkManager: m.String("networkmanager-profiles"),
		CheckIn: m.Has("check-in"),
	}
	if m.Has("json") {
		w.Report = p.Stdout
	}
	if id == "" {
		if w == (afterburn.Work{}) {
			o.Logger.Warn("multi: no action specified")
		}
		return fmt.Errorf("fetching metadata from provider: %w", &afterburn.UnknownProviderError{})
	}
	return afterburn.Run(ctx, w, o)
}

func networkKargs(ctx context.Context, p *Program, m *clap.Matches) error {
	o := p.options()
	id, err := provider(o, m)
	if err != nil {
		return err
	}
	if id == "" {
		id = " " // no provider's, either
	}
	return afterburn.NetworkKargs(ctx, id, m.String("default-value"), o)
}

func renderIgnition(ctx context.Context, p *Program, m *clap.Matches) error {
	o := p.options()
	id, err := provider(o, m)
	if err != nil {
		return err
	}
	if id == "" {
		return errors.New(`render-ignition is only supported for providers ["azure"], got ''`)
	}
	return afterburn.RenderIgnition(ctx, afterburn.Fragments{
		Provider: id, Dir: m.String("render-ignition-dir"),
		NoHostname: m.Has("disable-hostname-fragment"), NoUser: m.Has("disable-user-fragment"),
	}, o)
}

func systemdUnits(_ context.Context, _ *Program, m *clap.Matches) error {
	return systemd.Write(m.String("dir"), &systemd.Options{User: m.String("default-user"), NetworkKargs: m.String("network-kargs")})
}
