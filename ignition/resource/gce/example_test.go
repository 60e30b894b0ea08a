package gce_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/nestos-dev/nestos/ignition/resource"
	"github.com/nestos-dev/nestos/ignition/resource/gce"
)

// A machine of Compute Engine, played by a server.
func ExampleNewToken() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Metadata-Flavor", "Google")
		if r.URL.Path == "/computeMetadata/v1/instance/service-accounts/default/token" {
			io.WriteString(w, `{"access_token":"ya29.example","expires_in":3599,"token_type":"Bearer"}`)
		}
	}))
	defer server.Close()
	token := gce.NewToken(&gce.Options{Endpoint: server.URL}) // nil on a real machine
	fmt.Println(token(context.Background()))
	// Output: ya29.example <nil>
}

// A machine somewhere else: objects are asked for anonymously.
func ExampleNewToken_elsewhere() {
	token := gce.NewToken(&gce.Options{Endpoint: "http://127.0.0.1:1"})
	_, err := token(context.Background())
	fmt.Println(err, errors.Is(err, resource.ErrAnonymous))
	// Output: no credentials: not running in GCE true
}
