package disks

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/internal/blockdev"
)

// PlanImage tells what the stage would do on a machine whose disk is the image, a
// file that is only read. device is what the config calls the disk; empty, it is the
// device of the only entry for a disk, if there is one. The image's partitions are
// found under the names that the device manager would give them, by number, label
// and UUID of the partition and of the file system in it. Other devices are not in
// the image: their entries say so. h.Predicted gets the devices that are there, or
// will be.
func PlanImage(ctx context.Context, h *host.Host, cfg *types.Config, image, device string) (*plan.Plan, error) {
	s := newStage(h, cfg)
	s.image = true
	// Another disk's predictions and the names of this machine do not count.
	own := *h
	own.Predicted, own.Settings.SysDir = make(map[string]bool), filepath.Join(image, "no-sysfs")
	s.h, s.machine = &own, blockdev.Machine{Sys: own.Settings.SysDir}
	if device == "" && len(cfg.Storage.Disks) == 1 {
		device = cfg.Storage.Disks[0].Device
	}
	if err := s.readImage(image, device); err != nil {
		return nil, fmt.Errorf("reading image %s: %w", image, err)
	}
	p, err := s.dryRun(ctx)
	// The stages after this one have to know which devices there are.
	if h.Predicted == nil {
		h.Predicted = make(map[string]bool)
	}
	for name := range s.future {
		h.Predicted[name] = false
	}
	maps.Copy(h.Predicted, own.Predicted)
	return p, err
}

func (s *stage) readImage(image, device string) error {
	d, err := blockdev.Open(image)
	if err != nil {
		return err
	}
	defer d.Close()
	if device != "" {
		s.future[filepath.Clean(device)] = area{path: image}
	}
	gpt, err := d.GPT()
	if errors.Is(err, blockdev.ErrNoTable) || errors.Is(err, blockdev.ErrNotGPT) || errors.Is(err, blockdev.ErrBroken) {
		return s.addNames(d, area{path: image, size: d.Size}, nil)
	}
	if err != nil {
		return err
	}
	for _, p := range gpt.Partitions {
		a := area{path: image, off: p.Start * int64(gpt.SectorSize), size: p.Size * int64(gpt.SectorSize)}
		names := partitionNames(filepath.Clean(device), p)
		if device == "" {
			names = names[1:]
		}
		if err := s.addNames(d, a, names); err != nil {
			return err
		}
	}
	return nil
}

// addNames notes where a partition is, also under the names of what is in it.
func (s *stage) addNames(d *blockdev.Device, a area, names []string) error {
	found, err := d.ProbeAt(a.off, a.size)
	if err != nil {
		return err
	}
	if found.Label != "" {
		names = append(names, s.h.Settings.DiskByLabelDir+"/"+udevName(found.Label))
	}
	if found.UUID != "" {
		names = append(names, "/dev/disk/by-uuid/"+found.UUID)
	}
	for _, n := range names {
		if _, taken := s.future[n]; !taken {
			s.future[n] = a
		}
	}
	return nil
}
