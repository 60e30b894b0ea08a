package drive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/run"
)

// ErrNoDrive reports that there is no device of a name or label.
var ErrNoDrive = errors.New("no such drive")

// Drive is a file system that files are read from.
type Drive interface {
	// ReadFile returns a file of at most limit bytes; a larger one is an error. The name is
	// relative to the root of the drive, where links stay, too. A file that does not exist
	// is an [fs.ErrNotExist].
	ReadFile(name string, limit int64) ([]byte, error)
	// Close ends the use of the drive. It may take 7 s if the drive had to be mounted and
	// somebody looks at it.
	Close() error
}

// Finder finds drives. The zero value finds those of this machine. A Finder is not changed
// by its methods, and may be copied to change it.
type Finder struct {
	// Root is the directory that dev and sys are in; empty is "/".
	Root string
	// TempDir is where mount points are made; empty is "/tmp".
	TempDir string
	// Runner runs udevadm; nil runs the one of this machine.
	Runner run.Runner
	// Sleep waits for a time or for the end of the context, whose error it returns then; nil
	// does so by the clock.
	Sleep func(ctx context.Context, d time.Duration) error
	// Logger gets what goes wrong on the way; nil discards it.
	Logger *slog.Logger
	// Mount mounts a device read-only; nil is mount(2).
	Mount func(source, target, fstype string) error
	// Unmount ends that; lazy has it done when nobody uses the mount any more. Nil is
	// umount2(2).
	Unmount func(target string, lazy bool) error
	// MountOnly leaves the reading of file systems to the kernel.
	MountOnly bool
	// SettleOnce does not wait for a device that is absent after udev's queue is empty. Without it an
	// absent device is looked for four times within 7 s.
	SettleOnce bool
}

// Delays between attempts to mount, and to unmount.
const (
	firstDelay = time.Second
	maxDelay   = 5 * time.Second
	retries    = 3
)

// ByLabel opens the device with a label, which is case-sensitive, by udev's link. fstype is
// "iso9660", "vfat" or "udf". A device that does not exist is an [ErrNoDrive].
func (f *Finder) ByLabel(ctx context.Context, label, fstype string) (Drive, error) {
	if label == "" || label == "." || label == ".." || strings.ContainsAny(label, "/\x00") {
		return nil, fmt.Errorf("invalid label of a drive %.80q", label)
	}
	return f.Open(ctx, "/dev/disk/by-label/"+label, fstype)
}

// Open opens a device with the first of the types that fits. A device that does not
// exist is an [ErrNoDrive].
func (f *Finder) Open(ctx context.Context, device string, fstypes ...string) (Drive, error) {
	root, err := confine.OpenRoot(or(f.Root, "/"))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	delay := firstDelay
	for n := 0; ; n++ {
		d, err := f.attempt(ctx, root, device, fstypes)
		if err == nil {
			return d, nil
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("opening drive %s: %w", device, ctx.Err())
		}
		if n == retries {
			return nil, fmt.Errorf("maximum number of retries (%d) reached: %w", retries, err)
		}
		f.log().Debug("cannot open drive", "device", device, "attempt", n+1, "error", err)
		f.settle(ctx)
		if errors.Is(err, ErrNoDrive) {
			if _, absent := root.Stat(device); absent == nil {
				continue // what udev was working on
			} else if f.SettleOnce {
				return nil, err
			}
		}
		if err := f.sleep(ctx, delay); err != nil {
			return nil, fmt.Errorf("opening drive %s: %w", device, err)
		}
		delay = min(2*delay, maxDelay)
	}
}

// attempt opens a device once.
func (f *Finder) attempt(ctx context.Context, root *confine.Root, device string, fstypes []string) (Drive, error) {
	dev, err := openDevice(root, device)
	if err != nil {
		return nil, err
	}
	var failed []error
	for _, fstype := range fstypes {
		d, err := f.openAs(ctx, dev, fstype)
		if err == nil {
			return d, nil
		}
		if errors.Is(err, errAbandoned) {
			return nil, err
		}
		failed = append(failed, fmt.Errorf("reading %s as %s: %w", device, fstype, err))
	}
	_ = dev.Close()
	if len(failed) == 0 {
		return nil, fmt.Errorf("no type given for drive %s", device)
	}
	return nil, errors.Join(failed...)
}

// settle waits until udev has worked off its queue.
func (f *Finder) settle(ctx context.Context) {
	runner := f.Runner
	if runner == nil {
		runner = &run.Exec{}
	}
	_, err := runner.Run(ctx, run.Command("udevadm", "settle"))
	if err == nil || ctx.Err() != nil {
		return
	}
	if exit, ok := errors.AsType[*run.ExitError](err); ok {
		f.log().Warn(fmt.Sprintf("udevadm settle failed: %s", exit.Stderr))
		return
	}
	f.log().Warn(fmt.Sprintf("failed to run udevadm settle: %v", err))
}

func (f *Finder) sleep(ctx context.Context, d time.Duration) error {
	if f.Sleep != nil {
		return f.Sleep(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (f *Finder) log() *slog.Logger {
	if f.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return f.Logger
}

// absent makes an error of one that says that something does not exist.
func absent(device string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrNoDrive, err)
	}
	return fmt.Errorf("opening drive %s: %w", device, err)
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
