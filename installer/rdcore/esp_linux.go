package rdcore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/installer/internal/bootfile"
	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
)

// espType is the type of an EFI system partition.
const espType = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"

// bindESPs tells GRUB on the EFI system partitions of the disks that the boot file system is on.
func (s *System) bindESPs(ctx context.Context, boot *device, uuid string) error {
	disks, err := boot.disks()
	if err != nil {
		return fmt.Errorf("while looking for colocated ESPs of '%s': %w", boot.path(), err)
	}
	for _, disk := range disks {
		esps, err := disk.esps()
		if err != nil {
			return err
		}
		for _, esp := range esps {
			err := s.mounted(ctx, esp.node(), "vfat", func(root *os.Root) error { return bindESP(root, esp.path(), uuid) })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// disks are the devices with a partition table below a device. What is below a multipath
// device are its paths, which are not to be used.
func (d *device) disks() ([]*device, error) {
	var out []*device
	below := func(d *device) ([]*device, error) {
		if d.kind() == kindMpath {
			return nil, nil
		}
		return d.below()
	}
	err := d.all(below, func(l *device) error {
		if kind := l.kind(); l.name != d.name && (kind == kindDisk || kind == kindMpath) {
			out = append(out, l)
		}
		return nil
	})
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("no parent devices found for %s", d.path())
	}
	return out, err
}

// esps are the EFI system partitions of a disk that the kernel knows.
func (d *device) esps() ([]*device, error) {
	dev, err := blockdev.Open(d.node())
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", d.path(), errno.Bare(err))
	}
	defer dev.Close()
	table, err := dev.GPT()
	switch {
	case errors.Is(err, blockdev.ErrNoTable), errors.Is(err, blockdev.ErrNotGPT), errors.Is(err, blockdev.ErrBroken):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("reading partition table of %s: %w", d.path(), errno.Bare(err))
	}
	var out []*device
	for _, p := range table.Partitions {
		if p.Type != espType {
			continue
		}
		esp, err := d.partition(p.Number)
		if err != nil {
			return nil, err
		}
		if esp == nil {
			d.sys.Logger.Warn("the kernel does not know an EFI system partition", "disk", d.path(), "partition", p.Number)
			continue
		}
		out = append(out, esp)
	}
	return out, nil
}

// bindESP writes beside the one grub.cfg of an EFI system partition.
func bindESP(esp *os.Root, name, uuid string) error {
	root, err := bootfile.Root(esp)
	if err != nil {
		return err
	}
	defer root.Close()
	dir, err := vendorDir(root, esp.Name(), name)
	if err != nil {
		return err
	}
	return writeBootUUID(root, esp.Name(), dir, uuid)
}

// vendorDir finds the directory of the operating system: the one below EFI with a grub.cfg.
// mount is where the partition is mounted, device its name.
func vendorDir(root *confine.Root, mount, device string) (string, error) {
	const efi = "EFI"
	entries, err := root.ReadDir(efi)
	if err != nil {
		return "", fmt.Errorf("reading directory %s: %w", filepath.Join(mount, efi), errno.Bare(err))
	}
	var found, shown []string
	for _, e := range entries {
		dir := filepath.Join(efi, e.Name())
		if !e.IsDir() {
			continue
		}
		if info, err := root.Stat(filepath.Join(dir, "grub.cfg")); err == nil && info.Mode().IsRegular() {
			found = append(found, dir)
			shown = append(shown, filepath.Join(mount, dir))
		}
	}
	if len(found) != 1 {
		return "", fmt.Errorf("Expected one vendor dir on %s, got %d (%s)", device, len(found), rustList(shown))
	}
	return found[0], nil
}
