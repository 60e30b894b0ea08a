// Package rpmtest builds RPM packages in memory, for tests and demonstrations: no rpmbuild, no spec file.
//
// It is for tests of programs that read, resolve, layer or install packages, and need packages with just the
// property that is tested. A [Spec] describes a package, each [File] in it, scripts, triggers and a changelog;
// [Build] makes it; [Write] makes its file in a directory of a test:
//
//	path := rpmtest.Write(t, dir, &rpmtest.Spec{
//		Name: "kitchen", Version: "1.5", Arch: "x86_64",
//		Requires: []string{"/bin/sh", "knives >= 2"},
//		Files: []rpmtest.File{{Path: "/usr/bin/cook", Mode: 0o755, Content: []byte("#!/bin/sh\n")}},
//	})
//
// A repository of such packages is made by rpmmd.CreateRepo, a database of installed ones by package rpmdb.
//
// # What comes out
//
// The packages are those that rpmbuild would make in form: version 4 with an immutable region, digests of header and
// payload, the same dependencies that rpmbuild adds by itself ([Spec.Bare] leaves them out), files sorted, a cpio
// archive in which hard links have their content once. Real rpm installs them, rpmsign can sign them. [Spec.V6] makes
// the format of rpm 6, [Spec.Header] and [Spec.Signature] make packages that no rpmbuild would, to see how they are
// refused.
//
// # Guarantees and limits
//
// The same Spec gives the same bytes: times that are not given are constant. Packages may be built at the same time.
// They are made in memory, with all their files. They are not signed.
//
// Dependencies are not generated from the content of files, as rpmbuild does for libraries. Directories above a file
// are not added: name them if the package is to own them.
package rpmtest
