package config

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// PartitionFilter says which partitions are kept: those that any of its labels or numbers
// fits. The zero value and nil keep none.
type PartitionFilter struct {
	labels []*Glob
	ranges []partitionRange
}

type partitionRange struct{ first, last uint32 }

// ParsePartitionFilters makes a filter of globs for the names of partitions and of numbers
// and ranges for their numbers, from 1: "N", "A-B", "A-", "-B". Each string may hold
// several, with commas between them.
func ParsePartitionFilters(labels, indexes []string) (*PartitionFilter, error) {
	f := new(PartitionFilter)
	for _, list := range labels {
		for label := range strings.SplitSeq(list, ",") {
			glob, err := CompileGlob(label)
			if err != nil {
				return nil, fmt.Errorf("couldn't parse label glob '%s': %w", label, err)
			}
			f.labels = append(f.labels, glob)
		}
	}
	for _, list := range indexes {
		for index := range strings.SplitSeq(list, ",") {
			r, err := parsePartitionRange(index)
			if err != nil {
				return nil, err
			}
			f.ranges = append(f.ranges, r)
		}
	}
	return f, nil
}

func parsePartitionRange(s string) (partitionRange, error) {
	parts := strings.Split(s, "-")
	if len(parts) > 2 {
		return partitionRange{}, fmt.Errorf("couldn't parse partition index range '%s'", s)
	}
	if s == "" || s == "-" {
		return partitionRange{}, fmt.Errorf("both ends of partition index range '%s' cannot be open", s)
	}
	// An open end is an empty part, and 0 until the other end is known.
	var ends [2]uint32
	for i, part := range parts {
		if part == "" {
			continue
		}
		n, err := parsePartitionIndex(part)
		if err != nil {
			return partitionRange{}, err
		}
		ends[i] = n
	}
	r := partitionRange{first: max(ends[0], 1), last: ends[1]}
	switch {
	case len(parts) == 1:
		r.last = r.first
	case r.last == 0:
		r.last = math.MaxUint32
	case r.first > r.last:
		return partitionRange{}, fmt.Errorf("start of partition index range '%s' cannot be greater than end", s)
	}
	return r, nil
}

func parsePartitionIndex(s string) (uint32, error) {
	n, err := parseUint32(s)
	if err != nil {
		return 0, fmt.Errorf("couldn't parse partition index '%s': %w", s, err)
	}
	if n == 0 {
		return 0, errors.New("partition index cannot be zero")
	}
	return n, nil
}

// Matches reports whether the partition with this number, from 1, and this name is kept.
func (f *PartitionFilter) Matches(number int, name string) bool {
	if f == nil {
		return false
	}
	for _, r := range f.ranges {
		if int64(number) >= int64(r.first) && int64(number) <= int64(r.last) {
			return true
		}
	}
	for _, glob := range f.labels {
		if glob.Match(name) {
			return true
		}
	}
	return false
}

// Empty reports whether no partition can be kept.
func (f *PartitionFilter) Empty() bool {
	return f == nil || len(f.labels) == 0 && len(f.ranges) == 0
}

// HasIndex reports whether the filter asks for numbers, which mean something only where
// there is a table of partitions.
func (f *PartitionFilter) HasIndex() bool { return f != nil && len(f.ranges) > 0 }
