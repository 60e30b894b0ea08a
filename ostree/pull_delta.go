package ostree

import (
	"context"
	"errors"

	"github.com/nestos-dev/nestos/ostree/object"
)

// deltaChooser finds static deltas for the commits to pull.
type deltaChooser struct{}

func (d *deltaChooser) totals() DeltaTotals { return DeltaTotals{} }

func (p *puller) prepareDeltas() error {
	if p.opts.Deltas == DeltasRequired {
		return errors.New("static deltas are not supported yet")
	}
	return nil
}

func (p *puller) tryDelta(ctx context.Context, c object.Checksum, refs []*pullRef) (bool, error) {
	return false, nil
}
