package etcdstore_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/nestos-dev/nestos/zincati/fleetlock/etcdstore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

// A node takes a slot. It needs an etcd, so the example is compiled only; package etcdtest starts one for tests.
func Example() {
	ctx := context.Background()
	store, err := etcdstore.Open(ctx, &etcdstore.Options{
		Endpoints: []string{"http://127.0.0.1:2379"},
		Groups:    semaphore.Groups{"default": 1},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	switch _, err := store.Lock(ctx, "default", "c988d2509fdf4cdcbed39037c56406fb"); {
	case errors.Is(err, semaphore.ErrFull):
		fmt.Println("another node is rebooting")
	case err != nil:
		fmt.Println("not granted as far as is known:", err)
	default:
		fmt.Println("granted")
	}
}

func ExampleKey() {
	fmt.Println(etcdstore.Key("web servers"))
	// Output: com.coreos.airlock/groups/web+servers/v1/semaphore
}
