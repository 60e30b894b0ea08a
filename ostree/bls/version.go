package bls

import "cmp"

// CompareVersions orders versions like the C library's strverscmp: bytewise,
// but stretches of digits by their value. A stretch that starts with a zero is
// a fraction, so that it comes before the integers and a longer one with the
// same digits before a shorter:
//
//	000 < 00 < 01 < 010 < 09 < 0 < 1 < 9 < 10
//
// The result is negative, zero or positive.
func CompareVersions(a, b string) int {
	diff := 0
	for diff < len(a) && diff < len(b) && a[diff] == b[diff] {
		diff++
	}
	// The digits around the first difference, as far as they are common.
	start := diff
	for start > 0 && isDigit(at(a, start-1)) {
		start--
	}
	switch {
	case isDigit(at(a, start)) && isDigit(at(b, start)) && at(a, start) != '0' && at(b, start) != '0':
		if c := cmp.Compare(digitsEnd(a, diff), digitsEnd(b, diff)); c != 0 {
			return c
		}
	case start < diff && allZero(a[start:diff]) && isDigit(at(a, diff)) != isDigit(at(b, diff)):
		// A fraction that goes on is less than one that ends here.
		if isDigit(at(a, diff)) {
			return -1
		}
		return 1
	}
	return cmp.Compare(at(a, diff), at(b, diff))
}

// at is like C's indexing: a string ends with a zero byte.
func at(s string, i int) byte {
	if i < len(s) {
		return s[i]
	}
	return 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// digitsEnd returns where the digits at from end.
func digitsEnd(s string, from int) int {
	for isDigit(at(s, from)) {
		from++
	}
	return from
}

func allZero(digits string) bool {
	for i := range len(digits) {
		if digits[i] != '0' {
			return false
		}
	}
	return true
}
