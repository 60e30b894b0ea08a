package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/nestos-dev/nestos/installer/initrd"
	"github.com/nestos-dev/nestos/installer/iso"
	"github.com/nestos-dev/nestos/installer/kargs"
	"github.com/nestos-dev/nestos/internal/clap"
)

// editISO opens an image, changes it, and saves it: in place, as a new file, or to standard output.
func (p *program) editISO(ctx context.Context, m *clap.Matches, change func(*iso.Image) error) (err error) {
	output := m.String("output")
	if output == "-" {
		if err := p.binary(); err != nil {
			return err
		}
	}
	img, err := iso.Open(m.String("ISO"), &iso.Options{Default: p.flavour, ReadOnly: output != ""})
	if err != nil {
		return err
	}
	defer func() {
		if cerr := img.Close(); err == nil {
			err = cerr
		}
	}()
	if err := change(img); err != nil {
		return err
	}
	switch output {
	case "":
		return img.Save()
	case "-":
		_, err := img.WriteTo(p.Stdout)
		return err
	}
	return img.SaveAs(ctx, output)
}

// readISO opens an image to look at it.
func (p *program) readISO(m *clap.Matches, look func(*iso.Image) error) error {
	img, err := iso.Open(m.String("ISO"), &iso.Options{Default: p.flavour, ReadOnly: true})
	if err != nil {
		return err
	}
	defer img.Close()
	return look(img)
}

// readFS is readISO for commands that use an image as a file system. To them coreos-installer gives the reason
// alone when it is none.
func (p *program) readFS(m *clap.Matches, look func(*iso.Image) error) error {
	return formatReason(p.readISO(m, look))
}

// formatReason returns the reason of an [iso.FormatError], and other errors, even those that have one, as they are.
func formatReason(err error) error {
	if format, ok := err.(*iso.FormatError); ok {
		return format.Err
	}
	return err
}

func (p *program) embedIgnition(ctx context.Context, m *clap.Matches, file string) error {
	config, err := p.readInput(ctx, file)
	if err != nil {
		return err
	}
	return p.editISO(ctx, m, func(img *iso.Image) error { return img.EmbedIgnition(config, m.Has("force")) })
}

func isoIgnitionEmbed(ctx context.Context, p *program, m *clap.Matches) error {
	return p.embedIgnition(ctx, m, m.String("ignition-file"))
}

func isoIgnitionShow(_ context.Context, p *program, m *clap.Matches) error {
	return p.readISO(m, func(img *iso.Image) error {
		config, err := img.Ignition()
		if err != nil {
			return err
		}
		return p.print(config)
	})
}

func isoIgnitionRemove(ctx context.Context, p *program, m *clap.Matches) error {
	return p.editISO(ctx, m, (*iso.Image).RemoveIgnition)
}

// The commands that others have taken the place of.

func (p *program) deprecated(name string) {
	p.note(fmt.Sprintf("`iso %s` is deprecated; use `iso ignition %s`.  Continuing.", name, name))
}

func isoEmbed(ctx context.Context, p *program, m *clap.Matches) error {
	p.deprecated("embed")
	return p.embedIgnition(ctx, m, m.String("config"))
}

func isoShow(ctx context.Context, p *program, m *clap.Matches) error {
	p.deprecated("show")
	return isoIgnitionShow(ctx, p, m)
}

func isoRemove(ctx context.Context, p *program, m *clap.Matches) error {
	p.deprecated("remove")
	return isoIgnitionRemove(ctx, p, m)
}

// keyfiles reads the files of --keyfile.
func (p *program) keyfiles(m *clap.Matches) ([]initrd.Keyfile, error) {
	var list []initrd.Keyfile
	for _, path := range m.Strings("keyfile") {
		data, err := p.read(path)
		if err != nil {
			return nil, err
		}
		list = append(list, initrd.Keyfile{Name: filepath.Base(path), Data: data})
	}
	return list, nil
}

func isoNetworkEmbed(ctx context.Context, p *program, m *clap.Matches) error {
	return p.editISO(ctx, m, func(img *iso.Image) error {
		keyfiles, err := p.keyfiles(m)
		if err != nil {
			return err
		}
		return img.EmbedKeyfiles(keyfiles, m.Has("force"))
	})
}

// putKeyfiles prints keyfiles, or saves them in the directory of the option.
func (p *program) putKeyfiles(m *clap.Matches, keyfiles []initrd.Keyfile) error {
	if m.Has("directory") {
		return initrd.SaveKeyfiles(m.String("directory"), keyfiles, p.line)
	}
	if err := initrd.WriteKeyfiles(p.Stdout, keyfiles); err != nil {
		return fmt.Errorf("writing output: %w", err)
	}
	return nil
}

func isoNetworkExtract(_ context.Context, p *program, m *clap.Matches) error {
	return p.readISO(m, func(img *iso.Image) error {
		keyfiles, err := img.Keyfiles()
		if err != nil {
			return err
		}
		return p.putKeyfiles(m, keyfiles)
	})
}

func isoNetworkRemove(ctx context.Context, p *program, m *clap.Matches) error {
	return p.editISO(ctx, m, (*iso.Image).RemoveKeyfiles)
}

func isoKargsModify(ctx context.Context, p *program, m *clap.Matches) error {
	edit := &kargs.Edit{Append: m.Strings("append"), Delete: m.Strings("delete"), Replace: m.Strings("replace")}
	return p.editISO(ctx, m, func(img *iso.Image) error { return img.ModifyKargs(edit) })
}

func isoKargsReset(ctx context.Context, p *program, m *clap.Matches) error {
	return p.editISO(ctx, m, (*iso.Image).ResetKargs)
}

func isoKargsShow(_ context.Context, p *program, m *clap.Matches) error {
	get := (*iso.Image).Kargs
	if m.Has("default") {
		get = (*iso.Image).DefaultKargs
	}
	return p.readISO(m, func(img *iso.Image) error {
		text, err := get(img)
		if err != nil {
			return err
		}
		return p.print([]byte(text + "\n"))
	})
}

func isoReset(ctx context.Context, p *program, m *clap.Matches) error {
	return p.editISO(ctx, m, (*iso.Image).Reset)
}

func isoInspect(_ context.Context, p *program, m *clap.Matches) error {
	return p.readISO(m, func(img *iso.Image) error {
		r, err := img.Inspect()
		if err != nil {
			return err
		}
		return p.printJSON(r)
	})
}

// printJSON prints an indented document.
func (p *program) printJSON(v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding JSON: %w", err)
	}
	return p.print(append(data, '\n'))
}

func isoExtractPXE(ctx context.Context, p *program, m *clap.Matches) error {
	return p.readFS(m, func(img *iso.Image) error {
		return img.ExtractPXE(ctx, m.String("output-dir"), p.line)
	})
}

func isoExtractMinimal(ctx context.Context, p *program, m *clap.Matches) error {
	output := m.String("OUTPUT_ISO")
	if output == "-" {
		if err := p.binary(); err != nil {
			return err
		}
	}
	opts := &iso.MinimalOptions{
		RootfsURL: m.String("rootfs-url"), RootfsPath: m.String("output-rootfs"), TempDir: p.Getenv("TMPDIR"),
	}
	return p.readFS(m, func(img *iso.Image) error {
		if output == "-" {
			return img.WriteMinimal(ctx, p.Stdout, opts)
		}
		return img.ExtractMinimal(ctx, output, opts)
	})
}
