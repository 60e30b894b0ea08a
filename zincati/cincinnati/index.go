package cincinnati

// ReleaseIndex lists the releases of a stream, oldest first. [ParseReleaseIndex] reads it; [encoding/json] writes it in
// the same form.
type ReleaseIndex struct {
	Releases []IndexRelease
}

// IndexRelease is one release with its payloads per architecture.
type IndexRelease struct {
	Version  string
	Metadata string // URL of a document about the release
	Commits  []IndexCommit
	Images   []IndexImage
}

// IndexCommit is the ostree commit of an architecture.
type IndexCommit struct{ Architecture, Checksum string }

// IndexImage is the container image of an architecture.
type IndexImage struct{ Architecture, DigestRef string }

// maxPayloads is how many commits and images a release index may have in all.
const maxPayloads = 10 * MaxNodes

// ParseReleaseIndex reads a releases.json: {"releases": [{"version", "metadata",
// "commits": [{"architecture", "checksum"}], "oci-images": [{"architecture", "digest-ref"}]}]}.
// Commits and images may be absent or null, everything else is needed; other keys are
// ignored, duplicate ones refused. At most [MaxNodes] releases are read.
func ParseReleaseIndex(data []byte) (*ReleaseIndex, error) {
	d := indexDecoder{objects: objects{scanner: scanner{data: data}}}
	err := d.document(func() error {
		return d.fields("a release index", []field{
			{name: "releases", need: true, read: func() error { return d.array("an array of releases", d.release) }},
		})
	})
	if err != nil {
		return nil, err
	}
	return &d.result, nil
}

type indexDecoder struct {
	objects
	result   ReleaseIndex
	payloads int
}

func (d *indexDecoder) release() error {
	if len(d.result.Releases) == MaxNodes {
		return d.failf("more than %d releases", MaxNodes)
	}
	var r IndexRelease
	err := d.fields("a release", []field{
		{name: "version", need: true, read: d.text(&r.Version)},
		{name: "metadata", need: true, read: d.text(&r.Metadata)},
		{name: "commits", read: d.optionalArray("an array of commits", func() error {
			var c IndexCommit
			err := d.payload("a commit", "checksum", &c.Architecture, &c.Checksum)
			r.Commits = append(r.Commits, c)
			return err
		})},
		{name: "oci-images", read: d.optionalArray("an array of images", func() error {
			var i IndexImage
			err := d.payload("an image", "digest-ref", &i.Architecture, &i.DigestRef)
			r.Images = append(r.Images, i)
			return err
		})},
	})
	d.result.Releases = append(d.result.Releases, r)
	return err
}

func (d *indexDecoder) payload(what, key string, arch, text *string) error {
	if d.payloads++; d.payloads > maxPayloads {
		return d.failf("more than %d payloads", maxPayloads)
	}
	return d.fields(what, []field{
		{name: "architecture", need: true, read: d.text(arch)},
		{name: key, need: true, read: d.text(text)},
	})
}

// objects reads objects by tables of their fields.
type objects struct{ scanner }

// field is one key of an object.
type field struct {
	name string
	need bool
	read func() error
}

// fields reads an object: each field at most once, those that are needed exactly once, and
// unknown ones without a look.
func (o *objects) fields(what string, table []field) error {
	var seen fields
	err := o.object(what, func(key []byte) error {
		for i, f := range table {
			if f.name == string(key) {
				if err := seen.once(&o.scanner, 1<<i, f.name); err != nil {
					return err
				}
				return f.read()
			}
		}
		return o.skip()
	})
	if err != nil {
		return err
	}
	for i, f := range table {
		if f.need && seen&(1<<i) == 0 {
			return o.failf("missing field `%s`", f.name)
		}
	}
	return nil
}

func (o *objects) text(dst *string) func() error {
	return func() (err error) {
		*dst, err = o.string("a string")
		return err
	}
}

// optional makes read accept null, which means the same as absence.
func (o *objects) optional(read func() error) func() error {
	return func() error {
		if o.null() {
			return nil
		}
		return read()
	}
}

func (o *objects) optionalArray(what string, item func() error) func() error {
	return o.optional(func() error { return o.array(what, item) })
}
