// Package semaphore is what lock stores and lock servers agree on: a counting
// semaphore with named holders per group of nodes, and the interface of a
// store that keeps them.
//
//	s := semaphore.Semaphore{TotalSlots: 1}
//	s, _, err := s.Lock("node-1")  // s.Holders is [node-1]
//	_, _, err = s.Lock("node-2")   // ErrFull
//
// A [Semaphore] is a value; [Semaphore.Lock] and [Semaphore.Unlock] are the
// whole rule of the FleetLock protocol: locks are recursive, never expire, and
// releasing a lock that is not held is a success. A [Store] applies the rule
// durably. Stores are zincati/fleetlock/filestore (a log in a directory of
// its own, for one server) and zincati/fleetlock/etcdstore (shared with other
// servers); zincati/fleetlock/lockstore opens the one of a server's
// configuration; the sub-package storetest holds the tests that each must pass.
//
// Nothing but an unlock ever removes a holder: a time-out would break the
// promise that no more than TotalSlots nodes are down at once. The JSON form is that of
// airlock's values in etcd.
package semaphore
