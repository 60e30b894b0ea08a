package cincinnati

// Updates is the updates metadata of a stream, which release engineers edit. [ParseUpdates] reads it; [encoding/json]
// writes it in the same form.
type Updates struct {
	Stream   string   // its name; may be empty
	Releases []Update // those of which there is something to say, in any order
}

// Update says how one release is offered. Nil parts are absent.
type Update struct {
	Version string         // as the release index has it
	Barrier *Reason        // older releases must come here before they go on
	Deadend *Reason        // nothing leads away from it
	Rollout *UpdateRollout // when it is offered to whom; nil: to nobody, unless it is a barrier
}

// Reason is why a release is a barrier or a dead end; empty counts as "generic".
type Reason struct{ Reason string }

// UpdateRollout is the schedule of a release. Nil parts are absent.
type UpdateRollout struct {
	StartEpoch      *int64   // Unix second
	StartPercentage *float64 // in spite of its name a fraction, 0..1
	DurationMinutes *uint64  // from StartPercentage to all
}

// ParseUpdates reads a stream's updates metadata: {"stream", "releases": [{"version",
// "metadata": {"barrier": {"reason"}, "deadend": {"reason"}, "rollout": {"start_epoch",
// "start_percentage", "duration_minutes"}}}]}. The parts of metadata and those of rollout
// may be absent or null, and so may the stream; other keys are ignored, duplicate ones
// refused. At most [MaxNodes] releases are read.
func ParseUpdates(data []byte) (*Updates, error) {
	d := updatesDecoder{objects: objects{scanner{data: data}}}
	err := d.document(func() error {
		return d.fields("updates metadata", []field{
			{name: "stream", read: d.optional(d.text(&d.result.Stream))},
			{name: "releases", need: true, read: func() error { return d.array("an array of releases", d.release) }},
		})
	})
	if err != nil {
		return nil, err
	}
	return &d.result, nil
}

type updatesDecoder struct {
	objects
	result Updates
}

func (d *updatesDecoder) release() error {
	if len(d.result.Releases) == MaxNodes {
		return d.failf("more than %d releases", MaxNodes)
	}
	var u Update
	err := d.fields("a release", []field{
		{name: "version", need: true, read: d.text(&u.Version)},
		{name: "metadata", need: true, read: func() error {
			return d.fields("a release's metadata", []field{
				{name: "barrier", read: d.reason(&u.Barrier)},
				{name: "deadend", read: d.reason(&u.Deadend)},
				{name: "rollout", read: d.optional(func() error { return d.rollout(&u) })},
			})
		}},
	})
	d.result.Releases = append(d.result.Releases, u)
	return err
}

func (d *updatesDecoder) reason(dst **Reason) func() error {
	return d.optional(func() error {
		r := new(Reason)
		*dst = r
		return d.fields("a reason", []field{{name: "reason", need: true, read: d.text(&r.Reason)}})
	})
}

func (d *updatesDecoder) rollout(u *Update) error {
	r := new(UpdateRollout)
	u.Rollout = r
	return d.fields("a rollout", []field{
		{name: "start_epoch", read: d.optional(func() error {
			v, err := d.int("a signed 64-bit integer")
			r.StartEpoch = &v
			return err
		})},
		{name: "start_percentage", read: d.optional(func() error {
			v, err := d.float("a fraction")
			r.StartPercentage = &v
			return err
		})},
		{name: "duration_minutes", read: d.optional(func() error {
			v, err := d.uint("an unsigned 64-bit integer")
			r.DurationMinutes = &v
			return err
		})},
	})
}
