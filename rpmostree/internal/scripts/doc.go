// Package scripts runs the scriptlets of packages on a tree that is being assembled, as rpm-ostree does: not all
// that rpm would run, in an order of its own, in a sandbox.
//
// [NewPlan] finds out what is to run, and refuses what cannot; it changes nothing. [Plan.Run] runs it in a session
// of package sandbox:
//
//	plan, err := scripts.NewPlan(base, packages, nil)
//	…
//	err = plan.Run(ctx, session, &scripts.RunOptions{Output: os.Stdout, BeforePost: fixOwners})
//
// # What runs
//
//	systemd-sysusers      once, if asked for
//	%pre                  of all packages; $1 is 1, or 2 if another version is replaced
//	%post                 of all packages, each after RunOptions.BeforePost
//	%posttrans            of all packages
//	%transfiletriggerin   of packages of the base for files of the new ones, then those of the new packages for all
//	                      files; the paths are on standard input
//
// Ignored are %pretrans, %preun, %postun, %verifyscript, file triggers of single packages and all that belongs to
// the removal of packages, because the tree is always made anew; and a list of scriptlets that are wrong in an
// image. %triggerin and %triggerprein are errors, as are scriptlets in Lua that nothing is known to replace.
//
// # What they see
//
// [Covers] lists programs that are replaced while scriptlets run: systemctl only does presets, useradd, groupadd
// and usermod leave a record, from which [Accounts] makes sysusers.d files.
//
// Failures are worded as rpm-ostree words them, with bubblewrap as the sandbox:
//
//	Running %post for foo: bwrap(/bin/sh): Child process exited with code 1
package scripts
