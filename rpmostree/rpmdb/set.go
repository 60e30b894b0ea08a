package rpmdb

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// Set is a set of packages with their numbers, to be changed and written. The
// zero value is empty. A number is never given twice: those of dropped
// packages stay unused.
type Set struct {
	records []Record // by ascending number
	max     uint32
}

// NewSet reads all packages of a database. A record that cannot be parsed is
// an error, as it would be lost.
func NewSet(ctx context.Context, db *DB) (*Set, error) {
	s := &Set{}
	for r, err := range db.Records(ctx) {
		if err != nil {
			return nil, err
		}
		s.records = append(s.records, r)
	}
	last, err := db.MaxNum()
	if err != nil {
		return nil, err
	}
	s.max = last
	return s, nil
}

// Add adds a package under a new number, which is returned. The header is that
// of an installed package, see rpm.Package.InstalledBlob.
func (s *Set) Add(h *rpm.Header) (num uint32, err error) {
	if h == nil || h.String(rpm.TagName) == "" {
		return 0, errors.New("header without a name")
	}
	if s.max >= maxNum {
		return 0, errors.New("all package numbers are used up")
	}
	s.max++
	s.records = append(s.records, Record{s.max, h})
	return s.max, nil
}

// Drop removes the package with the given number and reports whether it was
// there.
func (s *Set) Drop(num uint32) bool {
	i, ok := slices.BinarySearchFunc(s.records, num, func(r Record, n uint32) int {
		switch {
		case r.Num < n:
			return -1
		case r.Num > n:
			return 1
		}
		return 0
	})
	if ok {
		s.records = slices.Delete(s.records, i, i+1)
	}
	return ok
}

// Replace exchanges the header of a package, which keeps its number.
func (s *Set) Replace(num uint32, h *rpm.Header) error {
	for i := range s.records {
		if s.records[i].Num == num {
			s.records[i].Header = h
			return nil
		}
	}
	return fmt.Errorf("no package #%d", num)
}

// Lookup returns the packages with the given name, by ascending number.
func (s *Set) Lookup(name string) []Record {
	var out []Record
	for _, r := range s.records {
		if r.Header.String(rpm.TagName) == name {
			out = append(out, r)
		}
	}
	return out
}

// Len is the number of packages.
func (s *Set) Len() int { return len(s.records) }

// Records returns the packages by ascending number. The slice is the caller's.
func (s *Set) Records() []Record { return slices.Clone(s.records) }

// MaxNum is the greatest number that a package ever had.
func (s *Set) MaxNum() uint32 { return s.max }

// Image lays the set out as a rpmdb.sqlite.
func (s *Set) Image() (*Image, error) {
	return NewImage(s.records, &ImageOptions{MaxNum: s.max})
}
