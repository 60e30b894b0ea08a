package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/zincati/fleetlock/lockstore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/server"
)

// defaultConfig is airlock's, so that the program can take its place.
const defaultConfig = "/etc/airlock/config.toml"

// version is what --version prints: this program's own, as airlock tells none.
// Distributions set it when linking.
var version = "0.1.0"

// program is the world of one run.
type program struct {
	name           string
	stdout, stderr io.Writer
	getenv         func(string) string

	// Set from the command line.
	configPath string
	verbosity  int
	json       bool
	group, id  string
}

// tree is the command line: airlock's commands, and those for operators.
func (p *program) tree() *command {
	slots := &command{name: "slots", short: "Introspect groups/slots state", flags: p.jsonFlag, run: p.getSlots}
	get := &command{name: "get", short: "Introspect live state", sub: []*command{slots}}
	release := &command{
		name: "release", short: "Give back the lock of a node that cannot do it itself",
		flags: p.releaseFlags, required: []string{"group", "id"}, run: p.release, quiet: true,
	}
	exRelease := *release
	list := &command{name: "list", short: "Show groups, holders and waiters", flags: p.jsonFlag, run: p.list, quiet: true}
	root := &command{
		name: p.name, short: "Reboot manager, with distributed locking", version: version,
		sub: []*command{
			p.completion(),
			{name: "ex", short: "Experimental commands", sub: []*command{get, &exRelease}},
			list,
			release,
			{name: "serve", short: "Run the lock server", run: p.serve},
		},
	}
	root.persistent = p.globalFlags
	return root
}

func (p *program) globalFlags(f *flagSet) {
	f.StringVarP(&p.configPath, "config", "c", defaultConfig, "path to configuration file")
	f.CountVarP(&p.verbosity, "verbose", "v", "increase verbosity level")
}

func (p *program) jsonFlag(f *flagSet) { f.BoolVar(&p.json, "json", false, "print JSON") }

func (p *program) releaseFlags(f *flagSet) {
	f.StringVar(&p.group, "group", "", "group of the node")
	f.StringVar(&p.id, "id", "", "id of the node, as listed")
}

// run runs the command line and returns the exit code: 0, or 1 for every
// error.
func (p *program) run(ctx context.Context, args []string) int {
	err := execute(ctx, p.tree(), args, p.stdout, p.stderr)
	if err == nil {
		return 0
	}
	p.logger().Error(err.Error())
	if bad, ok := errors.AsType[*configError](err); ok {
		fmt.Fprint(p.stderr, bad.advice())
	}
	return 1
}

// configError is what is wrong with the configuration, in airlock's words: they
// do not say which file it is.
type configError struct {
	path string
	error
}

func (e *configError) Unwrap() error { return e.error }

// advice says where the mistake is and what to do.
func (e *configError) advice() string {
	switch {
	case errors.Is(e, fs.ErrNotExist):
		return fmt.Sprintf("The configuration is read from %s; --config FILE names another file.\n", e.path)
	case errors.Is(e, server.ErrNoCertificate):
		return fmt.Sprintf("In %s: set service.tls = false, or service.tls_cert and service.tls_key. TLS is on if nothing is set.\n", e.path)
	}
	return fmt.Sprintf("This is about the configuration in %s.\n", e.path)
}

// config reads and validates the configuration.
func (p *program) config() (*server.Config, error) {
	if p.configPath == "" {
		return nil, errors.New("empty path to configuration file")
	}
	data, err := os.ReadFile(p.configPath)
	if err != nil {
		return nil, &configError{p.configPath, err}
	}
	cfg, err := server.ParseConfig(data)
	if err != nil {
		return nil, &configError{p.configPath, err}
	}
	return cfg, nil
}

// levelTrace is below debug; nothing logs there.
const levelTrace = slog.LevelDebug - 4

// logger writes lines like those of logrus, at the level that -v asks for.
func (p *program) logger() *slog.Logger {
	level := slog.LevelWarn
	switch {
	case p.verbosity == 1:
		level = slog.LevelInfo
	case p.verbosity == 2:
		level = slog.LevelDebug
	case p.verbosity > 2:
		level = levelTrace
	}
	return slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: level, ReplaceAttr: logrusNames}))
}

func logrusNames(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.LevelKey {
		name := strings.ToLower(a.Value.String())
		if name == "warn" {
			name = "warning"
		}
		return slog.String(slog.LevelKey, name)
	}
	return a
}

// printSlots prints in one of the three forms.
func (p *program) printSlots(slots *server.Slots, text func(io.Writer) error) error {
	if p.json {
		return slots.WriteJSON(p.stdout)
	}
	return text(p.stdout)
}

// slots reads the state of all groups.
func (p *program) slots(ctx context.Context) (*server.Slots, error) {
	cfg, err := p.config()
	if err != nil {
		return nil, err
	}
	return lockstore.Slots(ctx, cfg, &lockstore.Options{Logger: p.logger()})
}

// getSlots is "ex get slots".
func (p *program) getSlots(ctx context.Context, _ []string) error {
	slots, err := p.slots(ctx)
	if err != nil {
		return err
	}
	return p.printSlots(slots, slots.WriteText)
}

// list is "list": the same for people, with ages.
func (p *program) list(ctx context.Context, _ []string) error {
	slots, err := p.slots(ctx)
	if err != nil {
		return err
	}
	return p.printSlots(slots, func(w io.Writer) error { return slots.WriteTable(w, time.Now()) })
}

// release is "release" and "ex release".
func (p *program) release(ctx context.Context, _ []string) error {
	if p.group == "" || p.id == "" {
		return errors.New("--group and --id must not be empty")
	}
	cfg, err := p.config()
	if err != nil {
		return err
	}
	held, err := lockstore.Release(ctx, cfg, p.group, p.id, &lockstore.Options{Logger: p.logger()})
	if err != nil {
		return err
	}
	if held {
		_, err = fmt.Fprintf(p.stdout, "released %s in group %s\n", p.id, p.group)
	} else {
		_, err = fmt.Fprintf(p.stdout, "%s holds no lock in group %s\n", p.id, p.group)
	}
	return err
}
