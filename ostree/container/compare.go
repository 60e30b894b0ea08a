package container

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/nestos-dev/nestos/internal/humansize"
)

// ManifestDiff tells which layers of one image are not in another. Sizes are bytes of compressed layers.
type ManifestDiff struct {
	Total       int             `json:"total"` // layers of the new image
	TotalSize   int64           `json:"total-size"`
	Removed     []v1.Descriptor `json:"removed"` // sorted by digest
	RemovedSize int64           `json:"removed-size"`
	Added       []v1.Descriptor `json:"added"` // sorted by digest
	AddedSize   int64           `json:"added-size"`
}

// CompareManifests compares the layers of two images.
func CompareManifests(from, to *v1.Manifest) *ManifestDiff {
	d := &ManifestDiff{Total: len(to.Layers), TotalSize: layerSize(to.Layers), Removed: layersWithout(from, to), Added: layersWithout(to, from)}
	d.RemovedSize, d.AddedSize = layerSize(d.Removed), layerSize(d.Added)
	return d
}

func layerSize(list []v1.Descriptor) int64 {
	var n int64
	for _, l := range list {
		n += l.Size
	}
	return n
}

// layersWithout returns the layers of a that b lacks.
func layersWithout(a, b *v1.Manifest) []v1.Descriptor {
	known := map[v1.Hash]bool{}
	for _, l := range b.Layers {
		known[l.Digest] = true
	}
	list := []v1.Descriptor{}
	for _, l := range a.Layers {
		if !known[l.Digest] {
			known[l.Digest] = true
			list = append(list, l)
		}
	}
	slices.SortFunc(list, func(x, y v1.Descriptor) int { return strings.Compare(x.Digest.Hex, y.Digest.Hex) })
	return list
}

// String returns the summary in three lines.
func (d *ManifestDiff) String() string {
	size := func(n int64) string { return humansize.Format(uint64(max(n, 0))) }
	return fmt.Sprintf("Total new layers: %-4d  Size: %s\nRemoved layers:   %-4d  Size: %s\nAdded layers:     %-4d  Size: %s\n",
		d.Total, size(d.TotalSize), len(d.Removed), size(d.RemovedSize), len(d.Added), size(d.AddedSize))
}
