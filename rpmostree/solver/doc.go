// Package solver decides which packages to install, as libsolv does: not only what
// would be consistent, but exactly the packages that dnf, zypper and rpm-ostree pick,
// with the same words when there is no way.
//
// It is for package managers, and for tools that ask what one would do. Requests in the words of users ("vim",
// "pkgconfig(zlib)", "/usr/bin/htop") are the business of package
// [github.com/nestos-dev/nestos/rpmostree/goal], which most callers want; this package speaks in numbers.
//
// A [Pool] holds packages. [Pool.AddRepo] and [Repo.Add] fill it from installed
// packages and repositories, [Pool.SetInstalled] names the former. A [Solver] made by
// [New] works on a list of [Job] values; [Solver.Transaction] is the answer,
// [Solver.Problems] tells why there is none and what could be done.
//
//	pool:  strings, relations ──► packages in repositories ──► who provides what
//	                                                  │
//	rules: requires, conflicts, obsoletes, same name   (what packages say)
//	       feature, update                             (what is installed)
//	       job, infarch, dup, best, yumobs, black,
//	       strictrepoprio, choice                      (what the user and policy want)
//	                                                  │
//	search: propagate ── choose ── learn from conflicts ──► decisions
//
// Every dependency becomes rules, clauses of literals: "not a, or b1, or b2" for a
// package a that requires what b1 and b2 provide. The search decides packages one by
// one, draws the conclusions by two watched literals per rule, and learns a new rule
// from each conflict. It is complete: if no solution is found there is none. There are
// no restarts, activities or costs; which package is tried first is the policy:
//
//   - jobs first, then installed packages (keep what can be kept), then open
//     dependencies, and weak dependencies at the end;
//   - among candidates the best repository, architecture and version, recommended
//     packages, and more, see the steps of filter in policy.go;
//   - at the end a choice is taken back if another one was installed anyway.
//
// Ids are what decides between otherwise equal candidates: packages have ids in the
// order they were added. Add the installed packages first, then repositories in the
// order of their configuration, packages in the order of the files.
//
// Results are a function of the pool, the flags and the jobs: nothing depends on time,
// addresses or the iteration order of maps. They agree with libsolv 0.7.39 for rpm
// packages with rich dependencies, down to the numbers of rules and problems
// ([Solver.RuleHash], [Problem.ID]). There are two deliberate exceptions: [Pool.Identical]
// compares requirements where libsolv compares an XOR of their numbers, which can be
// equal by accident; and packages that a job asks for only by the condition of a rich
// dependency (b in "a if b else c") have rules of their own, which libsolv forgets.
//
// Other package formats, linked pseudo packages (patterns and applications of SUSE) and
// disk usage are not covered. A pool and its solvers belong to one goroutine.
package solver
