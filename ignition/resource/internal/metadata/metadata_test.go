package metadata

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDo(t *testing.T) {
	n := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		switch r.URL.Path {
		case "/503":
			w.WriteHeader(503)
		case "/429":
			w.WriteHeader(429)
		case "/redirect":
			http.Redirect(w, r, "/ok", http.StatusFound)
		case "/long":
			w.Write(make([]byte, maxBody+1))
		default:
			w.Write([]byte(r.Method + r.Header.Get("X-A")))
		}
	}))
	defer srv.Close()
	c := New(srv.URL, nil)
	c.wait = func(context.Context, time.Duration) {}
	answer, err := c.Do(t.Context(), http.MethodPut, "/ok", map[string]string{"X-A": "1"})
	require.NoError(t, err)
	require.Equal(t, "PUT1", string(answer.Body))
	for path, want := range map[string]struct{ status, tries int }{"/503": {503, 3}, "/429": {429, 3}, "/redirect": {302, 1}} {
		n = 0
		_, err := c.Do(t.Context(), http.MethodGet, path, nil, 429)
		var status *StatusError
		require.ErrorAs(t, err, &status)
		require.Equal(t, want.status, status.Status)
		require.Equal(t, want.tries, n, path)
	}
	_, err = c.Do(t.Context(), http.MethodGet, "/long", nil)
	require.ErrorContains(t, err, "answer is too long")
	ctx, cancel := context.WithCancel(t.Context())
	c.wait = func(context.Context, time.Duration) { cancel() }
	_, err = c.Do(ctx, http.MethodGet, "/503", nil)
	require.ErrorIs(t, err, context.Canceled)
}

func TestErrorsAreNotCached(t *testing.T) {
	var c Cached[int]
	boom := errors.New("boom")
	answers := []error{boom, nil}
	fetch := func(context.Context) (int, time.Time, error) {
		err := answers[0]
		answers = answers[1:]
		return 7, time.Now().Add(time.Hour), err
	}
	_, err := c.Get(t.Context(), fetch)
	require.Equal(t, boom, err)
	for range 2 {
		n, err := c.Get(t.Context(), fetch)
		require.NoError(t, err)
		require.Equal(t, 7, n)
	}
	answers = []error{nil, nil}
	short := func(context.Context) (int, time.Time, error) {
		answers = answers[1:]
		return 1, time.Now().Add(early - time.Second), nil
	}
	var d Cached[int]
	for range 2 {
		_, err := d.Get(t.Context(), short)
		require.NoError(t, err)
	}
	require.Empty(t, answers)
}

// FuzzToken: a token can always be a header, and an error never quotes it.
func FuzzToken(f *testing.F) {
	f.Add([]byte(`{"access_token":"tok","expires_in":3599}`))
	f.Add([]byte(`{"access_token":"tok","expires_in":"3599"}`))
	f.Add([]byte(`{"access_token":"a b"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		token, _, err := ParseToken(data, time.Now())
		if err == nil && (token == "" || strings.ContainsAny(token, "\r\n \x00")) {
			t.Fatalf("token %q", token)
		}
	})
}
