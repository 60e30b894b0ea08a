package metadata

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// early is how long before its end a token is not used any more.
const early = 5 * time.Minute

// Cached keeps what fetch returns until shortly before it expires. The zero value is
// empty; it is safe for concurrent use.
type Cached[T any] struct {
	mu      sync.Mutex
	value   T
	expires time.Time
}

// Get returns the kept value or a new one. An error is not kept.
func (c *Cached[T]) Get(ctx context.Context, fetch func(context.Context) (T, time.Time, error)) (T, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Until(c.expires) > early {
		return c.value, nil
	}
	value, expires, err := fetch(ctx)
	if err == nil {
		c.value, c.expires = value, expires
	}
	return value, err
}

// ParseToken reads an OAuth 2.0 token as metadata services write it. The seconds may
// be a number or a string of one.
func ParseToken(data []byte, now time.Time) (token string, expires time.Time, err error) {
	var answer struct {
		AccessToken string          `json:"access_token"`
		ExpiresIn   json.RawMessage `json:"expires_in"`
	}
	if json.Unmarshal(data, &answer) != nil { // the error could quote the token
		return "", time.Time{}, errors.New("metadata service: token is not JSON")
	}
	if answer.AccessToken == "" || strings.ContainsFunc(answer.AccessToken, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", time.Time{}, errors.New("metadata service: invalid token")
	}
	seconds, err := strconv.ParseInt(strings.Trim(string(answer.ExpiresIn), `"`), 10, 32)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("metadata service: invalid lifetime of a token")
	}
	return answer.AccessToken, now.Add(time.Duration(seconds) * time.Second), nil
}
