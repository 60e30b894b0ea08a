// Package torturetest kills lock servers, and etcd below them, again and again while a fleet of nodes takes and
// gives back locks, and checks that the promise holds all the time: never more holders than slots, no lost lock, no
// stuck slot.
//
// TestFileStore has one server with a store of its own, TestEtcd two servers on one etcd, and TestTakesOverFromAirlock
// the database that airlock has left. The servers are the program of the folder above, built by the tests; two hundred
// nodes are goroutines of the test that know what they were told.
//
//	go test ./examples/fleetlock/torturetest
//	NESTOS_TORTURE=60s go test -v ./examples/fleetlock/torturetest
//
// Each fleet suffers for eight seconds (four with -short), or as long as NESTOS_TORTURE says; all of it takes half a
// minute. No privileges are needed; what is about etcd needs etcd and etcdctl (Debian: etcd-server, etcd-client).
package torturetest
