package rdcore

import (
	"context"
	"fmt"

	"github.com/nestos-dev/nestos/installer/internal/disk"
)

// VerifyUniqueLabel fails unless the machine has exactly one file system with a label. Devices
// with one UUID, such as the paths of a multipath device, count once, members of arrays not
// at all.
func VerifyUniqueLabel(ctx context.Context, o *UniqueLabelOptions) error {
	if o == nil {
		o = &UniqueLabelOptions{}
	}
	s := o.System.withDefaults()
	found, err := disk.FilesystemsByLabel(ctx, o.Label, &disk.ScanOptions{
		Reread: o.Reread, Disk: &disk.Options{Message: s.Message, Logger: s.Logger, Name: s.Flavour.Program, TempDir: s.TempDir},
	})
	if err != nil {
		return err
	}
	if len(found) == 1 {
		return nil
	}
	var devices []string
	for _, fs := range found {
		devices = append(devices, fs.Device)
	}
	return fmt.Errorf("System has %d devices with a filesystem labeled '%s': %s", len(found), o.Label, rustList(devices))
}
