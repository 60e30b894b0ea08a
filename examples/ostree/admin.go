//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/sysroot"
)

func runAdmin(ctx context.Context, env *cli.Env, args []string) error {
	return adminApp(env, "admin", "--print-current-dir|COMMAND", "Commands for managing a host system booted with ostree", 19,
		cli.Command{Name: "cleanup", Help: "Delete untagged deployments and repository objects", Run: runAdminCleanup},
		cli.Command{Name: "config-diff", Help: "Diff current /etc configuration versus default", Run: runAdminConfigDiff},
		cli.Command{Name: "deploy", Help: "Checkout revision REFSPEC as the new default deployment", Run: runAdminDeploy},
		cli.Command{Name: "finalize-staged", Help: "Internal command to run at shutdown time", Hidden: true, Run: runAdminFinalizeStaged},
		cli.Command{Name: "lock-finalization", Help: "Change the finalization locking state of the staged deployment", Run: runAdminLockFinalization},
		cli.Command{Name: "boot-complete", Help: "Internal command to run at boot after an update was applied", Hidden: true, Run: runAdminBootComplete},
		cli.Command{Name: "state-overlay", Help: "Internal command to assemble a state overlay", Hidden: true, Run: runAdminStateOverlay},
		cli.Command{Name: "init-fs", Help: "Initialize a root filesystem", Run: runAdminInitFS},
		cli.Command{Name: "instutil", Help: "Deprecated commands intended for installer programs", Hidden: true, Run: runAdminInstutil},
		cli.Command{Name: "os-init", Help: "Initialize empty state for given operating system", Run: runAdminOSInit},
		cli.Command{Name: "stateroot-init", Help: "Initialize empty state for given operating system", Run: runAdminOSInit},
		cli.Command{Name: "pin", Help: "Change the \"pinning\" state of a deployment, INDEX can be >= 0 or one of booted, pending or rollback strings", Run: runAdminPin},
		cli.Command{Name: "post-copy", Help: "Update the repo and deployments as needed after a copy", Run: runAdminPostCopy},
		// The name fills its column, so that the text brings its own blank.
		cli.Command{Name: "prepare-soft-reboot", Help: " Prepare the specified deployment for a soft reboot", Run: runAdminPrepareSoftReboot},
		cli.Command{Name: "impl-prepare-soft-reboot", Help: "Internal command to prepare a soft reboot", Hidden: true, Run: runAdminImplPrepareSoftReboot},
		cli.Command{Name: "set-origin", Help: "Set Origin and create a new origin file", Run: runAdminSetOrigin},
		cli.Command{Name: "status", Help: "List deployments", Run: runAdminStatus},
		cli.Command{Name: "switch", Help: "Construct new tree from REFSPEC and deploy it", Run: runAdminSwitch},
		cli.Command{Name: "undeploy", Help: "Delete deployment INDEX", Run: runAdminUndeploy},
		cli.Command{Name: "set-default", Help: "Make deployment INDEX the default", Run: runAdminSetDefault},
		cli.Command{Name: "unlock", Help: "Make the current deployment mutable (as a hotfix or development)", Run: runAdminUnlock},
		cli.Command{Name: "upgrade", Help: "Construct new tree from current origin and deploy it, if it changed", Run: runAdminUpgrade},
		cli.Command{Name: "kargs", Help: "Change kernel arguments", Run: runAdminKargs},
	).Run(ctx, env, args)
}

// adminApp is a table of admin commands. The options of all admin commands work without one too, but only
// --print-current-dir does something there.
func adminApp(env *cli.Env, name, params, summary string, column int, commands ...cli.Command) *cli.App {
	var o adminOptions
	var verbose bool
	options := append(o.declare(),
		cli.Option{Long: "verbose", Short: 'v', Help: "Print debug information during command processing", Value: cli.Bool(&verbose)},
		versionOption(env))
	a := &cli.App{Name: name, Params: params, Summary: summary, Column: column, Commands: commands, Options: options}
	a.NoCommand = func(ctx context.Context, env *cli.Env, _ []string) error {
		if !o.currentDir {
			p := cli.Parser{Program: env.Program, Params: a.Params, Summary: a.Summary + "\n\n" + a.CommandList(), Options: a.Options}
			return &cli.HelpError{Help: p.Help(), Err: fmt.Errorf("No %q subcommand specified", a.Name)}
		}
		c := &adminRun{command: newCommand(ctx, env, "", ""), adminOptions: o}
		c.verbose = verbose
		return c.printCurrentDir()
	}
	return a
}

// adminOptions are those of all admin commands.
type adminOptions struct {
	sysroot    string
	currentDir bool
}

func (o *adminOptions) declare() []cli.Option {
	return []cli.Option{
		{Long: "sysroot", Arg: "PATH", Help: "Create a new OSTree sysroot at PATH", Value: cli.Filename(&o.sysroot)},
		{Long: "print-current-dir", Help: "Print current deployment directory", Hidden: true, Value: cli.Bool(&o.currentDir)},
	}
}

// adminFlags say what a command wants of the sysroot.
type adminFlags uint

const (
	// adminSuperuser: only root may do it to the running system.
	adminSuperuser adminFlags = 1 << iota
	// adminUnlocked: neither the sysroot's lock nor a mount namespace is taken.
	adminUnlocked
)

// adminRun is the frame that the admin commands share.
type adminRun struct {
	*command
	adminOptions
}

func newAdmin(ctx context.Context, env *cli.Env, params, summary string, options ...cli.Option) *adminRun {
	c := &adminRun{command: newCommand(ctx, env, params, summary)}
	c.parser.Options = append(c.adminOptions.declare(), options...)
	return c
}

// parseOptions reads the command line. done is true if there is nothing left to do.
func (c *adminRun) parseOptions(args []string) (rest []string, done bool, err error) {
	rest, done, err = c.parse(args)
	if done || err != nil {
		return nil, done, err
	}
	if c.currentDir {
		return nil, true, c.printCurrentDir()
	}
	return rest, false, nil
}

// parseSysroot reads the command line and loads the sysroot; s is nil if there is nothing left to do.
func (c *adminRun) parseSysroot(args []string, flags adminFlags) (s *sysroot.Sysroot, rest []string, err error) {
	rest, done, err := c.parseOptions(args)
	if done || err != nil {
		return nil, nil, err
	}
	s, err = c.load(flags)
	return s, rest, err
}

// load opens, locks and loads the sysroot.
func (c *adminRun) load(flags adminFlags) (s *sysroot.Sysroot, err error) {
	if flags&adminUnlocked == 0 {
		// Before anything else: this may execute the program again.
		if err := sysroot.EnterNamespace(); err != nil {
			return nil, err
		}
	}
	s, err = c.open()
	if err != nil {
		return nil, err
	}
	if err := c.prepare(s, flags); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (c *adminRun) prepare(s *sysroot.Sysroot, flags adminFlags) error {
	// Before the lock, which others than root cannot take: its error would not tell what is wrong.
	if flags&adminSuperuser != 0 && s.IsBootedRoot() && os.Getuid() != 0 {
		return errors.New("You must be root to perform this command")
	}
	if flags&adminUnlocked == 0 {
		if err := s.Lock(c.ctx); err != nil {
			return err
		}
	}
	return s.Load(c.ctx)
}

func (c *adminRun) sysrootPath() string {
	switch {
	case c.sysroot != "":
		return c.sysroot
	case c.env.Lookup("OSTREE_SYSROOT") != "":
		return c.env.Lookup("OSTREE_SYSROOT")
	}
	return "/"
}

func (c *adminRun) open() (*sysroot.Sysroot, error) {
	path := c.sysrootPath()
	return sysroot.Open(path, c.sysrootOptions(path))
}

// sysrootOptions translates the environment, which libraries do not read.
func (c *adminRun) sysrootOptions(path string) *sysroot.Options {
	repo := c.options(filepath.Join(path, "ostree/repo"))
	repo.RemotesConfigDir = "" // depends on what kind of root the sysroot is
	o := &sysroot.Options{
		Repo:         *repo,
		Message:      func(text string) { c.printf("%s\n", text) },
		OnLockWait:   c.showNow("Waiting for sysroot lock...\n"),
		KeepNextRoot: c.env.Lookup("OSTREE_SKIP_NEXTROOT_CLEANUP") != "",
		TestOutput:   c.env.Stderr,
		Loader: sysroot.LoaderOptions{
			Grub2Exec:    c.env.Lookup("OSTREE_GRUB2_EXEC"),
			Grub2Verbose: c.env.Lookup("OSTREE_DEBUG_GRUB2") != "" || c.env.Lookup("INVOCATION_ID") != "",
			Stdout:       c.env.Stdout,
			Stderr:       c.env.Stderr,
		},
	}
	o.Logger = slog.New(newWarningHandler(c.env.Stderr))
	if c.verbose {
		o.Logger = slog.New(newDebugHandler(c.env.Stderr))
	}
	debug := c.env.Lookup("OSTREE_SYSROOT_DEBUG")
	if strings.EqualFold(debug, "help") {
		io.WriteString(c.env.Stderr, "Supported debug values: mutable-deployments test-fifreeze no-xattrs no-dtb all help\n")
	}
	o.ParseDebug(debug)
	o.ParseOpts(c.env.Lookup("OSTREE_SYSROOT_OPTS"))
	return o
}

// showNow returns a function that prints text without delay.
func (c *adminRun) showNow(text string) func() {
	return func() {
		out, _ := c.env.ChildStreams()
		io.WriteString(out, text)
	}
}

func (c *adminRun) printCurrentDir() error {
	s, err := c.open()
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Load(c.ctx); err != nil {
		return err
	}
	d, err := firstDeployment(s)
	if err != nil {
		return err
	}
	c.printf("%s\n", s.DeploymentPath(d))
	return nil
}

func firstDeployment(s *sysroot.Sysroot) (*sysroot.Deployment, error) {
	if len(s.Deployments()) == 0 {
		return nil, errors.New("Unable to find a deployment in sysroot")
	}
	return s.Deployments()[0], nil
}

// indexed returns the deployment with an index that the command line names.
func indexed(s *sysroot.Sysroot, index int64) (*sysroot.Deployment, error) {
	list := s.Deployments()
	if index < 0 || index >= int64(len(list)) {
		return nil, fmt.Errorf("Out of range deployment index %d, expected < %d", index, len(list))
	}
	return list[index], nil
}

// requireOS returns the stateroot to work on: the given one or that of the running system.
func requireOS(s *sysroot.Sysroot, given string) error {
	if given == "" && s.Booted() == nil {
		return errors.New("Not currently booted into an OSTree system and no --os= argument given")
	}
	return nil
}

// parseIndex reads an index as the C library's strtoull does, but for the empty text, which is an error; see
// checkIndex.
func parseIndex(text string) (int64, error) {
	if err := checkIndex(text); err != nil {
		return 0, err
	}
	trimmed := trimIndex(text)
	n, err := strconv.ParseInt(strings.TrimPrefix(trimmed, "+"), 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("Index too large: %s", text)
	case err != nil:
		return 0, fmt.Errorf("Invalid index: %s", text)
	}
	return n, nil
}

// checkIndex refuses the empty text. The reference program takes it for 0, so that a variable of a script that is not
// set deletes or pins the default deployment; nobody means that.
func checkIndex(text string) error {
	if trimIndex(text) == "" {
		return fmt.Errorf("Invalid index: '%s'", printable(text))
	}
	return nil
}

// trimIndex removes the blanks that the C library allows before numbers.
func trimIndex(text string) string { return strings.TrimLeft(text, " \t\n\v\f\r") }

// tellDiscarded says that a transaction has dropped the deployment that was staged before it.
func (c *adminRun) tellDiscarded(s *sysroot.Sysroot, staged *sysroot.Deployment) {
	if staged != nil && s.Staged() == nil {
		c.printf("Staged deployment %s was discarded\n", staged.Name())
	}
}

// osOption is --os.
func osOption(p *string) cli.Option {
	return cli.Option{Long: "os", Arg: "OSNAME", Help: "Use a different operating system root than the current one", Value: cli.String(p)}
}

// osOptionNotEmpty is --os where the empty name is an error.
func osOptionNotEmpty(p *string) cli.Option {
	o := osOption(p)
	o.Value = cli.ArgFunc(func(_, value string) error {
		if value == "" {
			return errors.New("Invalid empty osname")
		}
		*p = value
		return nil
	})
	return o
}

// systemctl replaces this process. The sysroot is closed before, so that its lock is not left behind.
func (c *adminRun) systemctl(s *sysroot.Sysroot, what string) error {
	if err := s.Close(); err != nil {
		return err
	}
	c.env.ChildStreams() // whatever was printed goes out before
	name := fmt.Sprintf("systemctl %s", what)
	path, err := exec.LookPath("systemctl")
	if err != nil {
		return errno.New("execve", name, syscall.ENOENT)
	}
	return errno.New("execve", name, syscall.Exec(path, []string{"systemctl", what}, os.Environ()))
}

// reboot restarts the machine if the sysroot is that of the running system; the option may stand in a script that
// builds images.
func (c *adminRun) reboot(s *sysroot.Sysroot) error {
	if s.Booted() == nil {
		return nil
	}
	return c.systemctl(s, "reboot")
}
