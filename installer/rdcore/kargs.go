package rdcore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/installer/kargs"
	"github.com/nestos-dev/nestos/internal/errno"
)

// Boot says where the boot file system is: at most one of the two is set.
type Boot struct {
	// Device is the path of the block device that it is on. It is mounted for the time of the
	// work, in a mount namespace of its own.
	Device string
	// Mount is the directory where it is mounted: exactly that, not one below.
	Mount string
}

func (b Boot) given() bool { return b.Device != "" || b.Mount != "" }

// KargsOptions say which kernel arguments change, and how. The first that is set of
// Override, Current and Boot is taken.
type KargsOptions struct {
	// Override is edited itself, and nothing is written.
	Override *string
	// Current edits the arguments that this kernel was started with; nothing is written.
	Current bool
	// Boot is the file system whose newest entry for the boot loader is edited.
	Boot Boot
	// Edit is the change. If it is empty the entry is not touched, else it is written anew.
	Edit kargs.Edit
	// CreateIfChanged is the path of a file that is created if the arguments change. It may
	// exist, and keeps its content.
	CreateIfChanged string
	// System is the machine.
	System *System
}

// KargsResult is what an edit led to.
type KargsResult struct {
	// Text is the arguments after the edit, as one line.
	Text string
	// Changed tells whether the edit made a difference.
	Changed bool
}

// ErrNoBoot reports options that name no kernel arguments to work on.
var ErrNoBoot = errors.New("one of --boot-device, --boot-mount, or --current required")

// Kargs edits kernel arguments and returns the outcome. The result may come with an error,
// when the arguments were edited but could not be saved.
func Kargs(ctx context.Context, o *KargsOptions) (*KargsResult, error) {
	if o == nil {
		o = &KargsOptions{}
	}
	s := o.System.withDefaults()
	if o.Override != nil {
		return o.dry(*o.Override)
	}
	if o.Current {
		text, err := os.ReadFile(s.path("/proc/cmdline"))
		if err == nil && !utf8.Valid(text) {
			err = errNotUTF8
		}
		if err != nil {
			return nil, fmt.Errorf("reading kernel command line: %w", errno.Bare(err))
		}
		return o.dry(string(text))
	}
	if !o.Boot.given() {
		return nil, ErrNoBoot
	}
	var res *KargsResult
	err := s.withBoot(ctx, o.Boot, func(boot *os.Root) error {
		err := editNewest(boot, &o.Edit, func(text string) (string, error) {
			var err error
			res, err = o.apply(text)
			if err != nil {
				return "", err
			}
			return res.Text, nil
		})
		if err != nil {
			return fmt.Errorf("visiting BLS options: %w", err)
		}
		return nil
	})
	return res, err
}

// editNewest calls f with the arguments of the newest entry. Without an edit to make, the
// entry is only read.
func editNewest(boot *os.Root, e *kargs.Edit, f func(text string) (string, error)) error {
	if !e.Empty() {
		return kargs.EditNewest(boot, f)
	}
	text, err := kargs.ReadNewest(boot)
	if err == nil {
		_, err = f(text)
	}
	return err
}

func (o *KargsOptions) dry(text string) (*KargsResult, error) {
	res, err := o.apply(strings.TrimSpace(text))
	if err != nil {
		return res, fmt.Errorf("modifying options: %w", err)
	}
	return res, nil
}

func (o *KargsOptions) apply(text string) (*KargsResult, error) {
	if o.Edit.Empty() {
		return &KargsResult{Text: text}, nil
	}
	edited, err := o.Edit.Apply(text)
	if err != nil {
		return nil, err
	}
	res := &KargsResult{Text: edited, Changed: edited != text}
	if !res.Changed || o.CreateIfChanged == "" {
		return res, nil
	}
	return res, touch(o.CreateIfChanged)
}

// touch creates a file unless it exists. The path is the user's, and may be a device.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|syscall.O_NONBLOCK, 0o666)
	if err != nil {
		return fmt.Errorf("creating %s: %w", path, errno.Bare(err))
	}
	return f.Close()
}
