package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/installer"
	"github.com/nestos-dev/nestos/installer/config"
	"github.com/nestos-dev/nestos/installer/stream"
	"github.com/nestos-dev/nestos/internal/clap"
)

func install(ctx context.Context, p *program, m *clap.Matches) error {
	m, err := p.expandConfigFiles(m)
	if err != nil {
		return err
	}
	common, err := p.common(m)
	if err != nil {
		return err
	}
	result, err := runInstall(ctx, &installer.Options{
		Common:        common,
		Config:        *configOf(m),
		FirstbootArgs: m.String("firstboot-args"),
		DryRun:        m.Has("dry-run"),
		Root:          p.Root,
		Failed:        func(err error) { p.failed(m, common.Message, err) },
	})
	var failed *installer.FailedError
	if errors.As(err, &failed) {
		return errors.New("install failed") // Failed has told why
	}
	if err != nil || !m.Has("json") {
		return err
	}
	return p.printJSON(installResult{
		Device: result.Device, Image: result.Image, StoredBytes: result.StoredBytes, ImageBytes: result.ImageBytes,
		SectorSize: result.SectorSize, Verified: result.Verified, DryRun: m.Has("dry-run"),
	})
}

// failed tells why an installation failed.
func (p *program) failed(m *clap.Matches, note func(string), err error) {
	err = worded(err)
	if m.Has("json") {
		p.jsonLine(jsonNote{Event: "error", Text: clap.Chain(err)})
		return
	}
	note("\nError: " + clap.Chain(err) + "\n")
}

// installResult is what "install --json" prints.
type installResult struct {
	Device      string `json:"device"`
	Image       string `json:"image"`
	StoredBytes int64  `json:"stored-bytes"`
	ImageBytes  int64  `json:"image-bytes"`
	SectorSize  int    `json:"sector-size"`
	Verified    bool   `json:"verified"`
	DryRun      bool   `json:"dry-run"`
}

// common returns the settings that do not depend on the command.
func (p *program) common(m *clap.Matches) (installer.Common, error) {
	keys, err := p.keyring()
	if err != nil {
		return installer.Common{}, err
	}
	reporter, note := p.reporters(m)
	return installer.Common{
		Flavour: p.flavour, Keyring: keys, Getenv: p.Getenv, Message: note, Progress: reporter,
	}, nil
}

// configOf returns the options of "install" that a config file can have.
func configOf(m *clap.Matches) *config.Config {
	c := &config.Config{
		Stream:           m.String("stream"),
		ImageURL:         clap.Value[string](m, "image-url"),
		ImageFile:        m.String("image-file"),
		IgnitionFile:     m.String("ignition-file"),
		IgnitionURL:      clap.Value[string](m, "ignition-url"),
		Architecture:     m.String("architecture"),
		Platform:         m.String("platform"),
		AppendKarg:       m.Strings("append-karg"),
		DeleteKarg:       m.Strings("delete-karg"),
		CopyNetwork:      m.Has("copy-network"),
		NetworkDir:       m.String("network-dir"),
		SavePartlabel:    m.Strings("save-partlabel"),
		SavePartindex:    m.Strings("save-partindex"),
		Offline:          m.Has("offline"),
		Insecure:         m.Has("insecure"),
		InsecureIgnition: m.Has("insecure-ignition"),
		StreamBaseURL:    clap.Value[string](m, "stream-base-url"),
		PreserveOnError:  m.Has("preserve-on-error"),
		FetchRetries:     clap.Value[config.Retries](m, "fetch-retries"),
		SecureIPL:        m.Has("secure-ipl"),
		DestDevice:       m.String("DEST_DEVICE"),
	}
	if hash := clap.Value[config.Hash](m, "ignition-hash"); !hash.IsZero() {
		c.IgnitionHash = hash.String()
	}
	for _, console := range clap.Values[config.Console](m, "console") {
		c.Console = append(c.Console, console.String())
	}
	return c
}

// expandConfigFiles puts the arguments that config files stand for before those of the command line, and
// parses all of them as if they had been typed.
func (p *program) expandConfigFiles(m *clap.Matches) (*clap.Matches, error) {
	files := m.Strings("config-file")
	if len(files) == 0 {
		return m, nil
	}
	args := []string{}
	for _, path := range files {
		data, err := readConfig(path)
		if err != nil {
			return nil, fmt.Errorf("opening config file %s: %w", path, err)
		}
		c, err := config.Parse(data)
		if err != nil {
			return nil, fmt.Errorf("parsing config file %s: %w", path, err)
		}
		args = append(args, c.Args()...)
	}
	args = append(args, configOf(m).Args()...)
	if m.Has("firstboot-args") {
		args = append(args, "--firstboot-args", m.String("firstboot-args"))
	}
	running := "Running with arguments: " + strings.Join(args, " ")
	own := []string{m.Command().Name}
	for _, flag := range []string{"dry-run", "json"} {
		if m.Has(flag) {
			own = append(own, "--"+flag)
		}
	}
	if m.Has("json") {
		p.jsonLine(jsonNote{Event: "note", Text: running})
	} else {
		p.line(running)
	}
	merged, err := p.parse(append(own, args...))
	if err != nil {
		return nil, fmt.Errorf("reprocessing command-line arguments: %w", err)
	}
	if a := merged.Leaf().Blank(); a != nil && a.Long != "firstboot-args" {
		return nil, fmt.Errorf("reprocessing command-line arguments: %w", blank(a))
	}
	return merged.Leaf(), nil
}

func download(ctx context.Context, p *program, m *clap.Matches) error {
	common, err := p.common(m)
	if err != nil {
		return err
	}
	done := p.line
	if m.Has("json") {
		done = nil
	}
	paths, err := installer.Download(ctx, &installer.DownloadOptions{
		Common:        common,
		ImageURL:      clap.Value[string](m, "image-url"),
		Stream:        m.String("stream"),
		StreamBaseURL: clap.Value[string](m, "stream-base-url"),
		Architecture:  m.String("architecture"),
		Platform:      m.String("platform"),
		Format:        m.String("format"),
		Directory:     m.String("directory"),
		Decompress:    m.Has("decompress"),
		Insecure:      m.Has("insecure"),
		Retries:       clap.Value[config.Retries](m, "fetch-retries"),
		Done:          done,
	})
	if err != nil || !m.Has("json") {
		return err
	}
	return p.printJSON(map[string][]string{"files": paths})
}

func listStream(ctx context.Context, p *program, m *clap.Matches) error {
	common, err := p.common(m)
	if err != nil {
		return err
	}
	s, err := installer.ListStream(ctx, &common, m.String("stream"), clap.Value[string](m, "stream-base-url"))
	if err != nil {
		return err
	}
	if m.Has("json") {
		return p.printJSON(s.List())
	}
	if err := stream.WriteTable(p.Stdout, s.List()); err != nil {
		return fmt.Errorf("writing output: %w", err)
	}
	return nil
}
