package solver_test

import (
	"io"
	"os"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/solver/testcase"
)

func BenchmarkUniverse(b *testing.B) {
	for b.Loop() {
		r, c, err := testcase.Open(os.Getenv("SOLVT"))
		if err != nil {
			b.Skip(err)
		}
		if err := testcase.Run(io.Discard, r); err != nil {
			b.Fatal(err)
		}
		c.Close()
	}
}
