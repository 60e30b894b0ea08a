// Package order puts the packages of a transaction into the order in which rpm installs and
// removes them.
//
// It is for what installs packages without rpm, and whose result must not differ from rpm's: the order decides
// which scriptlet runs when, and so which users, files and caches it finds.
//
// An [Element] is a package to be installed or removed, with its dependencies; OrderElement of package rpm makes
// one of a header. [Sort] takes the elements in the order in which they were added to the transaction and returns
// their indexes in the order of execution, all installations before all removals:
//
//	sequence, err := order.Sort(elements, nil)
//	for _, i := range sequence {
//		install(elements[i])
//	}
//
// Options other than nil are for systems that differ from the usual one: see [Options].
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
// # Guarantees and limits
//
// The result equals that of rpm 4.18 exactly, whose tie-breaking depends on the order of
// addition and on the order of dependencies in the package headers. Keep both.
//
// Nothing is checked: what nobody in the transaction provides is not waited for, and whether the set of packages
// is consistent is the business of a solver. Triggers and transaction scriptlets (%pretrans, %posttrans) are not
// ordered here. Elements are only read; several orders may be computed at the same time.
package order
