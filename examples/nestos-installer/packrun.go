package main

import (
	"context"

	"github.com/nestos-dev/nestos/installer/iso"
	"github.com/nestos-dev/nestos/installer/osmet"
	"github.com/nestos-dev/nestos/internal/clap"
)

func packOsmet(ctx context.Context, p *program, m *clap.Matches) error {
	return runPackOsmet(ctx, &osmet.PackOptions{
		Device:      m.String("DEV"),
		Output:      m.String("output"),
		Checksum:    m.String("checksum"),
		Description: m.String("description"),
		AppVersion:  version,
		Fast:        m.Has("fast"),
		Message:     p.note,
	})
}

func packMinimal(ctx context.Context, p *program, m *clap.Matches) error {
	return formatReason(iso.PackMinimal(ctx, m.String("FULL_ISO"), m.String("MINIMAL_ISO"), &iso.PackOptions{
		Default:     p.flavour,
		Application: version,
		Consume:     m.Has("consume"),
		Message:     p.note,
	}))
}
