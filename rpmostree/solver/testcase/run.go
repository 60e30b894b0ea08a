package testcase

import (
	"bufio"
	"fmt"
	"io"
)

// Run solves the blocks of a testcase and writes the lines of the result classes that each asks for. Blocks are headed by
// "test N:" if there are several.
func Run(w io.Writer, r *Reader) error {
	out := bufio.NewWriter(w)
	defer out.Flush()
	for n := 1; ; n++ {
		b, err := r.Next()
		if err == io.EOF {
			return out.Flush()
		}
		if err != nil {
			return err
		}
		if n > 1 || !b.Last {
			fmt.Fprintf(out, "test %d:\n", n)
		}
		for _, line := range b.Solve() {
			fmt.Fprintln(out, line)
		}
	}
}
