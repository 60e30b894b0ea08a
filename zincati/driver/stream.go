package driver

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The keys of a commit's metadata that tell the stream.
const (
	keyImageConfig = "ostree.container.image-config" // JSON of an OCI image configuration
	keyManifest    = "ostree.manifest"               // JSON of an OCI manifest
	keyStream      = "fedora-coreos.stream"          // of commits that no image was made of; also the annotation
	labelStream    = "com.coreos.stream"
)

var (
	errNoImageMetadata = errors.New("Cannot deserialize ostree base image manifest")
	errNoStream        = errors.New("Missing `com.coreos.stream` label in the base image configuration, or `fedora-coreos.stream` annotation in the base image manifest")
)

// readStream finds the stream in the metadata of a commit. A stream that cannot be determined is streamErr; err says
// that the metadata have another form than a status has.
func readStream(meta json.RawMessage) (stream string, streamErr, err error) {
	m, err := pick(meta, keyImageConfig, keyManifest, keyStream)
	if err != nil {
		return "", nil, err
	}
	config, err := m.text(keyImageConfig)
	if err != nil {
		return "", nil, err
	}
	manifest, err := m.text(keyManifest)
	if err != nil {
		return "", nil, err
	}
	stream, streamErr = findStream(config, manifest, m)
	return stream, streamErr, nil
}

func findStream(config, manifest *string, m members) (string, error) {
	if config == nil && manifest == nil {
		s, err := m.text(keyStream)
		if err == nil && s == nil {
			err = errNoImageMetadata
		}
		return notEmpty(s, err)
	}
	if config != nil {
		s, err := streamOfConfig(*config)
		if err != nil || s != nil {
			return notEmpty(s, err)
		}
	}
	if manifest != nil {
		s, err := streamOfManifest(*manifest)
		if err != nil || s != nil {
			return notEmpty(s, err)
		}
	}
	return "", errNoStream
}

func notEmpty(s *string, err error) (string, error) {
	switch {
	case err != nil:
		return "", err
	case *s == "":
		return "", errEmptyStream
	}
	return *s, nil
}

// kind checks that a value has a form.
type kind func(raw json.RawMessage) error

func isText(raw json.RawMessage) error {
	_, err := stringOf(raw)
	return err
}

// isTexts accepts an array of strings.
func isTexts(raw json.RawMessage) error { return walkArray(raw, isText) }

// isTextMap accepts an object whose values are strings.
func isTextMap(raw json.RawMessage) error {
	return walkObject(raw, func(_ string, v json.RawMessage) error { return isText(v) })
}

// isSet accepts an object of objects, which is how JSON writes Go's map[string]struct{}.
func isSet(raw json.RawMessage) error {
	return walkObject(raw, func(_ string, v json.RawMessage) error {
		return walkObject(v, func(string, json.RawMessage) error { return nil })
	})
}

func isBool(raw json.RawMessage) error {
	_, _, err := members{"": raw}.flag("")
	return err
}

// isNumber accepts an integer of 0 to limit.
func isNumber(limit uint64) kind {
	return func(raw json.RawMessage) error {
		n, err := strconv.ParseUint(string(raw), 10, 64)
		if err != nil || n > limit {
			return errors.New("not a number in range")
		}
		return nil
	}
}

// isDigest accepts ALGORITHM:ENCODED. Those of the registered algorithms have a fixed number of lower-case hex digits.
func isDigest(raw json.RawMessage) error {
	s, err := stringOf(raw)
	if err != nil {
		return err
	}
	algorithm, encoded, ok := strings.Cut(s, ":")
	if !ok || algorithm == "" || encoded == "" {
		return fmt.Errorf("invalid digest %q", shorten(s))
	}
	for _, known := range []struct {
		name   string
		digits int
	}{{"sha256", 64}, {"sha384", 96}, {"sha512", 128}} {
		if algorithm == known.name && (len(encoded) != known.digits || strings.Trim(encoded, "0123456789abcdef") != "") {
			return fmt.Errorf("invalid digest %q", shorten(s))
		}
	}
	return nil
}

// field is a member of a record.
type field struct {
	name     string
	kind     kind
	required bool
}

// record accepts an object with these members, and others of any kind. Null is as good as absent for optional ones.
func record(fields ...field) kind {
	return func(raw json.RawMessage) error {
		names := make([]string, len(fields))
		for i, f := range fields {
			names[i] = f.name
		}
		m, err := pick(raw, names...)
		if err != nil {
			return err
		}
		for _, f := range fields {
			v, ok := m[f.name]
			switch {
			case !ok && f.required:
				return fmt.Errorf("missing field `%s`", f.name)
			case !ok || isNull(v) && !f.required:
				continue
			}
			if err := f.kind(v); err != nil {
				return fmt.Errorf("field `%s`: %w", f.name, err)
			}
		}
		return nil
	}
}

func arrayOf(k kind) kind {
	return func(raw json.RawMessage) error {
		return walkArray(raw, func(v json.RawMessage) error { return k(v) })
	}
}

// The forms of OCI's image specification 1.1, as far as their members have fixed types.
var (
	platformForm = record(
		field{"architecture", isText, true}, field{"os", isText, true}, field{"os.version", isText, false},
		field{"os.features", isTexts, false}, field{"variant", isText, false}, field{"features", isTexts, false})
	descriptorForm = record(
		field{"mediaType", isText, true}, field{"digest", isDigest, true}, field{"size", isNumber(math.MaxUint64), true},
		field{"urls", isTexts, false}, field{"annotations", isTextMap, false}, field{"platform", platformForm, false},
		field{"artifactType", isText, false}, field{"data", isText, false})
	manifestForm = record(
		field{"schemaVersion", isNumber(math.MaxUint32), true}, field{"mediaType", isText, false},
		field{"artifactType", isText, false}, field{"config", descriptorForm, true},
		field{"layers", arrayOf(descriptorForm), true}, field{"subject", descriptorForm, false},
		field{"annotations", isTextMap, false})
	configForm = record(
		field{"User", isText, false}, field{"ExposedPorts", isSet, false}, field{"Env", isTexts, false},
		field{"Entrypoint", isTexts, false}, field{"Cmd", isTexts, false}, field{"Volumes", isSet, false},
		field{"WorkingDir", isText, false}, field{"Labels", isTextMap, false}, field{"StopSignal", isText, false})
	rootfsForm  = record(field{"type", isText, true}, field{"diff_ids", isTexts, true})
	historyForm = record(
		field{"created", isText, false}, field{"author", isText, false}, field{"created_by", isText, false},
		field{"comment", isText, false}, field{"empty_layer", isBool, false})
	imageForm = record(
		field{"created", isText, false}, field{"author", isText, false}, field{"architecture", isText, true},
		field{"os", isText, true}, field{"os.version", isText, false}, field{"os.features", isTexts, false},
		field{"variant", isText, false}, field{"config", configForm, false}, field{"rootfs", rootfsForm, true},
		field{"history", arrayOf(historyForm), true})
)

// streamOfConfig returns the label of an image configuration, nil if there is none.
func streamOfConfig(doc string) (*string, error) {
	return lookup("image configuration", doc, imageForm, []string{"config", "Labels"}, labelStream)
}

// streamOfManifest returns the annotation of a manifest, nil if there is none.
func streamOfManifest(doc string) (*string, error) {
	return lookup("image manifest", doc, manifestForm, []string{"annotations"}, keyStream)
}

// lookup checks a document and reads the text at a path of objects, any of which may be missing.
func lookup(what, doc string, form kind, path []string, key string) (*string, error) {
	raw := []byte(doc)
	if !json.Valid(raw) {
		return nil, fmt.Errorf("%s: %w", what, syntaxError(raw))
	}
	if err := form(raw); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	for _, p := range path {
		m, err := pick(raw, p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		if raw = m[p]; raw == nil || isNull(raw) {
			return nil, nil
		}
	}
	// The last one counts if there are several: labels and annotations are maps.
	var text *string
	err := walkObject(raw, func(k string, v json.RawMessage) error {
		if k != key {
			return nil
		}
		s, err := stringOf(v)
		text = &s
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return text, nil
}
