// Package solvertest makes small random package worlds for tests of the dependency solver.
//
// [Generate] builds one [Case]: repositories of a few packages that share a handful of names, so that versions, epochs,
// architectures, obsoletes, conflicts, rich and weak dependencies, file dependencies, priorities and vendors get into each
// other's way, and jobs upon them. A [Profile] says which of those are in play. [Case.String] is the case in libsolv's
// testcase language, which both the reference's testsolv and package testcase read. [Shrink] drops whatever a failing
// case does not need.
package solvertest
