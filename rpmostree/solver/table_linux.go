package solver

import "golang.org/x/sys/unix"

// adviseHuge asks for huge pages for the part of the heap around some memory, which
// saves thousands of page faults and most misses of the TLB. It is only advice:
// nothing depends on the outcome, and nothing but the size of pages changes.
func adviseHuge(addr, size uintptr) {
	start := addr &^ (hugePage - 1)
	end := (addr + size + hugePage - 1) &^ (hugePage - 1)
	_, _, _ = unix.RawSyscall(unix.SYS_MADVISE, start, end-start, unix.MADV_HUGEPAGE)
}
