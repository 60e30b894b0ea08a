package s3_test

import (
	"context"
	"fmt"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/resource"
	"github.com/nestos-dev/nestos/ignition/resource/s3"
)

func ExampleNew() {
	client := s3.New(&s3.Options{RegionHint: "eu-west-1"})
	f, err := resource.New(&resource.Options{
		Sources: map[string]resource.Source{"s3": client, "arn": client},
		Offline: true,
	})
	if err != nil {
		panic(err)
	}
	source := "s3://bucket/config.ign"
	_, err = f.FetchBytes(context.Background(), types.Resource{Source: &source})
	fmt.Println(err)
	// Output: resource requires networking
}
