package storetest_test

import (
	"testing"

	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore/storetest"
)

// TestMemory: the store of the example passes.
func TestMemory(t *testing.T) {
	storetest.Run(t, func(_ *testing.T, groups semaphore.Groups) semaphore.Store { return newMemory(groups) })
}
