package etcdstore_test

import (
	"testing"

	"github.com/nestos-dev/nestos/zincati/fleetlock/etcdstore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/etcdstore/etcdtest"
	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore/storetest"
)

func TestStore(t *testing.T) {
	c := etcdtest.Start(t, 1, nil)
	storetest.Run(t, func(t *testing.T, groups semaphore.Groups) semaphore.Store {
		c.Ctl("del", "--prefix", "")
		return open(t, c, func(o *etcdstore.Options) { o.Groups = groups })
	})
}
