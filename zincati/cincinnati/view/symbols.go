package view

import (
	"math"
	"slices"
	"strconv"
)

// symbol draws a release by its marks: a diamond is a barrier, an octagon
// with a cross a dead end, a pie a rollout (its slice is the share of nodes),
// a small circle an ordinary release.
func (c *canvas) symbol(r *release, y float64) {
	x := c.x
	if r.plain() {
		c.f(`<circle cx="%s" cy="%s" r="5" class="d-node"/>`+"\n", n(x), n(y))
		return
	}
	if r.barrier {
		c.f(`<polygon points="%s" class="d-barrier"/>`, points(x, y, 12, 4, 0))
	}
	if r.rolling {
		radius := 9.0
		if r.barrier {
			radius = 5.5
		}
		c.f(`<circle cx="%s" cy="%s" r="%s" class="d-roll"/>`, n(x), n(y), n(radius))
		c.slice(x, y, radius-1, r.progress.Share)
	}
	if r.deadend {
		radius, arm := 10.0, 4.0
		if r.barrier || r.rolling {
			radius, arm = 6, 2.5
		}
		c.f(`<polygon points="%s" class="d-dead"/>`, points(x, y, radius, 8, math.Pi/8))
		c.f(`<path d="M%s %sL%s %sM%[1]s %[4]sL%[3]s %[2]s" class="d-cross"/>`, n(x-arm), n(y-arm), n(x+arm), n(y+arm))
	}
	c.WriteByte('\n')
}

// points gives the corners of a regular polygon.
func points(x, y, radius float64, corners int, turn float64) string {
	var out []byte
	for i := range corners {
		a := turn + 2*math.Pi*float64(i)/float64(corners)
		out = strconv.AppendFloat(out, x+radius*math.Cos(a), 'f', 1, 64)
		out = append(out, ',')
		out = strconv.AppendFloat(out, y+radius*math.Sin(a), 'f', 1, 64)
		out = append(out, ' ')
	}
	return string(out[:len(out)-1])
}

// slice fills a share of a circle, clockwise from the top.
func (c *canvas) slice(x, y, radius, share float64) {
	switch {
	case share <= 0:
	case share >= 1:
		c.f(`<circle cx="%s" cy="%s" r="%s" class="d-bar"/>`, n(x), n(y), n(radius))
	default:
		a := 2 * math.Pi * share
		large := count(share > 0.5)
		c.f(`<path d="M%s %sV%sA%s %[4]s 0 %d 1 %.2f %.2fZ" class="d-bar"/>`, n(x), n(y), n(y-radius), n(radius), large,
			x+radius*math.Sin(a), y-radius*math.Cos(a))
	}
}

// lanes draws all bundles: the trunk, the taps of the sources, the arrow.
func (c *canvas) lanes() {
	c.taps()
	for i := range c.l.bundles {
		b := &c.l.bundles[i]
		class := c.class(b)
		x, target := c.laneX(b.lane), c.mid[b.target]+c.entry(b.target)
		first, last := c.leave(b.sources[0]), c.leave(b.sources[len(b.sources)-1])
		tip := c.x - c.reach(b.target) - 1
		c.WriteString(`<path d="`)
		if first < target { // sources above the target: an edge backwards
			c.f("M%s %sV%sQ%[1]s %[4]s %[5]s %[4]sH%[6]s", n(x), n(first), n(target-corner), n(target), n(x+corner), n(tip-5))
		}
		if last > target {
			c.f("M%s %sV%sQ%[1]s %[4]s %[5]s %[4]sH%[6]s", n(x), n(last), n(target+corner), n(target), n(x+corner), n(tip-5))
		}
		c.f(`" class="d-edge %s"/><path d="M%s %sl-7 -4v8z" class="d-head %s"/>`+"\n", class, n(tip), n(target), class)
		for _, s := range b.sources {
			radius := 2.6
			if s == len(c.l.rows) || c.l.rows[s].size() > 1 {
				radius = 3.8
			}
			c.f(`<circle cx="%s" cy="%s" r="%s" class="d-tap %s"/>`, n(x), n(c.leave(s)), n(radius), class)
		}
		c.WriteByte('\n')
	}
}

// taps draws one line per source row, from the release to its outermost lane.
func (c *canvas) taps() {
	far := map[int]int{}
	for _, b := range c.l.bundles {
		for _, s := range b.sources {
			far[s] = max(far[s], b.lane+1)
		}
	}
	rows := make([]int, 0, len(far))
	for s := range far {
		rows = append(rows, s)
	}
	slices.Sort(rows)
	for _, s := range rows {
		c.f(`<path d="M%s %sH%s" class="d-edge"/>`, n(c.x-c.reach(s)), n(c.leave(s)), n(c.laneX(far[s]-1)))
	}
	c.WriteByte('\n')
}

func (c *canvas) laneX(lane int) float64 {
	return margin + float64(c.l.lanes-1-lane)*laneWidth + 4
}

// class tells what a bundle leads to, and whether it is closed now.
func (c *canvas) class(b *bundle) string {
	r := &c.l.m.nodes[b.position]
	switch {
	case r.rolling && r.progress.Share == 0:
		return "d-toroll d-closed"
	case r.rolling:
		return "d-toroll"
	case r.barrier:
		return "d-tobarrier"
	}
	return ""
}

// Where a row is both left and entered this happens above and below its
// middle, so that the lines do not run into each other.
func (c *canvas) entry(row int) float64 {
	if c.leaves(row) {
		return meet
	}
	return 0
}

func (c *canvas) leave(row int) float64 {
	if row < len(c.l.rows) && c.entered(row) {
		return c.mid[row] - meet
	}
	return c.mid[row]
}

// reach is how far a row's symbol extends to the left, where lines end.
func (c *canvas) reach(row int) float64 {
	if row == len(c.l.rows) {
		return -gap + 4
	}
	r := &c.l.m.nodes[c.l.rows[row].first]
	switch {
	case r.barrier && c.leaves(row) && c.entered(row):
		return 7
	case r.barrier:
		return 12
	case r.deadend:
		return 10
	case r.rolling:
		return 9
	}
	return 5
}

func (c *canvas) entered(row int) bool { return c.traffic()[row]&1 != 0 }
func (c *canvas) leaves(row int) bool  { return c.traffic()[row]&2 != 0 }

// traffic tells of each row whether drawn lines end (1) and begin (2) there.
func (c *canvas) traffic() []uint8 {
	if c.busy == nil {
		c.busy = make([]uint8, len(c.l.rows)+1)
		for _, b := range c.l.bundles {
			c.busy[b.target] |= 1
			for _, s := range b.sources {
				c.busy[s] |= 2
			}
		}
	}
	return c.busy
}

// legends are the signs.
var legends = []struct {
	r    release
	text string
}{
	{release{}, "release"},
	{release{barrier: true}, "barrier: older releases cannot skip it"},
	{release{deadend: true}, "dead end: nothing leads away from it"},
	{release{rolling: true, progress: progress{Share: 0.3}}, "rollout: the slice is the share of nodes"},
}

// legend explains the signs below a picture that stands alone.
func (c *canvas) legend() {
	c.y += 8
	c.f(`<path d="M%d %sH%s" class="d-grid"/>`+"\n", margin, n(c.y), n(c.x+gap+textWidth-margin))
	c.y += 4
	keep := c.x
	c.x = margin + 12
	for _, e := range legends {
		c.symbol(&e.r, c.y+13)
		c.text(c.x+20, 17, "d-small", e.text)
		c.y += 25
	}
	c.x = keep
	for _, line := range wrap("A line gathers the releases at its dots, which may go directly to the one at its arrow. Dashed: not open yet.",
		c.x+gap+textWidth-2*margin, 12, 4) {
		c.text(margin, 15, "d-small d-soft", line)
		c.y += 16
	}
}
