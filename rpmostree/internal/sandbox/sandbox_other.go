//go:build !linux

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"runtime"
)

var errPlatform = fmt.Errorf("sandboxes are not supported on %s: %w", runtime.GOOS, errors.ErrUnsupported)

// Main does nothing on this system.
func Main() {}

// CheckMain returns nil: what needs no sandbox works on this system without [Main].
func CheckMain() error { return nil }

// Session is a running sandbox.
type Session struct{}

// Start reports that sandboxes are not supported on this system.
func Start(context.Context, *Config) (*Session, error) { return nil, errPlatform }

// Run reports that sandboxes are not supported on this system.
func (s *Session) Run(context.Context, *Cmd) error { return errPlatform }

// SetAttrs reports that sandboxes are not supported on this system.
func (s *Session) SetAttrs(context.Context, []Attrs) error { return errPlatform }

// Open reports that sandboxes are not supported on this system.
func (s *Session) Open(context.Context, string) (*os.File, error) { return nil, errPlatform }

// Changes reports that sandboxes are not supported on this system.
func (s *Session) Changes(context.Context) iter.Seq2[*Change, error] {
	return func(yield func(*Change, error) bool) { yield(nil, errPlatform) }
}

// Lstat reports that sandboxes are not supported on this system.
func (s *Session) Lstat(string) (*Stat, error) { return nil, errPlatform }

// Close does nothing on this system.
func (s *Session) Close() error { return nil }

// Remove reports that sandboxes are not supported on this system.
func Remove(context.Context, string) error { return errPlatform }
