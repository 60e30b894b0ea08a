// Package debrpm turns Debian packages into RPM packages, for tests and
// demonstrations that need a real operating system made of RPMs.
//
// [Open] reads a .deb, [Deb.Spec] maps it, and [Convert] does a whole directory on
// all processors:
//
//	debs, err := debrpm.Download(ctx, cache, []string{"systemd", "bash", …}) // apt-get, with all dependencies
//	rpms, err := debrpm.Convert(ctx, dir, debs, nil)
//	_, err = rpmmd.CreateRepo(ctx, dir, nil)
//
// The program in the folder debrepo does all of it:
//
//	go run ./internal/debrpm/debrepo REPO systemd bash …
//
// # A .deb
//
// It is an ar archive with three members: debian-binary, which holds "2.0";
// control.tar, with the file control, in the form of mail headers, the file
// conffiles and maintainer scripts; and data.tar with the files. The tar archives
// are compressed by gzip, xz or zstd.
//
// # What becomes of it
//
// Names stay. A version [epoch:]upstream[-revision] becomes epoch, version and
// release, with "_" for a dash in the upstream version and release 0 without a
// revision; "amd64" becomes "x86_64", "all" becomes "noarch".
//
// Pre-Depends become Requires(pre), Depends Requires, Recommends, Suggests,
// Enhances and Provides their namesakes; "a | b" becomes "(a or b)".
// ">> V" without a revision becomes ">= V": RPM ignores releases when one side has
// none, and would refuse 2.36-9 for "> 2.36". Conflicts, Breaks and Replaces are
// dropped: a Provides without version satisfies every condition of an RPM Conflicts, but
// none of Debian's, so packages that belong together would exclude each other.
//
// /bin, /sbin, /lib and its variants move into /usr, as Debian's usrmerge does. What
// was in /bin and /sbin is provided by its old path. Files of "conffiles" are
// %config(noreplace), documentation is %doc, copyright files are %license, message
// catalogues have their language. Owners, modes, links, device nodes and capabilities stay.
//
// Maintainer scripts are dropped. A tree whose packages come from here needs
// systemd-sysusers, ldconfig, depmod, and the few links that Debian's alternatives
// would make. Packages marked "Essential: yes" are depended on by nobody, and have to be
// asked for.
package debrpm
