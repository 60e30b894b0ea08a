package azure_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/resource/azure"
)

func TestToken(t *testing.T) {
	n := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		switch {
		case r.Header.Get("Metadata") != "true" || r.URL.Path != "/metadata/identity/oauth2/token" ||
			r.URL.RawQuery != "api-version=2018-02-01&client_id=me&resource=https%3A%2F%2Fstorage.azure.com":
			w.WriteHeader(400)
		case n == 1:
			w.WriteHeader(410)
		default:
			io.WriteString(w, `{"access_token":"tok","expires_in":"86399","resource":"https://storage.azure.com"}`)
		}
	}))
	defer srv.Close()
	token := azure.NewToken(&azure.Options{Endpoint: srv.URL, ClientID: "me"})
	for range 3 {
		got, err := token(t.Context())
		require.NoError(t, err)
		require.Equal(t, "tok", got)
	}
	require.Equal(t, 2, n)
	_, err := azure.NewToken(&azure.Options{Endpoint: srv.URL})(t.Context())
	require.ErrorContains(t, err, "status 400 Bad Request")
}
