//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
)

// changeFlags are the options about how a change is carried out. Commands declare those that they have.
type changeFlags struct {
	reboot, lock, cacheOnly, downloadOnly, dryRun, unchanged77, bypassDriver bool
}

func (f *changeFlags) rebootOption() cli.Option {
	return flag("reboot", 'r', &f.reboot, "Initiate a reboot after operation is complete")
}

func (f *changeFlags) lockOption() cli.Option {
	return hiddenFlag("lock-finalization", &f.lock, "Prevent automatic deployment finalization on shutdown")
}

func (f *changeFlags) cacheOption() cli.Option {
	return flag("cache-only", 'C', &f.cacheOnly, "Do not download latest ostree and RPM data")
}

func (f *changeFlags) downloadOption() cli.Option {
	return flag("download-only", 0, &f.downloadOnly, "Just download latest ostree and RPM data, don't deploy")
}

func (f *changeFlags) dryRunOption() cli.Option {
	return flag("dry-run", 'n', &f.dryRun, "Exit after printing the transaction")
}

func (f *changeFlags) unchangedOption() cli.Option {
	return flag("unchanged-exit-77", 0, &f.unchanged77, "If no new deployment made, exit 77")
}

func (f *changeFlags) driverOption(what string) cli.Option {
	return flag("bypass-driver", 0, &f.bypassDriver, "Force "+what+" even if an updates driver is registered")
}

// tails are the texts that a change ends with.
type tails struct {
	unchanged  string // nothing had to be done
	downloaded string // --download-only
	hint       string // before the last line
	done       string // the last line
}

const (
	rebootHint = "Run \"systemctl reboot\" to start a reboot"
	queuedHint = "Changes queued for next boot. " + rebootHint
	undoHint   = "Use \"rpm-ostree override reset\" to undo overrides"
)

// apply carries out a change of a system and tells what came of it.
func (c *command) apply(s *rpmostree.System, change *rpmostree.Change, f *changeFlags, t tails) error {
	change.CacheOnly = change.CacheOnly || f.cacheOnly
	change.DownloadOnly, change.DryRun, change.LockFinalization = f.downloadOnly, f.dryRun, f.lock
	if err := c.takePackages(change); err != nil {
		return err
	}
	var out *rpmostree.Outcome
	err := c.transact(func(ctx context.Context) (err error) {
		out, err = s.Apply(ctx, change)
		return err
	})
	if err != nil {
		return err
	}
	return c.finish(s, out, f, t)
}

// interruptible ends the command's context at the first interrupt.
func (c *command) interruptible() (stop func()) {
	outer := c.ctx
	ctx, cancel := context.WithCancel(outer)
	c.ctx = ctx
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		for range signals {
			if ctx.Err() == nil {
				fmt.Fprintln(c.env.Stderr, "Caught SIGINT, cancelling transaction")
			} else {
				fmt.Fprintln(c.env.Stderr, "Awaiting transaction cancellation...")
			}
			cancel()
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
		cancel()
		c.ctx = outer
	}
}

// transact runs what can be interrupted.
func (c *command) transact(work func(ctx context.Context) error) error {
	stop := c.interruptible()
	defer stop()
	err := work(c.ctx)
	if err != nil && errors.Is(err, context.Canceled) {
		return errors.New("Operation was cancelled")
	}
	return err
}

// finish tells what came of a change.
func (c *command) finish(s *rpmostree.System, out *rpmostree.Outcome, f *changeFlags, t tails) error {
	switch {
	case f.dryRun:
		c.printTransaction(out)
		c.printf("Exiting because of '--dry-run' option\n")
		return nil
	case out.Pinned || !out.Changed:
		c.printf("%s\n", t.unchanged)
		return unchanged(f.unchanged77)
	case f.downloadOnly:
		c.printf("%s\n", t.downloaded)
		return nil
	}
	if err := c.changed(s); err != nil {
		return err
	}
	if f.reboot && s.IsBooted() {
		return c.reboot(s)
	}
	diff, err := c.newDiff(s, out)
	if err != nil {
		return err
	}
	if err := diff.WriteBlock(c.env.Stdout); err != nil {
		return err
	}
	if t.hint != "" {
		c.printf("%s\n", t.hint)
	}
	c.printf("%s\n", t.done)
	return nil
}

// changed tidies up what is not true any more after a change.
func (c *command) changed(s *rpmostree.System) error {
	if err := s.ForgetUpdate(); err != nil {
		return err
	}
	return c.pruneHistory(s)
}

// pruneHistory drops the descriptions of deployments that the journal has forgotten.
func (c *command) pruneHistory(s *rpmostree.System) error {
	if !s.IsBooted() {
		return nil
	}
	res, err := c.runner.Run(c.ctx, run.Command("journalctl", "--output=json", "MESSAGE_ID="+rpmostree.DeployMessageID))
	if err != nil {
		return nil // without a journal nothing is known to be old
	}
	oldest, found, err := rpmostree.OldestDeployment(bytes.NewReader(res.Stdout))
	if err != nil || !found {
		return err
	}
	return rpmostree.PruneHistory(rpmostree.HistoryDir, oldest)
}

// newDiff is how the packages will change with the next boot.
func (c *command) newDiff(s *rpmostree.System, out *rpmostree.Outcome) (pkglist.Diff, error) {
	booted := s.Sysroot().Booted()
	if booted == nil || out.Deployment == nil {
		return out.Diff(), nil
	}
	diff, err := rpmostree.DiffCommits(c.ctx, s.Repo(), booted.Commit, out.Deployment.Commit)
	if errors.Is(err, pkglist.ErrNoDatabase) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return diff.Packages, nil
}

// printTransaction lists what would be done to the packages.
func (c *command) printTransaction(out *rpmostree.Outcome) {
	diff := out.Diff()
	var add, remove []string
	for _, d := range diff {
		if d.New != nil {
			line := d.New.String()
			if repo := out.Sources[line]; repo != "" {
				line += " (" + repo + ")"
			}
			add = append(add, line)
		}
		if d.Type == pkglist.Removed {
			remove = append(remove, d.Old.String())
		}
	}
	for _, part := range []struct {
		verb string
		list []string
	}{{"Installing", add}, {"Removing", remove}} {
		if len(part.list) == 0 {
			continue
		}
		c.printf("%s %s:\n", part.verb, packages(len(part.list)))
		for _, p := range part.list {
			c.printf("  %s\n", p)
		}
	}
	if len(diff) == 0 {
		c.printf("Empty transaction.\n")
	}
}

func packages(n int) string {
	if n == 1 {
		return "1 package"
	}
	return fmt.Sprintf("%d packages", n)
}
