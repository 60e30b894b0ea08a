package cloud_test

import (
	"context"
	"fmt"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/resource"
	"github.com/nestos-dev/nestos/ignition/resource/cloud"
)

func ExampleOptions() {
	f, err := resource.New(cloud.Options("aws", &resource.Options{Version: "2.26.0"}))
	if err != nil {
		panic(err)
	}
	source := "data:,hello"
	data, err := f.FetchBytes(context.Background(), types.Resource{Source: &source})
	fmt.Println(string(data), err)
	// Output: hello <nil>
}
