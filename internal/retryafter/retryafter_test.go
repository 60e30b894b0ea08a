package retryafter_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/retryafter"
)

func TestParse(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 30, 4, 0, time.UTC)
	const most = 90*time.Second + 500*time.Millisecond
	for text, want := range map[string]time.Duration{
		"":                               0,
		"0":                              0,
		"7":                              7 * time.Second,
		"90":                             90 * time.Second,
		"91":                             most,
		"4294967296":                     most,
		"18446744073709551615":           most,
		"18446744073709551616":           0,
		"-1":                             0,
		"+1":                             0,
		"1.5":                            0,
		"soon":                           0,
		"Fri, 27 Nov 2026 12:30:11 GMT":  7 * time.Second,
		"Friday, 27-Nov-26 12:30:11 GMT": 7 * time.Second,
		"Fri Nov 27 12:30:11 2026":       7 * time.Second,
		"Fri, 27 Nov 2026 12:30:03 GMT":  0,
		"Sat, 27 Nov 9999 12:30:04 GMT":  most,
	} {
		h := http.Header{}
		h.Set("Retry-After", text)
		if got := retryafter.Parse(h, now, most); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	if got := retryafter.Parse(http.Header{}, now, most); got != 0 {
		t.Errorf("without the field: %v", got)
	}
}
