//go:build linux

package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/rpmostree"
	"golang.org/x/sys/unix"
)

// statusRun is one look at the system.
type statusRun struct {
	*command
	pretty, verbose, advisories, json, booted, pending77 bool
	path                                                 string
}

func (p *program) status(ctx context.Context, env *cli.Env, args []string) error {
	t := &statusRun{command: p.systemCommand(ctx, env, "", "Get the version of the booted system")}
	pretty := hiddenFlag("pretty", &t.pretty, "This option is deprecated and no longer has any effect")
	pretty.Short = 'p'
	t.add(pretty,
		flag("verbose", 'v', &t.verbose, "Print additional fields (e.g. StateRoot); implies -a"),
		flag("advisories", 'a', &t.advisories, "Expand advisories listing"),
		flag("json", 0, &t.json, "Output JSON"),
		cli.Option{Long: "jsonpath", Short: 'J', Arg: "EXPRESSION", Help: "Filter JSONPath expression", Value: cli.String(&t.path)},
		flag("booted", 'b', &t.booted, "Only print the booted deployment"),
		flag("pending-exit-77", 0, &t.pending77, "If pending deployment available, exit 77"))
	if done, err := t.parseNone(args); done || err != nil {
		return err
	}
	if t.json && t.path != "" {
		return errors.New("Cannot specify both --json and --jsonpath")
	}
	s, err := t.open()
	if err != nil {
		return err
	}
	defer s.Close()
	return t.run(s)
}

func (t *statusRun) run(s *rpmostree.System) error {
	st, err := s.Status(t.ctx)
	if err != nil {
		return err
	}
	pending := len(st.Deployments) > 1 && !st.Deployments[0].Flag("booted")
	act, err := t.activity(s, st)
	if err != nil {
		return err
	}
	switch {
	case t.json || t.path != "":
		err = t.printJSON(st)
	default:
		err = s.WriteStatusText(t.ctx, t.env.Stdout, st, act, &rpmostree.TextOptions{
			Verbose: t.verbose, Advisories: t.advisories, BootedOnly: t.booted,
			Width: t.columns(), Color: t.color(), ASCII: t.ascii(),
		})
	}
	if err != nil {
		return err
	}
	return unchanged(t.pending77 && pending)
}

func (t *statusRun) printJSON(st *rpmostree.Status) error {
	if t.booted {
		st.Deployments = slices.DeleteFunc(st.Deployments, func(d *rpmostree.DeploymentInfo) bool { return !d.Flag("booted") })
	}
	if t.path == "" {
		return rpmostree.WriteJSON(t.env.Stdout, st)
	}
	found, err := st.Query(t.path)
	if err != nil {
		return err
	}
	return rpmostree.WriteJSON(t.env.Stdout, found)
}

// textOptions are those of this program's standard output.
func (c *command) textOptions(verbose, advisories bool) *rpmostree.TextOptions {
	return &rpmostree.TextOptions{Verbose: verbose, Advisories: advisories, Width: c.columns(), Color: c.color(), ASCII: c.ascii()}
}

func (c *command) color() bool { return cli.IsTerminal(c.env.Stdout) }

func (c *command) columns() int {
	if f, ok := c.env.Stdout.(*os.File); ok && cli.IsTerminal(f) {
		return terminalWidth(f)
	}
	return 80
}

// ascii tells whether the locale is one without UTF-8. One that is not set at all says nothing.
func (c *command) ascii() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(c.env.Lookup(name)); v != "" {
			return !strings.Contains(v, "utf-8") && !strings.Contains(v, "utf8")
		}
	}
	return false
}

// activity finds out what the running system does. Of any other there is nothing to know.
func (t *statusRun) activity(s *rpmostree.System, st *rpmostree.Status) (*rpmostree.Activity, error) {
	a := &rpmostree.Activity{}
	if !s.IsBooted() {
		return a, nil
	}
	txn, err := rpmostree.Active("")
	if err != nil {
		return nil, err
	}
	if txn != nil {
		st.Transaction = []string{txn.Method, txn.Initiator(), "/"}
		a.Title, a.Initiator = txn.Title, txn.Initiator()
	}
	if text, failed := s.Sysroot().FinalizeFailure(); failed {
		a.FinalizeFailure = text
	}
	config := s.Config()
	a.Policy = config.AutomaticUpdatePolicy
	if st.Driver != nil {
		a.DriverState = t.driverState(st.Driver.Unit)
	} else if a.Policy != "" && a.Policy != rpmostree.PolicyNone {
		a.TimerState = t.timerState()
	}
	return a, nil
}

func (t *statusRun) driverState(unit string) string {
	props, err := t.unitProperties(t.ctx, unit, "ActiveState", "StatusText")
	if err != nil || props["ActiveState"] == "" {
		return ""
	}
	state := props["ActiveState"]
	if text := props["StatusText"]; text != "" {
		state += "; " + text
	}
	return state
}

const (
	automaticTimer   = "rpm-ostreed-automatic.timer"
	automaticService = "rpm-ostreed-automatic.service"
)

// timerState tells when updates were looked for last.
func (t *statusRun) timerState() string {
	timer, err := t.unitProperties(t.ctx, automaticTimer, "ActiveState")
	switch {
	case err != nil || timer["ActiveState"] == "":
		return automaticTimer + ": unknown state"
	case timer["ActiveState"] == "inactive":
		return automaticTimer + ": inactive"
	}
	service, err := t.unitProperties(t.ctx, automaticService, "ActiveState", "ExecMainExitTimestampMonotonic")
	switch {
	case err != nil:
		return automaticTimer + ": unknown state"
	case service["ActiveState"] == "failed":
		return automaticService + ": last run failed"
	case service["ActiveState"] == "active" || service["ActiveState"] == "activating":
		return automaticService + ": running"
	}
	ended, err := strconv.ParseInt(service["ExecMainExitTimestampMonotonic"], 10, 64)
	if err != nil || ended == 0 {
		return automaticTimer + ": no runs since boot"
	}
	return automaticTimer + ": last run " + ago(uptime()-time.Duration(ended)*time.Microsecond)
}

// uptime is the time of the clock that systemd's monotonic times are of.
func uptime() time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return 0
	}
	return time.Duration(now.Nano())
}
