package interop

import (
	"math/rand/v2"
	"strings"
)

// object is a JSON object whose keys have an order and may repeat.
type object []member

type member struct {
	key   string
	value any // nil, bool, int, string, raw, []any or object
}

// raw is JSON text that is written as it is.
type raw string

// source makes random choices.
type source struct{ *rand.Rand }

// newSource gives the choices of the i-th case of a run.
func newSource(seed uint64, i int) source {
	return source{rand.New(rand.NewPCG(seed, uint64(i)))}
}

// chance is true in p of 100 cases.
func (s source) chance(p int) bool { return s.IntN(100) < p }

func pick[T any](s source, of ...T) T { return of[s.IntN(len(of))] }

// soup is a text of up to n of the given parts.
func (s source) soup(n int, parts ...string) string {
	var b strings.Builder
	for range s.IntN(n + 1) {
		b.WriteString(pick(s, parts...))
	}
	return b.String()
}

// guid is a GUID of random digits.
func (s source) guid() string {
	return s.hex(8) + "-" + s.hex(4) + "-" + s.hex(4) + "-" + s.hex(4) + "-" + s.hex(12)
}

func (s source) hex(n int) string {
	digits := make([]byte, n)
	for i := range digits {
		digits[i] = "0123456789abcdefABCDEF"[s.IntN(22)]
	}
	return string(digits)
}
