package driver

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// Status is what "rpm-ostree status --json" says of the deployments.
type Status struct {
	list []entry
}

// maxDeployments bounds the list; the boot partition of a system has room for a handful.
const maxDeployments = 1000

// entry is a deployment, or what is wrong with it.
type entry struct {
	Deployment
	revision string // empty is refused for the booted one
	err      error
	found    []cincinnati.Payload // with err: what it may be
}

// ParseStatus reads the output of "rpm-ostree status --json", or with --booted. Deployments that cannot be understood
// are remembered as such: whether that matters depends on the question.
func ParseStatus(data []byte) (*Status, error) {
	if !json.Valid(data) {
		return nil, syntaxError(data)
	}
	m, err := pick(data, "deployments")
	if err != nil {
		return nil, err
	}
	raw, ok := m["deployments"]
	if !ok {
		return nil, errors.New("missing field `deployments`")
	}
	s := &Status{}
	err = walkArray(raw, func(value json.RawMessage) error {
		if len(s.list) == maxDeployments {
			return fmt.Errorf("more than %d deployments", maxDeployments)
		}
		s.list = append(s.list, parseEntry(value))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("field `deployments`: %w", err)
	}
	return s, nil
}

// syntaxError tells what is wrong with a document that is not valid.
func syntaxError(data []byte) error {
	var v json.RawMessage
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	return errors.New("invalid")
}

// Override replaces each booted deployment by the one that data describes, in the form of one element of the list.
// Whether that is booted is for data to say.
func (s *Status) Override(data []byte) error {
	if !json.Valid(data) {
		return syntaxError(data)
	}
	e := parseEntry(data)
	if e.err != nil {
		return e.err
	}
	for i := range s.list {
		if s.list[i].Booted {
			s.list[i] = e
		}
	}
	return nil
}

// AssumeBooted makes the first deployment, which boots by default, the booted one. It is for systems that do not run.
func (s *Status) AssumeBooted() {
	for i := range s.list {
		s.list[i].Booted = i == 0
	}
}

// Booted returns the booted deployment, which must have a version and a payload.
func (s *Status) Booted() (Deployment, error) {
	d, err := s.booted()
	if errors.Is(err, ErrNotBooted) || errors.Is(err, ErrEmptyRevision) || errors.Is(err, ErrEmptyVersion) {
		err = fmt.Errorf("failed to introspect booted OS image: %w", err)
	}
	return d, err
}

func (s *Status) booted() (Deployment, error) {
	i := slices.IndexFunc(s.list, func(e entry) bool { return e.Booted })
	if i < 0 {
		// One of those that cannot be understood may be it; that says more than that there is none.
		i = slices.IndexFunc(s.list, func(e entry) bool { return e.err != nil })
	}
	if i < 0 {
		return Deployment{}, ErrNotBooted
	}
	switch e := s.list[i]; {
	case e.err != nil:
		return Deployment{}, e.err
	case e.revision == "" || e.Payload.Text == "":
		return Deployment{}, ErrEmptyRevision
	case e.Version == "":
		return Deployment{}, ErrEmptyVersion
	default:
		return e.Deployment, nil
	}
}

// Staged returns the staged deployment, nil if there is none.
func (s *Status) Staged() (*Deployment, error) {
	i := slices.IndexFunc(s.list, func(e entry) bool { return e.Staged })
	if i < 0 {
		return nil, nil
	}
	if err := s.list[i].err; err != nil {
		return nil, err
	}
	d := s.list[i].Deployment
	return &d, nil
}

// Local returns the deployment that the next change starts from: the staged one if there is one, else the booted one.
func (s *Status) Local() (Deployment, error) {
	d, err := s.Staged()
	if err != nil {
		return Deployment{}, err
	}
	if d != nil {
		return *d, nil
	}
	return s.booted()
}

// Deployments returns the releases that are deployed, sorted by version and payload, each once. Deployments that
// cannot be understood are counted, and stand for all payloads that are found in them, without version; if one of them
// is the booted or a staged one there is an error.
func (s *Status) Deployments(omitStaged bool) (list []Deployment, skipped int, err error) {
	for _, e := range s.list {
		switch {
		case omitStaged && e.Staged:
		case e.err != nil && (e.Booted || e.Staged):
			return nil, 0, e.err
		case e.err != nil:
			skipped++
			for _, p := range e.found {
				list = append(list, Deployment{Payload: p})
			}
		default:
			list = append(list, e.Deployment)
		}
	}
	slices.SortStableFunc(list, compare)
	return slices.CompactFunc(list, func(a, b Deployment) bool { return compare(a, b) == 0 }), skipped, nil
}

func compare(a, b Deployment) int {
	return cmp.Or(cmp.Compare(a.Version, b.Version), cmp.Compare(a.Payload.Text, b.Payload.Text))
}

// parseEntry reads one deployment. Booted and Staged are as good as they can be even if there is an error.
func parseEntry(raw json.RawMessage) (e entry) {
	m, err := pick(raw, "booted", "staged", "checksum", "version", "base-commit-meta", "base-checksum",
		"container-image-reference", "container-image-reference-digest")
	var known bool
	var flagErr error
	if e.Booted, known, flagErr = m.flag("booted"); flagErr == nil && !known {
		flagErr = errors.New("missing field `booted`")
	}
	err = cmpError(err, flagErr)
	e.Staged, _, flagErr = m.flag("staged")
	err = cmpError(err, flagErr)
	if err == nil {
		err = e.read(m)
	}
	if err != nil {
		e.err = err
		e.found = m.payloads()
	}
	return e
}

// payloads are what a deployment that cannot be understood may be a deployment of.
func (m members) payloads() (list []cincinnati.Payload) {
	for _, key := range []string{"base-checksum", "checksum"} {
		if text, err := m.text(key); err == nil && text != nil && *text != "" {
			list = append(list, cincinnati.Payload{Scheme: cincinnati.Checksum, Text: *text})
		}
	}
	image, err := m.text("container-image-reference")
	digest, digestErr := m.text("container-image-reference-digest")
	if err != nil || digestErr != nil || image == nil || digest == nil {
		return list
	}
	if ref, err := ParseImageReference(*image); err == nil {
		if p, ok := ref.pullspec(*digest); ok {
			list = append(list, p)
		}
	}
	return list
}

// read reads everything but the flags.
func (e *entry) read(m members) error {
	checksum, err := m.need("checksum")
	if err != nil {
		return err
	}
	if e.Version, err = m.need("version"); err != nil {
		return err
	}
	base, err := m.text("base-checksum")
	if err != nil {
		return err
	}
	image, err := m.text("container-image-reference")
	if err != nil {
		return err
	}
	digest, err := m.text("container-image-reference-digest")
	if err != nil {
		return err
	}
	meta, ok := m["base-commit-meta"]
	if !ok {
		return errors.New("missing field `base-commit-meta`")
	}
	if e.Stream, e.StreamErr, err = readStream(meta); err != nil {
		return fmt.Errorf("field `base-commit-meta`: %w", err)
	}
	e.identify(checksum, base, image, digest)
	return nil
}

// identify settles the payload. A reference that does not lead to a pullspec is itself taken for the checksum, as
// zincati 0.0.32 does: it is in no graph, so nothing happens to such a system.
func (e *entry) identify(checksum string, base, image, digest *string) {
	switch {
	case image != nil:
		e.revision = *image
		e.Payload = cincinnati.Payload{Scheme: cincinnati.Checksum, Text: *image}
		ref, err := ParseImageReference(*image)
		if err != nil {
			return
		}
		e.ImageReference = &ref
		if digest == nil {
			return
		}
		if p, ok := ref.pullspec(*digest); ok {
			e.Payload = p
		}
	case base != nil:
		e.revision = *base
		e.Payload = cincinnati.Payload{Scheme: cincinnati.Checksum, Text: *base}
	default:
		e.revision = checksum
		e.Payload = cincinnati.Payload{Scheme: cincinnati.Checksum, Text: checksum}
	}
}
