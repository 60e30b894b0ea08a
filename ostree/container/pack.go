package container

import (
	"fmt"
	"math"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// What the packing of components into layers is tuned by.
const (
	sizeThreshold = 2.0 // deviations from the middle that make an outlier
	largeShare    = 0.6 // of the spare layers, for single large components
)

// pack distributes components over at most n layers, or the way that an earlier image has them. Every
// component is in exactly one layer; the last is for components that are new in the next build.
//
// Where there are too many components for a layer each: the largest ones get their own, all small ones
// share one, those that change every time share one, and the others are grouped by how often they change.
func pack(components []*sizedComponent, n int, prior *v1.Manifest) ([][]*sizedComponent, error) {
	if prior != nil && len(prior.Layers) > 1 {
		bins, err := priorBins(components, prior)
		if err == nil && len(bins) > n {
			err = fmt.Errorf("the prior build has %d layers, only %d are allowed", len(bins), n)
		}
		return bins, err
	}
	switch {
	case len(components) == 0:
		return nil, nil
	case len(components) < n:
		bins := make([][]*sizedComponent, 0, len(components)+1)
		for _, c := range components {
			bins = append(bins, []*sizedComponent{c})
		}
		return append(bins, nil), nil
	}
	var always, usual []*sizedComponent
	for _, c := range components {
		if c.ChangeFrequency == AlwaysChanges {
			always = append(always, c)
		} else {
			usual = append(usual, c)
		}
	}
	spare := n - 1 // one for new components
	if len(always) > 0 {
		spare--
	}
	bins := packUsual(usual, spare)
	if len(always) > 0 {
		bins = append(bins, always)
	}
	return append(bins, nil), nil
}

// packUsual fills at most n layers, of which n is at least two.
func packUsual(list []*sizedComponent, n int) [][]*sizedComponent {
	if len(list) == 0 {
		return nil
	}
	slices.SortFunc(list, func(a, b *sizedComponent) int {
		if a.size != b.size {
			return compareDescending(a.size, b.size)
		}
		return strings.Compare(a.ID, b.ID)
	})
	large, medium, small := bySize(list)
	own := min(len(large), int(largeShare*float64(n-1)))
	medium = append(slices.Clone(large[own:]), medium...)
	var bins [][]*sizedComponent
	for _, c := range large[:own] {
		bins = append(bins, []*sizedComponent{c})
	}
	if len(small) > 0 {
		bins = append(bins, small)
	}
	return append(bins, packMedium(medium, n-len(bins))...)
}

func compareDescending(a, b int64) int {
	if a > b {
		return -1
	}
	return 1
}

// bySize finds the outliers of a list that is sorted by size, the largest first.
func bySize(list []*sizedComponent) (large, medium, small []*sizedComponent) {
	sizes := make([]float64, len(list))
	for i, c := range list {
		sizes[i] = float64(c.size)
	}
	middle := median(sizes)
	for i := range sizes {
		sizes[i] = math.Abs(sizes[i] - middle)
	}
	spread := median(sizes)
	low, high := limits(middle, spread)
	for _, c := range list {
		switch size := float64(c.size); {
		case size >= high:
			large = append(large, c)
		case size <= low:
			small = append(small, c)
		default:
			medium = append(medium, c)
		}
	}
	return large, medium, small
}

// limits are where outliers begin. Half of the distance's absolute value keeps the lower one positive.
func limits(middle, spread float64) (low, high float64) {
	return 0.5 * math.Abs(middle-sizeThreshold*spread), middle + sizeThreshold*spread
}

// median of numbers, whose order it does not keep.
func median(n []float64) float64 {
	n = slices.Clone(n)
	slices.Sort(n)
	half := len(n) / 2
	if len(n)%2 == 1 {
		return n[half]
	}
	return (n[half-1] + n[half]) / 2
}

func meanDeviation(n []float64) (mean, deviation float64) {
	for _, x := range n {
		mean += x
	}
	mean /= float64(len(n))
	for _, x := range n {
		deviation += (x - mean) * (x - mean)
	}
	return mean, math.Sqrt(deviation / float64(len(n)))
}

// packMedium groups components by how often they change, then by size, into at most n layers. Neighbours
// are those that change about equally often.
func packMedium(list []*sizedComponent, n int) [][]*sizedComponent {
	if len(list) == 0 {
		return nil
	}
	perBin := max(1, len(list)/n)
	var bins [][]*sizedComponent
	for _, group := range byFrequency(list) {
		bins = slices.AppendSeq(bins, slices.Chunk(group, perBin))
	}
	for len(bins) > n {
		// From the end, where the ones are that change least: a change there costs the least often.
		for i := len(bins) - 2; i >= 0 && len(bins) > n; i -= 2 {
			bins[i] = slices.Concat(bins[i], bins[i+1])
			bins = slices.Delete(bins, i+1, i+2)
		}
	}
	return bins
}

// byFrequency splits a list into groups: often, sometimes and seldom changed, each by size.
func byFrequency(list []*sizedComponent) [][]*sizedComponent {
	sizes, frequencies := make([]float64, len(list)), make([]float64, len(list))
	for i, c := range list {
		sizes[i], frequencies[i] = float64(c.size), float64(c.ChangeFrequency)
	}
	class := func(x, low, high float64) int {
		switch {
		case x >= high:
			return 0
		case x <= low:
			return 2
		}
		return 1
	}
	lowSize, highSize := limits(meanDeviation(sizes))
	lowFreq, highFreq := limits(meanDeviation(frequencies))
	var groups [9][]*sizedComponent
	for i, c := range list {
		g := 3*class(frequencies[i], lowFreq, highFreq) + class(sizes[i], lowSize, highSize)
		groups[g] = append(groups[g], c)
	}
	for _, g := range groups {
		slices.SortStableFunc(g, func(a, b *sizedComponent) int {
			return int(int64(a.ChangeFrequency) - int64(b.ChangeFrequency))
		})
	}
	return groups[:]
}
