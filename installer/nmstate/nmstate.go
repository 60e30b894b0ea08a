package nmstate

import (
	"errors"
	"fmt"
	"sort"
)

// Keyfile is one connection of NetworkManager.
type Keyfile struct {
	// Name is the name of the file: that of the interface or its profile with the suffix
	// ".nmconnection". It has no slash.
	Name string
	// Data is the text. NetworkManager wants such files to be readable by root only.
	Data []byte
}

// ErrNotSupported is in the errors about parts of a state that this package knows of but
// cannot turn into keyfiles.
var ErrNotSupported = errors.New("not supported")

// Generate returns the keyfiles for a state in YAML or JSON, sorted by name. A state without
// interfaces gives none.
//
// Errors begin "parsing nmstate" if the text is no such state, else "generating configuration
// from nmstate".
func Generate(state []byte) ([]Keyfile, error) {
	s, err := parse(state)
	if err == nil {
		err = s.resolve()
	} else if !errors.Is(err, ErrNotSupported) {
		return nil, fmt.Errorf("parsing nmstate: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("generating configuration from nmstate: %w", err)
	}
	var files []Keyfile
	for _, i := range s.interfaces {
		if i.present() {
			files = append(files, Keyfile{Name: i.profileName() + ".nmconnection", Data: i.keyfile()})
		}
	}
	sort.Slice(files, func(i, j int) bool { return files[i].Name < files[j].Name })
	for n := 1; n < len(files); n++ {
		if files[n].Name == files[n-1].Name {
			return nil, fmt.Errorf("generating configuration from nmstate: two interfaces have the keyfile %s", files[n].Name)
		}
	}
	return files, nil
}
