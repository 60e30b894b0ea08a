package ostree

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/ostree/object"
)

// CommitRules is a [Modifier.Filter] made of the usual rules, applied in the order of the fields.
type CommitRules struct {
	OwnerUID, OwnerGID *uint32       // replace the owner
	ROExecutables      bool          // take the write bits from regular files that anyone can execute
	StatOverride       *StatOverride // change permissions of single paths
	SkipList           *SkipList     // leave paths out
}

// Filter applies the rules; it is a [Modifier.Filter].
func (c *CommitRules) Filter(e *Entry) bool {
	if c.OwnerUID != nil {
		e.UID = *c.OwnerUID
	}
	if c.OwnerGID != nil {
		e.GID = *c.OwnerGID
	}
	if c.ROExecutables && e.Mode&object.ModeTypeMask == object.ModeRegular && e.Mode&0o111 != 0 {
		e.Mode &^= 0o222
	}
	if c.StatOverride != nil {
		c.StatOverride.apply(e)
	}
	return c.SkipList == nil || !c.SkipList.match(e.Path)
}

// StatOverride holds permission bits for single paths. Each path has to occur in the tree once.
type StatOverride struct {
	add map[string]uint32 // bits to set in addition
	set map[string]uint32 // all permission bits
}

// ParseStatOverride reads lines of "DECIMAL PATH" or "+DECIMAL PATH" (bits to add) and "=DECIMAL PATH" (bits to have).
// Empty lines and lines that begin with "#" are passed over.
func ParseStatOverride(r io.Reader) (*StatOverride, error) {
	s := &StatOverride{map[string]uint32{}, map[string]uint32{}}
	err := eachLine(r, func(n int, line string) error {
		if line == "" || line[0] == '#' {
			return nil
		}
		number, path, ok := strings.Cut(line, " ")
		if !ok {
			return errors.New("Malformed statoverride file (no space found)")
		}
		into := s.add
		if rest, absolute := strings.CutPrefix(number, "="); absolute {
			into, number = s.set, rest
		}
		mode, err := strconv.ParseUint(strings.TrimPrefix(number, "+"), 10, 32)
		if err != nil {
			return fmt.Errorf("Malformed statoverride file: line %d: invalid number '%s'", n, number)
		}
		into[path] = uint32(mode) & object.ModePerm
		return nil
	})
	return s, err
}

func (s *StatOverride) apply(e *Entry) {
	if add, ok := s.add[e.Path]; ok {
		e.Mode |= add
		delete(s.add, e.Path)
	} else if set, ok := s.set[e.Path]; ok {
		e.Mode = e.Mode&object.ModeTypeMask | set
		delete(s.set, e.Path)
	}
}

// Unmatched lists the paths that did not occur, sorted; only those with bits to add, as an override of all bits
// may be given for files that are not always there.
func (s *StatOverride) Unmatched() []string { return slices.Sorted(maps.Keys(s.add)) }

// SkipList holds paths to leave out. Each has to occur in the tree once.
type SkipList struct{ paths map[string]bool }

// ParseSkipList reads one absolute path per line.
func ParseSkipList(r io.Reader) (*SkipList, error) {
	s := &SkipList{map[string]bool{}}
	err := eachLine(r, func(_ int, line string) error {
		if line != "" {
			s.paths[line] = true
		}
		return nil
	})
	return s, err
}

func (s *SkipList) match(path string) bool {
	if !s.paths[path] {
		return false
	}
	delete(s.paths, path)
	return true
}

// Unmatched lists the paths that did not occur, sorted.
func (s *SkipList) Unmatched() []string { return slices.Sorted(maps.Keys(s.paths)) }

func eachLine(r io.Reader, fn func(n int, line string) error) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 4096), 1<<20)
	for n := 1; sc.Scan(); n++ {
		if err := fn(n, strings.TrimSuffix(sc.Text(), "\r")); err != nil {
			return err
		}
	}
	if errors.Is(sc.Err(), bufio.ErrTooLong) {
		return errors.New("a line is longer than 1 MiB")
	}
	return sc.Err()
}
