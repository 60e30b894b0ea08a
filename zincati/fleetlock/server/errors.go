package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

// The kinds of error replies. They become labels of the clients' metrics, so
// the set is small and fixed; the first four are airlock's.
const (
	KindInvalidIdentity  = "invalid_client_identity" // 400
	KindUnknownGroup     = "unknown_group"           // 400
	KindFailedSemInit    = "failed_sem_init"         // 500
	KindFailedLock       = "failed_lock"             // 500
	KindMethodNotAllowed = "method_not_allowed"      // 405
	KindUnsupportedMedia = "unsupported_media_type"  // 415
	KindBodyTooLarge     = "body_too_large"          // 413
	KindRequestTimeout   = "request_timeout"         // 408
	KindOverloaded       = "overloaded"              // 503
)

// reply is an error reply.
type reply struct {
	status      int
	kind, value string
	retryAfter  int // seconds, 0: no hint
}

// write sends the reply in airlock's form, which is that of http.Error: the
// JSON is declared as plain text.
func (e *reply) write(w http.ResponseWriter) {
	body, err := json.Marshal(struct {
		Kind  string `json:"kind"`
		Value string `json:"value"`
	}{e.kind, e.value})
	if err != nil { // strings can always be encoded
		body = []byte("{}")
	}
	if e.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(e.retryAfter))
	}
	http.Error(w, string(body), e.status)
}

// unavailable is what a store's error has when the database could not be
// reached at all, which airlock tells apart from an operation that failed.
type unavailable interface {
	error
	Unavailable() bool
}

// storeError turns the error of a store into a reply.
func storeError(err error) *reply {
	e := &reply{status: http.StatusInternalServerError, kind: KindFailedLock, value: err.Error()}
	if errors.Is(err, semaphore.ErrFull) {
		if full, ok := errors.AsType[*semaphore.FullError](err); ok {
			e.value = full.Error()
		}
		e.retryAfter = retrySeconds
		return e
	}
	u, ok := errors.AsType[unavailable](err)
	if ok && u.Unavailable() || errors.Is(err, context.DeadlineExceeded) {
		e.kind = KindFailedSemInit
		e.value = "failed to initialize semaphore manager: " + err.Error()
	}
	return e
}

// retrySeconds is the hint for refused clients. A reboot takes minutes, and
// agents come back every five at the latest.
const retrySeconds = 60
