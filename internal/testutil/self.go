package testutil

import (
	"debug/elf"
	"os"
	"slices"
	"testing"
)

// StaticSelf returns the path of the test's own program, which can run in a root without libraries. A program that
// needs them skips the test: with cgo, which Go uses where it finds a C compiler, test programs do.
func StaticSelf(t testing.TB) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.Open(exe)
	if err != nil {
		t.Skipf("programs here are not of ELF: %v", err)
	}
	defer f.Close()
	if slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		t.Skip("this program needs shared libraries; one that was built with CGO_ENABLED=0 does not")
	}
	return exe
}
