package container

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/stretchr/testify/require"
)

func randomComponents(rng *rand.Rand, n int) []*sizedComponent {
	list := make([]*sizedComponent, n)
	for i := range list {
		c := Component{ID: fmt.Sprintf("p%d-1", i), Name: fmt.Sprintf("p%d", i), ChangeFrequency: uint32(rng.IntN(20))}
		if rng.IntN(40) == 0 {
			c.ChangeFrequency = AlwaysChanges
		}
		size := int64(rng.ExpFloat64() * 1e6)
		if rng.IntN(5) == 0 {
			size *= 50
		}
		list[i] = &sizedComponent{Component: c, size: size}
	}
	return list
}

func ids(bin []*sizedComponent) []string {
	var list []string
	for _, c := range bin {
		list = append(list, c.ID)
	}
	return list
}

func layout(bins [][]*sizedComponent) [][]string {
	var list [][]string
	for _, b := range bins {
		list = append(list, ids(b))
	}
	return list
}

// requirePacked demands that each component is in one bin, and that there are not too many.
func requirePacked(t *testing.T, components []*sizedComponent, bins [][]*sizedComponent, n int) {
	t.Helper()
	require.LessOrEqual(t, len(bins), n)
	require.ElementsMatch(t, ids(components), ids(slices.Concat(bins...)))
}

func manifestOf(bins [][]*sizedComponent) *v1.Manifest {
	m := &v1.Manifest{Layers: []v1.Descriptor{{}}}
	for _, b := range bins {
		p := chunkPlan(b)
		m.Layers = append(m.Layers, v1.Descriptor{Annotations: p.annotations(1)})
	}
	return m
}

func TestPackRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(testutil.Seed(t), 1))
	for range 300 {
		components, n := randomComponents(rng, rng.IntN(300)), 4+rng.IntN(120)
		bins, err := pack(components, n, nil)
		require.NoError(t, err)
		requirePacked(t, components, bins, n)
		if len(components) == 0 {
			require.Empty(t, bins)
			continue
		}
		require.Empty(t, bins[len(bins)-1], "reserved for new components")
		for _, b := range bins[:len(bins)-1] {
			require.NotEmpty(t, b)
		}
		shuffled := slices.Clone(components)
		if len(components) >= n {
			rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		}
		again, err := pack(shuffled, n, nil)
		require.NoError(t, err)
		require.Len(t, again, len(bins))
		requireReuse(t, rng, components, bins, n)
	}
}

// requireReuse packs a later build like the earlier one.
func requireReuse(t *testing.T, rng *rand.Rand, components []*sizedComponent, bins [][]*sizedComponent, n int) {
	t.Helper()
	var next []*sizedComponent
	for _, c := range components {
		if rng.IntN(10) > 0 {
			d := *c
			d.ID, d.size = strings.TrimSuffix(c.ID, "1")+"2", c.size+5
			next = append(next, &d)
		}
	}
	added := &sizedComponent{Component: Component{ID: "added-1", Name: "added"}}
	next = append(next, added)
	again, err := pack(next, n, manifestOf(bins))
	require.NoError(t, err)
	requirePacked(t, next, again, n)
	require.Equal(t, []*sizedComponent{added}, again[len(again)-1])
	for i, b := range again[:len(again)-1] {
		for _, c := range b {
			require.Contains(t, ids(bins[i]), strings.TrimSuffix(c.ID, "2")+"1")
		}
	}
}

// Large components are alone, small ones together, as are those that always change.
func TestPackClasses(t *testing.T) {
	var list []*sizedComponent
	add := func(id string, size int64, frequency uint32) {
		list = append(list, &sizedComponent{Component: Component{ID: id, ChangeFrequency: frequency}, size: size})
	}
	for i := range 20 {
		add(fmt.Sprintf("medium%02d", i), int64(1000+i), uint32(i))
	}
	add("large1", 100000, 1)
	add("large2", 90000, 1)
	add("small1", 1, 1)
	add("small2", 2, 1)
	add("always1", 5000, AlwaysChanges)
	add("always2", 10, AlwaysChanges)
	bins, err := pack(list, 10, nil)
	require.NoError(t, err)
	requirePacked(t, list, bins, 10)
	got := layout(bins)
	require.Equal(t, []string{"large1"}, got[0])
	require.Equal(t, []string{"large2"}, got[1])
	require.Contains(t, got, []string{"small2", "small1"})
	require.Equal(t, []string{"always1", "always2"}, got[len(got)-2])
	require.Nil(t, got[len(got)-1])
	require.Len(t, got, 10, "what may be used is used")
}

func TestPackErrors(t *testing.T) {
	components := randomComponents(rand.New(rand.NewPCG(1, 2)), 30)
	bins, err := pack(components, 20, nil)
	require.NoError(t, err)
	prior := manifestOf(bins)
	_, err = pack(components, 10, prior)
	require.ErrorContains(t, err, "only 10 are allowed")
	prior.Layers[3].Annotations = nil
	_, err = pack(components, 20, prior)
	require.EqualError(t, err, "Missing ostree.components on prior build")
	again, err := pack(components, 20, &v1.Manifest{Layers: []v1.Descriptor{{}}})
	require.NoError(t, err)
	require.Equal(t, layout(bins), layout(again), "a build of one layer says nothing")
}

func TestChunkName(t *testing.T) {
	c := randomComponents(rand.New(rand.NewPCG(1, 2)), 6)
	require.Equal(t, "Reserved for new packages", chunkName(nil))
	require.Equal(t, "p0-1", chunkName(c[:1]))
	require.Equal(t, "p0-1 and p1-1 and p2-1", chunkName(c[:3]))
	require.Equal(t, "6 components", chunkName(c))
}
