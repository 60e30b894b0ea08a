package main

import (
	"context"

	"github.com/nestos-dev/nestos/installer/initrd"
	"github.com/nestos-dev/nestos/internal/clap"
)

// wrapped writes a segment to --output or standard output.
func (p *program) wrapped(m *clap.Matches, wrap func() ([]byte, error)) error {
	output := m.String("output")
	if output == "" {
		if err := p.binary(); err != nil {
			return err
		}
	}
	segment, err := wrap()
	if err != nil {
		return err
	}
	return p.write(output, segment)
}

func pxeIgnitionWrap(ctx context.Context, p *program, m *clap.Matches) error {
	return p.wrapped(m, func() ([]byte, error) {
		config, err := p.readInput(ctx, m.String("ignition-file"))
		if err != nil {
			return nil, err
		}
		return initrd.WrapIgnition(config)
	})
}

func pxeIgnitionUnwrap(_ context.Context, p *program, m *clap.Matches) error {
	r, err := p.open(m.String("initrd"))
	if err != nil {
		return err
	}
	defer r.Close()
	config, err := initrd.UnwrapIgnition(r)
	if err != nil {
		return err
	}
	return p.print(config)
}

func pxeNetworkWrap(_ context.Context, p *program, m *clap.Matches) error {
	return p.wrapped(m, func() ([]byte, error) {
		keyfiles, err := p.keyfiles(m)
		if err != nil {
			return nil, err
		}
		return initrd.WrapNetwork(p.flavour, keyfiles)
	})
}

func pxeNetworkUnwrap(_ context.Context, p *program, m *clap.Matches) error {
	r, err := p.open(m.String("initrd"))
	if err != nil {
		return err
	}
	defer r.Close()
	keyfiles, err := initrd.UnwrapNetwork(r)
	if err != nil {
		return err
	}
	return p.putKeyfiles(m, keyfiles)
}
