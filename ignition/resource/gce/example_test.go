package gce_test

import (
	"context"
	"fmt"

	"github.com/nestos-dev/nestos/ignition/resource/gce"
)

func ExampleNewToken() {
	token := gce.NewToken(&gce.Options{Endpoint: "http://127.0.0.1:1"})
	_, err := token(context.Background())
	fmt.Println(err)
	// Output: no credentials: not running in GCE
}
