//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/filelock"
	"github.com/nestos-dev/nestos/rpmostree"
)

// stateDir is where a command that changes the running system says so, for status and cancel.
const stateDir = "/run/rpm-ostree"

// activeTransaction is what a command that changes the running system says of itself.
type activeTransaction struct {
	PID    int    `json:"pid"`
	Title  string `json:"title"`  // the command line
	Method string `json:"method"` // the command
	Unit   string `json:"unit"`
	UID    int    `json:"uid"`
}

func (a *activeTransaction) initiator() string {
	return fmt.Sprintf("client(id:cli unit:%s uid:%d)", a.Unit, a.UID)
}

const (
	lockName   = "transaction.lock"
	activeName = "transaction.json"
)

// begin makes this command the only one that changes the running system, until it ends. Interrupted, it gives up
// without having changed anything.
func (c *command) begin() error {
	if err := os.MkdirAll(stateDir, 0o755); err != nil {
		return err
	}
	dir, err := os.Open(stateDir)
	if err != nil {
		return err
	}
	defer dir.Close()
	held, free, err := filelock.TryLock(dir, lockName)
	if err != nil {
		return err
	}
	if !free {
		title := ""
		if a := readActive(); a != nil {
			title = a.Title
		}
		return fmt.Errorf("Transaction in progress: %s\n You can cancel the current transaction with `rpm-ostree cancel`", title)
	}
	c.held = held
	a := &activeTransaction{PID: os.Getpid(), Title: rpmostree.QuoteCommandLine(c.args), Method: lastWord(c.env.Program), Unit: ownUnit(), UID: os.Getuid()}
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return atomicfile.WriteFile(filepath.Join(stateDir, activeName), data, 0o644, nil)
}

func lastWord(s string) string { return s[strings.LastIndexByte(s, ' ')+1:] }

// readActive returns who changes the running system; nil if nobody does.
func readActive() *activeTransaction {
	data, err := os.ReadFile(filepath.Join(stateDir, activeName))
	if err != nil {
		return nil
	}
	a := &activeTransaction{}
	if json.Unmarshal(data, a) != nil || a.PID <= 0 {
		return nil
	}
	return a
}

// active returns who changes the running system at present.
func active() (*activeTransaction, error) {
	dir, err := os.Open(stateDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	held, free, err := filelock.TryLock(dir, lockName)
	switch {
	case errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS):
		return alive(readActive()), nil // not root: the lock cannot be asked
	case err != nil:
		return nil, err
	case free:
		return nil, held.Unlock()
	}
	return readActive(), nil
}

// alive drops the trace of a process that is gone.
func alive(a *activeTransaction) *activeTransaction {
	if a == nil || errors.Is(syscall.Kill(a.PID, 0), syscall.ESRCH) {
		return nil
	}
	return a
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
