package container

import (
	"context"
	"strings"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

type ContentMeta struct{}

func joinComponents(c []string) string { return strings.Join(c, ",") }

func planLayers(ctx context.Context, r *ostree.Repo, sum object.Checksum, opts *EncapsulateOptions) ([]*layerPlan, error) {
	objs, err := commitContents(ctx, r, sum)
	return []*layerPlan{{objects: objs}}, err
}
