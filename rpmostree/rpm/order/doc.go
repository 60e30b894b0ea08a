// Package order puts the packages of a transaction into the order in which rpm installs and
// removes them.
//
// [Sort] takes the elements in the order in which they were added to the transaction and returns
// their indexes in the order of execution, all installations before all removals:
//
//	sequence, err := order.Sort(elements)
//	for _, i := range sequence {
//		install(elements[i])
//	}
//
// # The rules
//
// An element comes after those that provide what it requires, recommends or suggests, after
// those that supplement or enhance it, and after what it only wants to be ordered by.
// Removals go the other way round. Requirements of scriptlets ("pre-requirements") weigh more:
// where dependencies form a cycle, it is cut where this does the least harm to them. Among
// elements that are ready, those go first that more others wait for; a library for the
// preferred word size goes before the same for another one.
//
// The result equals that of rpm 4.18 exactly, whose tie-breaking depends on the order of
// addition and on the order of dependencies in the package headers. Keep both.
package order
