package etcdtest_test

import (
	"testing"

	"github.com/nestos-dev/nestos/zincati/fleetlock/etcdstore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/etcdstore/etcdtest"
	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

// Two of three members are enough to grant a lock. The example needs etcd and the t of a test, so it is compiled only.
func ExampleStart() {
	var t *testing.T // of the test that this is in

	c := etcdtest.Start(t, 3, nil)
	store, err := etcdstore.Open(t.Context(), &etcdstore.Options{Endpoints: c.Endpoints(), Groups: semaphore.Groups{"default": 1}})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	c.Members[0].Kill()
	if _, err := store.Lock(t.Context(), "default", "node-1"); err != nil {
		t.Fatal(err)
	}
	t.Log(c.Ctl("get", etcdstore.Key("default"), "--print-value-only"))
}
