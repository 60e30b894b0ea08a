package fakecloud

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// TokenMode tells how a service with session tokens deals with them. Only AWS
// has modes; Akamai always requires a token.
type TokenMode int

const (
	// TokensRequired hands out tokens and answers requests without one with 401
	// ("IMDSv2 only"). It is the mode of a new service.
	TokensRequired TokenMode = iota
	// TokensOptional hands out tokens and also answers requests that have none.
	TokensOptional
	// TokensForbidden answers requests for a token with 403 and does not look
	// at tokens otherwise, like TokensMissing (404) and TokensNotAllowed (405):
	// the kinds of service that only know IMDSv1.
	TokensForbidden
	// TokensMissing is TokensForbidden with 404.
	TokensMissing
	// TokensNotAllowed is TokensForbidden with 405.
	TokensNotAllowed
	// TokensHang never answers requests for a token, as an instance sees it
	// that is more hops away than the service's hop limit; documents are
	// answered with a token or without.
	TokensHang
)

// tokens are the sessions of a service.
type tokens struct {
	mode    TokenMode
	next    string               // the text of the tokens given out
	expires map[string]time.Time // by token
	issued  int
}

// SetTokenMode changes how the service deals with session tokens.
func (c *Cloud) SetTokenMode(m TokenMode) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tokens.mode = m
}

// SetToken makes text the token that is given out from now on; "" gives a new
// one to each request. Tokens given out before stay valid.
func (c *Cloud) SetToken(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tokens.next = text
}

// RevokeTokens makes all tokens invalid, as a restart of the service does.
func (c *Cloud) RevokeTokens() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tokens.expires = nil
}

func (c *Cloud) tokenMode() TokenMode {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tokens.mode
}

// issue gives out a token for the time to live in a header field of seconds,
// or answers the request with 400 when that is absent or out of bounds.
func (c *Cloud) issue(w http.ResponseWriter, r *http.Request, field string, max int) (token string, ok bool) {
	seconds, err := strconv.Atoi(r.Header.Get(field))
	if err != nil || seconds < 1 || seconds > max {
		reply(w, http.StatusBadRequest, textPlain, "400 "+field+" must be a number from 1 to "+strconv.Itoa(max)+"\n")
		return "", false
	}
	expires := c.clock().Add(time.Duration(seconds) * time.Second)
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &c.tokens
	t.issued++
	token = t.next
	if token == "" {
		token = fmt.Sprintf("token-%d", t.issued)
	}
	if t.expires == nil {
		t.expires = make(map[string]time.Time)
	}
	t.expires[token] = expires
	return token, true
}

// valid reports whether a token was given out and is still good.
func (c *Cloud) valid(token string) bool {
	now := c.clock()
	c.mu.Lock()
	defer c.mu.Unlock()
	expires, ok := c.tokens.expires[token]
	return ok && now.Before(expires)
}
