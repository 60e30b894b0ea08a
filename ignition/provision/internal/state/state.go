// Package state holds what one stage leaves for the next ones.
package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// FetchedConfig is a config that took part.
type FetchedConfig struct {
	Kind       string `json:"kind"` // "base" or "user"
	Source     string `json:"source"`
	Referenced bool   `json:"referenced"`
}

// State is the state file. The order of the fields is part of the format.
type State struct {
	FetchedConfigs []FetchedConfig `json:"fetchedConfigs"`
	// LuksPersistKeyFiles maps names of LUKS devices to data URLs of their keys.
	LuksPersistKeyFiles map[string]string `json:"luksPersistKeyFiles"`
	// NotatedDirectories are the directories that the mount stage made, relative to
	// the root, with a leading slash.
	NotatedDirectories []string `json:"notatedDirectories"`
	// ProviderOutputFiles are files that the platform wants written.
	ProviderOutputFiles []types.File `json:"providerOutputFiles"`
	// LuksPersistVolumeKeyFiles maps file names in the key repository to data URLs.
	LuksPersistVolumeKeyFiles map[string]string `json:"luksPersistVolumeKeyFiles"`
}

// UserConfigProvided reports whether a config of a user took part.
func (s *State) UserConfigProvided() bool {
	for _, c := range s.FetchedConfigs {
		if c.Kind == "user" {
			return true
		}
	}
	return false
}

// Load reads a state file; one that is not there is the empty state.
func Load(path string) (*State, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &State{}, nil
	}
	if err != nil {
		return nil, err
	}
	s := new(State)
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("parsing state file %s: %w", path, err)
	}
	return s, nil
}

// Save writes the state file, readable by its owner only, since it may hold keys.
func (s *State) Save(path string) error {
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(s); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	// In place, not by renaming: the file may be one that was made for us.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b.Bytes())
	return errors.Join(err, f.Close())
}
