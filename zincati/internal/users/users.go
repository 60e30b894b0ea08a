// Package users finds the people who are logged in, and tells them about a reboot.
//
// [Checker.Sessions] asks loginctl for the sessions that have a terminal, also one of an older systemd that has no JSON
// for them, [Checker.Broadcast] writes to their
// terminals, [Checker.Overridden] reports whether the administrator does not want to wait for anybody.
//
// Nothing here may stop the agent: loginctl's output is read as tolerantly as can be, a terminal that does not take
// what is written to it is given up after a second, and a terminal's name cannot lead out of /dev.
package users

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/run"
)

// OverridePath is the file below the root whose existence means that nobody is waited for.
const OverridePath = "run/zincati/override-interactive-check"

// answerTime is how long loginctl may take. It gives up by itself when the login service is silent for half a minute; this
// is for a loginctl that hangs, which would put off updates for ever.
const answerTime = 5 * time.Minute

// signalTime is how long the signal that ended loginctl has to reach this process.
const signalTime = time.Second

// maxOutput bounds the output of loginctl in bytes: some 50,000 sessions.
const maxOutput = 8 << 20

// Checker looks after interactive sessions. All fields may be left out.
type Checker struct {
	// Runner starts loginctl; nil is the real one.
	Runner run.Runner
	// Root is the directory that stands for "/"; empty is "/".
	Root string
	// Now is the clock of the broadcast text; nil is time.Now.
	Now func() time.Time
	// Logger tells what went wrong; nil is silent.
	Logger *slog.Logger
}

// Session is somebody at a terminal.
type Session struct {
	// User is the name of the user; it may be unknown, which is empty.
	User string
	// TTY is the terminal's path below /dev, as loginctl has it: "pts/0".
	TTY string
}

// Sessions returns the sessions that have a terminal, in the order of loginctl. It takes five minutes at most.
func (c *Checker) Sessions(ctx context.Context) ([]Session, error) {
	limited, cancel := context.WithTimeoutCause(ctx, answerTime, fmt.Errorf("no answer within %v", answerTime))
	defer cancel()
	out, err := c.loginctl(limited, "list-sessions", "--json=short")
	if exit, ok := errors.AsType[*run.ExitError](err); ok {
		if bytes.Contains(exit.Stderr, []byte("--json")) {
			return c.unformatted(limited)
		}
		return nil, failed(exit)
	}
	if err != nil {
		return nil, err
	}
	sessions, err := Parse(out)
	if err != nil {
		return nil, fmt.Errorf("failed to deserialize output of `loginctl`: %w", err)
	}
	return sessions, nil
}

// unformatted asks a loginctl that does not know the option --json, as that of systemd 252. Zincati 0.0.32 takes nobody
// for logged in then. The columns of such a list are not told apart when one is empty, but the properties of a session
// are, which is why each is asked for.
func (c *Checker) unformatted(ctx context.Context) ([]Session, error) {
	out, err := c.loginctl(ctx, "list-sessions", "--no-legend", "--no-pager")
	if exit, ok := errors.AsType[*run.ExitError](err); ok {
		return nil, failed(exit)
	}
	if err != nil {
		return nil, err
	}
	var sessions []Session
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		out, err := c.loginctl(ctx, "show-session", "--no-pager", "--property=Name", "--property=TTY", "--", f[0])
		if exit, ok := errors.AsType[*run.ExitError](err); ok {
			if exit.Exit < 0 || !bytes.Contains(exit.Stderr, []byte("No session")) {
				return nil, failed(exit)
			}
			c.log().Debug("session " + f[0] + " is over")
			continue
		}
		if err != nil {
			return nil, err
		}
		var s Session
		for line := range strings.Lines(string(out)) {
			switch key, value, _ := strings.Cut(strings.TrimSpace(line), "="); key {
			case "Name":
				s.User = value
			case "TTY":
				s.TTY = terminal(value)
			}
		}
		if s.TTY != "" {
			sessions = append(sessions, s)
		}
	}
	return sessions, nil
}

// loginctl returns what the program prints. An exit status other than 0 is returned as it is, a [run.ExitError].
func (c *Checker) loginctl(ctx context.Context, args ...string) ([]byte, error) {
	cmd := run.Command("loginctl", args...)
	cmd.Limit = maxOutput
	res, err := c.runner().Run(ctx, cmd)
	if exit, ok := errors.AsType[*run.ExitError](err); ok {
		if exit.Exit < 0 {
			awaitSignal(ctx)
		}
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("failed to run `loginctl` binary: %w", err)
	}
	if res.Truncated {
		return nil, fmt.Errorf("output of `loginctl` is longer than %d bytes", maxOutput)
	}
	return res.Stdout, nil
}

func failed(exit *run.ExitError) error {
	return fmt.Errorf("`loginctl` failed to list current sessions: %s", exit.Stderr)
}

// awaitSignal is for a loginctl that was killed. A service manager that ends this service signals all of its processes;
// then the context is about to end, and that nobody was found must not lead to a reboot meanwhile.
func awaitSignal(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(signalTime):
	}
}

// Parse reads what loginctl list-sessions --json=short prints, and returns the sessions that have a terminal. Only
// "user" and "tty" are read, and only if they are strings; versions of systemd differ in everything else. No output at
// all is no sessions, as old versions print nothing then.
func Parse(output []byte) ([]Session, error) {
	if strings.TrimSpace(string(output)) == "" {
		return nil, nil
	}
	var entries []map[string]json.RawMessage
	if err := json.Unmarshal(output, &entries); err != nil {
		return nil, err
	}
	var sessions []Session
	for _, e := range entries {
		if tty := terminal(text(e["tty"])); tty != "" {
			sessions = append(sessions, Session{User: text(e["user"]), TTY: tty})
		}
	}
	return sessions, nil
}

// text is the value of a JSON string, and "" for everything else.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// terminal returns "" for the ways in which versions of loginctl say that there is none.
func terminal(tty string) string {
	switch tty = strings.TrimSpace(tty); tty {
	case "-", "n/a":
		return ""
	}
	return strings.TrimPrefix(tty, "/dev/")
}

// Overridden reports whether the administrator's file exists.
func (c *Checker) Overridden() bool {
	root, err := confine.OpenRoot(c.root())
	if err != nil {
		c.log().Warn("opening the root: " + err.Error())
		return false
	}
	defer root.Close()
	_, err = root.Stat(OverridePath)
	return err == nil
}

// valid tells a path below /dev from what would lead elsewhere.
func valid(tty string) bool {
	return tty != "" && tty == path.Clean(tty) && !strings.HasPrefix(tty, "/") && tty != "." &&
		tty != ".." && !strings.HasPrefix(tty, "../") && !strings.ContainsRune(tty, 0)
}

func (c *Checker) runner() run.Runner {
	if c.Runner == nil {
		return &run.Exec{Logger: c.Logger}
	}
	return c.Runner
}

func (c *Checker) root() string {
	if c.Root == "" {
		return "/"
	}
	return c.Root
}

func (c *Checker) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

func (c *Checker) log() *slog.Logger {
	if c.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Logger.With("target", "zincati::update_agent")
}
