package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/nestos-dev/nestos/internal/clap"
	"github.com/nestos-dev/nestos/zincati/cincinnati/server"
)

func builderCommand(name string) *clap.Command {
	return serverCommand(name, "Build graphs from release metadata and serve them", server.GraphBuilder)
}

func engineCommand(name string) *clap.Command {
	return serverCommand(name, "Serve the graphs of a graph builder, each rollout to those whose turn it is", server.PolicyEngine)
}

func combinedCommand(name string) *clap.Command {
	return serverCommand(name, "Build graphs and serve them by policy, both in one process", server.Combined)
}

func serverCommand(name, about string, mode server.Mode) *clap.Command {
	return &clap.Command{
		Name: name, Version: version, About: about,
		Args: []*clap.Arg{
			{Long: "config", Short: 'c', Value: "FILE", Required: true, Help: "Path to the configuration file"},
			{Long: "verbose", Short: 'v', Count: true, Help: "Say more; may be given twice"},
		},
		Do: action(func(ctx context.Context, p *program, m *clap.Matches) error { return p.serve(ctx, m, mode) }),
	}
}

// maxConfig bounds configuration files in bytes.
const maxConfig = 1 << 20

// serve runs a server until a signal ends it.
func (p *program) serve(ctx context.Context, m *clap.Matches, mode server.Mode) error {
	log := p.logger(m.Count("verbose"))
	path := m.String("config")
	data, err := readFile(path, maxConfig)
	if err != nil {
		return fmt.Errorf("reading configuration file %s: %w", path, err)
	}
	cfg, warnings, err := server.ParseConfig(data, mode)
	if err != nil {
		return fmt.Errorf("configuration file %s: %w", path, err)
	}
	for _, w := range warnings {
		log.Warn("configuration: "+w, "file", path)
	}
	s, err := server.New(cfg, &server.Options{Logger: log, Now: p.now, ProxyEnv: p.getenv})
	if err != nil {
		return err
	}
	// What lives is small and what requests leave behind is freed at once: memory is worth more here than the
	// little time that collecting it twice as often takes.
	if p.getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
	// A journal that went away is no end: machines matter more than the log.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return s.Run(ctx)
}

// readFile reads a file of at most limit bytes.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, limit)
	}
	return data, nil
}
