package driver_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/driver"
	"github.com/stretchr/testify/require"
)

// modelDeployment is a deployment as the test made it up, with what must come of it.
type modelDeployment struct {
	doc     map[string]any
	broken  bool
	version string
	payload cincinnati.Payload
	stream  string // empty: not known
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// makeUp invents a deployment.
func makeUp(r *rand.Rand) modelDeployment {
	hex := fmt.Sprintf("%02x", r.IntN(4))
	d := modelDeployment{version: fmt.Sprintf("40.%d", r.IntN(3)), payload: checksum(hex)}
	d.doc = map[string]any{"booted": false, "checksum": sum(hex), "version": d.version, "id": "x", "packages": []int{1}}
	if r.IntN(2) == 0 {
		hex = fmt.Sprintf("%02x", r.IntN(4))
		d.payload, d.doc["base-checksum"] = checksum(hex), sum(hex)
	}
	if r.IntN(3) == 0 {
		repo := pick(r, "quay.io/a/b", "docker.io/library/c", "localhost/d")
		tag := pick(r, "", ":stable", ":40.1")
		ref := pick(r, "ostree-image-signed:docker://", "ostree-unverified-registry:", "ostree-remote-registry:r:") + repo + tag
		d.doc["container-image-reference"] = ref
		d.payload = cincinnati.Payload{Scheme: cincinnati.Checksum, Text: ref}
		if r.IntN(3) > 0 {
			d.doc["container-image-reference-digest"] = "sha256:" + sum(hex)
			d.payload = cincinnati.Payload{Scheme: cincinnati.OCI, Text: repo + "@sha256:" + sum(hex)}
		}
	}
	meta := map[string]any{"version": 7}
	hasImage := false
	if r.IntN(2) == 0 {
		hasImage, d.stream = true, "man"
		meta["ostree.manifest"] = manifest("man")
	}
	if r.IntN(2) == 0 {
		hasImage, d.stream = true, "cfg"
		meta["ostree.container.image-config"] = imageConfig("cfg")
	}
	if r.IntN(2) == 0 {
		meta["fedora-coreos.stream"] = "key"
		if !hasImage {
			d.stream = "key"
		}
	}
	d.doc["base-commit-meta"] = meta
	if r.IntN(6) == 0 {
		d.broken = true
		key := pick(r, "checksum", "version", "base-commit-meta")
		if r.IntN(2) == 0 {
			delete(d.doc, key)
		} else {
			d.doc[key] = 7
		}
	}
	return d
}

// TestRandom compares with a model that knows what it invented.
func TestRandom(t *testing.T) {
	seed := testutil.Seed(t)
	r := rand.New(rand.NewPCG(seed, 1))
	for range 500 {
		list := make([]modelDeployment, r.IntN(6))
		for i := range list {
			list[i] = makeUp(r)
		}
		bootedAt, stagedAt := -1, -1
		if len(list) > 0 && r.IntN(5) > 0 {
			bootedAt = r.IntN(len(list))
			list[bootedAt].doc["booted"] = true
		}
		if len(list) > 0 && r.IntN(2) == 0 {
			if stagedAt = r.IntN(len(list)); stagedAt == bootedAt {
				stagedAt = -1
			} else {
				list[stagedAt].doc["staged"] = true
			}
		}
		compareModel(t, list, bootedAt, stagedAt)
	}
}

func compareModel(t *testing.T, list []modelDeployment, bootedAt, stagedAt int) {
	t.Helper()
	docs := make([]any, len(list))
	for i, d := range list {
		docs[i] = d.doc
	}
	data, err := json.Marshal(map[string]any{"deployments": docs, "transaction": nil})
	require.NoError(t, err)
	s, err := driver.ParseStatus(data)
	require.NoError(t, err)

	b, err := s.Booted()
	if bootedAt < 0 || list[bootedAt].broken {
		require.Error(t, err, string(data))
	} else {
		require.NoError(t, err, string(data))
		sameRelease(t, list[bootedAt], b)
	}
	staged, err := s.Staged()
	switch {
	case stagedAt < 0:
		require.NoError(t, err)
		require.Nil(t, staged)
	case list[stagedAt].broken:
		require.Error(t, err)
	default:
		require.NoError(t, err)
		sameRelease(t, list[stagedAt], *staged)
	}
	var want []string
	unclear := bootedAt >= 0 && list[bootedAt].broken
	for i, d := range list {
		if i != stagedAt && !d.broken {
			want = append(want, d.version+" "+d.payload.Text)
		}
	}
	slices.SortFunc(want, func(a, b string) int {
		av, ap, _ := strings.Cut(a, " ")
		bv, bp, _ := strings.Cut(b, " ")
		if av != bv {
			return strings.Compare(av, bv)
		}
		return strings.Compare(ap, bp)
	})
	want = slices.Compact(want)
	all, _, err := s.Deployments(true)
	if unclear {
		require.Error(t, err)
		return
	}
	require.NoError(t, err)
	var got []string
	for _, d := range all {
		got = append(got, d.Version+" "+d.Payload.Text)
	}
	// Without version are also what the unusable ones may be, which the model does not know.
	nameless := func(s string) bool { return strings.HasPrefix(s, " ") }
	for _, name := range want {
		require.Contains(t, got, name, string(data))
	}
	want, got = slices.DeleteFunc(want, nameless), slices.DeleteFunc(got, nameless)
	require.True(t, slices.Equal(want, got), "%q, not %q: %s", got, want, data)
}

func sameRelease(t *testing.T, want modelDeployment, got driver.Deployment) {
	t.Helper()
	require.Equal(t, want.version, got.Version)
	require.Equal(t, want.payload, got.Payload)
	require.Equal(t, want.stream, got.Stream)
	require.Equal(t, want.stream == "", got.StreamErr != nil)
}
