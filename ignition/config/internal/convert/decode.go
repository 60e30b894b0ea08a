package convert

import (
	"encoding/json"
	"fmt"

	v30 "github.com/nestos-dev/nestos/ignition/config/v3_0/types"
	v31 "github.com/nestos-dev/nestos/ignition/config/v3_1/types"
	v32 "github.com/nestos-dev/nestos/ignition/config/v3_2/types"
	v33 "github.com/nestos-dev/nestos/ignition/config/v3_3/types"
	v34 "github.com/nestos-dev/nestos/ignition/config/v3_4/types"
	v35 "github.com/nestos-dev/nestos/ignition/config/v3_5/types"
	v36 "github.com/nestos-dev/nestos/ignition/config/v3_6/types"
	v37 "github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// A Version is one version of the format.
type Version struct {
	Name string
	New  func() any // returns a pointer to an empty config of the version's types

	special bool // modes may have setuid, setgid and sticky bits
}

// Versions returns all versions, oldest first.
func Versions() []Version {
	return []Version{
		{"3.0.0", func() any { return new(v30.Config) }, false},
		{"3.1.0", func() any { return new(v31.Config) }, false},
		{"3.2.0", func() any { return new(v32.Config) }, false},
		{"3.3.0", func() any { return new(v33.Config) }, false},
		{"3.4.0", func() any { return new(v34.Config) }, false},
		{"3.5.0", func() any { return new(v35.Config) }, false},
		{"3.6.0", func() any { return new(v36.Config) }, true},
		{"3.7.0-experimental", func() any { return new(v37.Config) }, true},
	}
}

// find returns the version of the given name; it must be one of them.
func find(name string) Version {
	for _, v := range Versions() {
		if v.Name == name {
			return v
		}
	}
	panic("no version " + name)
}

// Decode decodes a config that is known to be valid and of version from, and lifts
// it to the version to, whose types dst points to. Between equal versions nothing is
// changed, not even the spelling of ignition.version.
func Decode(raw []byte, from string, dst any, to string) error {
	src := dst
	if from != to {
		src = find(from).New()
	}
	if err := json.Unmarshal(raw, src); err != nil {
		return fmt.Errorf("decoding config: %w", err)
	}
	if from == to {
		return nil
	}
	return Translate(dst, to, src, from)
}

// Translate copies a config to the types of another version. Towards newer versions
// it does what the meaning of the config needs and cannot fail; towards older ones it
// fails with a *[LossError] if the config uses what they lack.
func Translate(dst any, to string, src any, from string) error {
	modes := KeepModes
	switch before, after := find(from).special, find(to).special; {
	case after && !before:
		modes = MaskModes
	case before && !after:
		modes = RefuseModes
	}
	return Config(dst, src, to, modes)
}
