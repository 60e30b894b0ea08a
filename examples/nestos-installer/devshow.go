package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/nestos-dev/nestos/installer/config"
	"github.com/nestos-dev/nestos/installer/initrd"
	"github.com/nestos-dev/nestos/installer/iso"
	"github.com/nestos-dev/nestos/installer/osmet"
	"github.com/nestos-dev/nestos/internal/clap"
)

func devShowISO(_ context.Context, p *program, m *clap.Matches) error {
	show, read := (*iso.Image).Show, p.readFS
	switch {
	case m.Has("ignition"):
		show, read = (*iso.Image).ShowInitrdArea, p.readISO
	case m.Has("kargs"):
		show, read = (*iso.Image).ShowKargAreas, p.readISO
	}
	return read(m, func(img *iso.Image) error {
		text, err := show(img)
		if err != nil {
			return err
		}
		return p.print(text)
	})
}

// filter returns what the arguments "glob" let through: everything if there are none.
func filter(m *clap.Matches) (func(path string) bool, error) {
	var globs []*config.Glob
	for _, pattern := range m.Strings("glob") {
		g, err := config.CompileGlob(pattern)
		if err != nil {
			return nil, fmt.Errorf("parsing glob patterns: %w", err)
		}
		globs = append(globs, g)
	}
	if len(globs) == 0 {
		return nil, nil
	}
	return func(path string) bool {
		for _, g := range globs {
			if g.Match(path) {
				return true
			}
		}
		return false
	}, nil
}

// openInitrd opens the image that the argument "initrd" names; "-" is standard input.
func (p *program) openInitrd(m *clap.Matches) (io.ReadCloser, error) {
	path := m.String("initrd")
	if path == "-" {
		path = ""
	}
	return p.open(path)
}

func devShowInitrd(_ context.Context, p *program, m *clap.Matches) error {
	want, err := filter(m)
	if err != nil {
		return err
	}
	r, err := p.openInitrd(m)
	if err != nil {
		return err
	}
	defer r.Close()
	paths, err := initrd.List(bufio.NewReader(r), want)
	if err != nil {
		return err
	}
	for _, path := range paths {
		if err := p.print([]byte(path + "\n")); err != nil {
			return err
		}
	}
	return nil
}

func devExtractInitrd(_ context.Context, p *program, m *clap.Matches) error {
	want, err := filter(m)
	if err != nil {
		return err
	}
	r, err := p.openInitrd(m)
	if err != nil {
		return err
	}
	defer r.Close()
	opts := &initrd.ExtractOptions{Want: want}
	if m.Has("verbose") {
		opts.Creating = p.line
	}
	return initrd.Extract(r, strings.TrimSuffix(m.String("directory"), "/"), opts)
}

func devShowFiemap(_ context.Context, p *program, m *clap.Matches) error {
	extents, err := fiemap(m.String("PATH"))
	if err != nil {
		return err
	}
	return p.print(osmet.EncodeExtents(extents))
}

func devExtractOsmet(ctx context.Context, _ *program, m *clap.Matches) error {
	return osmet.Extract(ctx, m.String("osmet"), osmet.Repo(m.String("PATH")), m.String("DEV"))
}
