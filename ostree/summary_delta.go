package ostree

import (
	"context"

	"github.com/nestos-dev/nestos/ostree/object"
)

// summaryDeltas returns the static deltas with the checksums of their superblocks, as summaries list them.
func (r *Repo) summaryDeltas(ctx context.Context) (*object.Dict, error) {
	d := &object.Dict{}
	names, err := r.StaticDeltas()
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := r.listDelta(d, n); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// addSummaryDeltas adds them to the metadata of a summary, unless there are none or they are not wanted there.
func (r *Repo) addSummaryDeltas(ctx context.Context, md *object.Dict) error {
	if r.Config().NoDeltasInSummary {
		return nil
	}
	deltas, err := r.summaryDeltas(ctx)
	if err != nil || deltas.Len() == 0 {
		return err
	}
	md.Set(SummaryKeyStaticDeltas, deltas.HashOrdered())
	return nil
}

// refreshDeltaIndexes is what an update of the summary does for clients that read indexes instead.
func (r *Repo) refreshDeltaIndexes(ctx context.Context) error { return r.ReindexDeltas(ctx, nil) }
