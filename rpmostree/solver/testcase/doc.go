// Package testcase speaks libsolv's testcase language: text files (*.t) that hold packages, jobs and the results that a
// dependency solver should give. The language is how libsolv tests itself, how dnf and zypper write down a request that
// went wrong, and how two solvers are compared.
//
// [NewReader] and [Reader.Next] read a testcase block by block into a [solver.Pool] and jobs; [Block.Solve] solves one and
// returns result lines as testsolv prints them. [Run] does all of it. [Write] writes a pool and jobs down as a testcase.
//
//	repo @System 0 testtags <inline>
//	#>=Ver: 3.0
//	#>=Pkg: base 1 1 x86_64
//	#>=Prv: base = 1-1
//	system x86_64 rpm @System
//	job erase name base
//	result transaction,problems
//
// Packages are described by testtags ([ReadTestTags], [WriteTestTags]), inline behind "#>" or in a file beside the
// testcase, which may be compressed. Package spellings are name-evr.arch@repo ([FindPackage], [PackageName]), dependencies
// are words and operators ([ParseDep], [FormatDep]), jobs "install name x [forcebest]" ([ParseJob], [FormatJob]).
//
// Only rpm's package semantics exist here: a testcase for another package format, with a repository in solv or helix
// format, or with a feature that this solver lacks, gives [ErrNotSupported].
package testcase
