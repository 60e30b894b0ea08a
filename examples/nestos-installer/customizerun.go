package main

import (
	"context"
	"fmt"

	"github.com/nestos-dev/nestos/installer/config"
	"github.com/nestos-dev/nestos/installer/customize"
	"github.com/nestos-dev/nestos/installer/iso"
	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/clap"
)

// customizations reads the files that the options name.
func (p *program) customizations(m *clap.Matches) (*customize.Options, error) {
	o := &customize.Options{
		DestDevice:      m.String("dest-device"),
		DestConsole:     clap.Values[config.Console](m, "dest-console"),
		DestKargAppend:  m.Strings("dest-karg-append"),
		DestKargDelete:  m.Strings("dest-karg-delete"),
		LiveKargAppend:  m.Strings("live-karg-append"),
		LiveKargDelete:  m.Strings("live-karg-delete"),
		LiveKargReplace: m.Strings("live-karg-replace"),
		Force:           m.Has("force"),
		Flavour:         p.flavour,
		Message:         p.note,
	}
	for _, files := range []struct {
		option string
		list   *[]customize.File
	}{
		{"dest-ignition", &o.DestIgnition},
		{"network-keyfile", &o.NetworkKeyfile},
		{"network-nmstate", &o.NetworkNmstate},
		{"ignition-ca", &o.IgnitionCA},
		{"pre-install", &o.PreInstall},
		{"post-install", &o.PostInstall},
		{"installer-config", &o.InstallerConfig},
		{"live-ignition", &o.LiveIgnition},
	} {
		for _, path := range m.Strings(files.option) {
			data, err := p.read(path)
			if err != nil {
				return nil, err
			}
			*files.list = append(*files.list, customize.File{Path: path, Data: data})
		}
	}
	return o, nil
}

func isoCustomize(ctx context.Context, p *program, m *clap.Matches) error {
	return p.editISO(ctx, m, func(img *iso.Image) error {
		o, err := p.customizations(m)
		if err != nil {
			return err
		}
		return customize.ISO(img, o)
	})
}

func pxeCustomize(ctx context.Context, p *program, m *clap.Matches) error {
	output := m.String("output")
	if output == "-" {
		if err := p.binary(); err != nil {
			return err
		}
	}
	in, err := p.open(m.String("path"))
	if err != nil {
		return err
	}
	defer in.Close()
	o, err := p.customizations(m)
	if err != nil {
		return err
	}
	if output == "-" {
		return customize.PXE(ctx, in, p.Stdout, o)
	}
	out, err := atomicfile.Create(output, 0o600, &atomicfile.Options{NoReplace: true})
	if err != nil {
		return fmt.Errorf("creating temporary file: %w", err)
	}
	defer out.Abort()
	if err := customize.PXE(ctx, in, out, o); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return fmt.Errorf("persisting output file to %s: %w", output, err)
	}
	return nil
}
