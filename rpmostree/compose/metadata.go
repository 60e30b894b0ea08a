package compose

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
)

// The keys of the metadata of composed commits.
const (
	keyVersion       = "version"
	keyInputHash     = "rpmostree.inputhash"
	keyRepos         = "rpmostree.rpmmd-repos"
	keyInitramfsArgs = "rpmostree.initramfs-args"
	keyAdvisories    = "rpmostree.advisories"
	keyContainerCmd  = "ostree.container-cmd"
	keyLabelVersion  = "ostree.selinux-label-version"
)

// ParseMetadata reads metadata for [TreeOptions] from JSON, as --add-metadata-from-json does.
func ParseMetadata(text []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("metadata: not a JSON object")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("metadata: text behind the JSON object")
	}
	return m, nil
}

// variant converts a JSON value as GLib's json_gvariant_deserialize does without a signature.
func variant(v any) (gvariant.Value, error) {
	switch v := v.(type) {
	case nil:
		return gvariant.NewMaybe("v", nil), nil
	case bool:
		return gvariant.NewBool(v), nil
	case string:
		return gvariant.NewString(v), nil
	case json.Number:
		return numberVariant(v)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return gvariant.NewInt64(int64(v)), nil
		}
		return gvariant.NewDouble(v), nil
	case []any:
		var items []gvariant.Value
		for _, e := range v {
			item, err := variant(e)
			if err != nil {
				return gvariant.Value{}, err
			}
			items = append(items, gvariant.NewVariant(item))
		}
		return gvariant.NewArray("v", items...), nil
	case map[string]any:
		d, err := dict(v)
		if err != nil {
			return gvariant.Value{}, err
		}
		return d.Value(), nil
	}
	return gvariant.Value{}, fmt.Errorf("metadata of type %T: %w", v, errNotSupported)
}

func numberVariant(n json.Number) (gvariant.Value, error) {
	if i, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
		return gvariant.NewInt64(i), nil
	}
	f, err := n.Float64()
	if err != nil {
		return gvariant.Value{}, fmt.Errorf("metadata: %w", err)
	}
	return gvariant.NewDouble(f), nil
}

// dict converts a JSON object; keys are sorted.
func dict(m map[string]any) (*object.Dict, error) {
	d := &object.Dict{}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		v, err := variant(m[k])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k, err)
		}
		d.Set(k, v)
	}
	return d, nil
}

// commitMetadata is what a commit records about itself, and what is kept beside it.
type commitMetadata struct {
	inline, detached *object.Dict
}

// bigEndian is a dictionary with the numbers in it in the byte order of all that OSTree stores: other machines
// read them. Keys are sorted.
func bigEndian(m map[string]gvariant.Value) *object.Dict {
	d := &object.Dict{}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		d.Set(k, m[k])
	}
	return gvariant.DictFromValue(d.Value().Byteswap())
}

// repoState is an rpm-md repository that took part.
type repoState struct {
	id   string
	time uint64
}

func reposVariant(list []repoState) gvariant.Value {
	var items []gvariant.Value
	for _, r := range list {
		d := &object.Dict{}
		d.Set("id", gvariant.NewString(r.id))
		d.Set("timestamp", gvariant.NewUint64(r.time))
		items = append(items, d.Value())
	}
	return gvariant.NewArray("a{sv}", items...)
}
