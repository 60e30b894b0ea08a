package view

import "slices"

// layout is where everything stands: a row per run, newest at the top, and to
// the left of the rows the lanes. A lane is a bundle of edges: all that lead
// to the same release; the rows it comes from tap into it, its arrow points
// to the target. So the picture grows with releases + targets and not with
// edges, and still every edge can be read off.
type layout struct {
	m       *model
	rows    []run // newest first
	older   int   // releases below the last row that are left out
	bundles []bundle
	lanes   int
	left    []bundle // those for which there was no lane
}

// bundle is all edges into one release.
type bundle struct {
	target      int   // row
	sources     []int // rows, ascending; len(rows) is the row of what is left out
	edges       int
	top, bottom int // rows spanned
	lane        int // 0 is next to the releases
	position    int // of the target
	upward      bool
}

func newLayout(m *model, o *Options) *layout {
	l := &layout{m: m}
	runs := m.runs(o.Expand)
	slices.Reverse(runs)
	l.rows = runs[:min(len(runs), o.MaxRows)]
	for _, r := range runs[len(l.rows):] {
		l.older += r.size()
	}
	l.bundle()
	l.assign(o.MaxLanes)
	return l
}

// rowOf maps positions to rows.
func (l *layout) rowOf() []int32 {
	rows := make([]int32, len(l.m.nodes))
	for i := range rows {
		rows[i] = int32(len(l.rows))
	}
	for i, r := range l.rows {
		for p := r.first; p <= r.last; p++ {
			rows[p] = int32(i)
		}
	}
	return rows
}

func (l *layout) bundle() {
	rowOf := l.rowOf()
	for i, r := range l.rows {
		in := l.m.in.of(r.first)
		if r.size() > 1 || len(in) == 0 {
			continue // folded releases have nothing coming in
		}
		b := bundle{target: i, edges: len(in), position: r.first, top: i, bottom: i, upward: true}
		for _, source := range in {
			b.sources = append(b.sources, int(rowOf[source]))
		}
		slices.Sort(b.sources)
		b.sources = slices.Compact(b.sources)
		b.top, b.bottom = min(i, b.sources[0]), max(i, b.sources[len(b.sources)-1])
		b.upward = b.top == i
		l.bundles = append(l.bundles, b)
	}
}

// assign gives each bundle the innermost lane that is free over its span,
// short ones first, so that long ones run outside and cross least. Bundles
// that only go upward may meet in a row: one ends below the release's middle,
// the other begins above it.
func (l *layout) assign(most int) {
	order := make([]int, len(l.bundles))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := &l.bundles[a], &l.bundles[b]
		return (x.bottom - x.top) - (y.bottom - y.top)
	})
	taken := make([][]*bundle, 0, most)
	drawn := make([]bool, len(l.bundles))
	for _, i := range order {
		b := &l.bundles[i]
		lane := slices.IndexFunc(taken, func(others []*bundle) bool {
			return !slices.ContainsFunc(others, func(c *bundle) bool { return collide(b, c) })
		})
		if lane < 0 {
			if len(taken) == most {
				continue
			}
			lane = len(taken)
			taken = append(taken, nil)
		}
		taken[lane] = append(taken[lane], b)
		b.lane, drawn[i] = lane, true
	}
	l.lanes = len(taken)
	var kept []bundle
	for i, b := range l.bundles {
		if drawn[i] {
			kept = append(kept, b)
		} else {
			l.left = append(l.left, b)
		}
	}
	l.bundles = kept
}

func collide(a, b *bundle) bool {
	if a.upward && b.upward {
		return a.top < b.bottom && b.top < a.bottom
	}
	return a.top <= b.bottom && b.top <= a.bottom
}
