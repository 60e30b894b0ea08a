//go:build unix

package files

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"
)

// ContainerOptions adjust [Container].
type ContainerOptions struct {
	// IgnoreUnsupported skips the sections that cannot be applied.
	IgnoreUnsupported bool
	// Offline makes anything that needs the network an error.
	Offline bool
}

// ErrOffline is the error of resources that need the network.
var ErrOffline = errors.New("resource requires networking")

// Container applies to a container's root what can be applied there: directories,
// files, links and units. Other sections are errors, unless they are to be ignored.
func Container(ctx context.Context, h *host.Host, cfg *types.Config, opt ContainerOptions) error {
	if !opt.IgnoreUnsupported {
		if err := supported(cfg); err != nil {
			return err
		}
	}
	in := *h
	in.Container = true
	if opt.Offline {
		in.Fetcher = offline{h.Fetcher}
	}
	if err := Files(ctx, &in, cfg); err != nil {
		return fmt.Errorf("running stage 'files': %w", err)
	}
	return nil
}

// supported refuses, in the order of the stages, what only a booting machine can do.
func supported(cfg *types.Config) error {
	st := &cfg.Storage
	switch {
	case len(cfg.KernelArguments.ShouldExist) > 0 || len(cfg.KernelArguments.ShouldNotExist) > 0:
		return errors.New("running stage 'kargs': cannot apply kargs modifications live")
	case len(st.Disks) > 0 || len(st.Raid) > 0 || len(st.Filesystems) > 0 || len(st.Luks) > 0:
		return errors.New("running stage 'disks': cannot apply disk modifications live")
	case len(cfg.Passwd.Users) > 0 || len(cfg.Passwd.Groups) > 0:
		return errors.New("running stage 'files': cannot apply passwd live")
	}
	return nil
}

// offline is a fetcher that has data URLs only.
type offline struct{ host.Fetcher }

// Fetch implements [host.Fetcher].
func (o offline) Fetch(ctx context.Context, res types.Resource, w io.Writer) error {
	if s := scheme(content{res: res}); s != "" && s != "data" {
		return ErrOffline
	}
	return o.Fetcher.Fetch(ctx, res, w)
}
