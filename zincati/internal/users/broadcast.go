package users

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/zincati/internal/logfmt"
)

const (
	// writeTime is how long a terminal may take.
	writeTime = time.Second
	// maxWriters bounds the terminals that are written to at a time.
	maxWriters = 32
	// maxVersion bounds the version in the text, in bytes.
	maxVersion = 256
)

// errNotTerminal is for names of terminals that are something else.
var errNotTerminal = errors.New("not a terminal")

// Message returns what the users get to read. The version comes from a server and goes to terminals: characters that
// are not for print become question marks.
func Message(now time.Time, version string, remaining time.Duration) string {
	version = strings.ToValidUTF8(version[:min(len(version), maxVersion)], "?")
	version = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, version)
	return "\nBroadcast message from Zincati at " + now.UTC().Format("Mon 2006-01-02 15:04:05 MST") + ":\n" +
		"New update " + version + " is available and has been deployed.\n" +
		"If permitted by the update strategy, Zincati will reboot into this update when\n" +
		"all interactive users have logged out, or in " + Period(remaining) + ", whichever comes\n" +
		"earlier. Please log out of all active sessions in order to let the auto-update\n" +
		"process continue.\n"
}

// Period words a time: "10 minutes", "1 minute and 30 seconds".
func Period(d time.Duration) string {
	minutes, seconds := int(d/time.Minute), int(d%time.Minute/time.Second)
	count := func(n int, unit string) string {
		if n == 1 {
			return "1 " + unit
		}
		return fmt.Sprintf("%d %ss", n, unit)
	}
	switch {
	case minutes == 0:
		return count(seconds, "second")
	case seconds == 0:
		return count(minutes, "minute")
	}
	return count(minutes, "minute") + " and " + count(seconds, "second")
}

// Broadcast writes to the terminals of the sessions that a version has been deployed, and that the reboot is so far
// away. What goes wrong with one is logged, and does not concern the others.
func (c *Checker) Broadcast(ctx context.Context, sessions []Session, version string, remaining time.Duration) {
	dev, err := openDev(c.root())
	if err != nil {
		c.log().Error("opening /dev: " + err.Error())
		return
	}
	defer dev.Close()
	message := Message(c.now(), version, remaining)
	ttys := devices(sessions)
	results := make([]error, len(ttys))
	var wg sync.WaitGroup
	slots := make(chan struct{}, maxWriters)
	for i, tty := range ttys {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			results[i] = ctx.Err()
			if results[i] == nil {
				results[i] = writeTo(dev, tty, message)
			}
		})
	}
	wg.Wait()
	c.report(ttys, results)
}

// openDev opens the directory of terminals below root, which no name leads out of.
func openDev(path string) (*confine.Root, error) {
	root, err := confine.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := root.OpenFile("dev", os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return confine.FromFile(f)
}

// devices are the terminals of the sessions, each once.
func devices(sessions []Session) []string {
	var ttys []string
	seen := map[string]bool{}
	for _, s := range sessions {
		if !seen[s.TTY] {
			seen[s.TTY] = true
			ttys = append(ttys, s.TTY)
		}
	}
	return ttys
}

func (c *Checker) report(ttys []string, results []error) {
	failed := 0
	for i, err := range results {
		if err != nil {
			failed++
			c.log().Error("failed to write to /dev/" + ttys[i] + ": " + logfmt.Line(err))
		}
	}
	if failed > 0 {
		c.log().Warn(fmt.Sprintf("%d interactive sessions found, but only broadcasted to %d", len(ttys), len(ttys)-failed))
	}
}

// writeTo writes to a terminal that exists. Opening a device can have effects of its own, so it is looked at first,
// and what is opened is looked at again.
func writeTo(dev *confine.Root, tty, message string) error {
	if !valid(tty) {
		return fmt.Errorf("leads out of /dev: %w", errNotTerminal)
	}
	info, err := dev.Lstat(tty)
	if err != nil {
		return err
	}
	// A plain file is what containers and tests put there instead; like the reference we write to it, but do not make it.
	plain := info.Mode().IsRegular()
	if !plain && info.Mode().Type() != fs.ModeDevice|fs.ModeCharDevice {
		return errNotTerminal
	}
	// Neither the opening nor the writing waits for a terminal that is stopped, or not connected. It does not
	// become the terminal of this process either.
	f, err := dev.OpenFile(tty, os.O_WRONLY|os.O_APPEND|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if opened, err := f.Stat(); err != nil || !os.SameFile(info, opened) || !plain && !isTerminal(f) {
		return errors.Join(err, errNotTerminal)
	}
	if err := f.SetWriteDeadline(time.Now().Add(writeTime)); err != nil && !errors.Is(err, os.ErrNoDeadline) {
		return err
	}
	_, err = f.WriteString(message)
	return err
}
