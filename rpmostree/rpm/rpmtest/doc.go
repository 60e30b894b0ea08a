// Package rpmtest builds RPM packages in memory, for tests and demonstrations: no rpmbuild, no spec file.
//
// [Build] makes a package of a [Spec]; [Write] makes its file in a directory of a test:
//
//	path := rpmtest.Write(t, dir, &rpmtest.Spec{
//		Name: "kitchen", Version: "1.5", Arch: "x86_64",
//		Requires: []string{"/bin/sh", "knives >= 2"},
//		Files: []rpmtest.File{{Path: "/usr/bin/cook", Mode: 0o755, Content: []byte("#!/bin/sh\n")}},
//	})
//
// The packages are those that rpmbuild would make in form: version 4 with an immutable region, digests of header and
// payload, the same dependencies that rpmbuild adds by itself, files sorted, a cpio archive in which hard links have
// their content once. Real rpm installs them, rpmsign can sign them. [Spec.V6] makes the format of rpm 6.
//
// The same Spec gives the same bytes.
package rpmtest
