package disks

import (
	"fmt"
)

// checkUse refuses disks that are held or mounted, and notes partitions that are.
func (d *disk) checkUse() error {
	used, err := d.inUse(d.node)
	if err != nil {
		return fmt.Errorf("failed usage check on %q: %w", d.alias, err)
	}
	parts, err := d.machine.Partitions(d.node)
	if err != nil {
		return fmt.Errorf("failed usage check on %q: failed to retrieve partitions of %q: %w", d.alias, d.node, err)
	}
	for _, part := range parts {
		partUsed, err := d.inUse(part)
		if err != nil {
			return fmt.Errorf("failed usage check on %q: failed to check if partition %q is in use: %w", d.alias, part, err)
		}
		if partUsed {
			d.active = append(d.active, part)
		}
	}
	switch {
	case used:
		return fmt.Errorf("refusing to operate on directly active disk %q", d.alias)
	case isTrue(d.cfg.WipeTable) && len(d.active) > 0:
		return fmt.Errorf("refusing to wipe active disk %q", d.alias)
	}
	return nil
}

// inUse ignores the holders of device-mapper disks, which are their own partitions.
func (d *disk) inUse(node string) (bool, error) {
	if d.machine.MapperName(d.node) == "" {
		holders, err := d.machine.Holders(node)
		if err != nil {
			return false, fmt.Errorf("failed to check if %q is held: failed to retrieve holders of %q: %w", node, node, err)
		}
		if len(holders) > 0 {
			return true, nil
		}
	}
	mounted, err := d.machine.Mounted(node)
	if err != nil {
		return false, fmt.Errorf("failed to check if %q is mounted: %w", node, err)
	}
	return mounted, nil
}
