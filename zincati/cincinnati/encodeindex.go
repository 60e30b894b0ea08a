package cincinnati

import (
	"fmt"
	"math"
	"strconv"
)

// MarshalJSON gives what [ParseReleaseIndex] reads. Commits and images are left out if there are none; invalid UTF-8
// becomes replacement characters.
func (x ReleaseIndex) MarshalJSON() ([]byte, error) {
	dst := []byte(`{"releases":`)
	dst = appendArray(dst, x.Releases, func(dst []byte, r IndexRelease) []byte {
		dst = appendString(append(dst, `{"version":`...), r.Version)
		dst = appendString(append(dst, `,"metadata":`...), r.Metadata)
		if len(r.Commits) > 0 {
			dst = appendArray(append(dst, `,"commits":`...), r.Commits, func(dst []byte, c IndexCommit) []byte {
				return appendPayload(dst, c.Architecture, "checksum", c.Checksum)
			})
		}
		if len(r.Images) > 0 {
			dst = appendArray(append(dst, `,"oci-images":`...), r.Images, func(dst []byte, i IndexImage) []byte {
				return appendPayload(dst, i.Architecture, "digest-ref", i.DigestRef)
			})
		}
		return append(dst, '}')
	})
	return append(dst, '}'), nil
}

func appendPayload(dst []byte, arch, key, text string) []byte {
	dst = appendString(append(dst, `{"architecture":`...), arch)
	dst = append(appendString(append(dst, ','), key), ':')
	return append(appendString(dst, text), '}')
}

// MarshalJSON gives what [ParseUpdates] reads. Nil parts, and an empty stream, are left out; invalid UTF-8 becomes
// replacement characters. A StartPercentage that is no number is an error: JSON has none for it.
func (u Updates) MarshalJSON() ([]byte, error) {
	for _, r := range u.Releases {
		if r.Rollout == nil || r.Rollout.StartPercentage == nil {
			continue
		}
		if v := *r.Rollout.StartPercentage; math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("release %.64q: start_percentage is %g", r.Version, v)
		}
	}
	dst := []byte(`{`)
	if u.Stream != "" {
		dst = append(appendString(append(dst, `"stream":`...), u.Stream), ',')
	}
	dst = appendArray(append(dst, `"releases":`...), u.Releases, func(dst []byte, r Update) []byte {
		dst = appendString(append(dst, `{"version":`...), r.Version)
		return append(r.appendMetadata(append(dst, `,"metadata":`...)), '}')
	})
	return append(dst, '}'), nil
}

func (u *Update) appendMetadata(dst []byte) []byte {
	o := objectWriter{dst: append(dst, '{')}
	for _, part := range []struct {
		key    string
		reason *Reason
	}{{"barrier", u.Barrier}, {"deadend", u.Deadend}} {
		if part.reason != nil {
			o.key(part.key)
			o.dst = append(appendString(append(o.dst, `{"reason":`...), part.reason.Reason), '}')
		}
	}
	if u.Rollout != nil {
		o.key("rollout")
		o.dst = u.Rollout.append(o.dst)
	}
	return append(o.dst, '}')
}

func (r *UpdateRollout) append(dst []byte) []byte {
	o := objectWriter{dst: append(dst, '{')}
	if r.StartEpoch != nil {
		o.key("start_epoch")
		o.dst = strconv.AppendInt(o.dst, *r.StartEpoch, 10)
	}
	if r.StartPercentage != nil {
		o.key("start_percentage")
		o.dst = strconv.AppendFloat(o.dst, *r.StartPercentage, 'g', -1, 64)
	}
	if r.DurationMinutes != nil {
		o.key("duration_minutes")
		o.dst = strconv.AppendUint(o.dst, *r.DurationMinutes, 10)
	}
	return append(o.dst, '}')
}

// objectWriter puts commas between the members of an object.
type objectWriter struct {
	dst   []byte
	comma bool
}

func (o *objectWriter) key(name string) {
	if o.comma {
		o.dst = append(o.dst, ',')
	}
	o.comma = true
	o.dst = append(appendString(o.dst, name), ':')
}

func appendArray[T any](dst []byte, list []T, item func([]byte, T) []byte) []byte {
	dst = append(dst, '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = item(dst, v)
	}
	return append(dst, ']')
}
