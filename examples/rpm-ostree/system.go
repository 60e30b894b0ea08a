//go:build linux

package main

import (
	"context"
	"errors"
	"strings"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
)

func (p *program) rollback(ctx context.Context, env *cli.Env, args []string) error {
	var f changeFlags
	c := p.systemCommand(ctx, env, "", "Revert to the previously booted tree", f.rebootOption())
	if done, err := c.parseNone(args); done || err != nil {
		return err
	}
	s, err := c.openChange()
	if err != nil {
		return err
	}
	defer s.Close()
	before := s.Sysroot().Deployments()
	if _, err := s.Rollback(ctx); err != nil {
		return err
	}
	if err := c.changed(s); err != nil {
		return err
	}
	if f.reboot {
		return c.reboot(s)
	}
	after := s.Sysroot().Deployments()
	if len(before) > 0 && len(after) > 0 {
		diff, err := rpmostree.DiffCommits(ctx, s.Repo(), before[0].Commit, after[0].Commit)
		if err == nil {
			err = diff.Packages.WriteBlock(env.Stdout)
		}
		if err != nil && !errors.Is(err, pkglist.ErrNoDatabase) {
			return err
		}
	}
	c.printf("%s\n", rebootHint)
	return nil
}

func (p *program) cleanup(ctx context.Context, env *cli.Env, args []string) error {
	var o rpmostree.CleanupOptions
	c := p.systemCommand(ctx, env, "", "Clear cached/pending data",
		flag("base", 'b', &o.Base, "Clear temporary files; will leave deployments unchanged"),
		flag("pending", 'p', &o.Pending, "Remove pending deployment"),
		flag("rollback", 'r', &o.Rollback, "Remove rollback deployment"),
		flag("repomd", 'm', &o.Metadata, "Delete cached rpm repo metadata"))
	if done, err := c.parseNone(args); done || err != nil {
		return err
	}
	if o == (rpmostree.CleanupOptions{}) {
		return rpmostree.ErrNoCleanupOption
	}
	s, err := c.openChange()
	if err != nil {
		return err
	}
	defer s.Close()
	if err := c.transact(func(ctx context.Context) error { return s.Cleanup(ctx, &o) }); err != nil {
		return err
	}
	return c.pruneHistory(s)
}

func (p *program) refreshMetadata(ctx context.Context, env *cli.Env, args []string) error {
	var force bool
	c := p.systemCommand(ctx, env, "", "Generate rpm repo metadata", flag("force", 'f', &force, "Expire current cache"))
	if done, err := c.parseNone(args); done || err != nil {
		return err
	}
	s, err := c.openChange()
	if err != nil {
		return err
	}
	defer s.Close()
	return c.transact(func(ctx context.Context) error { return s.RefreshMetadata(ctx, force) })
}

func (p *program) search(ctx context.Context, env *cli.Env, args []string) error {
	c := p.systemCommand(ctx, env, "PACKAGE [PACKAGE...]", "Search for packages")
	words, done, err := c.parse(args)
	if done || err != nil {
		return err
	}
	if len(words) == 0 {
		return c.usage("At least one PACKAGE must be specified")
	}
	s, err := c.openChange()
	if err != nil {
		return err
	}
	defer s.Close()
	var found []rpmostree.SearchResult
	err = c.transact(func(ctx context.Context) (err error) {
		found, err = s.Search(ctx, words)
		return err
	})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		c.printf("No matches found.\n")
		return nil
	}
	c.printFound(found)
	return nil
}

var searchTitles = map[rpmostree.SearchMatch]string{
	rpmostree.MatchNameAndSummary: "Summary & Name Matched", rpmostree.MatchName: "Name Matched", rpmostree.MatchSummary: "Summary Matched",
}

func (c *command) printFound(found []rpmostree.SearchResult) {
	last := ""
	for i, f := range found {
		if i == 0 || found[i-1].Match != f.Match {
			c.printf("\n===== %s =====\n", searchTitles[f.Match])
			last = ""
		}
		// Architectures of one package are one line.
		if line := f.Package.Name + " : " + f.Summary; line != last {
			c.printf("%s\n", line)
			last = line
		}
	}
}

// reload has nothing to tell a service; it tells whether the configuration can be read.
func (p *program) reload(ctx context.Context, env *cli.Env, args []string) error {
	c := p.systemCommand(ctx, env, "", "Reload configuration")
	if done, err := c.parseNone(args); done || err != nil {
		return err
	}
	s, err := c.open()
	if err != nil {
		return err
	}
	return s.Close()
}

func (p *program) cancel(ctx context.Context, env *cli.Env, args []string) error {
	c := p.systemCommand(ctx, env, "", "Cancel an active transaction")
	if done, err := c.parseNone(args); done || err != nil {
		return err
	}
	if err := c.requireRunning(); err != nil {
		return err
	}
	a, err := rpmostree.Active("")
	if err != nil {
		return err
	}
	if a == nil {
		c.printf("No active transaction.\n")
		return nil
	}
	c.printf("Cancelling transaction: %s\n", strings.TrimSpace(a.Title))
	if err := a.Cancel(ctx); err != nil {
		return err
	}
	c.printf("Cancelled.\n")
	return nil
}

var unlockedTexts = map[sysroot.Unlocked]string{
	sysroot.UnlockedHotfix: "Hotfix mode enabled.  A writable overlayfs is now mounted on /usr\n" +
		"for this booted deployment.  A non-hotfixed clone has been created\n" +
		"as the non-default rollback target.\n",
	sysroot.UnlockedDevelopment: "Development mode enabled.  A writable overlayfs is now mounted on /usr.\n" +
		"All changes there will be discarded on reboot.\n",
	sysroot.UnlockedTransient: "A writable overlayfs is prepared for /usr, but is mounted read-only by default.\n" +
		"All changes there will be discarded on reboot.\n",
}

// usroverlay makes /usr writable, as "ostree admin unlock" does.
func (p *program) usroverlay(ctx context.Context, env *cli.Env, args []string) error {
	var hotfix, transient bool
	c := p.systemCommand(ctx, env, "", "Apply a transient overlayfs to /usr",
		flag("hotfix", 0, &hotfix, "Retain changes across reboots"),
		flag("transient", 0, &transient, "Mount overlayfs read-only by default"))
	if done, err := c.parseNone(args); done || err != nil {
		return err
	}
	if hotfix && transient {
		return errors.New("Cannot specify both --hotfix and --transient")
	}
	if err := c.requireRunning(); err != nil {
		return err
	}
	s, err := c.openChange()
	if err != nil {
		return err
	}
	defer s.Close()
	state := sysroot.UnlockedDevelopment
	switch {
	case hotfix:
		state = sysroot.UnlockedHotfix
	case transient:
		state = sysroot.UnlockedTransient
	}
	root := s.Sysroot()
	if root.Booted() == nil {
		return errNotBooted
	}
	if err := root.Lock(ctx); err != nil {
		return err
	}
	if err := root.UnlockDeployment(ctx, root.Booted(), state); err != nil {
		return err
	}
	c.printf("%s", unlockedTexts[state])
	return root.Unlock()
}

func (p *program) finalizeDeployment(ctx context.Context, env *cli.Env, args []string) error {
	var o rpmostree.FinalizeOptions
	c := p.systemCommand(ctx, env, "CHECKSUM", "Unset the finalization locking state of the staged deployment and reboot",
		flag("allow-missing-checksum", 0, &o.AllowMissingChecksum, "Don't error out if no expected checksum is provided"),
		flag("allow-unlocked", 0, &o.AllowUnlocked, "Don't error out if staged deployment wasn't locked"))
	rest, done, err := c.parse(args)
	if done || err != nil {
		return err
	}
	switch {
	case len(rest) > 1:
		return c.usage("Too many arguments")
	case len(rest) == 1:
		o.Checksum = rest[0]
	case !o.AllowMissingChecksum:
		return c.usage("CHECKSUM must be provided or --allow-missing-checksum specified")
	}
	if err := c.requireRunning(); err != nil {
		return err
	}
	s, err := c.openChange()
	if err != nil {
		return err
	}
	defer s.Close()
	// Before the deployment is unlocked: unlocked, a second attempt would fail.
	if err := c.checkInhibitors(); err != nil {
		return err
	}
	o.Reboot = func(context.Context) error { return c.reboot(s) }
	return s.FinalizeDeployment(ctx, &o)
}
