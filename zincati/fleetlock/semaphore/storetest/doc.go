// Package storetest holds the tests that every lock store must pass.
//
// It is for authors of a [semaphore.Store], for which [Run] is the definition in code:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T, groups semaphore.Groups) semaphore.Store { … })
//	}
//
// The example is a store in memory that passes.
//
// # What is tested
//
// New groups have the configured slots and unknown ones are refused; locks are recursive and a full group is a
// [semaphore.FullError] with the number of slots; releasing what is not held is a success; groups are independent; names
// of groups and nodes are any strings; holders are sorted and never nil; changed numbers of slots take nobody's lock
// away; an ended context changes nothing; random operations agree with a naive model; and sixteen nodes at once never
// hold more than there are slots.
//
// Not tested is what depends on the medium: what is left after a crash or a lost connection, and several servers on one
// store. Packages filestore and etcdstore have tests of their own for it.
//
// All of it takes as long as the store needs for some thousand changes, one after the other for the most part.
package storetest
