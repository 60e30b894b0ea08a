package sandbox_test

import (
	"bytes"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
)

// bubblewrap(1) needs about 6 ms for a program, as it makes the namespaces for each.
func BenchmarkSession(b *testing.B) {
	root, upper := makeTree(b), scratch(b)
	for b.Loop() {
		s, err := sandbox.Start(b.Context(), &sandbox.Config{Root: root, Upper: upper})
		must(b, err)
		must(b, s.Close())
	}
}

func BenchmarkScript(b *testing.B) {
	s := start(b, makeTree(b))
	for b.Loop() {
		must(b, s.Run(b.Context(), &sandbox.Cmd{
			Argv: []string{"/bin/sh"}, Script: []byte("true"), Args: []string{"1"}, Output: new(bytes.Buffer),
		}))
	}
}
