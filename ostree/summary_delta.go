package ostree

import (
	"context"

	"github.com/nestos-dev/nestos/ostree/object"
)

// maxSuperblockSize bounds the superblock of a static delta, in bytes.
const maxSuperblockSize = MaxMetadataSize

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
		b, err := readFileAt(r.dirFD, n.SuperblockPath(), maxSuperblockSize)
		if errMissing(err) {
			continue // deleted meanwhile
		}
		if err != nil {
			return nil, err
		}
		sum := object.Sum(b)
		d.Set(n.String(), object.NewByteArray(sum[:]))
	}
	return d, nil
}

// addSummaryDeltas adds them to the metadata of a summary, unless there are none or they are not wanted there.
func (r *Repo) addSummaryDeltas(ctx context.Context, md *object.Dict) error {
	if r.config.NoDeltasInSummary {
		return nil
	}
	deltas, err := r.summaryDeltas(ctx)
	if err != nil || deltas.Len() == 0 {
		return err
	}
	md.Set(SummaryKeyStaticDeltas, deltas.HashOrdered())
	return nil
}

func (r *Repo) refreshDeltaIndexes(ctx context.Context) error { return nil }
