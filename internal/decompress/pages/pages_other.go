//go:build !linux

package pages

import "unsafe"

func alloc(n int) ([]byte, error) {
	b := make([]byte, n+Size)
	// The heap does not move, so that the address says where a page begins.
	skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) & (Size - 1)
	return b[skip : skip+n : skip+n], nil
}

func free([]byte) {}
