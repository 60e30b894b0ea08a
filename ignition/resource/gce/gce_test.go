package gce_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/resource/gce"
)

type request struct{ uri, flavor string }

// service is the metadata service; paths without an answer are 404.
func service(t *testing.T, google bool, answers map[string]string) (string, *[]request) {
	var seen []request
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, request{r.RequestURI, r.Header.Get("Metadata-Flavor")})
		if google {
			w.Header().Set("Metadata-Flavor", "Google")
		}
		answer, ok := answers[r.URL.Path]
		if !ok {
			w.WriteHeader(404)
		}
		io.WriteString(w, answer)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, &seen
}

const account = "/computeMetadata/v1/instance/service-accounts/default/"

func TestToken(t *testing.T) {
	url, seen := service(t, true, map[string]string{"/": "", account + "scopes": "x",
		account + "token": `{"access_token":"tok","expires_in":3599,"token_type":"Bearer"}`})
	token := gce.NewToken(&gce.Options{Endpoint: url})
	for range 2 {
		got, err := token(t.Context())
		require.NoError(t, err)
		require.Equal(t, "tok", got)
	}
	require.Equal(t, []request{{"/", "Google"}, {account + "scopes", "Google"},
		{account + "token?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdevstorage.read_only", "Google"}}, *seen)
}

func TestNoToken(t *testing.T) {
	url, seen := service(t, false, map[string]string{"/": ""})
	token := gce.NewToken(&gce.Options{Endpoint: url})
	_, err := token(t.Context())
	require.ErrorIs(t, err, gce.ErrNotGCE)
	_, err = token(t.Context())
	require.ErrorIs(t, err, gce.ErrNotGCE)
	require.Len(t, *seen, 1)
	_, err = gce.NewToken(&gce.Options{Endpoint: "http://127.0.0.1:1"})(t.Context())
	require.ErrorIs(t, err, gce.ErrNotGCE)
	url, _ = service(t, true, nil) // no service account
	_, err = gce.NewToken(&gce.Options{Endpoint: url})(t.Context())
	require.ErrorContains(t, err, "status 404 Not Found")
	for _, bad := range []string{"secret", `{"access_token":"secret","expires_in":"x"}`, `{"access_token":"se cret","expires_in":1}`, `{}`} {
		url, _ = service(t, true, map[string]string{"/": "", account + "scopes": "x", account + "token": bad})
		_, err = gce.NewToken(&gce.Options{Endpoint: url})(t.Context())
		require.Error(t, err)
		require.NotContains(t, err.Error(), "cret")
	}
}
