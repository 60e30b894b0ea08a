package azure_test

import (
	"context"
	"fmt"

	"github.com/nestos-dev/nestos/ignition/resource/azure"
)

func ExampleNewToken() {
	token := azure.NewToken(&azure.Options{Endpoint: "http://127.0.0.1:1"})
	_, err := token(context.Background())
	fmt.Println(err != nil) // no metadata service there
	// Output: true
}
