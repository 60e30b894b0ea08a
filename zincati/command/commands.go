package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/nestos-dev/nestos/internal/clap"
	"github.com/nestos-dev/nestos/zincati/internal/busapi"
	"github.com/nestos-dev/nestos/zincati/internal/deadend"
	"github.com/nestos-dev/nestos/zincati/systemd"
)

// packaging is a command that the original does not have. It exists only on command lines that name it, so that it is
// in none of the messages that list commands; the help text tells of it at its end.
const packaging = "packaging"

// commands is the command line as data.
func commands(args []string) *clap.Command {
	root := &clap.Command{
		Name: "zincati", About: "Agent for automatic updates of the host",
		Args: []*clap.Arg{{Short: 'v', Count: true, Global: true, Help: "Log more; may be repeated"}},
		Commands: []*clap.Command{
			{Name: "agent", About: "Keep the host up to date, for as long as it runs", Do: action(agent)},
			deadendCommand(),
			exCommand(),
		},
	}
	if slices.Contains(args, packaging) {
		root.Commands = append(root.Commands, &clap.Command{
			Name: packaging, About: "Write units, policies and default settings for an installation, and print their paths", Hidden: true,
			Args: []*clap.Arg{{Value: "DIR", Required: true, Help: "Root directory of the installation; made if it is not there"}},
			Do:   action(writePackaging),
		})
	}
	addHelp(root)
	return root
}

func deadendCommand() *clap.Command {
	return &clap.Command{
		Name: "deadend-motd", About: "Tell users who log in whether this release is a dead end", Hidden: true,
		Commands: []*clap.Command{
			{
				Name: "set", About: "Show that there are no more updates",
				Args: []*clap.Arg{{Long: "reason", Value: "REASON", Required: true}},
				Do:   action(deadendSet),
			},
			{Name: "unset", About: "Show nothing", Do: action(deadendUnset)},
		},
	}
}

func exCommand() *clap.Command {
	return &clap.Command{
		Name: "ex", About: "Talk to the running agent, for tests", Hidden: true,
		Commands: []*clap.Command{
			{
				Name: "moo", About: "Have the agent moo",
				Args: []*clap.Arg{{Long: "talkative"}},
				Do:   action(exMoo),
			},
			{Name: "last-refresh-time", About: "Print when the agent last looked at its state", Do: action(exLastRefresh)},
			{Name: "check-update", About: "Have the agent look for updates now", Do: action(exCheckUpdate)},
			{Name: "finalize", About: "Have the agent finalize a staged update without waiting for users", Do: action(exFinalize)},
		},
	}
}

func deadendSet(_ context.Context, p *Program, m *clap.Matches) error {
	return p.deadend(func() error { return deadend.Set(p.motdDir(), m.String("reason")) })
}

func deadendUnset(_ context.Context, p *Program, _ *clap.Matches) error {
	return p.deadend(func() error { return deadend.Unset(p.motdDir()) })
}

func (p *Program) deadend(do func() error) error {
	err := errors.New("deadend-motd subcommand must be run as `root` user, and should be called by the Zincati agent process")
	if p.runsAs("root") {
		err = do()
	}
	if err != nil {
		return fmt.Errorf("failed to run `deadend-motd` subcommand: %w", err)
	}
	return nil
}

func exMoo(ctx context.Context, p *Program, m *clap.Matches) error {
	return p.ex(func() (string, error) {
		return busapi.Moo(ctx, p.bus(), m.Has("talkative"))
	})
}

func exLastRefresh(ctx context.Context, p *Program, _ *clap.Matches) error {
	return p.ex(func() (string, error) {
		t, err := busapi.LastRefreshTime(ctx, p.bus())
		return fmt.Sprint(t), err
	})
}

func exCheckUpdate(ctx context.Context, p *Program, _ *clap.Matches) error {
	return p.ex(func() (string, error) { return "", busapi.CheckUpdate(ctx, p.bus()) })
}

func exFinalize(ctx context.Context, p *Program, _ *clap.Matches) error {
	return p.ex(func() (string, error) { return "", busapi.Finalize(ctx, p.bus()) })
}

// ex asks the agent and prints its answer, if it has one.
func (p *Program) ex(ask func() (string, error)) error {
	err := errors.New("ex subcommand must be run as `root` user, and should only be used for testing purposes")
	var answer string
	if p.runsAs("root") {
		answer, err = ask()
	}
	if err == nil && answer != "" {
		_, err = fmt.Fprintln(p.Stdout, answer)
	}
	if err != nil {
		return fmt.Errorf("failed to run `ex` subcommand: %w", err)
	}
	return nil
}

func writePackaging(_ context.Context, p *Program, m *clap.Matches) error {
	dir := m.String("DIR")
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = systemd.Write(dir)
	}
	if err != nil {
		return fmt.Errorf("failed to write packaging files to %s: %w", dir, err)
	}
	for _, f := range systemd.Files() {
		if _, err := fmt.Fprintln(p.Stdout, filepath.Join(dir, f.Path)); err != nil {
			return fmt.Errorf("failed to print what was written: %w", err)
		}
	}
	return nil
}
