package disks

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/internal/blockdev"
)

// area is where a device's bytes are: a piece of something that can be read now,
// or nowhere yet.
type area struct {
	path      string // empty: nothing is there to be read
	off, size int64  // size 0: all of it
	sealed    bool   // encrypted: what is in it is not known
	id        string // of what is nowhere yet: one of its names
}

var errSealed = errors.New("what is in it is known when it is opened")

// unknown tells whether an error of looking only means that a dry run cannot know.
func unknown(err error) bool { return errors.Is(err, errNotInImage) || errors.Is(err, errSealed) }

var errMissing = errors.New("device is not there: would wait for it")

var errNotInImage = errors.New("device not in the image: would wait for it")

// probe finds what is on a device. It is errMissing or errNotInImage in a dry run
// if neither the device nor a prediction of it exists.
func (s *stage) probe(device string) (*blockdev.Result, error) {
	a := area{path: s.alias(device)}
	if s.h.DryRun {
		var err error
		if a, err = s.find(device); err != nil {
			return nil, err
		}
	}
	return a.probe()
}

// header reads the LUKS header of a device; blockdev.ErrNoLUKS if it has none.
func (s *stage) header(device string) (*blockdev.LUKS, error) {
	a, err := s.find(device)
	if err != nil {
		return nil, err
	}
	if a.path == "" {
		return nil, blockdev.ErrNoLUKS
	}
	d, err := blockdev.Open(a.path)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	if a.size == 0 {
		a.size = d.Size
	}
	return d.LUKSAt(a.off, a.size)
}

func (a area) probe() (*blockdev.Result, error) {
	if a.sealed {
		return nil, errSealed
	}
	if a.path == "" {
		return new(blockdev.Result), nil
	}
	d, err := blockdev.Open(a.path)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	if a.size == 0 {
		return d.Probe()
	}
	return d.ProbeAt(a.off, a.size)
}

// find is the place of a device in a dry run.
func (s *stage) find(device string) (area, error) {
	device = filepath.Clean(device)
	if a, ok := s.future[device]; ok {
		return a, nil
	}
	isEmpty, predicted := s.h.Predicted[device] // by another stage
	if isEmpty {
		return area{}, nil
	}
	if s.image {
		return area{}, errNotInImage
	}
	node, err := filepath.EvalSymlinks(device)
	if errors.Is(err, fs.ErrNotExist) && predicted {
		return area{}, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return area{}, errMissing
	}
	return area{path: node}, err
}

// predict notes that a device will be there.
func (s *stage) predict(a area, names ...string) error {
	res, err := a.probe()
	if err != nil && !a.sealed {
		return err
	}
	for _, name := range names {
		if name == "" {
			continue
		}
		if a.path == "" && a.id == "" {
			a.id = name
		}
		s.future[name] = a
		s.h.Predicted[name] = !a.sealed && !holds(res)
	}
	return nil
}

// partitionNames are the paths under which a partition appears.
func partitionNames(disk string, p blockdev.Partition) []string {
	names := []string{blockdev.PartitionPath(disk, p.Number)}
	if strings.HasPrefix(disk, "/dev/disk/") {
		names[0] = fmt.Sprintf("%s-part%d", disk, p.Number)
	}
	if p.Name != "" {
		names = append(names, "/dev/disk/by-partlabel/"+udevName(p.Name))
	}
	if p.GUID != "" {
		names = append(names, "/dev/disk/by-partuuid/"+strings.ToLower(p.GUID))
	}
	return names
}

// udevName encodes what may not be in the name of a link as the device manager does.
func udevName(s string) string {
	var out []byte
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r >= 0x80,
			r == '#', r == '+', r == '-', r == '.', r == ':', r == '=', r == '@', r == '_':
			out = append(out, string(r)...)
		default:
			out = fmt.Appendf(out, `\x%02x`, r)
		}
	}
	return string(out)
}
