package installer

import (
	"context"
	"fmt"
)

// recover leaves a failed destination without anything that looks bootable, and with the
// partitions that were to be kept. Its own failures cannot make it worse than the table
// that the copy began with; they are told.
func (i *install) recover(ctx context.Context, cause error) {
	if i.Failed != nil {
		i.Failed(cause)
	}
	if i.Config.PreserveOnError {
		i.note("Preserving partition table as requested")
		if i.saved.Empty() {
			return
		}
		name, err := i.saved.StoreTo("", i.flavour().Program)
		if err != nil {
			i.note(fmt.Sprintf("storing saved partition entries: %v", err))
			return
		}
		i.note("Storing saved partition entries to " + name)
		return
	}
	i.note("Resetting partition table")
	if err := i.reset(ctx); err != nil {
		i.note(fmt.Sprintf("resetting partition table: %v", err))
	}
}

func (i *install) reset(ctx context.Context) error {
	// A write that failed behind our back is reported by the next sync, which must not be
	// one of those of the new table.
	if err := i.disk.File().Sync(); err != nil {
		i.log().Debug("syncing failed installation", "error", err)
	}
	if err := i.saved.Overwrite(i.disk.File()); err != nil {
		return err
	}
	return i.disk.Reread(ctx)
}
