// Package retryafter reads the header by which HTTP servers say how long to wait before the next request.
package retryafter

import (
	"net/http"
	"strconv"
	"time"
)

// Parse returns how long after now the Retry-After field of h lets the client ask again: a number of seconds, or a date
// (RFC 9110, section 10.2.3). No server can ask for more than most. The result is 0 without the field, for one that is
// neither, and for a date that has passed.
func Parse(h http.Header, now time.Time, most time.Duration) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 64); err == nil {
		return min(time.Duration(min(seconds, uint64(most/time.Second)+1))*time.Second, most)
	}
	date, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(date.Sub(now), 0), most)
}
