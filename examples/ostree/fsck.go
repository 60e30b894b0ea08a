package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

type fsckRun struct {
	*command
	quiet, json bool
	terminal    bool
	shown       time.Time // when progress was printed last
	pending     bool      // the progress line has no end yet
}

func runFsck(ctx context.Context, env *cli.Env, args []string) error {
	o := &ostree.FsckOptions{}
	c := &fsckRun{}
	c.command = newCommand(ctx, env, "", "Check the repository for consistency",
		cli.Option{Long: "add-tombstones", Help: "Add tombstones for missing commits", Value: cli.Bool(&o.AddTombstones)},
		cli.Option{Long: "quiet", Short: 'q', Help: "Only print error messages", Value: cli.Bool(&c.quiet)},
		cli.Option{Long: "all", Short: 'a', Help: "Don't stop on first error", Value: cli.Bool(&o.All)},
		cli.Option{Long: "delete", Help: "Remove corrupted objects", Value: cli.Bool(&o.Delete)},
		cli.Option{Long: "verify-bindings", Help: "Verify ref bindings", Value: cli.Bool(&o.VerifyBindings)},
		cli.Option{Long: "verify-back-refs", Help: "Verify back-references (implies --verify-bindings)", Value: cli.Bool(&o.VerifyBackRefs)},
		jsonOption(&c.json))
	r, _, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	c.terminal = cli.IsTerminal(env.Stdout)
	o.Report = c.report
	report, err := r.Fsck(ctx, o)
	c.endLine()
	if c.json {
		if e := c.printJSON(describeFsck(report, err)); e != nil {
			return e
		}
	}
	return err
}

func (c *fsckRun) report(e ostree.FsckEvent) {
	switch e.Kind {
	case ostree.FsckProblem:
		c.endLine()
		fmt.Fprintf(c.env.Stderr, "%s\n", e.Text)
	case ostree.FsckStage:
		if !c.quiet && !c.json {
			c.printf("%s\n", e.Text)
		}
	case ostree.FsckProgress:
		c.progress(e.Done, e.Total)
	case ostree.FsckNote:
		if !c.json {
			c.endLine()
			c.printf("%s\n", e.Text)
		}
	}
}

// progress prints how far the verification is: in place on a terminal, else a line for the beginning and the end.
func (c *fsckRun) progress(done, total int) {
	last := done == total
	if c.json || !last && time.Since(c.shown) < 100*time.Millisecond {
		return
	}
	text := fmt.Sprintf("fsck objects (%d/%d) %d%%", done, total, 100*done/max(total, 1))
	if c.terminal {
		io.WriteString(c.env.Stdout, "\r\x1b[K"+text)
		c.pending, c.shown = true, time.Now()
	} else if last || c.shown.IsZero() || time.Since(c.shown) >= 10*time.Second {
		c.printf("%s\n", text)
		c.shown = time.Now()
	}
	if last {
		c.endLine()
	}
}

func (c *fsckRun) endLine() {
	if c.pending {
		c.printf("\n")
		c.pending = false
	}
}

// fsckJSON is what fsck --json prints.
type fsckJSON struct {
	OK         bool              `json:"ok"`
	Error      string            `json:"error,omitempty"`
	Commits    int               `json:"commits"`         // complete commits, whose objects were verified
	Objects    int               `json:"objects"`         // reachable from them
	Partial    int               `json:"partial_commits"` // not verified
	Damaged    int               `json:"damaged_commits"` // of the partial ones, those in which an earlier run found damage
	Findings   []findingJSON     `json:"findings"`
	Marked     []object.Checksum `json:"marked_partial,omitempty"`
	Deleted    []string          `json:"deleted,omitempty"` // objects
	Tombstones []object.Checksum `json:"tombstones,omitempty"`
}

type findingJSON struct {
	Object  string            `json:"object"` // CHECKSUM.TYPE
	Commits []object.Checksum `json:"commits"`
	Error   string            `json:"error"`
}

func describeFsck(r *ostree.FsckReport, err error) fsckJSON {
	j := fsckJSON{OK: err == nil, Commits: r.Commits, Objects: r.Objects, Partial: r.Partial, Damaged: r.PartialFsck,
		Findings: []findingJSON{}, Marked: r.Marked, Tombstones: r.Tombstones}
	if err != nil {
		j.Error = cli.Message(err)
	}
	for _, f := range r.Findings {
		j.Findings = append(j.Findings, findingJSON{f.Object.String(), f.Commits, cli.Message(f.Err)})
	}
	for _, n := range r.Deleted {
		j.Deleted = append(j.Deleted, n.String())
	}
	return j
}
