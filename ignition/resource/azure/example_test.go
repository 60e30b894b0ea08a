package azure_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/nestos-dev/nestos/ignition/resource/azure"
)

// A virtual machine of Azure, played by a server.
func ExampleNewToken() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Metadata") != "true" {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		io.WriteString(w, `{"access_token":"eyJ0.example","expires_in":"86399","resource":"https://storage.azure.com"}`)
	}))
	defer server.Close()
	token := azure.NewToken(&azure.Options{Endpoint: server.URL}) // nil on a real machine
	fmt.Println(token(context.Background()))
	// Output: eyJ0.example <nil>
}
