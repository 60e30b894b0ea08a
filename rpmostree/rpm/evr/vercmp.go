package evr

// VerCmp compares two versions, or two releases, segment by segment: -1 when a is older
// than b, 0 when they are equal in rpm's eyes (not necessarily the same string), 1 when a
// is newer. The strings are neither split at `-` nor at `:`; see [Compare] for whole EVRs.
func VerCmp(a, b string) int { return vercmp(a, b) }

// VerCmpBytes is [VerCmp] for byte slices.
func VerCmpBytes(a, b []byte) int { return vercmp(a, b) }

func vercmp[T string | []byte](a, b T) int {
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		i, j = skipSeparators(a, i), skipSeparators(b, j)
		ca, cb := at(a, i), at(b, j)
		switch {
		case ca == '~' || cb == '~':
			if ca != cb {
				return before(ca == '~')
			}
			i, j = i+1, j+1
			continue
		case ca == '^' || cb == '^':
			if ca != cb {
				// The caret is newer than the end but older than any other rest.
				return before(i == len(a) || ca == '^' && j < len(b))
			}
			i, j = i+1, j+1
			continue
		}
		if i == len(a) || j == len(b) {
			break
		}
		numeric := isDigit(ca)
		endA, endB := segment(a, i, numeric), segment(b, j, numeric)
		if endB == j {
			return before(!numeric)
		}
		if c := compareSegments(a[i:endA], b[j:endB], numeric); c != 0 {
			return c
		}
		i, j = endA, endB
	}
	switch {
	case i < len(a):
		return 1
	case j < len(b):
		return -1
	}
	return 0
}

// before is the result for "a is older" or else "a is newer".
func before(older bool) int {
	if older {
		return -1
	}
	return 1
}

// at returns 0 at the end; a zero byte in a string is a separator and skipped before.
func at[T string | []byte](s T, i int) byte {
	if i < len(s) {
		return s[i]
	}
	return 0
}

func skipSeparators[T string | []byte](s T, i int) int {
	for i < len(s) && !isDigit(s[i]) && !isAlpha(s[i]) && s[i] != '~' && s[i] != '^' {
		i++
	}
	return i
}

func segment[T string | []byte](s T, i int, numeric bool) int {
	if numeric {
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		return i
	}
	for i < len(s) && isAlpha(s[i]) {
		i++
	}
	return i
}

func compareSegments[T string | []byte](a, b T, numeric bool) int {
	if numeric {
		a, b = trimZeros(a), trimZeros(b)
		if len(a) != len(b) {
			return before(len(a) < len(b))
		}
	}
	for k := 0; k < len(a) && k < len(b); k++ {
		if a[k] != b[k] {
			return before(a[k] < b[k])
		}
	}
	if len(a) != len(b) {
		return before(len(a) < len(b))
	}
	return 0
}

func trimZeros[T string | []byte](s T) T {
	for len(s) > 0 && s[0] == '0' {
		s = s[1:]
	}
	return s
}

func isDigit(c byte) bool { return c-'0' <= 9 }
func isAlpha(c byte) bool { return (c|0x20)-'a' <= 'z'-'a' }
