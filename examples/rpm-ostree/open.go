//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree"
)

var errNotBooted = errors.New("This system was not booted via libostree.\nCurrently, most rpm-ostree commands only work on ostree-based host systems.")

// elsewhere tells whether the system to work on is not the running one.
func (c *command) elsewhere() bool { return c.sysroot != "" && filepath.Clean(c.sysroot) != "/" }

// requireBooted refuses to work on a machine that ostree did not boot.
func (c *command) requireBooted() error {
	if c.elsewhere() {
		return nil
	}
	if _, err := os.Stat("/run/ostree-booted"); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if kind := c.env.Lookup("container"); kind != "" {
		return fmt.Errorf("This system was not booted via libostree; found $container=%s environment variable.\nrpm-ostree is designed to manage host systems, not containers.", kind)
	}
	return errNotBooted
}

// requireRunning is for what only the running system has.
func (c *command) requireRunning() error {
	if c.elsewhere() {
		return errNotBooted
	}
	return c.requireBooted()
}

func (c *command) requireRoot() error {
	if os.Getuid() != 0 && c.env.Lookup("RPMOSTREE_SUPPRESS_REQUIRES_ROOT_CHECK") == "" {
		return errors.New("This command requires root privileges")
	}
	return nil
}

// open opens the system to look at it.
func (c *command) open() (*rpmostree.System, error) {
	if err := c.requireBooted(); err != nil {
		return nil, err
	}
	return c.openSystem()
}

// openChange opens the system to change it.
func (c *command) openChange() (*rpmostree.System, error) {
	if err := c.requireBooted(); err != nil {
		return nil, err
	}
	if !c.elsewhere() {
		if err := c.requireRoot(); err != nil {
			return nil, err
		}
		// Does not return where a mount namespace is needed: the process runs the program again.
		if err := sysroot.EnterNamespace(); err != nil {
			return nil, err
		}
	}
	s, err := c.openSystem()
	if err != nil {
		return nil, err
	}
	if err := s.Begin(c.ctx, lastWord(c.env.Program)); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func lastWord(s string) string { return s[strings.LastIndexByte(s, ' ')+1:] }

func (c *command) openSystem() (*rpmostree.System, error) {
	opts, err := c.options()
	if err != nil {
		return nil, err
	}
	path := c.sysroot
	if path == "" {
		path = "/"
	}
	s, err := rpmostree.Open(c.ctx, path, opts)
	if err != nil {
		return nil, err
	}
	if err := s.LoadConfig(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// options translates the environment, which libraries do not read.
func (c *command) options() (*rpmostree.Options, error) {
	log := slog.New(slog.NewTextHandler(c.env.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	r := c.progress()
	o := &rpmostree.Options{
		Stateroot: c.stateroot, Progress: r, Message: r.message, Logger: log,
		Lang: c.env.Lookup("LANG"), ScriptOutput: r.scripts(), ScriptDebug: c.env.Lookup("RPMOSTREE_SCRIPT_DEBUG"),
		SkipSanityCheck:   c.env.Lookup("RPMOSTREE_SKIP_SANITYCHECK") != "",
		DownloadFilelists: c.env.Lookup("DOWNLOAD_FILELISTS") == "true",
		ProxyEnv:          c.env.Lookup, UserAgent: "rpm-ostree/" + version,
		CommandLine: rpmostree.QuoteCommandLine(c.args), Agent: "cli", AgentUnit: ownUnit(),
		Sysroot: sysroot.Options{
			Repo: ostree.Options{BootID: c.env.Lookup("OSTREE_BOOTID"), NoCache: c.env.Lookup("OSTREE_SKIP_CACHE") != ""},
			// libostree's own texts are for "ostree admin".
			Message: func(string) {},
			OnLockWait: func() {
				io.WriteString(c.env.Stderr, "System transaction in progress; waiting for the sysroot lock...\n")
			},
		},
	}
	if o.ScriptDebug != "" {
		o.Terminal, _ = c.env.Stdin.(*os.File)
	}
	o.Sysroot.ParseDebug(c.env.Lookup("OSTREE_SYSROOT_DEBUG"))
	o.Sysroot.ParseOpts(c.env.Lookup("OSTREE_SYSROOT_OPTS"))
	if epoch := c.env.Lookup("SOURCE_DATE_EPOCH"); epoch != "" {
		n, err := strconv.ParseUint(epoch, 10, 62)
		if err != nil {
			return nil, fmt.Errorf("invalid SOURCE_DATE_EPOCH %q", epoch)
		}
		o.Epoch = time.Unix(int64(n), 0)
	}
	return o, nil
}
