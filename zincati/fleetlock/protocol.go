package fleetlock

import (
	"encoding/json"
	"fmt"
	"time"
)

// HeaderName is the header that each request needs, with the value "true": it
// proves that the request was meant for a lock server.
const HeaderName = "fleet-lock-protocol"

// The paths of the two requests, relative to the base URL.
const (
	PathPreReboot   = "v1/pre-reboot"
	PathSteadyState = "v1/steady-state"
)

// Request is the body of both requests.
type Request struct {
	ClientParams ClientParams `json:"client_params"`
}

// ClientParams name the node that asks.
type ClientParams struct {
	ID    string `json:"id"`    // case-sensitive label of the node
	Group string `json:"group"` // see ValidGroup
}

// ValidGroup says whether a group's name is one that clients may use: not
// empty, ASCII letters, digits, points and hyphens.
func ValidGroup(group string) bool {
	for _, c := range []byte(group) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '-':
		default:
			return false
		}
	}
	return group != ""
}

// The kinds of errors that no server reported.
const (
	KindFailedBuild   = "client_failed_build"   // the request could not be made
	KindFailedRequest = "client_failed_request" // no reply
)

// Error is why a request was not granted.
type Error struct {
	// Status is the HTTP status of the reply; 0 means that there was none.
	Status int
	// Kind is that of the reply, "generic_http_" and the status if the reply
	// has none, or one of the constants above.
	Kind string
	// Value is the human-readable part.
	Value string
	// RetryAfter is how long the server asks to wait; 0 if it does not say.
	RetryAfter time.Duration
	// Err is the cause when there was no reply.
	Err error
}

// Error tells on which side it went wrong.
func (e *Error) Error() string {
	if e.Status == 0 {
		return "client-side error: " + e.Value
	}
	return fmt.Sprintf("server-side error, code %d: %s", e.Status, e.Value)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// remoteError is the body of an error reply.
type remoteError struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

// replyError interprets an error reply; body is as much of it as was read.
func replyError(status int, body []byte, retryAfter time.Duration) *Error {
	e := &Error{Status: status, RetryAfter: retryAfter}
	var remote remoteError
	if err := json.Unmarshal(body, &remote); err == nil && remote.Kind != "" && remote.Value != "" {
		e.Kind, e.Value = clip(remote.Kind, maxKind), clip(remote.Value, maxValue)
		return e
	}
	e.Kind = fmt.Sprintf("generic_http_%d", status)
	e.Value = "(unknown/generic server error)"
	return e
}

const (
	maxKind  = 64 // becomes a label of a metric
	maxValue = 512
)

// clip shortens foreign text, at the border of a character.
func clip(s string, limit int) string {
	for i := range s {
		if i > limit {
			return s[:i] + "…"
		}
	}
	return s
}
