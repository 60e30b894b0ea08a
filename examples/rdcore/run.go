package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/nestos-dev/nestos/installer/kargs"
	"github.com/nestos-dev/nestos/installer/rdcore"
	"github.com/nestos-dev/nestos/internal/clap"
)

// bootOf reads where the boot file system is. An empty value, the slip of a script, is not taken for the lack
// of the option.
func bootOf(m *clap.Matches) (rdcore.Boot, error) {
	b := rdcore.Boot{Device: m.String("boot-device"), Mount: m.String("boot-mount")}
	switch {
	case m.Has("boot-mount") && b.Mount == "":
		return b, errors.New("mountpoint  not found")
	case m.Has("boot-device") && b.Device == "":
		return b, errors.New("the path of the boot device is empty")
	}
	return b, nil
}

func rootmap(ctx context.Context, p *program, m *clap.Matches) error {
	boot, err := bootOf(m)
	if err != nil {
		return err
	}
	args, err := rdcore.Rootmap(ctx, &rdcore.RootmapOptions{Root: m.String("ROOT_MOUNT"), Boot: boot, System: p.system()})
	if err != nil || boot != (rdcore.Boot{}) {
		return err
	}
	return p.print(strings.Join(args, " "))
}

func bindBoot(ctx context.Context, p *program, m *clap.Matches) error {
	return rdcore.BindBoot(ctx, &rdcore.BindBootOptions{
		Root: m.String("ROOT_MOUNT"), Boot: m.String("BOOT_MOUNT"), System: p.system(),
	})
}

func editKargs(ctx context.Context, p *program, m *clap.Matches) error {
	boot, err := bootOf(m)
	if err != nil && !m.Has("override-options") {
		return err
	}
	o := &rdcore.KargsOptions{
		Boot: boot, Current: m.Has("current"), CreateIfChanged: m.String("create-if-changed"), System: p.system(),
		Edit: kargs.Edit{
			Append: m.Strings("append"), AppendIfMissing: m.Strings("append-if-missing"), Delete: m.Strings("delete"),
		},
	}
	if m.Has("override-options") {
		text := m.String("override-options")
		o.Override = &text
	}
	res, err := rdcore.Kargs(ctx, o)
	if res != nil {
		// What was edited is shown, even if it could not be saved.
		if printErr := p.print(res.Text); err == nil {
			err = printErr
		}
	}
	return err
}

func streamHash(ctx context.Context, p *program, m *clap.Matches) error {
	path := m.String("hash-file")
	hashes, err := os.Open(path)
	if err != nil {
		var e *fs.PathError
		if errors.As(err, &e) {
			err = e.Err
		}
		return fmt.Errorf("opening %s: %w", path, err)
	}
	defer hashes.Close()
	return rdcore.StreamHash(ctx, hashes, p.Stdin, p.Stdout)
}

func verifyUniqueLabel(ctx context.Context, p *program, m *clap.Matches) error {
	return rdcore.VerifyUniqueLabel(ctx, &rdcore.UniqueLabelOptions{
		Label: m.String("LABEL"), Reread: m.Has("rereadpt"), System: p.system(),
	})
}

func zipl(context.Context, *program, *clap.Matches) error { return rdcore.Zipl() }
