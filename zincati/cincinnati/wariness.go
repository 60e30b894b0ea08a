package cincinnati

import (
	"math"
	"net/url"
	"strconv"
	"strings"
)

// ParamWariness and ParamNodeUUID are the query parameters that a node's wariness comes from.
const (
	ParamWariness = "rollout_wariness"
	ParamNodeUUID = "node_uuid"
)

// minWariness is what derived values are raised to, so that only nodes that ask for it see
// rollouts before their start.
const minWariness = 0.000001

// Wariness derives a node's wariness from its id: a number in 0.000001..1, evenly spread
// over ids, that is the same on all servers for ever.
func Wariness(nodeUUID string) float64 {
	w := float64(sipHash13(nodeUUID)) / float64(math.MaxUint64)
	return min(max(w, minWariness), 1)
}

// ParseWariness reads a wariness and clamps it to 0..1. The forms are those of Rust's f64:
// an optional sign, then digits with an optional point and exponent (".5", "5.", "+.5e-3"),
// or inf, infinity, nan in any case. NaN stays what it is; it hides nothing.
func ParseWariness(s string) (w float64, ok bool) {
	if w, ok = parseFloat(s); !ok {
		return 0, false
	}
	return clamp(w), true
}

func clamp(w float64) float64 {
	switch {
	case w < 0:
		return 0
	case w > 1:
		return 1
	}
	return w
}

// parseFloat is strconv.ParseFloat without its hexadecimal numbers and underscores. Too large
// numbers are infinite, and nan may have a sign.
func parseFloat(s string) (float64, bool) {
	if strings.ContainsAny(s, "xXpP_") {
		return 0, false
	}
	if s != "" && (s[0] == '+' || s[0] == '-') && strings.EqualFold(s[1:], "nan") {
		return math.NaN(), true
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(v, 0) {
		return 0, false
	}
	return v, true
}

// RequestWariness returns the wariness of a request: its rollout_wariness if that is a
// number, else one derived from its node_uuid (which is empty when absent).
func RequestWariness(q url.Values) float64 {
	if w, ok := ParseWariness(q.Get(ParamWariness)); ok {
		return w
	}
	return Wariness(q.Get(ParamNodeUUID))
}

// roundUpWariness rounds a wariness up to the next hundredth, so that a rounded node is
// never offered a release before its time. The result is in hundredths.
func roundUpWariness(w float64) int {
	if math.IsNaN(w) {
		return 100
	}
	w = clamp(w)
	n := max(int(w*100)-1, 0)
	for n < 100 && float64(n)/100 < w {
		n++
	}
	return n
}
