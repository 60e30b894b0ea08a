package cincinnati

import (
	"math"
	"strings"
	"testing"
)

// The values are those of Rust's std::hash::DefaultHasher for str.
func TestSipHash(t *testing.T) {
	for _, c := range []struct {
		id string
		h  uint64
		w  float64
	}{
		{"", 3476900567878811119, 0.18848315746051456},
		{"test", 14402189752926126668, 0.78074427093354881},
		{"a6021cacafbb49ccb7e778d135fc9fa4", 2006951683910878861, 0.10879706878848082},
		{"c988d2509fdf4cdcbed39037c56406fb", 9579568061000087922, 0.51930942516045231},
		{"00000000000000000000000000000000", 5815292231040438784, 0.31524762352660596},
		{"e0f3745b108f471cbd4883c6fbed8cdd", 12051689558367979132, 0.65332340006517164},
	} {
		if h := sipHash13(c.id); h != c.h {
			t.Errorf("sipHash13(%q) = %d, want %d", c.id, h, c.h)
		}
		if w := Wariness(c.id); w != c.w {
			t.Errorf("Wariness(%q) = %.17g, want %.17g", c.id, w, c.w)
		}
	}
}

// A second implementation, word by word over a padded copy, for all lengths of the tail.
func TestSipHashLengths(t *testing.T) {
	for n := range 40 {
		s := strings.Repeat("k", n)
		message := append([]byte(s), 0xff)
		total := len(message)
		for len(message)%8 != 7 {
			message = append(message, 0)
		}
		message = append(message, byte(total))
		h := sipState{0x736f6d6570736575, 0x646f72616e646f6d, 0x6c7967656e657261, 0x7465646279746573}
		for ; len(message) > 0; message = message[8:] {
			var m uint64
			for i := 7; i >= 0; i-- {
				m = m<<8 | uint64(message[i])
			}
			h.word(m)
		}
		h.v2 ^= 0xff
		for range 3 {
			h.round()
		}
		if want := h.v0 ^ h.v1 ^ h.v2 ^ h.v3; sipHash13(s) != want {
			t.Errorf("length %d: %d, want %d", n, sipHash13(s), want)
		}
	}
}

func TestRoundUpWariness(t *testing.T) {
	for w, want := range map[float64]int{
		0: 0, 0.000001: 1, 0.01: 1, 0.0100001: 2, 0.07: 7, 0.29: 29, 0.57: 57, 0.58: 58,
		0.99: 99, 0.990001: 100, 1: 100, -1: 0, 7: 100, math.Inf(1): 100,
	} {
		if got := roundUpWariness(w); got != want {
			t.Errorf("%v: %d, want %d", w, got, want)
		}
	}
	if roundUpWariness(math.NaN()) != 100 {
		t.Error("NaN is not the most wary")
	}
	for i := range 100_000 {
		w := float64(i) / 99_999
		n := roundUpWariness(w)
		if float64(n)/100 < w || n > 0 && float64(n-1)/100 >= w {
			t.Fatalf("%v rounds to %d", w, n)
		}
	}
}
