package resource_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/resource"
)

func ExampleFetcher_Fetch() {
	f, err := resource.New(&resource.Options{Version: "2.26.0"})
	if err != nil {
		panic(err)
	}
	source := "data:,Welcome%20aboard%0A"
	hash := "sha256-0000000000000000000000000000000000000000000000000000000000000000"
	res := types.Resource{Source: &source}
	fmt.Println(f.Fetch(context.Background(), res, os.Stdout))
	res.Verification.Hash = &hash
	_, err = f.FetchBytes(context.Background(), res)
	fmt.Println(errors.As(err, new(*resource.HashError)))
	// Output:
	// Welcome aboard
	// <nil>
	// true
}
