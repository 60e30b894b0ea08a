//go:build !linux

package solver

// adviseHuge does nothing: page sizes are the system's choice.
func adviseHuge(addr, size uintptr) {}
