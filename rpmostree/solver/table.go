package solver

import "unsafe"

// extend makes room for n more elements. The arenas grow to many megabytes: with
// fourfold capacity little is copied, and what is not used costs addresses only.
func extend[T any](s []T, n int) []T {
	if len(s)+n <= cap(s) {
		return s
	}
	return append(makeTable[T](max(4*cap(s), len(s)+n))[:0], s...)
}

// makeTable returns a slice of zeros. Large ones are meant to be read at random, so
// that they ask for pages that processors find fast.
func makeTable[T any](n int) []T {
	s := make([]T, n)
	if size := uintptr(n) * unsafe.Sizeof(*new(T)); size >= hugePage/2 {
		adviseHuge(uintptr(unsafe.Pointer(unsafe.SliceData(s))), size)
	}
	return s
}

const hugePage = 2 << 20
