package disks

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/internal/run"
)

// verify makes sure that the kernel sees what was wanted.
func (d *disk) verify(ctx context.Context, c *changes) error {
	for _, w := range c.parts {
		node := d.machine.PartitionNode(d.node, w.Number)
		if slices.Contains(c.deleted, w.Number) {
			if _, err := os.Stat(node); err == nil {
				return fmt.Errorf("%q unexpectedly exists after partitioning", node)
			} else if !os.IsNotExist(err) {
				return fmt.Errorf("failed to stat %q after partitioning: %w", node, err)
			}
			continue
		}
		if !slices.Contains(c.added, w.Number) && !slices.Contains(c.changed, w.Number) {
			continue
		}
		if err := d.verifyExtent(ctx, node, w); err != nil {
			return err
		}
	}
	return nil
}

func (d *disk) verifyExtent(ctx context.Context, node string, w wanted) error {
	start, size, err := d.kernelExtent(ctx, node)
	if err != nil {
		return err
	}
	// The kernel counts in 512 bytes whatever the sectors are.
	per := int64(d.table.SectorSize / 512)
	if w.start != nil && start != *w.start*per {
		return fmt.Errorf("kernel partition start for %q does not match expected (%d != %d 512-byte sectors)", node, start, *w.start*per)
	}
	if w.size != nil && size != *w.size*per {
		return fmt.Errorf("kernel partition size for %q does not match expected (%d != %d 512-byte sectors)", node, size, *w.size*per)
	}
	return nil
}

// kernelExtent is where the kernel sees a partition. Partitions of device-mapper
// devices are linear targets: 0 <size> linear <major:minor> <start>.
func (d *disk) kernelExtent(ctx context.Context, node string) (start, size int64, err error) {
	if d.machine.MapperName(d.node) == "" {
		target, err := filepath.EvalSymlinks(node)
		if err != nil {
			return 0, 0, fmt.Errorf("failed to resolve %q: %w", node, err)
		}
		start, size, err = d.machine.Extent(target)
		if err != nil {
			return 0, 0, fmt.Errorf("failed to read start and size of %q from sysfs: %w", node, err)
		}
		return start, size, nil
	}
	out, err := d.log.Try(ctx, d.h.Run, run.Command("dmsetup", "table", node))
	if err != nil {
		return 0, 0, fmt.Errorf("failed to get DM table for %q: %w", node, err)
	}
	fields := strings.Fields(string(out))
	if len(fields) < 5 || fields[2] != "linear" {
		return 0, 0, fmt.Errorf("unexpected dmsetup table output for %q: %q", node, out)
	}
	size, err = strconv.ParseInt(fields[1], 10, 64)
	if err == nil {
		start, err = strconv.ParseInt(fields[4], 10, 64)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("unexpected dmsetup table output for %q: %q", node, out)
	}
	return start, size, nil
}
