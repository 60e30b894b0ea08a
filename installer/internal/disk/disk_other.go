//go:build !linux

package disk

import (
	"context"
	"errors"
	"fmt"

	"github.com/nestos-dev/nestos/internal/gpt"
)

var errPlatform = errors.New("block devices are not supported on this system")

type device struct{}

func (d *Disk) openDevice() error { return fmt.Errorf("opening %s: %w", d.path, errPlatform) }

func (d *Disk) release() error { return nil }

// SectorSize is not supported on this system.
func SectorSize(path string) (int, error) {
	return 0, fmt.Errorf("getting sector size of %s: %w", path, errPlatform)
}

// CheckExclusive does nothing for a regular file.
func (d *Disk) CheckExclusive() error { return nil }

// Reread does nothing for a regular file.
func (d *Disk) Reread(context.Context) error { return nil }

// WithBoot is not supported on this system.
func (d *Disk) WithBoot(context.Context, string, bool, func(string) error) error { return errPlatform }

// WithBootIn is not supported on this system.
func (d *Disk) WithBootIn(context.Context, *gpt.Table, string, bool, func(string) error) error {
	return errPlatform
}

// Mount is not supported on this system.
func (d *Disk) Mount(context.Context, *Partition, bool, func(string) error) error {
	return errPlatform
}

// MountDevice is not supported on this system.
func MountDevice(context.Context, string, bool, *Options, func(string) error) error {
	return errPlatform
}

// Filesystem is a file system of the machine.
type Filesystem struct{ Device, Type, Label, UUID string }

// ScanOptions say how the machine's file systems are found.
type ScanOptions struct {
	Reread bool
	Disk   *Options
}

// FilesystemsByLabel is not supported on this system.
func FilesystemsByLabel(context.Context, string, *ScanOptions) ([]Filesystem, error) {
	return nil, errPlatform
}

// OtherBootFilesystems is not supported on this system.
func OtherBootFilesystems(context.Context, string, *Options) ([]string, error) {
	return nil, errPlatform
}
