//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"time"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/rpmostree"
)

// historyRun is one look at the past.
type historyRun struct {
	*command
	verbose, json, all bool
	limit              int
}

func (p *program) history(ctx context.Context, env *cli.Env, args []string) error {
	h := &historyRun{command: p.command(ctx, env, "", "Inspect rpm-ostree history of the system"), limit: 3}
	h.add(
		flag("verbose", 'v', &h.verbose, "Print additional fields (e.g. StateRoot)"),
		flag("json", 0, &h.json, "Output JSON"),
		cli.Option{Long: "limit", Short: 'n', Arg: "N", Help: "Limit number of entries to output (default: 3)", Value: cli.Int(&h.limit)},
		flag("all", 0, &h.all, "Output all entries"))
	if done, err := h.parseNone(args); done || err != nil {
		return err
	}
	if h.limit <= 0 {
		return errors.New("Limit must be positive integer")
	}
	journal, err := h.runner.Run(ctx, journalCommand())
	if err != nil {
		return err
	}
	count := 0
	for e, err := range rpmostree.History(bytes.NewReader(journal.Stdout), os.DirFS(rpmostree.HistoryDir)) {
		if err != nil {
			return err
		}
		if err := h.print(e); err != nil {
			return err
		}
		if count++; !h.all && count == h.limit {
			break
		}
	}
	if count == 0 {
		h.printf("<< No entries found >>\n")
	}
	return nil
}

// journalCommand lists the boots and the deployments that the journal knows, the latest first.
func journalCommand() run.Cmd {
	cmd := run.Command("journalctl", "--output=json", "--reverse", "MESSAGE_ID="+rpmostree.BootMessageID, "MESSAGE_ID="+rpmostree.DeployMessageID)
	cmd.Limit = 64 << 20
	return cmd
}

func (h *historyRun) print(e *rpmostree.HistoryEntry) error {
	if h.json {
		if err := rpmostree.WriteJSON(h.env.Stdout, e); err != nil {
			return err
		}
		h.printf("\n")
		return nil
	}
	branch := "└─"
	if h.ascii() {
		branch = "`-"
	}
	h.printf("BootTimestamp: %s\n", relative(e.LastBoot))
	if e.Boots > 1 {
		h.printf("%s BootCount: %d; first booted on %s\n", branch, e.Boots, relative(e.FirstBoot))
	}
	h.printf("CreateTimestamp: %s\n", relative(e.Created))
	if e.CommandLine != "" {
		bold, normal := "", ""
		if h.color() {
			bold, normal = "\x1b[1m", "\x1b[22m"
		}
		h.printf("CreateCommand: %s%s%s\n", bold, e.CommandLine, normal)
	}
	if e.Deployment == nil {
		h.printf("  << Missing history information >>\n\n")
		return nil
	}
	if err := e.Deployment.WriteText(h.env.Stdout, h.textOptions(h.verbose, false)); err != nil {
		return err
	}
	h.printf("\n")
	return nil
}

// relative is a time with how long ago it was.
func relative(unix uint64) string {
	t := time.Unix(int64(unix), 0)
	return t.UTC().Format("2006-01-02T15:04:05Z") + " (" + ago(time.Since(t)) + ")"
}
