package installer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/installer/config"
	"github.com/nestos-dev/nestos/installer/internal/disk"
)

// Install installs an image. Until the last checks have passed nothing is written; after a
// later failure, or a kill at any time, the destination does not look bootable and has
// the partitions that were to be kept. It needs the privilege to write to the device, and
// to mount the boot file system if that is to be changed.
//
// The errors before the first write are those of the options, the image source and the
// device; later ones are [FailedError]. Nil options name no destination: [ErrNoDestination].
func Install(ctx context.Context, o *Options) (*Result, error) {
	i := &install{}
	if o != nil {
		i.Options = *o
	}
	defer i.close()
	if err := because(ctx, i.check(ctx)); err != nil {
		return nil, err
	}
	if i.DryRun {
		return i.result, because(ctx, i.rehearse(ctx))
	}
	if err := because(ctx, i.copyAndChange(ctx)); err != nil {
		var untouched *untouchedError
		if errors.As(err, &untouched) && !i.touched {
			return nil, untouched.err
		}
		i.recover(context.WithoutCancel(ctx), err)
		return nil, &FailedError{err}
	}
	i.warnOfOthers(ctx)
	i.note("Install complete.")
	return i.result, nil
}

// because tells why the context ended, such as by which signal, if it is that which err is
// about.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, ctx.Err()) && !errors.Is(err, cause) {
		return cause
	}
	return err
}

// install is one run of Install.
type install struct {
	Options
	ignition *ignitionConfig // nil if none is to be written
	consoles []config.Console
	image    *image
	disk     *disk.Disk
	saved    *disk.Saved
	touched  bool // something may have been written
	result   *Result
	closers  []func() error
}

func (i *install) close() {
	for n := len(i.closers) - 1; n >= 0; n-- {
		if err := i.closers[n](); err != nil {
			i.log().Debug("closing", "error", err)
		}
	}
}

func (i *install) cleanup(f func() error) { i.closers = append(i.closers, f) }

// check does everything that can fail without having touched the device, in the order in
// which users of the reference see errors.
func (i *install) check(ctx context.Context) error {
	c := &i.Config
	if c.DestDevice == "" {
		return ErrNoDestination
	}
	if runtime.GOARCH == "s390x" { // its boot record would be missing, and the disk not boot
		return fmt.Errorf("installing on IBM Z: %w", ErrNotSupported)
	}
	var err error
	if i.ignition, err = i.loadIgnition(ctx, c); err != nil {
		return err
	}
	filter, err := config.ParsePartitionFilters(c.SavePartlabel, c.SavePartindex)
	if err != nil {
		return err
	}
	if i.consoles, err = parseConsoles(c.Console); err != nil {
		return err
	}
	i.disk, err = disk.Open(ctx, c.DestDevice, &disk.Options{Message: i.note, Logger: i.Logger, Name: i.flavour().Program})
	if err != nil {
		return err
	}
	i.cleanup(i.disk.Close)
	if i.image, err = i.openImage(ctx); err != nil {
		return err
	}
	i.cleanup(i.image.Close)
	if err := i.checkSource(); err != nil {
		return err
	}
	if err := i.image.checkSignaturePresent(&i.Common, c.Insecure); err != nil {
		return err
	}
	i.result = &Result{Device: c.DestDevice, Image: i.image.name, SectorSize: i.disk.SectorSize()}
	if readOnly(i.disk.File()) {
		return fmt.Errorf("%s is read-only", c.DestDevice)
	}
	if err := i.disk.CheckExclusive(); err != nil {
		return err
	}
	var keep func(int, string) bool
	if !filter.Empty() {
		keep = filter.Matches
	}
	if i.saved, err = disk.ReadSaved(i.disk, keep, filter.HasIndex()); err != nil {
		return err
	}
	return i.precheck()
}

// readOnly tells whether a device refuses writes, although it may be opened for them.
func readOnly(f *os.File) bool {
	n, err := unix.IoctlGetUint32(int(f.Fd()), unix.BLKROGET)
	return err == nil && n != 0
}

func parseConsoles(specs []string) ([]config.Console, error) {
	var all []config.Console
	for _, s := range specs {
		c, err := config.ParseConsole(s)
		if err != nil {
			return nil, fmt.Errorf("console %q: %w", s, err)
		}
		all = append(all, c)
	}
	return all, nil
}

// warnOfOthers tells of file systems that the installed system could take for its own.
func (i *install) warnOfOthers(ctx context.Context) {
	others, err := disk.OtherBootFilesystems(ctx, i.Config.DestDevice, &disk.Options{Logger: i.Logger})
	if err != nil {
		i.note(fmt.Sprintf("checking for other boot filesystems: %v", err))
		return
	}
	if len(others) > 0 {
		i.note(disk.OtherBootNote(others))
	}
}

// changesBoot tells whether the boot file system is to be touched at all.
func (i *install) changesBoot() bool {
	c := &i.Config
	return i.ignition != nil || i.FirstbootArgs != "" || len(c.AppendKarg) > 0 || len(c.DeleteKarg) > 0 ||
		c.Platform != "" || len(c.Console) > 0 || c.CopyNetwork
}
