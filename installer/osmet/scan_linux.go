package osmet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// minBootFile is the size that files on the boot file system must exceed to be looked for in the repository: the mapping of
// a small one would not be smaller than it is.
const minBootFile = 1024

const objectsDir = "ostree/repo/objects"

// scan finds the mappings of both partitions.
func (p *packer) scan(ctx context.Context, boot, root *os.Root) error {
	s := scanner{ctx: ctx, note: p.Message, boot: boot, root: root, sums: map[int64][32]byte{}}
	if err := s.findBootFiles(); err != nil {
		return err
	}
	rootMappings, err := s.scanObjects()
	if err != nil {
		return err
	}
	bootMappings, err := s.scanBoot()
	if err != nil {
		return err
	}
	p.layout.Partitions = []Partition{{Mappings: bootMappings}, {Mappings: rootMappings}}
	return nil
}

type scanner struct {
	ctx        context.Context
	note       func(string)
	boot, root *os.Root

	bootFiles map[int64]string   // by size, those without an object yet
	sums      map[int64][32]byte // their checksums, as far as they were needed
	matched   []match
	mapped    int // objects
	empty     int // objects without extents
}

// match is a file on the boot file system with the content of an object.
type match struct {
	path   string
	object [32]byte
}

// findBootFiles remembers one file of each size.
func (s *scanner) findBootFiles() error {
	s.bootFiles = map[int64]string{}
	return walkFiles(s.ctx, s.boot, ".", func(path string, size int64) error {
		if _, ok := s.bootFiles[size]; !ok && size > minBootFile {
			s.bootFiles[size] = path
		}
		return nil
	})
}

// walkFiles calls f for the regular files below dir, in the order of their paths.
func walkFiles(ctx context.Context, root *os.Root, dir string, f func(path string, size int64) error) error {
	return fs.WalkDir(root.FS(), dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return about("walking", path, err)
		}
		if !d.Type().IsRegular() {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return fmt.Errorf("getting metadata for %q: %w", path, err)
		}
		return f(path, info.Size())
	})
}

func (s *scanner) scanObjects() ([]Mapping, error) {
	var mappings []Mapping
	err := walkFiles(s.ctx, s.root, objectsDir, func(name string, size int64) error {
		if path.Ext(name) != ".file" {
			return nil
		}
		object, err := objectOf(name)
		if err != nil {
			return err
		}
		added, err := s.addExtents(mappings, s.root, name, object)
		if err != nil {
			return err
		}
		if len(added) == len(mappings) {
			s.empty++
			return nil
		}
		mappings = added
		s.mapped++
		return s.matchBoot(name, size, object)
	})
	if err != nil {
		return nil, err
	}
	s.note(fmt.Sprintf("Total OSTree objects scanned from /root: %d (%d mapped, %d empty)", s.mapped+s.empty, s.mapped, s.empty))
	s.note(fmt.Sprintf("Total OSTree objects found in /boot: %d", len(s.matched)))
	return s.canonical("root", mappings), nil
}

func (s *scanner) scanBoot() ([]Mapping, error) {
	var mappings []Mapping
	for _, m := range s.matched {
		var err error
		if mappings, err = s.addExtents(mappings, s.boot, m.path, m.object); err != nil {
			return nil, err
		}
	}
	return s.canonical("boot", mappings), nil
}

func (s *scanner) canonical(name string, mappings []Mapping) []Mapping {
	mappings = noteCanonical(s.note, mappings)
	s.note(fmt.Sprintf("Total /%s extents: %d", name, len(mappings)))
	return mappings
}

// addExtents appends the mappings of a file that has the content of an object.
func (s *scanner) addExtents(mappings []Mapping, root *os.Root, path string, object [32]byte) ([]Mapping, error) {
	f, err := root.Open(path)
	if err != nil {
		return nil, opening(path, err)
	}
	defer f.Close()
	extents, err := Fiemap(f)
	for _, e := range extents {
		mappings = append(mappings, Mapping{e, object})
	}
	return mappings, err
}

// matchBoot looks whether a file on the boot file system has the content of an object.
func (s *scanner) matchBoot(name string, size int64, object [32]byte) error {
	bootPath, ok := s.bootFiles[size]
	if !ok {
		return nil
	}
	want, ok := s.sums[size]
	if !ok {
		var err error
		if want, err = digest(s.boot, bootPath); err != nil {
			return err
		}
		s.sums[size] = want
	}
	got, err := digest(s.root, name)
	if err != nil {
		return err
	}
	if got == want {
		s.matched = append(s.matched, match{bootPath, object})
		delete(s.bootFiles, size)
	}
	return nil
}

func digest(root *os.Root, path string) (sum [32]byte, err error) {
	f, err := root.Open(path)
	if err != nil {
		return sum, opening(path, err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.CopyBuffer(onlyWriter{h}, f, make([]byte, bufferSize)); err != nil {
		return sum, fmt.Errorf("reading %q: %w", path, err)
	}
	return [32]byte(h.Sum(nil)), nil
}

// objectOf returns the checksum in the path of an object.
func objectOf(name string) (sum [32]byte, err error) {
	dir, base := path.Split(name)
	text := path.Base(dir) + strings.TrimSuffix(base, ".file")
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(sum) {
		return sum, fmt.Errorf("invalid object path %q", name)
	}
	return [32]byte(raw), nil
}
