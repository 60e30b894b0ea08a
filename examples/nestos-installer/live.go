package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/live"
	"github.com/nestos-dev/nestos/internal/clap"
)

// The commands that systemd runs in a live system that installs by itself.

func (p *program) serviceCommand() *clap.Command {
	return &clap.Command{Name: "service", Hidden: true, Do: action(service),
		About: "Install as kernel arguments and config files say"}
}

func (p *program) generatorCommand() *clap.Command {
	return &clap.Command{Name: "generator", Hidden: true, Do: action(generator),
		About: "Make the system install at this boot, if it should",
		Args:  []*clap.Arg{{Value: "DIR", Required: true, Repeat: true, Help: "Directories for units; the first is used"}}}
}

func (p *program) activationCommand() *clap.Command {
	return &clap.Command{Name: "disable-device-auto-activation", Hidden: true, Do: action(disableActivation),
		About: "Keep RAID arrays and volume groups from being started"}
}

// liveSystem opens the root of the running system, and tells its flavour and kernel command line.
func (p *program) liveSystem() (*os.Root, *flavour.Flavour, string, error) {
	cmdline, err := os.ReadFile(filepath.Join(p.Root, "proc/cmdline"))
	if err != nil {
		return nil, nil, "", fmt.Errorf("reading kernel arguments: %w", err)
	}
	root, err := os.OpenRoot(p.Root)
	if err != nil {
		return nil, nil, "", fmt.Errorf("opening %s: %w", p.Root, err)
	}
	return root, live.Detect(root, string(cmdline), p.flavour), string(cmdline), nil
}

func service(ctx context.Context, p *program, _ *clap.Matches) error {
	root, f, cmdline, err := p.liveSystem()
	if err != nil {
		return err
	}
	defer root.Close()
	self := ""
	if strings.Contains(p.Name, "/") && filepath.Base(p.Name) == f.Program {
		self = p.Name
	}
	err = live.Service(ctx, &live.ServiceOptions{
		Flavour: f, Root: root, Cmdline: cmdline, Program: self, Stdout: p.Stdout, Stderr: p.Stderr,
	})
	var exit *live.ExitError
	if errors.As(err, &exit) {
		return &exitError{max(exit.Status, 1)}
	}
	if errors.Is(err, live.ErrNoDevice) {
		p.note(err.Error())
		return &exitError{1}
	}
	return err
}

func generator(_ context.Context, p *program, m *clap.Matches) error {
	root, f, cmdline, err := p.liveSystem()
	if err != nil {
		return err
	}
	defer root.Close()
	if _, err = live.Generate(f, root, m.Strings("DIR")[0], cmdline); err != nil {
		p.kernelLog(f.Program + "-generator: " + strings.Join(clap.Levels(err), ": "))
	}
	return err
}

// kernelLog writes an error to the log of the kernel: at the time of generators there is no other.
func (p *program) kernelLog(text string) {
	f, err := os.OpenFile(filepath.Join(p.Root, "dev/kmsg"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = fmt.Fprintf(f, "<3>%s\n", text)
}

func disableActivation(_ context.Context, p *program, _ *clap.Matches) error {
	root, f, _, err := p.liveSystem()
	if err != nil {
		return err
	}
	defer root.Close()
	return live.DisableDeviceAutoActivation(root, f)
}

func devLiveFiles(_ context.Context, p *program, m *clap.Matches) error {
	dir := m.String("DIR")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making %s: %w", dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("opening %s: %w", dir, err)
	}
	defer root.Close()
	if err := live.WriteFiles(root, p.flavour, nil); err != nil {
		return err
	}
	for _, f := range live.Files(p.flavour, nil) {
		p.line(filepath.Join(dir, f.Path))
	}
	return nil
}
