//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/rpmostree"
)

// kargsRun is one look at the kernel arguments, or one change of them.
type kargsRun struct {
	*command
	changeFlags
	change      rpmostree.KargsChange
	index       string
	editor      bool
	importLive  bool
	indexNumber int
}

func (p *program) kargs(ctx context.Context, env *cli.Env, args []string) error {
	k := &kargsRun{command: p.systemCommand(ctx, env, "", "Query or modify kernel arguments"), indexNumber: -1}
	ch := &k.change
	list := func(long, arg string, p *[]string, help string) cli.Option {
		return cli.Option{Long: long, Arg: arg, Help: help, Value: cli.Strings(p)}
	}
	k.add(
		cli.Option{Long: "deploy-index", Arg: "INDEX", Value: cli.String(&k.index),
			Help: "Modify the kernel args from a specific deployment based on index. Index is in the form of a number (e.g. 0 means the first deployment in the list)"},
		flag("reboot", 0, &k.changeFlags.reboot, "Initiate a reboot after operation is complete"),
		list("append", "KEY=VALUE", &ch.Append, "Append kernel argument; useful with e.g. console= that can be used multiple times. empty value for an argument is allowed"),
		list("replace", "KEY=VALUE=NEWVALUE", &ch.Replace, "Replace existing kernel argument, the user is also able to replace an argument with KEY=VALUE if only one value exist for that argument "),
		list("delete", "KEY=VALUE", &ch.Delete, "Delete a specific kernel argument key/val pair or an entire argument with a single key/value pair"),
		list("append-if-missing", "KEY=VALUE", &ch.AppendIfMissing, "Like --append, but does nothing if the key is already present"),
		list("delete-if-present", "KEY=VALUE", &ch.DeleteIfPresent, "Like --delete, but does nothing if the key is already missing"),
		flag("unchanged-exit-77", 0, &k.unchanged77, "If no kernel args changed, exit 77"),
		flag("import-proc-cmdline", 0, &k.importLive, "Instead of modifying old kernel arguments, we modify args from current /proc/cmdline (the booted deployment)"),
		flag("editor", 0, &k.editor, "Use an editor to modify the kernel arguments"),
		k.lockOption())
	if done, err := k.parseNone(args); done || err != nil {
		return err
	}
	if err := k.check(); err != nil {
		return err
	}
	if k.showOnly() {
		return k.show()
	}
	return k.modify()
}

// edits tells whether arguments are named.
func (k *kargsRun) edits() bool {
	c := &k.change
	return len(c.Append)+len(c.AppendIfMissing)+len(c.Delete)+len(c.DeleteIfPresent)+len(c.Replace) > 0
}

func (k *kargsRun) showOnly() bool { return !k.editor && !k.edits() }

func (k *kargsRun) check() (err error) {
	switch {
	case k.editor && k.edits():
		return errors.New("Cannot specify --editor with --replace, --delete, --append, --delete-if-present or --append-if-missing")
	case len(k.change.Delete) > 0 && len(k.change.Replace) > 0:
		return errors.New("Cannot specify both --delete and --replace")
	case k.importLive && k.index != "":
		return errors.New("Cannot specify both --import-from-proc-cmdline and --deploy-index")
	case k.importLive && k.stateroot != "":
		return errors.New("Cannot specify both osname and --import-from-proc-cmdline")
	case k.changeFlags.reboot && k.showOnly():
		return errors.New("Cannot reboot when kernel arguments not changed")
	case k.importLive && k.elsewhere():
		return errNotBooted
	}
	if k.index != "" {
		if k.indexNumber, err = strconv.Atoi(k.index); err != nil || k.indexNumber < 0 {
			return fmt.Errorf("Invalid index: %s", k.index)
		}
	}
	k.change.Index = k.indexNumber
	if k.importLive {
		line, err := os.ReadFile("/proc/cmdline")
		if err != nil {
			return err
		}
		k.change.ImportCmdline, k.change.Cmdline = true, string(line)
	}
	return nil
}

func (k *kargsRun) show() error {
	if k.importLive {
		k.printf("%s", k.change.Cmdline)
		return nil
	}
	s, err := k.open()
	if err != nil {
		return err
	}
	defer s.Close()
	text, err := s.Kargs(k.ctx, k.indexNumber)
	if err != nil {
		return err
	}
	k.printf("%s\n", text)
	return nil
}

func (k *kargsRun) modify() error {
	s, err := k.openChange()
	if err != nil {
		return err
	}
	defer s.Close()
	if k.editor {
		if err := k.edit(s); err != nil {
			return k.sameAsBefore(err)
		}
	}
	k.change.LockFinalization = k.lock
	var changed bool
	err = k.transact(func(ctx context.Context) (err error) {
		changed, err = s.SetKargs(ctx, &k.change)
		return err
	})
	switch {
	case err != nil:
		return k.sameAsBefore(err)
	case !changed:
		k.printf("No changes.\n")
		return unchanged(k.unchanged77)
	}
	if err := k.changed(s); err != nil {
		return err
	}
	if k.changeFlags.reboot {
		return k.command.reboot(s)
	}
	k.printf("Kernel arguments updated.\n%s\n", rebootHint)
	return nil
}

// sameAsBefore turns the error about an editor that changed nothing into the exit status that was asked for.
func (k *kargsRun) sameAsBefore(err error) error {
	if k.unchanged77 && errors.Is(err, rpmostree.ErrKargsUnchanged) {
		k.printf("No changes.\n")
		return unchanged(true)
	}
	return err
}
