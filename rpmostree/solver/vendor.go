package solver

import "strings"

// vendorClasses decides which vendors may replace each other.
type vendorClasses struct {
	classes [][]string
	masks   map[ID]uint32
}

// AddVendorClass declares vendors that may replace each other. Each entry is a
// glob pattern, matched without regard to case; one that begins with "!" takes
// the vendors it matches out of the class. At most 32 classes count.
func (p *Pool) AddVendorClass(patterns ...string) {
	if len(patterns) == 0 {
		return
	}
	p.vendor.classes = append(p.vendor.classes, append([]string(nil), patterns...))
	p.vendor.masks = nil
}

func (p *Pool) vendorMask(vendor ID) uint32 {
	if vendor == 0 || len(p.vendor.classes) == 0 {
		return 0
	}
	if m, ok := p.vendor.masks[vendor]; ok {
		return m
	}
	name := strings.ToLower(p.Str(vendor))
	var mask uint32
	for i, class := range p.vendor.classes {
		if i == 32 {
			break
		}
		for _, pattern := range class {
			pat, not := strings.CutPrefix(pattern, "!")
			if GlobMatch(strings.ToLower(pat), name) {
				if !not {
					mask |= 1 << i
				}
				break
			}
		}
	}
	if p.vendor.masks == nil {
		p.vendor.masks = map[ID]uint32{}
	}
	p.vendor.masks[vendor] = mask
	return mask
}

// GlobMatch matches a whole string against an fnmatch pattern with *, ? and
// bracket sets; a slash is an ordinary character.
func GlobMatch(pattern, s string) bool {
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(s) {
		if i < len(pattern) {
			if pattern[i] == '*' {
				star, mark = i, j
				i++
				continue
			}
			if n, ok := matchOne(pattern[i:], s[j]); ok {
				i += n
				j++
				continue
			}
		}
		if star < 0 {
			return false
		}
		mark++
		i, j = star+1, mark
	}
	return strings.Trim(pattern[i:], "*") == ""
}

// matchOne matches one character and returns the length of the pattern part.
func matchOne(pattern string, c byte) (int, bool) {
	switch pattern[0] {
	case '?':
		return 1, true
	case '\\':
		if len(pattern) > 1 {
			return 2, pattern[1] == c
		}
	case '[':
		if n, ok := matchSet(pattern, c); n > 0 {
			return n, ok
		}
	}
	return 1, pattern[0] == c
}

func matchSet(pattern string, c byte) (int, bool) {
	i := 1
	not := i < len(pattern) && (pattern[i] == '!' || pattern[i] == '^')
	if not {
		i++
	}
	hit := false
	for first := true; i < len(pattern); first = false {
		if pattern[i] == ']' && !first {
			return i + 1, hit != not
		}
		lo := pattern[i]
		hi := lo
		if i+2 < len(pattern) && pattern[i+1] == '-' && pattern[i+2] != ']' {
			hi = pattern[i+2]
			i += 2
		}
		hit = hit || lo <= c && c <= hi
		i++
	}
	return 0, false
}

// VendorClasses returns the classes given to AddVendorClass.
func (p *Pool) VendorClasses() [][]string { return p.vendor.classes }
