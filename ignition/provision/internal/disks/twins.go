package disks

import (
	"fmt"
	"path/filepath"

	"github.com/nestos-dev/nestos/internal/blockdev"
)

// device is what an entry of the config calls a device.
type device struct {
	path  string
	entry string
}

// twins are devices that have two names in a part of the config. Both entries would
// change the same bytes, file systems even at the same time.
type twins struct {
	devices []device
	first   []int // index of the first entry that names the same device; or its own
}

// twins looks at devices that are there, or are predicted. What does not exist has no
// other name.
func (s *stage) twins(devices []device) twins {
	t := twins{devices, make([]int, len(devices))}
	seen := make(map[string]int, len(devices))
	for i, d := range devices {
		t.first[i] = i
		id := s.identity(d.path)
		if j, ok := seen[id]; ok {
			t.first[i] = j
		} else if id != "" {
			seen[id] = i
		}
	}
	return t
}

// err is nil for the first entry with a name for the device.
func (t twins) err(i int) error {
	if j := t.first[i]; j != i {
		if t.devices[j].path == t.devices[i].path {
			return fmt.Errorf("%q is used twice", t.devices[i].path)
		}
		return fmt.Errorf("%q and %q are the same device", t.devices[j].path, t.devices[i].path)
	}
	return nil
}

// identity is equal for two names of one device, and empty for one that is not there.
func (s *stage) identity(path string) string {
	a := area{path: s.alias(path)}
	if s.h.DryRun {
		var err error
		if a, err = s.find(path); err != nil {
			return ""
		}
	}
	if a.path == "" {
		// To be made: by an earlier part, which knows its names, or by another stage.
		if a.id == "" {
			return filepath.Clean(path)
		}
		return a.id
	}
	id, err := blockdev.ID(a.path)
	if err != nil {
		return ""
	}
	if a.size != 0 {
		id += fmt.Sprintf(" %d+%d", a.off, a.size)
	}
	return id
}
