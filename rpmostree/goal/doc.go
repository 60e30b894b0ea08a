// Package goal resolves requests for packages: which packages have to be installed, replaced and removed, given those that
// are installed and those that repositories offer. It asks the dependency solver as libdnf does for rpm-ostree, so that
// the answer is the one that rpm-ostree and dnf would give, and explains failures in the same words.
//
//	g := goal.New(&goal.Options{Arch: "x86_64"})
//	err := g.AddInstalled(db.Records(ctx))        // a database of package rpmdb
//	err = g.AddRepo(ctx, repo)                    // primary.xml of package rpmmd
//	err = g.Install(ctx, "vim", "pkgconfig(zlib)", "/usr/bin/htop")
//	err = g.LockInstalled()                       // layer: do not touch the base
//	result, err := g.Resolve(ctx)
//
// A [Goal] is filled in this order: installed packages, repositories, requests; [Goal.Resolve] gives a [Result] or an
// [*UnsolvableError].
//
// # Requests
//
// A request names packages by a subject: name, name.arch, name-[epoch:]version, name-[epoch:]version-release and the same
// with .arch; wildcards are allowed in each part. What matches none of these may be something that packages provide
// ("awk", "foo >= 1.2", "(a or b)"), or a path. [Goal.Match] shows what a subject means. All packages that match become one
// job: one of them is installed.
//
// [Goal.Erase], [Goal.Replace] and [Goal.ReplacePackage] are rpm-ostree's overrides: with [Goal.LockInstalled] every
// installed package stays as it is except those whose names they free.
//
// # What libdnf decides
//
// Packages of a name exclude each other within a word size only, so that i686 and x86_64 go together. Excluded packages
// stay visible as causes of conflicts and in explanations ("is filtered out by exclude filtering"). Updates may change
// vendors, obsoletes are followed, versions may go down when something is to be installed, weak dependencies are followed
// unless [Options].NoRecommends is set. A repository's priority is dnf's, where the smaller number wins.
//
// Of the files of packages primary.xml only lists those in bin directories and /etc. If a dependency or a request names
// another path, the complete file lists are searched for exactly that.
//
// # Guarantees
//
// The result depends on the packages, their order and the requests alone. Metadata are read as streams; what stays in
// memory is names, versions and dependencies of all packages. A Goal is used by one goroutine at a time.
//
// # What is not done
//
// Modules, groups, advisories, protected packages and parallel versions of one package (dnf's installonly) do not exist
// here: rpm-ostree uses none of them.
package goal
