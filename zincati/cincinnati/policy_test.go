package cincinnati_test

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"net/url"
	"strconv"
	"testing"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

func TestParseWariness(t *testing.T) {
	nan := math.NaN()
	for s, want := range map[string]float64{
		"0": 0, "1": 1, ".5": 0.5, "5.": 1, "5e-1": 0.5, "+.5e-3": 0.0005, "0.25": 0.25, "00.5": 0.5,
		"-0.5": 0, "7": 1, "1e999": 1, "-1e999": 0, "1e-999": 0, "5E-1": 0.5, "1e+0": 1,
		"inf": 1, "-inf": 0, "+inf": 1, "INF": 1, "infinity": 1, "-InFiNiTy": 0,
		"nan": nan, "NaN": nan, "NAN": nan, "+nan": nan, "-nan": nan,
		"0.000000000000000000000000000000000000000000000000000001e54": 1,
	} {
		if got, ok := cincinnati.ParseWariness(s); !ok || got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("ParseWariness(%q) = %v, %v; want %v", s, got, ok, want)
		}
	}
	for _, s := range []string{
		"", " ", " 0.5", "0.5 ", "\t1", "1\n", "0x1p-1", "0X1", "0x.8p0", "1_0", "0_1.5", ".", "+", "-", "+.", "e5", ".e5",
		"1e", "1e+", "1e5.", "--1", "++1", "1..2", "0.5.", "infinit", "infi", "in", "na", "nann", "+-nan", "nan1",
		"1p3", "0b1", "0o7", "½", "1,5", "1f", "0.5f64", "\x00", "1\x00", "٣", "inf ", "- 1", "#inf", "1.#INF",
	} {
		if got, ok := cincinnati.ParseWariness(s); ok {
			t.Errorf("ParseWariness(%q) = %v, want a refusal", s, got)
		}
	}
}

func TestRequestWariness(t *testing.T) {
	const id = "c988d2509fdf4cdcbed39037c56406fb"
	for query, want := range map[string]float64{
		"":                cincinnati.Wariness(""),
		"node_uuid=" + id: 0.51930942516045231,
		"node_uuid=" + id + "&rollout_wariness=0.25": 0.25,
		"rollout_wariness=0":                         0,
		"rollout_wariness=-3":                        0,
		"rollout_wariness=%2B.5":                     0.5,
		// An unescaped plus is a space, and spaces are not skipped.
		"rollout_wariness=+.5&node_uuid=" + id: 0.51930942516045231,
		"rollout_wariness=&node_uuid=" + id:    0.51930942516045231,
		"rollout_wariness=0x1&node_uuid=" + id: 0.51930942516045231,
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if got := cincinnati.RequestWariness(q); got != want {
			t.Errorf("%q: %v, want %v", query, got, want)
		}
	}
}

// rollout makes a node with a schedule from the texts of its metadata; "" leaves a key out.
func rolloutNode(version, start, value, minutes string) cincinnati.Node {
	n := node(version, cincinnati.MetaRollout, "true")
	for k, v := range map[string]string{
		cincinnati.MetaStartEpoch: start, cincinnati.MetaStartValue: value, cincinnati.MetaDurationMinutes: minutes,
	} {
		if v != "" {
			n.Metadata[k] = v
		}
	}
	return n
}

func TestRolloutMetadata(t *testing.T) {
	for _, c := range []struct {
		start, value, minutes string
		want                  cincinnati.Rollout
	}{
		{"", "", "", cincinnati.Rollout{}},
		{"1700000000", "0.25", "1440", cincinnati.Rollout{Start: 1700000000, Value: 0.25, Minutes: 1440}},
		{"x", "x", "x", cincinnati.Rollout{}},
		{"1.5", "0x1", "-1", cincinnati.Rollout{}},
		{" 1", " 1", " 1", cincinnati.Rollout{}},
		{"-5", "1e-1", "0", cincinnati.Rollout{Start: -5, Value: 0.1, Minutes: 1}},
		{"+5", "+.5", "+7", cincinnati.Rollout{Start: 5, Value: 0.5, Minutes: 7}},
		{"9223372036854775808", "1.5", "18446744073709551616", cincinnati.Rollout{Value: 1.5}},
	} {
		n := rolloutNode("v", c.start, c.value, c.minutes)
		if got, ok := n.Rollout(); !ok || got != c.want {
			t.Errorf("%q %q %q: %+v, want %+v", c.start, c.value, c.minutes, got, c.want)
		}
	}
	plain := node("v", cincinnati.MetaStartEpoch, "5")
	if _, ok := plain.Rollout(); ok {
		t.Error("a rollout without its mark")
	}
	// Any value of the mark counts.
	odd := node("v", cincinnati.MetaRollout, "")
	if _, ok := odd.Rollout(); !ok {
		t.Error("the mark's value matters")
	}
}

func TestThrottle(t *testing.T) {
	r := cincinnati.Rollout{Start: 1700000000, Value: 0.25, Minutes: 1440}
	warinesses := []float64{0, 0.25, 0.5, 0.625, 0.626, 0.9999, 1.0}
	for _, c := range []struct {
		now      int64
		throttle float64
		offered  string // one letter per wariness
	}{
		{1699999999, 0, "ynnnnnn"},
		{1700000000, 0.25, "yynnnnn"},
		{1700043200, 0.625, "yyyynnn"},
		{1700086399, 0.9999913194444444, "yyyyyyn"},
		{1700086400, 1, "yyyyyyy"},
		{1700086401, 1, "yyyyyyy"},
	} {
		if got := r.Throttle(c.now); got != c.throttle {
			t.Errorf("throttle at %d: %.17g, want %.17g", c.now, got, c.throttle)
		}
		g := &cincinnati.Graph{
			Nodes: []cincinnati.Node{node("1.4"), rolloutNode("1.5", "1700000000", "0.25", "1440")},
			Edges: []cincinnati.Edge{{0, 1}},
		}
		for i, w := range warinesses {
			got := len(cincinnati.Filter(g, w, c.now).Edges) == 1
			if want := c.offered[i] == 'y'; got != want {
				t.Errorf("at %d, wariness %v: offered %v, want %v", c.now, w, got, want)
			}
		}
	}
}

func TestThrottleOddSchedules(t *testing.T) {
	const top = math.MaxInt64
	nan := math.NaN()
	for _, c := range []struct {
		r    cincinnati.Rollout
		now  int64
		want float64
	}{
		{cincinnati.Rollout{Value: 1}, 0, 1},
		{cincinnati.Rollout{Value: 0.3}, top, 0.3},
		{cincinnati.Rollout{Value: 0.3}, -1, 0},
		{cincinnati.Rollout{Minutes: 1}, 30, 0.5},
		{cincinnati.Rollout{Minutes: 1}, 61, 1},
		{cincinnati.Rollout{Start: top, Minutes: 5}, top - 1, 0},
		{cincinnati.Rollout{Start: math.MinInt64, Minutes: 1}, 0, 1},
		{cincinnati.Rollout{Minutes: math.MaxUint64}, top, 1},
		{cincinnati.Rollout{Minutes: math.MaxUint64}, 0, 0},
		{cincinnati.Rollout{Value: 2, Minutes: 1}, 30, 1.5},
		{cincinnati.Rollout{Value: nan, Minutes: 1}, 61, 1},
	} {
		if got := c.r.Throttle(c.now); got != c.want {
			t.Errorf("%+v at %d: %v, want %v", c.r, c.now, got, c.want)
		}
	}
}

// nodeIDs returns n ids as a fleet has them: random, in the form of version 4 UUIDs.
func nodeIDs(n int) []string {
	r := rand.New(rand.NewPCG(1, 2))
	ids := make([]string, n)
	for i := range ids {
		var b [16]byte
		for j := range b {
			b[j] = byte(r.Uint32())
		}
		b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
		ids[i] = hex.EncodeToString(b[:])
	}
	return ids
}

func TestShareFollowsSchedule(t *testing.T) {
	warinesses := make([]float64, 0, 20_000)
	for _, id := range nodeIDs(cap(warinesses)) {
		warinesses = append(warinesses, cincinnati.Wariness(id))
	}
	for _, value := range []float64{0, 0.1, 0.25} {
		n := rolloutNode("2", "1700000000", strconv.FormatFloat(value, 'f', -1, 64), "2880")
		g := &cincinnati.Graph{Nodes: []cincinnati.Node{node("1"), n}, Edges: []cincinnati.Edge{{0, 1}}}
		for hour := -1; hour <= 49; hour += 5 {
			now := int64(1700000000 + 3600*hour)
			schedule := min(max(value+(1-value)*float64(hour)/48, 0), 1)
			if hour < 0 {
				schedule = 0
			}
			offered := 0
			for _, w := range warinesses {
				offered += len(cincinnati.Filter(g, w, now).Edges)
			}
			share := float64(offered) / float64(len(warinesses))
			if math.Abs(share-schedule) > 0.01 {
				t.Errorf("start value %v, hour %d: %.4f of the nodes, schedule %.4f", value, hour, share, schedule)
			}
		}
	}
}

func TestOnceOfferedStaysOffered(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 300 {
		roll := cincinnati.Rollout{Start: 1_700_000_000 + r.Int64N(1000), Value: r.Float64(), Minutes: 1 + r.Uint64N(200)}
		if i%10 == 0 {
			roll.Value = 0
		}
		last := 0.0
		for now := roll.Start - 2; now < roll.Start+int64(roll.Minutes)*60+3; now++ {
			throttle := roll.Throttle(now)
			// Above 1 is rounding in the last second, and nobody's wariness is there.
			if throttle = min(throttle, 1); throttle < last {
				t.Fatalf("%+v: %v, then %v at %d", roll, last, throttle, now)
			}
			last = throttle
		}
		if last != 1 {
			t.Fatalf("%+v ends at %v", roll, last)
		}
	}
}

func TestOfferedAtIsTheFirstSecond(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		roll := cincinnati.Rollout{Start: r.Int64N(2_000_000_000) - 1000, Value: r.Float64()*1.2 - 0.1, Minutes: r.Uint64N(4000)}
		w := r.Float64()
		at, ok := cincinnati.OfferedAt(roll, w)
		if !ok {
			if roll.Minutes != 0 || roll.Value >= w {
				t.Fatalf("%+v never offered at %v", roll, w)
			}
			continue
		}
		if w > roll.Throttle(at) || w <= roll.Throttle(at-1) {
			t.Fatalf("%+v, wariness %v: %d is not the first second", roll, w, at)
		}
	}
}

func TestOfferedAtBoundaries(t *testing.T) {
	const start = 1_700_000_000
	day := cincinnati.Rollout{Start: start, Value: 0.25, Minutes: 1440}
	huge := cincinnati.Rollout{Minutes: math.MaxUint64}
	for _, c := range []struct {
		r    cincinnati.Rollout
		w    float64
		at   int64
		ok   bool
		name string
	}{
		{day, 0, math.MinInt64, true, "not wary at all"},
		{day, math.NaN(), math.MinInt64, true, "NaN"},
		{day, 0.25, start, true, "start value"},
		{day, 0.625, start + 43200, true, "half way"},
		{day, 1, start + 86400, true, "last"},
		{cincinnati.Rollout{Start: start, Value: 0.5}, 0.5, start, true, "no progress, reached"},
		{cincinnati.Rollout{Start: start, Value: 0.5}, 0.6, 0, false, "no progress, not reached"},
		{cincinnati.Rollout{Start: math.MaxInt64, Minutes: 5}, 1, math.MaxInt64, false, "at the end of time"},
		{cincinnati.Rollout{Start: math.MinInt64, Value: 1}, 1, math.MinInt64, true, "since for ever"},
		{huge, 1, math.MaxInt64 - 511, true, "very slow, to the precision of a double"},
	} {
		at, ok := cincinnati.OfferedAt(c.r, c.w)
		if ok != c.ok || ok && at != c.at {
			t.Errorf("%s: %d, %v; want %d, %v", c.name, at, ok, c.at, c.ok)
		}
	}
}

func FuzzParseWariness(f *testing.F) {
	for _, s := range []string{"", "0.5", ".5", "5.", "+.5e-3", "inf", "-NaN", "0x1p1", "1_0", "1e999", " 1", "infinity", "00012345678901234567890e-20"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, ok := cincinnati.ParseWariness(s)
		if ok != rustFloat(s) {
			t.Fatalf("%q: accepted %v, grammar says %v", s, ok, !ok)
		}
		if ok && !math.IsNaN(w) && (w < 0 || w > 1) {
			t.Fatalf("%q: %v", s, w)
		}
	})
}

// rustFloat is the grammar of Rust's f64::from_str, letter by letter.
func rustFloat(s string) bool {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	lower := make([]byte, len(s))
	for i := range s {
		lower[i] = s[i] | 0x20
		if c := s[i]; !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z') {
			lower[i] = c
		}
	}
	switch string(lower) {
	case "inf", "infinity", "nan":
		return true
	}
	i, count := 0, 0
	digits := func() (n int) {
		for i < len(s) && '0' <= s[i] && s[i] <= '9' {
			i++
			n++
		}
		return n
	}
	count = digits()
	if i < len(s) && s[i] == '.' {
		i++
		count += digits()
	}
	if count == 0 {
		return false
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if digits() == 0 {
			return false
		}
	}
	return i == len(s)
}

func ExampleFilter() {
	g := &cincinnati.Graph{
		Nodes: []cincinnati.Node{
			{Version: "1.4", Payload: "aa"},
			{Version: "1.5", Payload: "bb", Metadata: map[string]string{
				cincinnati.MetaRollout:         "true",
				cincinnati.MetaStartEpoch:      "1700000000",
				cincinnati.MetaStartValue:      "0.25",
				cincinnati.MetaDurationMinutes: "1440",
			}},
		},
		Edges: []cincinnati.Edge{{0, 1}},
	}
	wariness := cincinnati.Wariness("c988d2509fdf4cdcbed39037c56406fb")
	for _, now := range []int64{1700000000, 1700043200} {
		fmt.Printf("%.3f %v\n", wariness, cincinnati.Filter(g, wariness, now).Edges)
	}
	// Output:
	// 0.519 []
	// 0.519 [[0 1]]
}
