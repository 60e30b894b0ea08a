package container

import (
	"errors"
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// LayerKind says what a layer holds.
type LayerKind uint8

// The kinds of layers, in the order in which they stand in a manifest.
const (
	LayerCommit  LayerKind = iota // an OSTree commit with its metadata, and content that is in no chunk
	LayerChunk                    // content objects of that commit
	LayerDerived                  // ordinary files that were put on top, or all files of an image without a commit
)

var kindNames = [...]string{"commit", "chunk", "derived"}

// String returns "commit", "chunk" or "derived".
func (k LayerKind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// MarshalText makes kinds texts in JSON.
func (k LayerKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// layerKinds tells what each layer of an image holds. Commits end with the layer that the label
// ostree.final-diffid names; images that have only the label ostree.commit are of an older form, with
// everything in the first layer; without either label there is no commit.
func layerKinds(m *v1.Manifest, c *v1.ConfigFile) ([]LayerKind, error) {
	ids := c.RootFS.DiffIDs
	if len(ids) != len(m.Layers) {
		return nil, fmt.Errorf("%d layers in the manifest, but %d in the image configuration", len(m.Layers), len(ids))
	}
	kinds := make([]LayerKind, len(ids))
	for i := range kinds {
		kinds[i] = LayerDerived
	}
	last, err := lastCommitLayer(ids, c.Config.Labels)
	if err != nil {
		return nil, err
	}
	for i := range last + 1 {
		kinds[i] = LayerChunk
	}
	if last >= 0 {
		kinds[0] = LayerCommit
	}
	return kinds, nil
}

// lastCommitLayer returns the index of the last layer that belongs to the commit, -1 if there is no commit.
func lastCommitLayer(ids []v1.Hash, labels map[string]string) (int, error) {
	final, ok := labels[LabelFinalDiffID]
	if !ok {
		if _, ok := labels[LabelCommit]; ok {
			return 0, nil
		}
		return -1, nil
	}
	last := -1
	for i, id := range ids {
		if id.String() != final {
			continue
		}
		if last >= 0 {
			return 0, fmt.Errorf("Multiple entries for %s", id)
		}
		last = i
	}
	if last < 0 {
		return 0, fmt.Errorf("Missing %s %s", LabelFinalDiffID, limitText(final))
	}
	return last, nil
}

var errNoCommit = errors.New("No " + LabelFinalDiffID + " label found, not an ostree encapsulated container")

// hasCommit tells whether an image holds an OSTree commit.
func hasCommit(kinds []LayerKind) bool { return kinds[0] == LayerCommit }

// derivedCount returns how many layers lie on top of the commit.
func derivedCount(kinds []LayerKind) int {
	n := 0
	for _, k := range kinds {
		if k == LayerDerived {
			n++
		}
	}
	return n
}

// splitComponents is the inverse of joinComponents.
func splitComponents(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == componentSeparator })
}
