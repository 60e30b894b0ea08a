package cincinnati

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Question asks why a node is not offered a release, or when it will be.
type Question struct {
	Graph    *Graph    // unthrottled, with the rollouts in the metadata
	From     string    // version or payload of the booted release; "" = the oldest
	To       string    // likewise of the wanted one; "" = the newest
	Wariness float64   // of the node
	At       time.Time // whole seconds count
}

// Explanation answers a [Question]. It can be marshalled as JSON.
type Explanation struct {
	// From, To, At and Wariness are those of the question, with the releases as the graph has them.
	From     Place     `json:"from"`
	To       Place     `json:"to"`
	At       time.Time `json:"at"`
	Wariness Share     `json:"wariness"`

	// Offered tells that From leads directly to To at that time; then there are no Obstacles.
	Offered   bool       `json:"offered"`
	Obstacles []Obstacle `json:"obstacles"`
	// OfferedAt is when the direct way opens; nil = never, or there is none.
	OfferedAt *time.Time `json:"offered_at"`

	// Way is the earliest way from From to To, by as few releases as possible, and Arrival
	// when its last hop is offered; empty and nil if there is none.
	Way     []Hop      `json:"way"`
	Arrival *time.Time `json:"arrival"`
}

// Place is a release in a graph.
type Place struct {
	Position int    `json:"position"` // in [Graph.Nodes]
	Version  string `json:"version"`
	Payload  string `json:"payload"` // checksum, or image with digest
}

// Hop is one update on a way.
type Hop struct {
	From Place     `json:"from"`
	To   Place     `json:"to"`
	At   time.Time `json:"at"` // when it is offered to a node that took the hops before it at once
}

// Kinds of [Obstacle].
const (
	ObstacleSame     = "same"     // both are the same release
	ObstacleDeadend  = "deadend"  // nothing leads away from the release
	ObstacleOlder    = "older"    // the wanted release is the older one
	ObstacleBarrier  = "barrier"  // a barrier in between must be taken first
	ObstacleUnopened = "unopened" // the release is neither rolled out nor a barrier
	ObstacleThrottle = "throttle" // the rollout has not come to this node yet
	ObstacleNoEdge   = "no_edge"  // the graph has no edge, for no visible reason
)

// Obstacle is one reason why a release is not offered.
type Obstacle struct {
	Kind     string     `json:"kind"`               // one of the constants above
	Place    Place      `json:"place"`              // the release at fault
	Text     string     `json:"text"`               // for people
	Throttle *Share     `json:"throttle,omitempty"` // at that time, for ObstacleThrottle
	Until    *time.Time `json:"until,omitempty"`    // when a throttle lets the node pass
}

// Share is a wariness or a throttle. Values that are no JSON numbers are marshalled as strings.
type Share float64

// String returns the shortest decimal that reads back.
func (s Share) String() string { return strconv.FormatFloat(float64(s), 'f', -1, 64) }

// below says to people that a share is less than another: with six digits, unless they are equal then.
func (s Share) below(other Share) (string, string) {
	round := func(s Share) Share { return Share(math.Round(float64(s)*1e6) / 1e6) }
	if a, b := round(s), round(other); a != b {
		return a.String(), b.String()
	}
	return s.String(), other.String()
}

// MarshalJSON returns a number, or a string for NaN and infinities.
func (s Share) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(s)) || math.IsInf(float64(s), 0) {
		return []byte(`"` + s.String() + `"`), nil
	}
	return []byte(s.String()), nil
}

// Explain answers q. It is an error if a release is not in the graph.
func Explain(q Question) (*Explanation, error) {
	g := q.Graph
	if g == nil || len(g.Nodes) == 0 {
		return nil, errors.New("the graph is empty")
	}
	from, err := find(g, q.From, 0)
	if err != nil {
		return nil, err
	}
	to, err := find(g, q.To, len(g.Nodes)-1)
	if err != nil {
		return nil, err
	}
	x := newExplainer(q)
	e := &Explanation{
		From: x.place(from), To: x.place(to),
		At: time.Unix(x.now, 0).UTC(), Wariness: Share(q.Wariness),
		Obstacles: []Obstacle{}, Way: []Hop{},
	}
	x.direct(e)
	x.way(e)
	return e, nil
}

// find returns the position of a release by version or else by payload.
func find(g *Graph, name string, unnamed int) (int, error) {
	if name == "" {
		return unnamed, nil
	}
	byPayload := -1
	for i := range g.Nodes {
		if g.Nodes[i].Version == name {
			return i, nil
		}
		if byPayload < 0 && g.Nodes[i].Payload == name {
			byPayload = i
		}
	}
	if byPayload < 0 {
		return 0, fmt.Errorf("release %q is not in the graph", shorten(name))
	}
	return byPayload, nil
}

// explainer looks at a graph with the eyes of one node.
type explainer struct {
	g        *Graph
	wariness float64
	now      int64
	rollouts map[int]Rollout // by position
}

func newExplainer(q Question) *explainer {
	x := &explainer{q.Graph, q.Wariness, q.At.Unix(), make(map[int]Rollout)}
	for i := range q.Graph.Nodes {
		if r, ok := q.Graph.Nodes[i].Rollout(); ok {
			x.rollouts[i] = r
		}
	}
	return x
}

func (x *explainer) place(i int) Place {
	return Place{i, x.g.Nodes[i].Version, x.g.Nodes[i].Payload}
}

// direct says whether the direct way is open, what blocks it, and until when.
func (x *explainer) direct(e *Explanation) {
	from, to := e.From.Position, e.To.Position
	_, dead := x.g.Nodes[from].Deadend()
	exists := !dead && x.edge(from, to)
	if !exists {
		e.Obstacles = append(e.Obstacles, x.missing(from, to)...)
	}
	throttled := x.throttled(to)
	if throttled != nil && (exists || from != to) {
		e.Obstacles = append(e.Obstacles, *throttled)
	}
	switch {
	case !exists:
	case throttled == nil:
		e.Offered, e.OfferedAt = true, &e.At
	default:
		e.OfferedAt = throttled.Until
	}
}

func (x *explainer) edge(from, to int) bool {
	want := Edge{uint64(from), uint64(to)}
	for _, e := range x.g.Edges {
		if e == want {
			return true
		}
	}
	return false
}

// missing says why there is no edge.
func (x *explainer) missing(from, to int) (all []Obstacle) {
	add := func(kind string, at int, format string, args ...any) {
		all = append(all, Obstacle{Kind: kind, Place: x.place(at), Text: fmt.Sprintf(format, args...)})
	}
	if from == to {
		add(ObstacleSame, to, "%s is the booted release itself", x.g.Nodes[to].Version)
		return all
	}
	if reason, dead := x.g.Nodes[from].Deadend(); dead {
		add(ObstacleDeadend, from, "%s is a dead end: %s", x.g.Nodes[from].Version, reason)
	}
	if to < from {
		add(ObstacleOlder, to, "%s is older than %s", x.g.Nodes[to].Version, x.g.Nodes[from].Version)
	}
	for i := from + 1; i < to; i++ {
		if reason, ok := x.g.Nodes[i].Barrier(); ok {
			add(ObstacleBarrier, i, "%s is a barrier in between: %s", x.g.Nodes[i].Version, reason)
		}
	}
	_, rollout := x.rollouts[to]
	if _, barrier := x.g.Nodes[to].Barrier(); !barrier && !rollout {
		add(ObstacleUnopened, to, "%s is neither rolled out nor a barrier: nothing leads to it", x.g.Nodes[to].Version)
	}
	if len(all) == 0 {
		add(ObstacleNoEdge, to, "the graph has no edge from %s to %s", x.g.Nodes[from].Version, x.g.Nodes[to].Version)
	}
	return all
}

// throttled returns the obstacle that a rollout is at present, or nil.
func (x *explainer) throttled(to int) *Obstacle {
	r, ok := x.rollouts[to]
	if !ok || !r.hides(x.wariness, x.now) {
		return nil
	}
	throttle := Share(r.Throttle(x.now))
	o := &Obstacle{Kind: ObstacleThrottle, Place: x.place(to), Throttle: &throttle}
	have, want := throttle.below(Share(x.wariness))
	o.Text = fmt.Sprintf("%s: throttle %s < wariness %s", x.g.Nodes[to].Version, have, want)
	if at, ok := x.offered(to, x.now); ok {
		o.Until = calendar(at)
	}
	if x.now < r.Start {
		if start := calendar(r.Start); start != nil {
			o.Text += ", the rollout begins at " + start.Format(time.RFC3339)
		}
	}
	return o
}

// maxTime is the last second that RFC 3339 can express. What comes later is never.
const maxTime = 253402300799

// offered returns the first second, from t on, at which the node at a position is offered.
func (x *explainer) offered(i int, t int64) (int64, bool) {
	r, ok := x.rollouts[i]
	if !ok {
		return t, true
	}
	at, ok := r.OfferedFrom(x.wariness, t)
	return at, ok && at <= maxTime
}

// calendar returns a Unix second as a time, or nil for one that RFC 3339 cannot express.
func calendar(t int64) *time.Time {
	const minTime = -62167219200
	if t < minTime || t > maxTime {
		return nil
	}
	at := time.Unix(t, 0).UTC()
	return &at
}
